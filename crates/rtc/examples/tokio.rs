//! Driving a connection with `tokio`: [`drive`] is all there is to it.
//!
//! `cargo run --release --example tokio` connects two peers over two UDP sockets, sends 64 MiB from one to the other
//! and tells how long that took.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program owns the clock and the terminal: the cores do not"
)]

use std::error::Error;
use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Ecn, Event, Instant, KeyAlgorithm, Path, Payload,
    PeerConnection, UnixTime,
};
use tokio::net::UdpSocket;
use tokio::time::{sleep, timeout};

/// How much is sent.
const TOTAL: usize = 64 << 20;

/// Bytes of one message.
const MESSAGE: usize = 64 << 10;

/// How much may wait in the send buffer.
const BUFFERED: usize = 1 << 20;

/// The timeline of this process.
#[derive(Clone, Copy)]
struct Clock(std::time::Instant);

impl Clock {
    fn now(self) -> Instant {
        Instant::ZERO + self.0.elapsed()
    }
}

/// A connection and its socket.
struct Peer {
    connection: PeerConnection,
    socket: UdpSocket,
}

/// Does what the connection asks for, until the application has enough.
async fn drive(
    peer: &mut Peer,
    clock: Clock,
    mut on_event: impl FnMut(&mut PeerConnection, Instant, Event) -> ControlFlow<()>,
) -> io::Result<()> {
    let Peer { connection, socket } = peer;
    let local = socket.local_addr()?;
    let mut buffer = [0; 2048];
    loop {
        send_all(connection, socket, clock, &mut buffer).await;
        while let Some(event) = connection.poll_event() {
            if on_event(connection, clock.now(), event).is_break() {
                send_all(connection, socket, clock, &mut buffer).await;
                return Ok(());
            }
        }
        let deadline = connection.poll_timeout().map(|deadline| deadline.since(clock.now()));
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                // An error tells of an earlier datagram that found nobody.
                let Ok((len, remote)) = received else { continue };
                let path = Path::udp(local, remote);
                // What is ignored is counted; there is nothing to do about it.
                let _ = connection.handle_input(clock.now(), path, Ecn::NotEct, &mut buffer[..len]);
            }
            () = sleep(deadline.unwrap_or_default()), if deadline.is_some() => {
                connection.handle_timeout(clock.now());
            }
        }
    }
}

/// Sends what is due.
async fn send_all(connection: &mut PeerConnection, socket: &UdpSocket, clock: Clock, buffer: &mut [u8]) {
    while let Some(transmit) = connection.poll_transmit(clock.now(), buffer) {
        // What the system does not take is lost, as it might be on the way: what matters is repeated.
        let _ = socket.send_to(&buffer[..transmit.len], transmit.path.remote).await;
    }
}

/// Sends `TOTAL` bytes, as fast as the buffer takes them, and closes the connection when the peer has them all.
fn sender(channel: ChannelId) -> impl FnMut(&mut PeerConnection, Instant, Event) -> ControlFlow<()> {
    let mut sent = 0;
    move |connection, now, event| {
        match event {
            Event::DataChannelOpen(_) | Event::DataChannelBufferedAmountLow(_) => {
                let room = |connection: &mut PeerConnection| {
                    connection
                        .data_channel(channel)
                        .is_some_and(|channel| channel.buffered_amount() < BUFFERED)
                };
                while sent < TOTAL && room(connection) {
                    let message = vec![0x5a; MESSAGE];
                    if connection.send(now, channel, Payload::Binary(message.into())).is_err() {
                        break;
                    }
                    sent += MESSAGE;
                }
            }
            Event::DataChannelMessage(..) => {
                connection.close(now);
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Counts what comes, says so when it is all there, and ends with its peer.
fn receiver() -> impl FnMut(&mut PeerConnection, Instant, Event) -> ControlFlow<()> {
    let mut received = 0;
    move |connection, now, event| {
        match event {
            Event::DataChannelMessage(channel, message) => {
                received += message.len();
                if received == TOTAL && connection.send(now, channel, "all of it").is_err() {
                    return ControlFlow::Break(());
                }
            }
            Event::DataChannelClose(_) => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

async fn peer(clock: Clock) -> Result<Peer, Box<dyn Error>> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    let today = UnixTime::from_secs(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs());
    let certificate =
        Certificate::generate(&crypto_rust::PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, today)?;
    let configuration = Configuration::new(&crypto_rust::PROVIDER, certificate);
    let mut connection = PeerConnection::new(configuration, Box::new(rng), clock.now())?;
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    connection.add_local_address(socket.local_addr()?)?;
    Ok(Peer { connection, socket })
}

/// Offer and answer. Here both sides are at hand; as a rule a server carries the descriptions.
fn negotiate(clock: Clock, from: &mut PeerConnection, to: &mut PeerConnection) -> Result<(), rtc::Error> {
    let now = clock.now();
    from.set_local_description_due(now)?;
    if let Some(offer) = from.local_description() {
        to.set_remote_description(now, &offer)?;
    }
    to.set_local_description_due(now)?;
    if let Some(answer) = to.local_description() {
        from.set_remote_description(now, &answer)?;
    }
    Ok(())
}

/// Connects two peers and sends `TOTAL` bytes; how long that took.
pub(crate) async fn transfer() -> Result<Duration, Box<dyn Error>> {
    let clock = Clock(std::time::Instant::now());
    let (mut from, mut to) = (peer(clock).await?, peer(clock).await?);
    let channel = from.connection.create_data_channel("bulk", DataChannelInit::default())?;
    if let Some(mut channel) = from.connection.data_channel_mut(channel) {
        channel.set_buffered_amount_low_threshold(BUFFERED / 2);
    }
    negotiate(clock, &mut from.connection, &mut to.connection)?;
    let both = async {
        tokio::try_join!(drive(&mut from, clock, sender(channel)), drive(&mut to, clock, receiver()))
    };
    timeout(Duration::from_secs(60), both).await??;
    Ok(clock.0.elapsed())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let seconds = transfer().await?.as_secs_f64();
    let megabits = TOTAL as f64 * 8.0 / 1e6 / seconds;
    println!("{} MiB in {seconds:.2} s: {megabits:.0} Mbit/s, connecting and closing included", TOTAL >> 20);
    Ok(())
}
