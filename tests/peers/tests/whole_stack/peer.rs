//! An application over a whole stack, as a host of the simulated network.

use std::collections::{BTreeMap, BTreeSet};

use sim::{Host, Instant};

/// What a channel promises of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Each once, in the order in which they were sent.
    Ordered,
    /// Each once.
    Unordered,
    /// In order, and each at most once: it is sent again only so often.
    Limited(u16),
}

/// What an application has seen of its channels, by their labels.
#[derive(Debug, Default)]
pub struct Seen {
    /// Whether ICE and DTLS are done.
    pub connected: bool,
    pub opened: BTreeMap<String, Promise>,
    pub closed: BTreeSet<String>,
    pub received: BTreeMap<String, Vec<Vec<u8>>>,
    /// Its connection's roles, where the stack tells them and a channel is open.
    pub roles: Option<Roles>,
}

/// A host with a stack and an application that does as it is told.
pub trait Peer: Host {
    /// An offer with these channels.
    fn offer(&mut self, now: Instant, channels: &[(String, Promise)]) -> String;

    /// The answer to an offer; these channels are opened besides.
    fn answer(&mut self, now: Instant, offer: &str, channels: &[(String, Promise)]) -> String;

    /// Takes the answer to its offer.
    fn accept(&mut self, now: Instant, answer: &str);

    /// Sends a binary message on a channel that is open.
    fn send(&mut self, now: Instant, label: &str, payload: Vec<u8>);

    /// Closes a channel.
    fn close(&mut self, now: Instant, label: &str);

    /// What its application has seen.
    fn seen(&self) -> &Seen;
}

/// What a connection is in its protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Whether it nominates the pair (RFC 8445 §6.1.1).
    pub controlling: bool,
    /// Whether it is the client of DTLS, whose channels have even numbers (RFC 8832 §6).
    pub client: bool,
}
