//! The demo, as somebody uses it who has just cloned the project: its page in a browser, every button.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use interop::browser::{Addresses, Browser};
use interop::{PATIENCE, bytes_of, eventually};

/// The demo's process. Dropping it ends it.
struct Demo {
    process: Child,
    address: String,
}

impl Demo {
    /// Builds and starts it, and waits until it says where its page is.
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "ferry-rtc", "--example", "demo"])
            .current_dir(&root)
            .status()
            .expect("cargo starts");
        assert!(built.success(), "the demo builds");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        let mut process = Command::new(target.join("debug/examples/demo"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let output = process.stdout.take().expect("the demo has an output");
        let said = BufReader::new(output).lines().next().expect("it says something").expect("it is a text");
        let address =
            said.split(' ').find(|word| word.starts_with("http://")).expect("an address").to_string();
        Self { process, address }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser that hides its addresses, as it does for a page without permissions.
fn browser() -> Option<Browser> {
    match Browser::chromium(Addresses::Hidden) {
        Ok(browser) => Some(browser),
        Err(error) if !interop::is_ci() => {
            println!("skipped: {error:#}");
            None
        }
        Err(error) => panic!("{error:#}"),
    }
}

fn wait_shown(browser: &Browser, id: &str, text: &str) {
    eventually(&format!("{id} shows {text}"), PATIENCE, || {
        browser.shown(id).unwrap().contains(text).then_some(())
    });
}

/// Says something, and waits until both it and its echo are shown.
fn chat(browser: &Browser, text: &str) {
    browser.type_into("chat-input", text).unwrap();
    browser.click("chat-send").unwrap();
    eventually("the echo", PATIENCE, || {
        (browser.shown("chat-log").unwrap().matches(text).count() == 2).then_some(())
    });
}

#[test]
fn the_page_connects_in_both_roles_chats_sends_a_file_both_ways_and_restarts() {
    let Some(browser) = browser() else { return };
    let demo = Demo::start();
    let file = std::env::temp_dir().join(format!("demo-{}.bin", std::process::id()));
    std::fs::write(&file, bytes_of(3_000_000, 5)).unwrap();
    for role in ["offerer", "answerer"] {
        browser.open(&demo.address).unwrap();
        browser.click(&format!("connect-{role}")).unwrap();
        for id in ["state-connection", "server-connection", "state-sctp", "server-sctp"] {
            wait_shown(&browser, id, "connected");
        }
        wait_shown(&browser, "pair-page", "→");
        wait_shown(&browser, "pair-server", "→");
        chat(&browser, "hello");

        browser.type_into("file-input", file.to_str().unwrap()).unwrap();
        browser.click("file-send").unwrap();
        wait_shown(&browser, "file-result", "✓");
        browser.click("file-get").unwrap();
        wait_shown(&browser, "file-result", "✓");
        let result = browser.shown("file-result").unwrap();
        assert!(result.contains("SHA-256 are equal"), "{result}");

        browser.click("restart-ice").unwrap();
        chat(&browser, "still there");
        browser.click("close").unwrap();
        wait_shown(&browser, "state-connection", "closed");
    }
    let _ = std::fs::remove_file(file);
}
