//! Two whole connections, and a network that does what the fuzzer says.

use std::net::SocketAddr;
use std::sync::LazyLock;

use base::{Ecn, Instant, Path, UnixTime};
use rtc::{Certificate, Configuration, DataChannelInit, Event, PeerConnection};

use crate::provider::CHEAP;
use crate::wire::Wire;
use crate::{Commands, rng};

static CERTIFICATES: LazyLock<[Certificate; 2]> = LazyLock::new(|| {
    [1, 2].map(|seed| {
        let now = UnixTime::from_secs(1_790_000_000);
        Certificate::generate(&CHEAP, &mut rng(seed), rtc::KeyAlgorithm::EcdsaP256, now)
            .expect("a certificate")
    })
});

struct Link {
    now: Instant,
    ends: [PeerConnection; 2],
    wire: Wire<Path>,
}

fn address(which: usize) -> SocketAddr {
    ["192.0.2.1:1000", "192.0.2.2:2000"][which].parse().expect("an address")
}

impl Link {
    fn new() -> Self {
        let now = Instant::from_millis(1);
        let end = |which: usize| {
            let config = Configuration::new(&CHEAP, CERTIFICATES[which].clone());
            let rng = Box::new(rng(which as u8 + 20));
            let mut end = PeerConnection::new(config, rng, now).expect("a connection");
            end.add_local_address(address(which)).expect("an address");
            end
        };
        Self { now, ends: [end(0), end(1)], wire: Wire::new() }
    }

    /// The given end offers, and the descriptions are applied at once, as far as they can be.
    fn negotiate(&mut self, from: usize) {
        let now = self.now;
        let [a, b] = &mut self.ends;
        let (offerer, answerer) = if from == 0 { (a, b) } else { (b, a) };
        if offerer.set_local_description_due(now).is_err() {
            return;
        }
        let Some(offer) = offerer.local_description() else { return };
        if answerer.set_remote_description(now, &offer).is_err()
            || answerer.set_local_description_due(now).is_err()
        {
            return;
        }
        if let Some(answer) = answerer.local_description() {
            let _ = offerer.set_remote_description(now, &answer);
        }
    }

    fn collect(&mut self) {
        let mut out = [0; 1500];
        for (from, end) in self.ends.iter_mut().enumerate() {
            let mut count = 0;
            while let Some(transmit) = end.poll_transmit(self.now, &mut out) {
                let path = Path::udp(transmit.path.remote, transmit.path.local);
                self.wire.push(1 - from, path, &out[..transmit.len]);
                count += 1;
                assert!(count < 2000, "it talks without end");
            }
            while let Some(event) = end.poll_event() {
                assert!(!end.is_closed(), "an event after close: {event:?}");
                if let Event::DataChannelMessage(id, payload) = event {
                    let _ = end.send(self.now, id, payload);
                }
            }
        }
    }

    fn deliver(&mut self, to: usize, commands: &mut Commands<'_>) {
        let Some((mut path, mut datagram)) = self.wire.take(to, commands) else { return };
        // Now and then a router gives the sender another port.
        if commands.byte() == 0 {
            path.remote.set_port(commands.short());
        }
        let _ = self.ends[to].handle_input(self.now, path, Ecn::NotEct, &mut datagram);
    }
}

/// Runs the commands.
pub fn run(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut link = Link::new();
    while !commands.is_empty() {
        let command = commands.byte();
        let which = usize::from(command >> 7);
        match command % 10 {
            0 => link.now = link.now + commands.span(),
            1..=4 => link.deliver(which, &mut commands),
            5 => {
                let mut datagram = commands.bytes().to_vec();
                let path = Path::udp(address(which), address(1 - which));
                let _ = link.ends[which].handle_input(link.now, path, Ecn::NotEct, &mut datagram);
            }
            6 => link.negotiate(which),
            7 => {
                let label = format!("{}", commands.byte());
                if let Ok(id) = link.ends[which].create_data_channel(label, DataChannelInit::default()) {
                    let _ = link.ends[which].send(link.now, id, "early");
                }
            }
            8 => {
                let id = link.ends[which].data_channels().next();
                if let Some(id) = id {
                    let _ = link.ends[which].send(link.now, id, "a message");
                }
            }
            _ if commands.byte() == 0 => link.ends[which].close(link.now),
            _ => link.ends[which].restart_ice(),
        }
        for end in &mut link.ends {
            end.handle_timeout(link.now);
        }
        link.collect();
        for end in &mut link.ends {
            end.handle_timeout(link.now);
            assert!(end.poll_timeout().is_none_or(|at| at > link.now), "a deadline in the past");
        }
    }
}
