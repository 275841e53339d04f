//! An attacker beside an honest pair.

use base::Instant;
use dtls::{Config, Role, State};

use crate::support::pair::{End, Pair};

pub(crate) const T0: Instant = Instant::from_millis(1000);

pub(crate) fn server() -> End {
    let mut server = End::new(Config::default(), Role::Server, 2);
    server.connection.start(T0);
    server
}

/// The pair finishes in spite of everything.
pub(crate) fn assert_finishes(pair: Pair) {
    assert_finishes_within(pair, 12);
}

/// The pair finishes by the time that so many deadlines have come.
pub(crate) fn assert_finishes_within(mut pair: Pair, deadlines: usize) {
    for _ in 0..deadlines {
        pair.exchange();
        if pair.client.connection.state() == State::Connected
            && pair.server.connection.state() == State::Connected
        {
            return;
        }
        pair.wait();
    }
    panic!("{:?} {:?}", pair.client.connection.stats(), pair.server.connection.stats());
}

/// Every state of a handshake: before each of its flights, with nothing in the air.
pub(crate) fn at_each_flight(mut attack: impl FnMut(&mut Pair)) {
    for flights in 0..5 {
        let mut pair = Pair::started(Config::default(), Config::default());
        for flight in 0..flights {
            if flight % 2 == 0 {
                for datagram in pair.client.transmit(pair.now) {
                    pair.server.receive(pair.now, &datagram).unwrap();
                }
            } else {
                for datagram in pair.server.transmit(pair.now) {
                    pair.client.receive(pair.now, &datagram).unwrap();
                }
            }
        }
        attack(&mut pair);
        assert_finishes(pair);
    }
}
