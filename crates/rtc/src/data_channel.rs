//! `RTCDataChannel` (webrtc-pc §6.2).

use alloc::string::String;

use base::Instant;
use datachannel::{ChannelId, ChannelState, Init, Payload, Priority, Reliability};

use crate::{Error, PeerConnection, Unsent};

/// What a channel is created with (`RTCDataChannelInit`).
///
/// # Example
/// ```
/// use rtc::DataChannelInit;
///
/// let positions = DataChannelInit::default().with_ordered(false).with_max_retransmits(0);
/// let control = DataChannelInit::default().with_negotiated(0).with_protocol("control/1");
/// assert_eq!((positions.max_retransmits, control.id), (Some(0), Some(0)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", default))]
#[non_exhaustive]
pub struct DataChannelInit {
    /// Whether messages are delivered in the order they were sent in.
    pub ordered: bool,
    /// After how many milliseconds a message is given up.
    pub max_packet_life_time: Option<u16>,
    /// After how many retransmissions a message is given up.
    pub max_retransmits: Option<u16>,
    /// The subprotocol.
    pub protocol: String,
    /// Whether the peer's application creates the channel by itself, with the same id.
    pub negotiated: bool,
    /// The id of a negotiated channel. One that is announced gets its id from the connection.
    pub id: Option<u16>,
    /// How important the channel is against the others.
    pub priority: Priority,
}

impl Default for DataChannelInit {
    fn default() -> Self {
        Self {
            ordered: true,
            max_packet_life_time: None,
            max_retransmits: None,
            protocol: String::new(),
            negotiated: false,
            id: None,
            priority: Priority::Low,
        }
    }
}

impl DataChannelInit {
    /// Sets [`ordered`](Self::ordered).
    #[must_use]
    pub const fn with_ordered(mut self, ordered: bool) -> Self {
        self.ordered = ordered;
        self
    }

    /// Sets [`max_packet_life_time`](Self::max_packet_life_time), in milliseconds.
    #[must_use]
    pub const fn with_max_packet_life_time(mut self, millis: u16) -> Self {
        self.max_packet_life_time = Some(millis);
        self
    }

    /// Sets [`max_retransmits`](Self::max_retransmits).
    #[must_use]
    pub const fn with_max_retransmits(mut self, count: u16) -> Self {
        self.max_retransmits = Some(count);
        self
    }

    /// Sets [`protocol`](Self::protocol).
    #[must_use]
    pub fn with_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// Sets [`negotiated`](Self::negotiated), and the [`id`](Self::id) that goes with it.
    #[must_use]
    pub const fn with_negotiated(mut self, id: u16) -> Self {
        self.negotiated = true;
        self.id = Some(id);
        self
    }

    /// Sets [`priority`](Self::priority).
    #[must_use]
    pub const fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// The channel's properties, checked (webrtc-pc §6.1, `createDataChannel`).
    pub(crate) fn checked(self, label: String) -> Result<Init, Error> {
        let reliability = match (self.max_packet_life_time, self.max_retransmits) {
            (Some(_), Some(_)) => return Err(Error::BothLimits),
            (Some(millis), None) => Reliability::MaxPacketLifeTime(millis),
            (None, Some(count)) => Reliability::MaxRetransmits(count),
            (None, None) => Reliability::Reliable,
        };
        let negotiated = match (self.negotiated, self.id) {
            (true, None) => return Err(Error::MissingId),
            (true, id) => id,
            (false, _) => None,
        };
        let mut init = Init::new(label)
            .with_protocol(self.protocol)
            .with_ordered(self.ordered)
            .with_reliability(reliability)
            .with_priority(self.priority);
        init.negotiated = negotiated;
        Ok(init)
    }
}

/// A channel of a connection, borrowed for a moment.
///
/// Example: [the guide](crate::guide::data_channels).
#[derive(Clone, Copy, Debug)]
pub struct DataChannel<'a> {
    pub(crate) connection: &'a PeerConnection,
    pub(crate) channel: &'a datachannel::Channel,
    pub(crate) id: ChannelId,
}

impl<'a> DataChannel<'a> {
    /// The label.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.channel.label()
    }

    /// The subprotocol.
    #[must_use]
    pub fn protocol(&self) -> &'a str {
        self.channel.protocol()
    }

    /// Whether messages are delivered in order.
    #[must_use]
    pub fn ordered(&self) -> bool {
        self.channel.ordered()
    }

    /// After how many milliseconds a message is given up.
    #[must_use]
    pub fn max_packet_life_time(&self) -> Option<u16> {
        match self.channel.reliability() {
            Reliability::MaxPacketLifeTime(millis) => Some(millis),
            _ => None,
        }
    }

    /// After how many retransmissions a message is given up.
    #[must_use]
    pub fn max_retransmits(&self) -> Option<u16> {
        match self.channel.reliability() {
            Reliability::MaxRetransmits(count) => Some(count),
            _ => None,
        }
    }

    /// Whether both applications created it by themselves.
    #[must_use]
    pub fn negotiated(&self) -> bool {
        self.channel.negotiated()
    }

    /// Its id; `None` until the DTLS role is known.
    #[must_use]
    pub fn id(&self) -> Option<u16> {
        self.channel.stream()
    }

    /// How important it is.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.channel.priority()
    }

    /// Its state.
    #[must_use]
    pub fn ready_state(&self) -> ChannelState {
        self.channel.state()
    }

    /// Bytes that were given to [`send`](DataChannelMut::send) and have not gone to the network yet.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.connection.buffered_amount(self.id)
    }

    /// At how many buffered bytes `BufferedAmountLow` is reported.
    #[must_use]
    pub fn buffered_amount_low_threshold(&self) -> usize {
        self.channel.buffered_amount_low_threshold()
    }

    /// Whether its messages wait: see [`DataChannelMut::set_paused`].
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.channel.is_paused()
    }
}

/// A channel of a connection, borrowed to do something with it.
///
/// Example: [the guide](crate::guide::data_channels).
#[derive(Debug)]
pub struct DataChannelMut<'a> {
    pub(crate) connection: &'a mut PeerConnection,
    pub(crate) id: ChannelId,
}

impl DataChannelMut<'_> {
    /// Sets at how many buffered bytes `BufferedAmountLow` is reported.
    pub fn set_buffered_amount_low_threshold(&mut self, bytes: usize) {
        self.connection.set_buffered_amount_low_threshold(self.id, bytes);
    }

    /// Sends a text or bytes.
    ///
    /// # Errors
    /// [`Unsent`] gives the message back: the channel is not open, the message is larger than the peer takes, or too much is
    /// waiting.
    pub fn send(&mut self, now: Instant, payload: impl Into<Payload>) -> Result<(), Unsent> {
        self.connection.send(now, self.id, payload)
    }

    /// Lets the channel's messages wait, or takes them up again. All other events come as ever.
    ///
    /// What waits counts against the receive window, which all channels of a connection share: a peer that goes on sending on
    /// a paused channel is in the end held back on every channel. When the peer or a failure ends the channel, what has waited
    /// comes first; a channel that we close drops it.
    pub fn set_paused(&mut self, paused: bool) {
        self.connection.pause_data_channel(self.id, paused);
    }

    /// Closes the channel, after what was sent has arrived.
    pub fn close(&mut self) {
        self.connection.close_data_channel(self.id);
    }
}
