//! The application: one side sends, with as much in the buffer as keeps it from running dry, and the other one counts.

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Event, Instant, KeyAlgorithm, Payload,
    PeerConnection, SessionDescription, UnixTime,
};

use crate::Outcome;

/// Bytes of one message.
const MESSAGE: usize = 64 << 10;

/// How much may wait in the send buffer.
const BUFFERED: usize = 1 << 20;

/// A day on which the certificates are valid.
const TODAY: UnixTime = UnixTime::from_secs(1_800_000_000);

/// Which side it is.
pub(crate) enum Role {
    Sender,
    Receiver { offer: String },
}

/// One side of a transfer.
pub(crate) struct Transfer {
    role: Role,
    total: usize,
    done: usize,
    payload: Payload,
    began: Option<Instant>,
    /// When all of it was there.
    pub(crate) took: Option<core::time::Duration>,
}

impl Transfer {
    pub(crate) fn new(role: Role, total: usize) -> Self {
        let payload = Payload::Binary(vec![0x5a; MESSAGE].into());
        Self { role, total, done: 0, payload, began: None, took: None }
    }

    /// A connection that knows no addresses yet.
    pub(crate) fn connection(now: Instant) -> Outcome<PeerConnection> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let mut rng = ChaCha20Rng::from_seed(seed);
        let provider = &crypto_rust::PROVIDER;
        let certificate = Certificate::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, TODAY)?;
        Ok(PeerConnection::new(Configuration::new(provider, certificate), Box::new(rng), now)?)
    }

    /// Offer and answer: `signal` gives one's own description to the other side, and returns what that says.
    pub(crate) fn negotiate(
        &self,
        connection: &mut PeerConnection,
        now: Instant,
        mut signal: impl FnMut(&str) -> Outcome<String>,
    ) -> Outcome<()> {
        match &self.role {
            Role::Sender => {
                let channel = connection.create_data_channel("file", DataChannelInit::default())?;
                let mut channel = connection.data_channel_mut(channel).ok_or("no channel")?;
                channel.set_buffered_amount_low_threshold(BUFFERED / 2);
            }
            Role::Receiver { offer } => {
                connection.set_remote_description(now, &SessionDescription::offer(offer.as_str()))?;
            }
        }
        connection.set_local_description_due(now)?;
        let ours = connection.local_description().ok_or("no description")?;
        let theirs = signal(&ours.sdp)?;
        if matches!(self.role, Role::Sender) {
            connection.set_remote_description(now, &SessionDescription::answer(theirs.as_str()))?;
        }
        Ok(())
    }

    /// Takes what happened; whether that was the end.
    pub(crate) fn on_event(
        &mut self,
        connection: &mut PeerConnection,
        now: Instant,
        event: Event,
    ) -> Outcome<bool> {
        match (&self.role, event) {
            (
                Role::Sender,
                Event::DataChannelOpen(channel) | Event::DataChannelBufferedAmountLow(channel),
            ) => {
                self.began.get_or_insert(now);
                self.fill(connection, now, channel)?;
            }
            (Role::Sender, Event::DataChannelMessage(..)) => {
                self.took = self.began.map(|began| now.since(began));
                connection.close(now);
                return Ok(true);
            }
            (Role::Receiver { .. }, Event::DataChannelMessage(channel, message)) => {
                self.done += message.len();
                if self.done >= self.total {
                    connection.send(now, channel, "all of it")?;
                }
            }
            (Role::Receiver { .. }, Event::DataChannelClose(_)) => {
                self.took = Some(core::time::Duration::ZERO);
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    fn fill(&mut self, connection: &mut PeerConnection, now: Instant, channel: ChannelId) -> Outcome<()> {
        while self.done < self.total {
            let buffered = connection.data_channel(channel).map(|channel| channel.buffered_amount());
            if buffered.is_none_or(|buffered| buffered >= BUFFERED) {
                break;
            }
            connection.send(now, channel, self.payload.clone())?;
            self.done += self.payload.len();
        }
        Ok(())
    }
}
