//! SCTP alone: dcsctp, and two that have one origin, sctp-proto and rtc-sctp.

#![allow(clippy::excessive_nesting, reason = "the peers' interfaces nest")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::address;
use crate::bulk::Load;
use crate::link::{DataEnd, Received};

const STREAM: u16 = 1;
const PACKET: u32 = 1191;
const LARGEST: usize = 262_144;

/// Google's.
pub mod dcsctp {
    use ::dcsctp::api::*;

    use super::*;
    use crate::link::Endpoint;

    /// An end.
    pub struct End {
        socket: Box<dyn DcSctpSocket>,
        start: Instant,
        now: Instant,
        options: SendOptions,
        received: Received,
        up: bool,
    }

    /// Two associations, one of which connects.
    pub fn pair(now: Instant, load: Load) -> (End, End) {
        let mut config = Options::default();
        config.mtu = PACKET as usize;
        config.max_receiver_window_buffer_size = load.window.max(LARGEST + 1);
        let options = || SendOptions {
            unordered: load.unreliable,
            max_retransmissions: load.unreliable.then_some(0),
            ..Default::default()
        };
        let end = |name: &str| End {
            socket: ::dcsctp::new_socket(name, &config),
            start: now,
            now,
            options: options(),
            received: Received::default(),
            up: false,
        };
        let (mut a, b) = (end("a"), end("b"));
        a.socket.connect();
        (a, b)
    }

    impl End {
        fn advance(&mut self, now: Instant) {
            if now > self.now {
                self.handle_timeout(now);
            }
        }
    }

    impl Endpoint for End {
        type Packet = Vec<u8>;

        fn handle_input(&mut self, now: Instant, packet: Vec<u8>) {
            self.advance(now);
            self.socket.handle_input(&packet);
        }

        fn handle_timeout(&mut self, now: Instant) {
            self.now = now;
            self.socket.advance_time(SocketTime::zero() + (now - self.start));
        }

        fn poll_timeout(&mut self) -> Option<Instant> {
            let timeout = self.socket.poll_timeout();
            (timeout != SocketTime::infinite_future()).then(|| self.start + (timeout - SocketTime::zero()))
        }

        fn transmit(&mut self, _now: Instant, out: &mut impl FnMut(Vec<u8>)) {
            while let Some(event) = self.socket.poll_event() {
                match event {
                    SocketEvent::SendPacket(packet) => out(packet),
                    SocketEvent::OnConnected() => self.up = true,
                    SocketEvent::OnAborted(kind, text) => panic!("aborted {kind:?} {text}"),
                    _ => {}
                }
            }
            while let Some(message) = self.socket.get_next_message() {
                self.received.add(&message.payload);
            }
        }
    }

    impl DataEnd for End {
        fn is_open(&self) -> bool {
            self.up
        }

        /// What is in flight is not counted; the window of the measurement is for the rest.
        fn buffered(&mut self) -> usize {
            self.socket.buffered_amount(StreamId(STREAM))
        }

        fn send(&mut self, now: Instant, message: &[u8]) -> bool {
            self.advance(now);
            let message = Message::new(StreamId(STREAM), PpId(53), message.to_vec());
            self.socket.send(message, &self.options).is_ok()
        }

        fn received(&self) -> Received {
            self.received
        }
    }
}

/// An end over a library of the family of sctp-proto. Their interfaces have one origin: what follows is common, and the
/// modules below say where they differ.
macro_rules! end {
    (
        handle: |$endpoint:ident, $handle_at:ident, $remote:ident, $packet:ident| $handle:expr,
        tell: |$outside:ident, $inside:ident, $handle_told:ident, $told:ident| $tell:expr,
        payload: $payload:ident,
        write: |$stream:ident, $write_at:ident, $message:ident| $write:expr,
    ) => {
        /// An end.
        pub struct End {
            endpoint: Endpoint,
            association: Option<(AssociationHandle, Association)>,
            remote: SocketAddr,
            unreliable: bool,
            received: Received,
            up: bool,
            buffer: Vec<u8>,
        }

        impl End {
            fn new(endpoint: Endpoint, end: u8, load: Load) -> Self {
                let (remote, unreliable) = (address(3 - end), load.unreliable);
                let (association, received, up, buffer) =
                    (None, Received::default(), false, vec![0; LARGEST]);
                Self { endpoint, association, remote, unreliable, received, up, buffer }
            }

            fn association(&mut self) -> &mut Association {
                &mut self.association.as_mut().expect("an association").1
            }

            fn on_event(&mut self, event: Event) {
                let unreliable = self.unreliable;
                match event {
                    Event::Connected => {
                        self.up = true;
                        let binary = PayloadProtocolIdentifier::Binary;
                        if let Ok(mut stream) = self.association().open_stream(STREAM, binary) {
                            let kind =
                                if unreliable { ReliabilityType::Rexmit } else { ReliabilityType::Reliable };
                            stream.set_reliability_params(unreliable, kind, 0).expect("a stream");
                        }
                    }
                    Event::Stream(StreamEvent::Readable { id }) => {
                        let association = &mut self.association.as_mut().expect("an association").1;
                        let mut stream = association.stream(id).expect("a stream");
                        while let Ok(Some(chunks)) = stream.read_sctp() {
                            let len = chunks.read(&mut self.buffer).expect("room");
                            self.received.add(&self.buffer[..len]);
                        }
                    }
                    Event::AssociationLost { reason, .. } => panic!("lost {reason:?}"),
                    _ => {}
                }
            }
        }

        impl crate::link::Endpoint for End {
            type Packet = Bytes;

            fn handle_input(&mut self, $handle_at: Instant, $packet: Bytes) {
                let ($endpoint, $remote) = (&mut self.endpoint, self.remote);
                match $handle {
                    Some((handle, DatagramEvent::NewAssociation(new))) => {
                        self.association = Some((handle, new))
                    }
                    Some((_, DatagramEvent::AssociationEvent(event))) => {
                        self.association().handle_event(event)
                    }
                    _ => {}
                }
            }

            fn handle_timeout(&mut self, now: Instant) {
                if let Some((_, association)) = &mut self.association {
                    association.handle_timeout(now);
                }
            }

            fn poll_timeout(&mut self) -> Option<Instant> {
                self.association.as_ref().and_then(|(_, association)| association.poll_timeout())
            }

            fn transmit(&mut self, now: Instant, out: &mut impl FnMut(Bytes)) {
                let $outside = &mut self.endpoint;
                let Some((handle, $inside)) = &mut self.association else { return };
                while let Some($told) = $inside.poll_endpoint_event() {
                    let $handle_told = *handle;
                    $tell;
                }
                while let Some(event) = self.association().poll() {
                    self.on_event(event);
                }
                while let Some(transmit) = self.association().poll_transmit(now) {
                    if let Payload::RawEncode(packets) = transmit.$payload {
                        packets.into_iter().for_each(&mut *out);
                    }
                }
            }
        }

        impl DataEnd for End {
            fn is_open(&self) -> bool {
                self.up
            }

            fn buffered(&mut self) -> usize {
                let stream = self.association().stream(STREAM);
                stream.and_then(|stream| stream.buffered_amount()).unwrap_or(0)
            }

            fn send(&mut self, $write_at: Instant, $message: &[u8]) -> bool {
                let mut $stream = self.association().stream(STREAM).expect("a stream");
                $write.is_ok()
            }

            fn received(&self) -> Received {
                self.received
            }
        }
    };
}

/// What str0m builds on.
pub mod sctp_proto {
    use super::*;
    use ::sctp_proto::*;

    end! {
        handle: |endpoint, now, remote, packet| endpoint.handle(now, remote, None, None, packet),
        tell: |endpoint, association, handle, event| if let Some(event) = endpoint.handle_event(handle, event) {
            association.handle_event(event);
        },
        payload: payload,
        write: |stream, _now, message| stream.write_with_ppi(message, PayloadProtocolIdentifier::Binary),
    }

    /// Two associations, one of which connects.
    pub fn pair(_now: Instant, load: Load) -> (End, End) {
        let mut config = EndpointConfig::new();
        config.max_payload_size((PACKET - 28) & !3);
        let config = Arc::new(config);
        let transport = Arc::new(
            TransportConfig::default()
                .with_max_receive_buffer_size(u32::try_from(load.window).expect("a window"))
                .with_max_receive_message_size(LARGEST as u32)
                .with_max_send_message_size(LARGEST as u32),
        );
        let mut server = ServerConfig::new();
        server.transport = transport.clone();
        let server = Arc::new(server);
        let end = |end| End::new(Endpoint::new(config.clone(), Some(server.clone())), end, load);
        let (mut a, b) = (end(1), end(2));
        let mut client = ClientConfig::new();
        client.transport = transport;
        a.association = Some(a.endpoint.connect(client, a.remote).expect("an association"));
        (a, b)
    }
}

/// What `rtc` builds on.
pub mod rtc_sctp {
    use super::*;
    use ::rtc_sctp::*;
    use rtc_shared::TransportProtocol;

    end! {
        handle: |endpoint, now, remote, packet| endpoint.handle(now, remote, None, packet),
        tell: |endpoint, association, handle, event| endpoint.handle_event(handle, event),
        payload: message,
        write: |stream, now, message| stream.write_with_ppi(now, message, PayloadProtocolIdentifier::Binary),
    }

    /// Two associations, one of which connects.
    pub fn pair(now: Instant, load: Load) -> (End, End) {
        let mut config = EndpointConfig::new();
        config.max_payload_size(max_payload_size_for_mtu(PACKET));
        let config = Arc::new(config);
        let transport = TransportConfig::default()
            .with_max_receive_buffer_size(u32::try_from(load.window).expect("a window"))
            .with_max_message_size(LARGEST as u32);
        let server = Arc::new(ServerConfig::new(transport.clone()));
        let end = |end| {
            let server = Some(server.clone());
            let endpoint = Endpoint::new(address(end), TransportProtocol::UDP, config.clone(), server);
            End::new(endpoint, end, load)
        };
        let (mut a, b) = (end(1), end(2));
        let client = ClientConfig::new(transport);
        a.association = Some(a.endpoint.connect(now, client, a.remote).expect("an association"));
        (a, b)
    }
}
