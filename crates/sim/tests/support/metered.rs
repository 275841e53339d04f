//! A connection whose heap and work are counted, call by call: what its peer, or anybody on the way, may cost it.
//!
//! ```text
//!  application ──► does ──┐                 ┌── takes ◄── datagram
//!                         ├─ PeerConnection ┤
//!  application ◄─ event ──┘                 └── gives ──► datagram        wakes ◄── time
//! ```
//!
//! Heap is the connection's if it is asked for within a call. What the connection hands out goes back through
//! [`Metered::release`], and what it is given to keep is made within a call, so that both sides of the account see it.

use core::ops::Deref;

use allocation_counter::AllocationInfo;
use rtc::{Event, PeerConnection, Unsent};
use sim::{Ecn, Instant, Path, Transmit};

use super::account::Account;

/// Bytes for descriptions, which are none of the budget: what reading one takes, 32 bytes for each of its bytes
/// (`jsep/tests/memory.rs`), and what is kept of four; and for the names that the application gives to its channels.
const DESCRIPTIONS: usize = 128 << 10;

/// A connection and its account.
pub struct Metered {
    pc: PeerConnection,
    account: Account,
}

impl Metered {
    /// A connection that `make` makes.
    pub fn new(make: impl FnOnce() -> PeerConnection) -> Self {
        let mut pc = None;
        let asked = allocation_counter::measure(|| pc = Some(make()));
        let pc = pc.unwrap();
        let config = pc.configuration();
        let retained = config.data_channels.max_retained;
        let mut account = Account::new(config.most_heap() + DESCRIPTIONS, retained);
        account.on_heap(&asked);
        Self { pc, account }
    }

    /// The first bound that was broken, if any was.
    pub const fn broken(&self) -> Option<&String> {
        self.account.broken()
    }

    /// The most bytes of heap at once.
    pub const fn highest(&self) -> i64 {
        self.account.highest()
    }

    /// A command of the application, or its signalling.
    pub fn does<T>(&mut self, command: impl FnOnce(&mut PeerConnection) -> T) -> T {
        self.account.on_cause(None);
        self.call(command).0
    }

    /// A question that only a borrowed view answers.
    pub fn looks<T>(&mut self, question: impl FnOnce(&mut PeerConnection) -> T) -> T {
        self.call(question).0
    }

    /// The application sends so many bytes, which `send` makes: what is kept of them is the connection's.
    pub fn sends(
        &mut self,
        len: usize,
        send: impl FnOnce(&mut PeerConnection) -> Result<(), Unsent>,
    ) -> Result<(), Unsent> {
        // A message is as many causes as it makes datagrams.
        (0..=len / 1000).for_each(|_| self.account.on_cause(None));
        let (result, asked) = self.call(send);
        self.weigh("a message to send", len, &asked);
        result
    }

    /// A datagram comes.
    pub fn takes(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        self.account.on_cause(Some(now));
        let len = datagram.len();
        let ((), asked) = self.call(|pc| {
            // What it ignores, it counts.
            let _ = pc.handle_input(now, path, ecn, datagram);
        });
        self.weigh("a datagram", len, &asked);
    }

    /// Time passes, if the connection waits for that.
    pub fn wakes(&mut self, now: Instant) {
        if self.pc.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        self.account.on_wake(now);
        let ((), asked) = self.call(|pc| pc.handle_timeout(now));
        self.weigh("a timeout", 0, &asked);
    }

    /// A datagram leaves.
    pub fn gives(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let (transmit, asked) = self.call(|pc| pc.poll_transmit(now, out));
        let len = transmit.as_ref().map_or(0, |transmit| transmit.len);
        self.weigh("a datagram that leaves", len, &asked);
        if transmit.is_some() {
            self.account.on_sent(now);
        }
        transmit
    }

    /// The next event: to be released.
    pub fn event(&mut self) -> Option<Event> {
        let (event, asked) = self.call(PeerConnection::poll_event);
        let len = match &event {
            Some(Event::DataChannelMessage(_, payload)) => payload.len(),
            _ => 0,
        };
        self.weigh("an event", len, &asked);
        event
    }

    /// Takes back what the connection has handed out.
    pub fn release<T>(&mut self, value: T) {
        self.call(|_| drop(value));
    }

    fn weigh(&mut self, what: &str, len: usize, asked: &AllocationInfo) {
        let channels = || self.pc.data_channels().count();
        self.account.on_call(what, len, channels, asked);
    }

    /// Gives what a call asked of the heap, too.
    fn call<T>(&mut self, call: impl FnOnce(&mut PeerConnection) -> T) -> (T, AllocationInfo) {
        let mut result = None;
        let asked = allocation_counter::measure(|| result = Some(call(&mut self.pc)));
        self.account.on_heap(&asked);
        (result.unwrap(), asked)
    }
}

/// To look at it costs nothing.
impl Deref for Metered {
    type Target = PeerConnection;

    fn deref(&self) -> &PeerConnection {
        &self.pc
    }
}
