//! What the application does with one connection: it reads as a list of channels, by label.

use std::collections::BTreeMap;

use rtc::{ChannelId, DataChannelInit, Event, Instant, Payload, PeerConnection, SendError};

use crate::file::FileService;
use crate::speed::SpeedService;

/// Bytes of a message in a file or a measurement.
pub(crate) const CHUNK: usize = 16 * 1024;

/// How much may wait in the send buffer of a channel: enough to keep the path busy, little enough to stop at once.
const BUFFERED: usize = 1 << 20;

/// The channels of one connection.
pub(crate) struct Session {
    /// What the page calls it by.
    pub(crate) number: u64,
    channels: BTreeMap<ChannelId, Service>,
}

/// What a channel is for.
enum Service {
    /// Every message goes back: the chat and the pings.
    Echo,
    /// A file comes, and goes back when it is asked for.
    File(Box<FileService>),
    /// Bytes go one way as fast as they can.
    Speed(SpeedService),
}

impl Service {
    fn new(label: &str) -> Self {
        match label {
            "file" => Self::File(Box::default()),
            "speed" => Self::Speed(SpeedService::default()),
            _ => Self::Echo,
        }
    }

    /// Takes a message, and gives the answers to it.
    fn on_message(&mut self, now: Instant, message: Payload) -> Vec<Payload> {
        match self {
            Self::Echo => vec![message],
            Self::File(file) => file.on_message(message),
            Self::Speed(speed) => speed.on_message(now, message).into_iter().collect(),
        }
    }

    /// The next piece of what the channel is sending.
    fn next_to_send(&self, now: Instant) -> Option<Payload> {
        match self {
            Self::Echo => None,
            Self::File(file) => file.next_to_send(),
            Self::Speed(speed) => speed.next_to_send(now),
        }
    }

    /// Notes that this piece was sent.
    fn on_sent(&mut self, now: Instant, len: usize) {
        match self {
            Self::Echo => {}
            Self::File(file) => file.on_sent(len),
            Self::Speed(speed) => speed.on_sent(now, len),
        }
    }
}

impl Session {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, channels: BTreeMap::new() }
    }

    /// Creates a channel of ours.
    pub(crate) fn create(
        &mut self,
        connection: &mut PeerConnection,
        label: &str,
        init: DataChannelInit,
    ) -> Result<(), rtc::Error> {
        let id = connection.create_data_channel(label, init)?;
        self.adopt(connection, id, label);
        Ok(())
    }

    /// Does what an event asks for.
    pub(crate) fn handle_event(&mut self, now: Instant, connection: &mut PeerConnection, event: Event) {
        match event {
            Event::DataChannel(id) => {
                let label = connection.data_channel(id).map(|channel| channel.label().to_string());
                self.adopt(connection, id, &label.unwrap_or_default());
            }
            Event::DataChannelMessage(id, message) => self.on_message(now, connection, id, message),
            Event::DataChannelBufferedAmountLow(id) => self.fill(now, connection, id),
            Event::DataChannelClose(id) => _ = self.channels.remove(&id),
            _ => {}
        }
    }

    fn adopt(&mut self, connection: &mut PeerConnection, id: ChannelId, label: &str) {
        self.channels.insert(id, Service::new(label));
        if let Some(mut channel) = connection.data_channel_mut(id) {
            channel.set_buffered_amount_low_threshold(BUFFERED / 2);
        }
    }

    fn on_message(&mut self, now: Instant, connection: &mut PeerConnection, id: ChannelId, message: Payload) {
        let Some(service) = self.channels.get_mut(&id) else { return };
        for answer in service.on_message(now, message) {
            say(now, connection, id, answer);
        }
        self.fill(now, connection, id);
    }

    /// Gives the channel as much as its buffer should hold. It is called again when the buffer is low.
    fn fill(&mut self, now: Instant, connection: &mut PeerConnection, id: ChannelId) {
        let Some(service) = self.channels.get_mut(&id) else { return };
        while connection.data_channel(id).is_some_and(|channel| channel.buffered_amount() < BUFFERED) {
            let Some(message) = service.next_to_send(now) else { return };
            let len = message.len();
            if !say(now, connection, id, message) {
                return;
            }
            service.on_sent(now, len);
        }
    }
}

/// Sends a message; whether it was taken. One for which there is no room is a ping too many; a channel that closes is
/// seen elsewhere.
fn say(now: Instant, connection: &mut PeerConnection, id: ChannelId, message: Payload) -> bool {
    match connection.send(now, id, message) {
        Ok(()) => return true,
        Err(unsent) if matches!(unsent.error, SendError::NotOpen | SendError::BufferFull) => {}
        Err(unsent) => eprintln!("a message was not sent: {unsent}"),
    }
    false
}
