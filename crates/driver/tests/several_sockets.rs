//! What holds for drivers that have as many sockets as their application likes.

use crate::suite::{Driven, Pair};

/// A driver with several sockets, as the tests drive it.
pub(crate) trait SeveralSockets: Driven {
    fn open(&mut self, address: &str);

    /// Whether the socket that was there first was there still.
    fn remove_first_socket(&mut self) -> bool;

    /// Looks whether any address came or went.
    fn has_other_addresses(&mut self) -> bool;
}

#[test]
fn a_wildcard_connects_like_an_address() {
    let mut pair = Pair::new(["0.0.0.0:0", "127.0.0.1:0"]);
    pair.transfer();
    assert!(!pair.a.driver.has_other_addresses(), "nothing has changed");
}

#[test]
fn a_socket_that_goes_leaves_the_connection_on_the_other_one() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    pair.a.driver.open("127.0.0.1:0");
    pair.transfer();
    assert!(pair.a.driver.remove_first_socket());
    assert!(!pair.a.driver.remove_first_socket());
    assert_eq!(pair.a.driver.local_addresses().count(), 1);
    pair.transfer_again();
}
