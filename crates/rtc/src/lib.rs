#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

// The first, because the documentation lists the methods of `PeerConnection` in the order of the modules.
mod peer_connection;

mod candidate;
mod certificate;
mod config;
mod data_channel;
mod demultiplexer;
mod endpoint;
mod error;
mod event;
#[cfg(any(doc, doctest))]
pub mod guide;
mod log;
mod observer;
mod state;
mod stats;
mod transport;
mod views;

/// What the interface speaks in: the bytes of messages, and the generator of random numbers that it asks for.
pub use {bytes, rand_core};

/// The machines below, whose settings, errors and statistics show here.
pub use {crypto, datachannel, dtls, ice, jsep, sctp, sdp};

pub use base::{Ecn, Instant, Path, Protocol, Transmit, UnixTime};
pub use candidate::IceCandidate;
pub use certificate::Certificate;
pub use config::{Configuration, IceTransportPolicy};
pub use crypto::Fingerprint;
pub use data_channel::{DataChannel, DataChannelInit, DataChannelMut};
pub use datachannel::{ChannelId, ChannelState as DataChannelState, Payload, Priority};
pub use demultiplexer::{Demultiplexer, Route};
pub use dtls::KeyAlgorithm;
pub use endpoint::{ConnectionId, ConnectionMut, Endpoint, Ignored};
pub use error::{ConfigurationError, Discard, Error, RtcError, RtcErrorDetail, SendError, Unsent};
pub use event::Event;
pub use ice::PathProof;
pub use jsep::{
    CandidateInit as IceCandidateInit, Description as SessionDescription, OfferOptions, SdpType,
    SignalingState,
};
pub use observer::{ObservedLayer, ObservedPacket};
pub use peer_connection::{End, MIN_BUFFER_LEN, PeerConnection};
pub use state::{
    DtlsTransportState, IceConnectionState, IceGatheringState, IceTransportState, PeerConnectionState,
    SctpTransportState,
};
pub use stats::{
    CandidatePairStats, CandidateStats, CertificateStats, DataChannelStats, PeerConnectionStats, Stats,
    StatsReport, TransportStats,
};
pub use transport::TransportId;
pub use views::{DtlsTransport, IceCandidatePair, IceTransport, RemoteCandidate, SctpTransport};
