//! What the applications do: channels, messages, and when.

use core::time::Duration;

use rtc::DataChannelInit;
use sim::{Instant, Random};

/// What a channel promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    Reliable,
    Retransmits(u16),
    LifeTime(u16),
}

/// A channel that one side opens and both use. Its label says what it is, so that the other side knows what to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    pub index: u32,
    pub ordered: bool,
    pub promise: Promise,
}

impl Channel {
    pub fn random(random: &mut Random, index: u32) -> Self {
        let promise = match random.below(4) {
            0 => Promise::Retransmits(u16::try_from(random.below(4)).unwrap()),
            1 => Promise::LifeTime(u16::try_from(random.between(1, 2000)).unwrap()),
            _ => Promise::Reliable,
        };
        Self { index, ordered: random.chance(0.6), promise }
    }

    pub fn label(&self) -> String {
        let order = if self.ordered { 'o' } else { 'u' };
        let (letter, number) = match self.promise {
            Promise::Reliable => ('r', 0),
            Promise::Retransmits(count) => ('n', count),
            Promise::LifeTime(millis) => ('t', millis),
        };
        format!("{} {order} {letter} {number}", self.index)
    }

    pub fn from_label(label: &str) -> Option<Self> {
        let mut words = label.split(' ');
        let index = words.next()?.parse().ok()?;
        let ordered = words.next()? == "o";
        let letter = words.next()?;
        let number = words.next()?.parse().ok()?;
        let promise = match letter {
            "r" => Promise::Reliable,
            "n" => Promise::Retransmits(number),
            _ => Promise::LifeTime(number),
        };
        Some(Self { index, ordered, promise })
    }

    pub fn init(&self) -> DataChannelInit {
        let mut init = DataChannelInit::default().with_ordered(self.ordered);
        match self.promise {
            Promise::Reliable => {}
            Promise::Retransmits(count) => init.max_retransmits = Some(count),
            Promise::LifeTime(millis) => init.max_packet_life_time = Some(millis),
        }
        init
    }
}

/// A message to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub at: Instant,
    pub channel: u32,
    pub len: usize,
}

/// Something that the driver does to a peer.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    Create(Channel),
    /// Opens and closes so many channels, one after the other.
    Churn(u32),
    /// Opens so many channels at once, each of which closes when it has carried its message.
    Flood(u32),
    RestartIce,
    /// Tells of a new address, as a host that has moved does.
    Roam,
    /// Takes no events for so long.
    Pause(Duration),
}
