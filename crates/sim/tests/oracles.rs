//! The oracles, told lies: one that sees none would let every run pass.

use bytes::Bytes;
use core::time::Duration;

use allocation_counter::measure;
use rtc::Payload;
use sim::Instant;

use crate::stack::account::Account;
use crate::stack::ledger::Ledger;
use crate::stack::plan::{Channel, Promise};
use crate::stack::wire::Records;

const RELIABLE: Channel = Channel { index: 3, ordered: true, promise: Promise::Reliable };

/// The first messages of a channel, and who sent them.
fn sent(channel: u32, count: usize) -> (Ledger, Vec<Payload>) {
    let mut sender = Ledger::default();
    let message = |_| {
        let message = sender.next_message(channel, 40);
        sender.on_sent(channel);
        message
    };
    let messages = (0..count).map(message).collect();
    (sender, messages)
}

/// What a receiver says of the last of these messages, when all before it were as they should be.
fn verdict(channel: Channel, order: &[usize]) -> Result<(), String> {
    let (_, messages) = sent(channel.index, 6);
    let mut receiver = Ledger::default();
    let (last, before) = order.split_last().unwrap();
    for index in before {
        receiver.on_received(channel, &messages[*index]).unwrap();
    }
    receiver.on_received(channel, &messages[*last])
}

#[test]
fn the_ledger_sees_what_comes_twice_what_is_left_out_and_what_comes_late() {
    let unordered = Channel { ordered: false, ..RELIABLE };
    let lossy = Channel { promise: Promise::Retransmits(0), ..RELIABLE };
    assert_eq!(verdict(RELIABLE, &[0, 1, 2]), Ok(()));
    assert!(verdict(RELIABLE, &[0, 1, 1]).is_err_and(|lie| lie.contains("twice")));
    assert!(verdict(RELIABLE, &[0, 2]).is_err_and(|lie| lie.contains("instead of 1")));
    assert!(verdict(lossy, &[0, 2, 1]).is_err_and(|lie| lie.contains("after")));
    assert_eq!(verdict(lossy, &[0, 2]), Ok(()), "it may be lost");
    assert_eq!(verdict(unordered, &[2, 0, 1]), Ok(()), "it may overtake");
    assert!(verdict(unordered, &[2, 0, 2]).is_err());
}

#[test]
fn the_ledger_sees_messages_that_nobody_sent() {
    let (_, messages) = sent(3, 2);
    let mut receiver = Ledger::default();
    let foreign = Channel { index: 4, ..RELIABLE };
    assert!(receiver.on_received(foreign, &messages[0]).is_err(), "it is another channel's");
    let Payload::Binary(bytes) = &messages[1] else { panic!("every second message is binary") };
    for at in 0..bytes.len() {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 1;
        let damaged = Payload::Binary(Bytes::from(damaged));
        let lie = receiver.on_received(Channel { ordered: false, ..RELIABLE }, &damaged);
        // A digit that changes makes another number, whose bytes are then wrong, or another channel.
        assert!(lie.is_err(), "byte {at}");
    }
    let as_text = Payload::Text(String::from_utf8_lossy(bytes).into_owned());
    assert!(receiver.on_received(RELIABLE, &as_text).is_err(), "it was not a text");
}

#[test]
fn the_ledger_knows_what_is_missing() {
    let (sender, messages) = sent(3, 2);
    let mut receiver = Ledger::default();
    receiver.on_received(RELIABLE, &messages[0]).unwrap();
    assert_eq!(receiver.missing(&sender, &[RELIABLE]), [(3, 1)]);
    assert!(!receiver.has_last(&sender, 3));
    receiver.on_received(RELIABLE, &messages[1]).unwrap();
    assert_eq!(receiver.missing(&sender, &[RELIABLE]), []);
    assert!(receiver.has_last(&sender, 3));
}

/// A record of application data.
fn record(number: u8, nonce: u8) -> Vec<u8> {
    let header = [23, 254, 253, 0, 1, 0, 0, 0, 0, 0, number, 0, 9];
    [&header[..], &[nonce; 8], &[0]].concat()
}

#[test]
fn the_observer_of_the_wire_sees_records_and_nonces_that_are_used_twice() {
    let lie = |datagrams: &[Vec<u8>]| {
        let mut records = Records::default();
        datagrams.iter().try_for_each(|datagram| records.on_sent(datagram))
    };
    assert_eq!(lie(&[record(1, 1), record(2, 2)]), Ok(()));
    assert!(lie(&[record(1, 1), record(1, 2)]).is_err_and(|lie| lie.contains("leaves twice")));
    assert!(lie(&[record(1, 1), record(2, 1)]).is_err_and(|lie| lie.contains("nonce")));
    assert!(lie(&[record(1, 1)[..20].to_vec()]).is_err_and(|lie| lie.contains("half a record")));
    assert!(lie(&[vec![64, 1, 2]]).is_err_and(|lie| lie.contains("neither")));
}

/// What an account of 100,000 bytes says in the end.
fn complaint(costs: impl FnOnce(&mut Account)) -> String {
    let mut account = Account::new(100_000, 0);
    costs(&mut account);
    account.broken().cloned().unwrap_or_default()
}

#[test]
fn the_account_sees_heap_that_is_too_much_for_a_moment_or_never_given_back() {
    let moment = |account: &mut Account| account.on_heap(&measure(|| drop(vec![1_u8; 100_001])));
    assert!(complaint(moment).contains("100001 bytes of heap"));
    let mut kept = Vec::new();
    let mut keep = |account: &mut Account| account.on_heap(&measure(|| kept.push(vec![1_u8; 20_000])));
    assert_eq!(complaint(|account| (0..4).for_each(|_| keep(account))), "");
    assert!(complaint(|account| (0..6).for_each(|_| keep(account))).contains("bytes of heap"));
    let often = |account: &mut Account| {
        (0..100).for_each(|_| account.on_heap(&measure(|| drop(vec![1_u8; 20_000]))));
    };
    assert_eq!(complaint(often), "", "what is given back is no more in use");
}

#[test]
fn the_account_sees_work_that_grows_faster_than_its_cause() {
    let steps = |count: usize| measure(|| (0..count).for_each(|n| drop(vec![1_u8; n % 10 + 1])));
    assert_eq!(complaint(|account| account.on_call("a datagram", 1000, || 0, &steps(1000))), "");
    assert!(
        complaint(|account| account.on_call("a datagram", 10, || 0, &steps(1000))).contains("1000 times")
    );
    let copies = |account: &mut Account, len: usize| {
        (0..100).for_each(|_| account.on_call("a datagram", len, || 0, &measure(|| drop(vec![1_u8; 5000]))));
    };
    assert_eq!(complaint(|account| copies(account, 1200)), "");
    assert!(complaint(|account| copies(account, 100)).contains("ask the heap for"));
    let now = Instant::from_millis(5000);
    let answers = |account: &mut Account, count: u64| {
        account.on_cause(Some(now));
        (0..count).for_each(|_| account.on_sent(now));
    };
    assert_eq!(complaint(|account| (0..100).for_each(|_| answers(account, 2))), "");
    assert!(complaint(|account| answers(account, 3)).contains("3 datagrams leave because of 1"));
    let wakes = |account: &mut Account, pause: u64| {
        (0..100).for_each(|n| account.on_wake(now + Duration::from_millis(pause * n)));
    };
    assert_eq!(complaint(|account| wakes(account, 50)), "");
    assert!(complaint(|account| wakes(account, 5)).contains("woken 41 times a second"));
}
