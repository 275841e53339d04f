//! DTLS: strangers during the handshake, and behind the cipher a peer that says anything.

use std::sync::LazyLock;
use std::time::Duration;

use base::{Instant, UnixTime};
use crypto::{Provider, TAG_LEN};
use dtls::{Config, Connection, FingerprintAlgorithm, Identity, Role};

use crate::provider::{CHEAP, NULL_CIPHER};
use crate::wire::Wire;
use crate::{Commands, rng};

static IDENTITIES: LazyLock<[Identity; 2]> = LazyLock::new(|| {
    [1, 2].map(|seed| {
        let now = UnixTime::from_secs(1_790_000_000);
        let lifetime = Duration::from_secs(86_400);
        Identity::generate(&CHEAP, &mut rng(seed), dtls::KeyAlgorithm::EcdsaP256, now, lifetime, "WebRTC")
            .expect("an identity")
    })
});

struct Link {
    now: Instant,
    ends: [Connection; 2],
    wire: Wire<()>,
    delivered: usize,
}

impl Link {
    fn new(provider: &'static Provider) -> Self {
        let now = Instant::from_millis(1);
        let end = |which: usize, role| {
            let rng = Box::new(rng(which as u8 + 10));
            let mut end = Connection::new(Config::default(), role, [&IDENTITIES[which]], provider, rng)
                .expect("a connection");
            let fingerprint = IDENTITIES[1 - which].fingerprint(provider, FingerprintAlgorithm::Sha256);
            end.set_remote_fingerprints(now, vec![fingerprint.expect("a fingerprint")]);
            end.start(now);
            end
        };
        Self { now, ends: [end(0, Role::Client), end(1, Role::Server)], wire: Wire::new(), delivered: 0 }
    }

    fn collect(&mut self) {
        let mut out = [0; 1500];
        for from in 0..2 {
            let mut count = 0;
            while let Some(len) = self.ends[from].poll_transmit(self.now, &mut out) {
                self.wire.push(1 - from, (), &out[..len]);
                count += 1;
                assert!(count < 200, "it talks without end");
            }
        }
    }

    fn receive(&mut self, to: usize, mut datagram: Vec<u8>) {
        let delivered = &mut self.delivered;
        let _ = self.ends[to].handle_input(self.now, &mut datagram, &mut |_| *delivered += 1);
        while let Some(event) = self.ends[to].poll_event() {
            let _ = format!("{event:?}");
        }
    }

    /// Carries everything both ways until the connection stands.
    fn shake_hands(&mut self) {
        self.collect();
        for _ in 0..8 {
            for to in 0..2 {
                for ((), datagram) in self.wire.take_all(to) {
                    self.receive(to, datagram);
                }
            }
            self.collect();
        }
    }

    fn turn(&mut self, commands: &mut Commands<'_>) {
        let command = commands.byte();
        let which = usize::from(command >> 7);
        match command % 8 {
            0 => self.now = self.now + commands.span(),
            1..=4 => {
                if let Some(((), datagram)) = self.wire.take(which, commands) {
                    self.receive(which, datagram);
                }
            }
            5 => self.receive(which, commands.bytes().to_vec()),
            6 => {
                let mut out = vec![0; 200];
                if let Ok(len) = self.ends[which].seal(&mut out, 20) {
                    self.wire.push(1 - which, (), &out[..len]);
                }
            }
            _ if commands.byte() == 0 => self.ends[which].close(self.now),
            _ => {}
        }
        for end in &mut self.ends {
            end.handle_timeout(self.now);
            assert!(end.poll_timeout().is_none_or(|at| at > self.now), "a deadline in the past");
        }
        self.collect();
    }
}

/// A handshake of two honest sides, with a stranger who sends what he likes. The cipher holds, so no one else's bytes
/// may come up.
pub fn handshake(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut link = Link::new(&CHEAP);
    link.collect();
    while !commands.is_empty() {
        link.turn(&mut commands);
    }
}

/// A connection whose cipher hides nothing: records of the fuzzer's making are taken as the peer's.
pub fn behind_the_cipher(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut link = Link::new(&NULL_CIPHER);
    link.shake_hands();
    let mut sequence = 100_u64;
    while !commands.is_empty() {
        let to = usize::from(commands.byte() & 1);
        let (kind, inner) = (20 + commands.byte() % 5, commands.bytes());
        sequence += 1;
        link.receive(to, record(kind, sequence, inner));
        link.turn(&mut commands);
    }
}

/// A record of epoch 1: header, explicit nonce, the bytes, a tag of zeros.
fn record(kind: u8, sequence: u64, inner: &[u8]) -> Vec<u8> {
    let sequence = (1_u64 << 48 | sequence).to_be_bytes();
    let len = u16::try_from(8 + inner.len() + TAG_LEN).unwrap_or(u16::MAX);
    [&[kind, 0xfe, 0xfd][..], &sequence, &len.to_be_bytes(), &sequence, inner, &[0; TAG_LEN]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_with_the_cryptography_of_the_fuzzer_completes() {
        for provider in [&*CHEAP, &*NULL_CIPHER] {
            let mut link = Link::new(provider);
            link.shake_hands();
            for from in 0..2 {
                let mut out = vec![0; 200];
                let len = link.ends[from].seal(&mut out, 20).unwrap();
                link.receive(1 - from, out[..len].to_vec());
            }
            assert_eq!(link.delivered, 2);
        }
    }
}
