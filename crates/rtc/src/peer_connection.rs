//! `RTCPeerConnection` (webrtc-pc §4.4).
//!
//! ```text
//!  descriptions ──► jsep ──what both sides agreed on──► reconcile ──► transports, association
//!  datagrams ─────► input ──► ice │ dtls ─► sctp ─► data channels ──► events
//!  channels' messages ──► sctp ─► dtls ─► output ──► datagrams
//! ```

// The documentation lists the methods in the order of these modules: the order in which they are used.
mod construction;

mod gathering;

mod descriptions;

mod input;

mod output;

mod data;

mod states;

mod close;

mod association;
mod progress;
mod reconcile;
mod told;

use alloc::vec::Vec;
use core::net::SocketAddr;

use base::Instant;
use crypto::Rng;
use datachannel::{ChannelId, Channels};

use self::association::Association;
pub use self::close::End;
pub(crate) use self::input::take_each;
pub use self::output::MIN_BUFFER_LEN;
use self::told::Told;
use crate::log::Log;
use crate::observer::Observer;
use crate::state::{IceConnectionState, IceGatheringState, PeerConnectionState};
use crate::transport::Transport;
use crate::{Configuration, Error};

/// A connection to one peer.
///
/// Methods come in four kinds. **Getters** are attributes of W3C's interface. **Commands** are its methods: what returns
/// a promise there returns a `Result` here at once, and what follows later is an event. **`handle_*`** take what the
/// network and the clock bring. **`poll_*`** give what has to be done: datagrams, events, and when to come again.
///
/// The methods may be called in any order. Nothing is lost by not polling; it only waits.
///
/// # Example
/// Two connections in one program, and a network and a clock that are a loop. Real ones: the
/// [guide](crate::guide::first_connection).
///
/// ```
/// use rtc::{Certificate, Configuration, DataChannelInit, Event, Instant, KeyAlgorithm, OfferOptions, Path, PeerConnection, UnixTime};
/// # fn entropy(seed: u8) -> chacha20::ChaCha20Rng { chacha20::rand_core::SeedableRng::from_seed([seed; 32]) }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut now = Instant::ZERO;
/// let connection = |seed| -> Result<PeerConnection, Box<dyn std::error::Error>> {
///     let provider = &crypto_rust::PROVIDER;
///     let today = UnixTime::from_secs(1_800_000_000);
///     let certificate = Certificate::generate(provider, &mut entropy(seed), KeyAlgorithm::EcdsaP256, today)?;
///     Ok(PeerConnection::new(Configuration::new(provider, certificate), Box::new(entropy(seed)), now)?)
/// };
/// let mut alice = connection(1)?;
/// let mut bob = connection(2)?;
/// alice.add_local_address("192.0.2.1:4000".parse()?)?;
/// bob.add_local_address("192.0.2.2:4000".parse()?)?;
/// alice.create_data_channel("chat", DataChannelInit::default())?;
///
/// let offer = alice.create_offer(OfferOptions::default())?;
/// alice.set_local_description(now, &offer)?;
/// bob.set_remote_description(now, &alice.local_description().ok_or("no offer")?)?;
/// let answer = bob.create_answer()?;
/// bob.set_local_description(now, &answer)?;
/// alice.set_remote_description(now, &bob.local_description().ok_or("no answer")?)?;
///
/// let mut heard = None;
/// let mut buffer = [0; 2048];
/// for _ in 0..1_000 {
///     for turn in [true, false] {
///         let (from, to) = if turn { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
///         while let Some(transmit) = from.poll_transmit(now, &mut buffer) {
///             let path = Path::udp(transmit.path.remote, transmit.path.local);
///             let _ = to.handle_input(now, path, transmit.ecn, &mut buffer[..transmit.len]);
///         }
///     }
///     while let Some(event) = alice.poll_event() {
///         if let Event::DataChannelOpen(id) = event {
///             alice.send(now, id, "hello")?;
///         }
///     }
///     while let Some(event) = bob.poll_event() {
///         if let Event::DataChannelMessage(_, message) = event {
///             heard = Some(message);
///         }
///     }
///     if heard.is_some() {
///         break;
///     }
///     now = alice.poll_timeout().into_iter().chain(bob.poll_timeout()).min().ok_or("nothing to wait for")?.max(now);
///     alice.handle_timeout(now);
///     bob.handle_timeout(now);
/// }
/// assert_eq!(heard, Some("hello".into()));
/// # Ok(())
/// # }
/// ```
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

impl core::fmt::Debug for PeerConnection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PeerConnection").field("states", &self.states).finish_non_exhaustive()
    }
}
