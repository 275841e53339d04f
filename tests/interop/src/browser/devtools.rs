//! What WebDriver has no words for: Chromium's own protocol, through the same driver.

use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use super::Browser;

/// A command of the Chrome DevTools Protocol.
#[derive(Debug)]
struct Command {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.name, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

impl Browser {
    /// Shows pages as a phone does: 390 by 844 pixels under fingers.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub fn become_phone(&self) -> Result<()> {
        let screen = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)?;
        let touch = json!({ "enabled": true, "maxTouchPoints": 5 });
        self.devtools("Emulation.setTouchEmulationEnabled", touch)?;
        Ok(())
    }

    /// Shows pages on a screen of a desk: 1,280 by 900 pixels.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub fn become_desktop(&self) -> Result<()> {
        let screen = json!({ "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)?;
        Ok(())
    }

    /// Writes a picture of the whole page.
    ///
    /// # Errors
    /// If the browser takes none, or the file cannot be written.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({}))?;
        let size = metrics.get("cssContentSize").context("the page has a size")?;
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let parameters = json!({ "captureBeyondViewport": true, "clip": clip });
        let picture = self.devtools("Page.captureScreenshot", parameters)?;
        let data = picture.get("data").and_then(Value::as_str).context("the picture has data")?;
        std::fs::create_dir_all(file.parent().context("a file in a folder")?)?;
        Ok(std::fs::write(file, BASE64_STANDARD.decode(data)?)?)
    }

    fn devtools(&self, name: &'static str, parameters: Value) -> Result<Value> {
        let answer = self.runtime.block_on(self.client.issue_cmd(Command { name, parameters }));
        answer.with_context(|| format!("{name} is refused"))
    }
}
