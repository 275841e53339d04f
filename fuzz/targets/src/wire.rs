//! The network between two machines, which does what the fuzzer says.

use crate::Commands;

/// Datagrams that wait at most for each side; older ones are lost.
const CAPACITY: usize = 200;

/// Datagrams on their way to each of two sides, with what the carrier knows of each.
pub(crate) struct Wire<A>([Vec<(A, Vec<u8>)>; 2]);

impl<A: Clone> Wire<A> {
    /// An empty wire.
    pub(crate) const fn new() -> Self {
        Self([Vec::new(), Vec::new()])
    }

    /// Puts a datagram on its way to a side.
    pub(crate) fn push(&mut self, to: usize, address: A, datagram: &[u8]) {
        let queue = &mut self.0[to];
        queue.push((address, datagram.to_vec()));
        queue.drain(..queue.len().saturating_sub(CAPACITY));
    }

    /// A datagram for a side: any of those that wait, which may be lost, come twice, or have changed.
    pub(crate) fn take(&mut self, to: usize, commands: &mut Commands<'_>) -> Option<(A, Vec<u8>)> {
        let queue = &mut self.0[to];
        if queue.is_empty() {
            return None;
        }
        let (address, mut datagram) = queue.swap_remove(usize::from(commands.byte()) % queue.len());
        match commands.byte() % 8 {
            0 => return None,
            1 => queue.push((address.clone(), datagram.clone())),
            2 => {
                let at = usize::from(commands.short()) % datagram.len();
                datagram[at] ^= commands.byte();
            }
            _ => {}
        }
        Some((address, datagram))
    }

    /// Everything that waits for a side, as it was sent.
    pub(crate) fn take_all(&mut self, to: usize) -> Vec<(A, Vec<u8>)> {
        std::mem::take(&mut self.0[to])
    }
}
