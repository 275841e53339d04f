//! A server with a lite agent, and somebody on the path who repeats the checks of its client from elsewhere, always faster
//! than the client.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::mpsc;

use rtc::{DataChannelInit, Event, Path, PeerConnectionState};

use crate::support::pair::{Pair, address_a, address_b, configuration, connection, connection_with};

/// The address that the copies come from. Nobody is there.
fn victim() -> SocketAddr {
    "198.51.100.66:6".parse().unwrap()
}

/// A pair whose `b` is lite.
fn with_lite(seed: u64) -> Pair {
    let mut config = configuration(seed);
    config.ice.lite = true;
    Pair::of(connection(seed * 2, address_a()), connection_with(config, seed * 2 + 1, address_b()))
}

/// Sends a copy of each check to `b` ahead of it, and the last one again whenever `b` has said something; the lengths of what
/// goes to the victim, answers to checks not counted.
fn copy_checks(pair: &mut Pair) -> mpsc::Receiver<usize> {
    let (sent, lengths) = mpsc::channel();
    let mut captured: Option<Vec<u8>> = None;
    pair.injector = Some(Box::new(move |_, path, datagram| {
        if path.local == victim() && datagram[0] >= 20 {
            sent.send(datagram.len()).unwrap();
        }
        let is_check = path.local == address_b() && datagram[..2] == [0, 1];
        if is_check {
            captured = Some(datagram.to_vec());
        }
        let says = is_check || path.local != address_b() && datagram[0] >= 20;
        let copy = captured.clone().filter(|_| says);
        copy.into_iter().map(|check| (Path::udp(address_b(), victim()), check)).collect()
    }));
    lengths
}

#[test]
fn copies_of_the_checks_do_not_take_the_data_of_a_connection_that_lives() {
    let mut pair = with_lite(1);
    let (ours, theirs) = pair.open_channel("bulk", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    let to_victim = copy_checks(&mut pair);
    for number in 0..400 {
        pair.b.send(pair.now, theirs, format!("{number}{}", "x".repeat(10_000))).unwrap();
        pair.run_for(Duration::from_millis(100));
    }
    assert!(pair.injected.len() >= 5, "{}", pair.injected.len());
    assert_eq!(to_victim.try_iter().count(), 0);
    assert_eq!(pair.messages_a(ours).len(), 400);
    assert_eq!(pair.b.connection_state(), PeerConnectionState::Connected);
    assert!(!pair.log_b.iter().any(|event| {
        matches!(
            event,
            Event::ConnectionStateChange(PeerConnectionState::Disconnected | PeerConnectionState::Failed)
        )
    }));
}

/// A lite agent cannot tell the copy from the check: it speaks to the wrong one, but little, and is there when that ends.
#[test]
fn copies_of_the_first_checks_get_a_victim_little_and_the_connection_comes_up_after_them() {
    let mut pair = with_lite(2);
    let to_victim = copy_checks(&mut pair);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    let end = pair.now + Duration::from_secs(20);
    while pair.now < end {
        pair.run_for(Duration::from_millis(100));
        let open: Vec<_> = pair.b.data_channels().collect();
        for id in open {
            let _ = pair.b.send(pair.now, id, "x".repeat(10_000));
        }
    }
    let heard: usize = pair.injected.iter().map(Vec::len).sum();
    let bytes: usize = to_victim.try_iter().sum();
    assert!(bytes <= 4096 + 3 * heard + 1500, "{bytes} bytes for {heard}");
    pair.injector = None;
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
}
