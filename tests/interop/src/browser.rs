//! A real browser, driven by WebDriver. Its page has nothing but `page.js`, until another is opened.

mod devtools;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What the page can do.
const PAGE: &str = include_str!("page.js");

/// How the browser shows its own addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// Real host candidates.
    Shown,
    /// mDNS names only, as for a page without permissions.
    Hidden,
}

/// A browser with one page. Dropping it ends the processes that it started.
pub struct Browser {
    runtime: Runtime,
    client: Client,
    driver: Child,
    server: std::sync::Arc<tiny_http::Server>,
    profile: std::path::PathBuf,
}

impl Browser {
    /// Starts Chromium.
    ///
    /// # Errors
    /// If chromium or chromedriver is missing, or does not start.
    pub fn chromium(addresses: Addresses) -> Result<Self> {
        let server = serve_empty_page()?;
        let (driver, port) = start_driver()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let profile = std::env::temp_dir().join(format!("interop-{}-{port}", std::process::id()));
        let capabilities = capabilities(addresses, &profile)?;
        let address = format!("http://127.0.0.1:{port}");
        let client = runtime.block_on(async {
            ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&address).await
        });
        let browser =
            Self { client: client.context("chromium does not start")?, runtime, driver, server, profile };
        browser.load()?;
        Ok(browser)
    }

    /// Loads the page anew: whatever it had is gone.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub fn load(&self) -> Result<()> {
        let address = format!("http://{}/", self.server.server_addr());
        self.runtime.block_on(self.client.goto(&address))?;
        self.runtime.block_on(self.client.execute(PAGE, Vec::new()))?;
        Ok(())
    }

    /// Opens another page.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub fn open(&self, address: &str) -> Result<()> {
        Ok(self.runtime.block_on(self.client.goto(address))?)
    }

    /// Clicks on the element with this id.
    ///
    /// # Errors
    /// If there is none, or if it cannot be clicked on.
    pub fn click(&self, id: &str) -> Result<()> {
        self.runtime.block_on(async { Ok(self.client.find(Locator::Id(id)).await?.click().await?) })
    }

    /// Types into the element with this id; into one for files, the path of one.
    ///
    /// # Errors
    /// If there is none, or if it takes no text.
    pub fn type_into(&self, id: &str, text: &str) -> Result<()> {
        self.runtime.block_on(async { Ok(self.client.find(Locator::Id(id)).await?.send_keys(text).await?) })
    }

    /// What the element with this id shows.
    ///
    /// # Errors
    /// If there is none.
    pub fn shown(&self, id: &str) -> Result<String> {
        self.runtime.block_on(async { Ok(self.client.find(Locator::Id(id)).await?.text().await?) })
    }

    /// Runs a script in the page, and gives what it returns.
    ///
    /// # Errors
    /// What the script throws.
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.runtime.block_on(self.client.execute(script, arguments))?)
    }

    /// Calls a function of `page.js`, waits for its promise, and gives its result.
    ///
    /// # Errors
    /// What the function throws.
    pub fn call(&self, function: &str, arguments: Value) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const given = arguments[0]; \
             Promise.resolve().then(() => peer.{function}(...given))\
             .then(value => done({{ value: value === undefined ? null : value }}), error => done({{ error: String(error) }}));"
        );
        let answer = self.runtime.block_on(self.client.execute_async(&script, vec![arguments]))?;
        if let Some(error) = answer.get("error") {
            bail!("{function}: {error}");
        }
        Ok(answer.get("value").cloned().unwrap_or(Value::Null))
    }

    /// Like [`call`](Self::call), for what gives a text.
    ///
    /// # Errors
    /// What the function throws, or if it gives no text.
    pub fn text(&self, function: &str, arguments: Value) -> Result<String> {
        let value = self.call(function, arguments)?;
        Ok(value.as_str().with_context(|| format!("{function} gave {value}"))?.to_string())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        self.server.unblock();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn capabilities(addresses: Addresses, profile: &std::path::Path) -> Result<Capabilities> {
    let own = crate::own_address().map_or(String::new(), |own| format!(" , EXCLUDE {own}"));
    let mut arguments = vec![
        "--headless=new".to_string(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-quic".into(),
        "--disable-dev-shm-usage".into(),
        "--no-first-run".into(),
        "--no-proxy-server".into(),
        "--disable-background-networking".into(),
        "--disable-component-update".into(),
        "--disable-sync".into(),
        format!("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1{own}"),
        format!("--user-data-dir={}", profile.display()),
    ];
    if addresses == Addresses::Shown {
        arguments.push("--allow-loopback-in-peer-connection".into());
        arguments.push("--use-fake-ui-for-media-stream".into());
        arguments.push("--use-fake-device-for-media-stream".into());
        arguments.push("--disable-features=WebRtcHideLocalIpsWithMdns".into());
    }
    let options = json!({
        "browserName": "chrome",
        "timeouts": { "script": 120_000 },
        "goog:chromeOptions": { "args": arguments },
    });
    options.as_object().cloned().context("an object")
}

/// Starts the driver on a port that the system chooses, and reads it from what the driver says.
fn start_driver() -> Result<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("chromedriver is missing: install (Debian's names) chromium chromium-driver")?;
    let output = driver.stdout.take().context("the driver has an output")?;
    let mut lines = BufReader::new(output).lines();
    // "ChromeDriver was started successfully on port 12345."
    for line in lines.by_ref().take(20) {
        let line = line?;
        if let Some((_, port)) = line.split_once("successfully on port ") {
            let port = port.trim_end_matches('.').trim().parse()?;
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((driver, port));
        }
    }
    let _ = driver.kill();
    bail!("chromedriver named no port")
}

/// A page on the loopback address, because only a secure context has a hash function.
fn serve_empty_page() -> Result<std::sync::Arc<tiny_http::Server>> {
    let server = tiny_http::Server::http("127.0.0.1:0").map_err(|error| anyhow::anyhow!("{error}"))?;
    let server = std::sync::Arc::new(server);
    let serving = server.clone();
    std::thread::spawn(move || {
        for request in serving.incoming_requests() {
            let page = tiny_http::Response::from_string("<!doctype html><title>interop</title>");
            let kind = tiny_http::Header::from_bytes("Content-Type", "text/html").expect("a valid header");
            let _ = request.respond(page.with_header(kind));
        }
    });
    Ok(server)
}
