//! The real app on the real engine: starts the built binary under WebKitWebDriver and drives its page.
//! Knows no scenario and no fake server; those are in tests/window and beside this module. Called by
//! tests/window only, on the display that scripts/with-desktop.sh gives it.

mod process;

pub use process::SecondApp;

use std::{
    any::Any,
    cell::RefCell,
    env, fs, io,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::FutureExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;
use tokio::sync::{Mutex, MutexGuard};

use process::DriverProcess;

/// How long a page may take to get where a scenario wants it: a debug build on two busy cores.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const INTERVAL: Duration = Duration::from_millis(50);

/// WebKitGTK allows one automated window at a time on a machine, whatever the test harness runs side by side.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Why a scenario could not go on. The text names what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// WebKitWebDriver or a program that looks at pictures did not start, or a file could not be written.
    #[error("{attempt}: {source}")]
    Machine {
        /// What was attempted.
        attempt: String,
        /// What the system said.
        source: io::Error,
    },
    /// The driver did not answer at its address in time.
    #[error("wait for WebKitWebDriver on port `{port}`: no answer in {PATIENCE:?}")]
    DriverSilent {
        /// The port on loopback.
        port: u16,
    },
    /// The page never showed the text.
    #[error("wait for the text `{text}`: the page shows `{shown}`")]
    TextMissing {
        /// What was waited for.
        text: String,
        /// The page's visible text at the end.
        shown: String,
    },
    /// The app refused a command.
    #[error("give the command `{command}`: {answer}")]
    Refused {
        /// The command.
        command: String,
        /// What it answered.
        answer: String,
    },
    /// `identify` did not say how many colours a picture has.
    #[error("count the colours of `{picture}`: identify answered `{answer}`")]
    NotCounted {
        /// The picture.
        picture: PathBuf,
        /// What it answered instead of a number.
        answer: String,
    },
    /// The driver refused a command or did not find an element.
    #[error("drive the page: {0}")]
    Driver(#[from] WebDriverError),
}

/// What the functions of this module and all scenarios answer.
pub type Result<T> = std::result::Result<T, WindowError>;

/// One running app with its page. End it with [`Window::close`].
pub struct Window {
    driver: WebDriver,
    process: DriverProcess,
    /// Whether the app was killed, so that the driver has nothing left to quit.
    killed: AtomicBool,
    /// Held as long as the app runs.
    _turn: MutexGuard<'static, ()>,
}

impl Window {
    /// Starts the app with `home` as its whole world (HOME and `REARVIEW_HOME` lie in it) and `envs` on top of the
    /// environment, and waits for its page. Opening the same `home` again is a restart with the same data.
    /// The binary is `REARVIEW_BIN`, else target/debug/rearview.
    pub async fn open(home: &Path, envs: &[(&str, &str)]) -> Result<Self> {
        let turn = ONE_AT_A_TIME.lock().await;
        let process = DriverProcess::start(home, envs).await?;
        let mut capabilities = Capabilities::new();
        capabilities.set("browserName", "wry")?;
        capabilities.set("webkitgtk:browserOptions", json!({ "binary": binary(), "args": [] }))?;
        let driver = WebDriver::builder(process.address(), capabilities).request_timeout(PATIENCE).await?;
        driver.set_script_timeout(PATIENCE).await?;
        Ok(Self { driver, process, killed: AtomicBool::new(false), _turn: turn })
    }

    /// The page, for what the functions here do not offer.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Waits until the page's visible text contains `text`.
    pub async fn wait_text(&self, text: &str) -> Result<()> {
        self.wait_text_in("body", text).await
    }

    /// Waits until the visible text of what a CSS selector finds contains `text`.
    pub async fn wait_text_in(&self, css: &str, text: &str) -> Result<()> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map(one => one.innerText).join(' ')";
        let shown = RefCell::new(String::new());
        let found = until(async || {
            let now = self.driver.execute(script, vec![json!(css)]).await?;
            shown.replace(now.json().as_str().unwrap_or_default().to_owned());
            Ok(shown.borrow().contains(text))
        });
        match found.await? {
            true => Ok(()),
            false => Err(WindowError::TextMissing { text: text.to_owned(), shown: shown.take() }),
        }
    }

    /// The visible element that a CSS selector finds, once there is one.
    pub async fn find(&self, css: &str) -> Result<WebElement> {
        Ok(self.driver.query(By::Css(css)).wait(PATIENCE, INTERVAL).and_displayed().first().await?)
    }

    /// The last visible element with this text, of this kind (`button`, `a`, `h1`), once there is one.
    pub async fn find_text(&self, kind: &str, text: &str) -> Result<WebElement> {
        let path = format!("(//{kind}[starts-with(normalize-space(.), \"{text}\")])[last()]");
        Ok(self.driver.query(By::XPath(path)).wait(PATIENCE, INTERVAL).and_displayed().first().await?)
    }

    /// Presses the button with these words once it can be pressed.
    pub async fn press(&self, words: &str) -> Result<()> {
        let button = self.find_text("button", words).await?;
        button.wait_until().wait(PATIENCE, INTERVAL).clickable().await?;
        click_when_free(&button).await
    }

    /// The control that a label with exactly these words names.
    pub async fn labelled(&self, label: &str) -> Result<WebElement> {
        let path = format!("//*[@id=//label[normalize-space(.)=\"{label}\"]/@for]");
        Ok(self.driver.query(By::XPath(path)).wait(PATIENCE, INTERVAL).and_displayed().first().await?)
    }

    /// Gives the app a command as its page does, and answers what it answers.
    pub async fn command(&self, name: &str, request: Value) -> Result<Value> {
        let script = "const [name, request, done] = arguments;
            window.__TAURI_INTERNALS__.invoke('rpc', { name, request })
                .then(answer => done({ answer }), error => done({ error: String(error) }));";
        let given = vec![json!(name), json!(request.to_string())];
        let said = self.driver.execute_async(script, given).await?;
        match said.json()["answer"].as_str().and_then(|answer| serde_json::from_str(answer).ok()) {
            Some(answer) => Ok(answer),
            None => Err(WindowError::Refused { command: name.to_owned(), answer: said.json().to_string() }),
        }
    }

    /// Ends the app with SIGKILL, as a crash or a power cut would.
    pub async fn kill(&self) -> Result<()> {
        self.killed.store(true, Ordering::Relaxed);
        self.process.kill_app(&binary()).await
    }

    /// The visible element with this `data-testid`, once there is one.
    pub async fn by_testid(&self, id: &str) -> Result<WebElement> {
        let query = self.driver.query(By::Testid(id)).wait(PATIENCE, INTERVAL).and_displayed();
        Ok(query.first().await?)
    }

    /// Clicks the element with this `data-testid` once it can be clicked.
    pub async fn click(&self, id: &str) -> Result<()> {
        let element = self.by_testid(id).await?;
        element.wait_until().wait(PATIENCE, INTERVAL).clickable().await?;
        Ok(element.click().await?)
    }

    /// Types into the element with this `data-testid`, key by key as a person would, after what is there already.
    pub async fn type_into(&self, id: &str, text: &str) -> Result<()> {
        Ok(self.by_testid(id).await?.send_keys(text).await?)
    }

    /// Saves a picture of the page as target/window-shots/NAME.png and says where.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let bytes = self.driver.screenshot_as_png().await?;
        write(&format!("{name}.png"), &bytes)
    }

    /// Ends the app as its window manager would see it, then the driver, and returns once no process is left.
    pub async fn close(self) -> Result<()> {
        let killed = self.killed.load(Ordering::Relaxed);
        let quit = self.driver.quit().await;
        // Whatever the driver thinks of quitting, nothing may be left behind for the next scenario.
        self.process.end().await?;
        if killed { Ok(()) } else { Ok(quit?) }
    }

    /// What a person needs to understand a failure: picture and page, in target/window-shots beside the log.
    /// Best effort: the page may be gone, and the scenario's own failure is what counts.
    async fn save_evidence(&self, name: &str) {
        if let Err(e) = self.screenshot(&format!("{name}.failed")).await {
            tracing::warn!("no picture of `{name}`: {e}");
        }
        if let Ok(source) = self.driver.source().await {
            drop(write(&format!("{name}.failed.html"), source.as_bytes()));
        }
    }
}

/// Keeps what the app and the driver wrote, which is all there is when no window came.
fn save_log(name: &str, home: &Path) {
    if let Ok(log) = fs::read(process::log(home)) {
        drop(write(&format!("{name}.failed.log"), &log));
    }
}

/// Runs one scenario on a fresh app with a fresh home. When it fails or panics, what the window showed is kept.
pub async fn scenario(
    name: &str,
    envs: &[(&str, &str)],
    body: impl AsyncFnOnce(&Window) -> Result<()>,
) -> Result<()> {
    scenario_in(&new_home()?, name, envs, body).await
}

/// A fresh home for an app that is to be started more than once.
pub fn new_home() -> Result<TempDir> {
    tempfile::tempdir().map_err(at("make a home for the app"))
}

/// As [`scenario`], in a home of the caller's: with data that was put there, or once more with the same data.
pub async fn scenario_in(
    home: &TempDir,
    name: &str,
    envs: &[(&str, &str)],
    body: impl AsyncFnOnce(&Window) -> Result<()>,
) -> Result<()> {
    let window = Window::open(home.path(), envs).await.inspect_err(|_| save_log(name, home.path()))?;
    let outcome: std::result::Result<Result<()>, Box<dyn Any + Send>> =
        AssertUnwindSafe(body(&window)).catch_unwind().await;
    if !matches!(outcome, Ok(Ok(()))) {
        window.save_evidence(name).await;
        save_log(name, home.path());
    }
    let closed = window.close().await;
    match outcome {
        Ok(result) => result.and(closed),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Clicks what may still be covered for a moment, by a dialog that is closing or a notice that is going, as a person would
/// who waits for it.
///
/// # Errors
/// When it stays covered, or is gone.
pub async fn click_when_free(element: &WebElement) -> Result<()> {
    let free = async || match element.click().await {
        Ok(()) => Ok(true),
        Err(error) if matches!(*error, WebDriverErrorInner::ElementClickIntercepted(_)) => Ok(false),
        Err(error) => Err(error.into()),
    };
    // The last try tells what is in the way.
    if until(free).await? { Ok(()) } else { Ok(element.click().await?) }
}

/// Looks again and again until something is so. False when it was not so in time.
///
/// # Errors
/// When looking fails.
pub async fn until(so: impl AsyncFn() -> Result<bool>) -> Result<bool> {
    let mut ticks = tokio::time::interval(INTERVAL);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        ticks.tick().await;
        if so().await? {
            return Ok(true);
        }
        if tokio::time::Instant::now() > deadline {
            return Ok(false);
        }
    }
}

/// How many different colours a picture has: an empty window has one or two. Asks ImageMagick's `identify`.
pub fn colours(picture: &Path) -> Result<u32> {
    let output = Command::new("identify").args(["-format", "%k"]).arg(picture).output();
    let output = output.map_err(at("start `identify`"))?;
    let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    answer.parse().map_err(|_| WindowError::NotCounted { picture: picture.to_owned(), answer })
}

/// The app to drive.
fn binary() -> PathBuf {
    env::var_os("REARVIEW_BIN").map_or_else(|| root().join("target/debug/rearview"), PathBuf::from)
}

/// The repository's root.
fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// Writes a file into target/window-shots and says where it is.
fn write(name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let folder = root().join("target/window-shots");
    let path = folder.join(name);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, bytes))
        .map_err(at("save what the window showed"))?;
    Ok(path)
}

/// Turns an IO error into ours, with what was attempted.
fn at(attempt: &str) -> impl FnOnce(io::Error) -> WindowError {
    let attempt = attempt.to_owned();
    move |source| WindowError::Machine { attempt, source }
}
