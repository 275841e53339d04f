//! Our stack and a real Chromium.

use interop::browser::{Addresses, Browser};
use interop::{Endpoint, PATIENCE, bytes_of, eventually, sha256};
use rtc::{
    DataChannelInit, Event, IceCandidateInit, OfferOptions, Payload, PeerConnectionState, SessionDescription,
};
use serde_json::{Value, json};

/// Sizes that are edges somewhere: nothing, one, one packet, one chunk, one more than a 16-bit length, the maximum.
const SIZES: [usize; 6] = [0, 1, 1191, 16_384, 65_535, 262_144];

/// The browser, or `None` with a line where it is missing; under continuous integration it has to be there.
fn chromium(addresses: Addresses) -> Option<Browser> {
    match Browser::chromium(addresses) {
        Ok(browser) => Some(browser),
        Err(error) if !interop::is_ci() => {
            println!("skipped: {error:#}");
            None
        }
        Err(error) => panic!("{error:#}"),
    }
}

/// We offer, with all candidates in the descriptions.
fn offer_to(browser: &Browser, endpoint: &Endpoint, options: OfferOptions) {
    endpoint.call(move |pc, now| {
        let offer = pc.create_offer(options).unwrap();
        pc.set_local_description(now, &offer).unwrap();
    });
    let answer = browser.text("answer", json!([endpoint.gathered_description()])).unwrap();
    endpoint
        .call(move |pc, now| pc.set_remote_description(now, &SessionDescription::answer(answer)))
        .unwrap();
}

/// The browser offers, with all candidates in the descriptions.
fn offer_from(browser: &Browser, endpoint: &Endpoint, options: Value) {
    let offer = browser.text("offer", json!([options])).unwrap();
    endpoint.call(move |pc, now| {
        pc.set_remote_description(now, &SessionDescription::offer(offer)).unwrap();
        pc.set_local_description_due(now).unwrap();
    });
    browser.call("accept", json!([endpoint.gathered_description()])).unwrap();
}

fn wait_connected(browser: &Browser, endpoint: &mut Endpoint) {
    browser.call("connected", json!([])).unwrap();
    let connected = |event: &Event| {
        (*event == Event::ConnectionStateChange(PeerConnectionState::Connected)).then_some(())
    };
    endpoint.wait("we are connected", connected);
}

fn init(value: &Value) -> DataChannelInit {
    let number = |name: &str| value.get(name).and_then(Value::as_u64).map(|n| u16::try_from(n).unwrap());
    let ordered = value.get("ordered").is_none_or(|ordered| ordered == true);
    let mut init = DataChannelInit::default().with_ordered(ordered);
    init.max_retransmits = number("maxRetransmits");
    init.max_packet_life_time = number("maxPacketLifeTime");
    init
}

/// Every reliability that a channel can have, with so many chances that a busy machine, whose sockets overflow, loses nothing.
fn modes() -> Vec<(&'static str, Value)> {
    vec![
        ("reliable", json!({})),
        ("unordered", json!({ "ordered": false })),
        ("retransmits", json!({ "maxRetransmits": 50 })),
        ("lifetime", json!({ "ordered": false, "maxPacketLifeTime": 30000 })),
    ]
}

/// Sends every size as text and as bytes, and expects it back. The loopback interface loses little, so that an unreliable
/// channel is exact too; unordered ones get one message at a time.
fn expect_echo(endpoint: &mut Endpoint, id: rtc::ChannelId) {
    for size in SIZES {
        let text: String = bytes_of(size, 1).iter().map(|byte| char::from(byte % 94 + 33)).collect();
        for payload in [Payload::from(text), Payload::Binary(bytes_of(size, 2).into())] {
            let before = endpoint.messages(id).len();
            endpoint.send(id, payload.clone());
            let back = eventually("the echo", PATIENCE, || endpoint.messages(id).get(before).cloned());
            assert!(back == payload, "{size} bytes came back as {} others", back.len());
        }
    }
}

#[test]
fn we_offer_and_every_message_comes_back_on_every_reliability() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    browser.call("start", json!([])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    let channels: Vec<_> = modes()
        .into_iter()
        .map(|(name, mode)| (name, endpoint.create(&format!("echo {name}"), init(&mode)), mode))
        .collect();
    offer_to(&browser, &endpoint, OfferOptions::default());
    wait_connected(&browser, &mut endpoint);
    for (name, id, mode) in channels {
        endpoint.wait_open(id);
        browser.call("opened", json!([format!("echo {name}")])).unwrap();
        let info = browser.call("info", json!([format!("echo {name}")])).unwrap();
        for (key, value) in mode.as_object().unwrap() {
            assert_eq!(info[key], *value, "{name}: {info}");
        }
        expect_echo(&mut endpoint, id);
    }
    let pair = browser.call("selectedPair", json!([])).unwrap();
    assert_eq!(pair["tls"], "FEFD", "DTLS 1.2 out of the 1.3 and 1.2 that Chromium offers: {pair}");
}

#[test]
fn the_browser_offers_and_every_message_comes_back_on_every_reliability() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    browser.call("start", json!([])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    for (name, mode) in modes() {
        browser.call("open", json!([format!("echo {name}"), mode])).unwrap();
    }
    offer_from(&browser, &endpoint, json!({}));
    wait_connected(&browser, &mut endpoint);
    for (name, mode) in modes() {
        let id = endpoint.wait_incoming(&format!("echo {name}"));
        let expected = init(&mode);
        let seen = endpoint.call(move |pc, _| {
            let channel = pc.data_channel(id).unwrap();
            (channel.ordered(), channel.max_retransmits(), channel.max_packet_life_time())
        });
        assert_eq!(seen, (expected.ordered, expected.max_retransmits, expected.max_packet_life_time));
        expect_echo(&mut endpoint, id);
    }
}

/// The candidates that we have found since `seen`.
fn our_candidates(endpoint: &mut Endpoint, seen: &mut usize) -> Vec<Value> {
    let mut found = Vec::new();
    for event in endpoint.update().iter().skip(*seen) {
        match event {
            Event::IceCandidate(Some(candidate)) => {
                let init = candidate.to_init();
                found.push(json!({
                    "candidate": init.candidate, "sdpMid": init.sdp_mid, "sdpMLineIndex": init.sdp_m_line_index,
                    "usernameFragment": init.username_fragment,
                }));
            }
            Event::IceCandidate(None) => found.push(Value::Null),
            _ => {}
        }
    }
    *seen = endpoint.log.len();
    found
}

/// Carries candidates both ways until both sides are connected.
fn trickle(browser: &Browser, endpoint: &mut Endpoint) {
    let mut seen = 0;
    eventually("both sides connect", PATIENCE, || {
        for candidate in our_candidates(endpoint, &mut seen) {
            browser.call("candidate", json!([candidate])).unwrap();
        }
        take_candidates(browser, endpoint);
        let state = browser.call("state", json!([])).unwrap();
        (state["connection"] == "connected").then_some(())
    });
}

/// Takes the candidates that the browser has found since.
fn take_candidates(browser: &Browser, endpoint: &Endpoint) {
    for candidate in browser.call("candidates", json!([])).unwrap().as_array().unwrap() {
        let text = |name: &str| candidate.get(name).and_then(Value::as_str).map(String::from);
        let mut init = IceCandidateInit::new(text("candidate").unwrap_or_default());
        init.sdp_mid = text("sdpMid");
        init.sdp_m_line_index = candidate.get("sdpMLineIndex").and_then(Value::as_u64).map(|n| n as u16);
        init.username_fragment = text("usernameFragment");
        endpoint.call(move |pc, now| pc.add_ice_candidate(now, &init)).unwrap();
    }
}

/// A description of ours without its candidates, as it is before gathering.
fn without_candidates(sdp: &str) -> String {
    let keep = |line: &&str| !line.starts_with("a=candidate") && !line.starts_with("a=end-of-candidates");
    sdp.split_inclusive('\n').filter(keep).collect()
}

#[test]
fn candidates_trickle_both_ways_when_we_offer() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    browser.call("start", json!([])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    let id = endpoint.create("echo", DataChannelInit::default());
    endpoint.call(|pc, now| pc.set_local_description_due(now)).unwrap();
    let offer = without_candidates(&endpoint.gathered_description());
    let answer = browser.text("answer", json!([offer, { "trickle": true }])).unwrap();
    endpoint
        .call(move |pc, now| pc.set_remote_description(now, &SessionDescription::answer(answer)))
        .unwrap();
    trickle(&browser, &mut endpoint);
    endpoint.wait_open(id);
    expect_echo(&mut endpoint, id);
}

#[test]
fn candidates_trickle_both_ways_when_the_browser_offers() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    browser.call("start", json!([])).unwrap();
    browser.call("open", json!(["echo", {}])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    let offer = browser.text("offer", json!([{ "trickle": true }])).unwrap();
    endpoint.call(move |pc, now| {
        pc.set_remote_description(now, &SessionDescription::offer(offer)).unwrap();
        pc.set_local_description_due(now).unwrap();
    });
    let answer = without_candidates(&endpoint.gathered_description());
    browser.call("accept", json!([answer])).unwrap();
    trickle(&browser, &mut endpoint);
    let id = endpoint.wait_incoming("echo");
    expect_echo(&mut endpoint, id);
}

/// RFC 9143 §10: three sections of one name, with a socket each until we have rejected two. (With `max-bundle`, Chromium
/// itself refuses an answer that rejects the first section of a bundle.)
#[test]
fn data_behind_media_connects_with_candidates_described_or_trickled() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    for trickled in [false, true] {
        browser.call("start", json!([{}])).unwrap();
        browser.call("media", json!(["audio", "video"])).unwrap();
        browser.call("open", json!(["echo", {}])).unwrap();
        let mut endpoint = Endpoint::start().unwrap();
        let offer = browser.text("offer", json!([{ "trickle": trickled }])).unwrap();
        assert!(offer.contains("m=audio") && offer.contains("a=candidate") != trickled, "{offer}");
        endpoint.call(move |pc, now| {
            pc.set_remote_description(now, &SessionDescription::offer(offer)).unwrap();
            pc.set_local_description_due(now).unwrap();
        });
        // Ours are kept from the browser: it is we who have to check.
        let answer = without_candidates(&endpoint.gathered_description());
        browser.call("accept", json!([answer])).unwrap();
        eventually("both sides connect", PATIENCE, || {
            if trickled {
                take_candidates(&browser, &endpoint);
            }
            (browser.call("state", json!([])).unwrap()["connection"] == "connected").then_some(())
        });
        let id = endpoint.wait_incoming("echo");
        expect_echo(&mut endpoint, id);
    }
}

#[test]
fn a_browser_that_hides_its_addresses_connects() {
    let Some(browser) = chromium(Addresses::Hidden) else { return };
    browser.call("start", json!([])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    let id = endpoint.create("echo", DataChannelInit::default());
    endpoint.call(|pc, now| pc.set_local_description_due(now)).unwrap();
    let answer = browser.text("answer", json!([endpoint.gathered_description()])).unwrap();
    assert!(answer.contains(".local "), "names instead of addresses: {answer}");
    endpoint
        .call(move |pc, now| pc.set_remote_description(now, &SessionDescription::answer(answer)))
        .unwrap();
    wait_connected(&browser, &mut endpoint);
    endpoint.wait_open(id);
    expect_echo(&mut endpoint, id);
}

#[test]
fn packets_that_come_before_the_answer_is_applied_are_not_lost() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    browser.call("start", json!([])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    let id = endpoint.create("echo", DataChannelInit::default());
    endpoint.call(|pc, now| pc.set_local_description_due(now)).unwrap();
    let answer = browser.text("answer", json!([endpoint.gathered_description()])).unwrap();
    // The signalling is slow: the browser has our candidates and checks them, and its ClientHello follows.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    endpoint
        .call(move |pc, now| pc.set_remote_description(now, &SessionDescription::answer(answer)))
        .unwrap();
    wait_connected(&browser, &mut endpoint);
    endpoint.wait_open(id);
    expect_echo(&mut endpoint, id);
}

/// A connection with one channel, `label`, on which we have been heard.
fn connected(browser: &Browser, label: &str) -> (Endpoint, rtc::ChannelId) {
    browser.call("start", json!([])).unwrap();
    let mut endpoint = Endpoint::start().unwrap();
    let id = endpoint.create(label, DataChannelInit::default());
    offer_to(browser, &endpoint, OfferOptions::default());
    wait_connected(browser, &mut endpoint);
    endpoint.wait_open(id);
    browser.call("opened", json!([label])).unwrap();
    (endpoint, id)
}

#[test]
fn sixty_four_mebibytes_go_each_way_with_the_same_hash() {
    const SIZE: usize = 64 << 20;
    const CHUNK: usize = 65_536;
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, id) = connected(&browser, "sink");
    let data = bytes_of(SIZE, 3);
    for chunk in data.chunks(CHUNK) {
        endpoint.send(id, Payload::Binary(chunk.to_vec().into()));
    }
    assert_eq!(browser.text("digest", json!(["sink", SIZE])).unwrap(), sha256(&data), "to the browser");

    let hash = browser.text("blast", json!(["sink", SIZE, CHUNK])).unwrap();
    let mut received = Vec::with_capacity(SIZE);
    eventually("all bytes", PATIENCE * 3, || {
        received.clear();
        endpoint.messages(id).iter().for_each(|message| {
            if let Payload::Binary(bytes) = message {
                received.extend_from_slice(bytes);
            }
        });
        (received.len() >= SIZE).then_some(())
    });
    assert_eq!(sha256(&received), hash, "from the browser");
}

#[test]
fn a_hundred_channels_open_and_close_from_either_side() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, _) = connected(&browser, "sink");
    for number in 0..50 {
        let label = format!("ours {number}");
        let id = endpoint.create(&label, DataChannelInit::default());
        endpoint.wait_open(id);
        browser.call("opened", json!([label])).unwrap();
        endpoint.call(move |pc, _| pc.data_channel_mut(id).unwrap().close());
        browser.call("closed", json!([label])).unwrap();
        endpoint.wait("our channel closes", |event| (*event == Event::DataChannelClose(id)).then_some(()));
    }
    for number in 0..50 {
        let label = format!("theirs {number}");
        browser.call("open", json!([label, {}])).unwrap();
        let id = endpoint.wait_incoming(&label);
        browser.call("opened", json!([label])).unwrap();
        browser.call("closeChannel", json!([label])).unwrap();
        endpoint.wait("their channel closes", |event| (*event == Event::DataChannelClose(id)).then_some(()));
        browser.call("closed", json!([label])).unwrap();
    }
}

#[test]
fn what_was_sent_before_a_close_arrives() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, _) = connected(&browser, "sink");
    let id = endpoint.create("sink last", DataChannelInit::default());
    endpoint.wait_open(id);
    endpoint.call(move |pc, now| {
        for _ in 0..20 {
            pc.send(now, id, Payload::Binary(vec![7; 50_000].into())).unwrap();
        }
        pc.data_channel_mut(id).unwrap().close();
    });
    browser.call("closed", json!(["sink last"])).unwrap();
    assert_eq!(browser.call("received", json!(["sink last"])).unwrap(), 1_000_000);
}

#[test]
fn the_browser_sees_that_we_close() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (endpoint, _) = connected(&browser, "sink");
    endpoint.call(|pc, now| pc.close(now));
    browser.call("closed", json!(["sink"])).unwrap();
}

#[test]
fn we_see_that_the_browser_closes() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, id) = connected(&browser, "sink");
    browser.call("close", json!([])).unwrap();
    endpoint.wait("the channel closes", |event| (*event == Event::DataChannelClose(id)).then_some(()));
}

#[test]
fn we_see_within_the_consent_time_that_the_page_was_reloaded() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, id) = connected(&browser, "sink");
    browser.load().unwrap();
    let gone = |event: &Event| match event {
        Event::DataChannelClose(closed) => (*closed == id).then_some(()),
        Event::ConnectionStateChange(PeerConnectionState::Failed | PeerConnectionState::Disconnected) => {
            Some(())
        }
        _ => None,
    };
    endpoint.wait("the peer is gone", gone);
}

/// Sends numbered texts until told otherwise, and checks at the end that all came back in order.
fn traffic(endpoint: &mut Endpoint, id: rtc::ChannelId, count: std::ops::Range<usize>) {
    for number in count {
        endpoint.send(id, format!("{number}"));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn expect_numbers(endpoint: &mut Endpoint, id: rtc::ChannelId, count: usize) {
    eventually("all numbers come back", PATIENCE, || (endpoint.messages(id).len() >= count).then_some(()));
    let expected: Vec<Payload> = (0..count).map(|number| Payload::from(format!("{number}"))).collect();
    assert_eq!(endpoint.messages(id), expected);
}

fn expect_restart_to_lose_nothing(restart: impl Fn(&Browser, &Endpoint)) {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, id) = connected(&browser, "echo");
    traffic(&mut endpoint, id, 0..200);
    restart(&browser, &endpoint);
    traffic(&mut endpoint, id, 200..1000);
    expect_numbers(&mut endpoint, id, 1000);
}

#[test]
fn an_ice_restart_by_us_loses_nothing() {
    expect_restart_to_lose_nothing(|browser, endpoint| offer_to(browser, endpoint, OfferOptions::restart()));
}

#[test]
fn an_ice_restart_by_the_browser_loses_nothing() {
    expect_restart_to_lose_nothing(|browser, endpoint| {
        offer_from(browser, endpoint, json!({ "restart": true }))
    });
}

#[test]
fn negotiating_again_and_again_from_either_side_loses_nothing() {
    let Some(browser) = chromium(Addresses::Shown) else { return };
    let (mut endpoint, id) = connected(&browser, "echo");
    for round in 0..6 {
        // After answering an offer Chromium may change its ICE role by itself: the conflict has to resolve.
        if round % 2 == 0 {
            offer_from(&browser, &endpoint, json!({}));
        } else {
            offer_to(&browser, &endpoint, OfferOptions::default());
        }
        traffic(&mut endpoint, id, round * 100..round * 100 + 100);
    }
    // Long enough for the consent of a pair that nobody nominates any more to run out.
    traffic(&mut endpoint, id, 600..4000);
    expect_numbers(&mut endpoint, id, 4000);
    let state = browser.call("state", json!([])).unwrap();
    assert_eq!(state["connection"], "connected");
}
