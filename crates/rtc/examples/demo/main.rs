//! A page in the browser talks to this stack: chat, files, throughput, round-trip times.
//!
//! `cargo run --release --example demo`, then open the printed address. Read it as the example of how to drive `rtc`
//! from a plain event loop: this file is the loop, `sockets.rs` the UDP sockets, `server.rs` the signalling and the
//! connections, `session.rs` what the application does with one connection, `http.rs` the web server.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program owns the clock, the threads and the terminal: the cores do not"
)]

mod http;
mod server;
mod session;
mod sockets;

use std::io;
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};
use rtc::Instant;

use crate::server::Server;
use crate::sockets::Sockets;

/// The longest sleep: nothing depends on it.
const IDLE: Duration = Duration::from_secs(60);

/// The timeline of this process.
struct Clock(std::time::Instant);

impl Clock {
    fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let clock = Clock(std::time::Instant::now());
    let mut poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), Token(usize::MAX))?;
    let mut sockets = Sockets::bind_all(poll.registry())?;
    let (address, requests) = http::serve(waker)?;
    let mut server = Server::new(sockets.addresses())?;
    println!("open http://{address}/ in a browser");

    let mut events = Events::with_capacity(16);
    loop {
        // 1. What the page asks for.
        for request in requests.try_iter() {
            server.handle_request(clock.now(), request);
        }
        // 2. What the connections want to say, and to whom.
        server.work(clock.now(), |transmit, datagram| sockets.send(transmit, datagram));
        // 3. Nothing left to do: sleep until a datagram, a request or the next deadline.
        let wait = server.poll_timeout().map_or(IDLE, |deadline| deadline.since(clock.now()));
        match poll.poll(&mut events, Some(round_up(wait))) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        // 4. What has come.
        sockets.receive(|path, ecn, datagram| server.handle_datagram(clock.now(), path, ecn, datagram))?;
        server.handle_timeout(clock.now());
    }
}

/// The poller counts whole milliseconds: rounding down would make it wake early again and again.
fn round_up(wait: Duration) -> Duration {
    if wait.is_zero() { wait } else { wait.max(Duration::from_millis(1)) }
}
