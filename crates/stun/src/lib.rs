//! Session Traversal Utilities for NAT (RFC 8489): the message, its attributes, integrity and transactions.
//!
//! [`Message::parse`] walks a datagram once and borrows it; [`MessageWriter`] writes into a buffer of the caller.
//! The attributes of ICE (RFC 8445), TURN (RFC 8656, RFC 6062) and third-party authorisation (RFC 7635) are typed
//! ([`Attribute`]); all others survive as bytes. A prepared [`Key`] signs and verifies without further set-up.
//!
//! Nothing here knows what a usage (ICE, TURN) does with a message: which attributes it understands and which
//! requests it authenticates is the usage's decision.

#![no_std]

extern crate alloc;

mod attribute;
mod credential;
mod error;
mod fingerprint;
mod header;
mod message;
mod transaction;
mod writer;

pub use attribute::{
    AddressErrorCode, AddressFamily, Attribute, AttributeType, ErrorCode, Icmp, Nonce, PasswordAlgorithm,
    PasswordAlgorithmId, PasswordAlgorithms, SecurityFeatures, UnknownAttributes,
};
pub use credential::{Key, opaque_string, user_hash};
pub use error::{IntegrityError, Malformed, NotOpaque, ParseError};
pub use header::{Class, HEADER_LEN, MAGIC_COOKIE, MessageType, Method, TransactionId};
pub use message::{Attributes, Integrity, Message, is_stun};
pub use transaction::{Retransmission, Transaction};
pub use writer::MessageWriter;
