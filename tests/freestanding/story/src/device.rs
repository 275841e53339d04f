//! A connection for a machine with little memory.

use alloc::boxed::Box;
use alloc::vec;
use core::net::SocketAddr;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::crypto::Provider;
use rtc::{Certificate, Configuration, Error, Instant, KeyAlgorithm, PeerConnection, UnixTime};

/// The longest message that these peers exchange, in bytes.
pub const MAX_MESSAGE_LEN: usize = 4096;

/// Bytes that may wait on either side. With the round trip they bound the throughput.
pub const WINDOW: usize = 2 * MAX_MESSAGE_LEN;

/// The day on which everything happens. A device asks its real-time clock, or the network.
const TODAY: UnixTime = UnixTime::from_secs(1_800_000_000);

/// Without RSA keys of its own: to find their primes takes code that a device has no use for.
static PROVIDER: Provider = Provider { rsa_2048: None, ..crypto_rust::PROVIDER };

/// A connection that can be reached at this address.
///
/// # Errors
/// As [`PeerConnection::new`].
pub fn connection(seed: u8, address: SocketAddr, now: Instant) -> Result<PeerConnection, Error> {
    let mut rng = entropy(seed);
    // A device keeps its certificate (`Certificate::identity`) instead of making one at each start.
    let certificate = Certificate::generate(&PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, TODAY)?;
    let mut connection = PeerConnection::new(configuration(certificate), Box::new(rng), now)?;
    connection.add_local_address(address)?;
    Ok(connection)
}

/// Secure random numbers.
///
/// This is the one thing here that a device must not take over: its seed comes from the device's true random number
/// generator (or the generator is that itself), never from a constant. Here every run has to be the same.
fn entropy(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// Limits for one peer, one path and a few channels: what a peer that floods or does not read can make this machine hold.
/// Nothing is allocated ahead, so that they cost nothing, and the defaults nothing more, while all goes well.
fn configuration(certificate: Certificate) -> Configuration {
    let mut configuration = Configuration::new(&PROVIDER, certificate);
    configuration.max_message_size = MAX_MESSAGE_LEN;
    configuration.sctp.receive_window = WINDOW;
    configuration.sctp.send_buffer = WINDOW;
    configuration.sctp.incoming_streams = 16;
    configuration.sctp.outgoing_streams = 16;
    configuration.data_channels.max_channels = 16;
    configuration.data_channels.max_retained = MAX_MESSAGE_LEN;
    configuration.dtls.srtp_profiles = vec![];
    configuration.dtls.max_handshake_message = 4096;
    configuration.dtls.max_held_records = 8;
    configuration.dtls.max_held_application_data = 4;
    configuration.ice.max_local_candidates = 4;
    configuration.ice.max_remote_candidates = 16;
    configuration.ice.max_discovered_pairs = 8;
    configuration.ice.max_pairs = 16;
    configuration.ice.max_pending_responses = 4;
    configuration
}
