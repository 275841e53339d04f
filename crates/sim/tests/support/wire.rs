//! What an observer on the wire can say about the datagrams of one side.

use std::collections::BTreeSet;

/// The records of DTLS that one side has sent (RFC 6347 §4.1).
#[derive(Debug, Default)]
pub struct Records {
    numbers: BTreeSet<(u16, u64)>,
    nonces: BTreeSet<(u16, [u8; 8])>,
}

const HEADER_LEN: usize = 13;

impl Records {
    /// Takes a datagram. With AES-GCM the first eight bytes of an encrypted record are its explicit nonce.
    pub fn on_sent(&mut self, datagram: &[u8]) -> Result<(), String> {
        match datagram.first() {
            Some(0..=3) => return Ok(()),
            Some(20..=63) => {}
            first => return Err(format!("neither STUN nor DTLS leaves: {first:?}")),
        }
        let mut rest = datagram;
        while !rest.is_empty() {
            let header = rest.get(..HEADER_LEN).ok_or("a record without header leaves")?;
            let len = usize::from(u16::from_be_bytes([header[11], header[12]]));
            let body = rest.get(HEADER_LEN..HEADER_LEN + len).ok_or("half a record leaves")?;
            let epoch = u16::from_be_bytes([header[3], header[4]]);
            let mut number = [0; 8];
            number[2..].copy_from_slice(&header[5..11]);
            if epoch > 0 {
                self.on_encrypted(epoch, u64::from_be_bytes(number), body)?;
            }
            rest = &rest[HEADER_LEN + len..];
        }
        Ok(())
    }

    fn on_encrypted(&mut self, epoch: u16, number: u64, body: &[u8]) -> Result<(), String> {
        if !self.numbers.insert((epoch, number)) {
            return Err(format!("record {number} of epoch {epoch} leaves twice"));
        }
        let nonce: [u8; 8] = body.get(..8).and_then(|nonce| nonce.try_into().ok()).ok_or("a short record")?;
        if !self.nonces.insert((epoch, nonce)) {
            return Err(format!("the nonce {nonce:?} of epoch {epoch} is used twice"));
        }
        Ok(())
    }
}
