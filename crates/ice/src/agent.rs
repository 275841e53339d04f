//! The agent: its data and its verbs. Commands, questions, and what the verbs set in motion stand in the files of this
//! module.
//!
//! ```text
//!   datagram ─► handle_input ─┬─ request ──► answer (outbox) ─► role conflict ─► triggered check, nomination
//!                             └─ response ─► valid pair, chosen pair, consent
//!   time ─────► handle_timeout ─► repetitions, consent, nomination, expiry
//!                                         │
//!   poll_transmit ◄── answers, due checks, one new check every Ta, keep-alives
//! ```

mod accounting;
mod candidates;
mod commands;
mod fork;
mod questions;
mod request;
mod response;
mod restart;
mod state;
mod timeout;
mod transmit;

use alloc::collections::VecDeque;

use base::{Instant, Path, Transmit, take_front};
use crypto::{Provider, Rng};
use rand_core::Rng as _;

use self::restart::Previous;
use crate::config::{Config, DEFAULT_PACING};
use crate::error::{ConfigError, Discard, Discards};
use crate::event::{Event, State};
use crate::local::Locals;
use crate::outbox::Outbox;
use crate::pair::{Pair, PairId};
use crate::parameters::{Credentials, Parameters};
use crate::role::Role;
use crate::session::Session;
use crate::shared::{Generator, Shared};

/// An ICE agent for one data stream with one component.
///
/// *Commands* tell it what happens: [`set_remote_parameters`](Self::set_remote_parameters),
/// [`add_local_address`](Self::add_local_address), [`add_remote_candidate`](Self::add_remote_candidate),
/// [`restart`](Self::restart). *Verbs* move it: [`handle_input`](Self::handle_input),
/// [`handle_timeout`](Self::handle_timeout), [`poll_transmit`](Self::poll_transmit),
/// [`poll_event`](Self::poll_event), [`poll_timeout`](Self::poll_timeout), in any order. *Questions* cost nothing:
/// [`send_path`](Self::send_path), [`validated`](Self::validated), [`state`](Self::state).
///
/// Example: [on the first page](crate).
#[derive(Debug)]
pub struct Agent {
    shared: Shared,
    current: Session,
    previous: Option<Previous>,
    state: State,
    events: VecDeque<Event>,
    reported_role: Role,
    reported: Option<(PairId, Readiness)>,
    end_of_local: bool,
    /// The pair that data takes.
    send: Option<Sending>,
    /// Whether a request or a keep-alive is due.
    pending: bool,
    wake: Option<Instant>,
}

/// The pair that data takes, as far as each datagram has to know it.
#[derive(Clone, Copy, Debug)]
struct Sending {
    pair: PairId,
    path: Path,
    /// Whether as much has gone there as may go to who has proved nothing.
    exhausted: bool,
    readiness: Readiness,
}

/// What the peer has shown of being ready for data on a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Readiness {
    /// It has checked the pair, with our parameters: it has our description.
    heard: bool,
    /// The pair is chosen.
    nominated: bool,
}

impl Sending {
    const fn on(pair: &Pair, nominated: bool) -> Self {
        let readiness = Readiness { heard: pair.heard, nominated };
        Self { pair: pair.id, path: pair.path, exhausted: !pair.is_allowed(), readiness }
    }
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
            role_settled: false,
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
            reported: None,
            end_of_local: false,
            send: None,
            pending: false,
            wake: None,
        })
    }

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
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event> {
        let sending = self.send.map(|sending| (sending.pair, sending.readiness));
        if self.reported != sending {
            return Some(self.report(sending));
        }
        if self.reported_role != self.shared.role {
            self.reported_role = self.shared.role;
            return Some(Event::RoleChange(self.shared.role));
        }
        take_front(&mut self.events)
    }

    /// Tells of another pair, or of more that the peer has shown on the same.
    fn report(&mut self, sending: Option<(PairId, Readiness)>) -> Event {
        let [before, pair] = [self.reported, sending].map(|reported| reported.map(|(pair, _)| pair));
        if before == pair {
            self.reported = sending;
            return Event::PeerReady;
        }
        self.reported = pair.map(|pair| (pair, Readiness::default()));
        Event::SelectedPairChange(pair)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called. O(1).
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.wake
    }

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        core::iter::once(&self.current).chain(self.previous.iter().map(|p| &p.session))
    }

    fn pair_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        let previous = self.previous.as_mut().map(|p| &mut p.session);
        core::iter::once(&mut self.current).chain(previous).find_map(|s| s.pair_mut(id))
    }
}
