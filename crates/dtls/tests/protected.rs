//! What comes protected and is wrong is the peer's own fault, and fatal (RFC 5246 §7.2.2). A cipher that hides nothing lets
//! it be made by hand.

use crypto::{AeadAlgorithm, AeadKey, Failed, Nonce, Provider, Tag};
use dtls::{AlertDescription, Config, Connection, Event, Reason, Role, State};

use crate::support::hostile::T0;
use crate::support::pair::{End, Pair, fingerprint, rng};
use crate::support::wire::{fragment, record_in, records};

const UNEXPECTED_MESSAGE: AlertDescription = AlertDescription::UNEXPECTED_MESSAGE;
const DECODE_ERROR: AlertDescription = AlertDescription::DECODE_ERROR;
const ILLEGAL_PARAMETER: AlertDescription = AlertDescription::ILLEGAL_PARAMETER;

/// Its tags are zero, and its ciphertext is the plaintext.
struct Null;

impl AeadAlgorithm for Null {
    fn key_len(&self) -> usize {
        16
    }

    fn key(&self, _: &[u8]) -> Result<Box<dyn AeadKey>, Failed> {
        Ok(Box::new(Self))
    }
}

impl AeadKey for Null {
    fn seal(&self, _: &Nonce, _: &[u8], _: &mut [u8]) -> Result<Tag, Failed> {
        Ok([0; 16])
    }

    fn open(&self, _: &Nonce, _: &[u8], _: &mut [u8], tag: &Tag) -> Result<(), Failed> {
        if *tag == [0; 16] { Ok(()) } else { Err(Failed) }
    }
}

static NULL: Provider = Provider { aes_128_gcm: &Null, ..crypto_rust::PROVIDER };

/// A record under the keys of the handshake.
fn protected(content_type: u8, sequence: u64, plaintext: &[u8]) -> Vec<u8> {
    record_in(content_type, 1, sequence, &[&[0; 8], plaintext, &[0; 16]].concat())
}

fn pair() -> Pair {
    let mut pair = Pair::new(Config::default(), Config::default());
    let (client, server) = (fingerprint(&pair.client.identity), fingerprint(&pair.server.identity));
    for (end, expected) in [(&mut pair.client, server), (&mut pair.server, client)] {
        let role = end.connection.role();
        end.connection =
            Connection::new(Config::default(), role, [&end.identity], &NULL, Box::new(rng(7))).unwrap();
        end.connection.set_remote_fingerprints(T0, vec![expected]);
        end.connection.start(T0);
    }
    pair
}

fn end_of(pair: &mut Pair, role: Role) -> &mut End {
    match role {
        Role::Client => &mut pair.client,
        Role::Server => &mut pair.server,
    }
}

/// A pair in which the end in this role awaits the Finished of the other one, and that Finished, which is message `seq`.
fn awaiting_finished(role: Role) -> (Pair, Vec<u8>, u16) {
    let mut pair = pair();
    pair.client.transmit(T0).iter().for_each(|datagram| pair.server.receive(T0, datagram).unwrap());
    pair.server.transmit(T0).iter().for_each(|datagram| pair.client.receive(T0, datagram).unwrap());
    let mut said = records(&pair.client.transmit(T0).concat());
    if role == Role::Client {
        said.iter().for_each(|record| pair.server.receive(T0, record).unwrap());
        said = records(&pair.server.transmit(T0).concat());
    }
    let finished = said.pop().unwrap();
    said.iter().for_each(|record| end_of(&mut pair, role).receive(T0, record).unwrap());
    let seq = u16::from_be_bytes([finished[25], finished[26]]);
    (pair, finished, seq)
}

/// How the end has ended, if it has.
fn ended(end: &mut End) -> Option<Reason> {
    end.events().iter().find_map(|event| match event {
        Event::Closed(reason) => Some(*reason),
        _ => None,
    })
}

/// RFC 6347 §4.2.3 does not forbid it.
#[test]
fn a_fragment_of_no_bytes_of_a_finished_says_nothing() {
    for role in [Role::Client, Role::Server] {
        let (mut pair, finished, seq) = awaiting_finished(role);
        let end = end_of(&mut pair, role);
        let _ = end.receive(T0, &protected(22, 9, &fragment(20, 12, seq, 0, 0, &[])));
        let _ = end.receive(T0, &protected(22, 10, &fragment(20, 12, seq, 12, 0, &[])));
        end.receive(T0, &finished).unwrap();
        assert_eq!(end.connection.state(), State::Connected, "{role:?}: {:?}", end.events());
    }
}

#[test]
fn a_protected_message_of_the_wrong_type_is_fatal() {
    for role in [Role::Client, Role::Server] {
        for kind in [1, 2, 11, 14, 15, 16, 99] {
            let (mut pair, _, seq) = awaiting_finished(role);
            let end = end_of(&mut pair, role);
            let _ = end.receive(T0, &protected(22, 9, &fragment(kind, 2, seq, 0, 2, &[0, 0])));
            assert_eq!(ended(end), Some(Reason::AlertSent(UNEXPECTED_MESSAGE)), "{role:?} {kind}");
        }
    }
}

#[test]
fn malformed_protected_messages_are_fatal() {
    let whole = |seq| fragment(20, 12, seq, 0, 12, &[0; 12]);
    for role in [Role::Client, Role::Server] {
        for broken in [
            |_| vec![],
            |_| vec![20, 0, 0],
            |seq| fragment(20, 12, seq, 8, 5, &[0; 5]),
            |seq| fragment(20, 12, seq, 0, 12, &[0; 11]),
        ] {
            let (mut pair, _, seq) = awaiting_finished(role);
            let end = end_of(&mut pair, role);
            let _ = end.receive(T0, &protected(22, 9, &broken(seq)));
            assert_eq!(ended(end), Some(Reason::AlertSent(DECODE_ERROR)), "{role:?}");
        }
        let (mut pair, _, seq) = awaiting_finished(role);
        let end = end_of(&mut pair, role);
        let _ = end.receive(T0, &protected(22, 9, &[whole(seq + 1), vec![1]].concat()));
        assert_eq!(ended(end), Some(Reason::AlertSent(DECODE_ERROR)), "behind a good one");
    }
}

/// RFC 5246 §7.2: during the handshake and behind it.
#[test]
fn malformed_protected_alerts_are_fatal() {
    for role in [Role::Client, Role::Server] {
        for open in [false, true] {
            for (alert, answer) in [
                (&[3, 40][..], ILLEGAL_PARAMETER),
                (&[0, 0], ILLEGAL_PARAMETER),
                (&[], DECODE_ERROR),
                (&[2], DECODE_ERROR),
                (&[1, 90, 1, 90], DECODE_ERROR),
            ] {
                let (mut pair, finished, _) = awaiting_finished(role);
                let end = end_of(&mut pair, role);
                if open {
                    end.receive(T0, &finished).unwrap();
                }
                let _ = end.receive(T0, &protected(21, 9, alert));
                assert_eq!(ended(end), Some(Reason::AlertSent(answer)), "{role:?} {open} {alert:?}");
            }
        }
    }
}

/// There is no third epoch.
#[test]
fn a_protected_change_of_ciphers_is_fatal() {
    for role in [Role::Client, Role::Server] {
        let (mut pair, finished, _) = awaiting_finished(role);
        let end = end_of(&mut pair, role);
        end.receive(T0, &finished).unwrap();
        let _ = end.receive(T0, &protected(20, 9, &[1]));
        assert_eq!(ended(end), Some(Reason::AlertSent(UNEXPECTED_MESSAGE)));
    }
}

/// Renegotiation is refused with a warning (RFC 5246 §7.2.2); a repeated Finished is the peer's right.
#[test]
fn behind_the_handshake_only_a_finished_and_the_wish_for_another_one_are_no_fault() {
    for role in [Role::Client, Role::Server] {
        let other_hello = if role == Role::Client { 0 } else { 1 };
        for (kind, is_fault) in
            [(20, false), (other_hello, false), (2, true), (14, true), (1 - other_hello, true)]
        {
            let (mut pair, finished, seq) = awaiting_finished(role);
            let end = end_of(&mut pair, role);
            end.receive(T0, &finished).unwrap();
            let _ = end.receive(T0, &protected(22, 9, &fragment(kind, 0, seq, 0, 0, &[])));
            let fault = is_fault.then_some(Reason::AlertSent(UNEXPECTED_MESSAGE));
            assert_eq!(ended(end), fault, "{role:?} {kind}");
        }
    }
}
