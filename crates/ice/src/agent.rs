//! The agent: its data, its verbs and its commands. What they set in motion stands in the files of this module.
//!
//! ```text
//!   datagram ─► handle_input ─┬─ request ──► answer (outbox) ─► role conflict ─► triggered check, nomination
//!                             └─ response ─► valid pair, chosen pair, consent
//!   time ─────► handle_timeout ─► repetitions, consent, nomination, expiry
//!                                         │
//!   poll_transmit ◄── answers, due checks, one new check every Ta, keep-alives
//! ```

mod fork;
mod request;
mod response;
mod state;
mod timeout;
mod transmit;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use base::{Instant, Path, Protocol, Transmit, take_front};
use crypto::{Provider, Rng};
use rand_core::Rng as _;

use crate::candidate::{Candidate, is_candidate_address};
use crate::config::{Config, DEFAULT_PACING, LONGEST_PACING};
use crate::error::{CandidateError, ConfigError, Discard, Discards, LocalAddressError};
use crate::event::{Event, State};
use crate::local::{LocalCandidate, Locals};
use crate::outbox::Outbox;
use crate::pair::{Pair, PairId, PairView, PathProof};
use crate::parameters::{Credentials, Parameters, ParametersError};
use crate::role::Role;
use crate::session::Session;

/// What all generations share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    /// The pause between two new checks that both sides have agreed on.
    pub(crate) pacing: Duration,
    pub(crate) provider: &'static Provider,
    pub(crate) rng: Generator,
    pub(crate) now: Instant,
    pub(crate) role: Role,
    pub(crate) tie_breaker: u64,
    pub(crate) locals: Locals,
    pub(crate) outbox: Outbox,
    pub(crate) discards: Discards,
    pub(crate) next_pair: u32,
}

impl Shared {
    /// The time, which never goes back.
    const fn tick(&mut self, now: Instant) -> Instant {
        if now.as_nanos() > self.now.as_nanos() {
            self.now = now;
        }
        self.now
    }
}

/// The randomness of the agent, which has nothing to show.
pub(crate) struct Generator(pub(crate) Rng);

impl core::fmt::Debug for Generator {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Generator")
    }
}

/// The generation before a restart, which carries data until the new one can.
#[derive(Debug)]
struct Previous {
    session: Session,
    /// When it is forgotten; not before the new generation has chosen a pair.
    until: Option<Instant>,
    /// Whether its local candidates had ended.
    end_of_local: bool,
    /// Whether a generation that the peer had answered came after it, and went before it carried data.
    skipped: bool,
}

/// An ICE agent for one data stream with one component.
///
/// *Commands* tell it what happens: [`set_remote_parameters`](Self::set_remote_parameters),
/// [`add_local_address`](Self::add_local_address), [`add_remote_candidate`](Self::add_remote_candidate),
/// [`restart`](Self::restart). *Verbs* move it: [`handle_input`](Self::handle_input),
/// [`handle_timeout`](Self::handle_timeout), [`poll_transmit`](Self::poll_transmit),
/// [`poll_event`](Self::poll_event), [`poll_timeout`](Self::poll_timeout), in any order. *Questions* cost nothing:
/// [`send_path`](Self::send_path), [`validated`](Self::validated), [`state`](Self::state).
#[derive(Debug)]
pub struct Agent {
    shared: Shared,
    current: Session,
    previous: Option<Previous>,
    state: State,
    events: VecDeque<Event>,
    reported_role: Role,
    reported_pair: Option<PairId>,
    end_of_local: bool,
    /// The pair that data takes, and its path.
    send: Option<(PairId, Path)>,
    /// Whether a request or a keep-alive is due.
    pending: bool,
    wake: Option<Instant>,
}

impl Agent {
    /// An agent with fresh credentials, in the controlled role.
    ///
    /// # Errors
    /// [`ConfigError`] if the configuration breaks a rule of the RFCs.
    pub fn new(config: Config, provider: &'static Provider, mut rng: Rng) -> Result<Self, ConfigError> {
        config.check()?;
        let parameters = match config.local_parameters.clone() {
            Some(parameters) => parameters,
            None => Parameters::random(&mut rng, config.lite),
        };
        parameters.check()?;
        let tie_breaker = rng.next_u64();
        let shared = Shared {
            provider,
            rng: Generator(rng),
            now: Instant::ZERO,
            role: Role::Controlled,
            tie_breaker,
            locals: Locals::new(config.max_local_candidates),
            outbox: Outbox::new(config.max_pending_responses),
            discards: Discards::default(),
            next_pair: 0,
            pacing: config.pacing.max(DEFAULT_PACING),
            config,
        };
        let credentials = Credentials::new(provider, parameters);
        Ok(Self {
            shared,
            current: Session::new(0, credentials, Instant::ZERO),
            previous: None,
            state: State::New,
            events: VecDeque::new(),
            reported_role: Role::Controlled,
            reported_pair: None,
            end_of_local: false,
            send: None,
            pending: false,
            wake: None,
        })
    }

    // ---- questions

    /// Our role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.shared.role
    }

    /// The state of the transport.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What the peer has to know about us: of the newest generation.
    #[must_use]
    pub const fn local_parameters(&self) -> &Parameters {
        &self.current.local.parameters
    }

    /// What the peer told about itself: of the newest generation. `None` until it did, also after a restart.
    #[must_use]
    pub fn remote_parameters(&self) -> Option<&Parameters> {
        self.current.remote_parameters()
    }

    /// Our candidates of the newest generation, including those that the peer discovered.
    pub fn local_candidates(&self) -> impl Iterator<Item = &Candidate> {
        let (locals, generation) = (&self.shared.locals, self.current.generation);
        locals.indices().filter_map(move |index| locals.announced(index, generation)).map(|l| &l.candidate)
    }

    /// The peer's candidates of the newest generation, including those that its checks revealed.
    pub fn remote_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.current.candidates.iter().map(|c| &c.candidate)
    }

    /// The pairs: of the newest generation, and of the one before while that still carries data.
    pub fn pairs(&self) -> impl Iterator<Item = PairView<'_>> {
        self.sessions().flat_map(|s| s.pairs.iter().filter_map(|p| s.view(&self.shared, p)))
    }

    /// The pair that data takes: the chosen one, or before there is one the best that works.
    #[must_use]
    pub fn selected_pair(&self) -> Option<PairView<'_>> {
        let (id, _) = self.send?;
        self.sessions().find_map(|s| s.pair(id).and_then(|p| s.view(&self.shared, p)))
    }

    /// Where data goes. `None` before a pair works and after consent has run out. O(1).
    #[must_use]
    pub fn send_path(&self) -> Option<Path> {
        self.send.map(|(_, path)| path)
    }

    /// The latest round-trip time on the pair that data takes.
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.selected_pair().and_then(|p| p.stats.current_round_trip_time)
    }

    /// The round-trip time on the pair that data takes, or, where every check had to be repeated, the longest that it can
    /// be. A path that takes longer than the RTO of checks is never measured.
    #[must_use]
    pub fn rtt_at_most(&self) -> Option<Duration> {
        let (id, _) = self.send?;
        let pair = self.sessions().find_map(|s| s.pair(id))?;
        pair.stats.current_round_trip_time.or(pair.longest_round_trip)
    }

    /// The pair on `path`, if a peer with the right credentials stands at its other end: it answered a check there, or
    /// sent one. Only from there DTLS may be accepted. O(pairs), O(1) for the pair in use.
    #[must_use]
    pub fn validated(&self, path: Path) -> Option<PairId> {
        let on = |s: &Session| s.pair_on(&path).filter(|p| p.valid || p.heard).map(|p| p.id);
        self.sessions().find_map(on)
    }

    /// What the peer has proved about `path`; `None` where [`validated`](Self::validated) finds no pair. O(pairs), O(1) for
    /// the pair in use.
    #[must_use]
    pub fn path_proof(&self, path: Path) -> Option<PathProof> {
        self.sessions().filter_map(|s| s.pair_on(&path)).filter_map(Pair::proof).max()
    }

    /// What was discarded so far.
    #[must_use]
    pub const fn discards(&self) -> &Discards {
        &self.shared.discards
    }

    // ---- commands

    /// Sets our role, as signalling decides it: the offerer controls (RFC 8445 §6.1.1). A lite agent is always
    /// controlled, and the peer of one always controls.
    pub fn set_role(&mut self, role: Role) {
        let peer_is_lite = self.current.remote_parameters().is_some_and(|p| p.lite);
        let role = match (self.shared.config.lite, peer_is_lite) {
            (true, _) => Role::Controlled,
            (false, true) => Role::Controlling,
            (false, false) => role,
        };
        self.reported_role = role;
        self.change_role(role);
        self.settle();
    }

    /// Tells which pause between two new checks the peer proposes (RFC 8839 §5.5); 50 ms before it does. The longer of its
    /// pause and ours holds (RFC 8445 §14.2); a longer one than a second is taken for a second.
    pub fn set_remote_pacing(&mut self, pacing: Duration) {
        self.shared.pacing = self.shared.config.pacing.max(pacing.min(LONGEST_PACING));
    }

    /// Tells the peer's parameters: checks start. Parameters other than the current ones are a restart by the peer:
    /// then ours [change too](Self::restart), unless they have changed already.
    ///
    /// # Errors
    /// [`ParametersError`] if the parameters are not valid; nothing changed then.
    pub fn set_remote_parameters(
        &mut self,
        now: Instant,
        parameters: Parameters,
    ) -> Result<(), ParametersError> {
        let now = self.shared.tick(now);
        self.check_remote_parameters(&parameters)?;
        match self.current.remote_parameters() {
            Some(known) if known.same_generation(&parameters) => return Ok(()),
            Some(_) => self.restart(now),
            None => {}
        }
        self.learn_remote(now, parameters);
        Ok(())
    }

    /// Starts a new generation (RFC 8445 §9): new local parameters, which the peer has to be told, and no local candidates
    /// until they are added again. Data keeps its path until the new generation has chosen one.
    pub fn restart(&mut self, now: Instant) {
        let parameters = Parameters::random(&mut self.shared.rng.0, self.shared.config.lite);
        self.start_generation(now, parameters);
    }

    /// Like [`restart`](Self::restart), with parameters that are chosen already: an offer named them before it was
    /// applied.
    ///
    /// # Errors
    /// [`ParametersError`] if the parameters are not valid; nothing changed then.
    pub fn restart_with(&mut self, now: Instant, parameters: Parameters) -> Result<(), ParametersError> {
        parameters.check()?;
        if self.state == State::Closed {
            return Err(ParametersError::Closed);
        }
        self.start_generation(now, parameters);
        Ok(())
    }

    fn start_generation(&mut self, now: Instant, parameters: Parameters) {
        let now = self.shared.tick(now);
        if self.state == State::Closed {
            return;
        }
        let generation = self.current.generation.wrapping_add(1);
        let credentials = Credentials::new(self.shared.provider, parameters);
        let mut session = Session::new(generation, credentials, now);
        // Pacing goes on as if nothing had happened.
        session.next_check_at = self.current.next_check_at.max(now);
        let mut old = core::mem::replace(&mut self.current, session);
        let answered = old.remote.is_some();
        match &mut self.previous {
            Some(_) if !answered => {}
            // Data goes on until a later generation has chosen a pair, however many there are until then.
            Some(previous) if previous.session.send.is_some() && old.nominated.is_none() => {
                (previous.skipped, previous.until) = (true, None);
            }
            previous => {
                old.rest(now);
                let end_of_local = self.end_of_local;
                *previous = Some(Previous { session: old, until: None, end_of_local, skipped: false });
            }
        }
        self.end_of_local = false;
        let used: Vec<usize> = self.sessions().flat_map(|s| &s.pairs).map(|p| p.local).collect();
        self.shared.locals.forget_unused(&used);
        self.advance(now);
    }

    /// Takes a restart back that the peer has not answered: the offer that announced it was rolled back. Whether there
    /// was one, and the generation before it is still there.
    pub fn undo_restart(&mut self, now: Instant) -> bool {
        let now = self.shared.tick(now);
        if self.current.remote.is_some() || self.state == State::Closed {
            return false;
        }
        let Some(previous) = self.previous.take_if(|p| !p.skipped) else { return false };
        self.current = previous.session;
        self.end_of_local = previous.end_of_local;
        self.shared.locals.take_back(self.current.announced());
        self.advance(now);
        true
    }

    /// Adds an address that the application has bound: a host candidate. Over TCP it is one at which the application
    /// listens. The same address again gives the same candidate: so it is added to another generation.
    ///
    /// # Errors
    /// [`LocalAddressError`] if the address can be no candidate.
    pub fn add_local_address(
        &mut self,
        now: Instant,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Result<Candidate, LocalAddressError> {
        self.refuse_if_closed()?;
        let index = self.shared.locals.add_host(address, protocol, self.current.announced())?;
        self.on_local_candidate(now, index)
    }

    /// Withdraws an address that the application has bound no longer, and the candidates that have it as their base. Their
    /// pairs are gone at once, in every generation; where another works, data takes that one. What the peer was told it
    /// does not unlearn: a [`restart`](Self::restart) tells it anew. Whether there was such a candidate.
    pub fn remove_local_address(&mut self, now: Instant, address: SocketAddr, protocol: Protocol) -> bool {
        let now = self.shared.tick(now);
        let removed = self.shared.locals.remove(protocol, address);
        if removed {
            self.shared.outbox.forget(protocol, address);
            self.current.on_local_removed(&self.shared);
            if let Some(previous) = &mut self.previous {
                previous.session.on_local_removed(&self.shared);
            }
            self.advance(now);
        }
        removed
    }

    /// Adds a candidate that was gathered elsewhere: server-reflexive, relayed, or over TCP.
    ///
    /// # Errors
    /// [`LocalAddressError`] if the address can be no candidate.
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        local: LocalCandidate,
    ) -> Result<Candidate, LocalAddressError> {
        self.refuse_if_closed()?;
        let index = self.shared.locals.add(local, self.current.announced())?;
        self.on_local_candidate(now, index)
    }

    /// There are no more local candidates in this generation.
    pub fn end_of_local_candidates(&mut self, now: Instant) {
        let now = self.shared.tick(now);
        self.end_of_local = true;
        self.advance(now);
    }

    /// Adds a candidate of the peer. One that is known already changes nothing.
    ///
    /// # Errors
    /// [`CandidateError`] if it cannot be used; a counter of [`discards`](Self::discards) knows.
    pub fn add_remote_candidate(&mut self, now: Instant, candidate: Candidate) -> Result<(), CandidateError> {
        let now = self.shared.tick(now);
        let checked = self.check_remote_candidate(&candidate);
        if checked.is_err() {
            self.shared.discards.remote_candidates = self.shared.discards.remote_candidates.saturating_add(1);
        }
        checked?;
        self.current.add_remote_candidate(&mut self.shared, candidate)?;
        self.advance(now);
        Ok(())
    }

    /// The peer has no more candidates in this generation.
    pub fn end_of_remote_candidates(&mut self, now: Instant) {
        let now = self.shared.tick(now);
        self.current.end_of_candidates = true;
        self.advance(now);
    }

    /// Notes a datagram of data that came by a [validated](Self::validated) pair: it counts as a sign of life.
    pub fn record_received(&mut self, now: Instant, pair: PairId, len: usize) {
        let now = self.shared.tick(now);
        let Some(pair) = self.pair_mut(pair) else { return };
        pair.last_alive = Some(now);
        pair.stats.packets_received = pair.stats.packets_received.saturating_add(1);
        pair.stats.bytes_received = pair.stats.bytes_received.saturating_add(u64_of(len));
        pair.stats.last_packet_received = Some(now);
        if self.state == State::Disconnected {
            self.settle();
        }
    }

    /// Notes a datagram of data that went by [`send_path`](Self::send_path).
    pub fn record_sent(&mut self, now: Instant, len: usize) {
        let now = self.shared.tick(now);
        let Some(pair) = self.send.and_then(|(id, _)| self.pair_mut(id)) else { return };
        pair.last_sent = Some(now);
        pair.stats.packets_sent = pair.stats.packets_sent.saturating_add(1);
        pair.stats.bytes_sent = pair.stats.bytes_sent.saturating_add(u64_of(len));
        pair.stats.last_packet_sent = Some(now);
    }

    /// Ends everything at once: no datagram is sent or accepted any more.
    pub fn close(&mut self, now: Instant) {
        self.shared.tick(now);
        self.previous = None;
        self.current.pairs.clear();
        self.current.triggered.clear();
        self.current.nominated = None;
        self.current.nominating = None;
        self.shared.outbox.clear();
        self.enter(State::Closed);
        self.settle();
    }

    // ---- verbs

    /// Takes a STUN datagram that came by `path`.
    ///
    /// # Errors
    /// [`Discard`] says why it was ignored: it then changed nothing but a counter.
    pub fn handle_input(&mut self, now: Instant, path: Path, packet: &[u8]) -> Result<(), Discard> {
        let result = self.on_datagram(now, &path, packet);
        if let Err(discard) = result {
            self.shared.discards.count(discard);
        }
        result
    }

    /// Applies the passing of time.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.shared.tick(now);
        self.advance(now);
    }

    /// Writes the next datagram into `out`, which should have [`MAX_MESSAGE_LEN`](crate::MAX_MESSAGE_LEN) bytes: a
    /// message that does not fit is lost.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let now = self.shared.tick(now);
        if self.wake.is_some_and(|at| at <= now) {
            self.advance(now);
        }
        if let Some(transmit) = self.poll_response(out) {
            return Some(transmit);
        }
        if !self.pending {
            return None;
        }
        let transmit = self.poll_request(now, out);
        self.settle();
        transmit
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        let pair = self.send.map(|(id, _)| id);
        if self.reported_pair != pair {
            self.reported_pair = pair;
            return Some(Event::SelectedPairChange(pair));
        }
        if self.reported_role != self.shared.role {
            self.reported_role = self.shared.role;
            return Some(Event::RoleChange(self.shared.role));
        }
        take_front(&mut self.events)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called. O(1).
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.wake
    }

    // ---- inner

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        core::iter::once(&self.current).chain(self.previous.iter().map(|p| &p.session))
    }

    fn pair_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        let previous = self.previous.as_mut().map(|p| &mut p.session);
        core::iter::once(&mut self.current).chain(previous).find_map(|s| s.pair_mut(id))
    }

    fn refuse_if_closed(&self) -> Result<(), LocalAddressError> {
        if self.state == State::Closed { Err(LocalAddressError::Closed) } else { Ok(()) }
    }

    fn on_local_candidate(&mut self, now: Instant, index: usize) -> Result<Candidate, LocalAddressError> {
        let now = self.shared.tick(now);
        self.current.on_local_candidate(&mut self.shared, index);
        self.advance(now);
        let local = self.shared.locals.get(index).ok_or(LocalAddressError::TooMany)?;
        Ok(local.candidate.clone())
    }

    fn check_remote_parameters(&self, parameters: &Parameters) -> Result<(), ParametersError> {
        parameters.check()?;
        if self.state == State::Closed {
            return Err(ParametersError::Closed);
        }
        let both_lite = parameters.lite && self.shared.config.lite;
        if both_lite { Err(ParametersError::BothLite) } else { Ok(()) }
    }

    fn learn_remote(&mut self, now: Instant, parameters: Parameters) {
        let lite = parameters.lite;
        self.current.set_remote(&mut self.shared, now, parameters);
        if lite {
            self.reported_role = Role::Controlling;
            self.change_role(Role::Controlling);
        }
        self.advance(now);
    }

    fn check_remote_candidate(&self, candidate: &Candidate) -> Result<(), CandidateError> {
        if self.state == State::Closed {
            return Err(CandidateError::Closed);
        }
        let generation = self.current.remote_parameters().map(|p| p.username_fragment.as_str());
        if let (Some(theirs), Some(current)) = (candidate.username_fragment.as_deref(), generation)
            && theirs != current
        {
            return Err(CandidateError::WrongGeneration);
        }
        if candidate.component != 1 {
            return Err(CandidateError::Component);
        }
        is_candidate_address(candidate.address).then_some(()).ok_or(CandidateError::Unusable)
    }

    fn change_role(&mut self, role: Role) {
        if self.shared.role == role {
            return;
        }
        self.shared.role = role;
        self.current.on_role_change(&self.shared, self.shared.now);
    }
}

fn u64_of(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
