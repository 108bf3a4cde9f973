//! A real browser under WebDriver: chromium through chromedriver, on a port of its own.
//!
//! It signs in, opens pages, takes pictures, and notices what the console says. Knows no page.

use std::future::Future;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::prelude::*;
use thirtyfour::ChromeCapabilities;
use thirtyfour::common::log::LoggingPrefsLogLevel;

use super::screenshots;
use sanji_tests::people::PASSWORD;
use sanji_tests::processes::Node;

/// The screen of an old village computer.
const SCREEN: (u32, u32) = (1366, 768);

/// Longest wait for what a page must come to, and between two looks.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// One browser, and the process that drives it.
pub struct Window {
    pub driver: WebDriver,
    base: String,
    port: u16,
    _process: Driver,
}

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a journey.
pub fn journey<F: Future<Output = WebDriverResult<()>>>(journey: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(journey).expect("the journey ends well");
}

impl Window {
    /// A browser at the pages of a node.
    pub async fn open(node: &Node, with_script: bool) -> WebDriverResult<Window> {
        let (process, port) = chromedriver();
        let mut capabilities = ChromeCapabilities::new();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--no-first-run",
            "--lang=zh-CN",
        ] {
            capabilities.add_arg(argument)?;
        }
        if !with_script {
            let content = json!({ "profile.managed_default_content_settings.javascript": 2 });
            capabilities.add_experimental_option("prefs", content)?;
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await?;
        driver.set_window_rect(0, 0, SCREEN.0, SCREEN.1).await?;
        Ok(Window { driver, base: format!("http://{}", node.http), port, _process: process })
    }

    pub async fn goto(&self, path: &str) -> WebDriverResult<()> {
        self.driver.goto(format!("{}{path}", self.base)).await
    }

    pub async fn sign_in(&self, user: &str) -> WebDriverResult<()> {
        self.goto("/sign-in").await?;
        self.fill("user", user).await?;
        self.fill("password", PASSWORD).await?;
        self.press("#main button").await
    }

    /// Types into the field of that name, in place of what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> WebDriverResult<()> {
        let field = self.driver.find(By::Css(format!("#main [name='{name}']"))).await?;
        if field.tag_name().await? == "select" {
            let option = field.find(By::Css(format!("option[value='{text}']"))).await?;
            return option.click().await;
        }
        field.clear().await?;
        field.send_keys(text).await
    }

    pub async fn press(&self, css: &str) -> WebDriverResult<()> {
        let button = self.driver.find(By::Css(css)).await?;
        button.scroll_into_view().await?;
        button.click().await
    }

    /// The words of the page's content.
    pub async fn text(&self) -> WebDriverResult<String> {
        self.driver.find(By::Tag("body")).await?.text().await
    }

    /// Fails unless the page says so.
    pub async fn says(&self, words: &str) -> WebDriverResult<()> {
        let text = self.text().await?;
        let at = self.driver.current_url().await?;
        assert!(text.contains(words), "{at} does not say {words}: {text}");
        Ok(())
    }

    /// Waits until the page says so by itself.
    pub async fn comes_to_say(&self, words: &str) -> WebDriverResult<()> {
        let is_said = async || self.text().await.is_ok_and(|text| text.contains(words));
        let begun = std::time::Instant::now();
        while !is_said().await {
            assert!(begun.elapsed() < PATIENCE, "{words} does not come: {}", self.text().await?);
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// A picture of the whole page under `target/screenshots`, and no complaint of the browser about it.
    pub async fn picture(&self, name: &str) -> WebDriverResult<()> {
        let height = self.driver.execute("return document.documentElement.scrollHeight", Vec::new()).await;
        if let Ok(height) = height.and_then(|height| height.convert::<u32>()) {
            self.driver.set_window_rect(0, 0, SCREEN.0, (height + 140).clamp(SCREEN.1, 4_000)).await?;
        }
        self.driver.screenshot(&screenshots().join(format!("{name}.png"))).await?;
        self.driver.set_window_rect(0, 0, SCREEN.0, SCREEN.1).await?;
        self.is_quiet(name).await
    }

    /// Nothing in the console: no script that failed, nothing that the policy kept out, no file that was missing.
    pub async fn is_quiet(&self, name: &str) -> WebDriverResult<()> {
        let session = self.driver.session_id().to_string();
        let url = format!("http://127.0.0.1:{}/session/{session}/se/log", self.port);
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let said = agent.post(url).send_json(json!({ "type": "browser" })).expect("the driver answers");
        let said: serde_json::Value = said.into_body().read_json().expect("JSON");
        let complaints = said["value"].as_array().cloned().unwrap_or_default();
        assert!(complaints.is_empty(), "{name}: the console says {complaints:?}");
        Ok(())
    }

    pub async fn close(self) -> WebDriverResult<()> {
        self.driver.quit().await
    }
}

/// The driver on a free port, which it names in its first lines.
fn chromedriver() -> (Driver, u16) {
    let mut process = Process::new("chromedriver");
    let child =
        process.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.unwrap_or_else(|error| {
        panic!(
            "chromedriver does not start ({error}): tests/run installs it, or apt-get install chromium-driver"
        )
    });
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let process = Driver(child);
    for line in lines.map_while(Result::ok) {
        let port = line.rsplit_once("on port ").map(|(_, port)| port.trim_end_matches('.').parse());
        if let Some(Ok(port)) = port.filter(|port| *port != Ok(0)) {
            return (process, port);
        }
    }
    panic!("chromedriver does not say its port");
}
