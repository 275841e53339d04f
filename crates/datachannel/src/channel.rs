//! One channel.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use crate::dcep::Open;
use crate::{Payload, StreamId};

/// What names a channel for its whole life. A stream's number is no name: it is unknown at first and used again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub(crate) u32);

impl ChannelId {
    /// A number that no other channel has that the connection knows: for logs and stats, and for a binding that has no place
    /// for anything else.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The name that has this [`number`](Self::number). Where no channel has it, it names none.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// How much a channel insists on delivery.
// Closed: RFC 8832 §5.1 has these three, and who sends has to carry out each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reliability {
    /// Everything arrives.
    #[default]
    Reliable,
    /// A message is given up after so many retransmissions.
    MaxRetransmits(u16),
    /// A message is given up after so many milliseconds.
    MaxPacketLifeTime(u16),
}

/// How important a channel is against the others (RFC 8831 §6.4, W3C webrtc-priority).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Priority {
    /// `very-low`: weight 128.
    VeryLow,
    /// `low`: weight 256.
    #[default]
    Low,
    /// `medium`: weight 512.
    Medium,
    /// `high`: weight 1024.
    High,
}

impl Priority {
    /// The weight on the wire.
    #[must_use]
    pub const fn weight(self) -> u16 {
        match self {
            Self::VeryLow => 128,
            Self::Low => 256,
            Self::Medium => 512,
            Self::High => 1024,
        }
    }

    /// The priority that a weight on the wire stands for.
    #[must_use]
    pub const fn from_weight(weight: u16) -> Self {
        match weight {
            0..=128 => Self::VeryLow,
            129..=256 => Self::Low,
            257..=512 => Self::Medium,
            _ => Self::High,
        }
    }

    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "very-low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a channel is created with.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Init {
    /// The label; need not be unique.
    pub label: String,
    /// The subprotocol.
    pub protocol: String,
    /// Whether messages are delivered in the order they were sent in.
    pub ordered: bool,
    /// How much the channel insists on delivery.
    pub reliability: Reliability,
    /// How important it is.
    pub priority: Priority,
    /// The stream of a channel that both applications create by themselves, without OPEN and ACK.
    pub negotiated: Option<StreamId>,
}

impl Default for Init {
    fn default() -> Self {
        Self {
            label: String::new(),
            protocol: String::new(),
            ordered: true,
            reliability: Reliability::Reliable,
            priority: Priority::Low,
            negotiated: None,
        }
    }
}

impl Init {
    /// A reliable, ordered channel with this label, which the peer is told of.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// Sets [`protocol`](Self::protocol).
    #[must_use]
    pub fn with_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// Sets [`ordered`](Self::ordered).
    #[must_use]
    pub const fn with_ordered(mut self, ordered: bool) -> Self {
        self.ordered = ordered;
        self
    }

    /// Sets [`reliability`](Self::reliability).
    #[must_use]
    pub const fn with_reliability(mut self, reliability: Reliability) -> Self {
        self.reliability = reliability;
        self
    }

    /// Sets [`priority`](Self::priority).
    #[must_use]
    pub const fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Sets [`negotiated`](Self::negotiated): the peer's application creates the channel by itself, on the same stream.
    #[must_use]
    pub const fn with_negotiated(mut self, stream: StreamId) -> Self {
        self.negotiated = Some(stream);
        self
    }
}

/// The state of a channel (W3C `RTCDataChannelState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChannelState {
    /// It waits for the association.
    Connecting,
    /// It carries messages.
    Open,
    /// Its streams are being reset, after what was sent has arrived.
    Closing,
    /// It is gone.
    Closed,
}

impl ChannelState {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

/// A channel, as it can be seen from outside.
#[derive(Debug)]
pub struct Channel {
    pub(crate) init: Init,
    pub(crate) state: ChannelState,
    pub(crate) stream: Option<StreamId>,
    /// An unordered channel sends in order until the peer has shown that it knows the channel (RFC 8832 §6).
    pub(crate) known_to_peer: bool,
    /// Whether the peer has still to acknowledge our OPEN.
    pub(crate) awaits_ack: bool,
    /// What a close still waits for.
    pub(crate) resets: Resets,
    /// The parts of a legacy partial message.
    pub(crate) partial: Vec<u8>,
    /// Bytes that these and the names from the peer take of what may be retained.
    pub(crate) retained: usize,
    /// The application takes no messages for the time being; these are here already.
    pub(crate) is_paused: bool,
    pub(crate) held: VecDeque<Payload>,
    pub(crate) low_threshold: usize,
    /// How many messages had been sent when the buffer was last reported low.
    pub(crate) sent_at_low: u64,
    pub(crate) counters: Counters,
}

/// Which directions of a channel's stream have been reset.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Resets {
    pub(crate) incoming: bool,
    pub(crate) outgoing: bool,
    /// The peer has reset its direction once more: the channel that waits for the end of this one has ended too.
    pub(crate) next: bool,
}

/// What a channel has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) messages_sent: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) messages_received: u64,
    pub(crate) bytes_received: u64,
}

impl Channel {
    pub(crate) fn new(init: Init, state: ChannelState) -> Self {
        let stream = init.negotiated;
        Self {
            known_to_peer: stream.is_some(),
            stream,
            init,
            state,
            awaits_ack: false,
            resets: Resets::default(),
            partial: Vec::new(),
            retained: 0,
            is_paused: false,
            held: VecDeque::new(),
            low_threshold: 0,
            sent_at_low: 0,
            counters: Counters::default(),
        }
    }

    /// The OPEN that announces the channel.
    pub(crate) fn open_message(&self) -> Open {
        Open {
            reliability: self.init.reliability,
            ordered: self.init.ordered,
            priority: self.init.priority.weight(),
            label: self.init.label.clone(),
            protocol: self.init.protocol.clone(),
        }
    }

    /// Counts a message that has come.
    pub(crate) fn receive(&mut self, payload: Payload) -> Payload {
        let bytes = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        self.counters.messages_received = self.counters.messages_received.saturating_add(1);
        self.counters.bytes_received = self.counters.bytes_received.saturating_add(bytes);
        payload
    }

    /// The label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.init.label
    }

    /// The subprotocol.
    #[must_use]
    pub fn protocol(&self) -> &str {
        &self.init.protocol
    }

    /// Whether messages are delivered in order.
    #[must_use]
    pub const fn ordered(&self) -> bool {
        self.init.ordered
    }

    /// How much the channel insists on delivery.
    #[must_use]
    pub const fn reliability(&self) -> Reliability {
        self.init.reliability
    }

    /// How important it is.
    #[must_use]
    pub const fn priority(&self) -> Priority {
        self.init.priority
    }

    /// Whether both applications created it by themselves.
    #[must_use]
    pub const fn negotiated(&self) -> bool {
        self.init.negotiated.is_some()
    }

    /// The stream; `None` until the DTLS role is known, which decides its parity.
    #[must_use]
    pub const fn stream(&self) -> Option<StreamId> {
        self.stream
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> ChannelState {
        self.state
    }

    /// At how many buffered bytes the application wants to hear that the buffer is low.
    #[must_use]
    pub const fn buffered_amount_low_threshold(&self) -> usize {
        self.low_threshold
    }

    /// Messages and bytes sent.
    #[must_use]
    pub const fn sent(&self) -> (u64, u64) {
        (self.counters.messages_sent, self.counters.bytes_sent)
    }

    /// Whether its messages [wait](crate::Channels::pause).
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Messages and bytes received.
    #[must_use]
    pub const fn received(&self) -> (u64, u64) {
        (self.counters.messages_received, self.counters.bytes_received)
    }
}
