//! S8 a connectivity check, S9 a session description.

use std::hint::black_box;
use std::net::SocketAddr;

use crate::measure::cpu;
use crate::report::{Better, Contender, Goal, Report};

const PASSWORD: &str = "2/1muCWoOi3uLifh0NuRHlZd";
const USERNAME: &str = "4ZcD:9b36";

/// The shape of a desktop Chrome's offer: written by this project from knowledge of the format, CC0.
const OFFER: &str = include_str!("../data/chrome-offer.sdp");

/// Nanoseconds of CPU time per call.
pub fn ns(calls: u32, mut run: impl FnMut()) -> f64 {
    run();
    let began = cpu();
    for _ in 0..calls {
        run();
    }
    (cpu() - began) * 1e9 / f64::from(calls)
}

fn request() -> Vec<u8> {
    use our_stun::{Attribute, Class, Integrity, Key, MessageType, MessageWriter, Method, TransactionId};
    let key = Key::short_term(&crypto_rust::PROVIDER, PASSWORD).expect("a password");
    let mut buffer = [0; 256];
    let kind = MessageType { class: Class::Request, method: Method::BINDING };
    let mut writer = MessageWriter::new(&mut buffer, kind, TransactionId([7; 12])).expect("room");
    for attribute in [
        Attribute::Username(USERNAME),
        Attribute::Priority(1_853_824_767),
        Attribute::IceControlling(0x1122_3344_5566_7788),
        Attribute::UseCandidate,
    ] {
        writer.attribute(&attribute).expect("room");
    }
    writer.integrity(Integrity::Sha1, &key).expect("room");
    let len = writer.fingerprint().expect("room");
    buffer[..len].to_vec()
}

/// Runs the scenarios.
pub fn run(report: &mut Report) {
    let request = request();
    let contenders: Vec<Contender<'_>> = vec![
        ("ours", Box::new(|| our_check(&request))),
        ("stun-types 2.0.4 (key prepared)", Box::new(|| stun_types_check(&request))),
        ("rtc-stun 0.21.1 (aws-lc)", Box::new(|| rtc_stun_check(&request))),
    ];
    let goal = (Better::Lower, Goal::Times(1.5));
    report.compare("S8 check: parse, verify, respond", "ns", goal, contenders);
    let contenders: Vec<Contender<'_>> = vec![
        (
            "ours (typed)",
            Box::new(|| ns(2000, || drop(black_box(our_sdp::SessionDescription::parse(OFFER))))),
        ),
        (
            "str0m 0.25.0 (typed)",
            Box::new(|| ns(2000, || drop(black_box(str0m::change::SdpOffer::from_sdp_string(OFFER))))),
        ),
        (
            "webrtc-sdp 0.3.17 (typed)",
            Box::new(|| ns(2000, || drop(black_box(webrtc_sdp::parse_sdp(OFFER, false))))),
        ),
    ];
    let goal = (Better::Lower, Goal::Times(3.0));
    report.compare("S9 parse an offer of 8 KB", "ns", goal, contenders);
    let parsed = our_sdp::SessionDescription::parse(OFFER).expect("the offer can be read");
    let theirs = webrtc_sdp::parse_sdp(OFFER, false).expect("the offer can be read");
    let contenders: Vec<Contender<'_>> = vec![
        ("ours", Box::new(|| ns(2000, || drop(black_box(parsed.to_string()))))),
        ("webrtc-sdp 0.3.17", Box::new(|| ns(2000, || drop(black_box(theirs.to_string()))))),
    ];
    report.compare("S9 write an offer of 8 KB", "ns", (Better::Lower, Goal::Times(2.0)), contenders);
}

fn client() -> SocketAddr {
    "192.0.2.33:45678".parse().expect("an address")
}

fn our_check(request: &[u8]) -> f64 {
    use our_stun::{
        Attribute, AttributeType, Class, Integrity, Key, Message, MessageType, MessageWriter, Method,
    };
    let key = Key::short_term(&crypto_rust::PROVIDER, PASSWORD).expect("a password");
    let (from, mut out) = (client(), [0; 256]);
    ns(20_000, || {
        let message = Message::parse(black_box(request)).expect("a message");
        message.verify(&key).expect("the right integrity");
        let username = message.find(AttributeType::USERNAME);
        assert!(matches!(username, Some(Attribute::Username(name)) if name == USERNAME));
        black_box((message.find(AttributeType::PRIORITY), message.find(AttributeType::USE_CANDIDATE)));
        let kind = MessageType { class: Class::Success, method: Method::BINDING };
        let mut writer = MessageWriter::new(&mut out, kind, message.transaction_id()).expect("room");
        writer.attribute(&Attribute::XorMappedAddress(from)).expect("room");
        writer.integrity(Integrity::Sha1, &key).expect("room");
        black_box(writer.fingerprint().expect("room"));
    })
}

fn stun_types_check(request: &[u8]) -> f64 {
    use stun_types::attribute::{Username, XorMappedAddress};
    use stun_types::message::{
        IntegrityAlgorithm, Message, MessageIntegrityCredentials, MessageWriteExt, MessageWriteVec,
        ShortTermCredentials,
    };
    use stun_types::prelude::*;
    let credentials: MessageIntegrityCredentials = ShortTermCredentials::new(PASSWORD.to_owned()).into();
    let key = credentials.make_key(IntegrityAlgorithm::Sha1);
    let from = client();
    ns(20_000, || {
        let message = Message::from_bytes(black_box(request)).expect("a message");
        message.validate_integrity_with_key(&key).expect("the right integrity");
        assert_eq!(message.attribute::<Username>().expect("a name").username(), USERNAME);
        black_box((message.raw_attribute(0x24.into()), message.raw_attribute(0x25.into())));
        let mut response = Message::builder_success(&message, MessageWriteVec::with_capacity(128));
        response.add_attribute(&XorMappedAddress::new(from, message.transaction_id())).expect("room");
        response.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).expect("room");
        response.add_fingerprint().expect("room");
        black_box(response.finish());
    })
}

fn rtc_stun_check(request: &[u8]) -> f64 {
    use rtc_crypto::RTCCryptoProvider;
    use rtc_stun::attributes::{ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME};
    use rtc_stun::fingerprint::FINGERPRINT;
    use rtc_stun::integrity::MessageIntegrity;
    use rtc_stun::message::{BINDING_SUCCESS, Message};
    use rtc_stun::xoraddr::XorMappedAddress;
    let provider = rtc_crypto::providers::AwsLcRsProvider::new();
    let crypto = provider.crypto();
    let from = client();
    ns(20_000, || {
        let mut message = Message::new();
        message.unmarshal_binary(black_box(request)).expect("a message");
        FINGERPRINT.check(&message).expect("the right fingerprint");
        MessageIntegrity::check(&mut message, PASSWORD.as_bytes(), crypto).expect("the right integrity");
        assert_eq!(message.get(ATTR_USERNAME).expect("a name"), USERNAME.as_bytes());
        black_box((message.get(ATTR_PRIORITY).expect("one"), message.contains(ATTR_USE_CANDIDATE)));
        let mut response = Message::new();
        response
            .build(&[
                Box::new(message.transaction_id),
                Box::new(BINDING_SUCCESS),
                Box::new(XorMappedAddress { ip: from.ip(), port: from.port() }),
                Box::new(MessageIntegrity::new_raw_integrity_with_provider(PASSWORD.as_bytes(), crypto)),
                Box::new(FINGERPRINT),
            ])
            .expect("room");
        black_box(response);
    })
}
