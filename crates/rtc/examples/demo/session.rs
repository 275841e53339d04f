//! What the application does with one connection: it reads as a list of channels, by label.

use std::collections::BTreeMap;
use std::time::Duration;

use rtc::{
    ChannelId, DataChannelInit, Event, Instant, Payload, PeerConnection, PeerConnectionState, SendError,
    SessionDescription, Transmit,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes of a message in a file or a measurement.
const CHUNK: usize = 16 * 1024;

/// How much may wait in the send buffer of a channel: enough to keep the path busy, little enough to stop at once.
const BUFFERED: usize = 1 << 20;

/// The largest file that is kept to be sent back.
const MAX_FILE: usize = 256 << 20;

/// How long a measurement may last.
const MAX_SECONDS: u64 = 30;

/// One connection and its channels.
pub(crate) struct Session {
    pub(crate) connection: PeerConnection,
    channels: BTreeMap<ChannelId, Service>,
    file: File,
}

/// What a channel is for.
enum Service {
    /// Every message goes back: the chat and the pings.
    Echo,
    /// A file comes, and goes back when it is asked for.
    File(FileTransfer),
    /// Bytes go one way as fast as they can.
    Speed(Measurement),
}

/// The file that came last.
#[derive(Default)]
struct File {
    name: String,
    content: Vec<u8>,
}

enum FileTransfer {
    Idle,
    Receiving { name: String, size: usize, content: Vec<u8> },
    Sending { sent: usize },
}

enum Measurement {
    Idle,
    Sending { until: Instant, sent: u64 },
    Receiving { since: Instant, received: u64 },
}

impl Session {
    pub(crate) fn new(connection: PeerConnection) -> Self {
        Self { connection, channels: BTreeMap::new(), file: File::default() }
    }

    /// Creates a channel of ours.
    pub(crate) fn create(&mut self, label: &str, init: DataChannelInit) -> Result<(), rtc::Error> {
        let id = self.connection.create_data_channel(label, init)?;
        self.adopt(id, label);
        Ok(())
    }

    /// Answers an offer of the page.
    pub(crate) fn answer(&mut self, now: Instant, offer: &str) -> Result<String, rtc::Error> {
        self.connection.set_remote_description(now, &SessionDescription::offer(offer))?;
        self.connection.set_local_description_due(now)?;
        Ok(self.connection.local_description().map(|description| description.sdp).unwrap_or_default())
    }

    /// Whether nothing will come of this connection any more.
    pub(crate) fn is_over(&self) -> bool {
        matches!(
            self.connection.connection_state(),
            PeerConnectionState::Failed | PeerConnectionState::Closed
        )
    }

    /// The next datagram. There is none once no event leads to another one.
    pub(crate) fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        loop {
            if let Some(transmit) = self.connection.poll_transmit(now, out) {
                return Some(transmit);
            }
            if !self.handle_events(now) {
                return None;
            }
        }
    }

    /// Does what the events ask for. `false` if there was none.
    fn handle_events(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(event) = self.connection.poll_event() {
            any = true;
            match event {
                Event::DataChannel(id) => {
                    let label = self.connection.data_channel(id).map(|channel| channel.label().to_string());
                    self.adopt(id, &label.unwrap_or_default());
                }
                Event::DataChannelMessage(id, message) => self.on_message(now, id, message),
                Event::DataChannelBufferedAmountLow(id) => self.fill(now, id),
                Event::DataChannelClose(id) => {
                    self.channels.remove(&id);
                }
                _ => {}
            }
        }
        any
    }

    fn adopt(&mut self, id: ChannelId, label: &str) {
        let service = match label {
            "file" => Service::File(FileTransfer::Idle),
            "speed" => Service::Speed(Measurement::Idle),
            _ => Service::Echo,
        };
        self.channels.insert(id, service);
        if let Some(mut channel) = self.connection.data_channel_mut(id) {
            channel.set_buffered_amount_low_threshold(BUFFERED / 2);
        }
    }

    fn on_message(&mut self, now: Instant, id: ChannelId, message: Payload) {
        match self.channels.get_mut(&id) {
            Some(Service::Echo) => {
                self.say(now, id, message);
            }
            Some(Service::File(_)) => self.on_file_message(now, id, message),
            Some(Service::Speed(_)) => self.on_speed_message(now, id, message),
            None => {}
        }
    }

    fn on_file_message(&mut self, now: Instant, id: ChannelId, message: Payload) {
        let Some(Service::File(transfer)) = self.channels.get_mut(&id) else { return };
        match message {
            Payload::Text(text) => {
                let header: Value = serde_json::from_str(&text).unwrap_or_default();
                if header.get("get").is_some() {
                    *transfer = FileTransfer::Sending { sent: 0 };
                    let file = &self.file;
                    let sha256 = hash(&file.content);
                    let header = json!({ "name": file.name, "size": file.content.len(), "sha256": sha256 });
                    self.say(now, id, header.to_string());
                    self.fill(now, id);
                    return;
                }
                let size =
                    header.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
                let Some(size) = size.filter(|size| *size <= MAX_FILE) else {
                    self.say(now, id, json!({ "error": "the demo takes files up to 256 MiB" }).to_string());
                    return;
                };
                let name = header.get("name").and_then(Value::as_str).unwrap_or("file").to_string();
                *transfer = FileTransfer::Receiving { name, size, content: Vec::new() };
            }
            Payload::Binary(bytes) => {
                if let FileTransfer::Receiving { content, .. } = transfer {
                    content.extend_from_slice(&bytes);
                }
            }
        }
        self.finish_file(now, id);
    }

    /// When the whole file has come: keep it, and say what its hash is.
    fn finish_file(&mut self, now: Instant, id: ChannelId) {
        let Some(Service::File(transfer)) = self.channels.get_mut(&id) else { return };
        let FileTransfer::Receiving { name, size, content } = transfer else { return };
        if content.len() < *size {
            return;
        }
        self.file = File { name: std::mem::take(name), content: std::mem::take(content) };
        *transfer = FileTransfer::Idle;
        let answer = json!({ "sha256": hash(&self.file.content), "size": self.file.content.len() });
        self.say(now, id, answer.to_string());
    }

    fn on_speed_message(&mut self, now: Instant, id: ChannelId, message: Payload) {
        let Some(Service::Speed(measurement)) = self.channels.get_mut(&id) else { return };
        let text = match message {
            Payload::Text(text) => text,
            Payload::Binary(bytes) => {
                if let Measurement::Receiving { received, .. } = measurement {
                    *received += bytes.len() as u64;
                }
                return;
            }
        };
        let request: Value = serde_json::from_str(&text).unwrap_or_default();
        match (request.get("start").and_then(Value::as_str), &measurement) {
            (Some("download"), _) => {
                let seconds = request.get("seconds").and_then(Value::as_u64).unwrap_or(5).min(MAX_SECONDS);
                *measurement = Measurement::Sending { until: now + Duration::from_secs(seconds), sent: 0 };
                self.fill(now, id);
            }
            (Some("upload"), _) => *measurement = Measurement::Receiving { since: now, received: 0 },
            (None, Measurement::Receiving { since, received }) => {
                let millis = now.since(*since).as_secs_f64() * 1000.0;
                let answer = json!({ "received": received, "ms": millis });
                *measurement = Measurement::Idle;
                self.say(now, id, answer.to_string());
            }
            _ => {}
        }
    }

    /// Gives the channel as much as its buffer should hold. It is called again when the buffer is low.
    fn fill(&mut self, now: Instant, id: ChannelId) {
        while self.connection.data_channel(id).is_some_and(|channel| channel.buffered_amount() < BUFFERED) {
            let Some(message) = self.next_to_send(now, id) else { return };
            let len = message.len();
            if !self.say(now, id, message) {
                return;
            }
            self.on_sent(now, id, len);
        }
    }

    /// The next piece of what the channel is sending.
    fn next_to_send(&self, now: Instant, id: ChannelId) -> Option<Payload> {
        match self.channels.get(&id)? {
            Service::File(FileTransfer::Sending { sent }) => {
                let rest = self.file.content.get(*sent..).filter(|rest| !rest.is_empty())?;
                Some(Payload::from(rest.get(..CHUNK).unwrap_or(rest).to_vec()))
            }
            Service::Speed(Measurement::Sending { until, .. }) if now < *until => {
                Some(Payload::from(&[0x5a; CHUNK][..]))
            }
            Service::Speed(Measurement::Sending { sent, .. }) => {
                Some(Payload::from(json!({ "done": sent }).to_string()))
            }
            _ => None,
        }
    }

    fn on_sent(&mut self, now: Instant, id: ChannelId, len: usize) {
        match self.channels.get_mut(&id) {
            Some(Service::File(FileTransfer::Sending { sent })) => *sent += len,
            Some(Service::Speed(measurement)) => match measurement {
                Measurement::Sending { until, sent } if now < *until => *sent += len as u64,
                _ => *measurement = Measurement::Idle,
            },
            _ => {}
        }
    }

    /// Sends a message; whether it was taken. One for which there is no room is a ping too many; a channel that closes is
    /// seen elsewhere.
    fn say(&mut self, now: Instant, id: ChannelId, message: impl Into<Payload>) -> bool {
        match self.connection.send(now, id, message) {
            Ok(()) => return true,
            Err(unsent) if matches!(unsent.error, SendError::NotOpen | SendError::BufferFull) => {}
            Err(unsent) => eprintln!("a message was not sent: {unsent}"),
        }
        false
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
