//! Connections that are about to find each other.

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Event, Instant, KeyAlgorithm, Payload,
    PeerConnection, UnixTime,
};

/// How much each side sends where the amount is not what is tested.
const LITTLE: usize = 512 << 10;

/// Bytes of one message.
const MESSAGE: usize = 64 << 10;

/// How much may wait in the send buffer.
const BUFFERED: usize = 1 << 20;

/// A connection that knows no addresses.
pub(crate) fn connection(seed: u64, now: Instant) -> PeerConnection {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let today = UnixTime::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&crypto_rust::PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, today).unwrap();
    let configuration = Configuration::new(&crypto_rust::PROVIDER, certificate);
    PeerConnection::new(configuration, Box::new(rng), now).unwrap()
}

/// Offer and answer, for a channel that `from` creates. Nothing is due yet, so that it may be any time.
pub(crate) fn negotiate(from: &mut PeerConnection, to: &mut PeerConnection) -> ChannelId {
    let now = Instant::ZERO;
    let channel = from.create_data_channel("data", DataChannelInit::default()).unwrap();
    from.set_local_description_due(now).unwrap();
    to.set_remote_description(now, &from.local_description().unwrap()).unwrap();
    to.set_local_description_due(now).unwrap();
    from.set_remote_description(now, &to.local_description().unwrap()).unwrap();
    channel
}

/// What one side has to send, and what has come to it.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) total: usize,
    sent: usize,
    received: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self { total: LITTLE, sent: 0, received: 0 }
    }
}

impl Load {
    pub(crate) fn is_done(&self) -> bool {
        self.sent == self.total && self.has_received_all()
    }

    pub(crate) fn has_received_all(&self) -> bool {
        self.received == self.total
    }

    /// Begins once more.
    pub(crate) fn renew(&mut self, connection: &mut PeerConnection, now: Instant, channel: ChannelId) {
        *self = Self::default();
        self.fill(connection, now, channel);
    }

    pub(crate) fn on_event(&mut self, connection: &mut PeerConnection, now: Instant, event: &Event) {
        match event {
            Event::DataChannelOpen(channel) => {
                connection
                    .data_channel_mut(*channel)
                    .unwrap()
                    .set_buffered_amount_low_threshold(BUFFERED / 2);
                self.fill(connection, now, *channel);
            }
            Event::DataChannelBufferedAmountLow(channel) => self.fill(connection, now, *channel),
            Event::DataChannelMessage(_, Payload::Binary(message)) => {
                let number = self.received / MESSAGE;
                assert!(message.iter().all(|byte| usize::from(*byte) == number % 251), "in order, and whole");
                self.received += message.len();
            }
            _ => {}
        }
    }

    fn fill(&mut self, connection: &mut PeerConnection, now: Instant, channel: ChannelId) {
        while self.sent < self.total && connection.data_channel(channel).unwrap().buffered_amount() < BUFFERED
        {
            let byte = u8::try_from(self.sent / MESSAGE % 251).unwrap();
            connection.send(now, channel, Payload::Binary(vec![byte; MESSAGE].into())).unwrap();
            self.sent += MESSAGE;
        }
    }
}

/// The user name fragment by which a connection is found.
pub(crate) fn fragment(connection: &PeerConnection) -> String {
    let transport = connection.sctp().unwrap().transport();
    transport.ice_transport().local_parameters().username_fragment.clone()
}
