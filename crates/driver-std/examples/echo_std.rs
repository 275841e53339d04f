//! Echoes every message of a peer. It takes its offer as a line of JSON, and prints the answer.
//!
//! `cargo run --release -p ferry-std --example echo_std`, or with the address to bind as its argument. In the console of a
//! browser's page:
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

use std::{env, error::Error, io::stdin, time::SystemTime};

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ferry_std::{Driver, rtc};
use rtc::{Certificate, Configuration, Event, KeyAlgorithm, PeerConnection, SessionDescription, UnixTime};

fn main() -> Result<(), Box<dyn Error>> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    let today = UnixTime::from_secs(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs());
    let (provider, key) = (&crypto_rust::PROVIDER, KeyAlgorithm::EcdsaP256);
    let configuration = Configuration::new(provider, Certificate::generate(provider, &mut rng, key, today)?);
    let mut driver = Driver::bind(env::args().nth(1).unwrap_or("127.0.0.1:0".into()).parse()?)?;

    let offer: serde_json::Value = serde_json::from_str(&stdin().lines().next().ok_or("no offer")??)?;
    let now = driver.now();
    let id = driver.insert(PeerConnection::new(configuration, Box::new(rng), now)?);
    let mut pc = driver.connection_mut(id).ok_or("gone")?;
    pc.set_remote_description(now, &SessionDescription::offer(offer["sdp"].as_str().unwrap_or("")))?;
    pc.set_local_description_due(now)?;
    let answer = pc.local_description().ok_or("no answer")?;
    println!("{}", serde_json::json!({ "type": "answer", "sdp": answer.sdp }));
    drop(pc);
    while let Some((id, event)) = driver.poll(None)? {
        let now = driver.now();
        match event {
            Event::DataChannelMessage(channel, message) => {
                let _ = driver.connection_mut(id).ok_or("gone")?.send(now, channel, message);
            }
            event => println!("{id:?}: {event:?}"),
        }
    }
    Ok(())
}
