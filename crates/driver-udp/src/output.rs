//! The way out: from the endpoint to the sockets, many datagrams a call where the system takes them.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use driver::say;
use rtc::{Instant, Transmit};

use crate::carrier::{Carrier, SocketId};
use crate::socket::Io;

/// The longest that one call can send over IPv4, in bytes, however many datagrams it is cut into.
const BUFFER_LEN: usize = 65_507;

/// How long datagrams wait for a socket. Those of other sockets wait behind them.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is on its way to a socket.
pub(crate) struct Output {
    buffer: Vec<u8>,
    waiting: Option<Waiting>,
}

/// Datagrams in the buffer.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    transmit: Transmit,
    /// How many of their bytes have gone.
    sent: usize,
    gives_up_at: Instant,
}

impl Default for Output {
    fn default() -> Self {
        Self { buffer: vec![0; BUFFER_LEN], waiting: None }
    }
}

impl Output {
    /// Until when datagrams wait for a socket, if any do.
    pub(crate) fn gives_up_at(&self) -> Option<Instant> {
        self.waiting.map(|waiting| waiting.gives_up_at)
    }
}

impl Waiting {
    fn rest(self, buffer: &[u8]) -> &[u8] {
        buffer.get(self.sent..self.transmit.len).unwrap_or_default()
    }

    /// The length of one datagram.
    fn segment_size(self) -> usize {
        self.transmit.segment_size.unwrap_or(self.transmit.len).max(1)
    }

    fn count(self, bytes: usize) -> u64 {
        u64::try_from(bytes.div_ceil(self.segment_size())).unwrap_or(u64::MAX)
    }
}

impl<S: Io> Carrier<S> {
    /// Sends what is due, until there is no more of it, or a socket takes no more: then that one, which is to be waited for. What
    /// it did not take is sent first the next time.
    pub fn send_due(&mut self) -> Option<SocketId> {
        loop {
            let now = self.now();
            let waiting = match self.output.waiting {
                Some(waiting) => waiting,
                None => self.take_next(now)?,
            };
            let blocked = self.send(now, waiting);
            if blocked.is_some() {
                return blocked;
            }
        }
    }

    fn take_next(&mut self, now: Instant) -> Option<Waiting> {
        let max_datagrams = self.sockets.values().map(|socket| socket.max_segments()).max()?;
        let transmit = self.engine.poll_transmit_batch(now, max_datagrams, &mut self.output.buffer)?;
        Some(Waiting { transmit, sent: 0, gives_up_at: now + PATIENCE })
    }

    /// Sends datagrams; if that would block, keeps what is left and says where.
    fn send(&mut self, now: Instant, mut waiting: Waiting) -> Option<SocketId> {
        self.output.waiting = None;
        while !waiting.rest(&self.output.buffer).is_empty() {
            let rest = waiting.rest(&self.output.buffer);
            let id = self.routes.get(&waiting.transmit.path.local).copied();
            let Some((id, socket)) = id.and_then(|id| Some((id, self.sockets.get(&id)?))) else {
                // The address has gone since.
                self.stats.datagrams_dropped += waiting.count(rest.len());
                say!("datagrams are dropped", reason = "no socket", dropped = self.stats.datagrams_dropped);
                return None;
            };
            let at_once = socket.max_segments();
            let len = rest.len().min(at_once.saturating_mul(waiting.segment_size()));
            match socket.send(&waiting.transmit, rest.get(..len).unwrap_or_default()) {
                Ok(()) => {
                    self.stats.sends += 1;
                    self.stats.datagrams_sent += waiting.count(len);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && now < waiting.gives_up_at => {
                    self.output.waiting = Some(waiting);
                    return Some(id);
                }
                // Neither the system nor the interface segments, which shows only now: one by one, then.
                Err(_) if socket.max_segments() < at_once => {
                    say!("the system no longer cuts datagrams", socket = id.to_usize());
                    continue;
                }
                // As lost as on the way: the protocols repeat what matters.
                Err(error) => {
                    self.stats.datagrams_dropped += waiting.count(len);
                    say!("datagrams are dropped", reason = error, dropped = self.stats.datagrams_dropped);
                }
            }
            waiting.sent += len;
        }
        None
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
