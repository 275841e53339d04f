//! What the compiler expects of every environment: copying, filling and comparing memory. Elsewhere libc brings it, and
//! on bare metal the compiler's own library.
//!
//! The string instructions are used, because the compiler could turn a loop that copies into a call of `memcpy` itself.

use core::arch::asm;
use core::ffi::{c_int, c_void};

/// `memcpy(3)`.
///
/// # Safety
/// As in C: `len` bytes can be read and written, and do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, len: usize) -> *mut c_void {
    // SAFETY: the caller's promise; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep movsb", inout("rdi") to => _, inout("rsi") from => _, inout("rcx") len => _,
            options(nostack, preserves_flags));
    }
    to
}

/// `memmove(3)`.
///
/// # Safety
/// As in C: `len` bytes can be read and written.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, len: usize) -> *mut c_void {
    if to.addr().wrapping_sub(from.addr()) >= len {
        // SAFETY: the target does not begin inside the source: copying upwards reads every byte before it is overwritten.
        return unsafe { memcpy(to, from, len) };
    }
    // SAFETY: the caller's promise; from the last byte downwards, every byte is read before it is overwritten. Both
    // pointers stay within the blocks, as a target inside the source means that there is a byte. The flag is cleared again.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rdi") to.byte_add(len - 1) => _,
            inout("rsi") from.byte_add(len - 1) => _, inout("rcx") len => _, options(nostack));
    }
    to
}

/// `memset(3)`.
///
/// # Safety
/// As in C: `len` bytes can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut c_void, value: c_int, len: usize) -> *mut c_void {
    // SAFETY: the caller's promise; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep stosb", inout("rdi") to => _, in("al") value.to_le_bytes()[0], inout("rcx") len => _,
            options(nostack, preserves_flags));
    }
    to
}

/// `memcmp(3)`.
///
/// # Safety
/// As in C: `len` bytes can be read from each.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, len: usize) -> c_int {
    for index in 0..len {
        // SAFETY: the caller's promise.
        let (one, other) = unsafe { (*one.add(index), *other.add(index)) };
        if one != other {
            return c_int::from(one) - c_int::from(other);
        }
    }
    0
}

/// `bcmp(3)`, which is zero for equal blocks.
///
/// # Safety
/// As `memcmp`.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, len: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { memcmp(one, other, len) }
}
