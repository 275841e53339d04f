//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop"
)]

mod anew;
mod cookies;
mod corpus;
mod foreign;
mod hostile_hello;
mod hostile_key_exchange;
mod hostile_records;
mod ladder;
mod last_words;
mod limits;
mod memory;
mod openssl;
mod property;
mod protected;
mod rsa;
mod stranger;
mod support;
mod twin;
mod unpromised;
