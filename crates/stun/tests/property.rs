//! What holds for every input.

use proptest::prelude::*;
use stun::{Attribute, AttributeType, Message, MessageType, MessageWriter, TransactionId};

fn attribute() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let typed = prop::sample::select(&[0x0020_u16, 0x0009, 0x8002, 0x000a, 0x0012][..]);
    let kinds =
        (any::<bool>(), typed, any::<u16>()).prop_map(|(known, typed, any)| if known { typed } else { any });
    let kinds = kinds.prop_filter("trailers end the message", |k| ![0x0008, 0x001c, 0x8028].contains(k));
    (kinds, prop::collection::vec(any::<u8>(), 0..40))
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = Message::parse(&bytes) {
            prop_assert!(message.attributes().count() <= bytes.len() / 4);
        }
    }

    #[test]
    fn arbitrary_attributes_come_back_as_they_were_written(
        bits in 0_u16..0x4000,
        id in any::<[u8; 12]>(),
        attributes in prop::collection::vec(attribute(), 0..12),
    ) {
        let mut buffer = [0x55; 1024];
        let mut writer =
            MessageWriter::new(&mut buffer, MessageType::from_bits(bits), TransactionId(id)).unwrap();
        for (kind, value) in &attributes {
            writer.attribute(&Attribute::Other(AttributeType(*kind), value)).unwrap();
        }
        let len = writer.fingerprint().unwrap();
        let message = Message::parse(&buffer[..len]).unwrap();
        prop_assert_eq!(message.message_type().to_bits(), bits);
        prop_assert_eq!(message.transaction_id(), TransactionId(id));
        let read: Vec<_> = message.attributes().raw().map(|(k, v)| (k.0, v.to_vec())).collect();
        prop_assert_eq!(read, attributes);
    }

    #[test]
    fn what_is_read_typed_is_written_to_the_same_meaning((kind, value) in attribute(), id in any::<[u8; 12]>()) {
        let (kind, id) = (AttributeType(kind), TransactionId(id));
        if let Ok(attribute) = Attribute::parse(kind, &value, &id) {
            let mut buffer = [0; 256];
            let mut writer = base::Writer::new(&mut buffer);
            attribute.emit(&mut writer, &id).unwrap();
            prop_assert_eq!(Attribute::parse(kind, writer.written(), &id), Ok(attribute));
        }
    }
}
