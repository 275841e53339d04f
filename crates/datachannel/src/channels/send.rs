//! What goes to the association.

use bytes::Bytes;

use super::Channels;
use crate::channel::ChannelState;
use crate::{ChannelId, Outgoing, Payload, Ppid, SendError, Unsent};

impl Channels {
    /// Turns a user message into what the association has to send. It counts as sent.
    ///
    /// # Errors
    /// [`Unsent`] if the channel is not open, or the message is larger than the peer takes.
    pub fn send(&mut self, id: ChannelId, payload: Payload) -> Result<Outgoing, Unsent> {
        let bytes = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let limit = self.remote_max_message_size;
        let refuse = |error, payload| Err(Unsent { error, payload });
        let Some(channel) = self.channels.get_mut(&id) else { return refuse(SendError::NoChannel, payload) };
        let (ChannelState::Open, Some(stream)) = (channel.state, channel.stream) else {
            return refuse(SendError::NotOpen, payload);
        };
        if limit.is_some_and(|limit| bytes > limit) {
            return refuse(SendError::TooLarge, payload);
        }
        channel.counters.messages_sent = channel.counters.messages_sent.saturating_add(1);
        channel.counters.bytes_sent = channel.counters.bytes_sent.saturating_add(bytes);
        let (ppid, payload) = payload.into_wire();
        Ok(Outgoing {
            stream,
            ppid,
            payload,
            uncounted: bytes == 0,
            // Until the peer knows the channel, a message must not overtake the OPEN (RFC 8832 §6).
            unordered: !channel.init.ordered && channel.known_to_peer,
            reliability: channel.init.reliability,
        })
    }

    /// Takes a message back that the association refused: it was not sent after all. Gives it as it was given to
    /// [`send`](Self::send).
    pub fn unsend(&mut self, id: ChannelId, ppid: Ppid, payload: Bytes) -> Payload {
        // What was made of a message can be turned back.
        let payload = Payload::from_wire(ppid, payload).unwrap_or(Payload::Binary(Bytes::new()));
        if let Some(channel) = self.channels.get_mut(&id) {
            let bytes = u64::try_from(payload.len()).unwrap_or(u64::MAX);
            channel.counters.messages_sent = channel.counters.messages_sent.saturating_sub(1);
            channel.counters.bytes_sent = channel.counters.bytes_sent.saturating_sub(bytes);
        }
        payload
    }
}
