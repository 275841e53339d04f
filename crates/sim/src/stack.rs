//! A machine with its application, as a host.
//!
//! ```text
//!  network ──datagram──► machine ──event──► application
//!          ◄─────────────        ◄─command─
//! ```

#[cfg(feature = "rtc")]
mod connection;
#[cfg(feature = "rtc")]
mod endpoint;

use base::{Ecn, Instant, Path, Transmit, earliest};

use crate::{Host, Plaintext};

#[cfg(feature = "rtc")]
pub use connection::introduce;

/// The most events of a machine at one moment: an application that answers each with a command that causes one does not hold
/// the time up for ever.
const MAX_EVENTS: u32 = 1_000_000;

/// The most turns of both before one datagram.
const MAX_TURNS: u32 = 100;

/// A machine that has events for an application: the five verbs of all machines of this workspace. `rtc`'s `PeerConnection` and
/// `Endpoint` are such machines; any other sans-IO machine is one by an adapter of a few lines.
pub trait Machine {
    /// What happens.
    type Event;
    /// Why it ignored a datagram.
    type Ignored;

    /// Takes a datagram that came by `path`, to be decrypted in place.
    ///
    /// # Errors
    /// Why it was ignored: nothing has changed but a counter.
    fn handle_input(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagram: &mut [u8],
    ) -> Result<(), Self::Ignored>;

    /// Lets time pass.
    fn handle_timeout(&mut self, now: Instant);

    /// Writes the next datagram into `out`; `None` if there is nothing to send now.
    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit>;

    /// The next thing that happened.
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// When `handle_timeout` is due.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Keeps what is inside encrypted packets for [`poll_plaintext`](Self::poll_plaintext) from now on.
    fn observe_plaintext(&mut self) {}

    /// Hands out a packet that was sent or received encrypted, for a capture.
    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        None
    }
}

/// What an application does with its machine. It is called at the moment at which something happens, and may give the machine any
/// command.
///
/// A closure that takes the time, the machine and an event is an application, and so is a `Vec` of times and events, which
/// notes what happened:
///
/// ```
/// use sim::{Application, Instant, Machine};
///
/// /// Says nothing for a second, and then counts.
/// struct Late { ready_at: Instant, is_ready: bool, events: u32 }
///
/// impl<M: Machine> Application<M> for Late {
///     fn handle_event(&mut self, _: Instant, _: &mut M, _: M::Event) { self.events += u32::from(self.is_ready); }
///     fn handle_timeout(&mut self, _: Instant, _: &mut M) { self.is_ready = true; }
///     fn poll_timeout(&self) -> Option<Instant> { (!self.is_ready).then_some(self.ready_at) }
/// }
/// ```
pub trait Application<M: Machine> {
    /// Something happened.
    fn handle_event(&mut self, now: Instant, machine: &mut M, event: M::Event);

    /// The machine ignored a datagram. `true` gives it in once more: a server has made a connection for it.
    fn handle_ignored(&mut self, _now: Instant, _machine: &mut M, _path: Path, _ignored: M::Ignored) -> bool {
        false
    }

    /// The time that [`poll_timeout`](Self::poll_timeout) named has come. Afterwards it has to name a later one, or none.
    fn handle_timeout(&mut self, _now: Instant, _machine: &mut M) {}

    /// When the application wants to do something by itself.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

impl<M: Machine, F: FnMut(Instant, &mut M, M::Event)> Application<M> for F {
    fn handle_event(&mut self, now: Instant, machine: &mut M, event: M::Event) {
        self(now, machine, event);
    }
}

/// Notes when what happened.
impl<M: Machine> Application<M> for Vec<(Instant, M::Event)> {
    fn handle_event(&mut self, now: Instant, _machine: &mut M, event: M::Event) {
        self.push((now, event));
    }
}

/// A machine and its application: a host.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Stack<M, A> {
    /// The machine. Commands from outside may be given at any time, through `network[handle].machine`.
    pub machine: M,
    /// The application.
    pub application: A,
}

impl<M: Machine, A: Application<M>> Stack<M, A> {
    /// This machine with this application.
    pub const fn new(machine: M, application: A) -> Self {
        Self { machine, application }
    }

    /// Lets the application take what happened. Says whether that was anything.
    fn live(&mut self, now: Instant) -> bool {
        for number in 0..MAX_EVENTS {
            let Some(event) = self.machine.poll_event() else { return number > 0 };
            self.application.handle_event(now, &mut self.machine, event);
        }
        false
    }
}

impl<M: Machine, A: Application<M>> Host for Stack<M, A> {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        if let Err(ignored) = self.machine.handle_input(now, path, ecn, datagram)
            && self.application.handle_ignored(now, &mut self.machine, path, ignored)
        {
            // Once more, and no more often.
            let _ = self.machine.handle_input(now, path, ecn, datagram);
        }
        self.live(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.machine.poll_timeout()) {
            self.machine.handle_timeout(now);
        }
        self.live(now);
        if is_due(self.application.poll_timeout()) {
            self.application.handle_timeout(now, &mut self.machine);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        // What leaves may be an event too, and what the application does about it may have to leave.
        for _ in 0..MAX_TURNS {
            let happened = self.live(now);
            let transmit = self.machine.poll_transmit(now, out);
            if transmit.is_some() || !happened {
                return transmit;
            }
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        earliest(self.machine.poll_timeout(), self.application.poll_timeout())
    }

    fn observe_plaintext(&mut self) {
        self.machine.observe_plaintext();
    }

    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        self.machine.poll_plaintext()
    }
}
