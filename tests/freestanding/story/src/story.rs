//! The story: its clock, its run loop and its phases.

use alloc::boxed::Box;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use rtc::{
    DtlsTransportState, IceConnectionState, Instant, OfferOptions, PeerConnection, SessionDescription,
};

use crate::heap::{Account, Usage};
use crate::peer::Peer;
use crate::report::Report;
use crate::wire::{End, Wire};

/// How many messages go out, and come back.
const MESSAGES: u32 = 1000;

/// How many of them go before allocations are counted: until then queues grow to their sizes.
const WARM_UP: u32 = 500;

/// The longest that a phase may take, in virtual time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one end does not read, in virtual time.
const STALL: Duration = Duration::from_secs(10);

/// Why the story has no good end.
#[derive(Debug)]
pub enum Failure {
    /// A command was refused.
    Command(rtc::Error),
    /// A message was refused.
    Send(rtc::SendError),
    /// There is no description to signal.
    NoDescription,
    /// What is named did not happen in time.
    Late(&'static str),
    /// Another message came than the one with this number.
    Mismatch(u32),
    /// So many bytes of heap are still in use after the end.
    Leak(usize),
    /// Nothing can be printed.
    Print(fmt::Error),
}

struct Story<'a> {
    /// A device reads a timer instead.
    now: Instant,
    /// Boxed, so that every byte of them is in the account.
    left: Box<Peer>,
    right: Box<Peer>,
    wire: &'a mut Wire,
}

/// Tells the whole story.
///
/// # Errors
/// What went wrong first.
pub fn run(account: &dyn Account, wire: &mut Wire, out: &mut dyn fmt::Write) -> Result<(), Failure> {
    let before = account.usage();
    let mut report = Report::new(account, out)?;
    let mut story = Story::begin(wire)?;
    report.phase("two connections with certificates")?;
    story.negotiate()?;
    report.phase("descriptions exchanged")?;
    story.run_until("ICE connects", |peer| is_ice_connected(&peer.connection))?;
    report.phase("ICE connected")?;
    story.run_until("DTLS connects", |peer| is_dtls_connected(&peer.connection))?;
    report.phase("DTLS connected")?;
    story.run_until("the channel opens", Peer::is_open)?;
    report.phase("channel open")?;
    story.exchange(WARM_UP)?;
    let warm = report.phase("500 messages out and back")?;
    story.exchange(MESSAGES)?;
    let steady = report.phase("1000 messages out and back")?;
    story.stall()?;
    report.phase("a peer that does not read")?;
    let returned = story.go_on()?;
    report.phase("it reads again")?;
    story.close()?;
    report.phase("closed")?;
    let lost = story.wire.lost;
    drop(story);
    let end = report.phase("dropped")?;
    summarise(&mut report, &end, steady.allocations - warm.allocations, returned - MESSAGES, lost)?;
    if end.live == before.live { Ok(()) } else { Err(Failure::Leak(end.live.abs_diff(before.live))) }
}

fn summarise(report: &mut Report<'_>, end: &Usage, steady: usize, held_up: u32, lost: usize) -> fmt::Result {
    report.line(format_args!(
        "messages exchanged: {MESSAGES} out and back, {held_up} more past an end that did not read, {lost} datagrams lost"
    ))?;
    report.line(format_args!("heap high-water mark: {} of {} bytes", end.highest_peak, crate::ARENA_LEN))?;
    if end.reach > 0 {
        report.line(format_args!("arena reached, gaps between blocks included: {} bytes", end.reach))?;
    }
    let hundredths = steady * 100 / (MESSAGES - WARM_UP) as usize;
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    report.line(format_args!(
        "allocations: {} in all, {whole}.{rest:02} for a message out and back",
        end.allocations
    ))
}

impl<'a> Story<'a> {
    fn begin(wire: &'a mut Wire) -> Result<Self, Failure> {
        let now = Instant::from_millis(1);
        let address = |host| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)), 5000);
        let left = Box::new(Peer::caller(1, address(1), now)?);
        let right = Box::new(Peer::echo(2, address(2), now)?);
        Ok(Self { now, left, right, wire })
    }

    /// Offer and answer, as the texts that signalling carries.
    fn negotiate(&mut self) -> Result<(), Failure> {
        let (left, right) = (&mut self.left.connection, &mut self.right.connection);
        let offer = left.create_offer(OfferOptions::default())?;
        left.set_local_description(self.now, &offer)?;
        let offer = left.local_description().ok_or(Failure::NoDescription)?.sdp;
        right.set_remote_description(self.now, &SessionDescription::offer(offer))?;
        right.set_local_description_due(self.now)?;
        let answer = right.local_description().ok_or(Failure::NoDescription)?.sdp;
        left.set_remote_description(self.now, &SessionDescription::answer(answer))?;
        Ok(())
    }

    /// Sends messages up to this number and waits until all have come back.
    fn exchange(&mut self, goal: u32) -> Result<(), Failure> {
        self.left.call_up_to(goal);
        self.run_until_both("the messages come back", |left, _| left.returned() == goal)
    }

    /// The caller sends whatever it can, and nobody reads.
    fn stall(&mut self) -> Result<(), Failure> {
        self.right.set_reading(false);
        self.left.call_without_end();
        let end = self.now + STALL;
        while self.now < end {
            self.step()?;
            self.now = self.next_moment().map_or(end, |next| next.clamp(self.now, end));
        }
        Ok(())
    }

    /// The other end reads again. Gives how many messages have come back by then, which is all of them.
    fn go_on(&mut self) -> Result<u32, Failure> {
        let sent = self.left.stop_calling();
        self.right.set_reading(true);
        self.run_until_both("what was held up comes back", |left, _| left.returned() == sent)?;
        Ok(sent)
    }

    /// The channel, then both connections.
    fn close(&mut self) -> Result<(), Failure> {
        self.left.close_channel();
        self.run_until("the channel closes", Peer::is_over)?;
        self.left.connection.close(self.now);
        self.run_until_both("the other end hears of it", |_, right| right.is_disconnected())?;
        self.right.connection.close(self.now);
        Ok(())
    }

    fn run_until(&mut self, what: &'static str, done: impl Fn(&Peer) -> bool) -> Result<(), Failure> {
        self.run_until_both(what, |left, right| done(left) && done(right))
    }

    fn run_until_both(
        &mut self,
        what: &'static str,
        done: impl Fn(&Peer, &Peer) -> bool,
    ) -> Result<(), Failure> {
        let end = self.now + PATIENCE;
        while !done(&self.left, &self.right) {
            self.step()?;
            let next = self.next_moment().filter(|next| *next < end).ok_or(Failure::Late(what))?;
            self.now = self.now.max(next);
        }
        Ok(())
    }

    /// What every run loop does: datagrams in, time, events, datagrams out.
    fn step(&mut self) -> Result<(), Failure> {
        let (left, right) = (&mut *self.left, &mut *self.right);
        while let Some(slot) = self.wire.receive(self.now) {
            match slot.to {
                End::Left => left.handle_datagram(self.now, right.address(), slot.datagram()),
                End::Right => right.handle_datagram(self.now, left.address(), slot.datagram()),
            }
        }
        for peer in [&mut *left, &mut *right] {
            peer.connection.handle_timeout(self.now);
        }
        loop {
            let heard = left.handle_events(self.now)? | right.handle_events(self.now)?;
            let mut send = |from: &mut Peer, to| {
                let write = |out: &mut [u8]| Some(from.connection.poll_transmit(self.now, out)?.len);
                self.wire.send(self.now, to, write)
            };
            if !(heard | send(left, End::Right) | send(right, End::Left)) {
                return Ok(());
            }
        }
    }

    /// When there is something to do next. A device sleeps until then, or until a datagram comes.
    fn next_moment(&self) -> Option<Instant> {
        let (left, right) = (self.left.connection.poll_timeout(), self.right.connection.poll_timeout());
        [left, right, self.wire.next_arrival()].into_iter().flatten().min()
    }
}

const fn is_ice_connected(connection: &PeerConnection) -> bool {
    matches!(connection.ice_connection_state(), IceConnectionState::Connected | IceConnectionState::Completed)
}

fn is_dtls_connected(connection: &PeerConnection) -> bool {
    connection.sctp().is_some_and(|sctp| sctp.transport().state() == DtlsTransportState::Connected)
}

impl From<rtc::Error> for Failure {
    fn from(error: rtc::Error) -> Self {
        Self::Command(error)
    }
}

impl From<rtc::SendError> for Failure {
    fn from(error: rtc::SendError) -> Self {
        Self::Send(error)
    }
}

impl From<fmt::Error> for Failure {
    fn from(error: fmt::Error) -> Self {
        Self::Print(error)
    }
}
