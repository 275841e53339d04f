//! Our connection as a host.

use std::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Event, OfferOptions, Payload, PeerConnection,
    PeerConnectionState, SdpType, SessionDescription, UnixTime,
};
use sim::{Ecn, Host, Instant, Path, Transmit};

use super::peer::{Peer, Promise, Roles, Seen};

/// A `PeerConnection` and its application.
pub struct Ours {
    connection: PeerConnection,
    labels: Vec<(ChannelId, String)>,
    /// A channel that this side opened.
    announced: Option<ChannelId>,
    /// Whether our INIT stays here, because the peer does without it.
    keeps_init: bool,
    seen: Seen,
}

/// The first chunk's type, behind the common header (RFC 9260 §3).
const CHUNK_TYPE: usize = 12;
const INIT: u8 = 1;

impl Ours {
    /// With `keeps_init`, the peer has to open the association.
    pub fn new(seed: u64, path: Path, keeps_init: bool) -> Self {
        let provider = &crypto_rust::PROVIDER;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let certificate = Certificate::generate(
            provider,
            &mut rng,
            rtc::KeyAlgorithm::EcdsaP256,
            UnixTime::from_secs(1_800_000_000),
        )
        .unwrap();
        let mut config = Configuration::new(provider, certificate);
        // Where every fifth datagram is lost each way, consent lapses after some minutes (RFC 7675 §5.1: six checks in a row
        // without an answer). That would be the end here, because this application restarts nothing.
        config.ice.consent_timeout = Duration::from_secs(3600);
        let mut connection = PeerConnection::new(config, Box::new(rng), Instant::ZERO).unwrap();
        connection.add_local_address(path.local).unwrap();
        connection.observe_packets(keeps_init);
        Self { connection, labels: Vec::new(), announced: None, keeps_init, seen: Seen::default() }
    }

    fn open(&mut self, channels: &[(String, Promise)]) {
        for (label, promise) in channels {
            let usual = DataChannelInit::default();
            let init = match promise {
                Promise::Unordered => usual.with_ordered(false),
                Promise::Limited(count) => usual.with_max_retransmits(*count),
                Promise::Ordered => usual,
            };
            let id = self.connection.create_data_channel(label.clone(), init).unwrap();
            self.labels.push((id, label.clone()));
            self.announced = Some(id);
        }
    }

    /// Whether what was sent last is an INIT.
    fn has_sent_init(&mut self) -> bool {
        let last = std::iter::from_fn(|| self.connection.poll_packet()).last();
        last.is_some_and(|last| last.sent && last.packet[CHUNK_TYPE] == INIT)
    }

    fn id(&self, label: &str) -> ChannelId {
        self.labels.iter().find(|(_, known)| known == label).unwrap().0
    }

    fn label(&self, id: ChannelId) -> String {
        self.labels.iter().find(|(known, _)| *known == id).unwrap().1.clone()
    }

    /// The numbers of the channels that we announce tell the role in DTLS (RFC 8832 §6).
    fn roles(&mut self) -> Option<Roles> {
        let number = self.connection.data_channel(self.announced?)?.id()?;
        let ice = self.connection.sctp()?.transport().ice_transport();
        Some(Roles { controlling: ice.role() == Some(ice::Role::Controlling), client: number % 2 == 0 })
    }

    fn take_events(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            match event {
                Event::ConnectionStateChange(state) => {
                    self.seen.connected = state == PeerConnectionState::Connected;
                }
                Event::DataChannel(id) => {
                    let label = self.connection.data_channel(id).unwrap().label().to_owned();
                    self.labels.push((id, label));
                }
                Event::DataChannelOpen(id) => {
                    self.seen.roles = self.roles();
                    let channel = self.connection.data_channel(id).unwrap();
                    let promise = match (channel.max_retransmits(), channel.ordered()) {
                        (Some(count), _) => Promise::Limited(count),
                        (None, true) => Promise::Ordered,
                        (None, false) => Promise::Unordered,
                    };
                    self.seen.opened.insert(self.label(id), promise);
                }
                Event::DataChannelMessage(id, Payload::Binary(bytes)) => {
                    self.seen.received.entry(self.label(id)).or_default().push(bytes.to_vec());
                }
                Event::DataChannelClose(id) => drop(self.seen.closed.insert(self.label(id))),
                Event::DataChannelError(..) | Event::DtlsTransportError(..) => panic!("{event:?}"),
                _ => {}
            }
        }
    }
}

impl Host for Ours {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        // The network repeats datagrams, and the second one is ignored.
        let _ = self.connection.handle_input(now, path, ecn, datagram);
        self.take_events();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.connection.handle_timeout(now);
        self.take_events();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        loop {
            let transmit = self.connection.poll_transmit(now, out)?;
            if !(self.keeps_init && self.has_sent_init()) {
                return Some(transmit);
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }
}

impl Peer for Ours {
    fn offer(&mut self, now: Instant, channels: &[(String, Promise)]) -> String {
        self.open(channels);
        let offer = self.connection.create_offer(OfferOptions::default()).unwrap();
        self.connection.set_local_description(now, &offer).unwrap();
        self.connection.local_description().unwrap().sdp
    }

    fn answer(&mut self, now: Instant, offer: &str, channels: &[(String, Promise)]) -> String {
        self.open(channels);
        let offer = SessionDescription::new(SdpType::Offer, offer);
        self.connection.set_remote_description(now, &offer).unwrap();
        self.connection.set_local_description_due(now).unwrap();
        self.connection.local_description().unwrap().sdp
    }

    fn accept(&mut self, now: Instant, answer: &str) {
        let answer = SessionDescription::new(SdpType::Answer, answer);
        self.connection.set_remote_description(now, &answer).unwrap();
    }

    fn send(&mut self, now: Instant, label: &str, payload: Vec<u8>) {
        self.connection.send(now, self.id(label), Bytes::from(payload)).unwrap();
    }

    fn close(&mut self, _: Instant, label: &str) {
        let id = self.id(label);
        self.connection.data_channel_mut(id).unwrap().close();
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}
