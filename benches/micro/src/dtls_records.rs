//! DTLS: a record on an open connection, with each provider.

use std::hint::black_box;
use std::time::Duration;

use base::{Instant, UnixTime};
use crypto::Provider;
use dtls::{Config, Connection, FingerprintAlgorithm, Identity, Role, State};

use crate::{Case, Step, seeded};

/// Bytes of data in a record.
const LEN: usize = 1200;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "dtls: seal a record of 1,200 bytes (RustCrypto)",
        bytes: LEN as u64,
        prepare: || seal(&crypto_rust::PROVIDER),
    },
    Case {
        name: "dtls: seal a record of 1,200 bytes (AWS-LC)",
        bytes: LEN as u64,
        prepare: || seal(&crypto_aws_lc::PROVIDER),
    },
    Case {
        name: "dtls: seal and open a record of 1,200 bytes (RustCrypto)",
        bytes: LEN as u64,
        prepare: || seal_and_open(&crypto_rust::PROVIDER),
    },
    Case {
        name: "dtls: seal and open a record of 1,200 bytes (AWS-LC)",
        bytes: LEN as u64,
        prepare: || seal_and_open(&crypto_aws_lc::PROVIDER),
    },
];

fn seal(provider: &'static Provider) -> Step {
    let ([mut client, _], mut buffer) = (connected(provider), [0; 1500]);
    Box::new(move || {
        black_box(client.seal(black_box(&mut buffer), LEN).expect("room"));
    })
}

fn seal_and_open(provider: &'static Provider) -> Step {
    let ([mut client, mut server], mut buffer) = (connected(provider), [0; 1500]);
    Box::new(move || {
        let len = client.seal(&mut buffer, LEN).expect("room");
        let mut got = 0;
        let mut deliver = |data: &[u8]| got += black_box(data).len();
        server.handle_input(Instant::ZERO, &mut buffer[..len], &mut deliver).expect("a record");
        assert_eq!(got, LEN);
    })
}

/// A client and a server that are done with each other's certificates.
fn connected(provider: &'static Provider) -> [Connection; 2] {
    let now = Instant::ZERO;
    let identities = [1, 2].map(|seed| {
        let (today, day) = (UnixTime::from_secs(1_800_000_000), Duration::from_secs(86_400));
        Identity::generate(provider, &mut seeded(seed), dtls::KeyAlgorithm::EcdsaP256, today, day, "bench")
            .expect("a key")
    });
    let mut ends = [Role::Client, Role::Server].map(|role| {
        let (mine, other) = if role == Role::Client { (0, 1) } else { (1, 0) };
        let rng = Box::new(seeded(3 + mine as u8));
        let config = Config::default();
        let mut end =
            Connection::new(config, role, [&identities[mine]], provider, rng).expect("a connection");
        let print = identities[other].fingerprint(provider, FingerprintAlgorithm::Sha256);
        end.set_remote_fingerprints(now, print.into_iter().collect());
        end.start(now);
        end
    });
    let mut buffer = [0; 1500];
    while ends.iter().any(|end| end.state() != State::Connected) {
        for from in [0, 1] {
            while let Some(len) = ends[from].poll_transmit(now, &mut buffer) {
                ends[1 - from].handle_input(now, &mut buffer[..len], &mut |_| ()).expect("a flight");
            }
        }
    }
    ends
}
