//! The tests of the provider, a subject a file.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]

mod certificates;
mod conformance;
