//! A limit of memory for processes together, what the kernel keeps of their files included: a control group of Linux, of version 1 or
//! 2. To make one takes root, or a hierarchy that was given away.

use rustix::fs::{Advice, fadvise};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

const NAME: &str = "huiju-bench-";

/// The version of the hierarchy, which gives files their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A group. Removed with its owner.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    version: Version,
}

impl Group {
    /// A group that may use so many MiB and no swap; else why there is none.
    pub fn new(mebibytes: u64) -> Result<Group, String> {
        let (root, version) = hierarchy()?;
        // What a run that was killed left behind: none that holds a process can be removed.
        for entry in fs::read_dir(&root).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(NAME) {
                drop(fs::remove_dir(entry.path()));
            }
        }
        let folder = root.join(format!("{NAME}{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let group = Group { folder, version };
        let bytes = (mebibytes * 1024 * 1024).to_string();
        let (limit, swap, no_swap) = match version {
            Version::One => ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", bytes.as_str()),
            Version::Two => ("memory.max", "memory.swap.max", "0"),
        };
        group.write(limit, &bytes).map_err(|error| format!("{}: {error}", group.folder.join(limit).display()))?;
        if let Err(error) = group.write(swap, no_swap) {
            println!("  swap is not limited: {}: {error}", group.folder.join(swap).display());
        }
        Ok(group)
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        fs::write(self.folder.join(file), text)
    }

    /// The same command, run in the group from its first instruction on.
    pub fn inside(&self, command: &Command) -> Command {
        let mut within = Command::new("sh");
        within.args(["-c", r#"echo $$ > "$0" && exec "$@""#]).arg(self.folder.join("cgroup.procs"));
        within.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => within.env(name, value),
                None => within.env_remove(name),
            };
        }
        within
    }

    /// What it used at most, in MiB, and how many of its processes were killed for want of memory.
    pub fn peak_and_killed(&self) -> String {
        let (peak, events) = match self.version {
            Version::One => ("memory.max_usage_in_bytes", "memory.oom_control"),
            Version::Two => ("memory.peak", "memory.events"),
        };
        let peak = self.read(peak).and_then(|bytes| bytes.trim().parse::<u64>().ok());
        let peak = peak.map_or_else(|| "unknown".to_owned(), |bytes| format!("{} MiB", bytes / 1024 / 1024));
        let killed = self.count(events, "oom_kill");
        format!("{peak}, {} killed", killed.map_or_else(|| "unknown".to_owned(), |count| count.to_string()))
    }

    /// What it uses now that is no file of the disk's, in MiB.
    pub fn own(&self) -> String {
        let name = match self.version {
            Version::One => "total_rss",
            Version::Two => "anon",
        };
        let bytes = self.count("memory.stat", name);
        bytes.map_or_else(|| "unknown".to_owned(), |bytes| format!("{} MiB", bytes / 1024 / 1024))
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(file)).ok()
    }

    fn count(&self, file: &str, name: &str) -> Option<u64> {
        let text = self.read(file)?;
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("memory of the group at most: {}", self.peak_and_killed());
        }
        // A process that has ended leaves its group a moment later.
        for _ in 0..50 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        eprintln!("the group stays: rmdir {}", self.folder.display());
    }
}

/// Where groups of memory are made.
fn hierarchy() -> Result<(PathBuf, Version), String> {
    let root = Path::new("/sys/fs/cgroup");
    if root.join("memory/memory.limit_in_bytes").exists() {
        return Ok((root.join("memory"), Version::One));
    }
    let controllers = fs::read_to_string(root.join("cgroup.controllers")).unwrap_or_default();
    if !controllers.split_whitespace().any(|controller| controller == "memory") {
        return Err(format!("{} has no controller of memory", root.display()));
    }
    let handed = root.join("cgroup.subtree_control");
    fs::write(&handed, "+memory").map_err(|error| format!("{}: {error}", handed.display()))?;
    Ok((root.to_owned(), Version::Two))
}

/// Has the kernel forget what it keeps of a folder's files: they are charged to whoever reads them first, which is to be the group.
pub fn forget(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            forget(&path);
        } else if let Ok(file) = fs::File::open(&path) {
            // Only what is on the disk already can be forgotten.
            file.sync_all().expect("a file can be synced");
            fadvise(&file, 0, None, Advice::DontNeed).expect("the kernel takes advice");
        }
    }
}
