//! The story as a firmware. What it prints, and its end, go to the host by semihosting.

#![no_std]
#![no_main]

mod stack;

use core::fmt::Write;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio;
use story::ARENA_LEN;
use story::heap::Arena;
use story::wire::Wire;

#[global_allocator]
static HEAP: Arena<ARENA_LEN> = Arena::new();

#[entry]
fn main() -> ! {
    static mut WIRE: Wire = Wire::new();
    HEAP.init();
    let Ok(mut out) = hio::hstdout() else { end(EXIT_FAILURE) };
    let result = story::run(&HEAP, WIRE, &mut out);
    let _ = writeln!(out, "stack high-water mark: {} bytes", stack::high_water_mark());
    match result {
        Ok(()) => end(EXIT_SUCCESS),
        Err(failure) => {
            let _ = writeln!(out, "{failure:?}");
            end(EXIT_FAILURE)
        }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let Ok(mut out) = hio::hstderr() {
        let _ = writeln!(out, "{info}");
    }
    end(EXIT_FAILURE)
}

/// Ends the emulation. Without a host that listens, the processor waits here.
fn end(status: debug::ExitStatus) -> ! {
    debug::exit(status);
    loop {
        cortex_m::asm::wfi();
    }
}
