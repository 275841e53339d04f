#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::run("dtls_behind_the_cipher", data));
