//! The demultiplexer: one socket for a thousand connections.

use std::hint::black_box;
use std::net::SocketAddr;

use rtc::{Demultiplexer, Instant, Path, PathProof, Route};
use stun::Key;

use crate::stun_messages::write;
use crate::{Case, Step};

/// How many connections share the socket.
const CONNECTIONS: u16 = 1000;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "demultiplexer: route a record among 1,000 connections",
        bytes: 0,
        prepare: || route(vec![23; 1200]),
    },
    Case {
        name: "demultiplexer: route a check among 1,000 connections",
        bytes: 0,
        prepare: || {
            let key = Key::short_term(&crypto_rust::PROVIDER, "a password").expect("a password");
            let mut check = vec![0; 256];
            let len = write(&mut check, &key);
            check.truncate(len);
            route(check)
        },
    },
];

/// Finds connection 500 by its path, or by its user name fragment, `f500`.
fn route(datagram: Vec<u8>) -> Step {
    let mut demultiplexer = Demultiplexer::new();
    for number in 0..CONNECTIONS {
        demultiplexer.register(&format!("f{number}"), number);
        demultiplexer.learn(path(number), &number, PathProof::Checked(Instant::ZERO));
    }
    Box::new(move || {
        let route = demultiplexer.route(black_box(path(500)), black_box(&datagram));
        assert_eq!(route, Route::Known(500));
    })
}

fn path(number: u16) -> Path {
    let [high, low] = number.to_be_bytes();
    let remote: SocketAddr = ([198, 51, high, low], 40_000 + number).into();
    Path::udp(([192, 0, 2, 1], 3478).into(), remote)
}
