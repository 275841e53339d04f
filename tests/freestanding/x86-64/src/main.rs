//! The story as a static program: no std, no libc, no start-up code but its own.

#![no_std]
#![no_main]

mod linux;
mod memory;
mod unwind;

use core::fmt::Write;
use core::panic::PanicInfo;

use story::ARENA_LEN;
use story::heap::Arena;
use story::wire::Wire;

use crate::linux::{Stream, exit};

#[global_allocator]
static HEAP: Arena<ARENA_LEN> = Arena::new();

/// Where the program begins, by way of `_start`.
extern "C" fn main() -> ! {
    HEAP.init();
    let mut wire = Wire::new();
    match story::run(&HEAP, &mut wire, &mut Stream::Output) {
        Ok(()) => exit(0),
        Err(failure) => {
            let _ = writeln!(Stream::Error, "{failure:?}");
            exit(1)
        }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Stream::Error, "{info}");
    exit(101)
}
