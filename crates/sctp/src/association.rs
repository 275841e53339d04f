//! The machine: one association from INIT to its end (RFC 9260 §4).
//!
//! ```text
//!                     ┌────────┐ connect: INIT             ┌─────────────┐
//!      valid COOKIE   │ Closed ├──────────────────────────►│ CookieWait  │
//!      ECHO: COOKIE   └───┬────┘                           └──────┬──────┘
//!      ACK                │                                       │ INIT ACK: COOKIE ECHO
//!                         ▼                     COOKIE ACK        ▼
//!                    ┌─────────────┐◄──────────────────────┬──────────────┐
//!                    │ Established │                       │ CookieEchoed │
//!                    └─┬─────────┬─┘                       └──────────────┘
//!            shutdown  │         │  SHUTDOWN
//!                      ▼         ▼
//!        ┌─────────────────┐   ┌──────────────────┐
//!        │ ShutdownPending │   │ ShutdownReceived │
//!        └──────┬──────────┘   └────────┬─────────┘
//!    all is     │                       │ all is acknowledged:
//!    acknowled- │                       │ SHUTDOWN ACK
//!    ged:       ▼                       ▼
//!    SHUTDOWN ┌──────────────┐   ┌─────────────────┐
//!             │ ShutdownSent │   │ ShutdownAckSent │
//!             └──────┬───────┘   └────────┬────────┘
//!   SHUTDOWN ACK:    │                    │ SHUTDOWN COMPLETE
//!   SHUTDOWN COMPLETE└──────► Closed ◄────┘
//! ```

mod commands;
mod cookie_echo;
mod data;
mod heartbeat;
mod input;
mod output;
mod reset;
mod setup;
mod shutdown;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::fmt;

use base::{Instant, Serial32, earliest, take_front};
use bytes::Bytes;

use crate::association::heartbeat::Heartbeat;
use crate::association::output::Pending;
use crate::association::reset::Resets;
use crate::receive::{Inbound, Turn};
use crate::timer::{Timer, Timers};
use crate::transmit::Outbound;
use crate::{Config, ConfigError, Discard, Event, MIN_PACKET_SIZE, Reason, Stats};

/// Where an association stands (RFC 9260 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Nothing has begun, or everything is over.
    Closed,
    /// INIT has been sent.
    CookieWait,
    /// The peer's cookie has been sent back to it.
    CookieEchoed,
    /// Data flows.
    Established,
    /// We want to end; what is outstanding comes first.
    ShutdownPending,
    /// SHUTDOWN has been sent.
    ShutdownSent,
    /// The peer wants to end; what is outstanding comes first.
    ShutdownReceived,
    /// SHUTDOWN ACK has been sent.
    ShutdownAckSent,
}

/// The state, with what only that state has.
#[derive(Debug)]
enum Phase {
    Idle,
    CookieWait { attempts: u32 },
    CookieEchoed { cookie: Bytes, attempts: u32 },
    Established,
    ShutdownPending,
    ShutdownSent,
    ShutdownReceived,
    ShutdownAckSent,
    Ended,
}

/// The peer, once it is known.
#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    tag: u32,
    initial_tsn: Serial32,
    outgoing_streams: u16,
    incoming_streams: u16,
    reconfig: bool,
    /// What a cookie has to show to restart this association (RFC 9260 §5.2.2).
    tie_tag: u64,
}

/// One SCTP association.
///
/// Packets go in by [`handle_input`](Self::handle_input) and come out of [`poll_transmit`](Self::poll_transmit);
/// messages go in by [`send`](Self::send) and come out of [`receive`](Self::receive). Any verb may be called at any
/// time: what is due stays due until it is polled.
///
/// A new association answers a peer that connects; [`connect`](Self::connect) takes the first step itself. In
/// WebRTC both sides connect, and the two attempts become one association (RFC 9260 §5.2.1).
///
/// Example: [on the first page](crate).
pub struct Association {
    config: Config,
    rng: crypto::Rng,
    cookie_key: Box<dyn crypto::HmacKey>,
    /// The latest time seen: time does not go back.
    now: Instant,
    phase: Phase,
    local_tag: u32,
    local_tsn: Serial32,
    peer: Peer,
    inbound: Inbound,
    outbound: Outbound,
    resets: Resets,
    heartbeat: Heartbeat,
    timers: Timers,
    pending: Pending,
    /// Bytes of the longest packet that the caller's buffers hold.
    longest_packet: usize,
    events: VecDeque<Event>,
    /// Timeouts in a row without a sign of life (RFC 9260 §8.1).
    errors: u32,
    stats: Stats,
}

impl Association {
    /// An association that has not begun.
    ///
    /// `rng` makes verification tags, initial TSNs and the key of state cookies.
    ///
    /// # Errors
    /// [`ConfigError`] if `config` cannot work.
    pub fn new(
        config: Config,
        provider: &'static crypto::Provider,
        mut rng: crypto::Rng,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        let mut secret = [0; 32];
        rng.fill_bytes(&mut secret);
        Ok(Self {
            cookie_key: provider.hmac_sha256.key(&secret),
            now: Instant::ZERO,
            phase: Phase::Idle,
            local_tag: nonzero(&mut rng),
            local_tsn: Serial32(rng.next_u32()),
            peer: Peer::default(),
            inbound: Inbound::new(&config),
            outbound: Outbound::new(&config),
            resets: Resets::default(),
            heartbeat: Heartbeat::default(),
            timers: Timers::default(),
            pending: Pending::default(),
            longest_packet: config.max_packet_size,
            events: VecDeque::new(),
            errors: 0,
            stats: Stats::default(),
            rng,
            config,
        })
    }

    /// Takes a packet from the network.
    ///
    /// # Errors
    /// [`Discard`] if the packet was ignored: nothing but a counter has changed.
    pub fn handle_input(&mut self, now: Instant, packet: &[u8]) -> Result<(), Discard> {
        self.advance_clock(now);
        let result = self.accept(packet);
        match result {
            Ok(()) => {
                self.stats.packets_received += 1;
                self.stats.bytes_received += packet.len() as u64;
            }
            Err(discard) => self.stats.discards.count(discard),
        }
        result
    }

    /// Deals with everything whose time has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance_clock(now);
        self.outbound.stop_waiting(self.now);
        while let Some(timer) = self.timers.pop_expired(self.now) {
            match timer {
                Timer::Setup => self.on_setup_timeout(),
                Timer::Shutdown => self.on_shutdown_timeout(),
                Timer::Retransmit => self.on_retransmit_timeout(),
                Timer::Acknowledge => self.inbound.acknowledge.at_once(),
                Timer::Heartbeat => self.on_heartbeat_timeout(),
                Timer::Reconfigure => self.on_reconfigure_timeout(),
                Timer::ShutdownGuard => self.on_shutdown_guard(),
            }
        }
    }

    /// Writes the next packet into `out` and returns its length, or `None` if nothing is due.
    ///
    /// Packets are as long as `out` and `Config::max_packet_size` allow. A caller with short buffers should not take shorter
    /// ones later: a chunk that has been sent keeps its length, and waits for a buffer that holds it.
    ///
    /// # Panics
    /// If `out` is shorter than [`MIN_PACKET_SIZE`](crate::MIN_PACKET_SIZE).
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        assert!(out.len() >= MIN_PACKET_SIZE, "the buffer is shorter than sctp::MIN_PACKET_SIZE");
        self.advance_clock(now);
        self.longest_packet = out.len().min(self.config.max_packet_size);
        let len = self.write_packet(out.get_mut(..self.longest_packet)?)?;
        self.count_sent(len);
        Some(len)
    }

    /// Writes one more packet of DATA behind those that [`poll_transmit`](Self::poll_transmit) has written, for a batch of
    /// equal packets: not longer than `out`, which has the length of the first. `None` also where something else is due, or
    /// where a longer packet would take more of the next message.
    pub fn poll_more(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        self.advance_clock(now);
        let len = self.write_more(out)?;
        self.count_sent(len);
        Some(len)
    }

    const fn count_sent(&mut self, len: usize) {
        self.stats.packets_sent += 1;
        self.stats.bytes_sent += len as u64;
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        // The end comes after everything else, and a reset or a restart after the messages before it.
        if !matches!(self.events.front(), None | Some(Event::Closed(_))) {
            return take_front(&mut self.events);
        }
        if let Some(turn) = self.inbound.poll_turn() {
            return Some(match turn {
                Turn::Reset(streams) => Event::StreamsReset { streams },
                Turn::Restarted(outgoing_streams, incoming_streams) => {
                    Event::Restarted { outgoing_streams, incoming_streams }
                }
            });
        }
        if let Some(stream) = self.outbound.poll_low() {
            return Some(Event::BufferedAmountLow(stream));
        }
        take_front(&mut self.events)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due. O(1).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        earliest(self.timers.next(), self.outbound.paced_until())
    }

    /// Where the association stands.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Idle | Phase::Ended => State::Closed,
            Phase::CookieWait { .. } => State::CookieWait,
            Phase::CookieEchoed { .. } => State::CookieEchoed,
            Phase::Established => State::Established,
            Phase::ShutdownPending => State::ShutdownPending,
            Phase::ShutdownSent => State::ShutdownSent,
            Phase::ShutdownReceived => State::ShutdownReceived,
            Phase::ShutdownAckSent => State::ShutdownAckSent,
        }
    }

    fn advance_clock(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// The association is over. What is ready can still be received.
    fn end(&mut self, reason: Reason) {
        self.phase = Phase::Ended;
        self.timers.stop_all();
        self.outbound.stop_waiting(Instant::from_nanos(u64::MAX));
        self.pending.clear();
        self.events.push_back(Event::Closed(reason));
    }

    /// A timeout without a sign of life. Returns whether there have been too many; then the association is over.
    fn count_error(&mut self) -> bool {
        self.errors = self.errors.saturating_add(1);
        let unreachable = self.config.max_retransmissions.is_some_and(|max| self.errors > max);
        if unreachable {
            self.end(Reason::Unreachable);
        }
        unreachable
    }
}

impl fmt::Debug for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Association")
            .field("state", &self.state())
            .field("queued", &self.outbound.queues.total_buffered())
            .field("in_flight", &self.outbound.in_flight())
            .finish_non_exhaustive()
    }
}

/// A random number that is not zero: a tag (RFC 9260 §5.3.1).
fn nonzero(rng: &mut crypto::Rng) -> u32 {
    // A generator that yields nothing but zeros is broken; it must not stop us all the same.
    (0..8).map(|_| rng.next_u32()).find(|tag| *tag != 0).unwrap_or(1)
}
