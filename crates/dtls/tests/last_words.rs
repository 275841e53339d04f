//! In which epoch the last alert goes out, and what before it: the peer reads keys only behind a ChangeCipherSpec
//! (RFC 5246 §7.1, §7.2).

use dtls::{AlertDescription, Config, Event, Reason, State};

use crate::support::hostile::T0;
use crate::support::pair::{Pair, summary};

/// The handshake, up to where the client has been told all of flight 4.
fn before_flight_5() -> Pair {
    let mut pair = Pair::started(Config::default(), Config::default());
    pair.client.transmit(T0).iter().for_each(|datagram| pair.server.receive(T0, datagram).unwrap());
    pair.server.transmit(T0).iter().for_each(|datagram| pair.client.receive(T0, datagram).unwrap());
    pair
}

#[test]
fn a_server_that_closes_before_the_clients_finished_says_so_in_the_clear() {
    let mut pair = before_flight_5();
    let flight = pair.client.transmit(T0).concat();
    let without_finished = flight.len() - 13 - 8 - 24 - 16;
    pair.server.receive(T0, &flight[..without_finished]).unwrap();
    pair.server.connection.close(T0);
    let said = pair.server.transmit(T0);
    assert_eq!(summary(&said), "Alert");
    assert_eq!(said[0][13..], [1, 0], "close_notify");
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(Reason::Local)));
}

#[test]
fn a_client_that_closes_with_its_last_flight_still_due_sends_that_first() {
    let mut pair = before_flight_5();
    pair.client.connection.close(T0);
    let said = pair.client.transmit(T0);
    assert_eq!(
        summary(&said),
        "Certificate ClientKeyExchange CertificateVerify [ChangeCipherSpec] {Handshake} {Alert}"
    );
    said.iter().for_each(|datagram| pair.server.receive(T0, datagram).unwrap());
    assert_eq!(pair.server.events()[1..], [Event::Connected, Event::Closed(Reason::ByPeer)]);
}

/// RFC 8122 §6.2: signalling takes its promise back in the very moment.
#[test]
fn a_server_that_ends_with_its_last_flight_still_due_sends_that_first() {
    let mut pair = before_flight_5();
    pair.client.transmit(T0).iter().for_each(|datagram| pair.server.receive(T0, datagram).unwrap());
    pair.server.connection.set_remote_fingerprints(T0, vec![]);
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(Reason::FingerprintMismatch)));
    let said = pair.server.transmit(T0);
    assert_eq!(summary(&said), "[ChangeCipherSpec] {Handshake} {Alert}");
    said.iter().for_each(|datagram| pair.client.receive(T0, datagram).unwrap());
    let told = Reason::AlertReceived(AlertDescription::BAD_CERTIFICATE);
    assert_eq!(pair.client.events()[1..], [Event::Connected, Event::Closed(told)]);
}

/// A peer that leaves before the handshake is finished leaves nothing that was ever open.
#[test]
fn a_close_notify_before_the_finished_is_a_failure() {
    let mut pair = before_flight_5();
    pair.client.connection.close(T0);
    let said = pair.client.transmit(T0).concat();
    let (finished, alert) = (13 + 8 + 24 + 16, 13 + 8 + 2 + 16);
    let (front, alert) = said.split_at(said.len() - alert);
    pair.server.receive(T0, &front[..front.len() - finished]).unwrap();
    pair.server.receive(T0, alert).unwrap();
    assert_eq!(pair.server.connection.state(), State::Failed);
    let left = Reason::AlertReceived(AlertDescription::CLOSE_NOTIFY);
    assert_eq!(pair.server.events(), [Event::Connecting, Event::Closed(left)]);
    assert_eq!(pair.server.connection.proof(), None);
}
