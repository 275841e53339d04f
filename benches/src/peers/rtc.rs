//! `rtc`, the sans-IO stack of webrtc-rs.

use super::address;
use crate::bulk::Load;
use crate::link::{DataEnd, Endpoint, Received};
use bytes::BytesMut;
use rtc::data_channel::{RTCDataChannelId, RTCDataChannelInit};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent};
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::transport::{CandidateConfig, CandidateHostConfig, RTCDtlsRole, RTCIceCandidate};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// An end of a connection.
pub struct End {
    pc: RTCPeerConnection,
    chan: Option<RTCDataChannelId>,
    received: Received,
    transport: TransportContext,
}

fn build(now: Instant, local: SocketAddr, active: bool) -> RTCPeerConnection {
    let role = if active { RTCDtlsRole::Server } else { RTCDtlsRole::Client };
    let se = SettingEngineBuilder::new()
        .with_answering_dtls_role(role)
        .with_crypto_provider(Arc::new(rtc_crypto::providers::AwsLcRsProvider::new()))
        .with_sctp_mtu(1191);
    let c = RTCConfigurationBuilder::new();
    let mut pc = RTCPeerConnectionBuilder::new()
        .with_configuration(c.build())
        .with_setting_engine(se.build())
        .build(now)
        .unwrap();
    add_host(&mut pc, local);
    pc
}

fn add_host(pc: &mut RTCPeerConnection, local: SocketAddr) {
    let cand = CandidateHostConfig {
        base_config: CandidateConfig {
            network: "udp".to_owned(),
            address: local.ip().to_string(),
            port: local.port(),
            component: 1,
            ..Default::default()
        },
        ..Default::default()
    }
    .new_candidate_host()
    .unwrap();
    pc.add_local_candidate(RTCIceCandidate::from(&cand).to_json().unwrap()).unwrap();
}

/// Two connections with a channel named "bench", and their descriptions exchanged.
pub fn pair(now: Instant, load: Load) -> (End, End) {
    let (aa, ba) = (address(1), address(2));
    let mut a = build(now, aa, true);
    let mut b = build(now, ba, false);
    let init = RTCDataChannelInit {
        ordered: !load.unreliable,
        max_retransmits: load.unreliable.then_some(0),
        ..Default::default()
    };
    a.create_data_channel("bench", Some(init)).unwrap();
    for i in 0..load.idle_channels {
        a.create_data_channel(&format!("x{i}"), None).unwrap();
    }
    let offer = a.create_offer(None).unwrap();
    a.set_local_description(now, offer.clone()).unwrap();
    b.set_remote_description(now, offer).unwrap();
    let answer = b.create_answer(None).unwrap();
    b.set_local_description(now, answer.clone()).unwrap();
    a.set_remote_description(now, answer).unwrap();
    (End::new(a, aa, ba), End::new(b, ba, aa))
}

impl End {
    fn new(pc: RTCPeerConnection, local: SocketAddr, remote: SocketAddr) -> Self {
        let transport = TransportContext {
            local_addr: local,
            peer_addr: remote,
            ecn: None,
            transport_protocol: TransportProtocol::UDP,
        };
        End { pc, chan: None, received: Received::default(), transport }
    }
}

impl Endpoint for End {
    type Packet = BytesMut;
    fn handle_input(&mut self, now: Instant, p: BytesMut) {
        self.pc.handle_read(TaggedBytesMut { now, transport: self.transport, message: p }).unwrap();
    }
    fn handle_timeout(&mut self, now: Instant) {
        self.pc.handle_timeout(now).unwrap();
    }
    fn poll_timeout(&mut self) -> Option<Instant> {
        self.pc.poll_timeout()
    }
    fn transmit(&mut self, _now: Instant, out: &mut impl FnMut(BytesMut)) {
        while let Some(e) = self.pc.poll_event() {
            if let RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) = e
                && self.pc.data_channel(id).is_some_and(|c| c.label() == "bench")
            {
                self.chan = Some(id)
            }
        }
        while let Some(TaggedRTCMessage { message, .. }) = self.pc.poll_read() {
            if let RTCMessage::DataChannelMessage(_, m) = message {
                self.received.add(&m.data);
            }
        }
        while let Some(m) = self.pc.poll_write() {
            out(m.message);
        }
    }
}

impl DataEnd for End {
    fn is_open(&self) -> bool {
        self.chan.is_some()
    }
    fn buffered(&mut self) -> usize {
        match self.chan.and_then(|c| self.pc.data_channel(c)) {
            Some(c) => c.outstanding_bytes(),
            None => 0,
        }
    }
    fn send(&mut self, now: Instant, msg: &[u8]) -> bool {
        let c = self.chan.unwrap();
        self.pc.data_channel(c).unwrap().send(now, BytesMut::from(msg)).is_ok()
    }
    fn received(&self) -> Received {
        self.received
    }
}
