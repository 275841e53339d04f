//! What webrtc-pc says to the letter, and web-platform-tests check in browsers.

use rtc::{
    DataChannelInit, DtlsTransportState, Event, IceCandidateInit, IceConnectionState, IceTransportState,
    OfferOptions, PeerConnection, PeerConnectionState, SctpTransportState, SessionDescription,
    SignalingState,
};

use crate::support::pair::{Pair, address_a, address_b, connection};

/// The states that events tell of, in their order.
fn signaling_states(connection: &mut PeerConnection) -> Vec<SignalingState> {
    let events = std::iter::from_fn(|| connection.poll_event());
    let state = |event| match event {
        Event::SignalingStateChange(state) => Some(state),
        _ => None,
    };
    events.filter_map(state).collect()
}

fn offering(seed: u64) -> Pair {
    let mut pair = Pair::new(seed);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair
}

/// §4.4.1.8: transports are closed, and stay where they are.
#[test]
fn transports_stay_after_close_and_are_closed() {
    let mut pair = Pair::new(1);
    pair.open_channel("chat", DataChannelInit::default());
    pair.a.close(pair.now);
    let sctp = pair.a.sctp().unwrap();
    assert_eq!(sctp.state(), SctpTransportState::Closed);
    assert_eq!(sctp.transport().state(), DtlsTransportState::Closed);
    assert_eq!(sctp.transport().ice_transport().state(), IceTransportState::Closed);
}

/// §4.4.1.8, where nothing was connected.
#[test]
fn transports_that_never_began_are_closed_too() {
    let mut pair = offering(2);
    pair.a.close(pair.now);
    let sctp = pair.a.sctp().unwrap();
    assert_eq!(sctp.state(), SctpTransportState::Closed);
    assert_eq!(sctp.transport().state(), DtlsTransportState::Closed);
}

/// §4.4.1.6, step 3.1: the rollback of our offer is a step of its own, with an event of its own.
#[test]
fn glare_rolls_back_first_and_visibly() {
    let mut pair = offering(3);
    let theirs = {
        pair.b.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.b.create_offer(OfferOptions::default()).unwrap()
    };
    pair.a.set_remote_description(pair.now, &theirs).unwrap();
    let states = [SignalingState::HaveLocalOffer, SignalingState::Stable, SignalingState::HaveRemoteOffer];
    assert_eq!(signaling_states(&mut pair.a), states);
}

/// §4.4.1.6, step 3.1: what the rollback did stays done.
#[test]
fn glare_with_an_unreadable_offer_leaves_ours_taken_back() {
    let mut pair = offering(4);
    let error = pair.a.set_remote_description(pair.now, &SessionDescription::offer("nonsense")).unwrap_err();
    assert_eq!(error.name(), "RTCError");
    assert_eq!(pair.a.signaling_state(), SignalingState::Stable);
    assert_eq!(signaling_states(&mut pair.a), [SignalingState::HaveLocalOffer, SignalingState::Stable]);
    assert!(pair.a.needs_negotiation());
    pair.negotiate();
}

/// §4.4.2, `addIceCandidate`: a generation that no description has is an `OperationError`, whatever else is named.
#[test]
fn a_candidate_of_an_unknown_generation_is_refused() {
    let mut pair = offering(5);
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    let unknown = IceCandidateInit::default().with_username_fragment("unknown");
    let error = pair.b.add_ice_candidate(pair.now, &unknown).unwrap_err();
    assert_eq!(error.name(), "OperationError");
    let known = pair.b.remote_description().unwrap().sdp;
    let ufrag = known.split_once("a=ice-ufrag:").unwrap().1.lines().next().unwrap();
    let end = IceCandidateInit::default().with_username_fragment(ufrag);
    pair.b.add_ice_candidate(pair.now, &end).unwrap();
}

/// §5.6, `getLocalCandidates` and `getRemoteCandidates`: candidates as the signalling has them.
#[test]
fn candidates_of_a_transport_have_text_and_section() {
    let mut pair = Pair::new(9);
    pair.open_channel("chat", DataChannelInit::default());
    let ice = pair.a.sctp().unwrap().transport().ice_transport();
    let told = pair.log_a.iter().find_map(|event| match event {
        Event::IceCandidate(Some(candidate)) => Some((**candidate).clone()),
        _ => None,
    });
    assert_eq!(ice.local_candidates().next(), told);
    let theirs = ice.remote_candidates().next().unwrap();
    assert!(theirs.text().starts_with("candidate:") && theirs.text().contains("192.0.2.2 2000"));
    assert_eq!((theirs.sdp_mid.as_deref(), theirs.sdp_m_line_index), (Some("0"), Some(0)));
    assert_eq!(Some(&theirs.username_fragment), ice.remote_parameters().map(|p| &p.username_fragment));
}

/// §4.8.1: peers in the field send an empty text for null.
#[test]
fn an_empty_mid_or_user_name_fragment_is_none() {
    let mut pair = offering(6);
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    let homeless = IceCandidateInit::new("candidate:1 1 udp 1 192.0.2.9 9 typ host")
        .with_sdp_mid("")
        .with_username_fragment("");
    let placed = homeless.clone().with_sdp_m_line_index(0);
    pair.b.add_ice_candidate(pair.now, &placed).unwrap();
    assert_eq!(pair.b.add_ice_candidate(pair.now, &homeless).unwrap_err().name(), "TypeError");
    assert!(pair.b.remote_description().unwrap().sdp.contains("192.0.2.9"));
}

/// §4.4.1.5, "set a session description", the step of the SCTP transport: there from the offer on, and gone with it.
#[test]
fn the_sctp_transport_is_there_from_the_offer_on() {
    let mut pair = offering(7);
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    let sctp = pair.b.sctp().unwrap();
    assert_eq!(sctp.state(), SctpTransportState::Connecting);
    let (id, ice) = (sctp.transport().id(), sctp.transport().ice_transport().state());
    assert_eq!(ice, IceTransportState::New);
    assert_eq!(pair.b.dtls_transport(id).unwrap().state(), DtlsTransportState::New);
    assert_eq!(pair.b.ice_transport(id).unwrap().id(), id);
    pair.b.set_remote_description(pair.now, &SessionDescription::rollback()).unwrap();
    assert!(pair.b.sctp().is_none() && pair.b.dtls_transport(id).is_none());
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    let before = pair.b.sctp().unwrap().transport().id();
    pair.b.set_local_description_due(pair.now).unwrap();
    assert_eq!(pair.b.sctp().unwrap().transport().id(), before, "the answer keeps it");
}

/// §5.6: the pair, the transport's state, that of ICE in all, that of the connection; all set before the first is told.
#[test]
fn what_one_task_sets_is_told_in_its_order_and_true_before() {
    let mut pair = Pair::of(connection(14, address_a()), connection(15, address_b()));
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let log = &pair.log_a;
    let place = |event: &dyn Fn(&Event) -> bool| log.iter().position(event).unwrap();
    let selected = place(&|event| matches!(event, Event::SelectedCandidatePairChange(_)));
    let transport =
        place(&|event| matches!(event, Event::IceTransportStateChange(_, IceTransportState::Connected)));
    let ice = place(&|event| *event == Event::IceConnectionStateChange(IceConnectionState::Connected));
    let dtls =
        place(&|event| matches!(event, Event::DtlsTransportStateChange(_, DtlsTransportState::Connected)));
    let whole = place(&|event| *event == Event::ConnectionStateChange(PeerConnectionState::Connected));
    assert!(selected < transport && transport + 1 == ice && dtls + 1 == whole, "{log:#?}");
    let mut cut = Pair::new(8);
    cut.open_channel("chat", DataChannelInit::default());
    cut.cut = true;
    cut.log_a.clear();
    while cut.a.ice_connection_state() != IceConnectionState::Disconnected {
        cut.now = cut.a.poll_timeout().unwrap();
        cut.a.handle_timeout(cut.now);
    }
    assert_eq!(cut.a.connection_state(), PeerConnectionState::Disconnected, "before any event was taken");
}
