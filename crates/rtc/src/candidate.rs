//! `RTCIceCandidate` (webrtc-pc §4.8.1), and the way between the words of ICE and those of SDP.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use core::net::SocketAddr;

use base::Protocol;
use jsep::CandidateInit;

/// A candidate of ours, or the end of them, ready for the signalling.
///
/// Example: [the guide](crate::guide::signalling).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IceCandidate {
    /// The candidate; `None` says that the generation has no more: W3C's empty `candidate`.
    pub candidate: Option<sdp::Candidate>,
    /// The `mid` of its section; `None` if the peer's descriptions have none.
    pub sdp_mid: Option<String>,
    /// The place of its section.
    pub sdp_m_line_index: Option<u16>,
    /// The user name fragment of its generation.
    pub username_fragment: String,
}

impl IceCandidate {
    /// W3C's `candidate`: the text of the attribute, which is empty for the end of candidates.
    #[must_use]
    pub fn text(&self) -> String {
        self.candidate.as_ref().map(|candidate| format!("candidate:{candidate}")).unwrap_or_default()
    }

    /// What `toJSON` gives: what the peer's `addIceCandidate` takes.
    #[must_use]
    pub fn to_init(&self) -> CandidateInit {
        let mut init = CandidateInit::new(self.text()).with_username_fragment(&self.username_fragment);
        init.sdp_mid.clone_from(&self.sdp_mid);
        init.sdp_m_line_index = self.sdp_m_line_index;
        init
    }
}

/// What `toJSON` gives.
#[cfg(feature = "serde")]
impl serde::Serialize for IceCandidate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_init().serialize(serializer)
    }
}

/// A local candidate in the words of SDP.
#[must_use]
pub(crate) fn candidate_from_ice(candidate: &ice::Candidate, username_fragment: &str) -> sdp::Candidate {
    let related = candidate.related_address.map(|related| sdp::Related {
        address: sdp::CandidateAddress::Ip(related.ip()),
        port: related.port(),
    });
    sdp::Candidate {
        foundation: candidate.foundation.as_str().into(),
        component: candidate.component,
        transport: match candidate.protocol {
            Protocol::Tcp => sdp::CandidateTransport::Tcp,
            _ => sdp::CandidateTransport::Udp,
        },
        priority: candidate.priority,
        address: sdp::CandidateAddress::Ip(candidate.address.ip()),
        port: candidate.address.port(),
        kind: match candidate.kind {
            ice::CandidateKind::Host => sdp::CandidateKind::Host,
            ice::CandidateKind::ServerReflexive => sdp::CandidateKind::ServerReflexive,
            ice::CandidateKind::PeerReflexive => sdp::CandidateKind::PeerReflexive,
            ice::CandidateKind::Relayed => sdp::CandidateKind::Relayed,
        },
        related,
        tcp_kind: candidate.tcp_type.map(|kind| match kind {
            ice::TcpType::Active => sdp::TcpKind::Active,
            ice::TcpType::Passive => sdp::TcpKind::Passive,
            ice::TcpType::SimultaneousOpen => sdp::TcpKind::SimultaneousOpen,
        }),
        extensions: vec![("ufrag".into(), username_fragment.into())],
    }
}

/// A remote candidate in the words of ICE; `None` if ICE cannot use it: a name, or a transport that nobody knows.
pub(crate) fn candidate_to_ice(candidate: &sdp::Candidate, ufrag: Option<&str>) -> Option<ice::Candidate> {
    let sdp::CandidateAddress::Ip(ip) = &candidate.address else { return None };
    let protocol = match candidate.transport {
        sdp::CandidateTransport::Udp => Protocol::Udp,
        sdp::CandidateTransport::Tcp => Protocol::Tcp,
        sdp::CandidateTransport::Other(_) => return None,
    };
    let kind = match candidate.kind {
        sdp::CandidateKind::Host => ice::CandidateKind::Host,
        sdp::CandidateKind::ServerReflexive => ice::CandidateKind::ServerReflexive,
        sdp::CandidateKind::PeerReflexive => ice::CandidateKind::PeerReflexive,
        sdp::CandidateKind::Relayed => ice::CandidateKind::Relayed,
    };
    let foundation = ice::Foundation::new(&candidate.foundation)?;
    let address = SocketAddr::new(*ip, candidate.port);
    let mut result = ice::Candidate::new(foundation, kind, address, candidate.priority);
    result.protocol = protocol;
    result.component = candidate.component;
    result.username_fragment = ufrag.or_else(|| candidate.extension("ufrag")).map(String::from);
    result.tcp_type = candidate.tcp_kind.map(|kind| match kind {
        sdp::TcpKind::Active => ice::TcpType::Active,
        sdp::TcpKind::Passive => ice::TcpType::Passive,
        sdp::TcpKind::SimultaneousOpen => ice::TcpType::SimultaneousOpen,
    });
    Some(result)
}
