//! Strangers who shake hands with a certificate that nobody has promised: whatever they say under those keys, and whenever
//! the fingerprint becomes known, the honest handshake is finished.

use std::time::Duration;

use base::Instant;
use dtls::{Config, Connection, Event, Reason, Role, State};

use crate::support::hostile::T0;
use crate::support::pair::{End, Pair, fingerprint, identity, rng, summary};
use crate::support::wire::records;

/// What the stranger says under keys of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Attack {
    Finished,
    Data,
    CloseNotify,
    FatalAlert,
}

/// When the victim learns the fingerprint of the honest peer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Before,
    /// When the stranger has said everything.
    During,
    /// When the honest peer has, too.
    After,
}

/// Who is heard first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    Stranger,
    Honest,
}

const fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

/// One of the pair, which has heard nothing; it draws the same random numbers each time.
fn end(role: Role, expects: Option<&End>) -> End {
    let mut end = End::new(Config::default(), role, if role == Role::Client { 1 } else { 2 });
    if let Some(expected) = expects {
        end.connection.set_remote_fingerprints(T0, vec![fingerprint(&expected.identity)]);
    }
    end.connection.start(T0);
    end
}

/// A stranger who plays `role` with the randomness of the honest end, so that a client says the same hello: whoever sees it
/// can repeat it.
fn stranger(role: Role, victim: &End) -> End {
    let mut stranger = End::new(Config::default(), role, 9);
    let seed = if role == Role::Client { 101 } else { 109 };
    let rng = Box::new(rng(seed));
    stranger.connection =
        Connection::new(Config::default(), role, [&stranger.identity], &crypto_rust::PROVIDER, rng).unwrap();
    stranger.connection.set_remote_fingerprints(T0, vec![fingerprint(&victim.identity)]);
    stranger.connection.start(T0);
    stranger
}

fn is_protected(record: &[u8], content_type: u8) -> bool {
    record[4] == 1 && record[0] == content_type
}

/// Every record that a stranger says to a victim in this role. A copy of the victim, which trusts the stranger, lets the
/// handshake be finished.
fn words(victim: Role, attack: Attack) -> Vec<Vec<u8>> {
    let mut copy = end(victim, None);
    let mut stranger = stranger(other(victim), &copy);
    copy.connection.set_remote_fingerprints(T0, vec![fingerprint(&stranger.identity)]);
    let mut said = vec![];
    for _ in 0..4 {
        for datagram in stranger.transmit(T0) {
            let _ = copy.receive(T0, &datagram);
            said.extend(records(&datagram));
        }
        for datagram in copy.transmit(T0) {
            let _ = stranger.receive(T0, &datagram);
        }
    }
    assert_eq!(stranger.connection.state(), State::Connected);
    if attack == Attack::Finished {
        return said;
    }
    said.retain(|record| !is_protected(record, 22));
    match attack {
        Attack::CloseNotify => stranger.connection.close(T0),
        Attack::FatalAlert => stranger.connection.set_remote_fingerprints(T0, vec![]),
        _ => said.extend([stranger.seal(b"evil")]),
    }
    said.extend(stranger.transmit(T0).iter().flat_map(|datagram| records(datagram)));
    assert!(said.iter().any(|record| is_protected(record, if attack == Attack::Data { 23 } else { 21 })));
    said
}

/// What the victim has told its application.
fn has_told_nothing(victim: &mut End) -> bool {
    let silent = |event: &Event| !matches!(event, Event::Closed(_) | Event::ApplicationData(_));
    victim.delivered.is_empty() && victim.events().iter().all(silent)
}

/// The honest end says what it has to say first.
fn let_honest_begin(pair: &mut Pair, victim: Role) {
    let (from, to) = match victim {
        Role::Client => (&mut pair.server, &mut pair.client),
        Role::Server => (&mut pair.client, &mut pair.server),
    };
    if victim == Role::Client {
        let hello = to.transmit(T0);
        hello.iter().for_each(|datagram| from.receive(T0, datagram).unwrap());
    }
    from.transmit(T0).iter().for_each(|datagram| to.receive(T0, datagram).unwrap());
}

fn survives(victim: Role, attack: Attack, known: Known, first: First) {
    let case = format!("{victim:?} {attack:?} {known:?} {first:?}");
    let mut pair = Pair::new(Config::default(), Config::default());
    let (client, server) = (end(Role::Client, Some(&pair.server)), end(Role::Server, Some(&pair.client)));
    (pair.client, pair.server) = (client, server);
    let promised = match victim {
        Role::Client => fingerprint(&pair.server.identity),
        Role::Server => fingerprint(&pair.client.identity),
    };
    if known != Known::Before {
        let unknowing = end(victim, None);
        *victim_of(&mut pair, victim) = unknowing;
    }
    if first == First::Honest {
        let_honest_begin(&mut pair, victim);
    }
    for record in words(victim, attack) {
        let _ = victim_of(&mut pair, victim).receive(T0, &record);
    }
    assert!(has_told_nothing(victim_of(&mut pair, victim)), "{case}");
    if known == Known::After {
        pair.exchange();
    }
    let victim_now = victim_of(&mut pair, victim);
    assert!(victim_now.connection.state() == State::Connecting || known == Known::Before, "{case}");
    victim_now.connection.set_remote_fingerprints(T0, vec![promised]);
    for _ in 0..60 {
        pair.exchange();
        if [&pair.client, &pair.server].iter().all(|end| end.connection.state() == State::Connected) {
            break;
        }
        pair.wait();
    }
    let states = [&pair.client, &pair.server].map(|end| end.connection.state());
    assert_eq!(states, [State::Connected; 2], "{case}: {:?}", victim_of(&mut pair, victim).events());
    assert!(has_told_nothing(victim_of(&mut pair, victim)), "{case}");
}

fn victim_of(pair: &mut Pair, victim: Role) -> &mut End {
    match victim {
        Role::Client => &mut pair.client,
        Role::Server => &mut pair.server,
    }
}

fn survives_in_every_order(attack: Attack) {
    for victim in [Role::Client, Role::Server] {
        for known in [Known::Before, Known::During, Known::After] {
            for first in [First::Stranger, First::Honest] {
                survives(victim, attack, known, first);
            }
        }
    }
}

#[test]
fn a_strangers_close_notify_closes_nothing() {
    survives_in_every_order(Attack::CloseNotify);
}

#[test]
fn a_strangers_fatal_alert_ends_nothing() {
    survives_in_every_order(Attack::FatalAlert);
}

#[test]
fn a_strangers_data_is_never_delivered() {
    survives_in_every_order(Attack::Data);
}

#[test]
fn a_whole_handshake_with_a_stranger_ends_nothing() {
    survives_in_every_order(Attack::Finished);
}

/// Runs the honest pair until `end` falls silent for good, and says when.
fn time_of_end(mut pair: Pair, role: Role) -> (Pair, Instant) {
    for _ in 0..200 {
        pair.exchange();
        if matches!(victim_of(&mut pair, role).connection.state(), State::Failed | State::Closed) {
            let now = pair.now;
            return (pair, now);
        }
        pair.wait();
    }
    panic!("it never ends");
}

/// RFC 8122 §6.2: a mistake in signalling, which nobody on the path has made.
#[test]
fn a_mismatch_that_nobody_contradicts_ends_after_ten_seconds_under_its_own_name() {
    for victim in [Role::Client, Role::Server] {
        for fingerprints in [vec![fingerprint(&identity(9))], vec![]] {
            let mut pair = Pair::new(Config::default(), Config::default());
            *victim_of(&mut pair, victim) = end(victim, None);
            victim_of(&mut pair, victim).connection.set_remote_fingerprints(T0, fingerprints);
            pair.client.connection.start(T0);
            pair.server.connection.start(T0);
            let (mut pair, end) = time_of_end(pair, victim);
            assert_eq!(end, T0 + Duration::from_secs(10), "{victim:?}");
            let ended = victim_of(&mut pair, victim);
            assert_eq!(ended.events(), [Event::Connecting, Event::Closed(Reason::FingerprintMismatch)]);
            assert!(ended.connection.export_keying_material(b"x", None, &mut [0; 4]).is_err());
        }
    }
}

/// Signalling may change its mind (a forked offer): who was the peer is a stranger from then on, with all that was agreed.
#[test]
fn a_promise_that_is_taken_back_during_the_handshake_leaves_nothing_to_whom_it_was_made() {
    for victim in [Role::Client, Role::Server] {
        let mut pair = Pair::new(Config::default(), Config::default());
        let (client, server) = (end(Role::Client, Some(&pair.server)), end(Role::Server, Some(&pair.client)));
        let promised = fingerprint(if victim == Role::Client { &server.identity } else { &client.identity });
        (pair.client, pair.server) = (client, server);
        let first = stranger(other(victim), victim_of(&mut pair, victim));
        let changing = victim_of(&mut pair, victim);
        *changing = end(victim, Some(&first));
        let said = words(victim, Attack::Data);
        for record in &said {
            let _ = changing.receive(T0, record);
        }
        if victim == Role::Client {
            assert!(
                summary(&changing.transmit(T0)).contains("CertificateVerify"),
                "it has taken up with the first"
            );
        }
        changing.connection.set_remote_fingerprints(T0, vec![promised]);
        assert_eq!(changing.connection.stats().begun_anew, 1);
        for record in said {
            let _ = changing.receive(T0, &record);
        }
        for _ in 0..60 {
            pair.exchange();
            if [&pair.client, &pair.server].iter().all(|end| end.connection.state() == State::Connected) {
                break;
            }
            pair.wait();
        }
        let states = [&pair.client, &pair.server].map(|end| end.connection.state());
        assert_eq!(states, [State::Connected; 2], "{victim:?}");
        assert!(has_told_nothing(victim_of(&mut pair, victim)));
    }
}
