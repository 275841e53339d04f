//! Somebody on the path who sees and injects, drops nothing, and shakes hands with a certificate of their own.

use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::dtls::{Config, Connection, Event as DtlsEvent, FingerprintAlgorithm, Identity, Role};
use rtc::{
    DataChannelInit, DtlsTransportState, Event, Instant, Path, PeerConnection, PeerConnectionState, crypto,
};

use crate::support::pair::{Pair, TODAY, address_a};

/// What the stranger says once there are keys.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Attack {
    /// A close_notify instead of the Finished.
    CloseNotify,
    /// Everything, and then data.
    WholeHandshake,
}

/// Plays one role against the end in the other one, which hears the stranger before its peer.
struct Stranger {
    connection: Connection,
    victim: Role,
    attack: Attack,
}

impl Stranger {
    /// Answers the end that plays `victim`, with the fingerprints of whom it expects: everybody else's does not serve.
    fn new(victim: Role, attack: Attack, fingerprints: Vec<crypto::Fingerprint>) -> Self {
        let provider = &crypto_rust::PROVIDER;
        let mut rng = ChaCha20Rng::seed_from_u64(77);
        let identity = Identity::generate(
            provider,
            &mut rng,
            dtls::KeyAlgorithm::EcdsaP256,
            TODAY,
            Duration::from_secs(86_400),
            "stranger",
        )
        .unwrap();
        let role = if victim == Role::Client { Role::Server } else { Role::Client };
        let mut connection =
            Connection::new(Config::default(), role, [&identity], provider, Box::new(rng)).unwrap();
        connection.set_remote_fingerprints(Instant::ZERO, fingerprints);
        connection.set_rtt(Duration::from_millis(20));
        Self { connection, victim, attack }
    }

    /// What arrives at the victim at once, because this datagram was sent.
    fn overhear(&mut self, now: Instant, path: Path, datagram: &[u8]) -> Vec<(Path, Vec<u8>)> {
        if !(20..=63).contains(&datagram[0]) {
            return vec![];
        }
        // The answerer is the client.
        let to_server = path.local.ip() == address_a().ip();
        let from_victim = to_server == (self.victim == Role::Client);
        let to_victim = if from_victim { Path::udp(path.remote, path.local) } else { path };
        self.connection.start(now);
        if from_victim {
            let _ = self.connection.handle_input(now, &mut datagram.to_vec(), &mut |_| ());
        }
        let mut said = self.said(now);
        if self.attack == Attack::CloseNotify && said.iter().any(|record| is_protected(record, 22)) {
            self.connection.close(now);
            said.extend(self.said(now));
            said.retain(|record| !is_protected(record, 22));
        }
        while let Some(event) = self.connection.poll_event() {
            if event == DtlsEvent::Connected && self.attack == Attack::WholeHandshake {
                said.push(self.data());
            }
        }
        said.into_iter().map(|record| (to_victim, record)).collect()
    }

    /// Every record that is due.
    fn said(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut records = vec![];
        let mut out = [0; 1500];
        while let Some(len) = self.connection.poll_transmit(now, &mut out) {
            let mut rest = &out[..len];
            while !rest.is_empty() {
                let (record, behind) =
                    rest.split_at(13 + usize::from(u16::from_be_bytes([rest[11], rest[12]])));
                records.push(record.to_vec());
                rest = behind;
            }
        }
        records
    }

    fn data(&mut self) -> Vec<u8> {
        let mut out = [0; 100];
        let len = self.connection.seal(&mut out, 20).unwrap();
        out[..len].to_vec()
    }
}

fn is_protected(record: &[u8], content_type: u8) -> bool {
    record[4] == 1 && record[0] == content_type
}

fn fingerprints(of: &PeerConnection) -> Vec<crypto::Fingerprint> {
    let configuration = of.configuration();
    let identity = configuration.certificates[0].identity();
    identity.fingerprint(configuration.provider, FingerprintAlgorithm::Sha256).into_iter().collect()
}

/// webrtc-pc §4.3.3: what the victim's states are until its channel opens.
fn states_of_a_victim(victim: Role, attack: Attack) -> (Vec<PeerConnectionState>, Vec<DtlsTransportState>) {
    let mut pair = Pair::new(30);
    let expects = fingerprints(if victim == Role::Client { &pair.b } else { &pair.a });
    let mut stranger = Stranger::new(victim, attack, expects);
    pair.injector = Some(Box::new(move |now, path, datagram| stranger.overhear(now, path, datagram)));
    pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(15));
    assert!(pair.injected.len() > 2, "the stranger shakes hands");
    let has_keys = pair.injected.iter().any(|record| record[4] == 1);
    assert_eq!(has_keys, victim == Role::Server, "a client gives a stranger no keys");
    let log = if victim == Role::Client { &pair.log_b } else { &pair.log_a };
    assert!(!log.iter().any(|event| matches!(event, Event::DtlsTransportError(..))), "{log:#?}");
    let connection = log.iter().filter_map(|event| match event {
        Event::ConnectionStateChange(state) => Some(*state),
        _ => None,
    });
    let dtls = log.iter().filter_map(|event| match event {
        Event::DtlsTransportStateChange(_, state) => Some(*state),
        _ => None,
    });
    (connection.collect(), dtls.collect())
}

/// RFC 8827 §6.5, webrtc-pc §4.3.3.
#[test]
fn a_stranger_on_the_path_neither_makes_a_connection_connected_nor_ends_it() {
    for victim in [Role::Client, Role::Server] {
        for attack in [Attack::CloseNotify, Attack::WholeHandshake] {
            let states = states_of_a_victim(victim, attack);
            let connection = vec![PeerConnectionState::Connecting, PeerConnectionState::Connected];
            let dtls = vec![DtlsTransportState::Connecting, DtlsTransportState::Connected];
            assert_eq!(states, (connection, dtls), "{victim:?} {attack:?}");
        }
    }
}
