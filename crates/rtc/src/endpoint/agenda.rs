//! Whose turn it is, and when somebody's will be.
//!
//! Nothing is allocated for what happens to a connection: it has a place in each queue, or none.

use alloc::collections::{BTreeSet, VecDeque};

use base::Instant;

use super::ConnectionId;

/// What is noted of one connection.
#[derive(Debug, Default)]
pub(super) struct Marks {
    may_send: bool,
    may_tell: bool,
    is_listed: bool,
    /// Its deadline may have become earlier since it was noted.
    is_stale: bool,
    noted: Option<Instant>,
}

/// The turns and deadlines of all.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Those that may have something to send.
    senders: VecDeque<ConnectionId>,
    /// Those that may have something to tell.
    tellers: VecDeque<ConnectionId>,
    /// Those whose deadlines are stale, and some that were.
    listed: VecDeque<ConnectionId>,
    /// How many deadlines are stale.
    stale: usize,
    /// No connection has a deadline before the one noted here. It may have a later one: moving each on with each packet
    /// would cost more than to look when it comes.
    deadlines: BTreeSet<(Instant, ConnectionId)>,
}

impl Agenda {
    /// Something has been done with a connection.
    pub(super) fn touch(&mut self, id: ConnectionId, marks: &mut Marks) {
        take_place(&mut self.senders, id, &mut marks.may_send);
        take_place(&mut self.tellers, id, &mut marks.may_tell);
        take_place(&mut self.listed, id, &mut marks.is_listed);
        self.stale += usize::from(!core::mem::replace(&mut marks.is_stale, true));
    }

    /// The deadline of a connection is this one.
    pub(super) fn settle(&mut self, id: ConnectionId, marks: &mut Marks, deadline: Option<Instant>) {
        self.stale -= usize::from(core::mem::take(&mut marks.is_stale));
        let Some(deadline) = deadline else { return };
        match marks.noted {
            Some(noted) if noted <= deadline => return,
            Some(noted) => self.deadlines.remove(&(noted, id)),
            None => false,
        };
        self.deadlines.insert((deadline, id));
        marks.noted = Some(deadline);
    }

    /// A connection whose noted deadline has come: it has to be [settled](Self::settle).
    pub(super) fn next_due(&self, now: Instant) -> Option<ConnectionId> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    /// The noted deadline of a connection has been looked at.
    pub(super) fn strike(&mut self, id: ConnectionId, marks: &mut Marks) {
        if let Some(noted) = marks.noted.take() {
            self.deadlines.remove(&(noted, id));
        }
    }

    /// The next connection of which the deadline may be stale.
    pub(super) fn next_listed(&mut self) -> Option<ConnectionId> {
        self.listed.pop_front()
    }

    /// It has left the list. Returns whether its deadline is stale.
    pub(super) const fn leave_list(marks: &mut Marks) -> bool {
        marks.is_listed = false;
        marks.is_stale
    }

    /// The connection whose turn it is to send.
    pub(super) fn next_sender(&mut self) -> Option<ConnectionId> {
        self.senders.pop_front()
    }

    /// It has had its turn, and may have more to send: its next turn comes after everybody else's.
    pub(super) fn send_again(&mut self, id: ConnectionId, marks: &mut Marks) {
        marks.may_send = false;
        take_place(&mut self.senders, id, &mut marks.may_send);
    }

    /// It has nothing to send.
    pub(super) const fn fall_silent(marks: &mut Marks) {
        marks.may_send = false;
    }

    /// The connection whose turn it is to tell.
    pub(super) fn teller(&self) -> Option<ConnectionId> {
        self.tellers.front().copied()
    }

    /// It has nothing to tell.
    pub(super) fn has_told(&mut self, marks: Option<&mut Marks>) {
        self.tellers.pop_front();
        if let Some(marks) = marks {
            marks.may_tell = false;
        }
    }

    /// When to look again: at once where a deadline is stale.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        if self.stale > 0 { Some(Instant::ZERO) } else { self.deadlines.first().map(|(at, _)| *at) }
    }

    /// A connection is gone. Its places in the queues are passed over, and given up where most are such.
    pub(super) fn forget(
        &mut self,
        id: ConnectionId,
        mut marks: Marks,
        is_there: impl Fn(&ConnectionId) -> bool,
        count: usize,
    ) {
        self.stale -= usize::from(marks.is_stale);
        self.strike(id, &mut marks);
        for queue in [&mut self.senders, &mut self.tellers, &mut self.listed] {
            if queue.len() > 2 * count + 16 {
                queue.retain(&is_there);
            }
        }
    }
}

fn take_place(queue: &mut VecDeque<ConnectionId>, id: ConnectionId, has_place: &mut bool) {
    if !core::mem::replace(has_place, true) {
        queue.push_back(id);
    }
}
