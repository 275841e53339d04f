//! What a hostile peer makes, and what must not change when it is ignored.

use std::time::Duration;

use sctp::{Config, Discard, State, Stats};

use crate::support::ladder::{A, Chunk, Ladder, Z, chunk, tag};

/// What can be seen of an end from outside, but for the counter of what it ignored.
pub(crate) fn portrait(ladder: &Ladder, at: usize) -> (State, Stats, Option<base::Instant>) {
    let end = &ladder.ends[at];
    let mut stats = end.stats();
    stats.discards = sctp::DiscardCounts::default();
    (end.state(), stats, end.poll_timeout())
}

/// Hands over what is to be ignored, and checks that nothing has changed.
pub(crate) fn discarded(ladder: &mut Ladder, at: usize, bytes: &[u8]) -> Discard {
    let before = portrait(ladder, at);
    let discard = ladder.ends[at].handle_input(ladder.now, bytes).unwrap_err();
    assert_eq!(portrait(ladder, at), before, "{discard:?}");
    discard
}

/// The tag that packets towards Z carry.
pub(crate) fn tag_of_z(ladder: &mut Ladder) -> u32 {
    ladder.say(A, 0, b"x");
    let data = ladder.packet(A);
    ladder.deliver(Z, &data);
    ladder.exchange();
    ladder.heard(Z);
    ladder.pass(Duration::from_millis(200));
    ladder.exchange();
    tag(&data)
}

/// A DATA chunk.
pub(crate) fn data(tsn: u32, stream: u16, ssn: u16, flags: u8, payload: &[u8]) -> Chunk {
    let value =
        [&tsn.to_be_bytes()[..], &stream.to_be_bytes(), &ssn.to_be_bytes(), &51_u32.to_be_bytes(), payload]
            .concat();
    Chunk::new(0, flags, &value)
}

/// Z after its first message, with the tag and the TSN that its next DATA carries.
pub(crate) fn listening(config: &Config) -> (Ladder, u32, u32) {
    let mut ladder = Ladder::established(&Config::default(), config);
    ladder.say(A, 1, b"first");
    let first = ladder.packet(A);
    ladder.deliver(Z, &first);
    ladder.heard(Z);
    ladder.lost(Z);
    (ladder, tag(&first), chunk(&first, 0).u32(0).wrapping_add(1))
}
