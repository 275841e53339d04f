//! `RTCConfiguration` (webrtc-pc §4.2.1), and what a library without I/O asks for besides.

use alloc::vec;
use alloc::vec::Vec;

use base::UnixTime;
use crypto::Provider;

use crate::certificate::to_sdp;
use crate::error::ConfigurationError;
use crate::{Certificate, Error};

/// Which candidates may be used.
///
/// Example: [`Configuration`](crate::Configuration).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum IceTransportPolicy {
    /// All.
    #[default]
    All,
    /// Only relayed ones: no address of ours is shown to the peer.
    Relay,
}

/// The settings of a connection.
///
/// # Example
/// ```
/// use rtc::{Certificate, Configuration, IceTransportPolicy, KeyAlgorithm, PeerConnection, UnixTime};
/// # fn entropy() -> chacha20::ChaCha20Rng { chacha20::rand_core::SeedableRng::from_seed([7; 32]) }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = &crypto_rust::PROVIDER;
/// let today = UnixTime::from_secs(1_800_000_000);
/// let certificate = Certificate::generate(provider, &mut entropy(), KeyAlgorithm::EcdsaP256, today)?;
/// let mut configuration = Configuration::new(provider, certificate);
/// configuration.ice_transport_policy = IceTransportPolicy::All;
/// configuration.max_message_size = 65_536;
/// configuration.data_channels.max_channels = 8;
/// let connection = PeerConnection::new(configuration, Box::new(entropy()), rtc::Instant::ZERO)?;
/// assert_eq!(connection.configuration().max_message_size, 65_536);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The cryptography.
    pub provider: &'static Provider,
    /// Our certificates. Descriptions carry the fingerprints of all; the first that suits the peer is used.
    pub certificates: Vec<Certificate>,
    /// Which candidates may be used.
    pub ice_transport_policy: IceTransportPolicy,
    /// Whether an offer has a section for data channels before the first channel is created
    /// (`alwaysNegotiateDataChannels`).
    pub always_negotiate_data_channels: bool,
    /// The day and time, to refuse expired certificates; `None` not to.
    pub unix_now: Option<UnixTime>,
    /// The longest UDP payload that is sent, in bytes. 1,228 fits into the smallest packet that IPv6 guarantees.
    pub max_datagram_size: usize,
    /// The largest message that is taken, in bytes. Each connection may hold a receive window of that size and more.
    pub max_message_size: usize,
    /// The settings of ICE: pace, patience, limits.
    pub ice: ice::Config,
    /// The settings of DTLS.
    pub dtls: dtls::Config,
    /// The settings of SCTP. Ports, packet and message size are set from the descriptions and from above.
    pub sctp: sctp::Config,
    /// The limits of data channels.
    pub data_channels: datachannel::Config,
    /// Whether the log, of the features `tracing` and `defmt`, names addresses and user name fragments. They tell who talks to
    /// whom; passwords and keys are named nowhere.
    pub log_addresses: bool,
}

/// Bytes of datagrams that wait for the role in DTLS: four of 2 KiB.
const EARLY_HEAP: usize = 4 * 2048;

impl Configuration {
    /// The defaults, with this cryptography and this certificate.
    #[must_use]
    pub fn new(provider: &'static Provider, certificate: Certificate) -> Self {
        Self {
            provider,
            certificates: vec![certificate],
            ice_transport_policy: IceTransportPolicy::All,
            always_negotiate_data_channels: false,
            unix_now: None,
            max_datagram_size: 1228,
            max_message_size: 262_144,
            ice: ice::Config::default(),
            dtls: dtls::Config::default(),
            sctp: sctp::Config::default(),
            data_channels: datachannel::Config::default(),
            log_addresses: false,
        }
    }

    /// Bytes of heap that the packets of a peer can make a connection take at most, and what it is given to send: a receive budget,
    /// a send budget, and what is noted of streams, channels, candidates and the handshake. Messages that an association leaves
    /// when it ends count against the receive budget. Descriptions, and the names that the application gives to its channels,
    /// come on top; so do packets that are [observed](crate::PeerConnection::observe_packets).
    #[must_use]
    pub fn most_heap(&self) -> usize {
        let sctp = self.sctp(self.sctp.local_port, self.sctp.remote_port).most_heap();
        let below = self.ice.most_heap().saturating_add(self.dtls.most_heap()).saturating_add(EARLY_HEAP);
        sctp.saturating_add(self.data_channels().most_heap()).saturating_add(below)
    }

    /// Whether a connection can come about with these settings.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let identities = self.identities()?;
        self.ice.check().map_err(ConfigurationError::Ice)?;
        // A server needs what a client needs, and more; which one this will be, the negotiation says.
        self.dtls().check(dtls::Role::Server, identities, self.provider).map_err(ConfigurationError::Dtls)?;
        self.sctp(self.sctp.local_port, self.sctp.remote_port).check().map_err(ConfigurationError::Sctp)?;
        Ok(())
    }

    /// What the connection may show.
    pub(crate) fn identities(&self) -> Result<impl Iterator<Item = &dtls::Identity>, Error> {
        if self.certificates.is_empty() {
            return Err(Error::NoCertificate);
        }
        if self.unix_now.is_some_and(|now| self.certificates.iter().any(|c| c.is_expired(now))) {
            return Err(Error::CertificateExpired);
        }
        Ok(self.certificates.iter().map(|certificate| &certificate.identity))
    }

    /// The fingerprints of all certificates.
    pub(crate) fn fingerprints(&self) -> Vec<sdp::Fingerprint> {
        let of = |certificate: &Certificate| certificate.fingerprints(self.provider);
        self.certificates.iter().flat_map(of).map(to_sdp).collect()
    }

    /// The settings of SCTP between these ports.
    pub(crate) fn sctp(&self, local_port: u16, remote_port: u16) -> sctp::Config {
        let mut config = self.sctp.clone();
        config.local_port = local_port;
        config.remote_port = remote_port;
        config.max_packet_size = self.max_datagram_size.saturating_sub(dtls::Overhead::MAX.total());
        config.max_message_size = self.max_message_size;
        // What the channels retain leaves room for a message.
        let retained = self.data_channels.max_retained;
        config.receive_window =
            config.receive_window.max(config.smallest_receive_window().saturating_add(retained));
        config
    }

    /// The settings of DTLS.
    pub(crate) fn dtls(&self) -> dtls::Config {
        let mut config = self.dtls.clone();
        config.mtu = self.max_datagram_size;
        config
    }

    /// The limits of data channels.
    pub(crate) fn data_channels(&self) -> datachannel::Config {
        let mut config = self.data_channels;
        config.max_message_size = self.max_message_size;
        config
    }
}
