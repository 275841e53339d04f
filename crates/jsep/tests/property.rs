//! What holds in any order of steps.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{Config, Description, Error, OfferOptions, SdpType, Session, SignalingState};
use proptest::prelude::*;
use sdp::Fingerprint;

fn session(seed: u64) -> Session {
    let config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest: vec![7; 32] }]);
    let mut session = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(seed)));
    session.want_data();
    session
}

/// A step of two peers that talk through a perfect wire.
#[derive(Clone, Copy, Debug)]
enum Step {
    Offer,
    Restart,
    PrAnswer,
    Answer,
    Rollback,
}

fn step() -> impl Strategy<Value = (bool, Step)> {
    let steps = [Step::Offer, Step::Restart, Step::PrAnswer, Step::Answer, Step::Rollback];
    (any::<bool>(), proptest::sample::select(steps.to_vec()))
}

/// The reference: what each state allows, straight from the diagram of RFC 9429 §3.2.
fn expected(state: SignalingState, step: Step) -> Option<SignalingState> {
    use SignalingState::{HaveLocalOffer, HaveLocalPrAnswer, HaveRemoteOffer, Stable};
    match (state, step) {
        (Stable | HaveLocalOffer, Step::Offer | Step::Restart) => Some(HaveLocalOffer),
        (HaveRemoteOffer | HaveLocalPrAnswer, Step::PrAnswer) => Some(HaveLocalPrAnswer),
        (HaveRemoteOffer | HaveLocalPrAnswer, Step::Answer) => Some(Stable),
        (HaveLocalOffer | HaveRemoteOffer, Step::Rollback) => Some(Stable),
        _ => None,
    }
}

/// The same for the peer's descriptions, of those that fit.
fn expected_remote(step: Step) -> SignalingState {
    match step {
        Step::Offer | Step::Restart => SignalingState::HaveRemoteOffer,
        Step::PrAnswer => SignalingState::HaveRemotePrAnswer,
        Step::Answer | Step::Rollback => SignalingState::Stable,
    }
}

/// What a peer does at this step, applied to itself.
fn perform(peer: &mut Session, step: Step) -> Result<Description, Error> {
    let description = match step {
        Step::Offer => peer.create_offer(OfferOptions::default())?,
        Step::Restart => peer.create_offer(OfferOptions::restart())?,
        Step::PrAnswer => Description::new(SdpType::PrAnswer, peer.create_answer()?.sdp),
        Step::Answer => peer.create_answer()?,
        Step::Rollback => Description::rollback(),
    };
    peer.set_local_description(&description).map(|()| description)
}

/// Ends whatever is going on: offers are taken back, and provisional answers are made good.
fn come_to_rest(peer: &mut Session) {
    match peer.signaling_state() {
        SignalingState::HaveLocalPrAnswer => peer.set_local_description_due().map(|_| ()).unwrap(),
        SignalingState::HaveRemotePrAnswer => {
            let provisional = peer.pending_remote_description().unwrap();
            peer.set_remote_description(&Description::answer(provisional.sdp)).unwrap();
        }
        SignalingState::Stable => {}
        _ => peer.set_local_description(&Description::rollback()).unwrap(),
    }
}

proptest! {
    /// RFC 9429 §3.2 and §5.7.
    #[test]
    fn any_order_of_steps_follows_the_diagram_and_ends_in_agreement(steps in proptest::collection::vec(step(), 0..40)) {
        let mut peers = [session(1), session(2)];
        let mut expected_states = [SignalingState::Stable; 2];
        for (second, step) in steps {
            let (me, you) = (usize::from(second), usize::from(!second));
            let result = perform(&mut peers[me], step);
            prop_assert_eq!(result.is_ok(), expected(expected_states[me], step).is_some());
            if let (Ok(description), Some(state)) = (result, expected(expected_states[me], step)) {
                expected_states[me] = state;
                // The wire: what cannot be applied on the other side is glare, and is dropped there.
                if peers[you].set_remote_description(&description).is_ok() {
                    expected_states[you] = expected_remote(step);
                }
            }
            for index in 0..2 {
                prop_assert_eq!(peers[index].signaling_state(), expected_states[index]);
            }
        }
        // Whatever happened, and whatever one side believes that the other took back: a restart settles it.
        peers.iter_mut().for_each(come_to_rest);
        let [a, b] = &mut peers;
        let offer = perform(a, Step::Restart).unwrap();
        b.set_remote_description(&offer).unwrap();
        a.set_remote_description(&perform(b, Step::Answer).unwrap()).unwrap();
        prop_assert_eq!(&a.transports()[0].remote.as_ref().unwrap().ice, &b.transports()[0].local);
        prop_assert_eq!(&b.transports()[0].remote.as_ref().unwrap().ice, &a.transports()[0].local);
        prop_assert_ne!(a.transports()[0].dtls_role, b.transports()[0].dtls_role);
    }
}
