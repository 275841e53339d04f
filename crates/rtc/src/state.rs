//! W3C's states, and how those of the connection follow from those of its transports (webrtc-pc §4.3).

use core::fmt;

use dtls::PeerVerified;
pub use dtls::State as DtlsTransportState;
pub use ice::State as IceTransportState;

/// `RTCIceGatheringState`.
///
/// Example: [`PeerConnectionState`](crate::PeerConnectionState).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IceGatheringState {
    /// Nothing was gathered.
    #[default]
    New,
    /// Candidates are being gathered.
    Gathering,
    /// All candidates are known.
    Complete,
}

impl IceGatheringState {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gathering => "gathering",
            Self::Complete => "complete",
        }
    }

    /// The state that follows from those of the transports.
    pub(crate) fn of(transports: &(impl Iterator<Item = Self> + Clone)) -> Self {
        let any = |state| transports.clone().any(|other| other == state);
        if any(Self::Gathering) {
            Self::Gathering
        } else if any(Self::Complete) && !any(Self::New) {
            Self::Complete
        } else {
            Self::New
        }
    }
}

/// `RTCIceConnectionState`: that of all ICE transports together.
///
/// Example: [`PeerConnectionState`](crate::PeerConnectionState).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IceConnectionState {
    /// Nothing is being checked.
    #[default]
    New,
    /// A transport is looking for a pair.
    Checking,
    /// Every transport has a pair, and may still look for a better one.
    Connected,
    /// Every transport has found its pair.
    Completed,
    /// A transport has lost its pair for the moment.
    Disconnected,
    /// A transport has found no pair.
    Failed,
    /// The connection is closed.
    Closed,
}

impl IceConnectionState {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Connected => "connected",
            Self::Completed => "completed",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }

    /// The state that follows from those of the transports.
    pub(crate) fn of(transports: &(impl Iterator<Item = IceTransportState> + Clone)) -> Self {
        use IceTransportState as T;
        let any = |state: T| transports.clone().any(|transport| transport == state);
        let all = |states: &[T]| transports.clone().all(|transport| states.contains(&transport));
        if any(T::Failed) {
            Self::Failed
        } else if any(T::Disconnected) {
            Self::Disconnected
        } else if all(&[T::New, T::Closed]) {
            Self::New
        } else if any(T::New) || any(T::Checking) {
            Self::Checking
        } else if all(&[T::Completed, T::Closed]) {
            Self::Completed
        } else {
            Self::Connected
        }
    }
}

/// `RTCPeerConnectionState`: that of all ICE and DTLS transports together.
///
/// # Example
/// ```
/// use rtc::{Event, PeerConnectionState};
///
/// fn is_up(event: &Event) -> bool {
///     matches!(event, Event::ConnectionStateChange(PeerConnectionState::Connected))
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerConnectionState {
    /// No transport has begun.
    #[default]
    New,
    /// A transport is on its way.
    Connecting,
    /// Every transport is connected.
    Connected,
    /// A transport has lost its pair for the moment.
    Disconnected,
    /// A transport has failed.
    Failed,
    /// The connection is closed.
    Closed,
}

impl PeerConnectionState {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }

    /// The state that follows from those of the transports. A transport that is closed without ever having proven who its peer
    /// is makes nothing connected, as it would by W3C's words.
    pub(crate) fn of(
        transports: &(impl Iterator<Item = (IceTransportState, DtlsTransportState, Option<PeerVerified>)> + Clone),
    ) -> Self {
        use DtlsTransportState as D;
        use IceTransportState as I;
        let any = |test: fn(I, D) -> bool| transports.clone().any(|(ice, dtls, _)| test(ice, dtls));
        let all = |test: fn(I, D) -> bool| transports.clone().all(|(ice, dtls, _)| test(ice, dtls));
        let proven = transports.clone().all(|(.., proof)| proof.is_some());
        if any(|ice, dtls| ice == I::Failed || dtls == D::Failed) {
            Self::Failed
        } else if any(|ice, _| ice == I::Disconnected) {
            Self::Disconnected
        } else if all(|ice, dtls| matches!(ice, I::New | I::Closed) && matches!(dtls, D::New | D::Closed)) {
            Self::New
        } else if proven
            && all(|ice, dtls| {
                matches!(ice, I::Connected | I::Completed | I::Closed)
                    && matches!(dtls, D::Connected | D::Closed)
            })
        {
            Self::Connected
        } else {
            Self::Connecting
        }
    }
}

/// `RTCSctpTransportState`.
///
/// Example: [`PeerConnectionState`](crate::PeerConnectionState).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SctpTransportState {
    /// The association is being set up.
    #[default]
    Connecting,
    /// The association carries messages.
    Connected,
    /// The association is over.
    Closed,
}

impl SctpTransportState {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for IceConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for PeerConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for SctpTransportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for IceGatheringState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deviation from webrtc-pc §4.3.3, by which it would be connected.
    #[test]
    fn a_transport_that_was_closed_before_its_peer_was_proven_is_not_connected() {
        let of = |dtls| PeerConnectionState::of(&[(IceTransportState::Connected, dtls, None)].into_iter());
        assert_eq!(of(DtlsTransportState::Closed), PeerConnectionState::Connecting);
        assert_eq!(of(DtlsTransportState::Connected), PeerConnectionState::Connecting);
        assert_eq!(of(DtlsTransportState::Failed), PeerConnectionState::Failed);
    }
}
