//! A real browser under WebDriver: chromium through chromedriver, on a port of its own.
//!
//! It signs in, opens pages, fills forms, takes pictures, and notices what the console says. Knows no page. Its own few
//! requests instead of a client crate, because that crate orders JSON otherwise for the whole program (decision 35).

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use sanji_tests::people::PASSWORD;
use sanji_tests::processes::Node;
use serde_json::{Value, json};

use super::screenshots;

/// The screen of an old village computer.
const SCREEN: (u32, u32) = (1366, 768);

/// Longest wait for what a page must come to, and between two looks.
const PATIENCE: Duration = Duration::from_secs(45);
const LOOK: Duration = Duration::from_millis(50);

/// The name under which WebDriver answers with an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser, and the process that drives it.
pub struct Window {
    agent: ureq::Agent,
    /// The address of the session at the driver.
    session: String,
    base: String,
    _driver: Driver,
}

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
    }
}

impl Window {
    /// A browser at the pages of a node.
    pub fn open(node: &Node, with_script: bool) -> Window {
        let (driver, port) = chromedriver();
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--no-first-run",
            "--lang=zh-CN",
        ];
        let mut options = json!({ "args": arguments });
        if !with_script {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" },
        }}});
        let sessions = format!("http://127.0.0.1:{port}/session");
        let opened =
            answer("session", agent.post(&sessions).send_json(wanted)).unwrap_or_else(|e| panic!("{e}"));
        let id = opened["sessionId"].as_str().expect("a session has an id");
        let base = format!("http://{}", node.http);
        let window = Window { session: format!("{sessions}/{id}"), agent, base, _driver: driver };
        window.resize(SCREEN.1);
        window
    }

    fn ask(&self, what: &str, body: Value) -> Result<Value, String> {
        answer(what, self.agent.post(format!("{}/{what}", self.session)).send_json(body))
    }

    fn must(&self, what: &str, body: Value) -> Value {
        self.ask(what, body).unwrap_or_else(|error| panic!("{}: {error}", self.at()))
    }

    fn look(&self, what: &str) -> Value {
        let url = format!("{}/{what}", self.session);
        answer(what, self.agent.get(url).call()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn resize(&self, height: u32) {
        self.must("window/rect", json!({ "x": 0, "y": 0, "width": SCREEN.0, "height": height }));
    }

    /// Where the browser is.
    pub fn at(&self) -> String {
        self.look("url").as_str().expect("an address").to_owned()
    }

    pub fn goto(&self, path: &str) {
        self.must("url", json!({ "url": format!("{}{path}", self.base) }));
    }

    /// A browser with somebody signed in who reads Chinese.
    pub fn signed_in(node: &Node, user: &str) -> Window {
        let window = Window::open(node, true);
        window.sign_in(user);
        window
    }

    pub fn sign_in(&self, user: &str) {
        self.goto("/sign-in?lang=zh");
        self.fill("user", user);
        self.fill("password", PASSWORD);
        self.press("#main button");
        self.until("signed in", || !self.at().contains("/sign-in"));
    }

    fn find_all(&self, css: &str) -> Vec<String> {
        let found = self.must("elements", json!({ "using": "css selector", "value": css }));
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().filter_map(|one| one[ELEMENT].as_str().map(str::to_owned)).collect()
    }

    fn find(&self, css: &str) -> String {
        let first = self.find_all(css).into_iter().next();
        first.unwrap_or_else(|| panic!("{} has no {css}: {}", self.at(), self.text()))
    }

    /// How many of these the page has.
    pub fn count(&self, css: &str) -> usize {
        self.find_all(css).len()
    }

    /// Fills the field of that name, in place of what stands there.
    pub fn fill(&self, name: &str, text: &str) {
        self.fill_at(&format!("#main [name='{name}']"), text);
    }

    /// Fills the field at a selector: types, or chooses where one chooses.
    pub fn fill_at(&self, css: &str, text: &str) {
        let field = self.find(css);
        let kind = self.look(&format!("element/{field}/property/type"));
        match kind.as_str() {
            Some("select-one") => return self.press(&format!("{css} option[value='{text}']")),
            Some("checkbox" | "radio") => return self.press(&format!("{css}[value='{text}']")),
            _ => {}
        }
        self.must(&format!("element/{field}/clear"), json!({}));
        self.must(&format!("element/{field}/value"), json!({ "text": text }));
    }

    /// Clicks what is at a selector.
    pub fn press(&self, css: &str) {
        self.click(&self.find(css));
    }

    /// Clicks. A link or a button that sends a form is followed: the page that it stood on is gone when this returns.
    fn click(&self, element: &str) {
        let kind = self.look(&format!("element/{element}/property/type"));
        let leaves = kind == "submit" || self.look(&format!("element/{element}/name")) == "a";
        let old = self.find("html");
        self.must(&format!("element/{element}/click"), json!({}));
        if leaves {
            let name = format!("{}/element/{old}/name", self.session);
            self.until("left", || answer("name", self.agent.get(&name).call()).is_err());
        }
    }

    /// Fills the form at a selector, unfolds it before if need be, and sends it.
    pub fn send(&self, form: &str, fields: &[(&str, &str)]) {
        let folded = format!(
            "return document.querySelector(`{form}`)?.closest('details:not([open])')?.firstElementChild"
        );
        let begun = Instant::now();
        // The page may renew itself under the pointer.
        while let Some(summary) = self.script(&folded)[ELEMENT].as_str() {
            assert!(begun.elapsed() < PATIENCE, "{}: {form} stays folded", self.at());
            let _ = self.ask(&format!("element/{summary}/click"), json!({}));
        }
        for (name, text) in fields {
            self.fill_at(&format!("{form} [name='{name}']"), text);
        }
        self.press(&format!("{form} button:not(.second)"));
    }

    /// Takes a step whose form says which by a hidden field.
    pub fn step(&self, key: &str, word: &str, fields: &[(&str, &str)]) {
        self.send(&format!("#main form:has(input[name='{key}'][value='{word}'])"), fields);
    }

    /// Acts on a case at its page.
    pub fn act(&self, action: &str, fields: &[(&str, &str)]) {
        self.send(&format!("#act form[action$='/{action}']"), fields);
    }

    /// Clicks the button or link with these words.
    pub fn press_words(&self, words: &str) {
        let path =
            format!("//*[@id='main']//*[self::a or self::button or self::summary][contains(., '{words}')]");
        let found = self.ask("element", json!({ "using": "xpath", "value": path }));
        let found = found.unwrap_or_else(|_| panic!("{} has no {words}: {}", self.at(), self.text()));
        self.click(found[ELEMENT].as_str().expect("an element"));
    }

    /// The words of the page, as they are seen.
    pub fn text(&self) -> String {
        let body = json!({ "using": "css selector", "value": "body" });
        let seen = self.ask("element", body).and_then(|body| {
            let id = body[ELEMENT].as_str().unwrap_or_default().to_owned();
            answer("text", self.agent.get(format!("{}/element/{id}/text", self.session)).call())
        });
        // Between two pages there is no body.
        seen.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Waits until the page says so: the one that a click opens, or this one when it renews itself.
    pub fn says(&self, words: &str) {
        self.until(words, || self.text().contains(words));
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "{}: never {what}: {}", self.at(), self.text());
            std::thread::sleep(LOOK);
        }
    }

    /// What a script in the page gives.
    pub fn script(&self, script: &str) -> Value {
        self.must("execute/sync", json!({ "script": script, "args": [] }))
    }

    /// A picture of the whole page under `target/screenshots`.
    pub fn picture(&self, name: &str) {
        let height = self.script("return document.documentElement.scrollHeight").as_u64().unwrap_or(0);
        self.resize(u32::try_from(height + 140).unwrap_or(SCREEN.1).clamp(SCREEN.1, 4_000));
        let png = self.look("screenshot");
        let png = BASE64.decode(png.as_str().expect("a picture").as_bytes()).expect("base64");
        let file: PathBuf = screenshots().join(format!("{name}.png"));
        std::fs::write(file, png).expect("the picture can be kept");
        self.resize(SCREEN.1);
    }

    /// Nothing in the console: no script that failed, nothing that the policy kept out, no file that was missing.
    pub fn is_quiet(&self, name: &str) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{name}: the console says {complaints:?}");
    }

    /// What the console said since it was last asked. That a form was refused, which is answered with 422, it notes as
    /// well, and that is no complaint.
    pub fn complaints(&self) -> Vec<String> {
        let said = self.must("se/log", json!({ "type": "browser" }));
        let said = said.as_array().cloned().unwrap_or_default();
        let messages = said.iter().map(|one| one["message"].as_str().unwrap_or_default().to_owned());
        messages.filter(|message| !message.contains("status of 422")).collect()
    }
}

/// What the driver answered, or the error that it names.
fn answer(what: &str, sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
    let sent = sent.map_err(|error| format!("{what}: the driver does not answer: {error}"))?;
    let mut said: Value =
        sent.into_body().with_config().limit(1 << 28).read_json().map_err(|e| format!("{what}: {e}"))?;
    let value = said["value"].take();
    match value["error"].as_str() {
        Some(error) => Err(format!("{what}: {error}: {}", value["message"])),
        None => Ok(value),
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
    let driver = Driver(child);
    for line in lines.map_while(Result::ok) {
        let port = line.rsplit_once("on port ").map(|(_, port)| port.trim_end_matches('.').parse());
        if let Some(Ok(port)) = port.filter(|port| *port != Ok(0)) {
            return (driver, port);
        }
    }
    panic!("chromedriver does not say its port");
}
