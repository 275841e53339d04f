//! How a connection looks from the server, for the page to show.

use rtc::{CandidatePairStats, CandidateStats, Instant, PeerConnection, Stats, StatsReport};
use serde::Serialize;

/// The states and figures of a connection.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    connection_state: &'static str,
    ice_state: &'static str,
    dtls_state: &'static str,
    sctp_state: &'static str,
    selected_pair: Option<Pair>,
    dtls_cipher: Option<String>,
    bytes_sent: Option<u64>,
    bytes_received: Option<u64>,
}

/// The pair of candidates that carries everything.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    local: Option<String>,
    remote: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    rtt_ms: Option<f64>,
}

impl View {
    pub(crate) fn of(connection: &PeerConnection, now: Instant) -> Self {
        let report = connection.stats(now);
        let transport = report.iter().find_map(|(_, entry)| match entry {
            Stats::Transport(transport) => Some(transport),
            _ => None,
        });
        let pair = transport.and_then(|transport| {
            match report.get(transport.selected_candidate_pair_id.as_deref()?)? {
                Stats::CandidatePair(pair) => Some(Pair::of(pair, &report)),
                _ => None,
            }
        });
        Self {
            connection_state: connection.connection_state().as_str(),
            ice_state: connection.ice_connection_state().as_str(),
            dtls_state: transport.map_or("new", |transport| transport.dtls_state),
            sctp_state: connection.sctp().map_or("", |sctp| sctp.state().as_str()),
            selected_pair: pair,
            dtls_cipher: transport.and_then(|transport| transport.dtls_cipher.clone()),
            bytes_sent: transport.map(|transport| transport.bytes_sent),
            bytes_received: transport.map(|transport| transport.bytes_received),
        }
    }
}

impl Pair {
    fn of(pair: &CandidatePairStats, report: &StatsReport) -> Self {
        let local = candidate(report, &pair.local_candidate_id);
        let remote = candidate(report, &pair.remote_candidate_id);
        let kind = |found: Option<&CandidateStats>| found.map_or("", |found| found.candidate_type);
        Self {
            local: local.map(address),
            remote: remote.map(address),
            kind: format!("{} to {}", kind(local), kind(remote)),
            rtt_ms: pair.current_round_trip_time.map(|seconds| seconds * 1000.0),
        }
    }
}

fn candidate<'a>(report: &'a StatsReport, id: &str) -> Option<&'a CandidateStats> {
    match report.get(id) {
        Some(Stats::LocalCandidate(found) | Stats::RemoteCandidate(found)) => Some(found),
        _ => None,
    }
}

fn address(found: &CandidateStats) -> String {
    match found.address.as_deref() {
        Some(ip) if ip.contains(':') => format!("[{ip}]:{}", found.port),
        ip => format!("{}:{}", ip.unwrap_or("hidden"), found.port),
    }
}
