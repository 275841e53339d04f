//! What holds for a driver that has one socket at a time.

use std::io::ErrorKind;
use std::net::UdpSocket;

use ferry_std::Driver;

use crate::suite::Pair;

#[test]
fn a_socket_that_goes_makes_room_for_another_one() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    pair.transfer();
    let before = pair.a.driver.local_address().unwrap();
    pair.a.driver.set_socket(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    assert_ne!(pair.a.driver.local_address(), Some(before));
    assert!(pair.a.driver.local_addresses().eq(pair.a.driver.local_address()));
    pair.transfer_again();
}

#[test]
fn without_a_socket_there_is_nothing_to_wait_for() {
    let mut driver = Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    assert!(driver.remove_socket().is_some());
    assert_eq!(driver.local_addresses().count(), 0);
    assert_eq!(driver.poll(None).unwrap_err().kind(), ErrorKind::NotConnected);
}

#[test]
fn a_wildcard_is_refused() {
    assert_eq!(Driver::bind("0.0.0.0:0".parse().unwrap()).unwrap_err().kind(), ErrorKind::InvalidInput);
}
