//! What a connection keeps, counted by the allocator of this program, thread by thread.

use crypto::CertificateDer;
use dtls::{Config, Connection, Role, State};

use crate::support::hostile::T0;
use crate::support::pair::{End, Pair, identity, rng};
use crate::support::wire::{fragment, record, record_in};

#[test]
fn an_open_connection_keeps_nothing_of_what_was_forged_before() {
    kept_when_open(&[]); // what is made once and for all is none of the connection's
    let forged: Vec<_> =
        (0..40).map(|n| record(22, &fragment(11, 30_000, 7, 1400 * (n % 20), 1400, &[9; 1400]))).collect();
    let (clean, attacked) = (kept_when_open(&[]), kept_when_open(&forged));
    assert!(attacked <= clean + 1000, "{attacked} bytes, and {clean} without");
}

/// Bytes that both ends hold once they are connected, where these datagrams came first.
fn kept_when_open(forged: &[Vec<u8>]) -> i64 {
    let mut kept = None;
    let counted = allocation_counter::measure(|| {
        let mut pair = Pair::started(Config::default(), Config::default());
        for datagram in forged {
            pair.client.receive(pair.now, datagram).unwrap();
            pair.server.receive(pair.now, datagram).unwrap();
        }
        pair.exchange();
        assert_eq!(pair.server.connection.state(), State::Connected);
        assert_eq!(pair.client.connection.state(), State::Connected);
        kept = Some(pair);
    });
    counted.bytes_current
}

/// An end, and what its heap has come to.
struct Victim {
    end: End,
    heap: i64,
    highest: i64,
}

impl Victim {
    fn does<T>(&mut self, work: impl FnOnce(&mut End) -> T) -> T {
        let mut result = None;
        let counted = allocation_counter::measure(|| result = Some(work(&mut self.end)));
        self.highest = self.highest.max(self.heap + counted.bytes_max as i64);
        self.heap += counted.bytes_current;
        result.unwrap()
    }

    /// Records of every kind that are kept before the handshake is over: pieces of all its messages in several versions, of
    /// another hello, and records before their keys.
    fn floods(&mut self) {
        for number in 0..40_u32 {
            self.hears(&record_in(23, 1, number.into(), &[9; 2000]));
        }
        for (seq, version, at) in (0..9_u16)
            .flat_map(|seq| (0..3).flat_map(move |version| (0..64).map(move |at| (seq, version, at))))
        {
            let kind = if seq == 0 { 1 } else { 11 };
            let length = 32_768 - version;
            self.hears(&record(22, &fragment(kind, length, seq, 510 * at, 500, &[7; 500])));
        }
    }

    fn hears(&mut self, datagram: &[u8]) {
        let _ = self.does(|end| end.receive(T0, datagram));
    }
}

/// An end that somebody floods between the flights of a peer whose certificates take 32 KiB, and which sends data and keeps its
/// Finished back.
fn flooded(role: Role) -> Victim {
    let pair = Pair::new(Config::default(), Config::default());
    let (victim, mut peer) = match role {
        Role::Client => (pair.client, pair.server),
        Role::Server => (pair.server, pair.client),
    };
    let mut long = peer.identity.clone();
    long.certificate_chain.push(CertificateDer::from(vec![5; 32_000]));
    let (config, provider) = (Config::default(), &crypto_rust::PROVIDER);
    peer.connection =
        Connection::new(config.clone(), peer.connection.role(), [&long], provider, Box::new(rng(9))).unwrap();
    let fingerprint = crate::support::pair::fingerprint(&victim.identity);
    peer.connection.set_remote_fingerprints(T0, vec![fingerprint]);
    let promised = vec![crate::support::pair::fingerprint(&peer.identity)];
    let own = identity(if role == Role::Client { 1 } else { 2 });
    let mut victim = Victim { end: victim, heap: 0, highest: 0 };
    victim.does(|end| {
        end.connection = Connection::new(config, role, [&own], provider, Box::new(rng(8))).unwrap();
        end.connection.set_remote_fingerprints(T0, promised);
    });
    victim.floods();
    victim.does(|end| end.connection.start(T0));
    peer.connection.start(T0);
    for _ in 0..4 {
        victim.floods();
        for datagram in peer.transmit(T0) {
            // The Finished, which comes alone behind the change of ciphers, does not come.
            let is_last = datagram.windows(5).any(|bytes| bytes == [22, 0xfe, 0xfd, 0, 1]);
            if !is_last {
                victim.hears(&datagram);
            }
        }
        if victim.end.connection.state() == State::Connecting && peer.connection.state() == State::Connected {
            for _ in 0..200 {
                let packet = peer.seal(&[3; 16_000]);
                victim.hears(&packet);
            }
        }
        let said = victim.does(|end| end.transmit(T0));
        for datagram in said {
            let _ = peer.receive(T0, &datagram);
        }
    }
    victim
}

#[test]
fn a_handshake_in_a_flood_holds_no_more_than_is_said() {
    let most = Config::default().most_heap() as i64;
    for role in [Role::Client, Role::Server] {
        let victim = flooded(role);
        println!("{} bytes of {most}, as {role:?}", victim.highest);
        assert!(victim.highest < most, "{} bytes of {most}, as {role:?}", victim.highest);
        assert!(victim.highest > most / 8, "{} bytes of {most}, as {role:?}", victim.highest);
    }
}
