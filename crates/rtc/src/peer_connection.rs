//! `RTCPeerConnection` (webrtc-pc §4.4).
//!
//! ```text
//!  descriptions ──► jsep ──what both sides agreed on──► reconcile ──► transports, association
//!  datagrams ─────► input ──► ice │ dtls ─► sctp ─► data channels ──► events
//!  channels' messages ──► sctp ─► dtls ─► output ──► datagrams
//! ```

mod association;
mod close;
mod data;
mod descriptions;
mod gathering;
mod input;
mod output;
mod progress;
mod reconcile;
mod told;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::SocketAddr;

use base::Instant;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto::Rng;
use datachannel::{ChannelId, Channels};

use self::association::Association;
pub use self::close::End;
pub use self::output::MIN_BUFFER_LEN;
use self::told::Told;
use crate::log::Log;
use crate::observer::Observer;
use crate::state::{IceConnectionState, IceGatheringState, PeerConnectionState};
use crate::transport::Transport;
use crate::{Configuration, DtlsTransport, Error, IceTransport, SctpTransport, TransportId};

/// A connection to one peer.
///
/// Methods come in four kinds. **Getters** are attributes of W3C's interface. **Commands** are its methods: what returns
/// a promise there returns a `Result` here at once, and what follows later is an event. **`handle_*`** take what the
/// network and the clock bring. **`poll_*`** give what has to be done: datagrams, events, and when to come again.
///
/// The methods may be called in any order. Nothing is lost by not polling; it only waits.
pub struct PeerConnection {
    config: Configuration,
    rng: Rng,
    session: jsep::Session,
    addresses: Vec<SocketAddr>,
    transports: Vec<Transport>,
    next_transport: u32,
    channels: Channels,
    association: Option<Association>,
    events: Told,
    /// Bytes of the messages among them, with what they cost: an association that has ended left them there.
    left_over: usize,
    negotiation_announced: bool,
    /// The channel whose end was reported last: it can still be looked at.
    closed_channel: Option<ChannelId>,
    closed: bool,
    /// When it is closed at the latest.
    closing_at: Option<Instant>,
    states: States,
    /// Whether something was done since `poll_transmit` last had nothing to give, or since `handle_timeout`.
    restless: bool,
    /// Whether a datagram was given out since what follows was last carried on: the layer that gave it may have moved.
    moved: bool,
    discarded: u64,
    pub(crate) observer: Observer,
}

/// The states that were reported last.
#[derive(Clone, Copy, Debug, Default)]
struct States {
    gathering: IceGatheringState,
    ice: IceConnectionState,
    connection: PeerConnectionState,
}

impl PeerConnection {
    /// A connection that has said nothing yet.
    ///
    /// `rng` has to be cryptographically secure. The same seed, and the same calls, give the same datagrams.
    ///
    /// # Errors
    /// [`Error::NoCertificate`], [`Error::CertificateExpired`] or [`Error::Configuration`]: what is not refused here
    /// is not refused later.
    pub fn new(config: Configuration, mut rng: Rng, _now: Instant) -> Result<Self, Error> {
        config.check()?;
        let mut session = jsep::Config::new(config.fingerprints());
        session.ice_lite = config.ice.lite;
        session.ice_pacing = config.ice.pacing;
        session.max_message_size = config.max_message_size as u64;
        let mut session = jsep::Session::new(session, child(&mut rng));
        if config.always_negotiate_data_channels {
            session.want_data();
        }
        Ok(Self {
            channels: Channels::new(config.data_channels()),
            events: Told::new(Log::new(config.log_addresses)),
            config,
            rng,
            session,
            addresses: Vec::new(),
            transports: Vec::new(),
            next_transport: 0,
            association: None,
            left_over: 0,
            negotiation_announced: false,
            closed_channel: None,
            closed: false,
            closing_at: None,
            states: States::default(),
            restless: false,
            moved: false,
            discarded: 0,
            observer: Observer::default(),
        })
    }

    /// The settings.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.config
    }

    /// `iceGatheringState`.
    #[must_use]
    pub const fn ice_gathering_state(&self) -> IceGatheringState {
        self.states.gathering
    }

    /// `iceConnectionState`.
    #[must_use]
    pub const fn ice_connection_state(&self) -> IceConnectionState {
        self.states.ice
    }

    /// `connectionState`.
    #[must_use]
    pub const fn connection_state(&self) -> PeerConnectionState {
        self.states.connection
    }

    /// `sctp`: the transport of the data channels, once a section for them is proposed, by whichever side.
    #[must_use]
    pub fn sctp(&self) -> Option<SctpTransport<'_>> {
        let data = self.session.data().or_else(|| self.session.proposed_data())?;
        let transport = self.transports.iter().find(|transport| transport.mid == data.transport)?;
        Some(SctpTransport { connection: self, transport })
    }

    /// The DTLS transport that an event names; `None` once it is gone.
    #[must_use]
    pub fn dtls_transport(&self, id: TransportId) -> Option<DtlsTransport<'_>> {
        let transport = self.transports.iter().find(|transport| transport.id == id)?;
        Some(DtlsTransport { connection: self, transport })
    }

    /// The ICE transport that an event names; `None` once it is gone.
    #[must_use]
    pub fn ice_transport(&self, id: TransportId) -> Option<IceTransport<'_>> {
        self.dtls_transport(id).map(|transport| transport.ice_transport())
    }

    /// How many datagrams were ignored before any protocol saw them. Each protocol counts its own besides.
    #[must_use]
    pub const fn discarded(&self) -> u64 {
        self.discarded
    }

    /// The transports that both sides, or we alone, have settled on.
    fn agreed_transports(&self) -> impl Iterator<Item = &Transport> + Clone {
        self.transports.iter().filter(|transport| !transport.is_proposed)
    }

    /// Says by which number the log names this connection.
    pub(crate) const fn log_as(&mut self, number: u64) {
        self.events.log.connection = Some(number);
    }

    const fn log(&self) -> Log {
        self.events.log
    }

    pub(crate) fn transports(&self) -> &[Transport] {
        &self.transports
    }

    pub(crate) fn transports_mut(&mut self) -> &mut [Transport] {
        &mut self.transports
    }

    pub(crate) const fn channels(&self) -> &Channels {
        &self.channels
    }

    fn alive(&self) -> Result<(), Error> {
        if self.closed { Err(Error::Closed) } else { Ok(()) }
    }
}

/// A generator of its own for a machine: what one machine draws does not move the others.
fn child(rng: &mut Rng) -> Rng {
    let mut seed = [0; 32];
    rand_core::Rng::fill_bytes(rng, &mut seed);
    Box::new(ChaCha20Rng::from_seed(seed))
}

impl core::fmt::Debug for PeerConnection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PeerConnection").field("states", &self.states).finish_non_exhaustive()
    }
}
