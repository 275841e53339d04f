//! The receiver against a model that sees everything at once.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::{Ppid, StreamId};

/// A fragment as it stands in a DATA chunk.
#[derive(Clone, Debug)]
struct Fragment {
    tsn: Serial32,
    flags: DataFlags,
    stream: StreamId,
    ssn: Serial16,
    ppid: Ppid,
    payload: Vec<u8>,
}

impl Fragment {
    fn chunk(&self) -> Data<'_> {
        Data {
            flags: self.flags,
            tsn: self.tsn,
            stream: self.stream,
            ssn: self.ssn,
            ppid: self.ppid,
            payload: &self.payload,
        }
    }
}

/// A message before it is cut: stream, whether it is unordered, length, number of fragments.
type Plan = (u16, bool, usize, usize);

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    proptest::collection::vec((0_u16..3, any::<bool>(), 1_usize..200, 1_usize..5), 1..25)
}

/// What a sender makes of the messages, from `first` on.
fn cut(plans: &[Plan], first: u32) -> Vec<Fragment> {
    let mut tsn = Serial32(first);
    let mut ssns = [Serial16(0); 3];
    let mut fragments = Vec::new();
    for (number, (stream, unordered, len, count)) in plans.iter().enumerate() {
        let ssn = ssns[usize::from(*stream)];
        if !unordered {
            ssns[usize::from(*stream)] = ssn.next();
        }
        let payload: Vec<u8> = (0..*len).map(|at| (number * 7 + at) as u8).collect();
        let pieces: Vec<&[u8]> = payload.chunks(len.div_ceil(*count)).collect();
        for (at, piece) in pieces.iter().enumerate() {
            let flags = DataFlags::default()
                .with(DataFlags::BEGIN, at == 0)
                .with(DataFlags::END, at + 1 == pieces.len())
                .with(DataFlags::UNORDERED, *unordered);
            let (stream, ppid) = (StreamId(*stream), Ppid(number as u32));
            fragments.push(Fragment { tsn, flags, stream, ssn, ppid, payload: piece.to_vec() });
            tsn = tsn.next();
        }
    }
    fragments
}

fn receiver(first: u32) -> Inbound {
    let mut inbound = Inbound::new(&Config::default());
    inbound.start(Serial32(first));
    inbound
}

/// The arrivals: some order of all fragments, some of them more than once.
fn arrivals(count: usize) -> impl Strategy<Value = Vec<usize>> {
    let once = Just((0..count).collect::<Vec<_>>());
    (once, proptest::collection::vec(0..count, 0..count)).prop_flat_map(|(mut all, again)| {
        all.extend(again);
        Just(all).prop_shuffle()
    })
}

fn planned_arrivals() -> impl Strategy<Value = (Vec<Plan>, Vec<usize>, u32)> {
    plans().prop_flat_map(|plans| {
        let count = cut(&plans, 0).len();
        (Just(plans), arrivals(count), any::<u32>())
    })
}

proptest! {
    #[test]
    fn whatever_the_order_of_arrival_each_message_comes_once_and_its_stream_in_order(
        (plans, arrivals, first) in planned_arrivals()
    ) {
        let fragments = cut(&plans, first);
        let mut inbound = receiver(first);
        let mut seen = alloc::collections::BTreeSet::new();
        let mut messages = Vec::new();
        for at in arrivals {
            inbound.on_data(&fragments[at].chunk()).unwrap();
            seen.insert(at);
            // The model: the cumulative TSN stands before the first that is missing, and the gaps name the others.
            let next = (0..fragments.len()).find(|at| !seen.contains(at)).unwrap_or(fragments.len());
            prop_assert_eq!(inbound.cumulative_tsn(), Serial32(first.wrapping_add(next as u32).wrapping_sub(1)));
            let named: Vec<usize> = inbound
                .gaps()
                .flat_map(|gap| gap.start..=gap.end)
                .map(|distance| next + usize::from(distance) - 1)
                .collect();
            let beyond: Vec<usize> = seen.iter().copied().filter(|at| *at > next).collect();
            prop_assert_eq!(named, beyond);
            messages.extend(core::iter::from_fn(|| inbound.receive()));
        }
        prop_assert_eq!(messages.len(), plans.len());
        let mut last = [None; 3];
        for message in &messages {
            let (stream, unordered, len, _) = plans[message.ppid.0 as usize];
            prop_assert_eq!((message.stream, message.unordered), (StreamId(stream), unordered));
            let whole: Vec<u8> = (0..len).map(|at| (message.ppid.0 as usize * 7 + at) as u8).collect();
            prop_assert_eq!(&message.payload[..], &whole[..]);
            if !unordered {
                prop_assert!(last[usize::from(stream)] < Some(message.ppid.0));
                last[usize::from(stream)] = Some(message.ppid.0);
            }
        }
        prop_assert_eq!(inbound.window_left(), Config::default().receive_window, "nothing is held any more");
    }

    #[test]
    fn what_is_skipped_never_blocks_what_follows(
        (plans, arrivals, first) in planned_arrivals(), lost in any::<u64>()
    ) {
        let fragments = cut(&plans, first);
        let mut inbound = receiver(first);
        let abandoned = |message: u32| lost >> (message % 64) & 1 == 1;
        for at in arrivals {
            if !abandoned(fragments[at].ppid.0) {
                inbound.on_data(&fragments[at].chunk()).unwrap();
            }
        }
        let mut skipped = alloc::collections::BTreeMap::new();
        for fragment in fragments.iter().filter(|f| abandoned(f.ppid.0) && !f.flags.has(DataFlags::UNORDERED)) {
            skipped.insert(fragment.stream.0, fragment.ssn);
        }
        let streams = skipped.iter().map(|(stream, ssn)| (StreamId(*stream), *ssn));
        let last = fragments.last().unwrap().tsn;
        inbound.on_forward_tsn(last, streams).unwrap();
        let mut got: Vec<u32> = core::iter::from_fn(|| inbound.receive()).map(|message| message.ppid.0).collect();
        got.sort_unstable();
        let kept: Vec<u32> = (0..plans.len() as u32).filter(|message| !abandoned(*message)).collect();
        prop_assert_eq!(got, kept);
        prop_assert_eq!(inbound.cumulative_tsn(), last);
        prop_assert_eq!(inbound.window_left(), Config::default().receive_window);
    }

    #[test]
    fn any_chunks_take_no_more_than_the_window_and_a_message(
        chunks in proptest::collection::vec(
            (any::<u8>(), 0_u32..200, 0_u16..4, 0_u16..8, 1_usize..3000), 0..300,
        )
    ) {
        let config = Config { receive_window: 40_000, max_message_size: 9000, ..Config::default() };
        let mut inbound = Inbound::new(&config);
        inbound.start(Serial32(u32::MAX - 50));
        for (flags, tsn, stream, ssn, len) in chunks {
            let data = Data {
                flags: DataFlags(flags & 15),
                tsn: Serial32((u32::MAX - 100).wrapping_add(tsn)),
                stream: StreamId(stream),
                ssn: Serial16(ssn),
                ppid: Ppid(0),
                payload: &alloc::vec![1; len],
            };
            let _ = inbound.on_data(&data);
            // What completes a message, or ends the wait for one, costs what it cost before.
            let bound = config.receive_window + cost(config.max_message_size) + MESSAGE_COST;
            prop_assert!(inbound.in_sequence() + inbound.out_of_turn() <= bound);
        }
    }
}

#[test]
fn a_tsn_farther_ahead_than_a_gap_block_reaches_is_refused() {
    let mut inbound = receiver(10);
    for (ahead, refused) in [(MAX_AHEAD - 1, 0), (MAX_AHEAD, 1), (1 << 31, 1), (0x7fff_ffff, 2)] {
        let tsn = Serial32(10_u32.wrapping_add(ahead));
        let flags = DataFlags::default().with(DataFlags::BEGIN, true).with(DataFlags::END, true);
        let (stream, ssn, ppid) = (StreamId(0), Serial16(0), Ppid(0));
        inbound.on_data(&Data { flags, tsn, stream, ssn, ppid, payload: &[1] }).unwrap();
        assert_eq!(inbound.refused, refused, "{ahead} ahead");
    }
}
