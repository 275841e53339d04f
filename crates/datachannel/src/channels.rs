//! The channels of one association (RFC 8831 §6).
//!
//! ```text
//! create ──► Connecting ──association up──► Open ──close / peer's reset──► Closing ──both resets──► Closed
//!                 └──────────────close────────────────────────────────────────────────────────────────┘
//! ```

mod close;
mod early;
mod open;
mod receive;
mod send;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};

use base::take_front;

use self::early::Early;
use crate::channel::ChannelState;
use crate::{Channel, ChannelId, Command, Config, Event, StreamId};

/// Which stream numbers are ours to open channels on: the DTLS client has the even ones (RFC 8832 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// 0, 2, 4, …: the DTLS client.
    Even,
    /// 1, 3, 5, …: the DTLS server.
    Odd,
}

/// The channels of one association.
#[derive(Debug)]
pub struct Channels {
    config: Config,
    association: Association,
    role: Option<Role>,
    channels: BTreeMap<ChannelId, Box<Channel>>,
    by_stream: BTreeMap<StreamId, ChannelId>,
    /// Every stream of our parity below this one is in use.
    free_from: StreamId,
    next_id: u32,
    early: Early,
    events: VecDeque<Event>,
    commands: VecDeque<Command>,
    remote_max_message_size: Option<u64>,
    opened: u32,
    closed: u32,
    discarded: u64,
}

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
            early: Early::new(&config),
            config,
            association: Association::Connecting,
            role: None,
            channels: BTreeMap::new(),
            by_stream: BTreeMap::new(),
            free_from: 0,
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

    /// Every channel, in the order of creation.
    pub fn iter(&self) -> impl Iterator<Item = (ChannelId, &Channel)> {
        self.channels.iter().map(|(id, channel)| (*id, &**channel))
    }

    /// The channel on a stream.
    #[must_use]
    pub fn on_stream(&self, stream: StreamId) -> Option<ChannelId> {
        self.by_stream.get(&stream).copied()
    }

    /// Lets go of a closed channel.
    pub fn forget(&mut self, id: ChannelId) {
        if self.channels.get(&id).is_some_and(|channel| channel.state == ChannelState::Closed) {
            self.channels.remove(&id);
        }
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
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next thing that the association has to do.
    pub fn poll_command(&mut self) -> Option<Command> {
        take_front(&mut self.commands)
    }

    /// Takes a command back that the association has no room for yet: it is the next one again.
    pub fn put_back(&mut self, command: Command) {
        self.commands.push_front(command);
    }
}
