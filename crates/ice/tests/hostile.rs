//! What a peer, or somebody who would like to be one, may send.

use base::Path;
use ice::{CandidateError, Config, Discard, PairState, PathProof, Role, State};
use stun::{Attribute, AttributeType, ErrorCode, Integrity, Key, Message, MessageType, MessageWriter};

use crate::support::net::{Dice, HERE, Single, THERE, address, raw};

/// Everything about an agent but what it has discarded.
fn portrait(single: &Single) -> String {
    let all = format!("{:?}", single.agent);
    let (before, rest) = all.split_once("discards: Discards {").unwrap();
    let (_, after) = rest.split_once('}').unwrap();
    format!("{before}{after}")
}

/// Feeds a datagram that has to be discarded, and checks that only a counter knows.
fn discarded(single: &mut Single, remote: &str, bytes: &[u8]) -> Discard {
    let (before, counted) = (portrait(single), *single.agent.discards());
    let discard = single.input(remote, bytes).unwrap_err();
    assert_eq!(portrait(single), before, "{discard:?}");
    assert_ne!(*single.agent.discards(), counted);
    discard
}

fn authentic(single: &Single, more: &[Attribute<'_>]) -> Vec<u8> {
    let mut attributes = vec![Attribute::Priority(9), Attribute::IceControlling(1)];
    attributes.extend_from_slice(more);
    raw::check(&single.agent, 77, &attributes)
}

fn error_code(answer: &[u8]) -> Option<u16> {
    match Message::parse(answer).unwrap().find(AttributeType::ERROR_CODE) {
        Some(Attribute::ErrorCode(code)) => Some(code.code()),
        _ => None,
    }
}

/// RFC 8489 §6.3.
#[test]
fn lengths_that_lie() {
    let mut single = Single::chosen();
    let check = authentic(&single, &[]);
    for len in [1, 2, 3, 0, 4, 0xffff, 0xfffc] {
        let mut bytes = check.clone();
        bytes[2..4].copy_from_slice(&u16::to_be_bytes(len));
        assert_eq!(discarded(&mut single, THERE, &bytes), Discard::NotStun);
    }
    for len in 0..check.len() {
        assert_eq!(discarded(&mut single, THERE, &check[..len]), Discard::NotStun);
    }
    let mut large = check;
    large.resize(65_535, 0);
    assert_eq!(discarded(&mut single, THERE, &large), Discard::NotStun);
}

/// A success has to tell the mapped address: RFC 8489 §6.3.3.
#[test]
fn attributes_that_lie() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    let id = Message::parse(&check).unwrap().transaction_id();
    // Mapped addresses: none, empty, family 0, family 3, IPv6 in four bytes.
    let odd: [&[u8]; 5] =
        [&[], &[0, 0, 0, 80, 1, 2, 3, 4], &[0, 3, 0, 80, 1, 2, 3, 4], &[0, 2, 0, 80, 1, 2, 3, 4], &[0]];
    for value in odd {
        let attribute = Attribute::Other(AttributeType::XOR_MAPPED_ADDRESS, value);
        let answer = raw::message(MessageType::BINDING_SUCCESS, id, &[attribute], raw::PASSWORD);
        assert_eq!(discarded(&mut single, THERE, &answer), Discard::Malformed);
    }
    let answer = raw::message(MessageType::BINDING_SUCCESS, id, &[], raw::PASSWORD);
    assert_eq!(discarded(&mut single, THERE, &answer), Discard::Malformed);
    for value in [&[][..], &[0, 0, 4], &[0, 0, 9, 0]] {
        let attribute = Attribute::Other(AttributeType::ERROR_CODE, value);
        let answer = raw::message(MessageType::BINDING_ERROR, id, &[attribute], raw::PASSWORD);
        assert_eq!(discarded(&mut single, THERE, &answer), Discard::Malformed);
    }
    // The check is still open.
    single.input(THERE, &raw::answer(&check, HERE)).unwrap();
}

/// RFC 8489 §9; of an attribute that comes twice, §14 lets the first count.
#[test]
fn what_stands_behind_the_integrity_does_not_count() {
    let mut single = Single::started(Role::Controlled);
    let mut bytes = authentic(&single, &[]);
    // In place of the fingerprint: USE-CANDIDATE, then an unknown attribute that would have to be understood.
    bytes.truncate(bytes.len() - 8);
    bytes.extend([0x00, 0x25, 0, 0, 0x7f, 0x00, 0, 0]);
    single.input(THERE, &bytes).unwrap();
    let (_, answer) = single.poll().unwrap();
    assert_eq!(error_code(&answer), None);
    single.validate(THERE);
    assert!(!single.agent.selected_pair().unwrap().nominated);

    let twice = authentic(&single, &[Attribute::Priority(1), Attribute::IceControlled(u64::MAX)]);
    single.input(THERE, &twice).unwrap();
    assert_eq!(single.agent.role(), Role::Controlled, "of two claims the first counts");
}

/// RFC 8489 §6.3.1; what need not be understood is ignored by §6.3.
#[test]
fn unknown_attributes_are_refused_once_or_ignored() {
    let mut single = Single::started(Role::Controlled);
    let unknown: Vec<_> = (0..20).map(|i| Attribute::Other(AttributeType(0x7f00 + i), b"x")).collect();
    let check = authentic(&single, &unknown);
    single.input(THERE, &check).unwrap();
    let sent = single.drain();
    assert_eq!(sent.len(), 1);
    let answer = Message::parse(&sent[0].1).unwrap();
    assert_eq!(error_code(&sent[0].1), Some(420));
    let Some(Attribute::UnknownAttributes(list)) = answer.find(AttributeType::UNKNOWN_ATTRIBUTES) else {
        panic!("no list");
    };
    assert!(list.iter().eq((0..8).map(|i| AttributeType(0x7f00 + i))));
    assert!(sent[0].1.len() <= check.len(), "no amplification");
    assert_eq!(single.agent.pairs().count(), 0);
    // An error in return is no request: nothing answers it.
    let back = raw::message(MessageType::BINDING_ERROR, raw::id(77), &[], raw::PASSWORD);
    assert_eq!(discarded(&mut single, THERE, &back), Discard::UnknownTransaction);

    let optional: Vec<_> = [0xc057, 0xc058, 0xc059, 0xc05c, 0xc060, 0xff00, 0xc001]
        .map(|kind| Attribute::Other(AttributeType(kind), &[1, 2, 3]))
        .into();
    let check = authentic(&single, &optional);
    single.input(THERE, &check).unwrap();
    assert_eq!(error_code(&single.poll().unwrap().1), None);
}

/// RFC 8489 §6.3.3 and §6.3.4: such an answer is the end of its transaction, and §9.1.4: this one is none.
#[test]
fn answers_that_cannot_be_understood_fail_their_check() {
    let unknown = Attribute::Other(AttributeType(0x7f00), b"x");
    let mapped = Attribute::XorMappedAddress(address(HERE));
    for (kind, attributes) in [
        (MessageType::BINDING_SUCCESS, &[mapped, unknown][..]),
        (MessageType::BINDING_ERROR, &[unknown]),
        (MessageType::BINDING_ERROR, &[]),
    ] {
        let mut single = Single::started(Role::Controlled);
        single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
        let check = single.next_check(THERE);
        let id = Message::parse(&check).unwrap().transaction_id();
        single.input(THERE, &raw::message(kind, id, attributes, raw::PASSWORD)).unwrap();
        assert!(single.agent.pairs().all(|pair| pair.state == PairState::Failed));
    }
    // Protected by another algorithm than the request was.
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    let id = Message::parse(&check).unwrap().transaction_id();
    let mut buffer = [0; 256];
    let mut writer = MessageWriter::new(&mut buffer, MessageType::BINDING_SUCCESS, id).unwrap();
    writer.attribute(&mapped).unwrap();
    let key = Key::from_bytes(&crypto_rust::PROVIDER, raw::PASSWORD.as_bytes());
    writer.integrity(Integrity::Sha256, &key).unwrap();
    let len = writer.fingerprint().unwrap();
    assert_eq!(discarded(&mut single, THERE, &buffer[..len]), Discard::Forged);
}

/// RFC 8445 §11: it passes the NAT on its way, and anybody can have sent it.
#[test]
fn an_indication_is_a_keep_alive_that_is_taken_and_changes_nothing() {
    let mut single = Single::chosen();
    let username = format!("{}:peer", single.agent.local_parameters().username_fragment);
    let attributes = [Attribute::Username(&username), Attribute::Priority(9), Attribute::UseCandidate];
    let password = single.agent.local_parameters().password.clone();
    for remote in [THERE, "192.0.2.66:6"] {
        for attributes in [&[][..], &attributes] {
            let before = format!("{:?}", single.agent);
            let bytes = raw::message(MessageType::BINDING_INDICATION, raw::id(1), attributes, &password);
            assert_eq!(single.input(remote, &bytes), Ok(()));
            assert_eq!(format!("{:?}", single.agent), before);
        }
    }
    assert!(single.drain().is_empty(), "nor is it answered: RFC 8489 §6.3.2");
}

/// RFC 8489 §6.3.
#[test]
fn methods_and_classes_that_are_not_ours() {
    let mut single = Single::chosen();
    for bits in [0x0200, 0x0300, 0x0310, 0x0003, 0x3eef] {
        let bytes = raw::message(MessageType::from_bits(bits), raw::id(1), &[], raw::PASSWORD);
        assert_eq!(discarded(&mut single, THERE, &bytes), Discard::NotOurs);
    }

    // An error whose reason is no text is an error all the same.
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    let id = Message::parse(&check).unwrap().transaction_id();
    let broken = Attribute::Other(AttributeType::ERROR_CODE, &[0, 0, 4, 87, 0xff, 0xfe]);
    let bytes = raw::message(MessageType::BINDING_ERROR, id, &[broken], raw::PASSWORD);
    single.input(THERE, &bytes).unwrap();
    assert_eq!(single.agent.role(), Role::Controlling);
}

/// Our fragment comes first, then a colon: RFC 8445 §7.3.
#[test]
fn usernames_that_are_not_ours() {
    let mut single = Single::started(Role::Controlled);
    let parameters = single.agent.local_parameters().clone();
    let ours = parameters.username_fragment.as_str();
    let with = |username: &str| {
        let attributes =
            [Attribute::Username(username), Attribute::Priority(9), Attribute::IceControlling(1)];
        raw::message(MessageType::BINDING_REQUEST, raw::id(1), &attributes, &parameters.password)
    };
    let long = format!("{ours}:{}", "x".repeat(800));
    assert_eq!(discarded(&mut single, THERE, &with(&long)), Discard::Malformed);
    for username in [ours, "", ":", &format!("peer:{ours}"), "older:peer", &format!("{ours}x:peer")] {
        assert_eq!(discarded(&mut single, THERE, &with(username)), Discard::UnknownUsername);
    }
    let nobody = [Attribute::Priority(9)];
    let bytes = raw::message(MessageType::BINDING_REQUEST, raw::id(1), &nobody, &parameters.password);
    assert_eq!(discarded(&mut single, THERE, &bytes), Discard::Malformed);
    // The peer under a name that was not signalled.
    assert_eq!(discarded(&mut single, THERE, &with(&format!("{ours}:other"))), Discard::UnknownUsername);
    assert_eq!(single.agent.pairs().count(), 0);
    assert_eq!(single.agent.validated(Single::path(THERE)), None);
}

/// RFC 8489 §6.3 (the transaction), §9.1.4 (the integrity).
#[test]
fn answers_that_nobody_asked_for_or_that_came_another_way() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    let unknown = raw::message(MessageType::BINDING_SUCCESS, raw::id(5), &[], raw::PASSWORD);
    assert_eq!(discarded(&mut single, THERE, &unknown), Discard::UnknownTransaction);
    let id = Message::parse(&check).unwrap().transaction_id();
    let mapped = [Attribute::XorMappedAddress(address(HERE))];
    let forged = raw::message(MessageType::BINDING_SUCCESS, id, &mapped, "another password of 22");
    assert_eq!(discarded(&mut single, THERE, &forged), Discard::Forged);
    let forged = raw::refusal(&check, ErrorCode::ROLE_CONFLICT);
    let forged = &forged[..forged.len() - 32];
    let mut unsigned = forged.to_vec();
    let len = u16::try_from(unsigned.len() - 20).unwrap();
    unsigned[2..4].copy_from_slice(&len.to_be_bytes());
    assert_eq!(discarded(&mut single, THERE, &unsigned), Discard::Forged);

    // Authentic, but from elsewhere: the pair has failed, and the other one is not valid (RFC 8445 §7.2.5.2.1).
    single.input("192.0.2.2:2001", &raw::answer(&check, HERE)).unwrap();
    let states: Vec<_> = single.agent.pairs().map(|p| (p.state, p.valid)).collect();
    assert_eq!(states, [(PairState::Failed, false)]);
    assert_eq!(single.agent.validated(Single::path("192.0.2.2:2001")), None);
    assert_eq!(single.agent.send_path(), None);
    assert_eq!(discarded(&mut single, THERE, &raw::answer(&check, HERE)), Discard::UnknownTransaction);
}

/// Every check has a priority (RFC 8445 §7.1.1), from 1 to 2³¹ - 1 (§5.1.2); USE-CANDIDATE is a flag (§16.1).
#[test]
fn priorities_and_flags_at_their_edges() {
    for priority in [0, 1, u32::MAX, 0x8000_0000] {
        let mut single = Single::started(Role::Controlled);
        let check =
            raw::check(&single.agent, 1, &[Attribute::Priority(priority), Attribute::IceControlling(1)]);
        single.input(THERE, &check).unwrap();
        let remote = single.agent.remote_candidates().next().unwrap().priority;
        assert!((1..=0x7fff_ffff).contains(&remote));
        single.validate(THERE);
        assert!(single.agent.selected_pair().is_some());
    }
    let mut single = Single::started(Role::Controlled);
    for odd in [&[][..], &[1, 2, 3], &[1, 2, 3, 4, 5]] {
        let attributes = [Attribute::Other(AttributeType::PRIORITY, odd), Attribute::IceControlling(1)];
        let check = raw::check(&single.agent, 1, &attributes);
        single.input(THERE, &check).unwrap();
        assert_eq!(error_code(&single.poll().unwrap().1), Some(400));
    }
    assert_eq!(single.agent.pairs().count(), 0);
    let long_flag = Attribute::Other(AttributeType::USE_CANDIDATE, &[1, 2, 3]);
    single.check_from(THERE, &[long_flag]).unwrap();
    single.validate(THERE);
    assert!(single.agent.selected_pair().unwrap().nominated, "its value is not looked at");
    let odd_claim = Attribute::Other(AttributeType::ICE_CONTROLLED, &[1, 2]);
    let check = raw::check(&single.agent, 2, &[Attribute::Priority(9), odd_claim]);
    single.input(THERE, &check).unwrap();
    assert_eq!(single.agent.role(), Role::Controlled);
}

#[test]
fn a_malformed_nomination_is_as_good_as_none() {
    let mut config = Config::default();
    config.nomination_attribute = Some(AttributeType::NOMINATION);
    let mut single = Single::new(config, Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    for (port, len) in (1..).zip(0..4) {
        let remote = format!("192.0.2.2:{port}");
        let odd = Attribute::Other(AttributeType::NOMINATION, &[9; 3][..len.min(3)]);
        single.check_from(&remote, &[Attribute::UseCandidate, odd]).unwrap();
        single.validate(&remote);
        assert_eq!(single.agent.send_path(), Some(Single::path(&remote)));
    }
}

/// RFC 8445 §6.1.2.5.
#[test]
fn a_flood_of_authentic_checks_is_answered_and_bounded() {
    let mut single = Single::chosen();
    for i in 0..10_000_u32 {
        let remote = format!("198.51.{}.{}:{}", i >> 8 & 0xff, i & 0xff, 1024 + (i >> 8));
        single.check_from(&remote, &[]).unwrap();
        let answers = single.drain().into_iter().filter(|(path, _)| path.remote == address(&remote));
        assert!(answers.count() >= 1, "even the last one is answered");
    }
    assert!(single.agent.remote_candidates().count() <= 100);
    assert!(single.agent.pairs().count() <= 100);
    assert!(single.agent.discards().remote_candidates > 9000);
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}

#[test]
fn a_flood_of_forged_checks_leaves_no_trace() {
    let mut single = Single::chosen();
    let before = portrait(&single);
    let username = format!("{}:peer", single.agent.local_parameters().username_fragment);
    let attributes = [Attribute::Username(&username), Attribute::Priority(9), Attribute::UseCandidate];
    let forged =
        raw::message(MessageType::BINDING_REQUEST, raw::id(1), &attributes, "wrong wrong wrong wrong");
    for i in 0..10_000_u32 {
        let remote = format!("198.51.{}.{}:9", i >> 8, i & 0xff);
        assert_eq!(single.input(&remote, &forged), Err(Discard::Forged));
    }
    assert_eq!(portrait(&single), before);
    assert_eq!(single.agent.discards().forged, 10_000);
    assert!(single.drain().is_empty(), "nobody is told");
}

#[test]
fn answers_that_nobody_polls_are_bounded() {
    let mut single = Single::chosen();
    for _ in 0..64 {
        single.check_from(THERE, &[]).unwrap();
    }
    let check = authentic(&single, &[]);
    assert_eq!(discarded(&mut single, THERE, &check), Discard::Overloaded);
    assert_eq!(single.drain().len(), 64);
    single.input(THERE, &check).unwrap();
}

/// RFC 8445 §6.1.2.5.
#[test]
fn candidates_that_are_too_many_or_of_no_use() {
    let mut single = Single::started(Role::Controlled);
    for bad in
        ["0.0.0.0:1", "192.0.2.9:0", "224.0.0.1:1", "255.255.255.255:9", "[::]:1", "[::ffff:127.0.0.1]:1"]
    {
        let refused = single.agent.add_remote_candidate(single.now, raw::candidate(bad));
        assert_eq!(refused, Err(CandidateError::Unusable), "{bad}");
    }
    let mut second = raw::candidate(THERE);
    second.component = 2;
    assert_eq!(single.agent.add_remote_candidate(single.now, second), Err(CandidateError::Component));
    single.agent.add_remote_candidate(single.now, raw::candidate("127.0.0.1:9")).unwrap();
    assert_eq!(single.agent.pairs().count(), 0, "our loopback is no candidate, so theirs reaches nobody");
    for _ in 0..1000 {
        single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    }
    assert_eq!((single.agent.remote_candidates().count(), single.agent.pairs().count()), (2, 1));
    for i in 0..10_000_u32 {
        let remote = format!("198.51.{}.{}:9", i >> 8, i & 0xff);
        let _ = single.agent.add_remote_candidate(single.now, raw::candidate(&remote));
    }
    assert_eq!(single.agent.remote_candidates().count(), 100);
    assert_eq!(single.agent.discards().remote_candidates, 7 + 9902);
    // Many local addresses: the pairs are bounded, too, and the best are kept.
    for port in 1..=20 {
        let local = address(&format!("192.0.2.1:{port}"));
        single.agent.add_local_address(single.now, local, base::Protocol::Udp).unwrap();
    }
    assert_eq!(single.agent.pairs().count(), 100);
    assert!(single.agent.discards().pairs > 1000);
    let best = single.agent.local_candidates().map(|c| c.priority).max().unwrap();
    let (kept, possible) = (single.agent.pairs().filter(|p| p.local.priority == best).count(), 99);
    assert_eq!(kept, possible, "the loopback candidate fits none of ours");
}

/// The limit can be set (RFC 8445 §6.1.2.5); the pair of a check comes on the list (§7.3.1.4).
#[test]
fn a_full_list_makes_room_for_a_peer_that_really_checks() {
    let mut config = Config::default();
    (config.max_pairs, config.max_remote_candidates) = (10, 100);
    let mut single = Single::new(config, Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    for port in 1..=50 {
        single
            .agent
            .add_remote_candidate(single.now, raw::candidate(&format!("203.0.113.9:{port}")))
            .unwrap();
    }
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    assert_eq!(single.agent.pairs().count(), 10);
    single.validate(THERE);
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}

/// RFC 7675 §5.1.
#[test]
fn consent_answers_count_only_once_and_only_from_the_right_place() {
    let mut single = Single::chosen();
    single.advance(6100);
    let (_, check) = single.poll().unwrap();
    let answer = raw::answer(&check, HERE);
    assert_eq!(discarded(&mut single, "192.0.2.2:2001", &answer), Discard::Asymmetric);
    single.input(THERE, &answer).unwrap();
    assert_eq!(discarded(&mut single, THERE, &answer), Discard::UnknownTransaction);
    // Replayed for half a minute, it buys nothing.
    for _ in 0..31 {
        single.advance(1000);
        single.drain();
        let _ = single.input(THERE, &answer);
    }
    assert_eq!((single.agent.send_path(), single.agent.state()), (None, State::Failed));
}

/// A check can be repeated by who saw it; an answer is to a request that nobody else has seen before.
#[test]
fn what_a_path_has_proved_grows_with_each_answer_only() {
    let mut single = Single::started(Role::Controlled);
    let proof = |single: &Single| single.agent.path_proof(Single::path(THERE));
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    assert_eq!(proof(&single), None, "sending proves nothing");
    single.check_from(THERE, &[]).unwrap();
    assert_eq!(proof(&single), Some(PathProof::Checked(single.now)));
    single.advance(10);
    let first = single.now;
    single.input(THERE, &raw::answer(&check, HERE)).unwrap();
    assert_eq!(proof(&single), Some(PathProof::Answered(first)));
    single.advance(10);
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    assert_eq!(proof(&single), Some(PathProof::Answered(first)));
    single.drain();
    single.advance(6100);
    single.validate(THERE);
    assert_eq!(proof(&single), Some(PathProof::Answered(single.now)));
    assert_eq!(single.agent.path_proof(Single::path("192.0.2.2:2001")), None);
}

#[test]
fn a_check_to_an_address_that_is_no_candidate_is_discarded() {
    let mut single = Single::chosen();
    let check = authentic(&single, &[]);
    let before = portrait(&single);
    let path = Path::udp(address("192.0.2.77:1"), address(THERE));
    assert_eq!(single.agent.handle_input(single.now, path, &check), Err(Discard::UnknownAddress));
    assert_eq!(portrait(&single), before);
}

/// RFC 8489 §14.5.
#[test]
fn no_flipped_bit_of_a_check_or_an_answer_is_believed() {
    let mut single = Single::chosen();
    let check = authentic(&single, &[Attribute::UseCandidate]);
    single.advance(6100);
    let (_, ours) = single.poll().unwrap();
    let answer = raw::answer(&ours, HERE);
    for original in [check, answer] {
        // The fingerprint is not signed: without one, or with an unknown attribute in its place, all is well.
        for bit in 0..(original.len() - 8) * 8 {
            let mut bytes = original.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            discarded(&mut single, THERE, &bytes);
        }
    }
}

#[test]
fn noise_is_survived() {
    let mut single = Single::chosen();
    let templates =
        [authentic(&single, &[]), raw::message(MessageType::BINDING_SUCCESS, raw::id(1), &[], "p")];
    let mut dice = Dice(1);
    for _ in 0..20_000 {
        let mut bytes = templates[usize::try_from(dice.roll() % 2).unwrap()].clone();
        for _ in 0..dice.roll() % 8 {
            let at = usize::try_from(dice.roll() % bytes.len() as u64).unwrap();
            bytes[at] = dice.roll().to_le_bytes()[0];
        }
        bytes.truncate(usize::try_from(dice.roll() % (bytes.len() as u64 + 1)).unwrap());
        let _ = single.input(THERE, &bytes);
        single.drain();
    }
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}
