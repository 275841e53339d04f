use alloc::vec::Vec;

use super::*;
use crate::MessageWriter;

const ID: TransactionId = TransactionId([5; 12]);

/// A binding request with these attributes, as raw bytes.
fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = alloc::vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    bytes.extend(ID.0);
    for (kind, value) in attributes {
        bytes.extend(kind.to_be_bytes());
        bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        bytes.extend(*value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    let len = u16::try_from(bytes.len() - HEADER_LEN).unwrap();
    bytes[2..4].copy_from_slice(&len.to_be_bytes());
    bytes
}

/// RFC 8489 §5.
#[test]
fn other_protocols_are_told_from_stun() {
    let message = request(&[]);
    assert!(is_stun(&message) && Message::parse(&message).is_ok());
    for (at, value) in [(0, 0x40), (0, 0x80), (4, 0x20), (7, 0)] {
        let mut other = message.clone();
        other[at] = value;
        assert!(!is_stun(&other));
        assert_eq!(Message::parse(&other).unwrap_err(), ParseError::NotStun);
    }
    assert!(!is_stun(&message[..7]));
}

/// RFC 8489 §5.
#[test]
fn a_length_that_does_not_fit_is_refused() {
    for (len, attributes) in [(4, 0), (0, 4), (2, 2), (0xffff, 8), (0xfffc, 8), (8, 12)] {
        let mut message = request(&[]);
        message.resize(HEADER_LEN + attributes, 0);
        message[2..4].copy_from_slice(&u16::to_be_bytes(len));
        assert_eq!(Message::parse(&message).unwrap_err(), ParseError::Length, "{len} for {attributes}");
    }
}

#[test]
fn an_attribute_that_overruns_is_refused() {
    for len in [5_u16, 8, 0xffff] {
        let mut message = request(&[(0x0024, &[0; 4])]);
        message[22..24].copy_from_slice(&len.to_be_bytes());
        assert_eq!(Message::parse(&message).unwrap_err(), ParseError::AttributeOverrun);
    }
}

#[test]
fn a_message_of_the_largest_size_is_read() {
    let value = alloc::vec![7; 0xfff8];
    let message = request(&[(0x0013, &value)]);
    let message = Message::parse(&message).unwrap();
    assert_eq!(message.raw(AttributeType::DATA), Some(&value[..]));
}

/// RFC 8489 §14.
#[test]
fn of_duplicate_attributes_the_first_counts() {
    let message = request(&[(0x0024, &[0, 0, 0, 1]), (0x0024, &[0, 0, 0, 2])]);
    let message = Message::parse(&message).unwrap();
    assert_eq!(message.find(AttributeType::PRIORITY), Some(Attribute::Priority(1)));
    assert_eq!(message.attributes().count(), 2);
}

/// RFC 8489 §9.
#[test]
fn what_stands_behind_the_integrity_attributes_is_out_of_sight() {
    let (sha1, sha256) = ((0x0008, &[1; 20][..]), (0x001c, &[2; 32][..]));
    let (priority, use_candidate) = ((0x0024, &[0, 0, 0, 1][..]), (0x0025, &[][..]));
    let message = request(&[priority, sha1, use_candidate, sha256, use_candidate, (0x0008, &[3; 20])]);
    let message = Message::parse(&message).unwrap();
    assert_eq!(message.attributes().collect::<Vec<_>>(), [Ok(Attribute::Priority(1))]);
    assert_eq!(message.integrity(), Some(Integrity::Sha256));
    assert_eq!(message.find(AttributeType::USE_CANDIDATE), None);
}

/// RFC 8489 §14.5 and §14.6.
#[test]
fn integrity_attributes_of_a_wrong_length_are_refused() {
    for len in [0, 19, 21] {
        let message = request(&[(0x0008, &[0; 32][..len])]);
        assert_eq!(Message::parse(&message).unwrap_err(), ParseError::Trailer);
    }
    for len in [0, 12, 15, 18, 36] {
        let message = request(&[(0x001c, &[0; 36][..len])]);
        assert_eq!(Message::parse(&message).unwrap_err(), ParseError::Trailer);
    }
    assert!(Message::parse(&request(&[(0x001c, &[0; 16])])).is_ok());
}

/// RFC 8489 §14.7.
#[test]
fn a_fingerprint_has_to_be_right_and_last() {
    let mut buffer = [0; 64];
    let writer = MessageWriter::new(&mut buffer, MessageType::BINDING_REQUEST, ID).unwrap();
    let len = writer.fingerprint().unwrap();
    assert!(Message::parse(&buffer[..len]).unwrap().has_fingerprint());
    buffer[len - 1] ^= 1;
    assert_eq!(Message::parse(&buffer[..len]).unwrap_err(), ParseError::Fingerprint);

    // The sum is over a length that ends with the fingerprint, so only a crafted one is right and not last.
    let mut message = request(&[(0x8028, &[0; 4]), (0x0025, &[])]);
    let sum = fingerprint(&message[..HEADER_LEN]).to_be_bytes();
    message[24..28].copy_from_slice(&sum);
    assert_eq!(Message::parse(&message).unwrap_err(), ParseError::Trailer);
}

/// RFC 8489 §14 (which have to be understood), §6.3.1 (that they are listed).
#[test]
fn unknown_attributes_survive_and_the_required_ones_are_listed() {
    let message = request(&[(0x7f00, b"abc"), (0xc057, &[1; 4]), (0x0024, &[0; 4]), (0x0013, &[])]);
    let message = Message::parse(&message).unwrap();
    assert_eq!(message.find(AttributeType(0x7f00)), Some(Attribute::Other(AttributeType(0x7f00), b"abc")));
    let unknown: Vec<_> = message.unknown_required(|kind| kind == AttributeType::PRIORITY).collect();
    assert_eq!(unknown, [AttributeType(0x7f00), AttributeType::DATA]);
}

#[test]
fn a_message_that_does_not_fit_is_not_written() {
    let mut buffer = [0; 31];
    let mut writer = MessageWriter::new(&mut buffer, MessageType::BINDING_REQUEST, ID).unwrap();
    assert!(writer.attribute(&Attribute::IceControlled(1)).is_err());
    assert!(MessageWriter::new(&mut buffer[..19], MessageType::BINDING_REQUEST, ID).is_err());
    let mut large = alloc::vec![0; 70_000];
    let mut writer = MessageWriter::new(&mut large, MessageType::BINDING_REQUEST, ID).unwrap();
    assert!(writer.attribute(&Attribute::Data(&[0; 65_533])).is_err());
}
