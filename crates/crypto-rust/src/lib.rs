//! The default provider.
#![no_std]
