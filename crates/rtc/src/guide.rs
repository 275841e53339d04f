//! The guide: one page a subject, with code that is compiled.
//!
//! - [`first_connection`]
//! - [`signalling`]
//! - [`negotiation`]
//! - [`data_channels`]
//! - [`ending`]
//! - [`many_connections`]
//! - [`drivers`]
//! - [`addresses`]
//! - [`seeing`]
//! - [`deterministic_tests`]
//! - [`embedded`]
//! - [`security`]

#[allow(unused_imports, reason = "the pages name them")]
use crate::*;

#[doc = include_str!("../guide/first-connection.md")]
pub mod first_connection {}

#[doc = include_str!("../guide/signalling.md")]
pub mod signalling {}

#[doc = include_str!("../guide/negotiation.md")]
pub mod negotiation {}

#[doc = include_str!("../guide/data-channels.md")]
pub mod data_channels {}

#[doc = include_str!("../guide/ending.md")]
pub mod ending {}

#[doc = include_str!("../guide/many-connections.md")]
pub mod many_connections {}

#[doc = include_str!("../guide/drivers.md")]
pub mod drivers {}

#[doc = include_str!("../guide/addresses.md")]
pub mod addresses {}

/// Its code is compiled with the tests of `ferry-recording`, which it uses.
#[cfg(not(doctest))]
#[doc = include_str!("../guide/seeing.md")]
pub mod seeing {}

/// Its code is compiled with the tests of `ferry-sim`, which it uses.
#[cfg(not(doctest))]
#[doc = include_str!("../guide/deterministic-tests.md")]
pub mod deterministic_tests {}

#[doc = include_str!("../guide/embedded.md")]
pub mod embedded {}

#[doc = include_str!("../guide/security.md")]
pub mod security {}
