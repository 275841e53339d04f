//! A connection that is recorded while a word is said on it.

use std::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use recording::Recording;
use rtc::{
    Certificate, Configuration, DataChannelInit, Ecn, Event, Instant, KeyAlgorithm, Path, Payload,
    PeerConnection, UnixTime,
};

/// What is said.
pub(crate) const WORD: &str = "said in confidence";

fn connection(seed: u64, address: &str, key_log: bool) -> PeerConnection {
    let provider = &crypto_rust::PROVIDER;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let today = UnixTime::from_secs(1_800_000_000);
    let certificate = Certificate::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, today).unwrap();
    let mut configuration = Configuration::new(provider, certificate);
    configuration.dtls.key_log = key_log;
    let mut connection = PeerConnection::new(configuration, Box::new(rng), Instant::ZERO).unwrap();
    connection.add_local_address(address.parse().unwrap()).unwrap();
    connection
}

/// The recording at the side that answers, where it wants its secret to stand there, or not.
pub(crate) fn record(key_log: bool) -> Vec<u8> {
    let mut ends = [connection(1, "192.0.2.1:1000", false), connection(2, "192.0.2.2:2000", key_log)];
    let mut recording = Recording::new(Vec::new()).unwrap();
    recording.begin(&mut ends[1]);
    let chat = ends[0].create_data_channel("chat", DataChannelInit::default()).unwrap();
    let mut now = Instant::ZERO;
    ends[0].set_local_description_due(now).unwrap();
    let offer = ends[0].local_description().unwrap();
    ends[1].set_remote_description(now, &offer).unwrap();
    ends[1].set_local_description_due(now).unwrap();
    let answer = ends[1].local_description().unwrap();
    ends[0].set_remote_description(now, &answer).unwrap();
    for _ in 0..400 {
        now = now + Duration::from_millis(5);
        for from in [0, 1] {
            carry(&mut ends, from, now);
            ends[from].handle_timeout(now);
            while let Some(event) = ends[from].poll_event() {
                match event {
                    Event::DataChannelOpen(id) if id == chat && from == 0 => {
                        ends[0].send(now, chat, WORD).unwrap();
                    }
                    Event::DataChannelMessage(_, message) => {
                        assert_eq!(message, Payload::Text(WORD.into()));
                        recording.take(&mut ends[1]).unwrap();
                        return recording.get_ref().clone();
                    }
                    _ => {}
                }
            }
        }
        recording.take(&mut ends[1]).unwrap();
    }
    panic!("nothing was said within two seconds");
}

fn carry(ends: &mut [PeerConnection; 2], from: usize, now: Instant) {
    let mut buffer = [0; 1500];
    while let Some(transmit) = ends[from].poll_transmit(now, &mut buffer) {
        let path = Path::udp(transmit.path.remote, transmit.path.local);
        // What the other side ignores, it counts, and this test is not about it.
        let _ = ends[1 - from].handle_input(now, path, Ecn::NotEct, &mut buffer[..transmit.len]);
    }
}
