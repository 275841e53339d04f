//! The exchanges of the RFCs, one after the other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop"
)]

#[path = "support/net.rs"]
mod net;

use ice::{Role, State};
use net::{A, B, Net};

#[test]
fn two_agents_connect_and_choose_one_pair() {
    let mut net = Net::ready(1);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert!(net.agree());
    for who in [A, B] {
        let pair = net.agents[who].selected_pair().unwrap();
        assert!(pair.nominated && pair.valid);
        assert_eq!(net.history(who), [State::Checking, State::Connected, State::Completed]);
    }
    assert_eq!(net.agents[A].role(), Role::Controlling);
    assert_eq!(net.agents[B].role(), Role::Controlled);
}
