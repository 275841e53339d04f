//! A connection with a liar, on the network of two honest peers: its victim shares the link of the second one.

use std::net::SocketAddr;

use core::ops::Range;

use sim::{AnyHost, Handle, Instant, LinkId, Network, Random};

use super::liar::Liar;
use super::victim::Victim;

/// Both ends.
#[derive(Clone, Copy, Debug)]
pub struct Betrayal {
    victim: Handle<Victim>,
    liar: Handle<Liar>,
}

impl Betrayal {
    /// The liar tells its lies in this window.
    pub fn begin(
        random: &mut Random,
        network: &mut Network<AnyHost>,
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
        Self {
            liar: network.add(&[of_liar.ip()], liar),
            victim: network.add_to(link, &[of_victim.ip()], victim),
        }
    }

    pub fn victim<'a>(&self, network: &'a Network<AnyHost>) -> &'a Victim {
        &network[self.victim]
    }

    /// How many lies have been told.
    pub fn told(&self, network: &Network<AnyHost>) -> u32 {
        network[self.liar].told
    }

    /// A bound that the victim's connection has broken, at any time.
    pub fn broken(&self, network: &Network<AnyHost>) -> Option<String> {
        self.victim(network).pc.broken().map(|complaint| format!("the victim: {complaint}"))
    }

    /// What is wrong long after the lies.
    pub fn wrong(&self, network: &Network<AnyHost>) -> Option<String> {
        self.victim(network).wrong(network[self.liar].stays)
    }

    /// The victim closes.
    pub fn close(&self, network: &mut Network<AnyHost>) {
        let now = network.now();
        network[self.victim].pc.does(|pc| pc.close(now));
    }

    /// How many datagrams the victim has sent.
    pub fn sent(&self, network: &Network<AnyHost>) -> u64 {
        network.counters(self.victim).sent
    }
}
