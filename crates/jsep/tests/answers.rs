//! What an answer may say, provisional or final (RFC 9429 §3.8.1, §4.1.10.1, §5.10 and §5.11).

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{Config, Description, DtlsRole, Error, OfferOptions, SdpType, Session, SignalingState};
use sdp::Fingerprint;

fn session(seed: u64) -> Session {
    let digest = vec![u8::try_from(seed).unwrap(); 32];
    let config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest }]);
    let mut session = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(seed)));
    session.want_data();
    session
}

fn offered(a: &mut Session, options: OfferOptions) -> Description {
    let offer = a.create_offer(options).unwrap();
    a.set_local_description(&offer).unwrap();
    offer
}

/// What `b` answers.
fn answered(b: &mut Session, offer: &Description) -> Description {
    b.set_remote_description(offer).unwrap();
    b.set_local_description_due().unwrap()
}

fn pair() -> (Session, Session) {
    let (mut a, mut b) = (session(1), session(2));
    let offer = offered(&mut a, OfferOptions::default());
    a.set_remote_description(&answered(&mut b, &offer)).unwrap();
    (a, b)
}

fn provisional(description: &Description) -> Description {
    Description::new(SdpType::PrAnswer, description.sdp.clone())
}

fn rejecting(answer: &Description) -> Description {
    let sdp = answer.sdp.replace("m=application 9", "m=application 0").replace("a=group:BUNDLE 0\r\n", "");
    Description::new(answer.kind, sdp)
}

/// The same with other ICE credentials.
fn restarted(description: &Description, by: &Session) -> Description {
    let ufrag = &by.transports()[0].local.username_fragment;
    Description::new(description.kind, description.sdp.replace(ufrag, "somethingelse"))
}

fn remote_ufrag(session: &Session) -> &str {
    &session.transports()[0].remote.as_ref().unwrap().ice.username_fragment
}

/// RFC 9429 §5.10: else our agent would use credentials that nobody was told.
#[test]
fn an_answer_changes_ice_credentials_if_and_only_if_its_offer_did() {
    for kind in [SdpType::Answer, SdpType::PrAnswer] {
        let (mut a, mut b) = pair();
        let offer = offered(&mut a, OfferOptions::default());
        let answer = Description::new(kind, answered(&mut b, &offer).sdp);
        assert_eq!(a.set_remote_description(&restarted(&answer, &b)), Err(Error::RestartMismatch));
        assert_eq!(a.signaling_state(), SignalingState::HaveLocalOffer);
        a.set_remote_description(&answer).unwrap();

        let (mut a, mut b) = pair();
        let before = b.transports()[0].local.clone();
        let offer = offered(&mut a, OfferOptions::restart());
        let answer = Description::new(kind, answered(&mut b, &offer).sdp);
        let after = &b.transports()[0].local;
        let unchanged = answer
            .sdp
            .replace(&after.username_fragment, &before.username_fragment)
            .replace(&after.password, &before.password);
        let unchanged = Description::new(kind, unchanged);
        assert_eq!(a.set_remote_description(&unchanged), Err(Error::RestartMismatch));
        a.set_remote_description(&answer).unwrap();
    }
}

/// RFC 9429 §3.8.1: one offer, several that answer, one after another.
#[test]
fn the_answer_may_come_from_another_than_the_provisional_one() {
    let mut a = session(1);
    let offer = offered(&mut a, OfferOptions::default());
    let local = a.transports()[0].local.clone();
    for (association, seed) in [(0, 2), (1, 3)] {
        let mut other = session(seed);
        let answer = answered(&mut other, &offer);
        a.set_remote_description(&provisional(&answer)).unwrap();
        let transport = &a.transports()[0];
        assert_eq!(transport.local, local, "who is told once is told for good");
        assert_eq!(transport.remote.as_ref().unwrap().ice, other.transports()[0].local);
        assert_eq!((transport.association, transport.dtls_role), (association, Some(DtlsRole::Server)));
    }
    let answer = answered(&mut session(3), &offer);
    a.set_remote_description(&answer).unwrap();
    assert_eq!((a.transports()[0].association, a.signaling_state()), (1, SignalingState::Stable));
}

/// RFC 9429 §5.10: the credentials of a session that goes on are not for others.
#[test]
fn a_later_offer_without_a_restart_is_answered_by_the_peer_alone() {
    let (mut a, mut b) = pair();
    let offer = offered(&mut a, OfferOptions::default());
    let answer = answered(&mut b, &offer);
    a.set_remote_description(&provisional(&answer)).unwrap();
    assert_eq!(a.set_remote_description(&restarted(&answer, &b)), Err(Error::RestartMismatch));
    a.set_remote_description(&answer).unwrap();
}

/// RFC 9429 §4.1.10.1: a provisional answer frees nothing.
#[test]
fn a_provisional_answer_that_rejects_may_be_followed_by_one_that_accepts() {
    let mut a = session(1);
    let offer = offered(&mut a, OfferOptions::default());
    let answer = answered(&mut session(2), &offer);
    a.set_remote_description(&provisional(&rejecting(&answer))).unwrap();
    assert!(a.data().is_none() && a.transports().len() == 1);
    a.set_remote_description(&answer).unwrap();
    assert!(a.data().is_some());
    assert_eq!(
        remote_ufrag(&a),
        answer.sdp.split_once("a=ice-ufrag:").unwrap().1.split_once('\r').unwrap().0
    );

    let mut a = session(1);
    offered(&mut a, OfferOptions::default());
    a.set_remote_description(&provisional(&answer)).unwrap();
    a.set_remote_description(&rejecting(&answer)).unwrap();
    assert!(a.data().is_none() && a.transports().is_empty());
}

/// webrtc-pc §4.4.1.5, step 2.
#[test]
fn a_provisional_answer_cannot_be_taken_back() {
    let (mut a, mut b) = (session(1), session(2));
    let offer = offered(&mut a, OfferOptions::default());
    b.set_remote_description(&offer).unwrap();
    let answer = provisional(&b.create_answer().unwrap());
    b.set_local_description(&answer).unwrap();
    a.set_remote_description(&answer).unwrap();
    for end in [&mut a, &mut b] {
        let before = end.signaling_state();
        assert_eq!(end.set_local_description(&Description::rollback()), Err(Error::InvalidState));
        assert_eq!(end.set_remote_description(&Description::rollback()), Err(Error::InvalidState));
        assert_eq!(end.signaling_state(), before);
    }
}

/// webrtc-pc §4.4.1.5: `[[LastCreatedOffer]]` and `[[LastCreatedAnswer]]` last until an answer.
#[test]
fn what_was_created_last_may_be_applied_until_there_is_an_answer() {
    let (mut a, mut b) = (session(1), session(2));
    let offer = a.create_offer(OfferOptions::default()).unwrap();
    a.set_local_description(&offer).unwrap();
    a.set_local_description(&offer).unwrap();
    let ufrag = a.transports()[0].local.username_fragment.clone();
    a.add_local_candidate(&ufrag, &"1 1 udp 9 192.0.2.1 5000 typ host".parse().unwrap());
    a.set_local_description(&Description::rollback()).unwrap();
    a.set_local_description(&offer).unwrap();
    assert_eq!(a.local_description(), Some(offer.clone()), "what was gathered went with the offer");
    b.set_remote_description(&offer).unwrap();
    let answer = b.create_answer().unwrap();
    b.set_local_description(&provisional(&answer)).unwrap();
    b.set_local_description(&provisional(&answer)).unwrap();
    b.set_local_description(&answer).unwrap();
    a.set_remote_description(&answer).unwrap();
    assert_eq!(a.set_local_description(&offer), Err(Error::InvalidModification));
    // An answer to another offer is not the answer to this one.
    let first = a.create_offer(OfferOptions::restart()).unwrap();
    b.set_remote_description(&first).unwrap();
    let stale = b.create_answer().unwrap();
    let second = a.create_offer(OfferOptions::restart()).unwrap();
    b.set_remote_description(&second).unwrap();
    assert_eq!(b.set_local_description(&stale), Err(Error::InvalidModification));
}

/// webrtc-pc §4.4.1.5: an empty text stands for what was created last, and only if nothing has come to it.
#[test]
fn an_empty_description_is_the_one_created_last() {
    let (mut a, mut b) = pair();
    let offer = a.create_offer(OfferOptions::restart()).unwrap();
    a.set_local_description(&Description::offer("")).unwrap();
    assert_eq!(a.local_description(), Some(offer.clone()));
    a.set_local_description(&Description::rollback()).unwrap();
    assert_eq!(a.set_local_description_due().unwrap(), offer);
    b.set_remote_description(&offer).unwrap();
    b.set_local_description(&Description::new(SdpType::PrAnswer, "")).unwrap();
    let provisional = b.local_description().unwrap();
    b.set_local_description(&Description::answer("")).unwrap();
    assert_eq!(b.local_description().unwrap().sdp, provisional.sdp);
}

/// webrtc-pc §4.4.1.5: what no longer says everything is not taken for an empty text.
#[test]
fn an_empty_description_is_made_anew_where_more_is_wanted_since() {
    let (mut a, _) = pair();
    let old = a.create_offer(OfferOptions::default()).unwrap();
    a.restart_ice();
    let new = a.set_local_description_due().unwrap();
    let renewed = &a.transports()[0].local.username_fragment;
    assert!(new.sdp.contains(renewed) && !old.sdp.contains(renewed));
    let mut plain = session(3);
    let with_data = plain.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(plain.set_local_description_due().unwrap(), with_data);
}
