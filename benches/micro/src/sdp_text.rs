//! SDP: an offer of 8 KB.

use std::hint::black_box;

use sdp::SessionDescription;

use crate::Case;

const OFFER: &str = include_str!("../../data/chrome-offer.sdp");

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "sdp: parse an offer",
        bytes: OFFER.len() as u64,
        prepare: || {
            Box::new(|| {
                black_box(SessionDescription::parse(black_box(OFFER)).expect("an offer"));
            })
        },
    },
    Case {
        name: "sdp: write an offer",
        bytes: OFFER.len() as u64,
        prepare: || {
            let offer = SessionDescription::parse(OFFER).expect("an offer");
            Box::new(move || {
                black_box(offer.to_string());
            })
        },
    },
];
