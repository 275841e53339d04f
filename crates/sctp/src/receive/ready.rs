//! Messages that the application can take.

use alloc::collections::VecDeque;

use base::take_front;

use super::cost;
use crate::Message;

/// The messages, in the order in which they are taken.
#[derive(Debug, Default)]
pub(super) struct Ready {
    messages: VecDeque<Message>,
    cost: usize,
}

impl Ready {
    pub(super) fn push(&mut self, message: Message) {
        self.cost += cost(message.payload.len());
        self.messages.push_back(message);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = take_front(&mut self.messages)?;
        self.cost -= cost(message.payload.len());
        Some(message)
    }

    /// Bytes of the messages, with what they cost.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    pub(super) fn count(&self) -> u64 {
        self.messages.len() as u64
    }
}
