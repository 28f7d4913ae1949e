//! The `huiju` binary, and what it does as an operating-system process.

use crate::wait;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the workspace")
}

/// The `huiju` binary of the profile that this program was built in. Built first when it is missing, or older than
/// its sources: a story about yesterday's program would be no story. `STORIES_HUIJU` names another binary.
pub fn huiju() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(other) = std::env::var_os("STORIES_HUIJU") {
            return other.into();
        }
        let this = std::env::current_exe().expect("a program knows where it is");
        let mut folder = this.parent().expect("a program lies in a folder").to_path_buf();
        if folder.ends_with("deps") {
            folder.pop();
        }
        let binary = folder.join("huiju");
        if !is_current(&binary) {
            build(folder.ends_with("release"));
        }
        assert!(binary.exists(), "cargo built no {}", binary.display());
        binary
    })
}

fn build(release: bool) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace()).args(["build", "--quiet", "-p", "huiju"]);
    if release {
        command.arg("--release");
    }
    let built = command.status().expect("cargo runs");
    assert!(built.success(), "huiju does not build");
}

fn is_current(binary: &Path) -> bool {
    let Ok(built) = binary.metadata().and_then(|metadata| metadata.modified()) else { return false };
    let sources = ["schema", "services", "ops/demo"].map(|part| workspace().join(part));
    sources.iter().all(|part| newest(part) <= built)
}

/// When the newest file below a folder was changed. Integration tests of a crate are no part of the binary.
fn newest(folder: &Path) -> SystemTime {
    let changed = |entry: std::fs::DirEntry| {
        let path = entry.path();
        match path.is_dir() {
            true if path.ends_with("tests") => None,
            true => Some(newest(&path)),
            false => entry.metadata().and_then(|metadata| metadata.modified()).ok(),
        }
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(changed).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A command of `huiju` with these arguments, untouched by `HUIJU_...` variables of whoever runs the tests.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(huiju());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HUIJU_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command of `huiju` to its end without blocking the runtime.
pub async fn run(arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    tokio::task::spawn_blocking(move || command.output().expect("huiju starts"))
        .await
        .expect("the command was not lost")
}

/// Runs a command of `huiju` to its end with something to read on standard input.
pub async fn run_with_input(arguments: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut command = command(arguments);
    let input = input.to_owned();
    let run = move || {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("huiju starts");
        child.stdin.take().expect("standard input is a pipe").write_all(input.as_bytes()).expect("huiju reads");
        child.wait_with_output().expect("huiju ends")
    };
    tokio::task::spawn_blocking(run).await.expect("the command was not lost")
}

/// A running process. Ends with its owner, and with the program that started it, however that ends.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    warden: Warden,
    lines: Arc<Mutex<Vec<String>>>,
    log: PathBuf,
}

impl Process {
    /// Starts a process. What it writes goes to `<name>.log` in `folder`; what it says on standard output is
    /// remembered line by line.
    pub fn start(name: &str, mut command: Command, folder: &Path) -> Process {
        let log = folder.join(format!("{name}.log"));
        let to_log = std::fs::OpenOptions::new().create(true).append(true).open(&log).expect("a log can be written");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to_log);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let output = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        let heard = lines.clone();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                heard.lock().expect("no thread panics with the lines").push(line);
            }
        });
        let warden = Warden::over(child.id());
        Process { name: name.to_owned(), child, warden, lines, log }
    }

    /// Its number in the operating system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it said on standard output so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no thread panics with the lines").clone()
    }

    /// Waits for a line on standard output that `pick` takes something from. Panics with the end of its log when the
    /// process ends first.
    pub async fn says<T>(&mut self, what: &str, deadline: Duration, pick: impl Fn(&str) -> Option<T>) -> T {
        self.says_or_ends(what, deadline, pick).await.unwrap_or_else(|ended| panic!("{ended}"))
    }

    /// The same; the end of its log when the process ends first.
    pub async fn says_or_ends<T>(
        &mut self,
        what: &str,
        deadline: Duration,
        pick: impl Fn(&str) -> Option<T>,
    ) -> Result<T, String> {
        let name = self.name.clone();
        let what = format!("{what} from {name}");
        let found = wait::until(&what, deadline, async || {
            if let Some(found) = self.lines().iter().find_map(|line| pick(line)) {
                return Ok(Ok(found));
            }
            match self.child.try_wait() {
                Ok(Some(status)) => Ok(Err(format!("{name} ended with {status}:\n{}", self.tail(30)))),
                Ok(None) | Err(_) => Err(format!("it said so far:\n{}\n{}", self.lines().join("\n"), self.tail(30))),
            }
        });
        found.await
    }

    /// The last lines of what it wrote, standard output first.
    pub fn tail(&self, count: usize) -> String {
        let written = std::fs::read(&self.log).unwrap_or_default();
        let written = String::from_utf8_lossy(&written);
        let said = self.lines();
        let last = |lines: Vec<&str>| lines[lines.len().saturating_sub(count)..].join("\n");
        format!(
            "--- {} said\n{}\n--- {} wrote\n{}",
            self.name,
            last(said.iter().map(String::as_str).collect()),
            self.name,
            last(written.lines().collect())
        )
    }

    /// Sends a signal by name, e.g. `INT`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.child.id())).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{signal} did not reach {}", self.name);
    }

    /// Waits for its end.
    pub async fn ends(&mut self, deadline: Duration) -> ExitStatus {
        let name = self.name.clone();
        wait::until(&format!("the end of {name}"), deadline, async || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(format!("it runs\n{}", self.tail(30))),
            Err(error) => Err(error.to_string()),
        })
        .await
    }

    /// SIGKILL: no chance to put anything in order.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.warden.dismiss();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.tail(15));
        }
        self.kill();
    }
}

/// Does what must be done when this program ends, even when it is killed itself or its statics are never dropped: a
/// shell that reads from a pipe which only this program holds open.
#[derive(Debug)]
pub(crate) struct Warden {
    shell: Child,
    leash: Option<ChildStdin>,
}

impl Warden {
    /// Kills a process.
    fn over(process: u32) -> Warden {
        Warden::to("kill -KILL \"$1\"", &process.to_string())
    }

    /// Removes a folder, once those who write into it are gone.
    pub(crate) fn of_folder(folder: &Path) -> Warden {
        Warden::to(
            "for i in 1 2 3 4 5 6 7 8 9; do rm -rf -- \"$1\"; sleep 0.2; [ -e \"$1\" ] || break; done",
            &folder.display().to_string(),
        )
    }

    fn to(what: &str, about: &str) -> Warden {
        let mut shell = Command::new("sh")
            .arg("-c")
            .arg(format!("read -r word; [ \"$word\" = dismissed ] || {{ {what}; }} 2>/dev/null"))
            .arg("warden")
            .arg(about)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let leash = shell.stdin.take();
        Warden { shell, leash }
    }

    /// There is nothing to be done any more.
    pub(crate) fn dismiss(&mut self) {
        use std::io::Write;
        if let Some(mut leash) = self.leash.take() {
            let _ = leash.write_all(b"dismissed\n");
            drop(leash);
            let _ = self.shell.wait();
        }
    }
}
