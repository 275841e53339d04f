//! Packets in the clear, for who records them.

use rtc::{DataChannelInit, ObservedLayer, ObservedPacket, PeerConnection};

use crate::support::pair::{Pair, address_a, address_b, configuration, connection, connection_with};

fn observed(of: &mut PeerConnection) -> Vec<ObservedPacket> {
    std::iter::from_fn(|| of.poll_packet()).collect()
}

#[test]
fn what_one_side_seals_is_what_the_other_opens() {
    let mut pair = Pair::new(1);
    pair.a.observe_packets(true);
    pair.b.observe_packets(true);
    let (chat, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.send(pair.now, chat, "in the clear").unwrap();
    pair.run_for(core::time::Duration::from_secs(1));
    let (a, b) = (observed(&mut pair.a), observed(&mut pair.b));
    for (from, to) in [(&a, &b), (&b, &a)] {
        let sent: Vec<_> = from.iter().filter(|packet| packet.sent).map(|packet| &packet.packet).collect();
        let received: Vec<_> = to.iter().filter(|packet| !packet.sent).map(|packet| &packet.packet).collect();
        assert!(sent.len() > 3);
        assert_eq!(sent, received);
        assert!(from.is_sorted_by_key(|packet| packet.at));
    }
    let shows = |packet: &ObservedPacket| packet.packet.windows(12).any(|bytes| bytes == b"in the clear");
    assert!(a.iter().any(|packet| packet.sent && shows(packet)));
}

#[test]
fn datagrams_are_seen_as_the_network_has_them_and_batches_one_by_one() {
    let mut pair = Pair::new(4);
    (pair.max_batch, pair.buffer_len) = (16, 65_535);
    pair.a.observe_datagrams(true);
    pair.b.observe_datagrams(true);
    let (chat, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.send(pair.now, chat, vec![7; 20_000]).unwrap();
    pair.run_for(core::time::Duration::from_secs(1));
    assert!(pair.longest_batch > 1);
    let (a, b) = (observed(&mut pair.a), observed(&mut pair.b));
    for (from, to, local) in [(&a, &b, address_a()), (&b, &a, address_b())] {
        let sent: Vec<_> = from.iter().filter(|packet| packet.sent).collect();
        let bytes = |packets: &[&ObservedPacket]| -> Vec<Vec<u8>> {
            packets.iter().map(|packet| packet.packet.clone()).collect()
        };
        assert!(sent.iter().all(|packet| pair.trace.contains(&packet.packet)));
        assert_eq!(bytes(&sent), bytes(&to.iter().filter(|packet| !packet.sent).collect::<Vec<_>>()));
        let is_local =
            |p: &ObservedPacket| matches!(p.layer, ObservedLayer::Datagram(path, _) if path.local == local);
        assert!(from.iter().all(is_local));
    }
    pair.a.observe_packets(true);
    pair.a.observe_datagrams(false);
    pair.a.send(pair.now, chat, "in the clear").unwrap();
    pair.run_for(core::time::Duration::from_secs(1));
    let inside = observed(&mut pair.a);
    assert!(!inside.is_empty() && inside.iter().all(|packet| packet.layer == ObservedLayer::Sctp));
}

#[test]
fn a_secret_is_given_away_once_and_only_where_that_was_asked_for() {
    let mut asked = configuration(5);
    asked.dtls.key_log = true;
    let mut pair = Pair::of(connection_with(asked, 5, address_a()), connection(6, address_b()));
    assert!(pair.a.poll_key_log().is_none());
    pair.open_channel("chat", DataChannelInit::default());
    assert!(pair.a.poll_key_log().unwrap().as_str().starts_with("CLIENT_RANDOM "));
    assert!(pair.a.poll_key_log().is_none() && pair.b.poll_key_log().is_none());
}

#[test]
fn nothing_is_kept_unless_it_is_asked_for() {
    let mut pair = Pair::new(2);
    pair.open_channel("chat", DataChannelInit::default());
    assert_eq!(pair.a.poll_packet(), None);
    pair.a.observe_packets(true);
    pair.a.restart_ice();
    pair.run_for(core::time::Duration::from_secs(60));
    assert!(pair.a.poll_packet().is_some(), "a heartbeat");
    pair.a.observe_packets(false);
    assert_eq!(pair.a.poll_packet(), None);
}

#[test]
fn of_packets_that_nobody_takes_the_last_ones_are_kept() {
    let mut pair = Pair::new(3);
    let (chat, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.observe_packets(true);
    let mut last = pair.now;
    for _ in 0..800 {
        last = pair.now;
        pair.a.send(pair.now, chat, "x").unwrap();
        pair.run_for(core::time::Duration::from_millis(30));
    }
    let kept = observed(&mut pair.a);
    assert_eq!(kept.len(), 1024);
    assert!(kept.last().unwrap().at >= last);
}
