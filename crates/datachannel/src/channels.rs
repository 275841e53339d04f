//! The channels of one association (RFC 8831 §6).
//!
//! ```text
//! create ──► Connecting ──association up──► Open ──close / peer's reset──► Closing ──both resets──► Closed
//!                 └──────────────close────────────────────────────────────────────────────────────────┘
//! ```

mod close;
mod early;
mod open;
mod partial;
mod pause;
mod receive;
mod retained;
mod send;
mod streams;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use base::take_front;

use self::early::Early;
use self::retained::{Retained, message_cost};
use self::streams::Streams;
use crate::channel::ChannelState;
use crate::{Channel, ChannelId, Command, Config, Event, StreamId};

/// Which stream numbers are ours to open channels on: the DTLS client has the even ones (RFC 8832 §6).
// Closed: DTLS has two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// 0, 2, 4, …: the DTLS client.
    Even,
    /// 1, 3, 5, …: the DTLS server.
    Odd,
}

/// The channels of one association.
///
/// Example: [on the first page](crate).
#[derive(Debug)]
pub struct Channels {
    config: Config,
    association: Association,
    channels: BTreeMap<ChannelId, Box<Channel>>,
    streams: Streams,
    /// Channels that wait for their stream.
    unassigned: BTreeSet<ChannelId>,
    /// Channels whose OPEN has not gone, by their streams.
    unannounced: BTreeMap<StreamId, ChannelId>,
    next_id: u32,
    early: Early,
    retained: Retained,
    events: VecDeque<Event>,
    commands: VecDeque<Command>,
    remote_max_message_size: Option<u64>,
    opened: u32,
    closed: u32,
    discarded: u64,
}

/// How many commands may wait before the peer has to.
const MAX_WAITING_COMMANDS: usize = 256;

/// What is known of the association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Association {
    Connecting,
    Connected { streams: u16 },
    Closed,
}

impl Channels {
    /// No channels, and an association that is still to come.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            early: Early::default(),
            retained: Retained::new(config.max_retained),
            config,
            association: Association::Connecting,
            channels: BTreeMap::new(),
            streams: Streams::default(),
            unassigned: BTreeSet::new(),
            unannounced: BTreeMap::new(),
            next_id: 0,
            events: VecDeque::new(),
            commands: VecDeque::new(),
            remote_max_message_size: None,
            opened: 0,
            closed: 0,
            discarded: 0,
        }
    }

    /// Sets the size of the largest message that the peer takes, in bytes; `None` for any.
    pub const fn set_remote_max_message_size(&mut self, size: Option<u64>) {
        self.remote_max_message_size = size;
    }

    /// A channel. A closed one can be seen until [`forget`](Self::forget).
    #[must_use]
    pub fn channel(&self, id: ChannelId) -> Option<&Channel> {
        self.channels.get(&id).map(|channel| &**channel)
    }

    /// Every channel, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (ChannelId, &Channel)> {
        self.channels.iter().map(|(id, channel)| (*id, &**channel))
    }

    /// The channel on a stream.
    #[must_use]
    pub fn on_stream(&self, stream: StreamId) -> Option<ChannelId> {
        self.streams.get(stream)
    }

    /// Lets go of a closed channel.
    pub fn forget(&mut self, id: ChannelId) {
        if self.channels.get(&id).is_some_and(|channel| channel.state == ChannelState::Closed) {
            let channel = self.channels.remove(&id);
            self.retained.give_back(channel.map_or(0, |channel| channel.retained));
        }
    }

    /// Bytes of what the peer has sent that are kept here, with what they cost: the names of its channels, parts of messages,
    /// messages that wait for their channel or to be taken. They count against the window that the peer may fill.
    #[must_use]
    pub const fn retained(&self) -> usize {
        self.retained.used()
    }

    /// Whether so much waits for the association that no more messages are to be taken from it: their answers have no room.
    #[must_use]
    pub fn is_backed_up(&self) -> bool {
        self.commands.len() >= MAX_WAITING_COMMANDS
    }

    /// How many channels have ever been open, and how many have left that state (webrtc-stats, RTCPeerConnectionStats).
    #[must_use]
    pub const fn opened_and_closed(&self) -> (u32, u32) {
        (self.opened, self.closed)
    }

    /// How many messages of the peer were ignored.
    #[must_use]
    pub const fn discarded(&self) -> u64 {
        self.discarded
    }

    /// Sets at how many buffered bytes the application wants to hear that the buffer is low.
    pub fn set_buffered_amount_low_threshold(&mut self, id: ChannelId, bytes: usize) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        channel.low_threshold = bytes;
        if let (Some(stream), ChannelState::Open) = (channel.stream, channel.state) {
            self.commands.push_back(Command::LowThreshold(stream, bytes));
        }
    }

    /// The association's buffer for a stream has fallen to its threshold. The application wants to hear so, unless
    /// nothing but an OPEN or an ACK has gone.
    pub fn handle_buffered_amount_low(&mut self, stream: StreamId) {
        let Some(id) = self.on_stream(stream) else { return };
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let sent = channel.counters.messages_sent;
        if core::mem::replace(&mut channel.sent_at_low, sent) < sent {
            self.events.push_back(Event::BufferedAmountLow(id));
        }
    }

    /// The next thing that happened.
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Some(Event::Message(_, payload)) = self.events.front() {
            self.retained.give_back(message_cost(payload.len()));
        }
        take_front(&mut self.events)
    }

    /// The next thing that the association has to do.
    #[inline]
    pub fn poll_command(&mut self) -> Option<Command> {
        take_front(&mut self.commands)
    }

    /// Whether the association has something to do that it has not been told.
    #[must_use]
    pub fn has_commands(&self) -> bool {
        !self.commands.is_empty()
    }

    /// Takes a command back that the association has no room for yet: it is the next one again.
    pub fn put_back(&mut self, command: Command) {
        self.commands.push_front(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;

    #[test]
    fn a_number_that_comes_round_is_not_given_to_a_second_channel() {
        let mut channels = Channels::new(Config::default());
        let first: BTreeSet<u32> =
            (0..2).filter_map(|_| channels.create(Init::default()).ok()).map(ChannelId::number).collect();
        channels.next_id = u32::MAX;
        let next = (0..3).filter_map(|_| channels.create(Init::default()).ok()).map(ChannelId::number);
        assert_eq!((first, next.collect()), ([0, 1].into(), BTreeSet::from([u32::MAX, 2, 3])));
        assert_eq!(channels.iter().count(), 5);
    }
}
