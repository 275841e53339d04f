//! How long it takes until we are connected, by peer: the table of docs/figures.md. Nothing is expected of the times.

use std::time::Duration;

use interop::browser::{Addresses, Browser};
use interop::python::Aiortc;
use interop::{Endpoint, PATIENCE, eventually};
use rtc::{DataChannelInit, Instant, PeerConnectionState, SessionDescription};
use serde_json::json;

/// How often each is measured.
const RUNS: usize = 15;

/// When we have the descriptions of both sides: by their answer, or by ours, which the peer has yet to get.
fn answered(endpoint: &Endpoint, answer: Option<String>, offer: Option<String>) -> Instant {
    endpoint.call(move |pc, now| {
        if let Some(answer) = answer {
            pc.set_remote_description(now, &SessionDescription::answer(answer)).unwrap();
        }
        if let Some(offer) = offer {
            pc.set_remote_description(now, &SessionDescription::offer(offer)).unwrap();
            pc.set_local_description_due(now).unwrap();
        }
        now
    })
}

fn connected(endpoint: &Endpoint, since: Instant) -> Duration {
    for _ in 0..60_000 {
        let (state, now) = endpoint.call(|pc, now| (pc.connection_state(), now));
        if state == PeerConnectionState::Connected {
            return now.since(since);
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    panic!("not connected");
}

fn offering() -> (Endpoint, String) {
    let endpoint = Endpoint::start_on(&["127.0.0.1:0", "10.77.0.1:0"]).unwrap();
    let _ = endpoint.create("chat", DataChannelInit::default());
    endpoint.call(|pc, now| pc.set_local_description_due(now)).unwrap();
    let offer = endpoint.gathered_description();
    (endpoint, offer)
}

fn print(peer: &str, who: &str, mut times: Vec<Duration>) {
    times.sort();
    let millis = |at: usize| times[at].as_secs_f64() * 1000.0;
    println!("| {peer} | {who} | {:.1} | {:.1} |", millis(0), millis(RUNS / 2));
}

fn with_aiortc(we_offer: bool) -> Option<Duration> {
    let mut peer = Aiortc::start().ok()?;
    let description = |peer: &mut Aiortc| {
        peer.wait("a description", |said| {
            (said["event"] == "description").then(|| said["sdp"].as_str().unwrap().to_string())
        })
    };
    if we_offer {
        let (endpoint, offer) = offering();
        peer.say(&json!({ "cmd": "answer", "sdp": offer })).unwrap();
        let answer = description(&mut peer);
        let since = answered(&endpoint, Some(answer), None);
        return Some(connected(&endpoint, since));
    }
    let endpoint = Endpoint::start_on(&["127.0.0.1:0"]).unwrap();
    peer.say(&json!({ "cmd": "offer", "channels": [{ "label": "chat" }] })).unwrap();
    let offer = description(&mut peer);
    let since = answered(&endpoint, None, Some(offer));
    peer.say(&json!({ "cmd": "remote", "type": "answer", "sdp": endpoint.gathered_description() })).unwrap();
    Some(connected(&endpoint, since))
}

#[test]
fn the_times_with_aiortc() {
    for (who, we_offer) in [("we", true), ("they", false)] {
        let times: Option<Vec<_>> = (0..RUNS).map(|_| with_aiortc(we_offer)).collect();
        let Some(times) = times else { return println!("skipped: aiortc is missing") };
        print("aiortc", who, times);
    }
}

#[test]
fn the_times_with_chromium() {
    let Ok(browser) = Browser::chromium(Addresses::Shown) else {
        return println!("skipped: Chromium is missing");
    };
    for (who, we_offer) in [("we", true), ("they", false)] {
        let times = (0..RUNS).map(|_| {
            browser.call("start", json!([])).unwrap();
            if we_offer {
                let (endpoint, offer) = offering();
                let answer = browser.text("answer", json!([offer])).unwrap();
                let since = answered(&endpoint, Some(answer), None);
                return connected(&endpoint, since);
            }
            let endpoint = Endpoint::start().unwrap();
            browser.call("open", json!(["chat", {}])).unwrap();
            let offer = browser.text("offer", json!([{}])).unwrap();
            let since = answered(&endpoint, None, Some(offer));
            browser.call("accept", json!([endpoint.gathered_description()])).unwrap();
            connected(&endpoint, since)
        });
        print("Chromium", who, times.collect());
    }
}

/// Ours with itself, beside which the others stand.
#[test]
fn the_times_with_our_own_stack() {
    let times = (0..RUNS).map(|_| {
        let (ours, offer) = offering();
        let theirs = Endpoint::start_on(&["127.0.0.1:0", "10.77.0.1:0"]).unwrap();
        answered(&theirs, None, Some(offer));
        let answer = eventually("an answer", PATIENCE, || Some(theirs.gathered_description()));
        let since = answered(&ours, Some(answer), None);
        connected(&ours, since)
    });
    print("this stack", "we", times.collect());
}
