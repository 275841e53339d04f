use alloc::vec::Vec;

use super::*;

const ID: TransactionId =
    TransactionId([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);

fn every_attribute() -> Vec<Attribute<'static>> {
    let v4: SocketAddr = "192.0.2.1:32853".parse().unwrap();
    let v6: SocketAddr = "[2001:db8::1]:9".parse().unwrap();
    let mut all = alloc::vec![
        Attribute::MappedAddress(v4),
        Attribute::XorMappedAddress(v6),
        Attribute::Username("evtj:h6vY"),
        Attribute::UserHash([9; 32]),
        Attribute::ErrorCode(ErrorCode::ROLE_CONFLICT),
        Attribute::Realm("example.org"),
        Attribute::Nonce(Nonce::new(b"obMatJos2AAAC").unwrap()),
        Attribute::PasswordAlgorithms(PasswordAlgorithms::new(&[
            PasswordAlgorithm::SHA_256,
            PasswordAlgorithm { id: PasswordAlgorithmId(77), parameters: b"abcde" },
        ])),
        Attribute::PasswordAlgorithm(PasswordAlgorithm::MD5),
        Attribute::UnknownAttributes(UnknownAttributes::new(&[AttributeType(1), AttributeType(0x7fff)])),
        Attribute::Software("test"),
        Attribute::AlternateServer(v6),
        Attribute::AlternateDomain("example.org"),
        Attribute::Priority(7),
        Attribute::UseCandidate,
        Attribute::IceControlled(u64::MAX),
        Attribute::IceControlling(1),
        Attribute::Nomination(3),
    ];
    all.extend([
        Attribute::ChannelNumber(0x4001),
        Attribute::Lifetime(600),
        Attribute::XorPeerAddress(v4),
        Attribute::Data(b"payload"),
        Attribute::XorRelayedAddress(v4),
        Attribute::RequestedAddressFamily(AddressFamily::IPV6),
        Attribute::EvenPort { reserve_next: true },
        Attribute::RequestedTransport(17),
        Attribute::DontFragment,
        Attribute::ReservationToken([4; 8]),
        Attribute::AdditionalAddressFamily(AddressFamily::IPV6),
        Attribute::AddressErrorCode(AddressErrorCode {
            family: AddressFamily::IPV6,
            error: ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED,
        }),
        Attribute::Icmp(Icmp { icmp_type: 3, code: 0x104, data: [0, 0, 5, 0] }),
        Attribute::ConnectionId(12),
        Attribute::AccessToken(b"token"),
        Attribute::ThirdPartyAuthorization("turn.example"),
        Attribute::Other(AttributeType(0xff00), b"odd"),
    ]);
    all
}

fn emitted(attribute: &Attribute<'_>) -> Vec<u8> {
    let mut buffer = [0; 128];
    let mut writer = Writer::new(&mut buffer);
    attribute.emit(&mut writer, &ID).unwrap();
    writer.written().to_vec()
}

#[test]
fn every_attribute_round_trips() {
    for attribute in every_attribute() {
        let value = emitted(&attribute);
        assert_eq!(Attribute::parse(attribute.kind(), &value, &ID), Ok(attribute));
    }
}

#[test]
fn values_of_a_fixed_length_are_refused_at_any_other() {
    for attribute in every_attribute() {
        let value = emitted(&attribute);
        let fixed = !matches!(
            attribute,
            Attribute::Username(_)
                | Attribute::ErrorCode(_)
                | Attribute::Realm(_)
                | Attribute::Nonce(_)
                | Attribute::PasswordAlgorithms(_)
                | Attribute::UnknownAttributes(_)
                | Attribute::Software(_)
                | Attribute::AlternateDomain(_)
                | Attribute::UseCandidate
                | Attribute::Data(_)
                | Attribute::DontFragment
                | Attribute::AddressErrorCode(_)
                | Attribute::AccessToken(_)
                | Attribute::ThirdPartyAuthorization(_)
                | Attribute::Other(..)
        );
        if fixed {
            let (kind, longer) = (attribute.kind(), [&value[..], &[0]].concat());
            for wrong in [&value[..value.len() - 1], &longer] {
                assert_eq!(Attribute::parse(kind, wrong, &ID), Err(Malformed(kind)));
            }
        }
    }
}

/// RFC 8489 §14.1 and §14.2.
#[test]
fn odd_addresses_are_malformed() {
    let odd: [&[u8]; 6] = [
        &[],
        &[0, 1, 0, 80],
        &[0, 0, 0, 80, 1, 2, 3, 4],
        &[0, 3, 0, 80, 1, 2, 3, 4],
        &[0, 2, 0, 80, 1, 2, 3, 4],
        &[0, 1, 0, 80, 1, 2, 3, 4, 5],
    ];
    for value in odd {
        for kind in [AttributeType::MAPPED_ADDRESS, AttributeType::XOR_MAPPED_ADDRESS] {
            assert_eq!(Attribute::parse(kind, value, &ID), Err(Malformed(kind)));
        }
    }
}

/// RFC 8489 §14.8.
#[test]
fn odd_error_codes_are_malformed_but_an_odd_reason_is_not() {
    let kind = AttributeType::ERROR_CODE;
    for value in [&[][..], &[0, 0, 4], &[0, 0, 2, 99], &[0, 0, 7, 0], &[0, 0, 4, 100]] {
        assert_eq!(Attribute::parse(kind, value, &ID), Err(Malformed(kind)));
    }
    let Ok(Attribute::ErrorCode(code)) = Attribute::parse(kind, &[0, 0, 4, 87, 0xff, 0xfe], &ID) else {
        panic!("a reason that is no UTF-8 makes the code invalid");
    };
    assert_eq!((code.code(), code.reason()), (487, None));
    assert!(ErrorCode::new(299, "").is_none() && ErrorCode::new(400, &"x".repeat(128)).is_none());
}

/// RFC 8489 §14.3, §14.9, §14.10 and §14.14.
#[test]
fn texts_longer_than_the_rfc_allows_are_malformed() {
    let long = [b'x'; MAX_TEXT_LEN + 1];
    for kind in [AttributeType::USERNAME, AttributeType::REALM, AttributeType::NONCE, AttributeType::SOFTWARE]
    {
        assert!(Attribute::parse(kind, &long, &ID).is_err());
        assert!(Attribute::parse(kind, &long[1..], &ID).is_ok());
    }
    assert!(Attribute::parse(AttributeType::USERNAME, &[0xff], &ID).is_err());
}

/// RFC 8489 §14.11.
#[test]
fn parameters_of_algorithms_that_overrun_are_malformed() {
    let kind = AttributeType::PASSWORD_ALGORITHMS;
    for value in [&[0, 1][..], &[0, 1, 0, 1], &[0, 1, 0, 0, 0, 2], &[0, 1, 0xff, 0xff, 1, 2, 3, 4]] {
        assert_eq!(Attribute::parse(kind, value, &ID), Err(Malformed(kind)));
    }
    // The last padding may be left to the attribute's own.
    assert!(Attribute::parse(kind, &[0, 9, 0, 1, 7], &ID).is_ok());
}
