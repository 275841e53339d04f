//! Two peers, their links, and what travels beside: the signalling and the script.

use std::collections::VecDeque;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use rtc::Configuration;
use sim::{AnyHost, Fault, Handle, Instant, LinkId, Network, Node};

use super::adversary::fingerprint;
use super::betrayal::Betrayal;
use super::certificates;
use super::peer::Peer;
use super::plan::{Action, Channel, Message, Promise};
use super::signalling::Signal;

/// When scenarios begin: not at the origin of the timeline, on which nothing must depend.
pub const START: Instant = Instant::from_millis(1000);

/// Two peers on a network.
pub struct World {
    pub network: Network<AnyHost>,
    /// The impolite one, and the polite one.
    pub peers: [Handle<Peer>; 2],
    pub links: [LinkId; 2],
    /// A connection with a liar beside them.
    pub betrayal: Option<Betrayal>,
    /// The channels that either opens.
    pub channels: Vec<Channel>,
    pub signalling_delay: Duration,
    script: VecDeque<(Instant, usize, Action)>,
    signals: VecDeque<(Instant, usize, Signal)>,
}

/// What stands at one end.
pub struct End {
    pub address: SocketAddr,
    /// Where it may move to.
    pub next_address: Option<SocketAddr>,
    pub nodes: Vec<Box<dyn Node>>,
    pub config: Configuration,
}

impl End {
    /// An end at one of two addresses, with the defaults.
    pub fn new(index: usize, nodes: Vec<Box<dyn Node>>) -> Self {
        let address = ["10.0.0.1:1000", "192.0.2.2:2000"][index].parse().unwrap();
        Self { address, next_address: None, nodes, config: config(index) }
    }
}

pub fn config(index: usize) -> Configuration {
    let mut config = Configuration::new(&crypto_rust::PROVIDER, certificates()[index].clone());
    config.data_channels.max_channels = 4096;
    config
}

impl World {
    pub fn new(seed: u64, ends: [End; 2]) -> Self {
        let mut network = Network::new(seed).starting_at(START);
        let mut index = 0;
        let hosts = ends.map(|end| {
            let (expected, number) =
                (fingerprint(&certificates()[usize::from(index == 0)]), seed.wrapping_mul(2) + index);
            let mut peer = Peer::new(end.config, number, index == 1, end.address, expected);
            peer.next_address = end.next_address;
            index += 1;
            let link = network.add_link(end.nodes);
            let addresses: Vec<IpAddr> =
                [Some(end.address), end.next_address].into_iter().flatten().map(|a| a.ip()).collect();
            (link, network.add_to(link, &addresses, peer))
        });
        Self {
            network,
            peers: hosts.map(|(_, host)| host),
            links: hosts.map(|(link, _)| link),
            betrayal: None,
            channels: Vec::new(),
            signalling_delay: Duration::from_millis(50),
            script: VecDeque::new(),
            signals: VecDeque::new(),
        }
    }

    /// Records from now on what both peers send and receive, with what DTLS protects.
    pub fn record(&mut self) {
        for index in 0..2 {
            self.network.capture(self.peers[index]);
            self.peer_mut(index).pc.does(|pc| pc.observe_packets(true));
        }
    }

    pub fn now(&self) -> Instant {
        self.network.now()
    }

    pub fn peer(&self, index: usize) -> &Peer {
        &self.network[self.peers[index]]
    }

    pub fn peer_mut(&mut self, index: usize) -> &mut Peer {
        &mut self.network[self.peers[index]]
    }

    /// Puts an action onto the script.
    pub fn at(&mut self, at: Instant, peer: usize, action: Action) {
        let place = self.script.iter().take_while(|(other, ..)| *other <= at).count();
        self.script.insert(place, (at, peer, action));
    }

    /// Does something now.
    pub fn perform(&mut self, peer: usize, action: Action) {
        if let Action::Create(channel) = action {
            self.channels.push(channel);
        }
        let now = self.now();
        self.peer_mut(peer).perform(now, action);
    }

    /// Runs until `done`, or until `span` has passed. Says whether it is done.
    pub fn run_until(&mut self, span: Duration, done: impl Fn(&Self) -> bool) -> Result<bool, Fault> {
        let end = self.now() + span;
        loop {
            self.collect_signals();
            self.carry_out();
            if done(self) {
                return Ok(true);
            }
            if self.now() >= end {
                return Ok(false);
            }
            let next = [self.script.front().map(|entry| entry.0), self.signals.front().map(|entry| entry.0)];
            let next = next.into_iter().flatten().min().unwrap_or(end).min(end);
            // A step at a time, so that `done` sees every moment.
            let (mut steps, peers) = (0, self.peers);
            self.network.run_until(next.since(self.now()), |network| {
                steps += 1;
                steps > 1 || peers.iter().any(|peer| !network[*peer].signalling.outbox.is_empty())
            })?;
        }
    }

    pub fn run_for(&mut self, span: Duration) -> Result<(), Fault> {
        self.run_until(span, |_| false).map(|_| ())
    }

    /// Runs until `done`, which has to be within `span`, and without anything going wrong.
    pub fn expect(&mut self, what: &str, span: Duration, done: impl Fn(&Self) -> bool) {
        let is_done = self.run_until(span, done);
        assert_eq!(is_done, Ok(true), "{what}, within {span:?}\n{}", self.describe());
        assert_eq!(self.wrong(), None, "{what}\n{}", self.describe());
    }

    /// Lets a peer send `count` messages of `len` bytes, one every `pause` from now on.
    pub fn say(&mut self, peer: usize, channel: u32, count: u32, len: usize, pause: Duration) {
        let now = self.now();
        let messages = (0..count).map(|number| Message { at: now + pause * number, channel, len });
        self.peer_mut(peer).plan.extend(messages);
    }

    /// Opens a reliable channel that both sides use, and waits until they can.
    pub fn open_channel(&mut self, index: u32) {
        let channel = Channel { index, ordered: true, promise: Promise::Reliable };
        self.perform(0, Action::Create(channel));
        self.expect("the channel opens", Duration::from_secs(60), |world| {
            world.both(|peer| peer.has_open(&[channel]))
        });
    }

    fn collect_signals(&mut self) {
        let at = self.now() + self.signalling_delay;
        for index in 0..2 {
            if self.peer(index).signalling.outbox.is_empty() {
                continue;
            }
            let signals = core::mem::take(&mut self.peer_mut(index).signalling.outbox);
            self.signals.extend(signals.into_iter().map(|signal| (at, 1 - index, signal)));
        }
    }

    fn carry_out(&mut self) {
        let now = self.now();
        while self.signals.front().is_some_and(|(at, ..)| *at <= now) {
            let (_, to, signal) = self.signals.pop_front().unwrap();
            self.peer_mut(to).on_signal(now, &signal);
        }
        while self.script.front().is_some_and(|(at, ..)| *at <= now) {
            let (_, peer, action) = self.script.pop_front().unwrap();
            self.perform(peer, action);
        }
    }

    pub fn is_script_done(&self) -> bool {
        self.script.is_empty() && self.signals.is_empty()
    }

    pub fn both(&self, holds: impl Fn(&Peer) -> bool) -> bool {
        (0..2).all(|index| holds(self.peer(index)))
    }

    /// Every reliable message that was sent has arrived, and everything that was to be sent is.
    pub fn is_delivered(&self) -> bool {
        self.both(Peer::is_done)
            && (0..2).all(|index| {
                let (to, from) = (self.peer(index), self.peer(1 - index));
                to.ledger.missing(&from.ledger, &self.channels).is_empty()
            })
    }

    /// When the first connection ended because a certificate was not the promised one.
    pub fn mismatched_at(&self) -> Option<Instant> {
        (0..2).filter_map(|index| self.peer(index).mismatched_at).min()
    }

    /// The first thing that should not have happened. What a mismatch is the cause of counts with it.
    pub fn wrong(&self) -> Option<String> {
        let of_peers = (0..2).find_map(|index| {
            let peer = self.peer(index);
            let mismatch = self.mismatched_at();
            let is_excused = |at: Instant| mismatch.is_some_and(|mismatch| mismatch <= at);
            let end = peer.ends.iter().find(|(at, _)| !is_excused(*at)).map(|(_, complaint)| complaint);
            let complaint = peer.wrong.first().or_else(|| peer.pc.broken()).or(end)?;
            Some(format!("peer {index}: {complaint}"))
        });
        let of_victim = || self.betrayal.and_then(|betrayal| betrayal.broken(&self.network));
        of_peers.or_else(of_victim)
    }

    /// What one would like to know of a run that failed.
    pub fn describe(&self) -> String {
        let mut text = format!("at {}\n", self.now());
        for index in 0..2 {
            let (peer, other) = (self.peer(index), self.peer(1 - index));
            let tail = peer.log.len().saturating_sub(12);
            text += &format!(
                "peer {index}: {:?} {:?}, {:?}, plan {:?}, missing {:?}, open {}\n",
                peer.pc.connection_state(),
                peer.pc.ice_connection_state(),
                peer.pc.signaling_state(),
                peer.plan.len(),
                peer.ledger.missing(&other.ledger, &self.channels),
                peer.open_channels(),
            );
            for (at, event) in &peer.log[tail..] {
                text += &format!("  {at} {event:?}\n");
            }
        }
        text
    }
}
