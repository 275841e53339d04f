//! Where the numbers come from.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use base::{Instant, Protocol};
use base64ct::{Base64, Encoding};
use dtls::FingerprintAlgorithm;

use super::{
    CandidatePairStats, CandidateStats, CertificateStats, DataChannelStats, PeerConnectionStats, Stats,
    StatsId, StatsReport, TransportStats,
};
use crate::transport::Transport;
use crate::{PeerConnection, RemoteCandidate};

impl PeerConnection {
    pub(crate) fn collect_stats(&self, now: Instant) -> StatsReport {
        let timestamp = millis(now);
        let mut report = StatsReport::default();
        let (opened, closed) = self.channels().opened_and_closed();
        add(&mut report, "P".into(), |id| {
            Stats::PeerConnection(PeerConnectionStats {
                id,
                timestamp,
                data_channels_opened: opened,
                data_channels_closed: closed,
            })
        });
        for transport in self.transports() {
            self.add_transport_stats(&mut report, transport, timestamp);
        }
        for (channel_id, channel) in self.channels().iter() {
            let ((messages_sent, bytes_sent), (messages_received, bytes_received)) =
                (channel.sent(), channel.received());
            add(&mut report, format!("D{}", channel_id.number()), |id| {
                Stats::DataChannel(DataChannelStats {
                    id,
                    timestamp,
                    label: channel.label().into(),
                    protocol: channel.protocol().into(),
                    data_channel_identifier: channel.stream(),
                    state: channel.state().as_str(),
                    messages_sent,
                    bytes_sent,
                    messages_received,
                    bytes_received,
                })
            });
        }
        report
    }

    fn add_transport_stats(&self, report: &mut StatsReport, transport: &Transport, timestamp: f64) {
        let name = transport.id.0;
        let ice = &transport.ice;
        let dtls = transport.dtls.as_ref();
        let configured = self.configuration().certificates.first().map(|c| &*c.identity().certificate_chain);
        let local = dtls.map_or(configured.unwrap_or_default(), |dtls| dtls.local_certificates());
        let local_certificate_id = self.add_certificates(report, &format!("C{name}L"), local, timestamp);
        let peer = dtls.map_or(&[][..], |dtls| dtls.peer_certificates());
        let remote_certificate_id = self.add_certificates(report, &format!("C{name}R"), peer, timestamp);
        let selected = ice.selected_pair().map(|pair| pair_id(name, pair.id.get()));
        let counters = transport.counters;
        add(report, format!("T{name}"), |id| {
            Stats::Transport(TransportStats {
                id,
                timestamp,
                packets_sent: counters.packets_sent,
                packets_received: counters.packets_received,
                bytes_sent: counters.bytes_sent,
                bytes_received: counters.bytes_received,
                ice_role: ice.settled_role().map_or("unknown", ice::Role::as_str),
                ice_local_username_fragment: ice.local_parameters().username_fragment.clone(),
                dtls_state: transport.dtls_state_now().as_str(),
                ice_state: ice.state().as_str(),
                selected_candidate_pair_id: selected,
                local_certificate_id,
                remote_certificate_id,
                tls_version: dtls.and_then(|dtls| dtls.version()).map(|version| format!("{:04X}", version.0)),
                srtp_cipher: dtls.and_then(|dtls| dtls.srtp_profile()?.name()).map(String::from),
                dtls_cipher: dtls.and_then(|dtls| dtls.cipher_suite()).map(|suite| suite.name().to_string()),
                dtls_role: dtls.map_or("unknown", |dtls| dtls.role().as_str()),
                selected_candidate_pair_changes: counters.selected_pair_changes,
            })
        });
        // During a restart the pairs of the generation before, and so their candidates, are there too.
        for candidate in ice.local_candidates().chain(ice.pairs().map(|pair| pair.local)) {
            let entry = candidate_stats(name, candidate_id(name, candidate), candidate, timestamp);
            report.entries.entry(entry.id.clone()).or_insert(Stats::LocalCandidate(entry));
        }
        for candidate in ice.remote_candidates().chain(ice.pairs().map(|pair| pair.remote)) {
            let mut entry = candidate_stats(name, remote_candidate_id(name, candidate), candidate, timestamp);
            let shown = RemoteCandidate::new(candidate, ice.remote_parameters());
            entry.address = shown.address().map(|address| address.ip().to_string());
            entry.username_fragment = shown.username_fragment().map(String::from);
            report.entries.entry(entry.id.clone()).or_insert(Stats::RemoteCandidate(entry));
        }
        for pair in ice.pairs() {
            let entry = pair_stats(name, &pair, timestamp);
            report.entries.insert(entry.id.clone(), Stats::CandidatePair(entry));
        }
    }

    /// Adds a chain, each certificate pointing to its issuer; the id of the first one.
    fn add_certificates(
        &self,
        report: &mut StatsReport,
        prefix: &str,
        chain: &[crypto::CertificateDer],
        timestamp: f64,
    ) -> Option<StatsId> {
        for (index, certificate) in chain.iter().enumerate() {
            let provider = self.configuration().provider;
            let fingerprint = FingerprintAlgorithm::Sha256.fingerprint(provider, certificate);
            let next = index.saturating_add(1);
            add(report, format!("{prefix}{index}"), |id| {
                Stats::Certificate(CertificateStats {
                    id,
                    timestamp,
                    fingerprint: hex(&fingerprint.digest),
                    fingerprint_algorithm: fingerprint.algorithm,
                    base64_certificate: Base64::encode_string(certificate),
                    issuer_certificate_id: (next < chain.len()).then(|| format!("{prefix}{next}")),
                })
            });
        }
        (!chain.is_empty()).then(|| format!("{prefix}0"))
    }
}

fn add(report: &mut StatsReport, id: StatsId, entry: impl FnOnce(StatsId) -> Stats) {
    report.entries.insert(id.clone(), entry(id));
}

fn pair_stats(transport: u32, pair: &ice::PairView<'_>, timestamp: f64) -> CandidatePairStats {
    let stats = pair.stats;
    CandidatePairStats {
        id: pair_id(transport, pair.id.get()),
        timestamp,
        transport_id: format!("T{transport}"),
        local_candidate_id: candidate_id(transport, pair.local),
        remote_candidate_id: remote_candidate_id(transport, pair.remote),
        state: pair.state.as_str(),
        nominated: pair.nominated,
        packets_sent: stats.packets_sent,
        packets_received: stats.packets_received,
        bytes_sent: stats.bytes_sent,
        bytes_received: stats.bytes_received,
        last_packet_sent_timestamp: stats.last_packet_sent.map(millis),
        last_packet_received_timestamp: stats.last_packet_received.map(millis),
        total_round_trip_time: stats.total_round_trip_time.as_secs_f64(),
        current_round_trip_time: stats.current_round_trip_time.map(|time| time.as_secs_f64()),
        requests_received: stats.requests_received,
        requests_sent: stats.requests_sent,
        responses_received: stats.responses_received,
        responses_sent: stats.responses_sent,
        consent_requests_sent: stats.consent_requests_sent,
    }
}

fn candidate_stats(
    transport: u32,
    id: StatsId,
    candidate: &ice::Candidate,
    timestamp: f64,
) -> CandidateStats {
    CandidateStats {
        id,
        timestamp,
        transport_id: format!("T{transport}"),
        address: Some(candidate.address.ip().to_string()),
        port: candidate.address.port(),
        protocol: protocol(candidate.protocol),
        candidate_type: candidate.kind.as_str(),
        priority: candidate.priority,
        foundation: candidate.foundation.as_str().into(),
        related_address: candidate.related_address.map(|related| related.ip().to_string()),
        related_port: candidate.related_address.as_ref().map(SocketAddr::port),
        username_fragment: candidate.username_fragment.clone(),
        tcp_type: candidate.tcp_type.map(ice::TcpType::as_str),
    }
}

fn pair_id(transport: u32, pair: u32) -> StatsId {
    format!("CP{transport}-{pair}")
}

fn candidate_id(transport: u32, candidate: &ice::Candidate) -> StatsId {
    format!(
        "I{transport}L-{}-{}-{}",
        candidate.kind.as_str(),
        protocol(candidate.protocol),
        candidate.address
    )
}

/// One whose address is not shown has its foundation as its name, which no other has.
fn remote_candidate_id(transport: u32, candidate: &ice::Candidate) -> StatsId {
    let kind = candidate.kind.as_str();
    let protocol = protocol(candidate.protocol);
    if candidate.kind == ice::CandidateKind::PeerReflexive {
        format!("I{transport}R-{kind}-{protocol}-{}", candidate.foundation.as_str())
    } else {
        format!("I{transport}R-{kind}-{protocol}-{}", candidate.address)
    }
}

const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        _ => "udp",
    }
}

fn millis(at: Instant) -> f64 {
    at.since(Instant::ZERO).as_secs_f64() * 1000.0
}

/// As in SDP: upper-case bytes with colons between.
fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}
