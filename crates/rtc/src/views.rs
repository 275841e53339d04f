//! `RTCSctpTransport`, `RTCDtlsTransport` and `RTCIceTransport` (webrtc-pc §5.5, §5.6, §6.1.1).

use core::net::SocketAddr;

use base::{Path, Protocol};
use crypto::CertificateDer;

use crate::candidate::candidate_from_ice;
use crate::state::{DtlsTransportState, IceGatheringState, IceTransportState, SctpTransportState};
use crate::transport::Transport;
use crate::{IceCandidate, PeerConnection, TransportId};

/// The SCTP transport of a connection, borrowed for a moment.
///
/// Example: [`IceTransport`](crate::IceTransport).
#[derive(Clone, Copy, Debug)]
pub struct SctpTransport<'a> {
    pub(crate) connection: &'a PeerConnection,
    pub(crate) transport: &'a Transport,
}

impl<'a> SctpTransport<'a> {
    /// The DTLS transport under it.
    #[must_use]
    pub const fn transport(&self) -> DtlsTransport<'a> {
        DtlsTransport { connection: self.connection, transport: self.transport }
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> SctpTransportState {
        self.connection.sctp_state()
    }

    /// The largest message that can be sent, in bytes: what the peer takes and our send buffer holds. `None` until the
    /// peer has described its side.
    #[must_use]
    pub fn max_message_size(&self) -> Option<u64> {
        self.connection.max_message_size()
    }

    /// How many channels can be open at once; `None` until the association is up.
    #[must_use]
    pub const fn max_channels(&self) -> Option<u16> {
        self.connection.max_channels()
    }

    /// What the association counts and measures: round trips, windows, losses. Beside W3C's model, whose `getStats`
    /// knows nothing of SCTP; `None` until there is an association.
    #[must_use]
    pub fn stats(&self) -> Option<sctp::Stats> {
        self.connection.sctp_stats()
    }
}

/// A DTLS transport, borrowed for a moment.
///
/// Example: [`IceTransport`](crate::IceTransport).
#[derive(Clone, Copy, Debug)]
pub struct DtlsTransport<'a> {
    pub(crate) connection: &'a PeerConnection,
    pub(crate) transport: &'a Transport,
}

impl<'a> DtlsTransport<'a> {
    /// What names it.
    #[must_use]
    pub const fn id(&self) -> TransportId {
        self.transport.id
    }

    /// The ICE transport under it.
    #[must_use]
    pub const fn ice_transport(&self) -> IceTransport<'a> {
        IceTransport { connection: self.connection, transport: self.transport }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> DtlsTransportState {
        self.transport.dtls_state_now()
    }

    /// What stands in the way of its handshake so far: the reasons that an error will tell if it is not finished.
    #[must_use]
    pub fn noted(&self) -> dtls::Noted {
        self.transport.dtls.as_ref().map(|dtls| dtls.noted()).unwrap_or_default()
    }

    /// The peer's certificate chain; empty until the handshake is finished.
    #[must_use]
    pub fn remote_certificates(&self) -> &'a [CertificateDer] {
        self.transport.dtls.as_ref().map_or(&[], |dtls| dtls.peer_certificates())
    }
}

/// An ICE transport, borrowed for a moment.
///
/// # Example
/// ```
/// use rtc::PeerConnection;
///
/// /// Which way the data goes.
/// fn way(connection: &PeerConnection) -> Option<String> {
///     let transport = connection.sctp()?.transport().ice_transport();
///     let pair = transport.selected_candidate_pair()?;
///     Some(format!("{:?}: {} to {:?}", transport.id(), pair.local.address, pair.remote.address()))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IceTransport<'a> {
    pub(crate) connection: &'a PeerConnection,
    pub(crate) transport: &'a Transport,
}

/// Two candidates that belong together (`RTCIceCandidatePair`).
///
/// Example: [`IceTransport`](crate::IceTransport).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct IceCandidatePair<'a> {
    /// Our candidate.
    pub local: &'a ice::Candidate,
    /// The peer's.
    pub remote: RemoteCandidate<'a>,
    /// The way that datagrams take.
    pub path: Path,
}

/// A candidate of the peer, as far as it may be shown: where nobody but a check has told of it, the application is to learn
/// from the signalling what its peer wants it to know (webrtc-pc §4.8.1.1).
///
/// Example: [`IceTransport`](crate::IceTransport).
#[derive(Clone, Copy, Debug)]
pub struct RemoteCandidate<'a> {
    candidate: &'a ice::Candidate,
    signalled_fragment: Option<&'a str>,
}

impl<'a> RemoteCandidate<'a> {
    /// A candidate, and the user name fragment that the peer's description has.
    pub(crate) fn new(candidate: &'a ice::Candidate, remote: Option<&'a ice::Parameters>) -> Self {
        Self { candidate, signalled_fragment: remote.map(|remote| remote.username_fragment.as_str()) }
    }

    /// How it was found.
    #[must_use]
    pub const fn kind(&self) -> ice::CandidateKind {
        self.candidate.kind
    }

    /// Its transport.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.candidate.protocol
    }

    /// Its priority.
    #[must_use]
    pub const fn priority(&self) -> u32 {
        self.candidate.priority
    }

    /// Its foundation.
    #[must_use]
    pub const fn foundation(&self) -> &'a ice::Foundation {
        &self.candidate.foundation
    }

    /// Who opens the connection, over TCP.
    #[must_use]
    pub const fn tcp_type(&self) -> Option<ice::TcpType> {
        self.candidate.tcp_type
    }

    /// Its address; `None` until it was signalled.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.is_signalled().then_some(self.candidate.address)
    }

    /// The address from which it was found, where the peer has told it.
    #[must_use]
    pub const fn related_address(&self) -> Option<SocketAddr> {
        self.candidate.related_address
    }

    /// The user name fragment of its generation; `None` until it was signalled.
    #[must_use]
    pub fn username_fragment(&self) -> Option<&'a str> {
        let fragment = self.candidate.username_fragment.as_deref();
        fragment.filter(|fragment| self.is_signalled() || self.signalled_fragment == Some(*fragment))
    }

    pub(crate) fn is_signalled(&self) -> bool {
        is_signalled(&self.candidate)
    }
}

impl<'a> IceTransport<'a> {
    /// What names it.
    #[must_use]
    pub const fn id(&self) -> TransportId {
        self.transport.id
    }

    /// Its role; `None` stands for W3C's "unknown", before a description or the peer has settled it.
    #[must_use]
    pub fn role(&self) -> Option<ice::Role> {
        self.transport.ice.settled_role()
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> IceTransportState {
        self.transport.ice.state()
    }

    /// How far it is with gathering.
    #[must_use]
    pub const fn gathering_state(&self) -> IceGatheringState {
        self.transport.gathering
    }

    /// Our candidates, as events have told of them: not those that only the peer saw.
    pub fn local_candidates(&self) -> impl Iterator<Item = IceCandidate> + use<'a> {
        let signalled = self.transport.ice.local_candidates().filter(is_signalled);
        self.described(signalled, Some(self.local_parameters()))
    }

    /// The peer's candidates, as it told of them: not those that only its checks revealed.
    pub fn remote_candidates(&self) -> impl Iterator<Item = IceCandidate> + use<'a> {
        let signalled = self.transport.ice.remote_candidates().filter(is_signalled);
        self.described(signalled, self.remote_parameters())
    }

    /// The candidates with their text and the section that they belong to.
    fn described(
        self,
        candidates: impl Iterator<Item = &'a ice::Candidate>,
        generation: Option<&'a ice::Parameters>,
    ) -> impl Iterator<Item = IceCandidate> {
        let ufrag = generation.map(|parameters| parameters.username_fragment.as_str()).unwrap_or_default();
        candidates.map(move |candidate| {
            let ufrag = candidate.username_fragment.as_deref().unwrap_or(ufrag);
            self.connection.ice_candidate(self.transport, ufrag, Some(candidate_from_ice(candidate, ufrag)))
        })
    }

    /// Our user name fragment and password.
    #[must_use]
    pub fn local_parameters(&self) -> &'a ice::Parameters {
        self.transport.ice.local_parameters()
    }

    /// The peer's user name fragment and password.
    #[must_use]
    pub fn remote_parameters(&self) -> Option<&'a ice::Parameters> {
        self.transport.ice.remote_parameters()
    }

    /// The pair that carries data.
    #[must_use]
    pub fn selected_candidate_pair(&self) -> Option<IceCandidatePair<'a>> {
        let pair = self.transport.ice.selected_pair()?;
        let remote = RemoteCandidate::new(pair.remote, self.transport.ice.remote_parameters());
        Some(IceCandidatePair { local: pair.local, remote, path: pair.path })
    }
}

fn is_signalled(candidate: &&ice::Candidate) -> bool {
    candidate.kind != ice::CandidateKind::PeerReflexive
}
