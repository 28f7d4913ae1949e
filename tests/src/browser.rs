//! A real browser: Chromium without a window, through its WebDriver.

use crate::process::{Process, workspace};
use crate::wait;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A browser with a profile of its own. Ends with its owner.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Process,
    folder: tempfile::TempDir,
}

/// How long a page may take to show what it is asked for, on a busy machine with a debug build.
const PATIENCE: Duration = Duration::from_secs(30);

impl Browser {
    /// Starts a browser. `ops/test-tools.sh` says how to get one where there is none.
    pub async fn start() -> Browser {
        let folder = tempfile::Builder::new().prefix("huiju-browser-").tempdir().expect("a folder can be made");
        // A driver ends at once when the port that it drew is taken by then, as by another driver.
        let mut started = Err(String::new());
        for _ in 0..5 {
            started = start_driver(folder.path()).await;
            if started.is_ok() {
                break;
            }
        }
        let (driver, port) = started.unwrap_or_else(|ended| panic!("{ended}"));
        let url = format!("http://127.0.0.1:{port}");
        let capabilities = capabilities(folder.path());
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().expect("an object").clone())
            .connect(&url)
            .await
            .unwrap_or_else(|error| panic!("the browser does not start: {error}\n{}", driver.tail(20)));
        Browser { client, driver, folder }
    }

    /// A browser in which no script of a page is loaded, as when scripts are forbidden or a connection breaks.
    pub async fn without_scripts() -> Browser {
        let browser = Browser::start().await;
        browser.devtools("Network.enable", json!({})).await;
        browser.devtools("Network.setBlockedURLs", json!({ "urls": ["*.js*"] })).await;
        browser
    }

    async fn devtools(&self, command: &'static str, parameters: Value) {
        let asked = self.client.issue_cmd(Devtools(json!({ "cmd": command, "params": parameters }))).await;
        asked.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Goes back, as with the browser's own button.
    pub async fn back(&self) {
        self.client.back().await.expect("there is a page before");
    }

    /// The address it is at.
    pub async fn address(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    /// The first element of a CSS selector, once it is there and shown.
    pub async fn shown(&self, selector: &str) -> Element {
        wait::until(&format!("{selector} at the page"), PATIENCE, async || {
            let found = self.client.find(Locator::Css(selector)).await.map_err(|error| error.to_string())?;
            match found.is_displayed().await {
                Ok(true) => Ok(found),
                Ok(false) => Err("it is hidden".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// Every element of a CSS selector, as the page is now.
    pub async fn all(&self, selector: &str) -> Vec<Element> {
        self.client.find_all(Locator::Css(selector)).await.expect("a selector")
    }

    /// The texts of every element of a CSS selector, as the page is now.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let script = "return Array.from(document.querySelectorAll(arguments[0]), e => e.innerText.trim())";
        let texts = self.run(script, vec![json!(selector)]).await;
        texts.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Waits until the page says a text.
    pub async fn says(&self, text: &str) {
        wait::until(&format!("{text:?} at the page"), PATIENCE, async || {
            let body = self.run("return document.body.innerText", vec![]).await;
            let body = body.as_str().unwrap_or_default();
            if body.contains(text) { Ok(()) } else { Err(format!("it says: {body}")) }
        })
        .await;
    }

    /// Clicks an element once it is shown.
    pub async fn click(&self, selector: &str) {
        self.shown(selector).await.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Clicks an element that leads to another page, and waits for that page.
    pub async fn follow(&self, selector: &str) {
        let before = self.address().await;
        self.click(selector).await;
        wait::until(&format!("another page after {selector}"), PATIENCE, async || {
            let now = self.address().await;
            if now == before { Err(now) } else { Ok(()) }
        })
        .await;
    }

    /// Empties a field and types into it.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.shown(selector).await;
        field.clear().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Chooses a file in a field that may be hidden behind a label.
    pub async fn choose_file(&self, selector: &str, file: &Path) {
        let field = self.client.find(Locator::Css(selector)).await.expect("a field for a file");
        field.send_keys(&file.display().to_string()).await.expect("the file is taken");
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Keeps a picture of the whole page in `target/screenshots`.
    pub async fn picture(&self, name: &str) {
        let folder = workspace().join("target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let height = self.run("return document.documentElement.scrollHeight", vec![]).await.as_u64().unwrap_or(900);
        let height = u32::try_from(height.clamp(700, 4000)).unwrap_or(900);
        self.client.set_window_size(1200, height + 160).await.expect("a window has a size");
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a picture can be kept");
        self.client.set_window_size(1200, 1000).await.expect("a window has a size");
    }

    /// Closes the browser.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.driver.kill();
        // A driver that is killed leaves its browser behind; its processes are those that name our profile.
        let profile = self.folder.path().display().to_string();
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let words = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&words).contains(&profile) {
                let _ = Command::new("kill").arg("-KILL").arg(process.file_name()).status();
            }
        }
    }
}

/// A driver and its port.
async fn start_driver(folder: &Path) -> Result<(Process, String), String> {
    let mut command = Command::new("chromedriver");
    command.args(["--port=0", "--log-level=SEVERE"]);
    let mut driver = Process::start("chromedriver", command, folder);
    let named = |line: &str| {
        let (_, port) = line.split_once("started successfully on port ")?;
        Some(port.trim_end_matches('.').to_owned())
    };
    let port = driver.says_or_ends("its port", wait::SOON, named).await?;
    Ok((driver, port))
}

/// A command of Chromium's own, through its driver.
#[derive(Debug)]
struct Devtools(Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

fn capabilities(folder: &Path) -> Value {
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "prefs": { "intl.accept_languages": "zh-CN,zh" },
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--lang=zh-CN", "--accept-lang=zh-CN,zh", "--window-size=1200,1000",
                format!("--user-data-dir={}", folder.join("profile").display()),
            ],
        },
    })
}
