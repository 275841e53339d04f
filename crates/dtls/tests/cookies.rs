//! A server that asks for a cookie before it remembers anybody (RFC 6347 §4.2.1).

use std::time::Duration;

use dtls::Config;

use crate::support::pair::{Pair, summary};
use crate::support::wire::Hello;

/// A client that has said its first hello, and a server that wants a cookie and has heard it.
fn asked() -> (Pair, Vec<u8>, Vec<u8>) {
    let mut config = Config::default();
    config.cookie_exchange = true;
    let mut pair = Pair::started(Config::default(), config);
    let hello = pair.client.transmit(pair.now).remove(0);
    let request = say(&mut pair, &hello);
    (pair, hello, request)
}

/// The server's answer to a datagram, a little later.
fn say(pair: &mut Pair, datagram: &[u8]) -> Vec<u8> {
    pair.now = pair.now + Duration::from_millis(30);
    pair.server.receive(pair.now, datagram).unwrap();
    pair.server.transmit(pair.now).concat()
}

/// Behind the record's header: the sequence number of the record is another one each time.
fn message(datagram: &[u8]) -> &[u8] {
    &datagram[13..]
}

#[test]
fn a_repeated_hello_is_asked_for_the_same_cookie() {
    let (mut pair, hello, request) = asked();
    assert_eq!(summary(std::slice::from_ref(&request)), "HelloVerifyRequest");
    for _ in 0..3 {
        assert_eq!(message(&say(&mut pair, &hello)), message(&request));
    }
    pair.client.receive(pair.now, &request).unwrap();
    let brought = pair.client.transmit(pair.now).remove(0);
    assert!(summary(&[say(&mut pair, &brought)]).starts_with("ServerHello"));
}

/// The server remembers nobody, so it does not matter whom it has asked last.
#[test]
fn a_cookie_is_good_whoever_else_was_asked_for_one() {
    let (mut pair, hello, request) = asked();
    let other = say(&mut pair, &Hello::default().datagram());
    assert_eq!(summary(std::slice::from_ref(&other)), "HelloVerifyRequest");
    assert_ne!(message(&other), message(&request));
    assert_eq!(message(&say(&mut pair, &hello)), message(&request), "and again");
    say(&mut pair, &Hello::default().datagram());
    pair.client.receive(pair.now, &request).unwrap();
    let brought = pair.client.transmit(pair.now).remove(0);
    assert!(summary(&[say(&mut pair, &brought)]).starts_with("ServerHello"));
}
