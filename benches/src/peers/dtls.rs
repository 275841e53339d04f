//! DTLS 1.2 alone: ours, dimpl, rtc-dtls.

use std::time::Instant;

use super::address;
use crate::link::{DataEnd, Endpoint, Received};

/// Our own.
pub mod ours {
    use std::time::Duration;

    use base::UnixTime;
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;
    use crypto::{Fingerprint, Provider};
    use our_dtls::{Config, Connection, FingerprintAlgorithm, Identity, Role, State};

    use super::*;
    use crate::peers::ours::{datagram, recycle, since};

    /// An end.
    pub struct End {
        connection: Connection,
        start: Instant,
        sealed: Vec<Vec<u8>>,
        buffer: Vec<u8>,
        received: Received,
    }

    /// Two connections, one of which begins.
    pub fn pair(now: Instant, provider: &'static Provider) -> (End, End) {
        let identity = |seed| {
            let (mut rng, today) = (ChaCha20Rng::from_seed([seed; 32]), UnixTime::from_secs(1_790_000_000));
            Identity::generate(
                provider,
                &mut rng,
                our_dtls::KeyAlgorithm::EcdsaP256,
                today,
                Duration::from_secs(86_400),
                "bench",
            )
            .expect("a key")
        };
        let (client, server) = (identity(1), identity(2));
        let of = |identity: &Identity| {
            identity.fingerprint(provider, FingerprintAlgorithm::Sha256).expect("a certificate")
        };
        let end = |role, identity: &Identity, peer: Fingerprint, seed| {
            let rng = Box::new(ChaCha20Rng::from_seed([seed; 32]));
            let mut connection =
                Connection::new(Config::default(), role, [identity], provider, rng).expect("a connection");
            connection.set_remote_fingerprints(base::Instant::ZERO, vec![peer]);
            connection.start(base::Instant::ZERO);
            End {
                connection,
                start: now,
                sealed: Vec::new(),
                buffer: vec![0; 1500],
                received: Received::default(),
            }
        };
        (end(Role::Client, &client, of(&server), 3), end(Role::Server, &server, of(&client), 4))
    }

    impl Endpoint for End {
        type Packet = Vec<u8>;

        fn handle_input(&mut self, now: Instant, mut packet: Vec<u8>) {
            let received = &mut self.received;
            let deliver = &mut |data: &[u8]| received.add(data);
            let _ = self.connection.handle_input(since(self.start, now), &mut packet, deliver);
            recycle(packet);
        }

        fn handle_timeout(&mut self, now: Instant) {
            self.connection.handle_timeout(since(self.start, now));
        }

        fn poll_timeout(&mut self) -> Option<Instant> {
            let at = self.connection.poll_timeout()?;
            Some(self.start + Duration::from_nanos(at.as_nanos()))
        }

        fn transmit(&mut self, now: Instant, out: &mut impl FnMut(Vec<u8>)) {
            while self.connection.poll_event().is_some() {}
            let now = since(self.start, now);
            while let Some(len) = self.connection.poll_transmit(now, &mut self.buffer) {
                out(datagram(&self.buffer[..len]));
            }
            self.sealed.drain(..).for_each(out);
        }
    }

    impl DataEnd for End {
        fn is_open(&self) -> bool {
            self.connection.state() == State::Connected
        }

        fn buffered(&mut self) -> usize {
            0
        }

        fn send(&mut self, _now: Instant, message: &[u8]) -> bool {
            let header = self.connection.overhead().header;
            self.buffer[header..header + message.len()].copy_from_slice(message);
            let sealed = self.connection.seal(&mut self.buffer, message.len());
            self.sealed.extend(sealed.iter().map(|len| datagram(&self.buffer[..*len])));
            sealed.is_ok()
        }

        fn received(&self) -> Received {
            self.received
        }
    }
}

/// What str0m builds on.
pub mod dimpl {
    use std::sync::Arc;

    use ::dimpl::certificate::generate_self_signed_certificate;
    use ::dimpl::{Config, Dtls, Output};

    use super::*;

    /// An end.
    pub struct End {
        dtls: Dtls,
        next: Option<Instant>,
        up: bool,
        received: Received,
        buffer: Vec<u8>,
    }

    /// Two connections, one of which begins.
    pub fn pair(now: Instant) -> (End, End) {
        let config = Config::builder().use_server_cookie(false).mtu(1228).build();
        let config = Arc::new(config.expect("a configuration"));
        let end = |active| {
            let certificate = generate_self_signed_certificate().expect("a certificate");
            let mut dtls = Dtls::new_12(config.clone(), certificate, now);
            dtls.set_active(active);
            dtls.handle_timeout(now).expect("a start");
            End { dtls, next: None, up: false, received: Received::default(), buffer: vec![0; 2048] }
        };
        (end(true), end(false))
    }

    impl Endpoint for End {
        type Packet = Vec<u8>;

        fn handle_input(&mut self, _now: Instant, packet: Vec<u8>) {
            self.dtls.handle_packet(&packet).expect("a packet");
        }

        fn handle_timeout(&mut self, now: Instant) {
            self.dtls.handle_timeout(now).expect("no timeout ends it");
        }

        fn poll_timeout(&mut self) -> Option<Instant> {
            self.next
        }

        fn transmit(&mut self, _now: Instant, out: &mut impl FnMut(Vec<u8>)) {
            loop {
                match self.dtls.poll_output(&mut self.buffer) {
                    Output::Packet(packet) => out(packet.to_vec()),
                    Output::Timeout(at) => {
                        self.next = Some(at);
                        return;
                    }
                    Output::Connected => self.up = true,
                    Output::ApplicationData(data) => self.received.add(data),
                    Output::BufferTooSmall { needed } => self.buffer.resize(needed, 0),
                    _ => {}
                }
            }
        }
    }

    impl DataEnd for End {
        fn is_open(&self) -> bool {
            self.up
        }

        fn buffered(&mut self) -> usize {
            0
        }

        fn send(&mut self, _now: Instant, message: &[u8]) -> bool {
            self.dtls.send_application_data(message).is_ok()
        }

        fn received(&self) -> Received {
            self.received
        }
    }
}

/// What `rtc` builds on.
pub mod rtc_dtls {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use ::rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
    use ::rtc_dtls::crypto::Certificate;
    use ::rtc_dtls::endpoint::EndpointEvent;
    use bytes::BytesMut;
    use rtc_crypto::RTCCryptoProvider;
    use rtc_crypto::providers::AwsLcRsProvider;
    use rtc_shared::TransportProtocol::UDP;

    use super::*;

    /// An end.
    pub struct End {
        endpoint: ::rtc_dtls::endpoint::Endpoint,
        remote: SocketAddr,
        up: bool,
        received: Received,
    }

    /// Two connections, one of which begins.
    pub fn pair(now: Instant) -> (End, End) {
        let endpoint = |end, server| ::rtc_dtls::endpoint::Endpoint::new(address(end), UDP, server);
        let (mut a, b) = (endpoint(1, None), endpoint(2, Some(config(false))));
        a.connect(now, address(2), config(true), None).expect("a start");
        let end = |endpoint, remote| End { endpoint, remote, up: false, received: Received::default() };
        (end(a, address(2)), end(b, address(1)))
    }

    fn config(client: bool) -> Arc<HandshakeConfig> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(AwsLcRsProvider::new());
        let names = vec!["bench".to_string()];
        let certificate = Certificate::generate_self_signed(names, provider.crypto()).expect("a certificate");
        let config = ConfigBuilder::default()
            .with_crypto_provider(provider)
            .with_certificates(vec![certificate])
            .with_insecure_skip_verify(true)
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(client, Some(address(if client { 2 } else { 1 })));
        Arc::new(config.expect("a configuration"))
    }

    impl Endpoint for End {
        type Packet = BytesMut;

        fn handle_input(&mut self, now: Instant, packet: BytesMut) {
            for event in self.endpoint.read(now, self.remote, None, packet).expect("a packet") {
                match event {
                    EndpointEvent::HandshakeComplete => self.up = true,
                    EndpointEvent::ApplicationData(data) => self.received.add(&data),
                    _ => {}
                }
            }
        }

        fn handle_timeout(&mut self, now: Instant) {
            let _ = self.endpoint.handle_timeout(self.remote, now);
        }

        fn poll_timeout(&mut self) -> Option<Instant> {
            self.endpoint.poll_timeout(&self.remote)
        }

        fn transmit(&mut self, _now: Instant, out: &mut impl FnMut(BytesMut)) {
            while let Some(transmit) = self.endpoint.poll_transmit() {
                out(transmit.message);
            }
        }
    }

    impl DataEnd for End {
        fn is_open(&self) -> bool {
            self.up
        }

        fn buffered(&mut self) -> usize {
            0
        }

        fn send(&mut self, now: Instant, message: &[u8]) -> bool {
            self.endpoint.write(now, self.remote, message).is_ok()
        }

        fn received(&self) -> Received {
            self.received
        }
    }
}
