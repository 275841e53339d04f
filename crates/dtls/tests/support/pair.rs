//! Two connections and the datagrams between them.

use std::time::Duration;

use base::{Instant, UnixTime};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto::Fingerprint;
use dtls::{Config, Connection, Discard, Event, FingerprintAlgorithm, Identity, KeyAlgorithm, Role};

/// A generator of the test's own.
pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn identity(seed: u8) -> Identity {
    let now = UnixTime::from_secs(1_790_000_000);
    Identity::generate(
        &crypto_rust::PROVIDER,
        &mut rng(seed),
        KeyAlgorithm::EcdsaP256,
        now,
        Duration::from_secs(86_400),
        "WebRTC",
    )
    .unwrap()
}

/// With an RSA key. Its primes take a while, so all tests share one.
pub(crate) fn rsa_identity() -> Identity {
    static IDENTITY: std::sync::OnceLock<Identity> = std::sync::OnceLock::new();
    let generate = || {
        let (provider, now) = (&crypto_rust::PROVIDER, UnixTime::from_secs(1_790_000_000));
        let day = Duration::from_secs(86_400);
        Identity::generate(provider, &mut rng(3), KeyAlgorithm::Rsa2048, now, day, "WebRTC").unwrap()
    };
    IDENTITY.get_or_init(generate).clone()
}

pub(crate) fn fingerprint(identity: &Identity) -> Fingerprint {
    identity.fingerprint(&crypto_rust::PROVIDER, FingerprintAlgorithm::Sha256).unwrap()
}

/// One end, with everything that it delivered and reported.
pub(crate) struct End {
    pub(crate) connection: Connection,
    pub(crate) identity: Identity,
    pub(crate) delivered: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
}

impl End {
    pub(crate) fn new(config: Config, role: Role, seed: u8) -> Self {
        let identity = identity(seed);
        let rng = Box::new(rng(seed + 100));
        let connection = Connection::new(config, role, [&identity], &crypto_rust::PROVIDER, rng).unwrap();
        Self { connection, identity, delivered: vec![], events: vec![] }
    }

    /// Every datagram that is due.
    pub(crate) fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut out = [0; 2000];
        let mut datagrams = vec![];
        while let Some(len) = self.connection.poll_transmit(now, &mut out) {
            datagrams.push(out[..len].to_vec());
        }
        datagrams
    }

    pub(crate) fn receive(&mut self, now: Instant, datagram: &[u8]) -> Result<(), Discard> {
        let delivered = &mut self.delivered;
        let result = self
            .connection
            .handle_input(now, &mut datagram.to_vec(), &mut |data| delivered.push(data.to_vec()));
        while let Some(event) = self.connection.poll_event() {
            self.events.push(event);
        }
        result
    }

    pub(crate) fn events(&mut self) -> &[Event] {
        while let Some(event) = self.connection.poll_event() {
            self.events.push(event);
        }
        &self.events
    }

    pub(crate) fn seal(&mut self, data: &[u8]) -> Vec<u8> {
        let overhead = self.connection.overhead();
        let mut out = vec![0; overhead.header + data.len() + overhead.tag];
        overhead.inner(&mut out).unwrap().copy_from_slice(data);
        let len = self.connection.seal(&mut out, data.len()).unwrap();
        assert_eq!(len, out.len());
        out
    }
}

/// A client and a server that trust each other, and a clock.
pub(crate) struct Pair {
    pub(crate) client: End,
    pub(crate) server: End,
    pub(crate) now: Instant,
}

impl Pair {
    pub(crate) fn new(client: Config, server: Config) -> Self {
        Self::seeded(1, client, server)
    }

    /// With this seed for the client, and the next one for the server.
    pub(crate) fn seeded(seed: u8, client: Config, server: Config) -> Self {
        let mut client = End::new(client, Role::Client, seed);
        let mut server = End::new(server, Role::Server, seed + 1);
        let now = Instant::from_millis(1000);
        client.connection.set_remote_fingerprints(now, vec![fingerprint(&server.identity)]);
        server.connection.set_remote_fingerprints(now, vec![fingerprint(&client.identity)]);
        Self { client, server, now }
    }

    pub(crate) fn started(client: Config, server: Config) -> Self {
        let mut pair = Self::new(client, server);
        pair.client.connection.start(pair.now);
        pair.server.connection.start(pair.now);
        pair
    }

    pub(crate) fn connected() -> Self {
        let mut pair = Self::started(Config::default(), Config::default());
        pair.exchange();
        pair
    }

    /// Carries everything over until both are silent.
    pub(crate) fn exchange(&mut self) {
        for _ in 0..20 {
            let (there, back) = (self.client.transmit(self.now), self.server.transmit(self.now));
            if there.is_empty() && back.is_empty() {
                return;
            }
            for datagram in there {
                let _ = self.server.receive(self.now, &datagram);
            }
            for datagram in back {
                let _ = self.client.receive(self.now, &datagram);
            }
        }
        panic!("they never fall silent");
    }

    /// Jumps to the next deadline of either.
    pub(crate) fn wait(&mut self) {
        let client = self.client.connection.poll_timeout();
        let next = base::earliest(client, self.server.connection.poll_timeout()).unwrap();
        self.now = self.now.max(next);
        self.client.connection.handle_timeout(self.now);
        self.server.connection.handle_timeout(self.now);
    }
}

/// The datagrams of a fixture: lines of hexadecimal digits.
pub(crate) fn datagrams(fixture: &str) -> Vec<Vec<u8>> {
    fixture.lines().filter(|line| !line.starts_with('#')).map(hex).collect()
}

pub(crate) fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
        .collect()
}

/// The records of datagrams, as `epoch:type`, and the handshake type where it can be seen.
pub(crate) fn summary(datagrams: &[Vec<u8>]) -> String {
    let mut words = vec![];
    for datagram in datagrams {
        let mut rest = datagram.as_slice();
        while rest.len() >= 13 {
            let len = usize::from(u16::from_be_bytes([rest[11], rest[12]]));
            let name = match (rest[4], rest[0], rest.get(13)) {
                (0, 22, Some(1)) => "ClientHello",
                (0, 22, Some(2)) => "ServerHello",
                (0, 22, Some(3)) => "HelloVerifyRequest",
                (0, 22, Some(11)) => "Certificate",
                (0, 22, Some(12)) => "ServerKeyExchange",
                (0, 22, Some(13)) => "CertificateRequest",
                (0, 22, Some(14)) => "ServerHelloDone",
                (0, 22, Some(15)) => "CertificateVerify",
                (0, 22, Some(16)) => "ClientKeyExchange",
                (0, 20, _) => "[ChangeCipherSpec]",
                (0, 21, _) => "Alert",
                (1, 22, _) => "{Handshake}",
                (1, 21, _) => "{Alert}",
                (1, 23, _) => "{Data}",
                _ => "?",
            };
            words.push(name);
            rest = &rest[13 + len..];
        }
    }
    words.join(" ")
}
