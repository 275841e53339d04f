//! Responses that wait for being polled.

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use base::{Full, Path, Protocol, take_front};
use stun::{
    Attribute, AttributeType, ErrorCode, Integrity, Key, MessageType, MessageWriter, TransactionId,
    UnknownAttributes,
};

use crate::candidate::same_endpoint;

/// Most attributes that one error 420 lists.
pub(crate) const MAX_UNKNOWN: usize = 8;

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Success,
    Error(ErrorCode<'static>),
    /// Error 420; the list ends at the first zero.
    Unknown([AttributeType; MAX_UNKNOWN]),
}

/// A response, of which only the bytes are missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Response {
    pub(crate) path: Path,
    pub(crate) id: TransactionId,
    pub(crate) integrity: Integrity,
    /// The generation whose key signs it.
    pub(crate) generation: u32,
    pub(crate) answer: Answer,
}

impl Response {
    pub(crate) fn emit(&self, key: &Key, out: &mut [u8]) -> Result<usize, Full> {
        let message_type = match self.answer {
            Answer::Success => MessageType::BINDING_SUCCESS,
            Answer::Error(_) | Answer::Unknown(_) => MessageType::BINDING_ERROR,
        };
        let mut writer = MessageWriter::new(out, message_type, self.id)?;
        match &self.answer {
            Answer::Success => writer.attribute(&Attribute::XorMappedAddress(self.path.remote))?,
            Answer::Error(code) => writer.attribute(&Attribute::ErrorCode(*code))?,
            Answer::Unknown(types) => {
                let len = types.iter().position(|t| t.0 == 0).unwrap_or(types.len());
                let types = types.get(..len).unwrap_or_default();
                writer.attribute(&Attribute::ErrorCode(ErrorCode::UNKNOWN_ATTRIBUTE))?;
                writer.attribute(&Attribute::UnknownAttributes(UnknownAttributes::new(types)))?;
            }
        }
        writer.integrity(self.integrity, key)?;
        writer.fingerprint()
    }
}

/// A bounded queue.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Response>,
    limit: usize,
}

impl Outbox {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { queue: VecDeque::new(), limit }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.limit
    }

    pub(crate) fn push(&mut self, response: Response) {
        if !self.is_full() {
            self.queue.push_back(response);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Response> {
        take_front(&mut self.queue)
    }

    /// Nothing leaves from this address any more.
    pub(crate) fn forget(&mut self, protocol: Protocol, local: SocketAddr) {
        self.queue.retain(|r| r.path.protocol != protocol || !same_endpoint(r.path.local, local));
    }

    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }
}
