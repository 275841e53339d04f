//! The demultiplexer of a socket: connections, their user name fragments, their paths and their checks.

use base::{Instant, Path};
use rtc::{Demultiplexer, PathProof};
use stun::{Attribute, MessageType, MessageWriter, TransactionId};

use crate::{Scenario, measured};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "demultiplexer: forget a connection, by the others",
        size: 1000,
        run: |size| of(size, |d| d.forget(&(size / 2))),
    },
    Scenario {
        name: "demultiplexer: register a connection, by the others",
        size: 1000,
        run: |size| of(size, |d| d.register("another", size + 1)),
    },
    Scenario {
        name: "demultiplexer: register a fragment, by those of the connection",
        size: 1000,
        run: |size| {
            let mut demultiplexer = Demultiplexer::new();
            (0..size).for_each(|number| demultiplexer.register(&fragment(number), 1));
            measured(&mut || demultiplexer.register("another", 1));
            1
        },
    },
    Scenario {
        name: "demultiplexer: route a record, by the connections",
        size: 1000,
        run: |size| of(size, |d| _ = d.route(path(size / 3), &[22; 50])),
    },
    Scenario {
        name: "demultiplexer: route a check, by the connections",
        size: 1000,
        run: |size| {
            let check = message(MessageType::BINDING_REQUEST, size, &fragment(size / 3));
            of(size, |d| _ = d.route(path(size / 3), &check))
        },
    },
    Scenario {
        name: "demultiplexer: await and route an answer, by the connections",
        size: 1000,
        run: |size| {
            let check = message(MessageType::BINDING_REQUEST, size, "any");
            let answer = message(MessageType::BINDING_SUCCESS, size, "any");
            of(size, |d| {
                d.expect(path(size + 1), &check, &(size / 3));
                _ = d.route(path(size + 1), &answer);
            })
        },
    },
    Scenario {
        name: "demultiplexer: learn a path, by the connections",
        size: 1000,
        run: |size| of(size, |d| d.learn(path(size + 1), &(size / 3), proof(1))),
    },
    Scenario {
        name: "demultiplexer: take a path from another, by the connections",
        size: 1000,
        run: |size| of(size, |d| d.learn(path(size / 2), &(size / 3), proof(1))),
    },
    Scenario {
        name: "demultiplexer: learn a path, by those of the connection",
        size: 1000,
        run: |size| {
            let mut demultiplexer = Demultiplexer::new();
            (0..size).for_each(|number| demultiplexer.learn(path(number), &1, proof(0)));
            measured(&mut || demultiplexer.learn(path(size), &1, proof(0)));
            1
        },
    },
];

/// What is done to a demultiplexer of so many connections.
fn of(size: usize, mut act: impl FnMut(&mut Demultiplexer<usize>)) -> usize {
    let mut demultiplexer = Demultiplexer::new();
    for number in 0..size {
        demultiplexer.register(&fragment(number), number);
        demultiplexer.learn(path(number), &number, proof(0));
        let check = message(MessageType::BINDING_REQUEST, number, "any");
        demultiplexer.expect(path(number + 100_000), &check, &number);
    }
    measured(&mut || act(&mut demultiplexer));
    1
}

const fn proof(millis: u64) -> PathProof {
    PathProof::Answered(Instant::from_millis(millis))
}

fn fragment(number: usize) -> String {
    format!("fragment{number}")
}

fn path(number: usize) -> Path {
    let remote = format!("10.{}.{}.{}:9", number >> 16 & 255, number >> 8 & 255, number & 255);
    Path::udp("192.0.2.1:1".parse().unwrap(), remote.parse().unwrap())
}

fn message(message_type: MessageType, number: usize, fragment: &str) -> Vec<u8> {
    let mut id = [0; 12];
    id[4..].copy_from_slice(&number.to_be_bytes());
    let mut buffer = vec![0; 200];
    let mut writer = MessageWriter::new(&mut buffer, message_type, TransactionId(id)).unwrap();
    writer.attribute(&Attribute::Username(&format!("{fragment}:peer"))).unwrap();
    let len = writer.fingerprint().unwrap();
    buffer.truncate(len);
    buffer
}
