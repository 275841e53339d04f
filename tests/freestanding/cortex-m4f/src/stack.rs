//! How deep the stack ever was. At the start `cortex-m-rt` has painted all of it.

use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// The lowest word that the stack may grow to, from the linker script.
    static _stack_end: u32;
    /// Where it begins, just above its first word.
    static _stack_start: u32;
}

/// Bytes from the beginning of the stack to the deepest word whose paint is gone.
pub(crate) fn high_water_mark() -> usize {
    let (mut word, start) = (&raw const _stack_end, &raw const _stack_start);
    while word < start {
        // SAFETY: between the two symbols is the stack: aligned, initialised by its paint, and written to by nobody
        // else while this reads it. It is read word by word as the device's memory, not as a value of Rust's.
        let value = unsafe { word.read_volatile() };
        if value != STACK_PAINT_VALUE {
            break;
        }
        word = word.wrapping_add(1);
    }
    start.addr() - word.addr()
}
