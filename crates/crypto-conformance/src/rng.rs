//! A generator that says first what it was told to say.

use std::collections::VecDeque;
use std::convert::Infallible;

use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};

/// Yields a script, then a ChaCha20 stream.
pub(crate) struct Scripted {
    script: VecDeque<u8>,
    then: ChaCha20Rng,
}

impl Scripted {
    pub(crate) fn new(script: &[u8]) -> Self {
        Self { script: script.iter().copied().collect(), then: ChaCha20Rng::from_seed([7; 32]) }
    }
}

impl TryRng for Scripted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.then.fill_bytes(out);
        let len = out.len().min(self.script.len());
        for (to, from) in out.iter_mut().zip(self.script.drain(..len)) {
            *to = from;
        }
        Ok(())
    }
}

impl TryCryptoRng for Scripted {}
