//! What the caller decides.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use crypto::Provider;

use crate::error::ConfigError;
use crate::held::MAX_BYTES as MAX_HELD;
use crate::identity::Identity;
use crate::srtp::SrtpProfile;
use crate::suite::{CipherSuite, curves};

/// The shortest MTU that a handshake can live with.
const MIN_MTU: usize = 256;

/// The most records of an epoch, less a few for alerts and repeated Finished.
const MAX_RECORDS: u64 = (1 << 48) - 16;

/// Bytes of application data that are held until the connection is open: a hundred packets of 1,228 bytes.
pub(crate) const MAX_EARLY_DATA: usize = 128 << 10;

/// The most of `max_handshake_message` that the handshakes take at once. The peer's own: two messages in pieces, one that is put
/// together and one that is read, its certificates, and what both sides have said, which grows by doubling: twelve. The same
/// of a stranger, whose certificates are refused: five. Another hello at a server: two, and one that is put together.
const MESSAGES: usize = 24;

/// Bytes that the rest takes: two sets of keys, our own flights, pieces and records beside their bytes, alerts and events.
const FIXED_HEAP: usize = 128 << 10;

/// Who opens the handshake.
///
/// Example: [on the first page](crate).
// Closed: DTLS has two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sends the ClientHello: `a=setup:active`.
    Client,
    /// Waits for it: `a=setup:passive`.
    Server,
}

impl Role {
    /// The word that W3C has for it (`RTCDtlsRole`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// The settings of a connection.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The cipher suites, best first. A server goes by its own order.
    pub cipher_suites: Vec<CipherSuite>,
    /// The SRTP protection profiles, best first; empty for data channels alone. A server goes by its own order.
    pub srtp_profiles: Vec<SrtpProfile>,
    /// The ALPN protocols, best first (RFC 8833); empty to leave ALPN out. A peer without ALPN is accepted.
    pub alpn: Vec<Vec<u8>>,
    /// The longest datagram that the handshake sends, in bytes; at least 256.
    pub mtu: usize,
    /// Whether a server asks for a cookie first (RFC 6347 §4.2.1). ICE has proven the address already.
    pub cookie_exchange: bool,
    /// The first retransmission timeout while the round-trip time is unknown.
    pub initial_timeout: Duration,
    /// The shortest retransmission timeout.
    pub min_timeout: Duration,
    /// The longest retransmission timeout: where doubling stops. Larger means slower recovery from a long outage.
    pub max_timeout: Duration,
    /// After how long an unfinished handshake ends; `None` for never. Nothing else ends it: what is not authenticated must
    /// not, and consent to send (RFC 7675) goes on whatever is said over DTLS. Two minutes have room for six repetitions at
    /// the pauses of RFC 6347 §4.2.4.1, which double from one second, and are four times as long as a dead path is consented
    /// to. Where every second datagram is lost and none has more than 256 bytes, one handshake in a hundred takes almost one.
    pub handshake_timeout: Option<Duration>,
    /// After how long certificates without a promised fingerprint end an unfinished handshake, if the promised certificate is
    /// not shown in their place. Shorter tells sooner of a mistake in signalling; longer leaves the peer more time where
    /// somebody on the path shows certificates of their own.
    pub mismatch_timeout: Duration,
    /// The longest handshake message that is reassembled, in bytes. An attacker can make us hold two of them, and two more
    /// while a handshake that leads nowhere begins anew; none once the connection is open.
    pub max_handshake_message: usize,
    /// How many records are held that came before their keys, at most 64 KiB together.
    pub max_held_records: usize,
    /// How many packets of application data are held until the connection is open, at most 128 KiB together.
    pub max_held_application_data: usize,
    /// How many records may be sent before the connection closes; at most 2^48 - 16.
    pub max_records: u64,
    /// Whether the connection gives away its [secret](crate::Connection::key_log), for Wireshark. **Whoever gets that reads and
    /// forges everything that is said.** For debugging alone: off, and nothing else turns it on.
    pub key_log: bool,
}

impl Config {
    /// Bytes of heap that a connection takes at most, whatever is sent to it: handshakes with their messages in pieces, records
    /// before their keys, data before its time, which an earlier handshake may hold as well. Our own certificates count too.
    #[must_use]
    pub const fn most_heap(&self) -> usize {
        let messages = self.max_handshake_message.saturating_mul(MESSAGES);
        messages.saturating_add(MAX_HELD + 2 * MAX_EARLY_DATA + FIXED_HEAP)
    }

    /// Whether these settings make a handshake possible in this role, with these certificates.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that prevents it.
    pub fn check<'a>(
        &self,
        role: Role,
        identities: impl IntoIterator<Item = &'a Identity>,
        provider: &'static Provider,
    ) -> Result<(), ConfigError> {
        let identities: Vec<_> = identities.into_iter().collect();
        if identities.iter().any(|identity| identity.certificate_chain.is_empty()) || identities.is_empty() {
            return Err(ConfigError::NoCertificate);
        }
        let keys: Vec<_> =
            identities.iter().filter_map(|identity| identity.public_key_algorithm(provider)).collect();
        let is_usable = |suite: &CipherSuite| suite.usable(role, provider, keys.iter().copied()).is_some();
        if !self.cipher_suites.iter().any(is_usable) {
            return Err(ConfigError::NoCipherSuite);
        }
        if curves(provider).next().is_none() {
            return Err(ConfigError::NoKeyExchange);
        }
        if self.mtu < MIN_MTU {
            return Err(ConfigError::Mtu);
        }
        if self.max_records > MAX_RECORDS {
            return Err(ConfigError::TooManyRecords);
        }
        let chain_len = |identity: &&Identity| {
            identity.certificate_chain.iter().map(|certificate| certificate.len() + 3).sum::<usize>()
        };
        if identities.iter().map(chain_len).any(|len| len > self.max_handshake_message) {
            return Err(ConfigError::CertificateTooLong);
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cipher_suites: CipherSuite::ALL.to_vec(),
            srtp_profiles: vec![
                SrtpProfile::AEAD_AES_128_GCM,
                SrtpProfile::AEAD_AES_256_GCM,
                SrtpProfile::AES128_CM_HMAC_SHA1_80,
            ],
            alpn: vec![b"webrtc".to_vec(), b"c-webrtc".to_vec()],
            mtu: 1200,
            cookie_exchange: false,
            initial_timeout: Duration::from_secs(1),
            min_timeout: Duration::from_millis(50),
            max_timeout: Duration::from_secs(3),
            handshake_timeout: Some(Duration::from_secs(120)),
            mismatch_timeout: Duration::from_secs(10),
            max_handshake_message: 32 * 1024,
            max_held_records: 32,
            max_held_application_data: 100,
            max_records: MAX_RECORDS,
            key_log: false,
        }
    }
}
