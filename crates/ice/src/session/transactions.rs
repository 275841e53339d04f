//! Which checks of the peer have come before. The integrity of a check says who wrote it, not when it was sent, nor from
//! where: who sees one can send it again, from any address.
//!
//! ```text
//!  new ─────────────────────────────────► everything that RFC 8445 §7.3.1 has follow
//!  again, by the same path ─────────────► the answer, and nothing else: it is a repetition (RFC 8489 §6.2.1) or a copy
//!  again, by another ─┬─ the first works ─► likewise: this one is the copy
//!                     └─ it may be one ───► a twin: both are checked, and share one nomination
//! ```

use alloc::collections::VecDeque;

use base::{Instant, Path};
use stun::TransactionId;

use super::Session;
use crate::pair::{Pair, PairId};

/// How many are remembered: at one every five seconds, ten minutes.
const MAX_REMEMBERED: usize = 128;

/// By how many paths more one may come.
const MAX_TWINS: usize = 4;

/// A check of the peer that came.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    id: TransactionId,
    pair: PairId,
    /// The position of the nomination in it; 0 for none.
    nomination: u64,
}

/// The newest checks of the peer, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    checks: VecDeque<Remembered>,
    /// The end of the id of each: ids are random, so that nearly every check is seen to be new by these alone, which a
    /// processor compares several at a time.
    tags: VecDeque<u32>,
}

/// Whether a check came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// It did not.
    New,
    /// It came by another path, and which of both is the copy nobody knows yet. The nomination in it has this position; 0
    /// for none.
    Twin(u64),
    /// It did, and is no news.
    Copy,
}

impl Transactions {
    pub(crate) const fn new() -> Self {
        Self { checks: VecDeque::new(), tags: VecDeque::new() }
    }

    fn with(&self, id: TransactionId) -> impl Iterator<Item = &Remembered> {
        let (older, newer) = self.tags.as_slices();
        let known = holds(older, tag(id)) || holds(newer, tag(id));
        let checks = known.then_some(&self.checks);
        checks.into_iter().flatten().filter(move |known| known.id == id)
    }

    /// The oldest, where there is no room for `new` beside it.
    fn remember(&mut self, new: Remembered) -> Option<Remembered> {
        let full = self.checks.len() >= MAX_REMEMBERED;
        if full {
            self.tags.pop_front();
        }
        let oldest = if full { self.checks.pop_front() } else { None };
        self.tags.push_back(tag(new.id));
        self.checks.push_back(new);
        oldest
    }
}

fn tag(id: TransactionId) -> u32 {
    id.0.last_chunk().map_or(0, |last| u32::from_ne_bytes(*last))
}

/// Whether a tag is among these. It does not stop where it is found, which would take longer where it is not.
fn holds(tags: &[u32], tag: u32) -> bool {
    tags.iter().fold(false, |found, known| found | (*known == tag))
}

impl Session {
    /// Whether the check with this id that came by `path` came before.
    pub(crate) fn novelty(&self, path: &Path, id: TransactionId, lite: bool) -> Novelty {
        // A lite agent checks nothing: of two pairs only data can tell it which one is the peer's.
        let decides = |pair: &Pair| if lite { pair.proven.is_some() } else { pair.valid };
        let mut novelty = Novelty::New;
        for (number, known) in self.transactions.with(id).enumerate() {
            let first = self.pair(known.pair);
            let settled = first.is_some_and(|pair| decides(pair) || pair.is_on(path));
            let unsettled = !lite || self.pair_on(path).is_some_and(decides);
            if settled || !unsettled || number >= MAX_TWINS {
                return Novelty::Copy;
            }
            novelty = Novelty::Twin(known.nomination);
        }
        novelty
    }

    /// Remembers a check that came by the path of `pair`. If the oldest one is forgotten for it, and nominated, a copy of
    /// that would look like a new one from now on.
    pub(crate) fn remember_check(&mut self, id: TransactionId, pair: PairId, nomination: u64) {
        let forgotten = self.transactions.remember(Remembered { id, pair, nomination });
        let nominated = forgotten.filter(|known| known.nomination != 0);
        if let Some(pair) = nominated.and_then(|known| self.pair_mut(known.pair)) {
            pair.forgotten = true;
        }
    }

    /// A check came by `path` of which nothing follows but that the peer is alive; and if the pair works, who checks it is
    /// the peer.
    pub(crate) fn on_check_without_effect(
        &mut self,
        path: &Path,
        check: TransactionId,
        now: Instant,
        lite: bool,
    ) {
        let new = self.novelty(path, check, lite) == Novelty::New;
        let Some(pair) = self.count_check(path, now).filter(|_| new) else { return };
        pair.heard |= pair.valid;
        pair.on_new_check(now, lite);
        let id = pair.id;
        self.remember_check(check, id, 0);
    }
}
