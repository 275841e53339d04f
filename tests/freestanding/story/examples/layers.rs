//! Where the heap goes, by crate and by function: the story on a machine with std, whose allocator notes who asked for
//! each block. The bytes are what was asked for, with pointers of this machine's size.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::Mutex;

use story::heap::{Account, Usage};
use story::wire::Wire;

#[global_allocator]
static LEDGER: Ledger = Ledger { book: Mutex::new(Book::new()) };

/// What one layer may hide before it is listed function by function.
const WORTH_A_LINE: usize = 512;

thread_local! {
    /// Whether what is allocated now is not the story's: what is around it, and the ledger itself.
    static OWN: Cell<bool> = const { Cell::new(true) };
}

/// The system's allocator, with a book of the blocks in use.
struct Ledger {
    book: Mutex<Book>,
}

struct Book {
    blocks: BTreeMap<usize, Block>,
    at_peak: BTreeMap<usize, Block>,
    /// At the beginning, and at the end of each phase.
    after_phases: Vec<BTreeMap<usize, Block>>,
    usage: Usage,
}

#[derive(Clone)]
struct Block {
    len: usize,
    callers: Vec<usize>,
}

impl Book {
    const fn new() -> Self {
        let usage = Usage { live: 0, peak: 0, highest_peak: 0, reach: 0, allocations: 0 };
        Self { blocks: BTreeMap::new(), at_peak: BTreeMap::new(), after_phases: Vec::new(), usage }
    }

    fn add(&mut self, block: *mut u8, len: usize) {
        let mut callers = Vec::new();
        backtrace::trace(|frame| {
            callers.push(frame.ip() as usize);
            true
        });
        self.blocks.insert(block as usize, Block { len, callers });
        self.usage.live += len;
        self.usage.allocations += 1;
        self.usage.peak = self.usage.peak.max(self.usage.live);
        if self.usage.live > self.usage.highest_peak {
            self.usage.highest_peak = self.usage.live;
            self.at_peak.clone_from(&self.blocks);
        }
    }

    fn remove(&mut self, block: *mut u8) {
        if let Some(block) = self.blocks.remove(&(block as usize)) {
            self.usage.live -= block.len;
        }
    }
}

impl Ledger {
    /// Writes into the book, unless it is the book that allocates.
    fn note(&self, entry: impl FnOnce(&mut Book)) {
        if !OWN.replace(true) {
            if let Ok(mut book) = self.book.lock() {
                entry(&mut book);
            }
            OWN.set(false);
        }
    }
}

// SAFETY: every block comes from the system's allocator; what is done besides only counts.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about the layout is passed on.
        let block = unsafe { System.alloc(layout) };
        self.note(|book| book.add(block, layout.size()));
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.note(|book| book.remove(block));
        // SAFETY: the caller's promise about the block is passed on.
        unsafe { System.dealloc(block, layout) };
    }
}

impl Account for Ledger {
    fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        self.note(|book| usage = book.usage);
        usage
    }

    fn restart_peak(&self) {
        self.note(|book| {
            book.usage.peak = book.usage.live;
            book.after_phases.push(book.blocks.clone());
        });
    }
}

/// Which of the snapshots after phases has the channel open and nothing to do.
const OPEN: usize = 5;

fn main() {
    let mut text = String::with_capacity(1 << 16);
    OWN.set(false);
    let result = story::run(&LEDGER, &mut Wire::new(), &mut text);
    OWN.set(true);
    println!("{text}");
    if let Ok(book) = LEDGER.book.lock() {
        if let Some(blocks) = book.after_phases.get(OPEN) {
            print_layers("channel open", blocks);
        }
        print_layers("at the high-water mark", &book.at_peak);
    }
    assert!(result.is_ok(), "{result:?}");
}

fn print_layers(when: &str, blocks: &BTreeMap<usize, Block>) {
    let mut layers: BTreeMap<String, BTreeMap<String, (usize, usize)>> = BTreeMap::new();
    for block in blocks.values() {
        let (layer, function) = block.origin();
        let sum = layers.entry(layer).or_default().entry(function).or_default();
        *sum = (sum.0 + block.len, sum.1 + 1);
    }
    println!("{when:<80} {:>8} {:>8}", "bytes", "blocks");
    for (layer, functions) in layers {
        let total = functions.values().fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        println!("{layer:<80} {:>8} {:>8}", total.0, total.1);
        for (function, sum) in functions.iter().filter(|(_, sum)| sum.0 >= WORTH_A_LINE) {
            println!("  {function:<78} {:>8} {:>8}", sum.0, sum.1);
        }
    }
    println!();
}

/// The crates that may stand behind a block.
const LAYERS: [&str; 12] = [
    "story",
    "rtc",
    "jsep",
    "sdp",
    "ice",
    "stun",
    "dtls",
    "sctp",
    "datachannel",
    "crypto_rust",
    "crypto",
    "base",
];

impl Block {
    /// The crate and the function of ours that stand closest to the block.
    fn origin(&self) -> (String, String) {
        let mut found = None;
        for caller in &self.callers {
            backtrace::resolve(*caller as *mut c_void, |symbol| {
                let Some(name) = symbol.name().filter(|_| found.is_none()) else { return };
                let name = format!("{name:#}");
                let path = name.trim_start_matches(['<', '&', '[']).trim_start_matches("mut ");
                let layer = path.split("::").next().unwrap_or_default();
                if LAYERS.contains(&layer) {
                    found = Some((layer.to_owned(), name));
                }
            });
        }
        found.unwrap_or_default()
    }
}
