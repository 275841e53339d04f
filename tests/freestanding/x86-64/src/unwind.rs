//! What the ready-made `core` and `alloc` of this target refer to, as they were compiled to unwind. This program was
//! not (`panic = "abort"`), so that nobody ever comes here.

/// How a frame is unwound.
#[unsafe(no_mangle)]
const extern "C" fn rust_eh_personality() {}

/// Goes on with unwinding.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    crate::linux::exit(102)
}
