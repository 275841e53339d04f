//! What the two sides agreed on for each transport.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use sdp::Fingerprint;

use crate::IceCredentials;

/// Who nominates (RFC 8445 §6.1.1).
// Closed: RFC 8445 §6.1.1 has these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IceRole {
    /// We nominate.
    Controlling,
    /// The peer nominates.
    Controlled,
}

/// Who opens the DTLS association (RFC 8842 §5.2).
// Closed: DTLS has two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DtlsRole {
    /// We send the ClientHello: `a=setup:active`.
    Client,
    /// We wait for it: `a=setup:passive`.
    Server,
}

/// One transport: an ICE agent with a DTLS association over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    /// The section that describes it, by its `mid`; where it came without, by a name that never leaves us.
    pub mid: String,
    /// The place of that section.
    pub(crate) place: usize,
    /// Our ICE credentials.
    pub local: IceCredentials,
    /// Whether these begin an ICE restart that the peer has not answered: what it said of ICE belongs to those before.
    pub restarting: bool,
    /// Our part in ICE, from who offered first.
    pub ice_role: IceRole,
    /// What the peer said of its end; `None` until it did.
    pub remote: Option<RemoteTransport>,
    /// Our part in DTLS; `None` until the answer decides it.
    pub dtls_role: Option<DtlsRole>,
    /// Our id of the DTLS association (RFC 8842 §5.1).
    pub(crate) tls_id: String,
    /// How many DTLS associations this transport has had before the present one.
    pub association: u32,
}

/// The peer's end of a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteTransport {
    /// Its ICE credentials.
    pub ice: IceCredentials,
    /// Whether its agent is lite.
    pub ice_lite: bool,
    /// The pause between two connectivity checks that it proposes.
    pub ice_pacing: Duration,
    /// The fingerprints of which its certificate must match one.
    pub fingerprints: Vec<Fingerprint>,
    /// Its id of the DTLS association, where it names one.
    pub tls_id: Option<String>,
}

impl Transport {
    /// Whether candidates of this user name fragment are for its ICE agent: not those of the generation before, while a
    /// restart of ours waits for the peer's (RFC 8838 §9).
    pub(crate) fn expects(&self, username_fragment: &str) -> bool {
        let is_theirs = |remote: &RemoteTransport| remote.ice.username_fragment == username_fragment;
        !self.restarting && self.remote.as_ref().is_some_and(is_theirs)
    }
}

impl RemoteTransport {
    /// Whether `self` describes another DTLS association than `other` (RFC 8842 §5.1).
    pub(crate) fn is_new_association(&self, other: &Self) -> bool {
        let both_named = self.tls_id.is_some() && other.tls_id.is_some();
        let fingerprints = self.fingerprints.iter().any(|f| other.fingerprints.contains(f));
        (both_named && self.tls_id != other.tls_id) || !fingerprints
    }
}

/// What the two sides agreed on for data channels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataTransport {
    /// The `mid` of the section, or as for [`Transport::mid`].
    pub mid: String,
    /// The `mid` of the [`Transport`] that carries it.
    pub transport: String,
    /// Our SCTP port; 0 if the peer's is.
    pub local_port: u16,
    /// The peer's SCTP port; `None` until it named one. 0 says that there is to be no association (RFC 8841 §9.3).
    pub remote_port: Option<u16>,
    /// The largest message that the peer takes, in bytes: 64 KiB where it did not say, `None` for any size
    /// (RFC 8841 §6.1).
    pub remote_max_message_size: Option<u64>,
}
