//! The secret of a connection in words that Wireshark reads: a line of the format that NSS writes, known as `SSLKEYLOGFILE`
//! (draft-ietf-tls-keylogfile §2.3).

use alloc::vec::Vec;
use core::fmt;

use crypto::Secret;

use crate::wire::hello::Random;

/// What names the line.
const CLIENT_RANDOM: &[u8] = b"CLIENT_RANDOM";

/// A line `CLIENT_RANDOM <random> <master secret>`, in hexadecimal digits, without its end. It is wiped when dropped, and not printed.
///
/// Who has it reads everything that the connection says and has said, and can say anything in its name.
#[derive(Clone)]
pub struct KeyLog(Secret);

impl KeyLog {
    pub(crate) fn new(client_random: &Random, master_secret: &[u8]) -> Self {
        // All at once, so that no copy of the secret stays behind in a vector that has grown.
        let digits = 2 * (client_random.len() + master_secret.len());
        let mut line = Vec::with_capacity(CLIENT_RANDOM.len() + digits + 2);
        line.extend(CLIENT_RANDOM);
        for bytes in [&client_random[..], master_secret] {
            line.push(b' ');
            line.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        }
        Self(Secret::new(line))
    }

    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.0.as_ref()).unwrap_or_default()
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLog(..)")
    }
}

const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}
