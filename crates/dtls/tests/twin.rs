//! A signature of ECDSA is two numbers, of which the second may be exchanged for its negative by whoever sees them: the twin
//! verifies as well, and is another message.

use dtls::{Config, State};

use crate::support::pair::{Pair, hex};
use crate::support::wire::{self, message, vector8, vector16};

/// The order of P-256 (FIPS 186-4, D.1.2.3).
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// A DER integer without its sign byte, to 32 bytes, and what is behind it.
fn integer(der: &[u8]) -> (Vec<u8>, &[u8]) {
    assert_eq!(der[0], 2);
    let (digits, rest) = der[2..].split_at(usize::from(der[1]));
    let digits: Vec<u8> = digits.iter().copied().skip_while(|byte| *byte == 0).collect();
    ([vec![0; 32 - digits.len()], digits].concat(), rest)
}

/// As DER has it: no needless zero, and no sign.
fn der(number: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits[0] >= 0x80 {
        digits.insert(0, 0);
    }
    [vec![2], vector8(&digits)].concat()
}

fn negative(number: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut out: Vec<u8> = hex(ORDER)
        .iter()
        .zip(number)
        .rev()
        .map(|(order, digit)| {
            let difference = i16::from(*order) - i16::from(*digit) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    out.reverse();
    out
}

/// The CertificateVerify with the twin of its signature.
fn exchanged(body: &[u8]) -> Vec<u8> {
    let (r, rest) = integer(&body[2 + 2 + 2..]);
    let (s, _) = integer(rest);
    let numbers = [der(&r), der(&negative(&s))].concat();
    [body[..2].to_vec(), vector16(&[vec![0x30], vector8(&numbers)].concat())].concat()
}

/// RFC 5246 §7.4.8: the client's Finished covers the message that it has sent.
#[test]
fn a_certificate_verify_that_was_exchanged_for_its_twin_ends_nothing() {
    // Signatures of all lengths: the highest bits of both numbers decide.
    for seed in 1..12 {
        let mut pair = Pair::seeded(seed, Config::default(), Config::default());
        pair.client.connection.start(pair.now);
        pair.server.connection.start(pair.now);
        let hello = pair.client.transmit(pair.now);
        pair.server.receive(pair.now, &hello[0]).unwrap();
        let answer = pair.server.transmit(pair.now);
        pair.client.receive(pair.now, &answer[0]).unwrap();
        let flight = pair.client.transmit(pair.now).concat();
        let records = wire::records(&flight);
        assert_eq!(records[2][13], 15, "CertificateVerify");
        pair.server.receive(pair.now, &records[..2].concat()).unwrap();
        pair.server.receive(pair.now, &message(15, 3, &exchanged(&records[2][25..]))).unwrap();
        pair.server.receive(pair.now, &flight).unwrap();
        assert_eq!(pair.server.connection.state(), State::Connected);
        pair.exchange();
        assert_eq!(pair.client.connection.state(), State::Connected);
        let sealed = pair.client.seal(b"hello");
        pair.server.receive(pair.now, &sealed).unwrap();
        assert_eq!(pair.server.delivered, [b"hello"]);
    }
}
