//! Messages that come in parts, as old peers send them (RFC 8831 §6.6).

use alloc::vec::Vec;

use bytes::Bytes;

use super::Channels;
use crate::{ChannelId, Failure, Payload, Ppid};

impl Channels {
    /// The whole message that `payload` is, or completes; `None` while parts are still to come.
    pub(super) fn assemble(
        &mut self,
        id: ChannelId,
        ppid: Ppid,
        payload: Bytes,
    ) -> Result<Option<Payload>, Failure> {
        if is_part(ppid) {
            self.add_part(id, &payload)?;
            return Ok(None);
        }
        let payload =
            if matches!(ppid, Ppid::STRING | Ppid::BINARY) { self.joined(id, &payload)? } else { payload };
        let payload = whole(ppid, payload)?;
        Ok(self.channels.get_mut(&id).map(|channel| channel.receive(payload)))
    }

    /// The last part behind the earlier ones.
    fn joined(&mut self, id: ChannelId, last: &[u8]) -> Result<Bytes, Failure> {
        self.add_part(id, last)?;
        Ok(self.take_partial(id).into())
    }

    fn add_part(&mut self, id: ChannelId, part: &[u8]) -> Result<(), Failure> {
        let Some(channel) = self.channels.get_mut(&id) else { return Ok(()) };
        let needed = channel.partial.len().saturating_add(part.len());
        if needed > self.config.max_message_size {
            return Err(Failure::InvalidMessage);
        }
        let room = channel.partial.capacity();
        if needed > room {
            let more = (2 * room).clamp(needed, self.config.max_message_size) - room;
            if !self.retained.take(more) {
                return Err(Failure::Overrun);
            }
            channel.retained += more;
            channel.partial.reserve_exact(room + more - channel.partial.len());
        }
        channel.partial.extend_from_slice(part);
        Ok(())
    }

    /// Forgets the parts that have come.
    pub(super) fn drop_partial(&mut self, id: ChannelId) {
        drop(self.take_partial(id));
    }

    fn take_partial(&mut self, id: ChannelId) -> Vec<u8> {
        let Some(channel) = self.channels.get_mut(&id) else { return Vec::new() };
        let parts = core::mem::take(&mut channel.partial);
        channel.retained = channel.retained.saturating_sub(parts.capacity());
        self.retained.give_back(parts.capacity());
        parts
    }
}

/// Whether more parts follow.
pub(super) const fn is_part(ppid: Ppid) -> bool {
    matches!(ppid, Ppid::STRING_PARTIAL | Ppid::BINARY_PARTIAL)
}

/// The message whose bytes are all there.
pub(super) fn whole(ppid: Ppid, bytes: Bytes) -> Result<Payload, Failure> {
    Payload::from_wire(ppid, bytes).ok_or(Failure::InvalidMessage)
}
