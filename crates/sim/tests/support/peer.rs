//! A connection with its application, as a host of the network.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::crypto::Fingerprint;
use rtc::dtls::FingerprintAlgorithm;
use rtc::{
    ChannelId, Configuration, DataChannelState, Event, IceTransportState, Payload, PeerConnection,
    PeerConnectionState, RtcErrorDetail, SendError, TransportId,
};
use sim::{Ecn, Host, Instant, Path, Plaintext, Transmit};

use super::ledger::Ledger;
use super::metered::Metered;
use super::plan::{Action, Channel, Message, Promise};
use super::signalling::{Signal, Signalling};
use super::wire::Records;

/// How long an application waits when the send buffer is full.
const RETRY: Duration = Duration::from_millis(50);

/// The label of channels that are opened to be closed. Each carries one empty message.
const CHURN: &str = "churn";

pub fn generator(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A connection at an address.
pub fn connection(config: Configuration, seed: u64, address: SocketAddr) -> PeerConnection {
    let mut pc = PeerConnection::new(config, Box::new(generator(seed)), Instant::ZERO).unwrap();
    pc.add_local_address(address).unwrap();
    pc
}

/// A payload with bytes of its own.
pub fn copied(payload: &Payload) -> Payload {
    match payload {
        Payload::Text(text) => Payload::Text(text.clone()),
        Payload::Binary(bytes) => Payload::Binary(Bytes::copy_from_slice(bytes)),
    }
}

/// A connection and its application.
pub struct Peer {
    pub pc: Metered,
    pub signalling: Signalling,
    pub ledger: Ledger,
    /// What should not have happened.
    pub wrong: Vec<String>,
    /// Messages that the application will send.
    pub plan: VecDeque<Message>,
    /// Events, without the messages.
    pub log: Vec<(Instant, Event)>,
    /// An address to move to.
    pub next_address: Option<SocketAddr>,
    /// Incoming and outgoing channels that were opened to be closed, and how often each has carried its message.
    pub churned: u32,
    pub churn_closed: u32,
    /// Whose certificate the other side has.
    pub expected: Fingerprint,
    /// When it ended because a certificate was not the promised one.
    pub mismatched_at: Option<Instant>,
    /// What should not have happened either, unless a mismatch has ended the connection before: channels that end with an
    /// error, and what cannot be created or sent any more.
    pub ends: Vec<(Instant, String)>,
    /// Whether the other side may close the connection.
    pub may_end: bool,
    churning: BTreeMap<ChannelId, u32>,
    /// Those of them that the other side opened.
    incoming: BTreeSet<ChannelId>,
    churn_left: u32,
    channels: BTreeMap<ChannelId, Channel>,
    ids: BTreeMap<u32, ChannelId>,
    open: BTreeSet<u32>,
    paused_until: Option<Instant>,
    retry_at: Option<Instant>,
    records: Records,
    max_datagram: usize,
}

impl Peer {
    pub fn new(
        config: Configuration,
        seed: u64,
        polite: bool,
        address: SocketAddr,
        expected: Fingerprint,
    ) -> Self {
        let max_datagram = config.max_datagram_size;
        let pc = Metered::new(|| connection(config, seed, address));
        Self {
            pc,
            signalling: Signalling::new(polite),
            ledger: Ledger::default(),
            wrong: Vec::new(),
            plan: VecDeque::new(),
            log: Vec::new(),
            next_address: None,
            churned: 0,
            churn_closed: 0,
            expected,
            mismatched_at: None,
            ends: Vec::new(),
            may_end: false,
            churning: BTreeMap::new(),
            incoming: BTreeSet::new(),
            churn_left: 0,
            channels: BTreeMap::new(),
            ids: BTreeMap::new(),
            open: BTreeSet::new(),
            paused_until: None,
            retry_at: None,
            records: Records::default(),
            max_datagram,
        }
    }

    pub fn is_connected(&self) -> bool {
        self.pc.connection_state() == PeerConnectionState::Connected
    }

    /// Whether everything that it was to send is sent, and every channel that was to come and go has.
    pub fn is_done(&self) -> bool {
        self.plan.is_empty() && self.churn_left == 0 && self.churning.is_empty()
    }

    /// Whether these channels are open here.
    pub fn has_open(&self, channels: &[Channel]) -> bool {
        channels.iter().all(|channel| self.open.contains(&channel.index))
    }

    pub fn open_channels(&self) -> usize {
        self.open.len()
    }

    pub fn channel(&self, index: u32) -> Option<ChannelId> {
        self.ids.get(&index).copied()
    }

    pub fn perform(&mut self, now: Instant, action: Action) {
        match action {
            Action::Create(channel) => self.create(now, channel),
            Action::Churn(count) => {
                self.churn_left += count;
                self.churn(now);
            }
            Action::Flood(count) => (0..count).for_each(|_| self.open_passing(now)),
            Action::RestartIce => self.pc.does(PeerConnection::restart_ice),
            Action::Roam => {
                if let Some(address) = self.next_address.take() {
                    self.pc.does(|pc| pc.add_local_address(address)).unwrap();
                    self.pc.does(PeerConnection::restart_ice);
                }
            }
            Action::Pause(span) => self.paused_until = Some(now + span),
        }
    }

    fn create(&mut self, now: Instant, channel: Channel) {
        match self.pc.does(|pc| pc.create_data_channel(channel.label(), channel.init())) {
            Ok(id) => {
                self.channels.insert(id, channel);
                self.ids.insert(channel.index, id);
            }
            Err(error) => self.ends.push((now, format!("{channel:?}: {error}"))),
        }
    }

    pub fn on_signal(&mut self, now: Instant, signal: &Signal) {
        let result = self.signalling.on_signal(now, &mut self.pc, signal);
        self.note(result);
    }

    /// Sends a short message on every channel that is open, now.
    pub fn send_on_all(&mut self, now: Instant) {
        let messages = self.open.iter().map(|index| Message { at: now, channel: *index, len: 40 });
        self.plan.extend(messages.collect::<Vec<_>>());
    }

    fn note(&mut self, result: Result<(), String>) {
        if let Err(complaint) = result {
            self.wrong.push(complaint);
        }
    }

    fn churn(&mut self, now: Instant) {
        if let Some(left) = self.churn_left.checked_sub(1) {
            self.churn_left = left;
            self.open_passing(now);
        }
    }

    /// Opens a channel that will carry one message.
    fn open_passing(&mut self, now: Instant) {
        match self.pc.does(|pc| pc.create_data_channel(CHURN, rtc::DataChannelInit::default())) {
            Ok(id) => _ = self.churning.insert(id, 0),
            Err(error) => self.ends.push((now, format!("churn: {error}"))),
        }
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// Takes events and sends what is due.
    fn live(&mut self, now: Instant) {
        if self.is_paused(now) {
            return;
        }
        self.paused_until = None;
        while let Some(event) = self.pc.event() {
            self.on_event(now, &event);
            self.pc.release(event);
        }
        if self.retry_at.is_none_or(|at| at <= now) {
            self.retry_at = None;
            self.send_due(now);
        }
    }

    fn send_due(&mut self, now: Instant) {
        let mut kept = VecDeque::new();
        while let Some(message) = self.plan.pop_front() {
            if message.at > now {
                self.plan.push_front(message);
                break;
            }
            if !self.send(now, message) {
                kept.push_back(message);
            }
        }
        // What waits for its channel keeps its place before what is due later.
        kept.append(&mut self.plan);
        self.plan = kept;
    }

    fn send(&mut self, now: Instant, message: Message) -> bool {
        let id = self.ids.get(&message.channel).copied().filter(|_| self.open.contains(&message.channel));
        let Some(id) = id else { return false };
        let payload = self.ledger.next_message(message.channel, message.len);
        let len = payload.len();
        match self.pc.sends(len, |pc| pc.send(now, id, copied(&payload))) {
            Ok(()) => {
                self.ledger.on_sent(message.channel);
                true
            }
            Err(unsent) if unsent.error == SendError::BufferFull => {
                self.retry_at = Some(now + RETRY);
                false
            }
            Err(error) => {
                self.ends.push((now, format!("{message:?}: {error}")));
                true
            }
        }
    }

    fn on_event(&mut self, now: Instant, event: &Event) {
        match event {
            Event::DataChannel(id) => self.on_incoming(*id),
            Event::DataChannelOpen(id) => self.on_open(now, *id),
            Event::DataChannelMessage(id, payload) => {
                self.on_message(*id, payload);
                return;
            }
            Event::DataChannelClose(id) => self.on_close(now, *id),
            Event::ConnectionStateChange(PeerConnectionState::Failed) => {
                self.pc.does(PeerConnection::restart_ice);
            }
            Event::ConnectionStateChange(PeerConnectionState::Connected) => self.check_proof(),
            // A peer that closes its connection aborts the association, and the channels end with an error.
            Event::DataChannelError(..) if self.may_end => {}
            // ICE has failed for a while, and says what was the matter with the handshake meanwhile. A restart follows.
            Event::DtlsTransportError(id, error) if !error.authenticated && self.has_ice_failed(*id) => {}
            Event::DtlsTransportError(_, error) if error.detail == RtcErrorDetail::FingerprintFailure => {
                self.mismatched_at.get_or_insert(now);
                self.ends.push((now, format!("{event:?}")));
            }
            Event::DataChannelError(..) | Event::DtlsTransportError(..) => {
                self.ends.push((now, format!("{event:?}")));
            }
            _ => {}
        }
        let result = self.signalling.on_event(now, &mut self.pc, event);
        self.note(result);
        self.log.push((now, event.clone()));
    }

    fn has_ice_failed(&self, id: TransportId) -> bool {
        let state = self.pc.ice_transport(id).map(|transport| transport.state());
        state == Some(IceTransportState::Failed)
    }

    /// Nobody is connected with anybody but the promised peer.
    fn check_proof(&mut self) {
        let sctp = self.pc.sctp();
        let shown = sctp.as_ref().and_then(|sctp| sctp.transport().remote_certificates().first().cloned());
        let algorithm = FingerprintAlgorithm::Sha256;
        let shown = shown.map(|certificate| algorithm.fingerprint(&crypto_rust::PROVIDER, &certificate));
        if shown.as_ref() != Some(&self.expected) {
            self.wrong.push(format!("connected with {shown:?}"));
        }
    }

    fn on_incoming(&mut self, id: ChannelId) {
        let seen = self.pc.looks(|pc| {
            let view = pc.data_channel(id)?;
            let promised = (view.ordered(), view.max_retransmits(), view.max_packet_life_time());
            Some((view.label().to_owned(), promised))
        });
        let Some((label, seen)) = seen else { return };
        if label == CHURN {
            self.churning.insert(id, 0);
            self.incoming.insert(id);
            return;
        }
        let Some(channel) = Channel::from_label(&label) else {
            self.wrong.push(format!("a channel that nobody opened: {label:?}"));
            return;
        };
        let promised = match channel.promise {
            Promise::Reliable => (channel.ordered, None, None),
            Promise::Retransmits(count) => (channel.ordered, Some(count), None),
            Promise::LifeTime(millis) => (channel.ordered, None, Some(millis)),
        };
        if seen != promised {
            self.wrong.push(format!("{channel:?} comes in as {seen:?}"));
        }
        self.channels.insert(id, channel);
        self.ids.insert(channel.index, id);
    }

    fn on_open(&mut self, now: Instant, id: ChannelId) {
        if let Some(channel) = self.channels.get(&id) {
            self.open.insert(channel.index);
            return;
        }
        // The side that opened it sends its message and closes it.
        if self.churning.contains_key(&id) && !self.incoming.contains(&id) {
            let result = self.pc.sends(0, |pc| pc.send(now, id, ""));
            self.note(result.map_err(|error| format!("churn: {error}")));
            self.close(id);
            self.churning.insert(id, 1);
        }
    }

    fn on_message(&mut self, id: ChannelId, payload: &Payload) {
        if let Some(count) = self.churning.get_mut(&id) {
            *count += 1;
            return;
        }
        let result = match self.channels.get(&id) {
            Some(channel) => self.ledger.on_received(*channel, payload),
            None => Err("a message of a channel that nobody knows".into()),
        };
        self.note(result);
    }

    fn on_close(&mut self, now: Instant, id: ChannelId) {
        let Some(count) = self.churning.remove(&id) else {
            if let Some(channel) = self.channels.get(&id) {
                self.open.remove(&channel.index);
            }
            return;
        };
        self.churn_closed += 1;
        if count != 1 {
            self.ends.push((now, format!("{id:?} closes after {count} messages instead of one")));
        }
        if !self.incoming.remove(&id) {
            self.churned += 1;
            self.churn(now);
        }
    }

    /// Bytes that wait in all channels for their turn.
    pub fn buffered(&mut self) -> usize {
        let ids: Vec<ChannelId> = self.ids.values().copied().collect();
        let waiting = |pc: &mut PeerConnection, id| Some(pc.data_channel(id)?.buffered_amount());
        ids.into_iter().filter_map(|id| self.pc.looks(|pc| waiting(pc, id))).sum()
    }

    /// DATA chunks of which the peer's cumulative acknowledgement does not know.
    pub fn unacknowledged(&self) -> usize {
        let stats = self.pc.sctp().and_then(|sctp| sctp.stats());
        stats.map_or(0, |stats| stats.unacknowledged_chunks)
    }

    /// Closes every channel that is open.
    pub fn close_channels(&mut self) {
        for (_, id) in self.ids.clone() {
            self.close(id);
        }
    }

    /// Closes a channel, if it is open.
    fn close(&mut self, id: ChannelId) {
        self.pc.does(|pc| {
            if pc.data_channel(id).is_some_and(|channel| channel.ready_state() == DataChannelState::Open)
                && let Some(mut channel) = pc.data_channel_mut(id)
            {
                channel.close();
            }
        });
    }
}

impl Host for Peer {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        self.pc.takes(now, path, ecn, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.pc.wakes(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.live(now);
        let transmit = self.pc.gives(now, out)?;
        let datagram = out.get(..transmit.len)?;
        if transmit.len > self.max_datagram {
            self.wrong.push(format!("a datagram of {} bytes leaves", transmit.len));
        }
        let result = self.records.on_sent(datagram);
        self.note(result);
        Some(transmit)
    }

    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        let observed = self.pc.looks(PeerConnection::poll_packet)?;
        let plaintext = Plaintext { sent: observed.sent, packet: observed.packet.clone() };
        self.pc.release(observed);
        Some(plaintext)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self.plan.iter().find(|message| !self.is_waiting(message)).map(|message| message.at);
        let due = if self.retry_at.is_some() { self.retry_at } else { waiting };
        let application = if self.paused_until.is_some() { self.paused_until } else { due };
        base::earliest(self.pc.poll_timeout(), application)
    }
}

impl Peer {
    /// Whether it can only be sent once its channel is open.
    fn is_waiting(&self, message: &Message) -> bool {
        !self.open.contains(&message.channel)
    }
}
