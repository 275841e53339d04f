//! A pair of connections, and a wire between them in virtual time.

use core::time::Duration;
use std::collections::VecDeque;
use std::net::SocketAddr;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Ecn, Event, Instant, OfferOptions, Path, Payload,
    PeerConnection, Transmit, UnixTime,
};

/// The one-way delay of the wire.
pub const DELAY: Duration = Duration::from_millis(10);

/// Sees each datagram as it is sent, with the path on which it arrives, and says what arrives at once, and on which.
pub type Injector = Box<dyn FnMut(Instant, Path, &[u8]) -> Vec<(Path, Vec<u8>)>>;

/// Two connections.
pub struct Pair {
    pub a: PeerConnection,
    pub b: PeerConnection,
    pub now: Instant,
    pub log_a: Vec<Event>,
    pub log_b: Vec<Event>,
    /// Whether `b`'s application takes no events.
    pub deaf_b: bool,
    /// Whether the wire is cut: what is sent is lost.
    pub cut: bool,
    /// Whether `a` hears no DTLS, as many do not before they have an answer.
    pub unready_a: bool,
    /// Bytes of the buffer that datagrams are written into, and how many at once.
    pub buffer_len: usize,
    pub max_batch: usize,
    /// The most datagrams that were written at once.
    pub longest_batch: usize,
    /// Every datagram that was sent.
    pub trace: Vec<Vec<u8>>,
    /// Somebody on the path, and every datagram of theirs.
    pub injector: Option<Injector>,
    pub injected: Vec<Vec<u8>>,
    wire: VecDeque<(Instant, Path, Vec<u8>)>,
}

pub fn address_a() -> SocketAddr {
    "192.0.2.1:1000".parse().unwrap()
}

pub fn address_b() -> SocketAddr {
    "192.0.2.2:2000".parse().unwrap()
}

/// The day on which everything happens.
pub const TODAY: UnixTime = UnixTime::from_secs(1_800_000_000);

pub fn configuration(seed: u64) -> Configuration {
    let provider = &crypto_rust::PROVIDER;
    let mut rng = ChaCha20Rng::seed_from_u64(seed ^ 1 << 32);
    Configuration::new(
        provider,
        Certificate::generate(provider, &mut rng, rtc::KeyAlgorithm::EcdsaP256, TODAY).unwrap(),
    )
}

pub fn connection(seed: u64, address: SocketAddr) -> PeerConnection {
    connection_with(configuration(seed), seed, address)
}

pub fn connection_with(configuration: Configuration, seed: u64, address: SocketAddr) -> PeerConnection {
    let rng = Box::new(ChaCha20Rng::seed_from_u64(seed));
    let mut connection = PeerConnection::new(configuration, rng, Instant::ZERO).unwrap();
    connection.add_local_address(address).unwrap();
    connection
}

impl Pair {
    pub fn new(seed: u64) -> Self {
        Self::of(connection(seed * 2, address_a()), connection(seed * 2 + 1, address_b()))
    }

    /// Of two connections at these addresses.
    pub fn of(a: PeerConnection, b: PeerConnection) -> Self {
        Self {
            a,
            b,
            now: Instant::from_millis(1000),
            log_a: Vec::new(),
            log_b: Vec::new(),
            deaf_b: false,
            cut: false,
            unready_a: false,
            buffer_len: 1500,
            max_batch: 1,
            longest_batch: 0,
            trace: Vec::new(),
            injector: None,
            injected: Vec::new(),
            wire: VecDeque::new(),
        }
    }

    pub fn negotiate(&mut self) {
        self.negotiate_with(OfferOptions::default());
    }

    pub fn negotiate_with(&mut self, options: OfferOptions) {
        let offer = self.a.create_offer(options).unwrap();
        self.a.set_local_description(self.now, &offer).unwrap();
        self.b.set_remote_description(self.now, &self.a.local_description().unwrap()).unwrap();
        self.b.set_local_description_due(self.now).unwrap();
        self.a.set_remote_description(self.now, &self.b.local_description().unwrap()).unwrap();
    }

    /// The channel that `b` saw come in first.
    pub fn incoming_b(&mut self) -> ChannelId {
        let incoming = |pair: &Self| {
            pair.log_b.iter().find_map(|event| match event {
                Event::DataChannel(id) => Some(*id),
                _ => None,
            })
        };
        self.run_until("a channel comes in", |pair| incoming(pair).is_some());
        incoming(self).unwrap()
    }

    /// A channel that is open on both sides, with the id that each has for it.
    pub fn open_channel(&mut self, label: &str, init: DataChannelInit) -> (ChannelId, ChannelId) {
        let ours = self.a.create_data_channel(label, init).unwrap();
        if self.a.current_remote_description().is_none() {
            self.negotiate();
        }
        self.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(ours)));
        let number = self.a.data_channel(ours).unwrap().id();
        let theirs = |pair: &mut Self| {
            let ids: Vec<ChannelId> = pair.b.data_channels().collect();
            ids.into_iter().find(|id| pair.b.data_channel(*id).unwrap().id() == number)
        };
        for _ in 0..1000 {
            if let Some(theirs) = theirs(self) {
                return (ours, theirs);
            }
            self.step();
        }
        panic!("the channel does not come in");
    }

    /// The messages that `b` got on a channel.
    pub fn messages_b(&self, id: ChannelId) -> Vec<Payload> {
        messages(&self.log_b, id)
    }

    /// The messages that `a` got on a channel.
    pub fn messages_a(&self, id: ChannelId) -> Vec<Payload> {
        messages(&self.log_a, id)
    }

    /// Lets time pass until `done`, a virtual minute at most.
    pub fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let end = self.now + Duration::from_secs(60);
        while !done(self) {
            assert!(
                self.now < end,
                "{what}: not within a minute\na: {:#?}\nb: {:#?}",
                self.log_a,
                self.log_b
            );
            self.step();
        }
    }

    pub fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.step();
        }
    }

    /// Everything that is due now, then on to the next moment at which something is.
    fn step(&mut self) {
        loop {
            let sent = self.transmit();
            let heard = self.take_events();
            if !sent && !heard {
                break;
            }
        }
        let arrival = self.wire.front().map(|(at, ..)| *at);
        let deadlines = [self.a.poll_timeout(), self.b.poll_timeout(), arrival];
        let next = deadlines.into_iter().flatten().min().unwrap_or(self.now + Duration::from_secs(1));
        self.now = self.now.max(next);
        while self.wire.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (_, path, mut datagram) = self.wire.pop_front().unwrap();
            let to = if path.local.ip() == address_a().ip() { &mut self.a } else { &mut self.b };
            let _ = to.handle_input(self.now, path, Ecn::NotEct, &mut datagram);
        }
        for end in [&mut self.a, &mut self.b] {
            if end.poll_timeout().is_some_and(|at| at <= self.now) {
                end.handle_timeout(self.now);
                assert!(end.poll_timeout().is_none_or(|at| at > self.now), "the timer was dealt with");
            }
        }
    }

    fn transmit(&mut self) -> bool {
        let mut any = false;
        let mut buffer = vec![0; self.buffer_len];
        for from_a in [true, false] {
            while let Some(transmit) = self.poll_transmit(from_a, &mut buffer) {
                any = true;
                let path = Path::udp(transmit.path.remote, transmit.path.local);
                let datagrams: Vec<_> = transmit.datagrams(&buffer).map(<[u8]>::to_vec).collect();
                self.longest_batch = self.longest_batch.max(datagrams.len());
                datagrams.into_iter().for_each(|datagram| self.put(path, datagram));
            }
        }
        any
    }

    fn poll_transmit(&mut self, from_a: bool, buffer: &mut [u8]) -> Option<Transmit> {
        let end = if from_a { &mut self.a } else { &mut self.b };
        end.poll_transmit_batch(self.now, self.max_batch, buffer)
    }

    /// Puts a datagram on the wire, with the path on which it arrives.
    fn put(&mut self, path: Path, datagram: Vec<u8>) {
        self.trace.push(datagram.clone());
        let injected =
            self.injector.as_mut().map(|inject| inject(self.now, path, &datagram)).unwrap_or_default();
        for (path, datagram) in injected.into_iter().rev() {
            self.injected.push(datagram.clone());
            self.wire.push_front((self.now, path, datagram));
        }
        let to_a = path.local.ip() == address_a().ip();
        let unheard = self.unready_a && to_a && (20..=63).contains(&datagram[0]);
        if !self.cut && !unheard {
            self.wire.push_back((self.now + DELAY, path, datagram));
        }
    }

    fn take_events(&mut self) -> bool {
        let before = self.log_a.len() + self.log_b.len();
        self.log_a.extend(core::iter::from_fn(|| self.a.poll_event()));
        if !self.deaf_b {
            self.log_b.extend(core::iter::from_fn(|| self.b.poll_event()));
        }
        self.log_a.len() + self.log_b.len() > before
    }
}

fn messages(log: &[Event], id: ChannelId) -> Vec<Payload> {
    let of_channel = |event: &Event| match event {
        Event::DataChannelMessage(from, payload) if *from == id => Some(payload.clone()),
        _ => None,
    };
    log.iter().filter_map(of_channel).collect()
}
