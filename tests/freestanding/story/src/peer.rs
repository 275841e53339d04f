//! A peer with its application: one sends numbered messages and checks what comes back, the other sends back what it gets.

use core::net::SocketAddr;

use bytes::Bytes;
use rtc::{
    ChannelId, DataChannelInit, DtlsTransportState, Ecn, Event, Instant, Path, Payload, PeerConnection,
    SendError,
};

use crate::Failure;
use crate::device::{self, MAX_MESSAGE_LEN};

/// How many messages may be under way before the first comes back.
const AHEAD: u32 = 4;

/// One end.
pub struct Peer {
    /// The connection.
    pub connection: PeerConnection,
    address: SocketAddr,
    /// The channel, while it is open.
    channel: Option<ChannelId>,
    is_over: bool,
    is_reading: bool,
    application: Application,
}

enum Application {
    /// Has sent so many messages, has got so many of them back, and sends up to `goal`, at most so many ahead.
    Caller { sent: u32, returned: u32, goal: u32, ahead: u32 },
    /// Sends back what it gets: this message next.
    Echo { answer: Option<Payload> },
}

impl Peer {
    /// The peer that offers a channel.
    ///
    /// # Errors
    /// What the connection refuses.
    pub fn caller(seed: u8, address: SocketAddr, now: Instant) -> Result<Self, Failure> {
        let mut connection = device::connection(seed, address, now)?;
        connection.create_data_channel("freestanding", DataChannelInit::default())?;
        Ok(Self::new(
            connection,
            address,
            Application::Caller { sent: 0, returned: 0, goal: 0, ahead: AHEAD },
        ))
    }

    /// The peer that answers.
    ///
    /// # Errors
    /// What the connection refuses.
    pub fn echo(seed: u8, address: SocketAddr, now: Instant) -> Result<Self, Failure> {
        let connection = device::connection(seed, address, now)?;
        Ok(Self::new(connection, address, Application::Echo { answer: None }))
    }

    const fn new(connection: PeerConnection, address: SocketAddr, application: Application) -> Self {
        Self { connection, address, channel: None, is_over: false, is_reading: true, application }
    }

    /// Where datagrams reach it.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether the channel is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.channel.is_some()
    }

    /// Whether the channel has come and gone.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether the other end has said goodbye.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        let sctp = self.connection.sctp();
        sctp.is_some_and(|sctp| sctp.transport().state() == DtlsTransportState::Closed)
    }

    /// How many messages came back.
    #[must_use]
    pub const fn returned(&self) -> u32 {
        match self.application {
            Application::Caller { returned, .. } => returned,
            Application::Echo { .. } => 0,
        }
    }

    /// Lets the caller send up to the message with this number.
    pub const fn call_up_to(&mut self, number: u32) {
        if let Application::Caller { goal, .. } = &mut self.application {
            *goal = number;
        }
    }

    /// Lets the caller send as much as its buffer takes, whether anything comes back or not.
    pub const fn call_without_end(&mut self) {
        if let Application::Caller { goal, ahead, .. } = &mut self.application {
            (*goal, *ahead) = (u32::MAX, u32::MAX);
        }
    }

    /// Lets the caller send no more. Gives how many messages it has sent.
    pub const fn stop_calling(&mut self) -> u32 {
        match &mut self.application {
            Application::Caller { sent, goal, .. } => {
                *goal = *sent;
                *sent
            }
            Application::Echo { .. } => 0,
        }
    }

    /// Lets it take no events, as an application that is busy with something else, or take them again.
    pub const fn set_reading(&mut self, is_reading: bool) {
        self.is_reading = is_reading;
    }

    /// Closes the channel, once everything has arrived.
    pub fn close_channel(&mut self) {
        if let Some(mut channel) = self.channel.and_then(|id| self.connection.data_channel_mut(id)) {
            channel.close();
        }
    }

    /// Takes what the socket received.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        // What is ignored is counted by whoever ignored it.
        let _ = self.connection.handle_input(now, Path::udp(self.address, from), Ecn::NotEct, datagram);
    }

    /// Takes what has happened and does what the application does then. `false` if that was nothing.
    ///
    /// # Errors
    /// A message that is not the one that was sent, or one that cannot be sent.
    pub fn handle_events(&mut self, now: Instant) -> Result<bool, Failure> {
        let mut any = false;
        loop {
            while self.may_read()
                && let Some(event) = self.connection.poll_event()
            {
                any = true;
                self.handle_event(event)?;
            }
            if !self.send_due(now)? {
                return Ok(any);
            }
            any = true;
        }
    }

    fn handle_event(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::DataChannelOpen(id) => self.channel = Some(id),
            Event::DataChannelMessage(_, message) => self.handle_message(message)?,
            Event::DataChannelClose(_) => (self.channel, self.is_over) = (None, true),
            // With trickling, candidates would be signalled; here the descriptions carry them.
            _ => {}
        }
        Ok(())
    }

    /// Who could not answer does not read: then the receive window fills, and the peer waits.
    const fn may_read(&self) -> bool {
        self.is_reading && !matches!(self.application, Application::Echo { answer: Some(_) })
    }

    fn handle_message(&mut self, message: Payload) -> Result<(), Failure> {
        match &mut self.application {
            Application::Caller { returned, .. } => {
                let Payload::Binary(bytes) = message else { return Err(Failure::Mismatch(*returned)) };
                if !expected(*returned).eq(bytes.iter().copied()) {
                    return Err(Failure::Mismatch(*returned));
                }
                *returned += 1;
                Ok(())
            }
            Application::Echo { answer } => {
                *answer = Some(message);
                Ok(())
            }
        }
    }

    /// Sends what is to be sent and has room. What does not fit now is sent when some of the rest has gone.
    fn send_due(&mut self, now: Instant) -> Result<bool, Failure> {
        let Some(id) = self.channel else { return Ok(false) };
        let mut any = false;
        while let Some(payload) = self.next_message() {
            match self.connection.send(now, id, payload) {
                Ok(()) => self.count_sent(),
                Err(unsent) if unsent.error == SendError::BufferFull => break,
                Err(unsent) => return Err(unsent.error.into()),
            }
            any = true;
        }
        Ok(any)
    }

    fn next_message(&self) -> Option<Payload> {
        match &self.application {
            Application::Caller { sent, returned, goal, ahead } => {
                let is_due = *sent < *goal && *sent < returned.saturating_add(*ahead);
                is_due.then(|| expected(*sent).collect::<Bytes>().into())
            }
            Application::Echo { answer } => answer.clone(),
        }
    }

    fn count_sent(&mut self) {
        match &mut self.application {
            Application::Caller { sent, .. } => *sent += 1,
            Application::Echo { answer } => *answer = None,
        }
    }
}

/// The message with this number: most fit into a packet, each fiftieth is as long as it may be.
fn expected(number: u32) -> impl ExactSizeIterator<Item = u8> {
    let len = if number % 50 == 49 { MAX_MESSAGE_LEN as u32 } else { 1 + number * 37 % 1000 };
    (0..len).map(move |index| number.wrapping_mul(31).wrapping_add(index).to_le_bytes()[0])
}
