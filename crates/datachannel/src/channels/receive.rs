//! What comes from the association.

use bytes::Bytes;

use super::partial::{is_part, whole};
use super::retained::message_cost;
use super::{Association, Channels};
use crate::channel::ChannelState;
use crate::dcep::Message;
use crate::{Channel, ChannelId, Command, Discard, Event, Failure, Ppid, Reliability, StreamId};

impl Channels {
    /// Takes a message that the association delivered.
    ///
    /// # Errors
    /// [`Discard`] if the message was ignored. A refused OPEN has its stream reset, and an invalid user message closes
    /// its channel: the peer is authenticated, and what it says counts.
    pub fn handle_message(&mut self, stream: StreamId, ppid: Ppid, payload: Bytes) -> Result<(), Discard> {
        let result = match ppid {
            _ if self.association == Association::Closed => Err(Discard::Closed),
            Ppid::DCEP if self.is_for_the_next(stream) => self.keep(stream, ppid, payload),
            Ppid::DCEP => match Message::parse(&payload) {
                Ok(Message::Open(open)) => self.on_open(stream, open),
                Ok(Message::Ack) => self.on_ack(stream),
                Err(discard) => {
                    // RFC 8832 §6: an OPEN that is not well formed closes what it would have opened.
                    if Message::is_open(&payload) {
                        self.refuse(stream);
                    }
                    Err(discard)
                }
            },
            _ => match self.on_stream(stream) {
                Some(id) => self.on_user_message(id, ppid, payload),
                None if is_user(ppid) => self.keep(stream, ppid, payload),
                None => Err(Discard::Unknown),
            },
        };
        if result.is_err() {
            self.discarded = self.discarded.saturating_add(1);
        }
        result
    }

    /// Closes the channel on a stream, or the stream if it has none: the peer must not have asked to open it.
    pub(super) fn refuse(&mut self, stream: StreamId) {
        match self.on_stream(stream) {
            Some(id) => self.fail(id, Failure::Protocol),
            None => self.commands.push_back(Command::Reset(stream)),
        }
    }

    /// Whether what comes on this stream belongs to the channel after the present one. The peer has reset its direction,
    /// and it uses the stream again only after it has carried out our reset too: what is late is the word of that.
    pub(super) fn is_for_the_next(&self, stream: StreamId) -> bool {
        let channel = self.on_stream(stream).and_then(|id| self.channels.get(&id));
        channel.is_some_and(|channel| channel.state == ChannelState::Closing && channel.resets.incoming)
    }

    /// Takes what waited for this stream to be free.
    pub(super) fn replay_early(&mut self, stream: StreamId) {
        let has_hole = self.early.take_hole(stream);
        for (ppid, payload) in self.early.take_all(&mut self.retained, stream) {
            // What is ignored, is counted there.
            let _ = self.handle_message(stream, ppid, payload);
        }
        self.end_behind_hole(stream, has_hole);
    }

    /// Delivers what waited for the channel on this stream.
    pub(super) fn deliver_early(&mut self, stream: StreamId) {
        let has_hole = self.early.take_hole(stream);
        for (ppid, payload) in self.early.take_all(&mut self.retained, stream) {
            // A message that is refused now was counted neither then nor now; it counts here.
            if self.on_stream(stream).map(|id| self.on_user_message(id, ppid, payload)) != Some(Ok(())) {
                self.discarded = self.discarded.saturating_add(1);
            }
        }
        self.end_behind_hole(stream, has_hole);
    }

    /// A channel that may lose nothing ends where it has: not all that came early could wait.
    fn end_behind_hole(&mut self, stream: StreamId, has_hole: bool) {
        let Some(id) = self.on_stream(stream).filter(|_| has_hole) else { return };
        let reliable = |channel: &Channel| channel.init.reliability == Reliability::Reliable;
        if self.channel(id).is_some_and(reliable) {
            self.fail(id, Failure::Overrun);
        }
    }

    fn on_user_message(&mut self, id: ChannelId, ppid: Ppid, payload: Bytes) -> Result<(), Discard> {
        let channel = self.channels.get_mut(&id).ok_or(Discard::Unexpected)?;
        match channel.state {
            ChannelState::Open => {}
            // The association is up on the peer's side only: it waits for ours.
            ChannelState::Connecting => {
                let stream = channel.stream.unwrap_or_default();
                return self.keep(stream, ppid, payload);
            }
            // What the peer sends behind its reset is for the next channel on the stream.
            ChannelState::Closing if channel.resets.incoming => {
                let stream = channel.stream.unwrap_or_default();
                return self.keep(stream, ppid, payload);
            }
            // webrtc-pc §6.4: a channel that is closing delivers no more.
            ChannelState::Closing | ChannelState::Closed => return Err(Discard::Closing),
        }
        channel.known_to_peer = true;
        let is_paused = channel.is_paused;
        // Nearly every message is whole.
        let assembled = if channel.partial.is_empty() && !is_part(ppid) {
            whole(ppid, payload).map(|payload| Some(channel.receive(payload)))
        } else {
            self.assemble(id, ppid, payload)
        };
        match assembled {
            Ok(Some(payload)) => {
                self.retained.count(message_cost(payload.len()));
                if is_paused {
                    self.hold(id, payload);
                } else {
                    self.events.push_back(Event::Message(id, payload));
                }
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(failure) => {
                self.drop_partial(id);
                self.fail(id, failure);
                Err(if is_user(ppid) { Discard::InvalidMessage } else { Discard::Unknown })
            }
        }
    }

    /// Keeps a message for a channel that is not there yet.
    fn keep(&mut self, stream: StreamId, ppid: Ppid, payload: Bytes) -> Result<(), Discard> {
        self.streams.note_early(stream);
        self.early.keep(&mut self.retained, stream, (ppid, payload))
    }
}

const fn is_user(ppid: Ppid) -> bool {
    matches!(
        ppid,
        Ppid::STRING
            | Ppid::STRING_PARTIAL
            | Ppid::STRING_EMPTY
            | Ppid::BINARY
            | Ppid::BINARY_PARTIAL
            | Ppid::BINARY_EMPTY
    )
}
