//! Who asks: `wrk`, which takes little of the processors that it shares with whom it measures.

use crate::process::processor_seconds;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What a client says that it takes.
pub const ACCEPT: &str = "application/graphql-response+json, application/json";
/// How long each rate is measured.
const WINDOW: Duration = Duration::from_secs(5);
/// How often it is tried again when the machine stood still.
const STOOD_STILL: usize = 5;

/// What `wrk` runs. It has a state for each of its threads; what is told to all stands behind `--`.
const SCRIPT: &str = r#"-- Written by the bench of the directory: asks as it is told, and says what came of it.
local threads = {}
setup = function(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
  thread:set("wrong", 0)
  thread:set("example", "")
end

init = function(args)
  local document, questions, law, looks, run = args[1], args[2], args[3], args[4], args[5]
  math.randomseed(run * 100 + number)
  local lines, sums, sum = {}, {}, 0
  for line in io.lines(questions) do
    lines[#lines + 1] = line
    sum = sum + 1 / #lines
    sums[#lines] = sum
  end
  local before = '{"query":' .. io.open(document):read("*a") .. ',"variables":'
  local head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
    "\r\nContent-Type: application/json\r\nAccept: ACCEPTED\r\nContent-Length: "
  local function even() return lines[math.random(#lines)] end
  local function zipf()
    local at, low, high = math.random() * sum, 1, #lines
    while low < high do
      local middle = math.floor((low + high) / 2)
      if sums[middle] > at then high = middle else low = middle + 1 end
    end
    return lines[low]
  end
  local draw = law == "zipf" and zipf or even
  local asked = 0
  request = function()
    local body = before .. draw()
    if law == "another" then
      asked = asked + 1
      body = body .. ',"extensions":{"asked":"' .. run .. "-" .. number .. "-" .. asked .. '"}'
    end
    return head .. #body + 1 .. "\r\n\r\n" .. body .. "}"
  end
  if looks == "looks" then
    response = function(status, headers, body)
      if body:find('"errors":', 1, true) then wrong, example = wrong + 1, body end
    end
  end
end

done = function(summary, latency)
  local errors, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do
    if thread:get("wrong") > 0 then
      wrong = wrong + thread:get("wrong")
      io.write("answered: " .. thread:get("example") .. "\n")
    end
  end
  io.write(string.format('MEASURED{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"bytes":%.0f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status + wrong))
end
"#;

/// How the next question is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Each as often as any other.
    Even,
    /// The same, and each request is another: a counter in its `extensions`, which change nothing of the answer.
    Another,
    /// The n-th a n-th as often as the first.
    Zipf,
}

/// Who is asked what.
pub struct Load {
    /// By what it is told in the table.
    pub name: String,
    /// Where it is asked.
    pub url: String,
    /// The processes that answer; their children count too. None: their time is not told.
    pub processes: Vec<u32>,
    document: PathBuf,
    questions: PathBuf,
    law: Law,
}

/// What came of asking for a while.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// How long was asked.
    pub seconds: f64,
    /// Answers a second.
    pub rate: f64,
    /// In how many milliseconds half of the answers came.
    pub p50: f64,
    /// In how many milliseconds 99 of a hundred came.
    pub p99: f64,
    /// What the answering processes took of a processor for an answer, in milliseconds.
    pub processor: Option<f64>,
    /// How long an answer is with its head, in bytes.
    pub bytes: f64,
    /// Answers that were none: another status, or no answer.
    pub errors: u64,
}

/// Ends the program when there is no `wrk`.
pub fn need_wrk() {
    if std::process::Command::new("wrk").arg("--version").output().is_err() {
        crate::refuse(
            "缺少 wrk（HTTP 压测工具）：apt-get install wrk",
            "wrk, which asks over HTTP, is missing: apt-get install wrk",
        );
    }
}

/// Runs `wrk` with what is written in a folder.
pub struct Driver {
    folder: PathBuf,
    script: PathBuf,
    runs: AtomicU32,
}

impl Driver {
    /// Writes the script.
    pub fn new(folder: &Path) -> Driver {
        let folder = folder.join("driver");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let script = folder.join("ask.lua");
        std::fs::write(&script, SCRIPT.replace("ACCEPTED", ACCEPT)).expect("a file can be written");
        Driver { folder, script, runs: AtomicU32::new(0) }
    }

    /// Writes down what is asked.
    pub fn load(
        &self,
        (name, url): (&str, &str),
        processes: Vec<u32>,
        document: &str,
        questions: impl Iterator<Item = Value>,
        law: Law,
    ) -> Load {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let file = |what: &str| self.folder.join(format!("{number}.{what}"));
        let load = Load {
            name: name.to_owned(),
            url: url.to_owned(),
            processes,
            document: file("document"),
            questions: file("questions"),
            law,
        };
        let words = document.split_whitespace().collect::<Vec<_>>().join(" ");
        std::fs::write(&load.document, Value::String(words).to_string()).expect("a file can be written");
        let lines: Vec<String> = questions.map(|variables| variables.to_string()).collect();
        std::fs::write(&load.questions, lines.join("\n")).expect("a file can be written");
        load
    }

    /// Asks for a while and looks at each answer, for which the time that is measured is too dear. What is measured then is what
    /// lasts, and answers without errors.
    pub async fn warm_up(&self, load: &Load, window: Duration) {
        let (measured, said) = self.ask(load, 8, window, true).await;
        assert_eq!(measured.errors, 0, "errors of {}: {said}", load.name);
    }

    /// Asks on so many connections, and says what came of it.
    pub async fn measure(&self, load: &Load, connections: usize) -> Measured {
        self.ask(load, connections, WINDOW, false).await.0
    }

    /// Asks, and once more where the machine itself stood still meanwhile, as one that is shared may: `wrk` stops by its own clock,
    /// whatever the server does. What was measured, and what `wrk` said.
    async fn ask(&self, load: &Load, connections: usize, window: Duration, looks: bool) -> (Measured, String) {
        for _ in 0..STOOD_STILL {
            let (measured, said) = self.ask_once(load, connections, window, looks).await;
            if measured.seconds < window.as_secs_f64() + 1.0 {
                return (measured, said);
            }
            println!("  {}: {window:?} took {:.1} s, the machine stood still: once more", load.name, measured.seconds);
        }
        panic!("the machine stands still too often to measure {}", load.name)
    }

    async fn ask_once(&self, load: &Load, connections: usize, window: Duration, looks: bool) -> (Measured, String) {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let law = match load.law {
            Law::Even => "even",
            Law::Another => "another",
            Law::Zipf => "zipf",
        };
        let mut command = tokio::process::Command::new("wrk");
        command.arg(format!("-t{}", connections.min(2))).arg(format!("-c{connections}"));
        command.arg(format!("-d{}s", window.as_secs())).args(["--timeout", "10s", "-s"]).arg(&self.script);
        command.arg(&load.url).arg("--").arg(&load.document).arg(&load.questions).args([
            law,
            if looks { "looks" } else { "trusts" },
            &run.to_string(),
        ]);
        let before = processor_seconds(&load.processes);
        let output = command.kill_on_drop(true).output().await.expect("wrk runs");
        let spent = processor_seconds(&load.processes) - before;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let figures = said.lines().find_map(|line| line.strip_prefix("MEASURED"));
        let figures: Value = figures
            .and_then(|figures| serde_json::from_str(figures).ok())
            .unwrap_or_else(|| panic!("wrk says of {}: {said}{}", load.name, String::from_utf8_lossy(&output.stderr)));
        let figure = |name: &str| figures[name].as_f64().expect("a number");
        let requests = figure("requests");
        assert!(requests > 0.0, "{} answered nothing within {} s: {said}", load.name, window.as_secs());
        let measured = Measured {
            seconds: figure("seconds"),
            rate: requests / figure("seconds"),
            p50: figure("p50"),
            p99: figure("p99"),
            processor: (!load.processes.is_empty()).then_some(spent * 1e3 / requests),
            bytes: figure("bytes") / requests,
            errors: figures["errors"].as_u64().expect("a number"),
        };
        (measured, said)
    }
}

impl Measured {
    /// The middle of each figure over several; all errors, and all of the time.
    pub fn middle(all: &[Measured]) -> Measured {
        let middle = |figure: &dyn Fn(&Measured) -> f64| {
            let mut figures: Vec<f64> = all.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        Measured {
            seconds: all.iter().map(|one| one.seconds).sum(),
            rate: middle(&|one| one.rate),
            p50: middle(&|one| one.p50),
            p99: middle(&|one| one.p99),
            processor: all[0].processor.map(|_| middle(&|one| one.processor.unwrap_or_default())),
            bytes: middle(&|one| one.bytes),
            errors: all.iter().map(|one| one.errors).sum(),
        }
    }
}
