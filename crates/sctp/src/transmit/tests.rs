//! The ring of outstanding chunks against sums that are computed anew each time.

use alloc::vec::Vec;

use base::Serial16;
use bytes::Bytes;
use proptest::prelude::*;

use super::ring::{Chunk, ChunkState, OutMessage, Ring};
use super::*;
use crate::wire::DataFlags;
use crate::{Ppid, StreamId};

#[derive(Clone, Copy, Debug)]
enum Step {
    Push { len: u16, ends: bool },
    Set { at: usize, state: u8, on: bool },
    Pop,
    GiveUp,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..10, 1_u16..1200, 0_usize..40, 0_u8..4, any::<bool>());
    let step = step.prop_map(|(kind, len, at, state, on)| match kind {
        0..3 => Step::Push { len, ends: on },
        3..7 => Step::Set { at, state, on },
        7..9 => Step::Pop,
        _ => Step::GiveUp,
    });
    proptest::collection::vec(step, 0..200)
}

fn message() -> OutMessage {
    OutMessage {
        payload: Bytes::from_static(&[0; 1200]),
        stream: StreamId(0),
        ssn: Serial16(0),
        ppid: Ppid(0),
        unordered: false,
        uncounted: false,
        expires: None,
        max_retransmits: None,
        first_tsn: Serial32(0),
        sent: 0,
        complete: false,
        abandoned: false,
    }
}

fn push(ring: &mut Ring, len: u16, ends: bool) {
    let number = ring.current().unwrap_or_else(|| ring.begin(message()));
    if let Some(message) = ring.message_mut(number) {
        message.complete = ends;
    }
    ring.push(Chunk::new(number, 0, len, DataFlags::default().with(DataFlags::END, ends)));
}

/// Ends the message under way by a place that never leaves.
fn give_up(ring: &mut Ring) {
    if let Some(number) = ring.current() {
        if let Some(message) = ring.message_mut(number) {
            message.complete = true;
        }
        ring.push_placeholder(number, DataFlags::default().with(DataFlags::END, true));
    }
}

fn is_in_flight(chunk: &Chunk) -> bool {
    [ChunkState::ACKED, ChunkState::MARKED, ChunkState::ABANDONED]
        .iter()
        .all(|state| !chunk.state().has(*state))
}

fn check(ring: &Ring) -> Result<(), TestCaseError> {
    let chunks: Vec<Chunk> = (0..ring.len()).filter_map(|at| ring.chunk(at).copied()).collect();
    let flying = || chunks.iter().filter(|chunk| is_in_flight(chunk));
    prop_assert_eq!(ring.in_flight(), flying().map(Chunk::size).sum::<usize>());
    prop_assert_eq!(ring.in_flight_payload(), flying().map(|chunk| usize::from(chunk.len)).sum::<usize>());
    let marked = chunks.iter().filter(|chunk| chunk.state().has(ChunkState::MARKED));
    prop_assert_eq!(ring.marked(), marked.count());
    prop_assert_eq!(
        ring.next_marked(),
        chunks.iter().position(|chunk| chunk.state().has(ChunkState::MARKED))
    );
    for from in 0..=chunks.len() {
        let watched = |chunk: &Chunk| is_in_flight(chunk) && !chunk.state().has(ChunkState::FAST);
        let expected = (from..chunks.len()).find(|at| watched(&chunks[*at]));
        prop_assert_eq!(ring.next_watched(from), expected);
        let acked = |wanted: bool| {
            (from..chunks.len()).find(|at| chunks[*at].state().has(ChunkState::ACKED) == wanted)
        };
        prop_assert_eq!(ring.find_acked(true, from), acked(true));
        prop_assert_eq!(ring.find_acked(false, from), acked(false));
    }
    prop_assert!((0..chunks.len()).all(|at| ring.data(at).is_some()), "every chunk has its message");
    Ok(())
}

proptest! {
    #[test]
    fn the_sums_of_the_ring_are_those_of_its_chunks(steps in steps(), first: u32) {
        let mut ring = Ring::default();
        ring.start(Serial32(first));
        let mut popped = 0_u32;
        for step in steps {
            match step {
                Step::Push { len, ends } => push(&mut ring, len, ends),
                Step::Set { at, state, on } => {
                    let states = [ChunkState::ACKED, ChunkState::MARKED, ChunkState::ABANDONED, ChunkState::FAST];
                    let state = states[usize::from(state)];
                    // Only what is in flight is marked for another transmission.
                    let allowed = state != ChunkState::MARKED || !on || ring.chunk(at).is_some_and(is_in_flight);
                    if allowed {
                        ring.update(at, state, on);
                    }
                }
                Step::Pop => popped += u32::from(ring.pop().is_some()),
                Step::GiveUp => give_up(&mut ring),
            }
            check(&ring)?;
            prop_assert_eq!(ring.first_tsn(), Serial32(first.wrapping_add(popped)));
        }
    }
}
