//! A device that changes its network: addresses come and go under a connection (RFC 8445 §9).

use core::time::Duration;
use std::net::SocketAddr;

use rtc::{DataChannelInit, Event, IceTransportState, OfferOptions, PeerConnection, PeerConnectionState};

use crate::support::pair::{Pair, address_a};

/// `a`'s socket in its network number `n`.
fn address(n: u16) -> SocketAddr {
    SocketAddr::new(address_a().ip(), address_a().port() + n)
}

fn sends_from(connection: &PeerConnection) -> Option<SocketAddr> {
    let pair = connection.sctp()?.transport().ice_transport().selected_candidate_pair()?;
    Some(pair.path.local)
}

/// More networks than there may be addresses at a time.
#[test]
fn data_goes_on_in_each_of_a_hundred_networks() {
    let mut pair = Pair::new(1);
    let (chat, theirs) = pair.open_channel("chat", DataChannelInit::default());
    for n in 1..=100 {
        pair.a.add_local_address(address(n)).unwrap();
        assert!(pair.a.remove_local_address(pair.now, address(n - 1)));
        pair.negotiate_with(OfferOptions::restart());
        let sdp = pair.a.local_description().unwrap().sdp;
        assert_eq!(sdp.matches("a=candidate:").count(), 1, "only the new one is announced: {sdp}");
        pair.a.send(pair.now, chat, format!("from network {n}")).unwrap();
        pair.b.send(pair.now, theirs, format!("to network {n}")).unwrap();
        pair.run_until("both hear of each other", |pair| {
            pair.messages_a(chat).len() == usize::from(n) && pair.messages_b(theirs).len() == usize::from(n)
        });
        assert_eq!(sends_from(&pair.a), Some(address(n)));
        pair.run_for(Duration::from_secs(45));
    }
    let failed = Event::IceTransportStateChange(
        pair.a.sctp().unwrap().transport().ice_transport().id(),
        IceTransportState::Failed,
    );
    assert!(!pair.log_a.contains(&failed));
}

#[test]
fn the_connection_goes_on_at_another_address_that_works_already() {
    let mut pair = Pair::new(2);
    pair.a.add_local_address(address(1)).unwrap();
    let (chat, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(2));
    let (gone, left) = if sends_from(&pair.a) == Some(address(0)) { (0, 1) } else { (1, 0) };
    assert!(pair.a.remove_local_address(pair.now, address(gone)));
    pair.a.send(pair.now, chat, "still here").unwrap();
    pair.run_until("the message arrives", |pair| pair.messages_b(theirs).len() == 1);
    assert_eq!(sends_from(&pair.a), Some(address(left)));
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Connected);
    pair.a.add_local_address(address(2)).unwrap();
    pair.run_for(Duration::from_millis(1));
    let ice = pair.a.sctp().unwrap().transport().ice_transport();
    let candidates: Vec<String> = ice.local_candidates().map(|candidate| candidate.text()).collect();
    let new = format!("{} {} ", address(2).ip(), address(2).port());
    assert!(candidates.len() == 2 && candidates.iter().any(|text| text.contains(&new)), "{candidates:?}");
}

#[test]
fn what_is_not_there_cannot_be_removed_and_too_many_are_refused() {
    let mut pair = Pair::new(3);
    assert!(!pair.a.remove_local_address(pair.now, address(1)));
    for n in 1..64 {
        pair.a.add_local_address(address(n)).unwrap();
    }
    pair.a.add_local_address(address(5)).unwrap();
    assert_eq!(pair.a.add_local_address(address(64)).unwrap_err().name(), "OperationError");
    assert!(pair.a.remove_local_address(pair.now, address(5)));
    pair.a.add_local_address(address(64)).unwrap();
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let sdp = pair.a.local_description().unwrap().sdp;
    assert_eq!(sdp.matches("a=candidate:").count(), 64, "each of them is one");
    assert!(!sdp.contains(" 1005 ") && sdp.contains(" 1064 "));
}
