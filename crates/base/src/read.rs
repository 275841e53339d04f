//! Reading big-endian bytes.

use core::fmt;

/// The input ended before the value did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the input ends before the value does")]
pub struct Truncated;

/// A cursor over bytes from the network. Integers are big-endian.
///
/// A read either takes its bytes or leaves the cursor where it was.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left, without taking it.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes the next `len` bytes.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], Truncated> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes the next `N` bytes as an array.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Takes `len` bytes as a cursor of their own.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left.
    pub fn nested(&mut self, len: usize) -> Result<Self, Truncated> {
        self.bytes(len).map(Self::new)
    }

    /// Takes an 8-bit integer.
    ///
    /// # Errors
    /// [`Truncated`] at the end of the input.
    pub fn u8(&mut self) -> Result<u8, Truncated> {
        self.array().map(u8::from_be_bytes)
    }

    /// Takes a 16-bit integer.
    ///
    /// # Errors
    /// [`Truncated`] at the end of the input.
    pub fn u16(&mut self) -> Result<u16, Truncated> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes a 24-bit integer.
    ///
    /// # Errors
    /// [`Truncated`] at the end of the input.
    pub fn u24(&mut self) -> Result<u32, Truncated> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Takes a 32-bit integer.
    ///
    /// # Errors
    /// [`Truncated`] at the end of the input.
    pub fn u32(&mut self) -> Result<u32, Truncated> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes a 48-bit integer.
    ///
    /// # Errors
    /// [`Truncated`] at the end of the input.
    pub fn u48(&mut self) -> Result<u64, Truncated> {
        self.array().map(|[a, b, c, d, e, f]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// Takes a 64-bit integer.
    ///
    /// # Errors
    /// [`Truncated`] at the end of the input.
    pub fn u64(&mut self) -> Result<u64, Truncated> {
        self.array().map(u64::from_be_bytes)
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("remaining", &self.rest.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_read_takes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u32(), Err(Truncated));
        assert_eq!(reader.u24(), Ok(0x01_02_03));
        assert!(reader.is_empty());
    }

    #[test]
    fn integers_are_big_endian() {
        let bytes: [u8; 15] = core::array::from_fn(|i| u8::try_from(i).unwrap());
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Ok(0));
        assert_eq!(reader.u16(), Ok(0x0102));
        assert_eq!(reader.u48(), Ok(0x0304_0506_0708));
        assert_eq!(reader.nested(4).unwrap().u32(), Ok(0x090a_0b0c));
        assert_eq!(reader.rest(), &[13, 14]);
    }
}
