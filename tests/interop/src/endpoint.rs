//! Our stack on real sockets: a thread that does nothing but drive it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Ecn, Event, Instant, Path, Payload,
    PeerConnection, UnixTime,
};
use sha2::{Digest, Sha256};

use crate::{PATIENCE, eventually};

const WAKER: Token = Token(usize::MAX);

type Task = Box<dyn FnOnce(&mut PeerConnection, Instant) + Send>;

/// A connection of ours that lives in a thread of its own. Dropping it closes it.
pub struct Endpoint {
    tasks: Sender<Option<Task>>,
    waker: Waker,
    events: Receiver<Event>,
    /// Everything that happened, in order.
    pub log: Vec<Event>,
    thread: Option<JoinHandle<()>>,
}

/// `len` bytes that are easy to make and hard to confuse.
#[must_use]
pub fn bytes_of(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|i| (i as u8).wrapping_mul(31).wrapping_add((i >> 8) as u8).wrapping_add(seed)).collect()
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entropy() -> ChaCha20Rng {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the system has entropy");
    ChaCha20Rng::from_seed(seed)
}

fn unix_now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_secs(since.as_secs())
}

impl Endpoint {
    /// A connection on the loopback address, and on that of the test's namespace where there is one.
    ///
    /// # Errors
    /// If a socket cannot be made.
    pub fn start() -> Result<Self> {
        Self::start_on(&["127.0.0.1:0", "10.77.0.1:0"])
    }

    /// A connection on those of these addresses that exist here.
    ///
    /// # Errors
    /// If no socket can be made.
    pub fn start_on(addresses: &[&str]) -> Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let provider = &crypto_rust::PROVIDER;
        let certificate =
            Certificate::generate(provider, &mut entropy(), rtc::KeyAlgorithm::EcdsaP256, unix_now())?;
        let mut config = Configuration::new(provider, certificate);
        config.unix_now = Some(unix_now());
        let mut connection = PeerConnection::new(config, Box::new(entropy()), Instant::ZERO)?;
        let mut sockets = BTreeMap::new();
        for address in addresses {
            let Ok(mut socket) = UdpSocket::bind(address.parse()?) else { continue };
            let token = Token(sockets.len());
            poll.registry().register(&mut socket, token, Interest::READABLE)?;
            connection.add_local_address(socket.local_addr()?)?;
            sockets.insert(socket.local_addr()?, socket);
        }
        anyhow::ensure!(!sockets.is_empty(), "none of {addresses:?} exists here");
        let (tasks, inbox) = channel();
        let (outbox, events) = channel();
        let thread = std::thread::spawn(move || {
            Driver { poll, sockets, connection, inbox, outbox, clock: std::time::Instant::now() }.run();
        });
        Ok(Self { tasks, waker, events, log: Vec::new(), thread: Some(thread) })
    }

    /// Runs `task` where the connection lives.
    ///
    /// # Panics
    /// If the connection's thread has ended.
    pub fn call<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut PeerConnection, Instant) -> T + Send + 'static,
    ) -> T {
        let (answer, result) = channel();
        let task: Task = Box::new(move |connection, now| {
            let _ = answer.send(task(connection, now));
        });
        self.tasks.send(Some(task)).expect("the connection's thread runs");
        self.waker.wake().expect("the thread can be woken");
        result.recv_timeout(PATIENCE).expect("the connection's thread answers")
    }

    /// Takes what has happened since the last time into the log.
    pub fn update(&mut self) -> &[Event] {
        self.log.extend(self.events.try_iter());
        &self.log
    }

    /// Waits for an event, past ones included.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        eventually(what, PATIENCE, || self.update().iter().find_map(&mut pick))
    }

    /// Forgets what has happened so far.
    pub fn forget(&mut self) {
        self.update();
        self.log.clear();
    }

    /// The local description, once all candidates are in it.
    #[must_use]
    pub fn gathered_description(&self) -> String {
        self.call(|pc, _| pc.local_description()).expect("a local description was set").sdp
    }

    /// Creates a channel.
    ///
    /// # Panics
    /// If that is refused.
    #[must_use]
    pub fn create(&self, label: &str, init: DataChannelInit) -> ChannelId {
        let label = label.to_string();
        self.call(move |pc, _| pc.create_data_channel(label, init)).expect("a channel can be created")
    }

    /// Sends a message, waiting while the buffer is full.
    ///
    /// # Panics
    /// If it is refused for another reason.
    pub fn send(&self, id: ChannelId, payload: impl Into<Payload>) {
        let payload = payload.into();
        eventually("room in the send buffer", PATIENCE, || {
            let payload = payload.clone();
            match self.call(move |pc, now| pc.send(now, id, payload)) {
                Ok(()) => Some(()),
                Err(unsent) if unsent.error == rtc::SendError::BufferFull => None,
                Err(unsent) => panic!("cannot send: {unsent}"),
            }
        });
    }

    /// The messages on a channel so far.
    pub fn messages(&mut self, id: ChannelId) -> Vec<Payload> {
        let pick = |event: &Event| match event {
            Event::DataChannelMessage(from, payload) if *from == id => Some(payload.clone()),
            _ => None,
        };
        self.update().iter().filter_map(pick).collect()
    }

    /// Waits until a channel is open.
    pub fn wait_open(&mut self, id: ChannelId) {
        self.wait("the channel opens", |event| (*event == Event::DataChannelOpen(id)).then_some(()));
    }

    /// Waits for a channel that the peer opens.
    pub fn wait_incoming(&mut self, label: &str) -> ChannelId {
        let mut seen = 0;
        eventually("a channel comes in", PATIENCE, || {
            let incoming = |event: &Event| match event {
                Event::DataChannel(id) => Some(*id),
                _ => None,
            };
            let ids: Vec<ChannelId> = self.update().iter().filter_map(incoming).collect();
            for id in &ids[seen..] {
                seen += 1;
                let id = *id;
                let name =
                    self.call(move |pc, _| pc.data_channel(id).map(|channel| channel.label().to_string()));
                if name.as_deref() == Some(label) {
                    return Some(id);
                }
            }
            None
        })
    }
}

impl Drop for Endpoint {
    /// A test that fails leaves what happened here, and how the transport stands.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.log.extend(self.events.try_iter());
            let is_state = |event: &&Event| !matches!(event, Event::DataChannelMessage(..));
            println!("what happened: {:#?}", self.log.iter().filter(is_state).collect::<Vec<_>>());
            println!("the transport: {:#?}", self.call(|pc, now| pc.stats(now)));
            println!("SCTP: {:#?}", self.call(|pc, _| pc.sctp().and_then(|sctp| sctp.stats())));
        }
        let _ = self.tasks.send(None);
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The event loop.
struct Driver {
    poll: Poll,
    sockets: BTreeMap<SocketAddr, UdpSocket>,
    connection: PeerConnection,
    inbox: Receiver<Option<Task>>,
    outbox: Sender<Event>,
    clock: std::time::Instant,
}

impl Driver {
    fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn run(mut self) {
        let mut events = Events::with_capacity(16);
        loop {
            while let Ok(task) = self.inbox.try_recv() {
                let Some(task) = task else { return self.finish() };
                let now = self.now();
                task(&mut self.connection, now);
            }
            self.transmit();
            while let Some(event) = self.connection.poll_event() {
                let _ = self.outbox.send(event);
            }
            let now = self.now();
            let wait = self.connection.poll_timeout().map_or(PATIENCE, |deadline| deadline.since(now));
            // The poller rounds down to milliseconds; a wait of less than one would spin.
            let wait = if wait.is_zero() { wait } else { wait.max(Duration::from_millis(1)) };
            if let Err(error) = self.poll.poll(&mut events, Some(wait))
                && error.kind() != ErrorKind::Interrupted
            {
                panic!("cannot wait: {error}");
            }
            self.receive().expect("the sockets can be read");
            let now = self.now();
            if self.connection.poll_timeout().is_some_and(|deadline| deadline <= now) {
                self.connection.handle_timeout(now);
            }
        }
    }

    fn finish(mut self) {
        let now = self.now();
        self.connection.close(now);
        self.transmit();
    }

    fn transmit(&mut self) {
        let mut buffer = [0; 2048];
        loop {
            let now = self.now();
            let Some(transmit) = self.connection.poll_transmit(now, &mut buffer) else { return };
            let Some(socket) = self.sockets.get(&transmit.path.local) else { continue };
            // A datagram that the system does not take is lost, as the network might have lost it.
            let _ = socket.send_to(&buffer[..transmit.len], transmit.path.remote);
        }
    }

    fn receive(&mut self) -> Result<()> {
        let mut buffer = [0; 65_536];
        let locals: Vec<SocketAddr> = self.sockets.keys().copied().collect();
        for local in locals {
            loop {
                let socket = self.sockets.get(&local).context("the socket is there")?;
                match socket.recv_from(&mut buffer) {
                    Ok((len, remote)) => {
                        let now = self.now();
                        let path = Path::udp(local, remote);
                        let _ = self.connection.handle_input(now, path, Ecn::NotEct, &mut buffer[..len]);
                        self.transmit();
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // The peer's port is closed: it says so about an earlier datagram.
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}
