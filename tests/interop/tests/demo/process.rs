//! The demo's process, and its page in a browser.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use interop::browser::{Addresses, Browser};
use interop::{PATIENCE, eventually};

/// The demo's process. Dropping it ends it.
pub(super) struct Demo {
    process: Child,
    pub(super) address: String,
}

impl Demo {
    /// Builds and starts it, and waits until it says where its page is.
    pub(super) fn start(arguments: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // As the tests of the main workspace are built, so that nothing is built twice.
        let built = Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--workspace", "--no-run", "--test", "demo"])
            .current_dir(&root)
            .status()
            .expect("cargo starts");
        assert!(built.success(), "the demo builds");
        let mut process = Command::new(target().join("debug/demo"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let output = process.stdout.take().expect("the demo has an output");
        let said = BufReader::new(output).lines().next().expect("it says something").expect("it is a text");
        let address =
            said.split(' ').find(|word| word.starts_with("http://")).expect("an address").to_string();
        Self { process, address }
    }

    /// Where it listens, for another one to take its place.
    pub(super) fn listen(&self) -> String {
        self.address.trim_start_matches("http://").trim_end_matches('/').to_string()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where everything is built.
pub(super) fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from)
}

/// A browser that hides its addresses, as it does for a page without permissions.
pub(super) fn browser() -> Option<Browser> {
    match Browser::chromium(Addresses::Hidden) {
        Ok(browser) => Some(browser),
        Err(error) if !interop::is_ci() => {
            println!("skipped: {error:#}");
            None
        }
        Err(error) => panic!("{error:#}"),
    }
}

/// What somebody does with the page.
pub(super) trait Visitor {
    fn wait_shown(&self, id: &str, text: &str);
    /// Connects, and waits until both sides show it.
    fn connect(&self, role: &str);
    /// Says something, and waits until both it and its echo are shown.
    fn chat(&self, text: &str);
    fn send_file(&self, file: &Path);
    /// Whether a condition of the page, in JavaScript, holds.
    fn holds(&self, condition: &str) -> bool;
}

impl Visitor for Browser {
    fn wait_shown(&self, id: &str, text: &str) {
        let start = Instant::now();
        while !self.shown(id).unwrap().contains(text) {
            let log = || self.script("return document.getElementById('log').innerText", Vec::new()).unwrap();
            assert!(start.elapsed() < PATIENCE, "{id} does not show {text}; the page's events: {:#}", log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn connect(&self, role: &str) {
        self.click(&format!("connect-{role}")).unwrap();
        for id in ["state-connection", "server-connection", "state-sctp", "server-sctp"] {
            self.wait_shown(id, "connected");
        }
    }

    fn chat(&self, text: &str) {
        self.type_into("chat-input", text).unwrap();
        self.click("chat-send").unwrap();
        eventually("the echo", PATIENCE, || {
            (self.shown("chat-log").unwrap().matches(text).count() == 2).then_some(())
        });
    }

    fn send_file(&self, file: &Path) {
        self.type_into("file-input", file.to_str().unwrap()).unwrap();
        self.click("file-send").unwrap();
    }

    fn holds(&self, condition: &str) -> bool {
        self.script(&format!("return Boolean({condition})"), Vec::new()).unwrap() == true
    }
}
