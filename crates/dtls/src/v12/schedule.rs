//! The key schedule (RFC 5246 §5, §6.3, §7.4.9; RFC 7627 §4; RFC 5705 §4).

use alloc::vec;
use alloc::vec::Vec;

use crypto::{HmacAlgorithm, Secret};

use crate::key_log::KeyLog;
use crate::wire::hello::Random;

/// Bytes of a Finished.
pub(crate) const VERIFY_DATA_LEN: usize = 12;

/// Bytes of the master secret.
const MASTER_SECRET_LEN: usize = 48;

/// `client finished` and `server finished`: who says it is in the hash.
pub(crate) const CLIENT_FINISHED: &[u8] = b"client finished";
pub(crate) const SERVER_FINISHED: &[u8] = b"server finished";

/// The randoms of both hellos.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Randoms<'a> {
    pub(crate) client: &'a Random,
    pub(crate) server: &'a Random,
}

/// The secret that everything else comes from.
pub(crate) struct MasterSecret(Secret);

impl MasterSecret {
    /// The extended master secret: bound to the whole handshake, the only kind that is accepted (RFC 7627 §4).
    pub(crate) fn new(hmac: &dyn HmacAlgorithm, premaster: &[u8], session_hash: &[u8]) -> Self {
        Self(prf(hmac, premaster, b"extended master secret", &[session_hash], MASTER_SECRET_LEN))
    }

    /// The keys and salts of both directions (RFC 5246 §6.3). Here the server's random comes first.
    pub(crate) fn key_block(&self, hmac: &dyn HmacAlgorithm, randoms: Randoms<'_>, len: usize) -> Secret {
        prf(hmac, self.0.as_ref(), b"key expansion", &[randoms.server, randoms.client], len)
    }

    /// The content of a Finished (RFC 5246 §7.4.9).
    pub(crate) fn verify_data(
        &self,
        hmac: &dyn HmacAlgorithm,
        label: &[u8],
        transcript_hash: &[u8],
    ) -> [u8; VERIFY_DATA_LEN] {
        let output = prf(hmac, self.0.as_ref(), label, &[transcript_hash], VERIFY_DATA_LEN);
        output.as_ref().try_into().unwrap_or_default()
    }

    /// The secret itself, for who debugs.
    pub(crate) fn key_log(&self, randoms: Randoms<'_>) -> KeyLog {
        KeyLog::new(randoms.client, self.0.as_ref())
    }

    /// Keying material for another protocol; `None` if the context is too long to be said (RFC 5705 §4).
    pub(crate) fn export(
        &self,
        hmac: &dyn HmacAlgorithm,
        label: &[u8],
        randoms: Randoms<'_>,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Option<()> {
        let len = u16::try_from(context.unwrap_or_default().len()).ok()?.to_be_bytes();
        let seeds: [&[u8]; 4] = [randoms.client, randoms.server, &len, context.unwrap_or_default()];
        let seeds = if context.is_some() { seeds.as_slice() } else { seeds.get(..2)? };
        let output = prf(hmac, self.0.as_ref(), label, seeds, out.len());
        out.copy_from_slice(output.as_ref());
        Some(())
    }
}

/// The pseudorandom function: `P_hash(secret, label + seed)` (RFC 5246 §5).
fn prf(hmac: &dyn HmacAlgorithm, secret: &[u8], label: &[u8], seeds: &[&[u8]], len: usize) -> Secret {
    let key = hmac.key(secret);
    let mut labelled: Vec<&[u8]> = vec![label];
    labelled.extend(seeds);
    // All at once, so that no copy of the secret stays behind in a vector that has grown.
    let mut output = Vec::with_capacity(len + hmac.output_len());
    let mut a = key.sign(&labelled);
    while output.len() < len {
        let mut parts = vec![a.as_ref()];
        parts.extend(&labelled);
        output.extend_from_slice(key.sign(&parts).as_ref());
        a = key.sign(&[a.as_ref()]);
    }
    output.truncate(len);
    Secret::new(output)
}

#[cfg(test)]
mod tests;
