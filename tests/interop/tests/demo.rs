//! The demo, as somebody uses it who has just cloned the project: its page in a browser, every button, and rough hands.

mod process;

use std::path::PathBuf;

use interop::browser::Browser;
use interop::{PATIENCE, bytes_of, eventually};
use serde_json::{Value, json};

use self::process::{Demo, Visitor, browser, target};

/// A file with this name and this size, without content where `content` is `None`. Dropping it removes it.
struct Sample(PathBuf);

impl Sample {
    fn new(name: &str, content: Option<&[u8]>, size: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("demo-{}-{}", std::process::id(), size));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, content.unwrap_or_default()).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
        Self(path)
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.0.parent().map(std::fs::remove_dir_all);
    }
}

fn picture(browser: &Browser, name: &str) {
    let file = target().join("screenshots").join(format!("demo-{name}.png"));
    browser.picture(&file).unwrap();
    println!("look at {}", file.display());
}

#[test]
fn the_page_connects_in_both_roles_chats_sends_a_file_both_ways_and_restarts() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    // The page reads files in pieces of 4 MiB: this one is more than two.
    let file = Sample::new("sample.bin", Some(&bytes_of(9_000_000, 5)), 9_000_000);
    for role in ["offerer", "answerer"] {
        browser.open(&demo.address).unwrap();
        browser.connect(role);
        browser.wait_shown("pair-page", "→");
        browser.wait_shown("pair-server", "→");
        browser.chat("hello");

        browser.send_file(&file.0);
        browser.wait_shown("file-result", "✓");
        browser.click("file-get").unwrap();
        browser.wait_shown("file-result", "It came back, and the SHA-256 are equal");

        browser.click("restart-ice").unwrap();
        browser.chat("still there");
        browser.click("close").unwrap();
        browser.wait_shown("state-connection", "closed");
        browser.wait_shown("server-connection", "closed");
    }
}

#[test]
fn the_hash_of_the_page_is_sha_256_whatever_the_pieces_are() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    browser.open(&demo.address).unwrap();
    let script = "const [length, done] = arguments; const input = Uint8Array.from({ length }, (_, i) => i * 7);
        const ours = new Sha256(); ours.update(input.subarray(0, length / 3)); ours.update(input.subarray(length / 3));
        return crypto.subtle.digest('SHA-256', input).then((digest) => {
          const theirs = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
          return ours.hex() === theirs; });";
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000] {
        assert_eq!(browser.script(script, vec![json!(length)]).unwrap(), true, "{length} bytes");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_before_anything_of_it_is_sent() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    let huge = Sample::new("huge.bin", None, 1 << 30);
    let small = Sample::new("small.bin", None, 1000);
    browser.open(&demo.address).unwrap();
    browser.connect("offerer");
    browser.send_file(&huge.0);
    browser.wait_shown("file-result", "files of up to 256 MiB");
    assert!(browser.holds("document.getElementById('file-result').dataset.tone === 'bad'"));
    let sent = browser.script("return meter.queued", Vec::new()).unwrap();
    assert!(sent.as_u64().is_some_and(|sent| sent < 10_000), "only pings and the question: {sent}");
    browser.send_file(&small.0);
    browser.wait_shown("file-result", "✓");
}

#[test]
fn a_message_that_is_too_long_is_kept_and_told_of() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    browser.open(&demo.address).unwrap();
    browser.connect("answerer");
    let fill = "document.getElementById('chat-input').value = 'x'.repeat(arguments[0])";
    browser.script(fill, vec![json!(300_000)]).unwrap();
    browser.click("chat-send").unwrap();
    browser
        .wait_shown("chat-result", "Not sent: the message has 293 KiB, and the server takes up to 256 KiB");
    assert!(browser.holds("document.getElementById('chat-input').value.length === 300000"));
    browser.script(fill, vec![json!(0)]).unwrap();
    browser.chat("shorter");
    assert_eq!(browser.shown("chat-result").unwrap(), "");
}

#[test]
fn when_the_server_dies_both_panels_say_so_and_the_button_connects_to_the_next_one() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    let listen = demo.listen();
    browser.become_desktop().unwrap();
    browser.open(&demo.address).unwrap();
    browser.connect("offerer");
    browser.chat("are you there?");
    drop(demo);
    browser.wait_shown("server-connection", "gone");
    browser.wait_shown("state-connection", "lost");
    browser.wait_shown("error-text", "does not answer");
    picture(&browser, "dead-server");
    // Nobody is there yet: the button says that again, and stays.
    browser.click("error-action").unwrap();
    browser.wait_shown("server-connection", "gone");
    let _next = Demo::start(&["--listen", &listen]);
    browser.click("error-action").unwrap();
    browser.wait_shown("state-connection", "connected");
    assert_eq!(browser.shown("error").unwrap(), "", "nothing is wrong any more");
    browser.chat("hello again");
}

#[test]
fn the_seventeenth_visitor_takes_the_place_of_the_first_who_is_told() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    browser.open(&demo.address).unwrap();
    browser.connect("offerer");
    let come =
        "return Promise.all(Array.from({ length: arguments[0] }, () => post('connect', {}))).then(() => {})";
    browser.script(come, vec![json!(15)]).unwrap();
    browser.chat("sixteen have room");
    browser.script(come, vec![json!(1)]).unwrap();
    browser.wait_shown("error-text", "room for 16, and another page came");
    for id in ["state-connection", "server-connection"] {
        let state = browser.shown(id).unwrap();
        assert!(matches!(state.as_str(), "lost" | "closed"), "{id}: {state}");
    }
    let has_ended = "document.getElementById('log').textContent.includes('DTLS closed')";
    assert!(browser.holds(has_ended), "the connection itself was closed in order");
    browser.click("error-action").unwrap();
    browser.wait_shown("state-connection", "connected");
}

#[test]
fn a_long_file_name_does_not_widen_the_page() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    let file = Sample::new(&"n".repeat(250), None, 2000);
    for is_phone in [false, true] {
        if is_phone { browser.become_phone() } else { browser.become_desktop() }.unwrap();
        browser.open(&demo.address).unwrap();
        browser.connect("offerer");
        browser.send_file(&file.0);
        browser.wait_shown("file-result", "✓");
        browser.click("file-get").unwrap();
        browser.wait_shown("file-result", "It came back");
        browser.wait_shown("file-link", "Save nnn");
        let widths = browser.script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]",
            Vec::new(),
        );
        let widths = widths.unwrap();
        assert!(widths[0].as_u64() <= widths[1].as_u64(), "{widths}");
        browser.click("close").unwrap();
    }
    picture(&browser, "long-name");
}

#[test]
fn the_events_can_be_reached_by_keyboard_and_everything_by_a_finger() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    browser.open(&demo.address).unwrap();
    const TAB: &str = "\u{e004}";
    browser.type_into("log-clear", TAB).unwrap();
    assert!(browser.holds("document.activeElement.id === 'log'"));

    browser.become_phone().unwrap();
    browser.open(&demo.address).unwrap();
    browser.connect("offerer");
    browser.wait_shown("chat-form", "Send");
    let small = "return [...document.querySelectorAll('button, input[type=text], summary, label, a')]
        .map((element) => [element.id || element.textContent, element.getBoundingClientRect()])
        .filter(([, { width, height }]) => width > 0 && (width < 44 || height < 44)).map(([name]) => name)";
    assert_eq!(browser.script(small, Vec::new()).unwrap(), json!([]), "too small for a finger");
    let is_cut =
        "[...document.querySelectorAll('.chip')].some((chip) => chip.scrollWidth > chip.clientWidth)";
    assert!(!browser.holds(is_cut), "every state is shown whole");
    let ends = "return ['chat-send', 'file-send'].map((id) =>
        (document.getElementById(id).getBoundingClientRect().bottom + scrollY) / innerHeight)";
    let ends = browser.script(ends, Vec::new()).unwrap();
    let end = |index: usize| ends.get(index).and_then(Value::as_f64).unwrap();
    assert!(end(0) <= 1.0 && end(1) <= 1.5, "chat on the first screen, file half a screen below: {ends}");
}

#[test]
fn from_another_host_the_page_does_without_a_secure_context() {
    let Some(browser) = browser() else { return };
    let Some(own) = interop::own_address() else {
        assert!(!interop::is_ci(), "this host has an address");
        return println!("skipped: this host has no address but the loopback's");
    };
    let here = format!("{own}:0");
    let demo = Demo::start(&["--listen", &here, "--udp", &here, "--public-address", "192.0.2.7"]);
    let file = Sample::new("sample.bin", Some(&bytes_of(100_000, 6)), 100_000);
    browser.open(&demo.address).unwrap();
    assert!(browser.holds("!isSecureContext && !crypto.subtle"));
    browser.connect("answerer");
    browser.wait_shown("pair-server", &own.to_string());
    browser.send_file(&file.0);
    browser.wait_shown("file-result", "the SHA-256 are equal");
    let announced = "session.pc.remoteDescription.sdp.includes(' 192.0.2.7 ')";
    assert!(browser.holds(announced), "a candidate stands for the public address");
}

#[test]
fn pictures_of_the_page_are_for_looking_at() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start(&[]);
    let file = Sample::new("holiday.jpg", Some(&bytes_of(3_000_000, 7)), 3_000_000);
    browser.become_desktop().unwrap();
    browser.open(&demo.address).unwrap();
    browser.connect("offerer");
    browser.chat("Hello, server");
    browser.send_file(&file.0);
    browser.wait_shown("file-result", "✓");
    browser.click("speed-download").unwrap();
    browser.wait_shown("speed-result", "Received");
    eventually("a round trip", PATIENCE, || browser.shown("rtt-now").unwrap().contains("ms").then_some(()));
    picture(&browser, "light");
    browser.click("theme").unwrap();
    picture(&browser, "dark");
    browser.become_phone().unwrap();
    browser.open(&demo.address).unwrap();
    browser.connect("offerer");
    browser.chat("Hello, server");
    picture(&browser, "phone");
}
