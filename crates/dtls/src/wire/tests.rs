//! The messages of Firefox and Chromium: parsed, written again, cut short and bent.

use alloc::string::String;
use alloc::vec::Vec;

use base::Reader;
use crypto::{NamedGroup, SignatureScheme};

use super::certificate::{
    DigitallySigned, emit_certificate, emit_certificate_request, parse_certificate, parse_certificate_request,
};
use super::extension::{ExtensionType, parse_alpn, parse_supported_versions, parse_u16_list, parse_use_srtp};
use super::handshake::{FragmentHeader, HandshakeType};
use super::hello::{ClientHello, ServerHello, emit_hello_verify_request, parse_hello_verify_request};
use super::key_exchange::{
    ServerKeyExchange, emit_client_key_exchange, emit_parameters, parse_client_key_exchange,
};
use super::record::{HEADER_LEN, ProtocolVersion, RecordHeader};
use super::*;
use crate::suite::CipherSuite;

const SESSION: &str = include_str!("../../tests/fixtures/firefox-153-dtls12-session.txt");
const CHROMIUM: &str = include_str!("../../tests/fixtures/chromium-156-client-hello.txt");

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
        .collect()
}

/// The bodies of the messages of a kind in datagrams, put together from their fragments.
fn bodies(datagrams: impl Iterator<Item = Vec<u8>>, kind: HandshakeType) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for datagram in datagrams {
        let mut rest = datagram.as_slice();
        while let Ok((header, len)) = RecordHeader::parse(rest) {
            let (record, behind) = rest.split_at(HEADER_LEN + len);
            rest = behind;
            if header.epoch != 0 || record[0] != 22 {
                continue;
            }
            let (fragment, bytes) = FragmentHeader::parse(&mut Reader::new(&record[HEADER_LEN..])).unwrap();
            match (fragment.kind == kind, fragment.offset) {
                (true, 0) => bodies.push(bytes.to_vec()),
                (true, _) => bodies.last_mut().unwrap().extend(bytes),
                _ => {}
            }
        }
    }
    bodies
}

fn firefox(kind: HandshakeType) -> Vec<u8> {
    let datagrams =
        SESSION.lines().filter_map(|line| line.strip_prefix("client ").or(line.strip_prefix("server ")));
    bodies(datagrams.map(hex), kind).remove(0)
}

fn chromium() -> Vec<u8> {
    let datagrams = CHROMIUM.lines().filter(|line| !line.starts_with('#')).map(hex);
    bodies(datagrams, HandshakeType::CLIENT_HELLO).remove(0)
}

/// Every cut and every flipped bit gives an answer; every cut gives an error.
fn survives(body: &[u8], parse: impl Fn(&[u8]) -> Result<(), Malformed>) {
    assert_eq!(parse(body), Ok(()));
    for len in 0..body.len() {
        assert_eq!(parse(&body[..len]), Err(Malformed), "cut to {len} bytes");
    }
    let mut longer = body.to_vec();
    longer.push(0);
    assert_eq!(parse(&longer), Err(Malformed));
    for bit in 0..body.len() * 8 {
        let mut bent = body.to_vec();
        bent[bit / 8] ^= 1 << (bit % 8);
        let _ = parse(&bent);
    }
}

/// RFC 5764 §4.1.1, RFC 7627 §5.1.
#[test]
fn the_client_hello_of_chromium_offers_both_versions_and_hybrid_keys() {
    let body = chromium();
    assert_eq!(body.len(), 1413);
    let hello = ClientHello::parse(&body).unwrap();
    assert_eq!(hello.version, ProtocolVersion::DTLS_1_2);
    assert!(hello.suites.contains(CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256.0));
    let get = |kind| hello.extensions.get(kind).unwrap();
    let versions = parse_supported_versions(get(ExtensionType::SUPPORTED_VERSIONS)).unwrap();
    assert!(versions.contains(ProtocolVersion::DTLS_1_3.0) && versions.contains(ProtocolVersion::DTLS_1_2.0));
    let groups = parse_u16_list(get(ExtensionType::SUPPORTED_GROUPS)).unwrap();
    assert!(groups.contains(NamedGroup::X25519MLKEM768.0) && groups.contains(NamedGroup::X25519.0));
    let schemes = parse_u16_list(get(ExtensionType::SIGNATURE_ALGORITHMS)).unwrap();
    assert!(schemes.contains(SignatureScheme::ECDSA_SHA256.0));
    let (profiles, mki) = parse_use_srtp(get(ExtensionType::USE_SRTP)).unwrap();
    assert!(profiles.contains(1) && profiles.contains(7) && mki.is_empty());
    assert!(hello.extensions.get(ExtensionType::EXTENDED_MASTER_SECRET).unwrap().is_empty());
}

/// RFC 7301 §3.1, RFC 5246 §7.4.1.3.
#[test]
fn the_hellos_of_firefox_agree_with_each_other() {
    let body = firefox(HandshakeType::CLIENT_HELLO);
    let hello = ClientHello::parse(&body).unwrap();
    let protocols = parse_alpn(hello.extensions.get(ExtensionType::ALPN).unwrap()).unwrap();
    let protocols: Vec<_> = protocols.map(|name| String::from_utf8(name.to_vec()).unwrap()).collect();
    assert_eq!(protocols, ["webrtc", "c-webrtc"]);

    let answer = firefox(HandshakeType::SERVER_HELLO);
    let answer = ServerHello::parse(&answer).unwrap();
    assert!(hello.suites.contains(answer.suite.0));
    assert_eq!(answer.compression, 0);
    assert!(answer.extensions.iter().all(|(kind, _)| hello.extensions.get(kind).is_some()));
}

#[test]
fn hellos_survive_cuts_and_bent_bits() {
    let client = |body: &[u8]| ClientHello::parse(body).map(|_| ());
    for body in [chromium(), firefox(HandshakeType::CLIENT_HELLO)] {
        // A hello may end before its extensions: that cut alone is a hello.
        let listed: usize =
            ClientHello::parse(&body).unwrap().extensions.iter().map(|(_, data)| 4 + data.len()).sum();
        let extensions = body.len() - 2 - listed;
        assert_eq!(client(&body[..extensions]), Ok(()));
        for len in (0..body.len()).filter(|len| *len != extensions) {
            assert_eq!(client(&body[..len]), Err(Malformed), "cut to {len} bytes");
        }
        for bit in 0..body.len() * 8 {
            let mut bent = body.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let _ = client(&bent);
        }
    }
    survives(&emit_hello_verify_request(&[7; 32]).0, |body| parse_hello_verify_request(body).map(|_| ()));
}

/// RFC 5246 §7.4.2, §7.4.4, §7.4.8 and §4.7.
#[test]
fn certificate_messages_round_trip() {
    let body = firefox(HandshakeType::CERTIFICATE);
    let chain = parse_certificate(&body).unwrap();
    assert_eq!(chain.len(), 1);
    assert_eq!(emit_certificate(&chain).0, body);
    assert_eq!(parse_certificate(&emit_certificate(&[]).0), Ok(Vec::new()));
    survives(&body, |body| parse_certificate(body).map(|_| ()).map_err(|_| Malformed));

    let body = firefox(HandshakeType::CERTIFICATE_REQUEST);
    assert!(parse_certificate_request(&body).unwrap().contains(SignatureScheme::ECDSA_SHA256.0));
    survives(&body, |body| parse_certificate_request(body).map(|_| ()));
    let ours = emit_certificate_request(&[SignatureScheme::RSA_PSS_SHA384]);
    assert!(parse_certificate_request(&ours.0).unwrap().iter().eq([SignatureScheme::RSA_PSS_SHA384.0]));

    let body = firefox(HandshakeType::CERTIFICATE_VERIFY);
    let signed = DigitallySigned::parse(&mut Reader::new(&body)).unwrap();
    assert_eq!(signed.scheme, SignatureScheme::ECDSA_SHA256);
    let mut again = Body::default();
    signed.emit(&mut again);
    assert_eq!(again.0, body);
    survives(&body, |body| DigitallySigned::parse(&mut Reader::new(body)).map(|_| ()));
}

/// RFC 8422 §5.4 and §5.7.
#[test]
fn key_exchange_messages_round_trip() {
    let body = firefox(HandshakeType::SERVER_KEY_EXCHANGE);
    let exchange = ServerKeyExchange::parse(&body).unwrap();
    assert_eq!((exchange.group, exchange.share.len()), (NamedGroup::X25519, 32));
    assert_eq!(emit_parameters(exchange.group, exchange.share).0, exchange.parameters);
    let mut again = emit_parameters(exchange.group, exchange.share);
    exchange.signed.emit(&mut again);
    assert_eq!(again.0, body);
    survives(&body, |body| ServerKeyExchange::parse(body).map(|_| ()));

    let body = firefox(HandshakeType::CLIENT_KEY_EXCHANGE);
    let share = parse_client_key_exchange(&body).unwrap();
    assert_eq!(emit_client_key_exchange(share).0, body);
    survives(&body, |body| parse_client_key_exchange(body).map(|_| ()));
}

/// Firefox's signature over its share holds, over exactly the bytes that the parser says are signed. RFC 8422 §5.4.
#[test]
fn the_signature_of_firefox_holds() {
    let provider = crypto_rust::PROVIDER;
    let (client, server) = (firefox(HandshakeType::CLIENT_HELLO), firefox(HandshakeType::SERVER_HELLO));
    let randoms = [ClientHello::parse(&client).unwrap().random, ServerHello::parse(&server).unwrap().random];
    let body = firefox(HandshakeType::SERVER_KEY_EXCHANGE);
    let exchange = ServerKeyExchange::parse(&body).unwrap();
    let chain = parse_certificate(&firefox(HandshakeType::CERTIFICATE)).unwrap();
    let key = provider.x509.read(&chain[0]).unwrap().public_key.unwrap();
    let signed = [randoms.concat(), exchange.parameters.to_vec()].concat();
    let DigitallySigned { scheme, signature } = exchange.signed;
    assert_eq!(provider.verifier.verify(scheme, &key, &signed, signature), Ok(()));
    assert!(provider.verifier.verify(scheme, &key, &signed[1..], signature).is_err());
}
