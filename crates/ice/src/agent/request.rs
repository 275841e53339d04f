//! Being a STUN server (RFC 8445 §7.3): answering checks, and learning from them.
//!
//! A request without the right credentials gets no answer at all. RFC 8489 §9.1.3 would have errors 400 and 401 sent,
//! but those could not be signed, would make us a reflector, and would end the checks of a peer that is only early.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use base::{Instant, Path};
use stun::{Attribute, AttributeType, Class, ErrorCode, Message, Method, TransactionId};

use super::Agent;
use super::accounting::u64_of;
use crate::candidate::Candidate;
use crate::error::Discard;
use crate::event::{Event, State};
use crate::outbox::{Answer, MAX_UNKNOWN, Response};
use crate::pair::PairId;
use crate::role::{Role, Verdict, resolve};
use crate::session::{Novelty, Session};
use crate::shared::Shared;

/// What a check says.
#[derive(Clone, Copy, Debug)]
struct Request {
    id: TransactionId,
    priority: Option<u32>,
    use_candidate: bool,
    claim: Option<(Role, u64)>,
    renomination: Option<u32>,
    unknown: [AttributeType; MAX_UNKNOWN],
    unknown_count: usize,
}

/// Who sent an authenticated check.
#[derive(Clone, Copy, Debug)]
struct Sender<'a> {
    path: &'a Path,
    /// Index of the local candidate that it came to.
    base: usize,
    /// The peer's username fragment, as it says.
    username_fragment: &'a str,
    /// How many bytes it sent.
    len: u64,
}

impl Agent {
    pub(super) fn on_datagram(&mut self, now: Instant, path: &Path, packet: &[u8]) -> Result<(), Discard> {
        if self.state == State::Closed {
            return Err(Discard::Closed);
        }
        let message = Message::parse(packet).map_err(|_| Discard::NotStun)?;
        if message.message_type().method != Method::BINDING {
            return Err(Discard::NotOurs);
        }
        match message.message_type().class {
            Class::Request => self.on_request(now, path, &message, u64_of(packet.len())),
            Class::Success | Class::Error => self.on_response(now, path, &message),
            // A keep-alive (RFC 8445 §11) has done its work on the way here. Nobody vouches for it: nothing follows.
            Class::Indication => Ok(()),
        }
    }

    fn on_request(
        &mut self,
        now: Instant,
        path: &Path,
        message: &Message<'_>,
        len: u64,
    ) -> Result<(), Discard> {
        let Some(Attribute::Username(username)) = message.find(AttributeType::USERNAME) else {
            return Err(Discard::Malformed);
        };
        let (ours, theirs) = username.split_once(':').ok_or(Discard::UnknownUsername)?;
        let session = self.sessions().find(|s| s.local.parameters.username_fragment == ours);
        let session =
            session.filter(|s| self.is_of_one_generation(s, theirs)).ok_or(Discard::UnknownUsername)?;
        let generation = session.generation;
        let base = self.base_of(session, path).ok_or(Discard::UnknownAddress)?;
        let integrity = message.verify(&session.local.key).map_err(|_| Discard::Forged)?;
        if self.shared.outbox.is_full() {
            return Err(Discard::Overloaded);
        }

        let now = self.shared.tick(now);
        let sender = Sender { path, base, username_fragment: theirs, len };
        let request = Request::read(message, self.shared.config.nomination_attribute);
        let (answer, effect) = self.on_check(now, &sender, &request, generation);
        self.shared.outbox.push(Response {
            path: *path,
            id: message.transaction_id(),
            integrity,
            generation,
            answer,
        });
        // On a pair in use, nothing follows from most checks.
        let revived = self.state == State::Disconnected || self.send.is_some_and(|s| s.exhausted);
        if effect == Effect::Some || revived || self.wake.is_some_and(|at| at <= now) {
            self.advance(now);
        }
        Ok(())
    }

    /// Whether a check by the name `theirs` belongs to the generation whose credentials it used.
    ///
    /// Chromium, which restarted and waits for the answer, checks our old candidates from its new ones, with our old
    /// credentials. Answered, it takes such a pair for one that works, chooses it, and then skips the true pair of these
    /// candidates. It is nobody's pair: no generation has both credentials.
    fn is_of_one_generation(&self, session: &Session, theirs: &str) -> bool {
        let is = |s: &Session| s.remote_parameters().is_some_and(|p| p.username_fragment == theirs);
        match session.remote {
            Some(_) => is(session),
            None => !self.sessions().any(is),
        }
    }

    /// The local candidate that a check came to. The current generation answers only at those that it announced; the one
    /// before, at all that it may have.
    fn base_of(&self, session: &Session, path: &Path) -> Option<usize> {
        let base = self.shared.locals.base_at(path.protocol, path.local)?;
        let previous = session.generation != self.current.generation;
        (previous || self.shared.locals.announced(base, session.generation).is_some()).then_some(base)
    }

    fn on_check(
        &mut self,
        now: Instant,
        sender: &Sender<'_>,
        request: &Request,
        generation: u32,
    ) -> (Answer, Effect) {
        if request.unknown_count > 0 {
            return (Answer::Unknown(request.unknown), Effect::None);
        }
        let lite = self.shared.config.lite;
        if generation != self.current.generation {
            // The old generation only answers: what it has chosen stays.
            if let Some(previous) = &mut self.previous {
                previous.session.on_check_without_effect(sender.path, request.id, now, lite);
            }
            return (Answer::Success, Effect::None);
        }
        let novelty = self.current.novelty(sender.path, request.id, lite);
        let mut effect = Effect::None;
        match self.compare_roles(request) {
            Verdict::Refuse => {
                self.current.on_check_without_effect(sender.path, request.id, now, lite);
                return (Answer::Error(ErrorCode::ROLE_CONFLICT), Effect::None);
            }
            _ if novelty == Novelty::Copy => {
                self.current.count_check(sender.path, now);
                return (Answer::Success, Effect::None);
            }
            Verdict::Switch if novelty == Novelty::New => {
                self.change_role(self.shared.role.opposite());
                effect = Effect::Some;
            }
            Verdict::Agreed | Verdict::Switch => {}
        }
        match self.learn_from_check(now, sender, request, novelty) {
            Ok(learnt) => (Answer::Success, if learnt == Effect::Some { learnt } else { effect }),
            Err(error) => (Answer::Error(error), effect),
        }
    }

    /// RFC 8445 §7.3.1.1. A lite agent has no conflicts: it is controlled.
    fn compare_roles(&self, request: &Request) -> Verdict {
        let claim = request.claim.filter(|_| !self.shared.config.lite);
        claim.map_or(Verdict::Agreed, |(role, tie_breaker)| {
            resolve(self.shared.role, self.shared.tie_breaker, role, tie_breaker)
        })
    }

    /// Everything that RFC 8445 §7.3.1.3 to §7.3.2 has follow a successful answer.
    fn learn_from_check(
        &mut self,
        now: Instant,
        sender: &Sender<'_>,
        request: &Request,
        novelty: Novelty,
    ) -> Result<Effect, ErrorCode<'static>> {
        let known = self.current.pair_on(sender.path).map(|p| p.id);
        if known.is_none() && request.priority.is_none() {
            return Err(ErrorCode::BAD_REQUEST);
        }
        let id = known.or_else(|| self.discover(sender, request.priority.unwrap_or(1)));
        let (shared, session) = (&self.shared, &mut self.current);
        let lite = shared.config.lite;
        let Some(pair) = id.and_then(|id| session.count_check_of(id, now)) else { return Ok(Effect::None) };
        let (id, first) = (pair.id, !pair.heard);
        pair.heard = true;
        pair.allowance.on_received(sender.len);
        pair.on_new_check(now, lite);
        let nominates = request.use_candidate && shared.role == Role::Controlled;
        let nomination = match novelty {
            _ if !nominates => 0,
            Novelty::Twin(position) => position,
            Novelty::New | Novelty::Copy => session.number_nomination(request.renomination),
        };
        session.remember_check(request.id, id, nomination);
        let chosen = session.take_nomination(shared, now, id, nomination);
        let effect = if lite {
            on_check_at_lite(session, now, id, chosen)
        } else {
            on_check_at_full(session, shared, now, id, chosen)
        };
        Ok(if first || known.is_none() { Effect::Some } else { effect })
    }

    /// The pair of a check that came by a new path, unless there are too many already.
    fn discover(&mut self, sender: &Sender<'_>, priority: u32) -> Option<PairId> {
        let (shared, session) = (&mut self.shared, &mut self.current);
        if !session.make_room(shared) {
            return None;
        }
        let (remote, new) = session.discover(sender.path, priority, sender.username_fragment);
        if let Some(candidate) = session.candidate(remote).filter(|_| new) {
            report(&mut self.events, candidate.clone());
        }
        session.pair_of_check(shared, sender.path, sender.base, remote)
    }
}

/// Whether anything but counters depends on a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    Some,
}

/// RFC 8445 §7.3.1.4 and §7.3.1.5.
fn on_check_at_full(
    session: &mut Session,
    shared: &Shared,
    now: Instant,
    id: PairId,
    chosen: bool,
) -> Effect {
    let Some(pair) = session.pair(id) else { return Effect::None };
    let works = pair.is_consented(now, shared.config.consent_timeout);
    match (works, chosen) {
        _ if pair.revoked => return Effect::None,
        (true, true) if session.nominated == Some(id) => return Effect::None,
        (true, true) => session.choose(now, id),
        // Once a pair is chosen and works, only choosing another is a reason to check it.
        (false, _) if session.is_searching() || chosen => session.trigger(now, id),
        (_, false) | (false, true) => return Effect::None,
    }
    Effect::Some
}

/// RFC 8445 §7.3.2: the peer's word is enough, whatever the priorities.
fn on_check_at_lite(session: &mut Session, now: Instant, id: PairId, chosen: bool) -> Effect {
    let again = session.nominated == Some(id);
    let Some(pair) = session.pair_mut(id) else { return Effect::None };
    pair.last_response = Some(now);
    if !chosen || (pair.valid && again) {
        return Effect::None;
    }
    session.choose_unchecked(now, id);
    Effect::Some
}

/// Tells of a discovered candidate, unless nobody has listened for long.
fn report(events: &mut VecDeque<Event>, candidate: Candidate) {
    if events.len() < super::state::MAX_EVENTS {
        events.push_back(Event::PeerReflexiveCandidate(Box::new(candidate)));
    }
}

impl Request {
    const fn new(id: TransactionId) -> Self {
        Self {
            id,
            priority: None,
            use_candidate: false,
            claim: None,
            renomination: None,
            unknown: [AttributeType(0); MAX_UNKNOWN],
            unknown_count: 0,
        }
    }

    fn read(message: &Message<'_>, nomination: Option<AttributeType>) -> Self {
        let mut request = Self::new(message.transaction_id());
        for (kind, value) in message.attributes().raw() {
            if nomination == Some(kind) {
                request.renomination = value.try_into().ok().map(u32::from_be_bytes);
                continue;
            }
            match Attribute::parse(kind, value, &message.transaction_id()) {
                Ok(Attribute::Priority(priority)) => request.priority = request.priority.or(Some(priority)),
                Ok(Attribute::UseCandidate) => request.use_candidate = true,
                Ok(Attribute::IceControlling(t)) => {
                    request.claim = request.claim.or(Some((Role::Controlling, t)));
                }
                Ok(Attribute::IceControlled(t)) => {
                    request.claim = request.claim.or(Some((Role::Controlled, t)));
                }
                _ => request.note_unknown(kind),
            }
        }
        request
    }

    /// Notes an attribute that would have to be understood, unless it is.
    fn note_unknown(&mut self, kind: AttributeType) {
        if !kind.is_comprehension_required() || is_understood(kind) {
            return;
        }
        let listed = self.unknown.iter().take(self.unknown_count).any(|k| *k == kind);
        if let Some(slot) = self.unknown.get_mut(self.unknown_count).filter(|_| !listed) {
            *slot = kind;
            self.unknown_count = self.unknown_count.saturating_add(1);
        }
    }
}

/// The comprehension-required attributes that may stand in a check or its answer, if only to be ignored.
pub(super) const fn is_understood(kind: AttributeType) -> bool {
    matches!(
        kind,
        AttributeType::USERNAME
            | AttributeType::PRIORITY
            | AttributeType::USE_CANDIDATE
            | AttributeType::MAPPED_ADDRESS
            | AttributeType::XOR_MAPPED_ADDRESS
            | AttributeType::ERROR_CODE
            | AttributeType::UNKNOWN_ATTRIBUTES
            | AttributeType::REALM
            | AttributeType::NONCE
            | AttributeType::USERHASH
            | AttributeType::PASSWORD_ALGORITHM
    )
}
