//! `getStats` (webrtc-pc §8, webrtc-stats), as far as it concerns data: W3C's dictionaries and member names.
//!
//! Durations are in seconds and timestamps in milliseconds, as W3C has them; timestamps count from the origin of the
//! caller's timeline.

mod collect;

use alloc::collections::BTreeMap;
use alloc::string::String;

/// The id of an entry.
pub(crate) type StatsId = String;

/// All entries, by id.
///
/// # Example
/// ```
/// use rtc::{Stats, StatsReport};
///
/// /// Bytes that went out on all channels.
/// fn bytes_sent(report: &StatsReport) -> u64 {
///     let of = |stats: &Stats| match stats {
///         Stats::DataChannel(channel) => channel.bytes_sent,
///         _ => 0,
///     };
///     report.iter().map(|(_, stats)| of(stats)).sum()
/// }
/// assert_eq!(bytes_sent(&StatsReport::default()), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
#[non_exhaustive]
pub struct StatsReport {
    /// The entries.
    pub entries: BTreeMap<StatsId, Stats>,
}

impl StatsReport {
    /// The entry with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Stats> {
        self.entries.get(id)
    }

    /// The entries, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stats)> {
        self.entries.iter().map(|(id, stats)| (id.as_str(), stats))
    }
}

/// An entry: `type` tells them apart.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "kebab-case"))]
pub enum Stats {
    /// `peer-connection`.
    PeerConnection(PeerConnectionStats),
    /// `transport`.
    Transport(TransportStats),
    /// `candidate-pair`.
    CandidatePair(CandidatePairStats),
    /// `local-candidate`.
    LocalCandidate(CandidateStats),
    /// `remote-candidate`.
    RemoteCandidate(CandidateStats),
    /// `certificate`.
    Certificate(CertificateStats),
    /// `data-channel`.
    DataChannel(DataChannelStats),
}

/// `RTCPeerConnectionStats`.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[allow(missing_docs, reason = "the members are W3C's, in snake case")]
#[non_exhaustive]
pub struct PeerConnectionStats {
    pub id: StatsId,
    pub timestamp: f64,
    pub data_channels_opened: u32,
    pub data_channels_closed: u32,
}

/// `RTCTransportStats`.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[allow(missing_docs, reason = "the members are W3C's, in snake case")]
#[non_exhaustive]
pub struct TransportStats {
    pub id: StatsId,
    pub timestamp: f64,
    pub packets_sent: u64,
    pub packets_received: u64,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    pub ice_role: &'static str,
    pub ice_local_username_fragment: String,
    pub dtls_state: &'static str,
    pub ice_state: &'static str,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub selected_candidate_pair_id: Option<StatsId>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub local_certificate_id: Option<StatsId>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub remote_certificate_id: Option<StatsId>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub tls_version: Option<String>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub dtls_cipher: Option<String>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub srtp_cipher: Option<String>,
    pub dtls_role: &'static str,
    pub selected_candidate_pair_changes: u32,
}

/// `RTCIceCandidateStats`.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[allow(missing_docs, reason = "the members are W3C's, in snake case")]
#[non_exhaustive]
pub struct CandidateStats {
    pub id: StatsId,
    pub timestamp: f64,
    pub transport_id: StatsId,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub address: Option<String>,
    pub port: u16,
    pub protocol: &'static str,
    pub candidate_type: &'static str,
    pub priority: u32,
    pub foundation: String,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub related_address: Option<String>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub related_port: Option<u16>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub username_fragment: Option<String>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub tcp_type: Option<&'static str>,
}

/// `RTCIceCandidatePairStats`.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[allow(missing_docs, reason = "the members are W3C's, in snake case")]
#[non_exhaustive]
pub struct CandidatePairStats {
    pub id: StatsId,
    pub timestamp: f64,
    pub transport_id: StatsId,
    pub local_candidate_id: StatsId,
    pub remote_candidate_id: StatsId,
    pub state: &'static str,
    pub nominated: bool,
    pub packets_sent: u64,
    pub packets_received: u64,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub last_packet_sent_timestamp: Option<f64>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub last_packet_received_timestamp: Option<f64>,
    pub total_round_trip_time: f64,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub current_round_trip_time: Option<f64>,
    pub requests_received: u64,
    pub requests_sent: u64,
    pub responses_received: u64,
    pub responses_sent: u64,
    pub consent_requests_sent: u64,
}

/// `RTCCertificateStats`.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[allow(missing_docs, reason = "the members are W3C's, in snake case")]
#[non_exhaustive]
pub struct CertificateStats {
    pub id: StatsId,
    pub timestamp: f64,
    pub fingerprint: String,
    pub fingerprint_algorithm: String,
    pub base64_certificate: String,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub issuer_certificate_id: Option<StatsId>,
}

/// `RTCDataChannelStats`.
///
/// Example: [`StatsReport`](crate::StatsReport).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[allow(missing_docs, reason = "the members are W3C's, in snake case")]
#[non_exhaustive]
pub struct DataChannelStats {
    pub id: StatsId,
    pub timestamp: f64,
    pub label: String,
    pub protocol: String,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub data_channel_identifier: Option<u16>,
    pub state: &'static str,
    pub messages_sent: u64,
    pub bytes_sent: u64,
    pub messages_received: u64,
    pub bytes_received: u64,
}
