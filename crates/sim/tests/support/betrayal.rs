//! A connection with a liar, on the network of two honest peers: its victim shares the link of the second one.

use std::net::SocketAddr;

use core::ops::Range;

use sim::{HostId, Instant, LinkId, Network, Random};

use super::guest::Guest;
use super::liar::Liar;
use super::victim::Victim;

/// Both ends.
#[derive(Clone, Copy, Debug)]
pub struct Betrayal {
    victim: HostId,
    liar: HostId,
}

impl Betrayal {
    /// The liar tells its lies in this window.
    pub fn begin(
        random: &mut Random,
        network: &mut Network<Guest>,
        link: LinkId,
        window: &Range<Instant>,
        version_six: bool,
    ) -> Self {
        let addresses = if version_six {
            ["[2001:db8:c::1]:3000", "[2001:db8:b::9]:4000"]
        } else {
            ["203.0.113.3:3000", "192.0.2.9:4000"]
        };
        let [of_liar, of_victim]: [SocketAddr; 2] = addresses.map(|address| address.parse().unwrap());
        let mut victim = Victim::offering(random, window, of_victim);
        let offer = victim.pc.local_description().unwrap();
        let (liar, answer) = Liar::answering(random, window.clone(), [of_liar, of_victim], &offer);
        victim.on_answer(window.start, &answer, of_liar);
        let far = network.add_link(Vec::new());
        Self {
            liar: network.add_host(far, &[of_liar.ip()], Guest::Liar(Box::new(liar))),
            victim: network.add_host(link, &[of_victim.ip()], Guest::Victim(Box::new(victim))),
        }
    }

    fn liar<'a>(&self, network: &'a Network<Guest>) -> &'a Liar {
        network.host(self.liar).and_then(Guest::as_liar).unwrap()
    }

    pub fn victim<'a>(&self, network: &'a Network<Guest>) -> &'a Victim {
        network.host(self.victim).and_then(Guest::as_victim).unwrap()
    }

    /// How many lies have been told.
    pub fn told(&self, network: &Network<Guest>) -> u32 {
        self.liar(network).told
    }

    /// A bound that the victim's connection has broken, at any time.
    pub fn broken(&self, network: &Network<Guest>) -> Option<String> {
        self.victim(network).pc.broken().map(|complaint| format!("the victim: {complaint}"))
    }

    /// What is wrong long after the lies.
    pub fn wrong(&self, network: &Network<Guest>) -> Option<String> {
        self.victim(network).wrong(self.liar(network).stays)
    }

    /// The victim closes.
    pub fn close(&self, network: &mut Network<Guest>) {
        let now = network.now();
        if let Some(victim) = network.host_mut(self.victim).and_then(Guest::as_victim_mut) {
            victim.pc.does(|pc| pc.close(now));
        }
    }

    /// How many datagrams the victim has sent.
    pub fn sent(&self, network: &Network<Guest>) -> u64 {
        network.counters(self.victim).sent
    }
}
