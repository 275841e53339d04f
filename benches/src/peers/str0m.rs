//! str0m.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};

use super::address;
use crate::bulk::Load;
use crate::link::{DataEnd, Endpoint, Received};

/// An end of a connection.
pub struct End {
    rtc: Rtc,
    local: SocketAddr,
    remote: SocketAddr,
    next: Option<Instant>,
    chan: Option<ChannelId>,
    received: Received,
}

fn build(now: Instant) -> Rtc {
    Rtc::builder()
        .set_crypto_provider(Arc::new(str0m::crypto::from_feature_flags()))
        .set_dtls_version(str0m::crypto::dtls::DtlsVersion::Dtls12)
        .set_mtu(1228..=2000)
        .set_sctp_max_buffered_amount(4 << 20)
        .build(now)
}

/// Two connections with a channel named "bench", and their descriptions exchanged.
pub fn pair(now: Instant, load: Load) -> (End, End) {
    let (aa, ba) = (address(1), address(2));
    let mut a = build(now);
    let mut b = build(now);
    a.add_local_candidate(Candidate::host(aa, "udp").unwrap());
    b.add_local_candidate(Candidate::host(ba, "udp").unwrap());
    let mut ch = a.sdp_api();
    ch.add_channel_with_config(ChannelConfig {
        label: "bench".into(),
        ordered: !load.unreliable,
        reliability: match load.unreliable {
            false => Reliability::Reliable,
            true => Reliability::MaxRetransmits { retransmits: 0 },
        },
        ..Default::default()
    });
    for i in 0..load.idle_channels {
        ch.add_channel(format!("x{i}"));
    }
    let (offer, pending) = ch.apply().unwrap();
    // through text, as a real signalling channel would
    let offer = str0m::change::SdpOffer::from_sdp_string(&offer.to_sdp_string()).unwrap();
    let answer = b.sdp_api().accept_offer(offer).unwrap();
    let answer = str0m::change::SdpAnswer::from_sdp_string(&answer.to_sdp_string()).unwrap();
    a.sdp_api().accept_answer(pending, answer).unwrap();
    let mut ea = End::new(a, aa, ba);
    let mut eb = End::new(b, ba, aa);
    ea.handle_timeout(now);
    eb.handle_timeout(now);
    (ea, eb)
}

impl End {
    fn new(rtc: Rtc, local: SocketAddr, remote: SocketAddr) -> Self {
        End { rtc, local, remote, next: None, chan: None, received: Received::default() }
    }
}

impl Endpoint for End {
    type Packet = Vec<u8>;
    fn handle_input(&mut self, now: Instant, p: Vec<u8>) {
        let r = Receive::new(Protocol::Udp, self.remote, self.local, &p).unwrap();
        self.rtc.handle_input(Input::Receive(now, r)).unwrap();
    }
    fn handle_timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }
    fn poll_timeout(&mut self) -> Option<Instant> {
        self.next
    }
    fn transmit(&mut self, _now: Instant, out: &mut impl FnMut(Vec<u8>)) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(t) => {
                    self.next = Some(t);
                    return;
                }
                Output::Transmit(t) => out(t.contents.into()),
                Output::Event(e) => match e {
                    Event::ChannelData(d) => self.received.add(&d.data),
                    Event::ChannelOpen(id, l) if l == "bench" => self.chan = Some(id),
                    _ => {}
                },
            }
        }
    }
}

impl DataEnd for End {
    fn is_open(&self) -> bool {
        self.chan.is_some()
    }
    fn buffered(&mut self) -> usize {
        match self.chan.and_then(|c| self.rtc.channel(c)) {
            Some(mut c) => c.buffered_amount(),
            None => 0,
        }
    }
    fn send(&mut self, _now: Instant, msg: &[u8]) -> bool {
        let c = self.chan.unwrap();
        self.rtc.channel(c).unwrap().write(true, msg).unwrap()
    }
    fn received(&self) -> Received {
        self.received
    }
}
