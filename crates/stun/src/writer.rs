//! Writing a message (RFC 8489 §5 and §14.5 to §14.7).

use base::{Full, Writer};
use crypto::HmacKey;

use crate::attribute::{Attribute, AttributeType, padding};
use crate::credential::Key;
use crate::fingerprint::fingerprint;
use crate::header::{HEADER_LEN, MAGIC_COOKIE, MessageType, TransactionId};
use crate::message::Integrity;

/// Bytes of FINGERPRINT with its header.
const FINGERPRINT_LEN: usize = 8;
/// The longest body that the length field can tell.
const MAX_BODY_LEN: usize = 0xfffc;

/// A message that is being written into the caller's buffer: attributes first, then integrity, then the fingerprint.
///
/// ```
/// # fn main() -> Result<(), base::Full> {
/// use stun::{Attribute, Message, MessageType, MessageWriter, TransactionId};
///
/// let mut buffer = [0; 64];
/// let id = TransactionId([7; 12]);
/// let mut writer = MessageWriter::new(&mut buffer, MessageType::BINDING_REQUEST, id)?;
/// writer.attribute(&Attribute::Priority(1))?;
/// let len = writer.fingerprint()?;
/// assert_eq!(Message::parse(&buffer[..len]).map(|m| m.transaction_id()), Ok(id));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MessageWriter<'a> {
    writer: Writer<'a>,
    id: TransactionId,
}

impl<'a> MessageWriter<'a> {
    /// Starts a message.
    ///
    /// # Errors
    /// [`Full`] if not even the header fits.
    pub fn new(buffer: &'a mut [u8], message_type: MessageType, id: TransactionId) -> Result<Self, Full> {
        let mut writer = Writer::new(buffer);
        writer.u16(message_type.to_bits())?;
        writer.u16(0)?;
        writer.u32(MAGIC_COOKIE)?;
        writer.bytes(&id.0)?;
        Ok(Self { writer, id })
    }

    /// How many bytes still fit.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.writer.remaining()
    }

    /// Appends an attribute.
    ///
    /// # Errors
    /// [`Full`] if it does not fit; the message is then of no use.
    pub fn attribute(&mut self, attribute: &Attribute<'_>) -> Result<(), Full> {
        self.writer.u16(attribute.kind().0)?;
        let length_at = self.writer.position();
        self.writer.u16(0)?;
        let start = self.writer.position();
        attribute.emit(&mut self.writer, &self.id)?;
        let len = self.writer.position().saturating_sub(start);
        let field = u16::try_from(len).map_err(|_| Full)?;
        self.writer.patch(length_at, &field.to_be_bytes())?;
        self.writer.zeros(padding(len))?;
        self.set_length(0)
    }

    /// Appends an integrity attribute. Nothing but the other one and the fingerprint may follow.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn integrity(&mut self, integrity: Integrity, key: &Key) -> Result<(), Full> {
        match integrity {
            Integrity::Sha1 => self.sign(AttributeType::MESSAGE_INTEGRITY, 24, key.sha1.as_ref()),
            Integrity::Sha256 => self.sign(AttributeType::MESSAGE_INTEGRITY_SHA256, 36, key.sha256.as_ref()),
        }
    }

    /// Appends a code over a message whose length already counts the `attribute_len` bytes that carry it.
    fn sign(&mut self, kind: AttributeType, attribute_len: usize, key: &dyn HmacKey) -> Result<(), Full> {
        self.set_length(attribute_len)?;
        let code = key.sign(&[self.writer.written()]);
        self.attribute(&Attribute::Other(kind, code.as_ref()))
    }

    /// Closes the message with a fingerprint and returns its length.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn fingerprint(mut self) -> Result<usize, Full> {
        self.set_length(FINGERPRINT_LEN)?;
        let value = fingerprint(self.writer.written());
        self.attribute(&Attribute::Other(AttributeType::FINGERPRINT, &value.to_be_bytes()))?;
        Ok(self.finish())
    }

    /// Closes the message and returns its length.
    #[must_use]
    pub const fn finish(self) -> usize {
        self.writer.position()
    }

    /// Sets the length field to what is written and `more` bytes.
    fn set_length(&mut self, more: usize) -> Result<(), Full> {
        let body = self.writer.position().saturating_sub(HEADER_LEN).saturating_add(more);
        let field = u16::try_from(body).ok().filter(|_| body <= MAX_BODY_LEN).ok_or(Full)?;
        self.writer.patch(2, &field.to_be_bytes())
    }
}
