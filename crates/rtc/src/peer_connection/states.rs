//! What can be asked: states, transports, statistics.

use base::Instant;

use super::PeerConnection;
use crate::state::{IceConnectionState, IceGatheringState, PeerConnectionState};
use crate::{DtlsTransport, IceTransport, SctpTransport, StatsReport, TransportId};

impl PeerConnection {
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

    /// `getStats`: what has happened until `now`.
    #[must_use]
    pub fn stats(&self, now: Instant) -> StatsReport {
        self.collect_stats(now)
    }

    /// How many datagrams were ignored before any protocol saw them. Each protocol counts its own besides.
    #[must_use]
    pub const fn discarded(&self) -> u64 {
        self.discarded
    }
}
