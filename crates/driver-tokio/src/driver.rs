//! Waiting, as `tokio` does it.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use driver_udp::{Carrier, Connections, Direction, SocketId, Stats};
use rtc::{ConnectionId, Event, Instant};
use tokio::time::Sleep;

use crate::socket::Socket;

/// Connections and their sockets, under `tokio`.
///
/// It does everything in [`next_event`](Self::next_event), so somebody has to wait there. What is done with the connections themselves stands at
/// [`Connections`].
///
/// Example: [on the first page](crate).
#[derive(Debug, Default)]
pub struct Driver {
    carrier: Carrier<Socket>,
    alarm: Option<Alarm>,
}

/// When the runtime wakes us.
#[derive(Debug)]
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    /// For when it is set; `None` once it has rung.
    at: Option<Instant>,
}

impl Driver {
    /// Without connections and sockets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one socket. One that is bound to a wildcard (`0.0.0.0:0`, or `[::]:0` for both families) stands for all
    /// addresses of this host.
    ///
    /// # Errors
    /// Those of the system.
    ///
    /// # Panics
    /// Outside a runtime of `tokio` with I/O enabled.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let mut driver = Self::new();
        driver.add_socket(driver_udp::bind(address)?)?;
        Ok(driver)
    }

    /// Takes a socket, and tells all connections of its addresses.
    ///
    /// # Errors
    /// Those of the system.
    ///
    /// # Panics
    /// Outside a runtime of `tokio` with I/O enabled.
    pub fn add_socket(&mut self, socket: std::net::UdpSocket) -> io::Result<SocketId> {
        self.carrier.add_socket(socket, |_, socket| Socket::new(socket))
    }

    /// Gives a socket out, and tells all connections that its addresses are gone.
    pub fn remove_socket(&mut self, id: SocketId) -> Option<tokio::net::UdpSocket> {
        self.carrier.remove_socket(id).map(Socket::into_inner)
    }

    /// Looks which addresses the interfaces have now, for the sockets that are bound to a wildcard, and tells all
    /// connections of those that came and went. Whether there were any. Call it when the system says that the network
    /// has changed, or every few seconds.
    ///
    /// # Errors
    /// Those of the system.
    pub fn refresh_addresses(&mut self) -> io::Result<bool> {
        self.carrier.refresh_addresses()
    }

    /// What went through the sockets.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.carrier.stats()
    }

    /// Carries datagrams until something happens; what, and with which connection.
    ///
    /// Nothing is lost if the future is dropped: it stands in `tokio::select!` beside anything else.
    ///
    /// # Errors
    /// Those of the system that are about a socket itself. What concerns one destination only is counted.
    ///
    /// # Panics
    /// Outside a runtime of `tokio` with time enabled.
    pub async fn next_event(&mut self) -> io::Result<(ConnectionId, Event)> {
        poll_fn(|cx| self.poll_next_event(cx)).await
    }

    /// Sends what is due, without taking anything in: the last words of what was closed, before the driver is dropped.
    ///
    /// # Errors
    /// Those of the system that are about a socket itself.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            while let Some(blocked) = self.carrier.send_due() {
                if !self.poll_send_ready(cx, blocked)? {
                    ready!(self.poll_alarm(cx));
                }
            }
            Poll::Ready(Ok(()))
        })
        .await
    }

    fn poll_next_event(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(ConnectionId, Event)>> {
        // All that is known already comes first, so that what it leads to goes out together.
        let mut next = self.carrier.poll_event();
        loop {
            if let Some(event) = next {
                return Poll::Ready(Ok(event));
            }
            self.carrier.handle_timeout();
            let can_send_more = match self.carrier.send_due() {
                Some(blocked) => self.poll_send_ready(cx, blocked)?,
                None => false,
            };
            let is_ready = |socket: &Socket| is_ready(socket.poll_ready(cx, Direction::Receive));
            let has_come = self.carrier.receive(is_ready)?;
            next = self.carrier.poll_event();
            if next.is_none() && !has_come && !can_send_more {
                ready!(self.poll_alarm(cx));
            }
        }
    }

    fn poll_send_ready(&self, cx: &mut Context<'_>, id: SocketId) -> io::Result<bool> {
        self.carrier.socket(id).map_or(Ok(false), |socket| is_ready(socket.poll_ready(cx, Direction::Send)))
    }

    /// Waits for the next deadline.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.carrier.poll_timeout() else { return Poll::Pending };
        let at = tokio::time::Instant::now() + deadline.since(self.carrier.now());
        let alarm = self.alarm.get_or_insert_with(|| Alarm {
            sleep: Box::pin(tokio::time::sleep_until(at)),
            at: Some(deadline),
        });
        // One that rings too early costs less than to set it anew each time.
        if alarm.at.is_none_or(|set| deadline < set) {
            alarm.sleep.as_mut().reset(at);
            alarm.at = Some(deadline);
        }
        ready!(alarm.sleep.as_mut().poll(cx));
        alarm.at = None;
        Poll::Ready(())
    }
}

impl Deref for Driver {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.carrier
    }
}

impl DerefMut for Driver {
    fn deref_mut(&mut self) -> &mut Connections {
        &mut self.carrier
    }
}

/// Whether to go on; if not, the runtime wakes us when it is.
fn is_ready(poll: Poll<io::Result<()>>) -> io::Result<bool> {
    match poll {
        Poll::Ready(ready) => ready.map(|()| true),
        Poll::Pending => Ok(false),
    }
}
