//! A random scenario: faults, channels, messages, restarts, moves, glare; and what must hold whatever they were.
//!
//! ```text
//!  0 ────────── faults ─────────── healed ── delivered ── quiet ── closed
//!     channels, messages, restarts …       │  within a bound          │
//! ```

use core::fmt;
use core::ops::Range;
use core::time::Duration;

use rtc::PeerConnectionState;
use sim::node::{Behaviour, Nat, Roam};
use sim::{Faults, Instant, Node, Random};

use super::adversary::Adversary;
use super::betrayal::Betrayal;
use super::plan::{Action, Channel, Message};
use super::setup::{End, START, World, config};

/// How long the faults last at most.
const LONGEST_WINDOW: Duration = Duration::from_secs(20);
/// Until when everything has to work again once they have healed, besides what round trips cost.
const PATIENCE: Duration = Duration::from_secs(90);
/// How many round trips may be needed: behind a timeout that was spurious, the window grows by a packet in each.
const ROUND_TRIPS: u32 = 30;

/// How long after its time a mismatch may be heard of: an application may pause, and a stranger's last words take a while.
const MISMATCH_LAG: Duration = Duration::from_secs(10);

/// How long a liar goes on lying when the faults have ended.
const LIES_LAST: Duration = Duration::from_secs(5);

/// What happened.
pub struct Outcome {
    /// A number for every byte that was sent.
    pub digest: u64,
    /// From healing until everything was delivered.
    pub recovery: Duration,
    /// What is wrong, if anything is.
    pub wrong: Option<String>,
    /// Recordings of both peers, if they were asked for.
    pub captures: Vec<Vec<u8>>,
    pub glares: u32,
    pub messages: u32,
    /// How many lies a liar has told.
    pub lies: u32,
}

/// The parameters of a run.
pub struct Scenario {
    pub seed: u64,
    window: Range<Instant>,
    faults: [Faults; 2],
    version_six: bool,
    nat: Option<(Behaviour, Behaviour, Vec<Instant>)>,
    moves: [Option<Instant>; 2],
    script: Vec<(Instant, usize, Action)>,
    messages: [Vec<Message>; 2],
    /// The longest datagram that each peer sends.
    datagrams: [usize; 2],
    small_window: bool,
    signalling_delay: Duration,
    ending: u64,
    /// Whether somebody on the path injects while the faults last.
    is_attacked: bool,
    /// Whether a liar has a connection with a third honest peer, beside the second one.
    has_liar: bool,
}

impl Scenario {
    /// Everything follows from the seed.
    pub fn new(seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let window = START..START + random.span(LONGEST_WINDOW);
        let faults = [(); 2].map(|()| Faults::random(random, window.clone()));
        let script = random_script(random, &window);
        let channels: Vec<u32> = script
            .iter()
            .filter_map(|(_, _, action)| match action {
                Action::Create(channel) => Some(channel.index),
                _ => None,
            })
            .collect();
        let small_window = random.chance(0.2);
        let version_six = random.chance(0.2);
        Self {
            seed,
            version_six,
            datagrams: random_datagrams(random, &faults, version_six),
            nat: random.chance(0.2).then(|| random_nat(random, &window)),
            moves: [(); 2].map(|()| random.chance(0.15).then(|| random_time(random, &window))),
            messages: [(); 2].map(|()| random_messages(random, &window, &channels)),
            signalling_delay: random.span(Duration::from_millis(500)),
            ending: random.below(4),
            is_attacked: false,
            has_liar: false,
            small_window,
            window,
            faults,
            script,
        }
    }

    /// The same with an adversary on the path. Half of them know no other faults, and a third a liar too.
    pub fn attacked(seed: u64) -> Self {
        let mut scenario = Self::new(seed);
        scenario.is_attacked = true;
        scenario.has_liar = seed % 3 == 1;
        if seed.is_multiple_of(2) {
            scenario.faults = [(); 2].map(|()| Faults::default());
        }
        scenario
    }

    /// What plays it again.
    pub fn command(&self) -> String {
        let attacked = if self.is_attacked { " --attacked" } else { "" };
        format!("cargo xtask sim{attacked} --seed {}", self.seed)
    }

    /// Plays it.
    pub fn run(&self, record: bool) -> Outcome {
        let mut world = self.world();
        if record {
            world.record();
        }
        let mut result = self.play(&mut world);
        if let Some(at) = world.mismatched_at() {
            result = self.check_mismatch(&mut world, at).map(|()| Duration::ZERO);
        }
        let wrong = match &result {
            Ok(_) => world.wrong(),
            Err(complaint) => Some(world.wrong().unwrap_or_else(|| complaint.clone())),
        };
        let captures = world.peers.iter().filter_map(|id| world.network.captured(*id));
        Outcome {
            digest: world.network.digest().value(),
            recovery: result.unwrap_or_default(),
            wrong: wrong.map(|wrong| format!("{wrong}\n{}{self}", world.describe())),
            captures: captures.map(|capture| capture.as_bytes().to_vec()).collect(),
            glares: world.peer(0).signalling.glares,
            messages: world.peer(0).ledger.sent() + world.peer(1).ledger.sent(),
            lies: world.betrayal.map_or(0, |betrayal| betrayal.told(&world.network)),
        }
    }

    /// Where the way loses for ten seconds what would contradict a certificate that nobody promised, that ends a connection by its
    /// true name (`dtls::Config::mismatch_timeout`). Such a certificate is a stranger's, or an honest one that somebody has
    /// changed. It ends the connection on a way that loses, and not before those seconds have passed nor long after the last of
    /// them can have come. Whoever has ended so has failed, and nothing else is excused.
    fn check_mismatch(&self, world: &mut World, at: Instant) -> Result<(), String> {
        let seconds = config(0).dtls.mismatch_timeout;
        let span = self.window.start + seconds..self.window.end + seconds + MISMATCH_LAG;
        let is_lossy = self.faults.iter().any(is_lossy);
        if !self.is_attacked || !is_lossy || !span.contains(&at) {
            return Err(format!("at {at}: a mismatch, on a way that loses, {is_lossy}"));
        }
        world.run_for(Duration::from_secs(60)).map_err(|fault| fault.to_string())?;
        for index in 0..2 {
            let peer = world.peer(index);
            let state = peer.pc.connection_state();
            if peer.mismatched_at.is_some() && state != PeerConnectionState::Failed {
                return Err(format!("peer {index}: a mismatch, and {state:?}"));
            }
        }
        check_betrayal(world)?;
        check_silence(world, Duration::from_secs(20) + self.round_trip() * 10)
    }

    fn adversary(&self) -> Adversary {
        Adversary::new(&mut Random::new(!self.seed), self.window.clone())
    }

    fn world(&self) -> World {
        let ends = [0, 1].map(|index| {
            let mut end = End::new(index, Vec::new());
            if self.version_six {
                end.address = ["[2001:db8:a::1]:1000", "[2001:db8:b::1]:2000"][index].parse().unwrap();
            }
            let mut nodes = self.faults[index].nodes(&self.window);
            if index == 0
                && let Some((mapping, filtering, rebindings)) = &self.nat
            {
                let public = if self.version_six { "2001:db8:f::1" } else { "198.51.100.1" };
                let nat = Nat::new(public.parse().unwrap()).mapping(*mapping).filtering(*filtering);
                nodes.insert(0, Box::new(nat.rebinding_at(rebindings.clone())));
            }
            if index == 0 && self.is_attacked {
                nodes.push(Box::new(self.adversary()));
            }
            if let Some(at) = self.moves[index] {
                let mut next = end.address;
                next.set_port(end.address.port() + 1);
                next.set_ip(match (self.version_six, index) {
                    (true, 0) => "2001:db8:a::2".parse().unwrap(),
                    (true, _) => "2001:db8:b::2".parse().unwrap(),
                    (false, 0) => "10.0.0.77".parse().unwrap(),
                    (false, _) => "192.0.2.77".parse().unwrap(),
                });
                end.next_address = Some(next);
                nodes
                    .insert(0, Box::new(Roam::new(end.address.ip(), vec![(at, next.ip())])) as Box<dyn Node>);
            }
            end.nodes = nodes;
            end.config = config(index);
            end.config.max_datagram_size = self.datagrams[index];
            end.config.max_message_size = 65_536;
            if self.small_window {
                end.config.sctp.receive_window = 66_000;
            }
            end
        });
        let mut world = World::new(self.seed, ends);
        if self.has_liar {
            let random = &mut Random::new(!self.seed ^ 1);
            let link = match self.moves[1] {
                None => world.links[1],
                // A link whose host moves carries nobody else.
                Some(_) => world.network.add_link(self.faults[1].nodes(&self.window)),
            };
            let window = self.window.start..self.window.end + LIES_LAST;
            let lies = Betrayal::begin(random, &mut world.network, link, &window, self.version_six);
            world.betrayal = Some(lies);
        }
        world.signalling_delay = self.signalling_delay;
        for (at, peer, action) in &self.script {
            world.at(*at, *peer, *action);
        }
        for index in 0..2 {
            world.peer_mut(index).plan = self.messages[index].clone().into();
            if let Some(at) = self.moves[index] {
                // The application notices a little later.
                world.at(at + Duration::from_millis(300), index, Action::Roam);
            }
        }
        world
    }

    fn play(&self, world: &mut World) -> Result<Duration, String> {
        let fault = |fault: sim::Fault| fault.to_string();
        world.run_for(self.window.end.since(world.now())).map_err(fault)?;
        let healed = world.now();
        let bound = PATIENCE + self.round_trip() * ROUND_TRIPS;
        let well = |world: &World| {
            world.is_script_done() && world.both(|peer| peer.is_connected()) && world.is_delivered()
        };
        if !world.run_until(bound, well).map_err(fault)? {
            return Err(format!("not delivered within {bound:?} after healing"));
        }
        let recovery = world.now().since(healed);
        check_last_words(world, self.round_trip())?;
        check_quiet(world)?;
        check_betrayal(world)?;
        check_ending(world, self.ending, self.round_trip())?;
        Ok(recovery)
    }

    fn round_trip(&self) -> Duration {
        self.faults.iter().map(|faults| faults.delay.0 + faults.delay.1).sum()
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "faults from {} to {}", self.window.start, self.window.end)?;
        writeln!(f, "somebody on the path: {}, a liar: {}", self.is_attacked, self.has_liar)?;
        for (index, faults) in self.faults.iter().enumerate() {
            writeln!(f, "link {index}: {faults:?}")?;
        }
        writeln!(f, "nat {:?}, moves {:?}, datagrams {:?}", self.nat, self.moves, self.datagrams)?;
        writeln!(f, "signalling takes {:?}, small window {}", self.signalling_delay, self.small_window)?;
        for (at, peer, action) in &self.script {
            writeln!(f, "  {at} peer {peer}: {action:?}")?;
        }
        let counts = self.messages.each_ref().map(Vec::len);
        writeln!(f, "messages {counts:?}, ending {}", self.ending)
    }
}

/// Whatever was given up on the way, a channel that may lose messages still carries the next one.
fn check_last_words(world: &mut World, round_trip: Duration) -> Result<(), String> {
    let fault = |fault: sim::Fault| fault.to_string();
    // Restarts that are still under way come to their end.
    world.run_for(Duration::from_secs(40)).map_err(fault)?;
    drain(world, round_trip)?;
    let now = world.now();
    for index in 0..2 {
        if !world.peer(index).has_open(&world.channels) {
            return Err(format!("peer {index}: not every channel is open"));
        }
        world.peer_mut(index).send_on_all(now);
    }
    let unheard = |world: &World, to: usize| {
        let (to, from) = (world.peer(to), world.peer(1 - to));
        let missing =
            world.channels.iter().filter(|channel| !to.ledger.has_last(&from.ledger, channel.index));
        missing.copied().collect::<Vec<_>>()
    };
    let heard = |world: &World| {
        world.both(|peer| peer.is_done()) && unheard(world, 0).is_empty() && unheard(world, 1).is_empty()
    };
    match world.run_until(Duration::from_secs(10) + round_trip * 4, heard).map_err(fault)? {
        true => Ok(()),
        false => Err(format!("blocked channels: {:?} and {:?}", unheard(world, 0), unheard(world, 1))),
    }
}

/// Waits for what may be lost, and is still queued or not acknowledged. Behind that, a message may have to wait for longer
/// than it lives, and is then rightly not sent at all (RFC 3758 §4.1, TR3): an oracle must not wait for it.
///
/// Between reliable messages that have arrived, each gap costs a round trip (RFC 3758 §3.5, C2), so that no span bounds
/// the whole. But each second and two round trips get on.
fn drain(world: &mut World, round_trip: Duration) -> Result<(), String> {
    let left =
        |world: &mut World, index| (world.peer_mut(index).buffered(), world.peer(index).unacknowledged());
    let mut before = [(usize::MAX, 0); 2];
    loop {
        let now = [0, 1].map(|index| left(world, index));
        let stuck = |index: usize| now[index] != (0, 0) && now[index] >= before[index];
        if let Some(index) = [0, 1].into_iter().find(|index| stuck(*index)) {
            return Err(format!("peer {index}: what is queued does not leave: {:?}", now[index]));
        }
        if now == [(0, 0); 2] {
            return Ok(());
        }
        before = now;
        world.run_for(Duration::from_secs(1) + round_trip * 2).map_err(|fault| fault.to_string())?;
    }
}

/// Idle connections say little: consent (RFC 7675) and a heartbeat now and then.
fn check_quiet(world: &mut World) -> Result<(), String> {
    let fault = |fault: sim::Fault| fault.to_string();
    world.run_for(Duration::from_secs(60)).map_err(fault)?;
    let before = world.peers.map(|id| world.network.counters(id));
    world.run_for(Duration::from_secs(60)).map_err(fault)?;
    for (index, before) in before.into_iter().enumerate() {
        let after = world.network.counters(world.peers[index]);
        let (sent, timeouts) = (after.sent - before.sent, after.timeouts - before.timeouts);
        if sent > 60 || timeouts > 120 {
            return Err(format!("peer {index}: idle, it sends {sent} and wakes {timeouts} times a minute"));
        }
    }
    if !world.both(|peer| peer.is_connected()) {
        return Err("an idle connection ends".into());
    }
    Ok(())
}

/// What lies have done to a connection has a name in the end, and ends nothing else.
fn check_betrayal(world: &World) -> Result<(), String> {
    world.betrayal.and_then(|betrayal| betrayal.wrong(&world.network)).map_or(Ok(()), Err)
}

/// Channels close on both sides; then one side closes the connection, or the other, or both at once.
fn check_ending(world: &mut World, ending: u64, round_trip: Duration) -> Result<(), String> {
    let fault = |fault: sim::Fault| fault.to_string();
    let span = Duration::from_secs(20) + round_trip * 10;
    if ending == 3 {
        world.peer_mut(0).close_channels();
        world.peer_mut(1).close_channels();
        let closed = |world: &World| world.both(|peer| peer.open_channels() == 0);
        if !world.run_until(span, closed).map_err(fault)? {
            return Err("channels do not close on both sides".into());
        }
    }
    let now = world.now();
    (0..2).for_each(|index| world.peer_mut(index).may_end = true);
    let closing: &[usize] = match ending {
        0 => &[0],
        1 => &[1],
        _ => &[0, 1],
    };
    for index in closing {
        world.peer_mut(*index).pc.does(|pc| pc.close(now));
    }
    let gone = |world: &World| world.both(|peer| peer.open_channels() == 0 || peer.pc.is_closed());
    if !world.run_until(span, gone).map_err(fault)? {
        return Err("the other side does not hear of the end".into());
    }
    check_silence(world, span)
}

/// Whoever has closed a connection soon falls silent, for good.
fn check_silence(world: &mut World, span: Duration) -> Result<(), String> {
    let fault = |fault: sim::Fault| fault.to_string();
    let now = world.now();
    (0..2).for_each(|index| world.peer_mut(index).pc.does(|pc| pc.close(now)));
    if let Some(betrayal) = world.betrayal {
        betrayal.close(&mut world.network);
    }
    world.run_for(span).map_err(fault)?;
    let sent = |world: &World| {
        let victim = world.betrayal.map(|betrayal| betrayal.sent(&world.network));
        (world.peers.map(|id| world.network.counters(id).sent), victim)
    };
    let before = sent(world);
    world.run_for(Duration::from_secs(120)).map_err(fault)?;
    if sent(world) != before {
        return Err("a closed connection still speaks".into());
    }
    Ok(())
}

/// Whether a way may lose what is sent, or change it, which comes to the same.
fn is_lossy(faults: &Faults) -> bool {
    faults.loss.is_some()
        || faults.bursts.is_some()
        || faults.corrupt.is_some()
        || faults.rate.is_some()
        || !faults.partitions.is_empty()
}

fn random_time(random: &mut Random, window: &Range<Instant>) -> Instant {
    window.start + random.span(window.end.since(window.start))
}

fn random_script(random: &mut Random, window: &Range<Instant>) -> Vec<(Instant, usize, Action)> {
    let mut script = Vec::new();
    let mut add = |random: &mut Random, at: Instant, action: Action| {
        let peer = usize::from(random.chance(0.5));
        script.push((at, peer, action));
    };
    let channels = if random.chance(0.05) { 60 } else { random.between(1, 6) };
    for index in 0..channels {
        let channel = Channel::random(random, u32::try_from(index).unwrap());
        // The first ones at once: where both sides open one, there is glare.
        let at = if index < 2 { window.start } else { random_time(random, window) };
        add(random, at, Action::Create(channel));
    }
    if random.chance(0.3) {
        let (at, count) = (random_time(random, window), random.between(1, 8));
        add(random, at, Action::Churn(u32::try_from(count).unwrap()));
    }
    if random.chance(0.3) {
        for _ in 0..random.between(1, 4) {
            let at = random_time(random, window);
            add(random, at, Action::RestartIce);
        }
    }
    if random.chance(0.2) {
        let (at, span) = (random_time(random, window), random.span(Duration::from_secs(5)));
        add(random, at, Action::Pause(span));
    }
    script
}

fn random_messages(random: &mut Random, window: &Range<Instant>, channels: &[u32]) -> Vec<Message> {
    let mut messages = Vec::new();
    for channel in channels {
        for _ in 0..random.below(20) {
            let longest = if channels.len() > 10 {
                400
            } else {
                *random.pick(&[100, 100, 2_000, 20_000, 65_000]).unwrap()
            };
            let len = usize::try_from(random.between(20, longest)).unwrap();
            // Some while the faults last, some after.
            let at = random_time(random, window) + random.span(Duration::from_secs(5));
            messages.push(Message { at, channel: *channel, len });
        }
    }
    messages.sort_by_key(|message| message.at);
    messages
}

/// As long as the way carries, for some; nobody finds that out by itself.
fn random_datagrams(random: &mut Random, faults: &[Faults; 2], version_six: bool) -> [usize; 2] {
    let headers = if version_six { 48 } else { 28 };
    [0, 1].map(|index| {
        let up = faults[index].mtu.map_or(9000, |(up, _)| up);
        let down = faults[1 - index].mtu.map_or(9000, |(_, down)| down);
        if random.chance(0.3) { up.min(down) - headers } else { 1228 }
    })
}

fn random_nat(random: &mut Random, window: &Range<Instant>) -> (Behaviour, Behaviour, Vec<Instant>) {
    use Behaviour::{AddressAndPortDependent, AddressDependent, EndpointIndependent};
    let all = [EndpointIndependent, AddressDependent, AddressAndPortDependent];
    let mapping = *random.pick(&all).unwrap();
    let filtering = *random.pick(&all).unwrap();
    let rebindings = if random.chance(0.3) { vec![random_time(random, window)] } else { Vec::new() };
    (mapping, filtering, rebindings)
}
