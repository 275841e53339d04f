//! The run loop of the README: one peer, plain `std`, signalling by copy and paste. It echoes every message.
//!
//! `cargo run --release --example run_loop`, or with the address to bind as its argument. It waits for the offer of a
//! browser, as one line of JSON, and prints its answer in the same form. In the console of a browser's page:
//!
//! ```js
//! pc = new RTCPeerConnection(); chat = pc.createDataChannel('chat');
//! chat.onmessage = ({ data }) => console.log(data);
//! pc.onicecandidate = ({ candidate }) => candidate || console.log(JSON.stringify(pc.localDescription)); // paste it here
//! await pc.setLocalDescription();
//! await pc.setRemoteDescription(ANSWER); // what was printed here
//! chat.send('hello');
//! ```

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program owns the clock and the terminal: the cores do not"
)]

use std::error::Error;
use std::io::stdin;
use std::net::UdpSocket;
use std::time::{Duration, SystemTime};

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use crypto_rust::PROVIDER;
use rtc::KeyAlgorithm::EcdsaP256;
use rtc::{
    Certificate, Configuration, Ecn, Event, Instant, Path, PeerConnection, SessionDescription, UnixTime,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let socket = UdpSocket::bind(std::env::args().nth(1).unwrap_or("127.0.0.1:0".into()))?;
    let (local, started) = (socket.local_addr()?, std::time::Instant::now());
    let now = || Instant::ZERO + started.elapsed();
    let today = UnixTime::from_secs(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs());
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    let certificate = Certificate::generate(&PROVIDER, &mut rng, EcdsaP256, today)?;
    let mut pc = PeerConnection::new(Configuration::new(&PROVIDER, certificate), Box::new(rng), now())?;
    pc.add_local_address(local)?;

    // Signalling: an offer in, an answer out.
    let offer: Value = serde_json::from_str(&stdin().lines().next().ok_or("no offer")??)?;
    pc.set_remote_description(now(), &SessionDescription::offer(offer["sdp"].as_str().unwrap_or_default()))?;
    pc.set_local_description_due(now())?;
    println!("{}", json!({ "type": "answer", "sdp": pc.local_description().ok_or("no answer")?.sdp }));

    let mut buffer = [0; 2048];
    while pc.end().is_none() {
        while let Some(transmit) = pc.poll_transmit(now(), &mut buffer) {
            let _ = socket.send_to(&buffer[..transmit.len], transmit.path.remote);
        }
        while let Some(event) = pc.poll_event() {
            match event {
                Event::DataChannelMessage(channel, message) => _ = pc.send(now(), channel, message),
                event => println!("{event:?}"),
            }
        }
        let wait = pc.poll_timeout().map(|deadline| deadline.since(now()));
        socket.set_nonblocking(wait == Some(Duration::ZERO))?;
        socket.set_read_timeout(wait.filter(|wait| !wait.is_zero()))?;
        if let Ok((len, remote)) = socket.recv_from(&mut buffer) {
            let taken = pc.handle_input(now(), Path::udp(local, remote), Ecn::NotEct, &mut buffer[..len]);
            taken.unwrap_or_else(|discard| println!("{remote}: {discard}"));
        }
        pc.handle_timeout(now());
    }
    Ok(())
}
