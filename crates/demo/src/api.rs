//! What the page asks the server, and what it is told: JSON, as `POST /api`.

use rtc::{IceCandidateInit, SessionDescription};
use serde::{Deserialize, Serialize};

use crate::stats::View;

/// A question of the page. Descriptions and candidates are what `JSON.stringify` makes of the browser's own.
#[derive(Debug, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase")]
pub(crate) enum Request {
    /// The page wants an offer.
    Connect,
    /// The page offers: a new connection, or on one that is there.
    Offer { id: Option<u64>, description: SessionDescription },
    /// The page answers our offer.
    Answer { id: u64, description: SessionDescription },
    /// The page has a candidate; `null` says that there are no more.
    Candidate { id: u64, candidate: Option<IceCandidateInit> },
    /// The page wants to know how the connection looks from here.
    Stats { id: u64 },
    /// The page is done.
    Close { id: u64 },
}

/// What the page is told.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Reply {
    Description { id: u64, description: SessionDescription },
    Stats(Box<View>),
    Done {},
}

/// Why the page does not get what it asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    pub(crate) kind: RefusalKind,
    /// For the one who looks at the page.
    pub(crate) error: String,
}

/// What the page has to make of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// That question was wrong.
    BadRequest,
    /// The connection is over.
    Gone,
}

impl Refusal {
    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self { kind: RefusalKind::BadRequest, error: error.into() }
    }

    pub(crate) fn gone(error: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Gone, error: error.into() }
    }
}

/// What a connection refuses is for the page to know.
impl From<rtc::Error> for Refusal {
    fn from(error: rtc::Error) -> Self {
        Self::bad_request(error.to_string())
    }
}

/// How a question is answered.
pub(crate) type Answer = Result<Reply, Refusal>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_writes_is_read() {
        let offer = r#"{"verb":"offer","description":{"type":"offer","sdp":"v=0\r\n"}}"#;
        let Ok(Request::Offer { id: None, description }) = serde_json::from_str(offer) else { panic!() };
        assert_eq!(description, SessionDescription::offer("v=0\r\n"));
        let candidate = r#"{"verb":"candidate","id":7,"candidate":{"candidate":"candidate:1 1 udp 1 a.local 9 typ host",
            "sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"abcd"}}"#;
        let Ok(Request::Candidate { id: 7, candidate: Some(candidate) }) = serde_json::from_str(candidate)
        else {
            panic!()
        };
        assert_eq!((candidate.sdp_mid.as_deref(), candidate.sdp_m_line_index), (Some("0"), Some(0)));
        let last = serde_json::from_str(r#"{"verb":"candidate","id":7,"candidate":null}"#);
        assert!(matches!(last, Ok(Request::Candidate { id: 7, candidate: None })));
    }

    #[test]
    fn a_refusal_says_nothing_but_its_words() {
        assert_eq!(serde_json::to_string(&Refusal::gone("over")).unwrap(), r#"{"error":"over"}"#);
    }
}
