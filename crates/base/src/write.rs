//! Writing big-endian bytes into a buffer that the caller owns.

use core::fmt;

/// The buffer ended before the value did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the buffer is too small for the value")]
pub struct Full;

/// A cursor that fills a buffer from its start. Integers are big-endian.
///
/// A write either fits or leaves the cursor where it was.
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    written: usize,
}

impl<'a> Writer<'a> {
    /// A cursor at the start of `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, written: 0 }
    }

    /// How many bytes have been written.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.written
    }

    /// How many bytes still fit.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.buffer.len().saturating_sub(self.written)
    }

    /// What has been written so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.written).unwrap_or_default()
    }

    /// Takes the next `len` bytes of the buffer, to be filled by the caller.
    ///
    /// # Errors
    /// [`Full`] if they do not fit.
    pub fn reserve(&mut self, len: usize) -> Result<&mut [u8], Full> {
        let end = self.written.checked_add(len).ok_or(Full)?;
        let space = self.buffer.get_mut(self.written..end).ok_or(Full)?;
        self.written = end;
        Ok(space)
    }

    /// Writes `bytes`.
    ///
    /// # Errors
    /// [`Full`] if they do not fit.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.reserve(bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes `len` zero bytes.
    ///
    /// # Errors
    /// [`Full`] if they do not fit.
    pub fn zeros(&mut self, len: usize) -> Result<(), Full> {
        self.reserve(len)?.fill(0);
        Ok(())
    }

    /// Writes an 8-bit integer.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn u8(&mut self, value: u8) -> Result<(), Full> {
        self.bytes(&[value])
    }

    /// Writes a 16-bit integer.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn u16(&mut self, value: u16) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Writes the low 24 bits of an integer.
    ///
    /// # Errors
    /// [`Full`] if they do not fit.
    pub fn u24(&mut self, value: u32) -> Result<(), Full> {
        let [_, a, b, c] = value.to_be_bytes();
        self.bytes(&[a, b, c])
    }

    /// Writes a 32-bit integer.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn u32(&mut self, value: u32) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Writes the low 48 bits of an integer.
    ///
    /// # Errors
    /// [`Full`] if they do not fit.
    pub fn u48(&mut self, value: u64) -> Result<(), Full> {
        let [_, _, a, b, c, d, e, f] = value.to_be_bytes();
        self.bytes(&[a, b, c, d, e, f])
    }

    /// Writes a 64-bit integer.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn u64(&mut self, value: u64) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Overwrites bytes that stand at `position` already: a length or a checksum that became known.
    ///
    /// # Errors
    /// [`Full`] if that place has not been written yet.
    pub fn patch(&mut self, position: usize, bytes: &[u8]) -> Result<(), Full> {
        let end = position.checked_add(bytes.len()).filter(|end| *end <= self.written).ok_or(Full)?;
        self.buffer.get_mut(position..end).ok_or(Full)?.copy_from_slice(bytes);
        Ok(())
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("written", &self.written).field("size", &self.buffer.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_cursor_where_it_was() {
        let mut buffer = [0; 5];
        let mut writer = Writer::new(&mut buffer);
        writer.u24(0x0a_0b_0c).unwrap();
        assert_eq!(writer.u32(1), Err(Full));
        writer.u16(0x0d0e).unwrap();
        assert_eq!(writer.written(), &[10, 11, 12, 13, 14]);
    }

    #[test]
    fn only_what_is_written_can_be_patched() {
        let mut buffer = [0; 4];
        let mut writer = Writer::new(&mut buffer);
        writer.u16(0).unwrap();
        assert_eq!(writer.patch(1, &[1, 2]), Err(Full));
        writer.patch(0, &[1, 2]).unwrap();
        assert_eq!(writer.written(), &[1, 2]);
    }
}
