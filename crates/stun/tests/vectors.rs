//! The published test vectors: RFC 5769 §2 and RFC 8489 appendix B.1.
#![allow(clippy::string_slice, reason = "a test may stop")]

use crypto_rust::PROVIDER;
use stun::{
    Attribute, Integrity, IntegrityError, Key, Message, MessageType, MessageWriter, ParseError,
    PasswordAlgorithmId, TransactionId, user_hash,
};

const RFC5769: &str = include_str!("vectors/rfc5769.json");
const RFC8489: &str = include_str!("vectors/rfc8489_b1.json");
const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
const USER: &str = "マトリックス";

/// The bytes under `field` in the test named `name`.
fn bytes(file: &str, name: &str, field: &str) -> Vec<u8> {
    let test = &file[file.find(&format!("\"name\": \"{name}")).unwrap()..];
    let key = format!("\"{field}\": \"");
    let hex = &test[test.find(&key).unwrap() + key.len()..];
    let hex = &hex[..hex.find('"').unwrap()];
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn attributes<'a>(message: &Message<'a>) -> Vec<Attribute<'a>> {
    message.attributes().map(Result::unwrap).collect()
}

/// RFC 5769 §2.1; its padding, which is not zero, is ignored by RFC 8489 §14.
#[test]
fn the_sample_request_is_read() {
    let datagram = bytes(RFC5769, "2.1", "message_hex");
    let message = Message::parse(&datagram).unwrap();
    assert_eq!(message.message_type(), MessageType::BINDING_REQUEST);
    assert!(message.has_fingerprint());
    assert_eq!(
        attributes(&message),
        [
            Attribute::Software("STUN test client"),
            Attribute::Priority(1_845_494_271),
            Attribute::IceControlled(0x932f_f9b1_5126_3b36),
            Attribute::Username("evtj:h6vY"),
        ]
    );
    let key = Key::short_term(&PROVIDER, PASSWORD).unwrap();
    assert_eq!(message.verify(&key), Ok(Integrity::Sha1));
    let other = Key::short_term(&PROVIDER, "VOkJxbRl1RmTxUk/WvJxBT").unwrap();
    assert_eq!(message.verify(&other), Err(IntegrityError::Mismatch));
}

/// RFC 5769 §2.2 and §2.3.
#[test]
fn the_sample_responses_are_read() {
    let key = Key::short_term(&PROVIDER, PASSWORD).unwrap();
    for (name, address) in
        [("2.2", "192.0.2.1:32853"), ("2.3", "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    {
        let datagram = bytes(RFC5769, name, "message_hex");
        let message = Message::parse(&datagram).unwrap();
        assert_eq!(message.message_type(), MessageType::BINDING_SUCCESS);
        assert_eq!(
            attributes(&message),
            [Attribute::Software("test vector"), Attribute::XorMappedAddress(address.parse().unwrap())]
        );
        assert_eq!(message.verify(&key), Ok(Integrity::Sha1));
    }
}

/// RFC 5769 §2.4, with the key of RFC 8489 §9.2.2.
#[test]
fn the_sample_with_a_long_term_credential_is_read() {
    let datagram = bytes(RFC5769, "2.4", "message_hex");
    let message = Message::parse(&datagram).unwrap();
    assert_eq!(message.find(stun::AttributeType::USERNAME), Some(Attribute::Username(USER)));
    let key = Key::long_term(&PROVIDER, PasswordAlgorithmId::MD5, USER, "example.org", "TheMatrIX");
    assert_eq!(message.verify(&key.unwrap().unwrap()), Ok(Integrity::Sha1));
}

/// RFC 8489 §14.4; its key is that of §18.5.1.2.
#[test]
fn the_sample_with_a_user_hash_is_read_once_its_length_is_right() {
    let printed = bytes(RFC8489, "B.1", "message_hex");
    assert_eq!(Message::parse(&printed).unwrap_err(), ParseError::Length);
    let datagram = bytes(RFC8489, "B.1", "fixed_message_hex");
    let message = Message::parse(&datagram).unwrap();
    let hash = user_hash(&PROVIDER, USER, "example.org").unwrap();
    assert_eq!(message.attributes().next(), Some(Ok(Attribute::UserHash(hash))));
    let key = Key::long_term(&PROVIDER, PasswordAlgorithmId::SHA_256, USER, "example.org", "TheMatrIX");
    assert_eq!(message.verify(&key.unwrap().unwrap()), Ok(Integrity::Sha256));
}

#[test]
fn every_sample_is_written_byte_for_byte_but_for_its_padding() {
    // RFC 5769 pads with spaces where everybody writes zeros, so the codes of 2.1 to 2.3 cannot be reproduced.
    let original = bytes(RFC8489, "B.1", "fixed_message_hex");
    let message = Message::parse(&original).unwrap();
    let mut buffer = [0xaa; 256];
    let mut writer =
        MessageWriter::new(&mut buffer, message.message_type(), message.transaction_id()).unwrap();
    for attribute in attributes(&message) {
        writer.attribute(&attribute).unwrap();
    }
    let key = Key::long_term(&PROVIDER, PasswordAlgorithmId::SHA_256, USER, "example.org", "TheMatrIX");
    writer.integrity(Integrity::Sha256, &key.unwrap().unwrap()).unwrap();
    let len = writer.finish();
    assert_eq!(&buffer[..len], &original[..]);

    let request = bytes(RFC5769, "2.4", "message_hex");
    let message = Message::parse(&request).unwrap();
    let mut writer =
        MessageWriter::new(&mut buffer, MessageType::BINDING_REQUEST, message.transaction_id()).unwrap();
    for attribute in attributes(&message) {
        writer.attribute(&attribute).unwrap();
    }
    let key = Key::long_term(&PROVIDER, PasswordAlgorithmId::MD5, USER, "example.org", "TheMatrIX");
    writer.integrity(Integrity::Sha1, &key.unwrap().unwrap()).unwrap();
    let len = writer.finish();
    assert_eq!(&buffer[..len], &request[..]);
}

/// The stronger code decides: RFC 8489 §9.1.3.
#[test]
fn both_codes_and_a_fingerprint_stand_in_one_message() {
    let key = Key::short_term(&PROVIDER, PASSWORD).unwrap();
    let mut buffer = [0; 256];
    let mut writer =
        MessageWriter::new(&mut buffer, MessageType::BINDING_REQUEST, TransactionId([3; 12])).unwrap();
    writer.attribute(&Attribute::Username("a:b")).unwrap();
    writer.integrity(Integrity::Sha1, &key).unwrap();
    writer.integrity(Integrity::Sha256, &key).unwrap();
    let len = writer.fingerprint().unwrap();
    let message = Message::parse(&buffer[..len]).unwrap();
    assert!(message.has_fingerprint());
    assert_eq!(message.verify(&key), Ok(Integrity::Sha256));
    assert_eq!(attributes(&message), [Attribute::Username("a:b")]);
}

/// RFC 8489 §14.5.
#[test]
fn no_bit_of_an_authentic_message_can_be_flipped_unnoticed() {
    let key = Key::short_term(&PROVIDER, PASSWORD).unwrap();
    let original = bytes(RFC5769, "2.1", "message_hex");
    // Only the fingerprint, the last eight bytes, stands outside of what is signed.
    for bit in 0..(original.len() - 8) * 8 {
        let mut datagram = original.clone();
        datagram[bit / 8] ^= 1 << (bit % 8);
        let verdict = Message::parse(&datagram).map(|m| m.verify(&key));
        assert!(!matches!(verdict, Ok(Ok(_))), "bit {bit}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let original = bytes(RFC5769, "2.3", "message_hex");
    for len in 0..original.len() {
        assert!(Message::parse(&original[..len]).is_err(), "{len} bytes");
    }
}
