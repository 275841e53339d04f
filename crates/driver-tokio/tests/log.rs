//! What the driver says.

use std::net::UdpSocket;
use std::time::Duration;

use ferry_tokio::Driver;
use tokio::runtime::Builder;
use tracing::Level;

use crate::listener::said;

#[test]
fn a_socket_and_what_comes_to_it_for_nobody_are_told_softly_and_without_addresses() {
    let mut bound = None;
    let lines = said(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut driver = Driver::new();
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let address = socket.local_addr().unwrap();
            let id = driver.add_socket(socket).unwrap();
            UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"nobody's", address).unwrap();
            while driver.stats().datagrams_ignored == 0 {
                // Nothing ends this: it is there to carry datagrams.
                let _ = tokio::time::timeout(Duration::from_millis(10), driver.next_event()).await;
            }
            driver.remove_socket(id);
            bound = Some(address);
        });
    });
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    let expected = [
        "a socket is added socket=0 addresses=1",
        "a datagram is ignored reason=the datagram belongs to no connection ignored=1",
        "a socket is removed socket=0",
    ];
    assert_eq!(texts, expected);
    assert!(lines.iter().all(|line| line.level == Level::DEBUG));
    assert!(!texts.concat().contains(&bound.unwrap().port().to_string()));
}
