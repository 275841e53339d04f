//! The state cookie: what we need to know to set the association up when it comes back (RFC 9260 §5.1.3).
//!
//! Only its maker reads it. It holds the fields in the order of the struct and after them an HMAC-SHA-256, under a
//! key that never leaves the association.

use base::{Full, Instant, Reader, Serial32, Truncated, Writer};
use crypto::HmacKey;

/// The fields of a state cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) made_at: Instant,
    pub(crate) local_tag: u32,
    pub(crate) local_tsn: Serial32,
    pub(crate) peer_tag: u32,
    pub(crate) peer_tsn: Serial32,
    pub(crate) peer_window: u32,
    pub(crate) peer_outgoing_streams: u16,
    pub(crate) peer_incoming_streams: u16,
    pub(crate) forward_tsn: bool,
    pub(crate) reconfig: bool,
    /// Which association it is meant to restart; 0 for none (RFC 9260 §5.2.2).
    pub(crate) tie_tag: u64,
}

const FIELDS_LEN: usize = 8 + 5 * 4 + 2 * 2 + 1 + 8;
const MAC_LEN: usize = 32;

impl Cookie {
    /// Bytes of a cookie.
    pub(crate) const LEN: usize = FIELDS_LEN + MAC_LEN;

    /// The cookie as bytes, with its code.
    pub(crate) fn seal(&self, key: &dyn HmacKey) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut writer = Writer::new(&mut bytes);
        // The array has the size of what is written.
        let _fits = self.emit(&mut writer);
        let code = key.sign(&[writer.written()]);
        let _fits = writer.bytes(code.as_ref());
        bytes
    }

    /// The fields of a cookie, if its code is right.
    pub(crate) fn open(bytes: &[u8], key: &dyn HmacKey) -> Option<Self> {
        let (fields, code) = bytes.split_at_checked(FIELDS_LEN)?;
        if code.len() != MAC_LEN || !key.verify(&[fields], code) {
            return None;
        }
        Self::parse(&mut Reader::new(fields)).ok()
    }

    fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.u64(self.made_at.as_nanos())?;
        writer.u32(self.local_tag)?;
        writer.u32(self.local_tsn.0)?;
        writer.u32(self.peer_tag)?;
        writer.u32(self.peer_tsn.0)?;
        writer.u32(self.peer_window)?;
        writer.u16(self.peer_outgoing_streams)?;
        writer.u16(self.peer_incoming_streams)?;
        writer.u8(u8::from(self.forward_tsn) | u8::from(self.reconfig) << 1)?;
        writer.u64(self.tie_tag)
    }

    fn parse(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        let made_at = Instant::from_nanos(reader.u64()?);
        let local_tag = reader.u32()?;
        let local_tsn = Serial32(reader.u32()?);
        let peer_tag = reader.u32()?;
        let peer_tsn = Serial32(reader.u32()?);
        let peer_window = reader.u32()?;
        let peer_outgoing_streams = reader.u16()?;
        let peer_incoming_streams = reader.u16()?;
        let capabilities = reader.u8()?;
        let tie_tag = reader.u64()?;
        Ok(Self {
            made_at,
            local_tag,
            local_tsn,
            peer_tag,
            peer_tsn,
            peer_window,
            peer_outgoing_streams,
            peer_incoming_streams,
            forward_tsn: capabilities & 1 != 0,
            reconfig: capabilities & 2 != 0,
            tie_tag,
        })
    }
}
