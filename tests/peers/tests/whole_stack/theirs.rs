//! str0m as a host.
//!
//! It wants to be drained after whatever is done to it: what it has to send then waits here until it is fetched. Its time is
//! `std::time::Instant`, of which one moment stands for the beginning of ours. Its keys, names and sequence numbers come from
//! the system's entropy, so that no two runs are alike.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time;

use sim::{Ecn, Host, Instant, Path, Transmit};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::net::{self, Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};

use super::peer::{Peer, Promise, Seen};

/// A str0m `Rtc` and its application.
pub struct Theirs {
    rtc: Rtc,
    beginning: time::Instant,
    pending: Option<SdpPendingOffer>,
    labels: Vec<(ChannelId, String)>,
    outgoing: VecDeque<net::Transmit>,
    timeout: time::Instant,
    seen: Seen,
}

impl Theirs {
    pub fn new(path: Path) -> Self {
        let beginning = time::Instant::now();
        let mut rtc = Rtc::builder()
            .set_crypto_provider(Arc::new(str0m::crypto::from_feature_flags()))
            .set_sctp_max_buffered_amount(64 << 20)
            .build(beginning);
        rtc.add_local_candidate(Candidate::host(path.local, "udp").unwrap());
        Self {
            rtc,
            beginning,
            pending: None,
            labels: Vec::new(),
            outgoing: VecDeque::new(),
            timeout: beginning,
            seen: Seen::default(),
        }
    }

    fn their_time(&self, now: Instant) -> time::Instant {
        self.beginning + now.since(Instant::ZERO)
    }

    fn input(&mut self, input: Input<'_>) {
        self.rtc.handle_input(input).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Transmit(transmit) => self.outgoing.push_back(transmit),
                Output::Event(event) => self.on_event(event),
                Output::Timeout(at) => {
                    self.timeout = at;
                    return;
                }
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.seen.connected = true,
            Event::ChannelOpen(id, label) => {
                let promise = promise(self.rtc.channel(id).unwrap().config().unwrap());
                self.seen.opened.insert(label.clone(), promise);
                self.labels.push((id, label));
            }
            Event::ChannelData(data) => {
                assert!(data.binary);
                self.seen.received.entry(self.label(data.id)).or_default().push(data.data);
            }
            Event::ChannelClose(id) => drop(self.seen.closed.insert(self.label(id))),
            Event::Closed => panic!("the connection ends"),
            _ => {}
        }
    }

    fn id(&self, label: &str) -> ChannelId {
        self.labels.iter().find(|(_, known)| known == label).unwrap().0
    }

    fn label(&self, id: ChannelId) -> String {
        self.labels.iter().find(|(known, _)| *known == id).unwrap().1.clone()
    }
}

impl Host for Theirs {
    fn handle_input(&mut self, now: Instant, path: Path, _: Ecn, datagram: &mut [u8]) {
        let receive = Receive::new(Protocol::Udp, path.remote, path.local, datagram).unwrap();
        self.input(Input::Receive(self.their_time(now), receive));
    }

    fn handle_timeout(&mut self, now: Instant) {
        let time = self.their_time(now);
        self.input(Input::Timeout(time));
        // Its DTLS, once begun, wants to be called a second time at the same moment.
        if self.timeout <= time {
            self.input(Input::Timeout(time));
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<Transmit> {
        let transmit = self.outgoing.pop_front()?;
        let len = transmit.contents.len();
        out[..len].copy_from_slice(&transmit.contents);
        Some(Transmit::new(Path::udp(transmit.source, transmit.destination), len))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(Instant::ZERO + self.timeout.saturating_duration_since(self.beginning))
    }
}

impl Peer for Theirs {
    fn offer(&mut self, now: Instant, channels: &[(String, Promise)]) -> String {
        let mut changes = self.rtc.sdp_api();
        for channel in channels {
            changes.add_channel_with_config(config(channel));
        }
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        self.handle_timeout(now);
        offer.to_sdp_string()
    }

    fn answer(&mut self, now: Instant, offer: &str, channels: &[(String, Promise)]) -> String {
        let offer = SdpOffer::from_sdp_string(offer).unwrap();
        let answer = self.rtc.sdp_api().accept_offer(offer).unwrap();
        for channel in channels {
            self.rtc.direct_api().create_data_channel(config(channel));
        }
        self.handle_timeout(now);
        answer.to_sdp_string()
    }

    fn accept(&mut self, now: Instant, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
        self.handle_timeout(now);
    }

    fn send(&mut self, now: Instant, label: &str, payload: Vec<u8>) {
        self.handle_timeout(now);
        let id = self.id(label);
        assert!(self.rtc.channel(id).unwrap().write(true, &payload).unwrap());
        self.drain();
    }

    fn close(&mut self, now: Instant, label: &str) {
        self.handle_timeout(now);
        let id = self.id(label);
        self.rtc.direct_api().close_data_channel(id);
        self.drain();
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

fn config((label, promise): &(String, Promise)) -> ChannelConfig {
    ChannelConfig {
        label: label.clone(),
        ordered: *promise != Promise::Unordered,
        reliability: match promise {
            Promise::Limited(count) => Reliability::MaxRetransmits { retransmits: *count },
            _ => Reliability::Reliable,
        },
        ..ChannelConfig::default()
    }
}

fn promise(config: &ChannelConfig) -> Promise {
    match (config.reliability, config.ordered) {
        (Reliability::MaxRetransmits { retransmits }, _) => Promise::Limited(retransmits),
        (_, true) => Promise::Ordered,
        (_, false) => Promise::Unordered,
    }
}
