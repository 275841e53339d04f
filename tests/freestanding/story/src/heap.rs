//! The heap: a fixed arena in static memory, with an account of its use.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use embedded_alloc::LlffHeap;

/// An arena of `LEN` bytes that serves as the global allocator. An allocation that finds no room ends the program.
pub struct Arena<const LEN: usize> {
    bytes: UnsafeCell<MaybeUninit<[u8; LEN]>>,
    free_list: LlffHeap,
    allocations: AtomicUsize,
    peak: AtomicUsize,
    highest_peak: AtomicUsize,
    reach: AtomicUsize,
}

/// What was used so far. Bytes are those that the allocator takes, rounding included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in use.
    pub live: usize,
    /// The most bytes that were in use at once since [`Account::restart_peak`].
    pub peak: usize,
    /// The most bytes that were ever in use at once.
    pub highest_peak: usize,
    /// The end of the highest block ever used, from the arena's start: gaps between blocks count. 0 without an arena.
    pub reach: usize,
    /// How often memory was asked for.
    pub allocations: usize,
}

/// An allocator that knows what it gave out.
pub trait Account {
    /// What was used so far.
    fn usage(&self) -> Usage;

    /// Lets [`Usage::peak`] start anew from what is in use now.
    fn restart_peak(&self);
}

// SAFETY: the bytes are reached only through the free list, which hands out every block to one owner at a time under a
// critical section; all the rest are atomics.
unsafe impl<const LEN: usize> Sync for Arena<LEN> {}

impl<const LEN: usize> Arena<LEN> {
    /// An arena without memory: [`init`](Self::init) brings it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: UnsafeCell::new(MaybeUninit::uninit()),
            free_list: LlffHeap::empty(),
            allocations: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            highest_peak: AtomicUsize::new(0),
            reach: AtomicUsize::new(0),
        }
    }

    /// Opens the arena. Before this nothing can be allocated.
    ///
    /// # Panics
    /// When called a second time.
    pub fn init(&'static self) {
        // SAFETY: the bytes live as long as the program, and nothing else touches them. The free list refuses to be
        // initialised twice.
        unsafe { self.free_list.init(self.start(), LEN) };
    }

    fn start(&self) -> usize {
        self.bytes.get().expose_provenance()
    }

    fn count(&self, block: *mut u8, len: usize) {
        let live = self.free_list.used();
        self.allocations.fetch_add(1, Relaxed);
        self.peak.fetch_max(live, Relaxed);
        self.highest_peak.fetch_max(live, Relaxed);
        self.reach.fetch_max(block.addr() - self.start() + len, Relaxed);
    }
}

impl<const LEN: usize> Default for Arena<LEN> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: every block comes from the free list, which keeps the contract; what is done besides counts.
unsafe impl<const LEN: usize> GlobalAlloc for Arena<LEN> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about the layout is passed on.
        let block = unsafe { self.free_list.alloc(layout) };
        if !block.is_null() {
            self.count(block, layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise about the block is passed on.
        unsafe { self.free_list.dealloc(block, layout) };
    }
}

impl<const LEN: usize> Account for Arena<LEN> {
    fn usage(&self) -> Usage {
        Usage {
            live: self.free_list.used(),
            peak: self.peak.load(Relaxed),
            highest_peak: self.highest_peak.load(Relaxed),
            reach: self.reach.load(Relaxed),
            allocations: self.allocations.load(Relaxed),
        }
    }

    fn restart_peak(&self) {
        self.peak.store(self.free_list.used(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Layout = match Layout::from_size_align(64, 8) {
        Ok(layout) => layout,
        Err(_) => panic!("64 bytes are no block"),
    };

    #[test]
    fn the_account_knows_what_is_in_use_and_what_was() {
        static ARENA: Arena<1024> = Arena::new();
        ARENA.init();
        // SAFETY: the layout is not empty, and each block is given back once.
        unsafe {
            let (first, second) = (ARENA.alloc(BLOCK), ARENA.alloc(BLOCK));
            assert_eq!(
                ARENA.usage(),
                Usage { live: 128, peak: 128, highest_peak: 128, reach: 128, allocations: 2 }
            );
            ARENA.dealloc(first, BLOCK);
            ARENA.restart_peak();
            let third = ARENA.alloc(BLOCK);
            ARENA.dealloc(second, BLOCK);
            ARENA.dealloc(third, BLOCK);
            ARENA.restart_peak();
        }
        assert_eq!(ARENA.usage(), Usage { live: 0, peak: 0, highest_peak: 128, reach: 128, allocations: 3 });
    }

    #[test]
    fn a_gap_counts_for_the_reach_but_not_for_the_peak() {
        static ARENA: Arena<1024> = Arena::new();
        ARENA.init();
        // SAFETY: the layout is not empty, and each block is given back once.
        unsafe {
            let blocks = [(); 3].map(|()| ARENA.alloc(BLOCK));
            ARENA.dealloc(blocks[1], BLOCK);
            ARENA.restart_peak();
            assert_eq!((ARENA.usage().peak, ARENA.usage().reach), (128, 192));
            ARENA.dealloc(blocks[0], BLOCK);
            ARENA.dealloc(blocks[2], BLOCK);
        }
    }

    #[test]
    fn nothing_is_given_out_beyond_the_arena() {
        static ARENA: Arena<128> = Arena::new();
        ARENA.init();
        // SAFETY: the layout is not empty.
        let blocks = [(); 3].map(|()| unsafe { ARENA.alloc(BLOCK) });
        assert_eq!(blocks.map(|block| block.is_null()), [false, false, true]);
        assert_eq!(ARENA.usage().allocations, 2);
    }
}
