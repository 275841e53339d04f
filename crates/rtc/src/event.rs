//! Everything that a connection has to say, in the order of webrtc-pc's tasks.

use alloc::boxed::Box;

use datachannel::{ChannelId, Payload};

use crate::{
    DtlsTransportState, IceCandidate, IceConnectionState, IceGatheringState, IceTransportState,
    PeerConnectionState, RtcError, SctpTransportState, SignalingState, TransportId,
};

/// Something that happened.
///
/// Example: [the guide](crate::guide::first_connection).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// `negotiationneeded`: make an offer.
    NegotiationNeeded,
    /// `signalingstatechange`.
    SignalingStateChange(SignalingState),
    /// `icecandidate`: send it to the peer. `None` says that there are no more.
    IceCandidate(Option<Box<IceCandidate>>),
    /// The peer has a candidate with this name for its address, `….local` as a browser hides it; it is not used. Whoever finds
    /// the address can give the candidate in again with that in the place of the name.
    UnresolvedCandidate(Box<str>),
    /// `icegatheringstatechange`.
    IceGatheringStateChange(IceGatheringState),
    /// `iceconnectionstatechange`.
    IceConnectionStateChange(IceConnectionState),
    /// `connectionstatechange`.
    ConnectionStateChange(PeerConnectionState),
    /// `statechange` of an ICE transport.
    IceTransportStateChange(TransportId, IceTransportState),
    /// `gatheringstatechange` of an ICE transport.
    IceTransportGatheringStateChange(TransportId, IceGatheringState),
    /// `selectedcandidatepairchange` of an ICE transport.
    SelectedCandidatePairChange(TransportId),
    /// `statechange` of a DTLS transport.
    DtlsTransportStateChange(TransportId, DtlsTransportState),
    /// `error` of a DTLS transport.
    DtlsTransportError(TransportId, RtcError),
    /// `statechange` of the SCTP transport.
    SctpTransportStateChange(SctpTransportState),
    /// `datachannel`: the peer opened a channel.
    DataChannel(ChannelId),
    /// `open` of a channel.
    DataChannelOpen(ChannelId),
    /// `message` of a channel.
    DataChannelMessage(ChannelId, Payload),
    /// `bufferedamountlow` of a channel.
    DataChannelBufferedAmountLow(ChannelId),
    /// `closing` of a channel: the peer closes it.
    DataChannelClosing(ChannelId),
    /// `error` of a channel.
    DataChannelError(ChannelId, RtcError),
    /// `close` of a channel. It can be looked at until the next event is taken.
    DataChannelClose(ChannelId),
}
