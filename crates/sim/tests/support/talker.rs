//! A host that speaks no protocol.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use sim::{Ecn, Host, Instant, Path, Transmit};

pub const ALICE: &str = "10.0.0.1:1";
pub const BOB: &str = "192.0.2.2:2";
pub const CAROL: &str = "192.0.2.3:3";
pub const PUBLIC: &str = "198.51.100.1";

/// Says what it is told to, and keeps what it hears. An echo also answers.
#[derive(Default)]
pub struct Talker {
    pub local: Option<SocketAddr>,
    pub to_say: VecDeque<(Instant, SocketAddr, Vec<u8>)>,
    pub heard: Vec<(Instant, SocketAddr, Vec<u8>)>,
    pub echoes: bool,
}

impl Talker {
    pub fn at(local: &str) -> Self {
        Self { local: Some(address(local)), ..Self::default() }
    }

    /// One word every so many milliseconds, from the network's beginning on.
    pub fn saying(local: &str, to: &str, words: u8, pause: u64) -> Self {
        let when = |word: u8| Instant::from_millis(u64::from(word) * pause);
        let to_say = (0..words).map(|word| (when(word), address(to), vec![word; 100]));
        Self { to_say: to_say.collect(), ..Self::at(local) }
    }

    pub fn say(&mut self, now: Instant, to: SocketAddr, text: &[u8]) {
        self.to_say.push_back((now, to, text.to_vec()));
    }

    pub fn words(&self) -> Vec<u8> {
        self.heard.iter().map(|(.., text)| text[0]).collect()
    }

    pub fn times(&self) -> Vec<u64> {
        self.heard.iter().map(|(at, ..)| at.as_millis()).collect()
    }
}

impl Host for Talker {
    fn handle_input(&mut self, now: Instant, path: Path, _: Ecn, datagram: &mut [u8]) {
        self.heard.push((now, path.remote, datagram.to_vec()));
        if self.echoes {
            self.say(now, path.remote, datagram);
        }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        if self.to_say.front().is_none_or(|(at, ..)| *at > now) {
            return None;
        }
        let (_, to, text) = self.to_say.pop_front()?;
        out[..text.len()].copy_from_slice(&text);
        Some(Transmit::new(Path::udp(self.local?, to), text.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.to_say.front().map(|(at, ..)| *at)
    }
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
