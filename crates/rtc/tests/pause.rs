//! Channels of which no messages are taken for the time being.

use core::time::Duration;

use rtc::{DataChannelInit, DataChannelState, Event, Payload};

use crate::support::pair::Pair;

fn text(number: usize) -> Payload {
    Payload::from(format!("message {number}"))
}

#[test]
fn a_paused_channel_keeps_its_messages_and_the_others_go_on() {
    let mut pair = Pair::new(70);
    let (paused, theirs) = pair.open_channel("paused", DataChannelInit::default());
    let (other, other_theirs) = pair.open_channel("other", DataChannelInit::default());
    pair.b.data_channel_mut(theirs).unwrap().set_paused(true);
    assert!(pair.b.data_channel(theirs).unwrap().is_paused());
    for number in 0..10 {
        pair.a.send(pair.now, paused, text(number)).unwrap();
        pair.a.send(pair.now, other, text(number)).unwrap();
    }
    // Its sender hears that it has room, all the same.
    pair.b.data_channel_mut(theirs).unwrap().send(pair.now, "back").unwrap();
    pair.run_until("the other's arrive", |pair| pair.messages_b(other_theirs).len() == 10);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.messages_b(theirs), []);
    assert_eq!(pair.messages_a(paused), [Payload::from("back")]);
    pair.b.data_channel_mut(theirs).unwrap().set_paused(false);
    pair.run_for(Duration::from_millis(1));
    assert_eq!(pair.messages_b(theirs), (0..10).map(text).collect::<Vec<_>>());
}

/// What waits counts against the window: it takes bounded memory, and nothing is lost.
#[test]
fn a_peer_that_sends_on_to_a_paused_channel_is_held_back() {
    let mut pair = Pair::new(71);
    let (ours, theirs) = pair.open_channel("paused", DataChannelInit::default());
    pair.b.data_channel_mut(theirs).unwrap().set_paused(true);
    let window = pair.b.configuration().sctp.receive_window;
    let message = Payload::Binary(vec![7; 100_000].into());
    let count = 2 * window / 100_000;
    for _ in 0..count {
        pair.a.send(pair.now, ours, message.clone()).unwrap();
    }
    pair.run_for(Duration::from_secs(60));
    let waiting = pair.a.data_channel(ours).unwrap().buffered_amount();
    assert!(waiting > window / 2, "{waiting} bytes wait at the sender");
    pair.b.data_channel_mut(theirs).unwrap().set_paused(false);
    pair.run_until("all arrives", |pair| pair.messages_b(theirs).len() == count);
    assert!(pair.messages_b(theirs).iter().all(|payload| *payload == message));
}

#[test]
fn what_has_waited_comes_before_the_end_that_the_peer_makes_and_is_dropped_by_our_own() {
    for peer_ends in [true, false] {
        let mut pair = Pair::new(72);
        let (ours, theirs) = pair.open_channel("paused", DataChannelInit::default());
        pair.b.data_channel_mut(theirs).unwrap().set_paused(true);
        pair.a.send(pair.now, ours, text(1)).unwrap();
        pair.run_for(Duration::from_secs(1));
        if peer_ends {
            pair.a.data_channel_mut(ours).unwrap().close();
        } else {
            pair.b.data_channel_mut(theirs).unwrap().close();
        }
        pair.run_until("the channel closes", |pair| pair.log_b.contains(&Event::DataChannelClose(theirs)));
        let expected = if peer_ends { vec![text(1)] } else { vec![] };
        assert_eq!(pair.messages_b(theirs), expected);
        let at = |event: &Event| pair.log_b.iter().position(|e| e == event);
        if peer_ends {
            let message = at(&Event::DataChannelMessage(theirs, text(1)));
            assert!(message.is_some() && message < at(&Event::DataChannelClosing(theirs)));
        }
        let state = |c: rtc::DataChannel<'_>| c.ready_state();
        assert!(pair.b.data_channel(theirs).is_none_or(|c| state(c) == DataChannelState::Closed));
    }
}

#[test]
fn what_has_waited_comes_before_the_end_of_the_connection() {
    let mut pair = Pair::new(73);
    let (ours, theirs) = pair.open_channel("paused", DataChannelInit::default());
    pair.b.data_channel_mut(theirs).unwrap().set_paused(true);
    pair.a.send(pair.now, ours, text(1)).unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.a.close(pair.now);
    pair.run_until("the channel closes", |pair| pair.log_b.contains(&Event::DataChannelClose(theirs)));
    assert_eq!(pair.messages_b(theirs), [text(1)]);
}
