//! Our stack on real sockets: a thread that does nothing but drive it.

use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use anyhow::Result;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use ferry_mio::Driver;
use mio::{Token, Waker};
use rtc::{
    Certificate, ChannelId, Configuration, ConnectionId, DataChannelInit, Event, Instant, Payload,
    PeerConnection, UnixTime,
};
use sha2::{Digest, Sha256};

use crate::{PATIENCE, eventually};

const WAKER: Token = Token(0);

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
        let mut driver = Driver::new()?;
        let waker = Waker::new(driver.registry(), WAKER)?;
        for address in addresses {
            let Ok(socket) = UdpSocket::bind(address) else { continue };
            driver.add_socket(socket)?;
        }
        anyhow::ensure!(driver.local_addresses().next().is_some(), "none of {addresses:?} exists here");
        let provider = &crypto_rust::PROVIDER;
        let certificate =
            Certificate::generate(provider, &mut entropy(), rtc::KeyAlgorithm::EcdsaP256, unix_now())?;
        let mut config = Configuration::new(provider, certificate);
        config.unix_now = Some(unix_now());
        let id = driver.insert(PeerConnection::new(config, Box::new(entropy()), Instant::ZERO)?);
        let (tasks, inbox) = channel();
        let (outbox, events) = channel();
        let thread = std::thread::spawn(move || run(driver, id, &inbox, &outbox));
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
fn run(mut driver: Driver, id: ConnectionId, inbox: &Receiver<Option<Task>>, outbox: &Sender<Event>) {
    loop {
        while let Ok(task) = inbox.try_recv() {
            let Some(task) = task else {
                driver.close(id);
                return driver.flush().expect("the sockets can be written to");
            };
            let now = driver.now();
            task(&mut driver.connection_mut(id).expect("nobody removes it"), now);
        }
        // The waker has done its work when this returns.
        driver.take_ready().for_each(drop);
        if let Some((_, event)) = driver.poll(None).expect("the sockets work") {
            let _ = outbox.send(event);
        }
    }
}
