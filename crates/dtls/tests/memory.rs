//! What a connection keeps. The counting allocator counts for the whole program: one test, in a program of its own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/pair.rs"]
mod support;
#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/wire.rs"]
mod wire;

use std::alloc::System;

use dtls::{Config, State};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::Pair;
use wire::{fragment, record};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn an_open_connection_keeps_nothing_of_what_was_forged_before() {
    kept_when_open(&[]); // what is made once and for all is none of the connection's
    let forged: Vec<_> =
        (0..40).map(|n| record(22, &fragment(11, 30_000, 7, 1400 * (n % 20), 1400, &[9; 1400]))).collect();
    let (clean, attacked) = (kept_when_open(&[]), kept_when_open(&forged));
    assert!(attacked <= clean + 1000, "{attacked} bytes, and {clean} without");
}

/// Bytes that both ends hold once they are connected, where these datagrams came first.
fn kept_when_open(forged: &[Vec<u8>]) -> usize {
    let region = Region::new(ALLOCATOR);
    let mut pair = Pair::started(Config::default(), Config::default());
    for datagram in forged {
        pair.client.receive(pair.now, datagram).unwrap();
        pair.server.receive(pair.now, datagram).unwrap();
    }
    pair.exchange();
    assert_eq!(pair.server.connection.state(), State::Connected);
    assert_eq!(pair.client.connection.state(), State::Connected);
    let change = region.change();
    change.bytes_allocated - change.bytes_deallocated
}
