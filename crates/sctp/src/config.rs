//! What may be chosen per association (RFC 9260 §16 lists the protocol's parameters).

use core::time::Duration;

use crate::wire;
use crate::{ConfigError, Scheduler, WeightedFair};

/// The choices and limits of one association.
///
/// Both ends may differ in all of them but the ports.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Our port. WebRTC uses 5000 on both sides unless SDP says otherwise.
    pub local_port: u16,
    /// The peer's port.
    pub remote_port: u16,
    /// Bytes of the largest SCTP packet, common header included: what the path carries after DTLS, UDP and IP took
    /// theirs. 1191 is libwebrtc's value and passes everywhere; there is no path MTU discovery inside.
    pub max_packet_size: usize,
    /// Outgoing streams to ask for; the peer may allow fewer.
    pub outgoing_streams: u16,
    /// Incoming streams to allow.
    pub incoming_streams: u16,
    /// Bytes of the receive window: what waits for the application, for missing packets and for the rest of its
    /// message, each message with 160 bytes for what it costs beyond its own, and what the user
    /// [retains](crate::Association::set_retained). Bounds both the memory of the receiver and the throughput per round trip. Must
    /// exceed `max_message_size`.
    pub receive_window: usize,
    /// Bytes of the largest message accepted from the peer.
    pub max_message_size: usize,
    /// What happens to a larger one.
    pub oversize: Oversize,
    /// Bytes that messages may take until they are acknowledged, each with 352 bytes for what it costs beyond its own; what
    /// has no room is `SendError::BufferFull`. One message of this size has room where there is no other. At most half of it is
    /// under way: so it bounds the throughput per round trip, too.
    pub send_buffer: usize,
    /// How the streams share the association.
    pub scheduler: &'static dyn Scheduler,
    /// RTO.Initial: the timeout before a round trip was measured, here or by another layer
    /// ([`set_round_trip`](crate::Association::set_round_trip)). A path that takes longer looks lost at first.
    pub rto_initial: Duration,
    /// RTO.Min.
    pub rto_min: Duration,
    /// RTO.Max.
    pub rto_max: Duration,
    /// The longest wait that doubling may lead to. A cap below `rto_max` finds a path again soon after an outage,
    /// for one packet per period.
    pub max_backoff: Duration,
    /// Association.Max.Retrans: consecutive timeouts before the peer counts as unreachable. `None` never gives up,
    /// which is right above DTLS and ICE: they know better whether the peer is there.
    pub max_retransmissions: Option<u32>,
    /// Max.Init.Retransmits: repetitions of INIT or COOKIE ECHO before giving up; `None` never does.
    pub max_init_retransmissions: Option<u32>,
    /// SACK.Delay: how long an acknowledgement may wait for a second packet. At most 500 ms.
    pub sack_delay: Duration,
    /// HB.interval: how long the path may be silent before it is probed. `None` never probes.
    pub heartbeat_interval: Option<Duration>,
    /// Valid.Cookie.Life: how long a state cookie is good for.
    pub cookie_lifetime: Duration,
    /// Full packets of the first congestion window, which leave at once; what follows is paced. RFC 9260 §7.2.1 has about 4;
    /// 10 is common practice (RFC 6928).
    pub initial_window_packets: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            local_port: 5000,
            remote_port: 5000,
            max_packet_size: 1191,
            outgoing_streams: u16::MAX,
            incoming_streams: u16::MAX,
            receive_window: 2 << 20,
            max_message_size: 256 << 10,
            oversize: Oversize::Abort,
            send_buffer: 16 << 20,
            scheduler: &WeightedFair,
            rto_initial: Duration::from_secs(1),
            rto_min: Duration::from_millis(400),
            rto_max: Duration::from_secs(60),
            max_backoff: Duration::from_secs(3),
            max_retransmissions: None,
            max_init_retransmissions: None,
            sack_delay: Duration::from_millis(200),
            heartbeat_interval: Some(Duration::from_secs(30)),
            cookie_lifetime: Duration::from_secs(60),
            initial_window_packets: 10,
        }
    }
}

/// What happens to a message that exceeds `Config::max_message_size`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oversize {
    /// The association is aborted: a reliable stream must not lose a message silently.
    #[default]
    Abort,
    /// The message is dropped and counted; the stream goes on with the next one.
    Discard,
}

/// The shortest buffer that packets are written into, and the least that `Config::max_packet_size` may be, in bytes: a
/// packet holds a common header, a SACK and a fragment, or a cookie.
pub const MIN_PACKET_SIZE: usize = 256;
/// Chunk and packet lengths are 16-bit numbers.
const MAX_PACKET_SIZE: usize = 65_532;
/// RFC 9260 §3.3.2: a_rwnd must not be below this.
const MIN_RECEIVE_WINDOW: usize = 1500;
/// RFC 9260 §6.2: SACK.Delay must not be above this.
const MAX_SACK_DELAY: Duration = Duration::from_millis(500);
/// Bytes that a message of the peer's costs beyond its own while it waits, wherever that is: its place in a tree or a queue,
/// which may have room for twice as many, and its allocation.
pub(crate) const MESSAGE_COST: usize = 160;
/// Bytes that are noted of a stream on which nothing waits: its next number, and its part in a reset.
const STREAM_COST: usize = 32;
/// Bytes of what waits in queues of a few elements each.
const FIXED_HEAP: usize = 256 << 10;
/// Bytes that a message of ours costs beyond its own while it waits, and while its first chunk is under way.
pub(crate) const SEND_COST: usize = MESSAGE_KEPT_COST + CHUNK_COST;
/// Bytes that a message costs beyond its own until it is acknowledged.
pub(crate) const MESSAGE_KEPT_COST: usize = 256;
/// Bytes that a chunk costs until it is acknowledged, with its part in the sets of those that are lost or beyond a gap.
pub(crate) const CHUNK_COST: usize = 96;

impl Config {
    /// Whether these settings keep to the limits of the RFCs.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that does not.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !(MIN_PACKET_SIZE..=MAX_PACKET_SIZE).contains(&self.max_packet_size) {
            return Err(ConfigError::PacketSize);
        }
        if self.outgoing_streams == 0 || self.incoming_streams == 0 {
            return Err(ConfigError::Streams);
        }
        if self.max_message_size == 0
            || self.receive_window < self.smallest_receive_window()
            || u32::try_from(self.receive_window).is_err()
        {
            return Err(ConfigError::ReceiveWindow);
        }
        let timers = [Some(self.rto_initial), Some(self.rto_min), self.heartbeat_interval];
        if timers.into_iter().flatten().any(|span| span.is_zero())
            || self.rto_min > self.rto_max
            || self.sack_delay > MAX_SACK_DELAY
        {
            return Err(ConfigError::Timers);
        }
        if self.initial_window_packets == 0 {
            return Err(ConfigError::Congestion);
        }
        Ok(())
    }

    /// The smallest `receive_window` that holds the largest message, in bytes.
    #[must_use]
    pub fn smallest_receive_window(&self) -> usize {
        self.max_message_size.saturating_add(MESSAGE_COST).max(MIN_RECEIVE_WINDOW)
    }

    /// Bytes of heap that an association takes at most, whatever its peer does: the receive window, the message that arrives
    /// and one that it takes to go on, the send buffer and what is noted of its chunks, what is noted of each stream, and the
    /// answers that wait.
    #[must_use]
    pub const fn most_heap(&self) -> usize {
        let receive = self.receive_window.saturating_add(self.max_message_size.saturating_mul(2));
        let send = self.send_buffer.saturating_add(self.send_buffer / 8 * 3);
        let streams = (self.incoming_streams as usize + self.outgoing_streams as usize) * STREAM_COST;
        receive.saturating_add(send).saturating_add(streams).saturating_add(FIXED_HEAP)
    }

    /// Bytes that chunks may take in one packet: a multiple of four, as every chunk is.
    pub(crate) fn max_chunks_len(&self) -> usize {
        (self.max_packet_size & !3).saturating_sub(wire::HEADER_LEN)
    }
}
