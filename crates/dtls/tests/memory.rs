//! What a connection keeps, counted by the allocator of this program, thread by thread.

use dtls::{Config, State};

use crate::support::pair::Pair;
use crate::support::wire::{fragment, record};

#[test]
fn an_open_connection_keeps_nothing_of_what_was_forged_before() {
    kept_when_open(&[]); // what is made once and for all is none of the connection's
    let forged: Vec<_> =
        (0..40).map(|n| record(22, &fragment(11, 30_000, 7, 1400 * (n % 20), 1400, &[9; 1400]))).collect();
    let (clean, attacked) = (kept_when_open(&[]), kept_when_open(&forged));
    assert!(attacked <= clean + 1000, "{attacked} bytes, and {clean} without");
}

/// Bytes that both ends hold once they are connected, where these datagrams came first.
fn kept_when_open(forged: &[Vec<u8>]) -> i64 {
    let mut kept = None;
    let counted = allocation_counter::measure(|| {
        let mut pair = Pair::started(Config::default(), Config::default());
        for datagram in forged {
            pair.client.receive(pair.now, datagram).unwrap();
            pair.server.receive(pair.now, datagram).unwrap();
        }
        pair.exchange();
        assert_eq!(pair.server.connection.state(), State::Connected);
        assert_eq!(pair.client.connection.state(), State::Connected);
        kept = Some(pair);
    });
    counted.bytes_current
}
