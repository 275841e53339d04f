//! What was sent and what was received, and whether that is what was promised.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use rtc::Payload;

use super::plan::{Channel, Promise};

/// The shortest message that says what it is.
pub const MIN_LEN: usize = 16;

/// One side's books.
#[derive(Debug, Default)]
pub struct Ledger {
    sent: BTreeMap<u32, u32>,
    received: BTreeMap<u32, Received>,
}

#[derive(Debug)]
struct Received {
    channel: Channel,
    seen: BTreeSet<u32>,
}

impl Ledger {
    /// The next message of a channel.
    pub fn next_message(&self, channel: u32, len: usize) -> Payload {
        let number = self.sent.get(&channel).copied().unwrap_or(0);
        let text = format!("{channel:7} {number:7} ");
        if number.is_multiple_of(2) {
            let fill = "é".repeat(len.saturating_sub(text.len()) / 2);
            return Payload::from(text + &fill);
        }
        let mut bytes = text.into_bytes();
        while bytes.len() < len {
            bytes.push(fill(number, bytes.len()));
        }
        Payload::from(Bytes::from(bytes))
    }

    pub fn on_sent(&mut self, channel: u32) {
        *self.sent.entry(channel).or_default() += 1;
    }

    pub fn sent(&self) -> u32 {
        self.sent.values().sum()
    }

    /// Takes a message that came in.
    pub fn on_received(&mut self, channel: Channel, payload: &Payload) -> Result<(), String> {
        let number = number_of(channel.index, payload)
            .ok_or_else(|| format!("channel {}: a message that nobody sent", channel.index))?;
        let books =
            self.received.entry(channel.index).or_insert_with(|| Received { channel, seen: BTreeSet::new() });
        let last = books.seen.last().copied();
        if !books.seen.insert(number) {
            return Err(format!("{channel:?}: message {number} comes twice"));
        }
        if channel.ordered && last.is_some_and(|last| number < last) {
            return Err(format!("{channel:?}: message {number} comes after {last:?}"));
        }
        let next = last.map_or(0, |last| last + 1);
        if channel.ordered && channel.promise == Promise::Reliable && number != next {
            return Err(format!("{channel:?}: message {number} comes instead of {next}"));
        }
        Ok(())
    }

    /// What `sender` sent reliably and has not come in here.
    pub fn missing(&self, sender: &Self, channels: &[Channel]) -> Vec<(u32, u32)> {
        let reliable = channels.iter().filter(|channel| channel.promise == Promise::Reliable);
        reliable
            .map(|channel| {
                let sent = sender.sent.get(&channel.index).copied().unwrap_or(0);
                let seen = self.received.get(&channel.index).map_or(0, |books| books.seen.len());
                (channel.index, sent.saturating_sub(u32::try_from(seen).unwrap()))
            })
            .filter(|(_, missing)| *missing > 0)
            .collect()
    }

    /// Whether the last message that `sender` sent on a channel has come in here.
    pub fn has_last(&self, sender: &Self, channel: u32) -> bool {
        let Some(last) = sender.sent.get(&channel).and_then(|count| count.checked_sub(1)) else {
            return true;
        };
        self.received.get(&channel).is_some_and(|books| books.seen.contains(&last))
    }
}

fn fill(number: u32, position: usize) -> u8 {
    (number as usize).wrapping_mul(31).wrapping_add(position).to_le_bytes()[0]
}

/// Which message it is, if it is whole.
fn number_of(channel: u32, payload: &Payload) -> Option<u32> {
    let bytes = match payload {
        Payload::Text(text) => text.as_bytes(),
        Payload::Binary(bytes) => bytes,
    };
    let head = core::str::from_utf8(bytes.get(..MIN_LEN)?).ok()?;
    let mut words = head.split_whitespace();
    let named: u32 = words.next()?.parse().ok()?;
    let number: u32 = words.next()?.parse().ok()?;
    let rest = bytes.iter().enumerate().skip(MIN_LEN);
    let whole = match payload {
        Payload::Text(text) => number.is_multiple_of(2) && text.chars().skip(MIN_LEN).all(|c| c == 'é'),
        Payload::Binary(_) => {
            !number.is_multiple_of(2) && rest.into_iter().all(|(at, byte)| *byte == fill(number, at))
        }
    };
    (named == channel && whole).then_some(number)
}
