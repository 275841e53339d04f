//! The channel `speed`: bytes go one way for a while, as fast as they can.
//!
//! ```text
//!  page                                  server
//!   download {seconds} ────────────────►
//!                    ◄────────────────── bytes, done {sent}
//!   upload, bytes, done {sent} ────────►
//!                    ◄────────────────── uploaded {received, ms}
//! ```

use std::time::Duration;

use rtc::bytes::Bytes;
use rtc::{Instant, Payload};
use serde::{Deserialize, Serialize};

use crate::session::CHUNK;

/// How long a measurement may last.
const MAX_SECONDS: u64 = 30;

/// What the page wants, or says when it is done.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Request {
    Download { seconds: u64 },
    Upload,
    Done,
}

/// What it is told when a measurement is over.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Answer {
    Done { sent: u64 },
    Uploaded { received: u64, ms: f64 },
}

/// What is being measured.
#[derive(Default)]
pub(crate) enum SpeedService {
    #[default]
    Idle,
    Sending {
        until: Instant,
        sent: u64,
    },
    Receiving {
        since: Instant,
        received: u64,
    },
}

impl SpeedService {
    /// Takes a message, and gives the answer to it.
    pub(crate) fn on_message(&mut self, now: Instant, message: Payload) -> Option<Payload> {
        let text = match (message, &mut *self) {
            (Payload::Text(text), _) => text,
            (Payload::Binary(bytes), Self::Receiving { received, .. }) => {
                *received += bytes.len() as u64;
                return None;
            }
            _ => return None,
        };
        match (serde_json::from_str(&text).ok()?, &*self) {
            (Request::Download { seconds }, _) => {
                let until = now + Duration::from_secs(seconds.min(MAX_SECONDS));
                *self = Self::Sending { until, sent: 0 };
                None
            }
            (Request::Upload, _) => {
                *self = Self::Receiving { since: now, received: 0 };
                None
            }
            (Request::Done, Self::Receiving { since, received }) => {
                let ms = now.since(*since).as_secs_f64() * 1000.0;
                let answer = Answer::Uploaded { received: *received, ms };
                *self = Self::Idle;
                Some(answer.to_payload())
            }
            (Request::Done, _) => None,
        }
    }

    /// The next message of a download: bytes while there is time, and then how many they were.
    pub(crate) fn next_to_send(&self, now: Instant) -> Option<Payload> {
        const BYTES: Bytes = Bytes::from_static(&[0x5a; CHUNK]);
        match self {
            Self::Sending { until, .. } if now < *until => Some(Payload::from(BYTES)),
            Self::Sending { sent, .. } => Some(Answer::Done { sent: *sent }.to_payload()),
            _ => None,
        }
    }

    /// Notes that it was sent.
    pub(crate) fn on_sent(&mut self, now: Instant, len: usize) {
        match self {
            Self::Sending { until, sent } if now < *until => *sent += len as u64,
            _ => *self = Self::Idle,
        }
    }
}

impl Answer {
    fn to_payload(&self) -> Payload {
        // Numbers are always JSON.
        Payload::from(serde_json::to_string(self).unwrap_or_default())
    }
}
