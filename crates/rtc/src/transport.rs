//! An ICE agent with the DTLS association over it: what one group of bundled sections shares.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use base::{Instant, Path, earliest};

use crate::RtcError;
use crate::candidate::candidate_to_ice;
use crate::state::{DtlsTransportState, IceGatheringState, IceTransportState};

/// What names a transport for as long as it exists.
///
/// Example: [`IceTransport`](crate::IceTransport).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportId(pub(crate) u32);

/// How many datagrams of DTLS may come before it is known who opens the association.
const MAX_EARLY: usize = 4;

/// How long each of them may be: a handshake datagram of any browser fits.
const MAX_EARLY_LEN: usize = 2048;

/// A transport.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) id: TransportId,
    /// The `mid` of the section that describes it.
    pub(crate) mid: String,
    /// Whether only an offer of the peer speaks of it, which we have not answered: it can be looked at, and does nothing.
    pub(crate) is_proposed: bool,
    pub(crate) ice: ice::Agent,
    pub(crate) dtls: Option<Box<dtls::Connection>>,
    /// Which of the negotiated DTLS associations this is.
    pub(crate) association: u32,
    /// Which of them has given its secret away.
    pub(crate) keys_told: Option<u32>,
    /// Whether the DTLS association has been told to begin.
    pub(crate) started: bool,
    /// How many local addresses have become candidates of the present generation.
    pub(crate) gathered: usize,
    pub(crate) gathering: IceGatheringState,
    /// Handshake datagrams that came before it was known who opens the association.
    early: Vec<(Path, Vec<u8>)>,
    /// The last states that were reported.
    pub(crate) ice_state: IceTransportState,
    pub(crate) dtls_state: DtlsTransportState,
    /// What DTLS has failed of.
    pub(crate) error: Option<RtcError>,
    pub(crate) counters: Counters,
    /// Where the last words go once ICE is closed.
    pub(crate) last_path: Option<Path>,
    /// Whether the connection was closed: then so is DTLS, whatever its last words wait for.
    pub(crate) is_closed: bool,
}

/// What a transport has carried (`RTCTransportStats`): packets of every kind, but only the bytes of DTLS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) packets_sent: u64,
    pub(crate) packets_received: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) selected_pair_changes: u32,
}

impl Transport {
    pub(crate) fn new(id: TransportId, mid: String, ice: ice::Agent) -> Self {
        Self {
            id,
            mid,
            is_proposed: false,
            ice,
            dtls: None,
            association: 0,
            keys_told: None,
            started: false,
            gathered: 0,
            gathering: IceGatheringState::New,
            early: Vec::new(),
            ice_state: IceTransportState::New,
            dtls_state: DtlsTransportState::New,
            error: None,
            counters: Counters::default(),
            last_path: None,
            is_closed: false,
        }
    }

    /// Takes a candidate of the peer, or the end of them. What ICE refuses, it counts.
    pub(crate) fn take_remote_candidate(
        &mut self,
        now: Instant,
        remote: &jsep::RemoteCandidate,
    ) -> Result<(), ice::CandidateError> {
        let Some(candidate) = &remote.candidate else {
            self.ice.end_of_remote_candidates(now);
            return Ok(());
        };
        match candidate_to_ice(candidate, remote.username_fragment.as_deref()) {
            Some(candidate) => self.ice.add_remote_candidate(now, candidate),
            None => Ok(()),
        }
    }

    /// Where data goes.
    pub(crate) fn send_path(&self) -> Option<Path> {
        self.ice.send_path().or(self.last_path)
    }

    /// The round-trip time, or a bound of it, as far as checks and handshake have seen it.
    pub(crate) fn rtt_at_most(&self) -> Option<Duration> {
        let dtls = self.dtls.as_ref().and_then(|dtls| dtls.rtt());
        [self.ice.rtt_at_most(), dtls].into_iter().flatten().min()
    }

    /// Keeps a handshake datagram that came too early. Its sender repeats what does not fit.
    pub(crate) fn keep_early(&mut self, path: Path, datagram: &[u8]) -> bool {
        let fits = self.early.len() < MAX_EARLY && datagram.len() <= MAX_EARLY_LEN;
        if fits {
            self.early.push((path, datagram.into()));
        }
        fits
    }

    pub(crate) fn take_early(&mut self) -> Vec<(Path, Vec<u8>)> {
        core::mem::take(&mut self.early)
    }

    pub(crate) fn dtls_state_now(&self) -> DtlsTransportState {
        if self.is_closed {
            return DtlsTransportState::Closed;
        }
        self.dtls.as_ref().map_or(DtlsTransportState::New, |dtls| dtls.state())
    }

    /// That the peer is the promised one.
    pub(crate) fn proof(&self) -> Option<dtls::PeerVerified> {
        self.dtls.as_ref().and_then(|dtls| dtls.proof())
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        earliest(self.ice.poll_timeout(), self.dtls.as_ref().and_then(|dtls| dtls.poll_timeout()))
    }

    /// A datagram went out with `payload` bytes; a connectivity check has none.
    pub(crate) const fn count_sent(&mut self, payload: usize) {
        self.counters.packets_sent = self.counters.packets_sent.saturating_add(1);
        self.counters.bytes_sent = self.counters.bytes_sent.saturating_add(payload as u64);
    }

    /// A datagram came in with `payload` bytes; a connectivity check has none.
    pub(crate) const fn count_received(&mut self, payload: usize) {
        self.counters.packets_received = self.counters.packets_received.saturating_add(1);
        self.counters.bytes_received = self.counters.bytes_received.saturating_add(payload as u64);
    }
}
