//! What is asked of Linux: to begin, to write and to end.

use core::arch::{asm, global_asm};
use core::fmt;

use crate::main;

// The kernel leaves the stack aligned to 16 bytes, and a call puts a return address on it, as the ABI has it.
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "call {main}", "ud2", main = sym main);

const WRITE: usize = 1;
const EXIT_GROUP: usize = 231;

/// The program's outputs, unbuffered.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Output = 1,
    Error = 2,
}

impl fmt::Write for Stream {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let written = usize::try_from(write(*self, rest)).map_err(|_| fmt::Error)?;
            rest = rest.get(written..).ok_or(fmt::Error)?;
        }
        Ok(())
    }
}

/// Bytes that were written, or an error's negative number.
fn write(stream: Stream, bytes: &[u8]) -> isize {
    let result;
    // SAFETY: write(2) reads the bytes, which live for the call, and changes no memory; the kernel clobbers rcx and r11.
    unsafe {
        asm!("syscall", inlateout("rax") WRITE => result, in("rdi") stream as usize, in("rsi") bytes.as_ptr(),
            in("rdx") bytes.len(), lateout("rcx") _, lateout("r11") _, options(nostack, readonly));
    }
    result
}

/// Ends the program.
pub(crate) fn exit(status: u8) -> ! {
    // SAFETY: exit_group(2) does not return.
    unsafe {
        asm!("syscall", in("rax") EXIT_GROUP, in("rdi") usize::from(status), options(noreturn, nostack));
    }
}

/// There is one thread and no interrupt: a critical section is any section.
struct SingleThread;

critical_section::set_impl!(SingleThread);

// SAFETY: nothing runs beside this program's one thread, so that no section can be entered twice at once.
unsafe impl critical_section::Impl for SingleThread {
    unsafe fn acquire() -> critical_section::RawRestoreState {}

    unsafe fn release(_: critical_section::RawRestoreState) {}
}
