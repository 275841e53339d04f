//! What has been counted.

use core::time::Duration;

use crate::Discard;

/// Counters and gauges of one association. W3C's statistics have no such dictionary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// SCTP packets written.
    pub packets_sent: u64,
    /// SCTP packets accepted.
    pub packets_received: u64,
    /// Bytes of the packets written.
    pub bytes_sent: u64,
    /// Bytes of the packets accepted.
    pub bytes_received: u64,
    /// Messages handed to the network completely.
    pub messages_sent: u64,
    /// Messages taken by `receive`.
    pub messages_received: u64,
    /// DATA chunks sent again.
    pub retransmissions: u64,
    /// Times that missing reports led to fast recovery.
    pub fast_recoveries: u64,
    /// Times that the retransmission timer expired.
    pub timeouts: u64,
    /// DATA chunks received more than once.
    pub duplicates: u64,
    /// DATA chunks refused because the receive window was full, or their TSN too far ahead.
    pub refused: u64,
    /// Fragments and messages of the peer dropped: inconsistent, oversized or out of sequence.
    pub dropped: u64,
    /// Messages given up on, sent or not (RFC 3758).
    pub abandoned: u64,
    /// Smoothed round-trip time, once measured.
    pub smoothed_round_trip_time: Option<Duration>,
    /// The retransmission timeout, without backoff.
    pub retransmission_timeout: Duration,
    /// Bytes of the congestion window.
    pub congestion_window: usize,
    /// Bytes of the slow-start threshold.
    pub slow_start_threshold: usize,
    /// Bytes in flight, chunk headers included.
    pub in_flight: usize,
    /// DATA chunks sent and not yet acknowledged cumulatively.
    pub unacknowledged_chunks: usize,
    /// Bytes accepted by `send` and not yet sent once.
    pub buffered: usize,
    /// Bytes that the peer can still take.
    pub peer_receive_window: usize,
    /// Bytes that we can still take.
    pub receive_window: usize,
    /// Largest packet that we write.
    pub max_packet_size: usize,
    /// Packets ignored, by reason.
    pub discards: DiscardCounts,
}

/// How many packets were ignored, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscardCounts {
    /// [`Discard::Truncated`].
    pub truncated: u64,
    /// [`Discard::Malformed`].
    pub malformed: u64,
    /// [`Discard::BadChecksum`].
    pub bad_checksum: u64,
    /// [`Discard::WrongPorts`].
    pub wrong_ports: u64,
    /// [`Discard::WrongTag`].
    pub wrong_tag: u64,
    /// [`Discard::BadCookie`].
    pub bad_cookie: u64,
    /// [`Discard::Unexpected`].
    pub unexpected: u64,
    /// [`Discard::OutOfTheBlue`].
    pub out_of_the_blue: u64,
}

impl DiscardCounts {
    pub(crate) fn count(&mut self, discard: Discard) {
        let counter = match discard {
            Discard::Truncated => &mut self.truncated,
            Discard::Malformed => &mut self.malformed,
            Discard::BadChecksum => &mut self.bad_checksum,
            Discard::WrongPorts => &mut self.wrong_ports,
            Discard::WrongTag => &mut self.wrong_tag,
            Discard::BadCookie => &mut self.bad_cookie,
            Discard::Unexpected => &mut self.unexpected,
            Discard::OutOfTheBlue => &mut self.out_of_the_blue,
        };
        *counter += 1;
    }
}
