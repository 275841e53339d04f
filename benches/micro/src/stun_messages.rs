//! STUN: what a connectivity check costs on its way in and out.

use std::hint::black_box;

use stun::{Attribute, Class, Integrity, Key, Message, MessageType, MessageWriter, Method, TransactionId};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "stun: parse a check and verify it",
        bytes: 0,
        prepare: || {
            let (key, mut buffer) = (key(), [0; 256]);
            let len = write(&mut buffer, &key);
            Box::new(move || {
                let message = Message::parse(black_box(&buffer[..len])).expect("a message");
                message.verify(&key).expect("the right password");
                black_box(&message);
            })
        },
    },
    Case {
        name: "stun: write a check",
        bytes: 0,
        prepare: || {
            let (key, mut buffer) = (key(), [0; 256]);
            Box::new(move || {
                black_box(write(&mut buffer, &key));
            })
        },
    },
];

fn key() -> Key {
    Key::short_term(&crypto_rust::PROVIDER, "a password of 24 letters").expect("a password")
}

/// A check as an ICE agent sends it; returns its length.
pub(crate) fn write(buffer: &mut [u8], key: &Key) -> usize {
    let kind = MessageType { class: Class::Request, method: Method::BINDING };
    let mut writer = MessageWriter::new(buffer, kind, TransactionId([7; 12])).expect("room");
    for attribute in [
        Attribute::Username("f500:9b36"),
        Attribute::Priority(1_853_824_767),
        Attribute::IceControlling(0x1122_3344_5566_7788),
        Attribute::UseCandidate,
    ] {
        writer.attribute(&attribute).expect("room");
    }
    writer.integrity(Integrity::Sha1, key).expect("room");
    writer.fingerprint().expect("room")
}
