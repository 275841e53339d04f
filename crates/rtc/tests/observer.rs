//! Packets in the clear, for who records them.

use rtc::{DataChannelInit, ObservedPacket, PeerConnection};

use crate::support::pair::Pair;

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
