//! Two connections over a way of 50 ms that loses five datagrams in a hundred. Time is virtual: the run takes milliseconds, and is the
//! same each time.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "an example speaks, and may stop")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use rtc::{Certificate, Configuration, DataChannelInit, Event, KeyAlgorithm, PeerConnection, UnixTime};
use sim::{AnyHost, Instant, Network, Stack, introduce};

fn main() -> Result<(), Box<dyn Error>> {
    let mut network = Network::new(42);
    let addresses = ["192.0.2.1:1000".parse()?, "192.0.2.2:2000".parse()?];
    let (mut alice, mut bob) = (peer(&mut network, addresses[0])?, peer(&mut network, addresses[1])?);
    let chat = alice.create_data_channel("chat", DataChannelInit::default())?;
    introduce(network.now(), &mut alice, &mut bob)?;

    // Alice says ten words when her channel opens. Bob notes what happens.
    let says_ten_words = move |now: Instant, alice: &mut PeerConnection, event: Event| {
        if event == Event::DataChannelOpen(chat) {
            (0..10).for_each(|word| alice.send(now, chat, format!("word {word}")).expect("there is room"));
        }
    };
    let alice = network.add(&[addresses[0].ip()], Stack::new(alice, says_ten_words));
    let bob = network.add(&[addresses[1].ip()], Stack::new(bob, Vec::new()));
    network.between(alice, bob).delay(Duration::from_millis(50)).loss(0.05);
    network.capture(bob);

    let is_message = |event: &Event| matches!(event, Event::DataChannelMessage(..));
    let has_heard = |network: &Network<AnyHost>| {
        network[bob].application.iter().filter(|(_, event)| is_message(event)).count() == 10
    };
    assert!(network.run_until(Duration::from_secs(30), has_heard)?, "Bob hears ten words");
    for (at, event) in &network[bob].application {
        println!("{at} {event:?}");
    }
    network.captured(bob).ok_or("no capture")?.save(std::env::temp_dir().join("two-peers.pcapng"))?;
    Ok(())
}

/// A connection at this address, whose keys and names follow from the network's seed.
fn peer(network: &mut Network<AnyHost>, address: SocketAddr) -> Result<PeerConnection, Box<dyn Error>> {
    let (mut rng, today) = (network.generator(), UnixTime::from_secs(1_800_000_000));
    let certificate =
        Certificate::generate(&crypto_rust::PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, today)?;
    let configuration = Configuration::new(&crypto_rust::PROVIDER, certificate);
    let mut connection = PeerConnection::new(configuration, Box::new(rng), network.now())?;
    connection.add_local_address(address)?;
    Ok(connection)
}
