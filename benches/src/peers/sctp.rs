//! SCTP alone: dcsctp, sctp-proto, rtc-sctp.

#![allow(clippy::excessive_nesting, reason = "the peers' interfaces nest")]

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::address;
use crate::bulk::Load;
use crate::link::{DataEnd, Endpoint, Got};

const STREAM: u16 = 1;
const PACKET: u32 = 1191;

/// Google's.
pub mod dcsctp {
    use super::*;
    use ::dcsctp::api::*;
    /// An end.
    pub struct End {
        s: Box<dyn DcSctpSocket>,
        epoch: Instant,
        last: Instant,
        opts: SendOptions,
        got: Got,
        up: bool,
    }
    /// Two associations, one of which connects.
    pub fn pair(now: Instant, o: Load) -> (End, End) {
        let mut opt = Options::default();
        opt.mtu = PACKET as usize;
        opt.max_receiver_window_buffer_size = o.window.max(262_145);
        let mk = |n: &str| End {
            s: ::dcsctp::new_socket(n, &opt),
            epoch: now,
            last: now,
            opts: SendOptions {
                unordered: o.unreliable,
                max_retransmissions: o.unreliable.then_some(0),
                ..Default::default()
            },
            got: Got::new(),
            up: false,
        };
        let (mut a, b) = (mk("a"), mk("b"));
        a.s.connect();
        (a, b)
    }
    impl End {
        fn tick(&mut self, now: Instant) {
            if now > self.last {
                self.last = now;
                self.s.advance_time(SocketTime::zero() + (now - self.epoch));
            }
        }
    }
    impl Endpoint for End {
        type Pkt = Vec<u8>;
        fn recv(&mut self, now: Instant, p: Vec<u8>) {
            self.tick(now);
            self.s.handle_input(&p);
        }
        fn timeout(&mut self, now: Instant) {
            self.last = now;
            self.s.advance_time(SocketTime::zero() + (now - self.epoch));
        }
        fn next(&mut self) -> Option<Instant> {
            let t = self.s.poll_timeout();
            if t == SocketTime::infinite_future() {
                None
            } else {
                Some(self.epoch + (t - SocketTime::zero()))
            }
        }
        fn drain(&mut self, _n: Instant, out: &mut impl FnMut(Vec<u8>)) {
            while let Some(e) = self.s.poll_event() {
                match e {
                    SocketEvent::SendPacket(p) => out(p),
                    SocketEvent::OnConnected() => self.up = true,
                    SocketEvent::OnAborted(k, m) => panic!("aborted {k:?} {m}"),
                    _ => {}
                }
            }
            while let Some(m) = self.s.get_next_message() {
                self.got.add(&m.payload);
            }
        }
    }
    impl DataEnd for End {
        fn open(&self) -> bool {
            self.up
        }
        fn buffered(&mut self) -> usize {
            // dcsctp's buffered_amount does not count in-flight data; the app cap applies to it
            self.s.buffered_amount(StreamId(STREAM))
        }
        fn send(&mut self, now: Instant, m: &[u8]) -> bool {
            self.tick(now);
            self.s.send(Message::new(StreamId(STREAM), PpId(53), m.to_vec()), &self.opts).is_ok()
        }
        fn got(&self) -> Got {
            self.got
        }
    }
}

/// What str0m builds on.
pub mod sctp_proto {
    use super::*;
    use ::sctp_proto::*;
    /// An end.
    pub struct End {
        ep: ::sctp_proto::Endpoint,
        as_: Option<(AssociationHandle, Association)>,
        remote: std::net::SocketAddr,
        o: Load,
        got: Got,
        up: bool,
        buf: Vec<u8>,
    }
    /// Two associations, one of which connects.
    pub fn pair(now: Instant, o: Load) -> (End, End) {
        let mut ec = EndpointConfig::new();
        ec.max_payload_size((PACKET - 28) & !3);
        let ec = Arc::new(ec);
        let tc = || {
            Arc::new(
                TransportConfig::default()
                    .with_max_receive_buffer_size(u32::try_from(o.window).expect("a window"))
                    .with_max_receive_message_size(262144)
                    .with_max_send_message_size(262144),
            )
        };
        let mut sc = ServerConfig::new();
        sc.transport = tc();
        let sc = Arc::new(sc);
        let mk = |n: u8| End {
            ep: ::sctp_proto::Endpoint::new(ec.clone(), Some(sc.clone())),
            as_: None,
            remote: address(3 - n),
            o,
            got: Got::new(),
            up: false,
            buf: Vec::new(),
        };
        let (mut a, b) = (mk(1), mk(2));
        let mut cc = ClientConfig::new();
        cc.transport = tc();
        let r = a.remote;
        a.as_ = Some(a.ep.connect(cc, r).unwrap());
        let _ = now;
        (a, b)
    }
    impl crate::link::Endpoint for End {
        type Pkt = Bytes;
        fn recv(&mut self, now: Instant, p: Bytes) {
            match self.ep.handle(now, self.remote, None, None, p) {
                Some((h, DatagramEvent::NewAssociation(a))) => self.as_ = Some((h, a)),
                Some((_, DatagramEvent::AssociationEvent(e))) => self.as_.as_mut().unwrap().1.handle_event(e),
                None => {}
            }
        }
        fn timeout(&mut self, now: Instant) {
            if let Some((_, a)) = &mut self.as_ {
                a.handle_timeout(now);
            }
        }
        fn next(&mut self) -> Option<Instant> {
            self.as_.as_ref().and_then(|(_, a)| a.poll_timeout())
        }
        fn drain(&mut self, now: Instant, out: &mut impl FnMut(Bytes)) {
            while let Some(t) = self.ep.poll_transmit() {
                if let Payload::RawEncode(v) = t.payload {
                    v.into_iter().for_each(&mut *out);
                }
            }
            let Some((h, a)) = &mut self.as_ else { return };
            while let Some(e) = a.poll_endpoint_event() {
                if let Some(e) = self.ep.handle_event(*h, e) {
                    a.handle_event(e);
                }
            }
            while let Some(e) = a.poll() {
                match e {
                    Event::Connected => {
                        self.up = true;
                        if let Ok(mut s) = a.open_stream(STREAM, PayloadProtocolIdentifier::Binary) {
                            let (t, v) = match self.o.unreliable.then_some(0_u16) {
                                None => (ReliabilityType::Reliable, 0),
                                Some(r) => (ReliabilityType::Rexmit, r as u32),
                            };
                            s.set_reliability_params(self.o.unreliable, t, v).unwrap();
                        }
                    }
                    Event::Stream(StreamEvent::Readable { id }) => {
                        self.buf.resize(262144, 0);
                        let mut s = a.stream(id).unwrap();
                        while let Ok(Some(c)) = s.read_sctp() {
                            let n = c.read(&mut self.buf).unwrap();
                            self.got.add(&self.buf[..n]);
                        }
                    }
                    Event::AssociationLost { reason } => panic!("lost {reason:?}"),
                    _ => {}
                }
            }
            while let Some(t) = a.poll_transmit(now) {
                if let Payload::RawEncode(v) = t.payload {
                    v.into_iter().for_each(&mut *out);
                }
            }
        }
    }
    impl DataEnd for End {
        fn open(&self) -> bool {
            self.up
        }
        fn buffered(&mut self) -> usize {
            let a = &mut self.as_.as_mut().unwrap().1;
            a.stream(STREAM).map(|s| s.buffered_amount().unwrap()).unwrap_or(0)
        }
        fn send(&mut self, _now: Instant, m: &[u8]) -> bool {
            let a = &mut self.as_.as_mut().unwrap().1;
            a.stream(STREAM).unwrap().write_with_ppi(m, PayloadProtocolIdentifier::Binary).is_ok()
        }
        fn got(&self) -> Got {
            self.got
        }
    }
}

/// What `rtc` builds on.
pub mod rtc_sctp {
    use super::*;
    use ::rtc_sctp::*;
    use rtc_shared::TransportProtocol;
    /// An end.
    pub struct End {
        ep: ::rtc_sctp::Endpoint,
        as_: Option<(AssociationHandle, Association)>,
        remote: std::net::SocketAddr,
        o: Load,
        got: Got,
        up: bool,
        buf: Vec<u8>,
    }
    /// Two associations, one of which connects.
    pub fn pair(now: Instant, o: Load) -> (End, End) {
        let mut ec = EndpointConfig::new();
        ec.max_payload_size(max_payload_size_for_mtu(PACKET));
        let ec = Arc::new(ec);
        let tc = TransportConfig::default()
            .with_max_receive_buffer_size(u32::try_from(o.window).expect("a window"))
            .with_max_message_size(262144);
        let sc = Arc::new(ServerConfig::new(tc.clone()));
        let mk = |n: u8| End {
            ep: ::rtc_sctp::Endpoint::new(address(n), TransportProtocol::UDP, ec.clone(), Some(sc.clone())),
            as_: None,
            remote: address(3 - n),
            o,
            got: Got::new(),
            up: false,
            buf: Vec::new(),
        };
        let (mut a, b) = (mk(1), mk(2));
        let r = a.remote;
        a.as_ = Some(a.ep.connect(now, ClientConfig::new(tc), r).unwrap());
        (a, b)
    }
    impl crate::link::Endpoint for End {
        type Pkt = Bytes;
        fn recv(&mut self, now: Instant, p: Bytes) {
            match self.ep.handle(now, self.remote, None, p) {
                Some((h, DatagramEvent::NewAssociation(a))) => self.as_ = Some((h, a)),
                Some((_, DatagramEvent::AssociationEvent(e))) => self.as_.as_mut().unwrap().1.handle_event(e),
                _ => {}
            }
        }
        fn timeout(&mut self, now: Instant) {
            if let Some((_, a)) = &mut self.as_ {
                a.handle_timeout(now);
            }
        }
        fn next(&mut self) -> Option<Instant> {
            self.as_.as_ref().and_then(|(_, a)| a.poll_timeout())
        }
        fn drain(&mut self, now: Instant, out: &mut impl FnMut(Bytes)) {
            let Some((h, a)) = &mut self.as_ else { return };
            while let Some(e) = a.poll_endpoint_event() {
                self.ep.handle_event(*h, e);
            }
            while let Some(e) = a.poll() {
                match e {
                    Event::Connected => {
                        self.up = true;
                        if let Ok(mut s) = a.open_stream(STREAM, PayloadProtocolIdentifier::Binary) {
                            let (t, v) = match self.o.unreliable.then_some(0_u16) {
                                None => (ReliabilityType::Reliable, 0),
                                Some(r) => (ReliabilityType::Rexmit, r as u32),
                            };
                            s.set_reliability_params(self.o.unreliable, t, v).unwrap();
                        }
                    }
                    Event::Stream(StreamEvent::Readable { id }) => {
                        self.buf.resize(262144, 0);
                        let mut s = a.stream(id).unwrap();
                        while let Ok(Some(c)) = s.read_sctp() {
                            let n = c.read(&mut self.buf).unwrap();
                            self.got.add(&self.buf[..n]);
                        }
                    }
                    Event::AssociationLost { reason, .. } => panic!("lost {reason:?}"),
                    _ => {}
                }
            }
            while let Some(t) = a.poll_transmit(now) {
                if let Payload::RawEncode(v) = t.message {
                    v.into_iter().for_each(&mut *out);
                }
            }
        }
    }
    impl DataEnd for End {
        fn open(&self) -> bool {
            self.up
        }
        fn buffered(&mut self) -> usize {
            let a = &mut self.as_.as_mut().unwrap().1;
            a.stream(STREAM).map(|s| s.buffered_amount().unwrap()).unwrap_or(0)
        }
        fn send(&mut self, now: Instant, m: &[u8]) -> bool {
            let a = &mut self.as_.as_mut().unwrap().1;
            a.stream(STREAM).unwrap().write_with_ppi(now, m, PayloadProtocolIdentifier::Binary).is_ok()
        }
        fn got(&self) -> Got {
            self.got
        }
    }
}
