//! What Linux says of a process, and how long something takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The processor time of processes and of all below them so far, in seconds: less disturbed by other load than a rate is.
pub fn processor_seconds(processes: &[u32]) -> f64 {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for process in numbers() {
        if let Some(parent) = stat(process).get(1).and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(process);
        }
    }
    let (mut all, mut next) = (BTreeSet::new(), processes.to_vec());
    while let Some(process) = next.pop() {
        if all.insert(process) {
            next.extend(children.get(&process).into_iter().flatten());
        }
    }
    let ticks = |process: u32| -> f64 {
        let fields = stat(process);
        [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum()
    };
    // Linux counts in hundredths of a second for whoever reads this file.
    all.into_iter().map(ticks).sum::<f64>() / 100.0
}

fn numbers() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The fields behind the name, which may itself hold spaces.
fn stat(process: u32) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// The resident memory of a process at most so far, and now, in MiB.
pub fn resident(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |word: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(word));
        let kibibytes = value.and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.map_or_else(|| "unknown".to_owned(), |kibibytes| (kibibytes / 1024).to_string())
    };
    format!("{} and {} MiB", of("VmHWM:"), of("VmRSS:"))
}

/// Nobody who sleeps is woken so much too late by other load.
const LATE: Duration = Duration::from_secs(1);

/// A clock that knows how long the machine stood still, as a virtual one does when its host stops it.
#[derive(Clone, Debug)]
pub struct Clock {
    /// In milliseconds.
    still: Arc<AtomicU64>,
}

/// A moment from which on it is measured.
#[derive(Debug)]
pub struct Started {
    at: Instant,
    still: u64,
    clock: Clock,
}

/// How long something took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// While the machine ran.
    pub ran: Duration,
    still: Duration,
}

impl Clock {
    /// Looks from now on, as long as the program runs.
    pub fn watch() -> Clock {
        let clock = Clock { still: Arc::default() };
        let still = clock.still.clone();
        std::thread::spawn(move || {
            let nap = Duration::from_millis(100);
            loop {
                let asleep = Instant::now();
                std::thread::sleep(nap);
                let late = asleep.elapsed().saturating_sub(nap);
                if late > LATE {
                    still.fetch_add(u64::try_from(late.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
                }
            }
        });
        clock
    }

    /// Measures from now on.
    pub fn start(&self) -> Started {
        Started { at: Instant::now(), still: self.still.load(Ordering::Relaxed), clock: self.clone() }
    }
}

impl Started {
    /// Until now.
    pub fn took(&self) -> Took {
        let still = Duration::from_millis(self.clock.still.load(Ordering::Relaxed) - self.still);
        Took { ran: self.at.elapsed().saturating_sub(still), still }
    }
}

impl fmt::Display for Took {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} s", self.ran.as_secs_f64())?;
        if self.still > Duration::ZERO {
            write!(formatter, " without {:.2} s in which the machine stood still", self.still.as_secs_f64())?;
        }
        Ok(())
    }
}
