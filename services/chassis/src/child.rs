//! Work on strangers' bytes in a child process that the system holds to limits. What a file unfolds to is known only once it
//! has been unfolded, and a process that runs out of memory takes everything down that it does beside.

use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// What a child may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory that it may write to.
    pub memory: u64,
    /// Processor time.
    pub processor: Duration,
    /// Time that passes.
    pub time: Duration,
    /// Bytes that it may answer with.
    pub answer: u64,
}

/// The binary's allocator (mimalloc) takes a gibibyte when a process begins, before it can be held to a limit; what goes beyond
/// is then refused at random. Told so, it takes memory as it is needed, and a limit is one.
const ITS_SETTINGS: [(&str, &str); 1] = [("MIMALLOC_ARENA_EAGER_COMMIT", "0")];

/// The child did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It needed more memory than it may take, or broke on what it was given.
    #[error("the child process ended by itself, most likely for want of memory: {0}")]
    Ended(ExitStatus),
    /// It needed more time than it may take.
    #[error("the child process took too long")]
    Slow,
    /// Its answer is too long.
    #[error("the child process answers too much")]
    Long,
    /// It could not be started, or not be spoken to.
    #[error("the child process cannot be used: {0}")]
    Unusable(#[from] io::Error),
}

/// The program to run as a child: this one, also once another version lies in its place.
pub fn this_program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// What a child of `program`, run with one argument, makes of some bytes.
///
/// # Errors
/// When it did not do it within the limits, or could not be run. The child is gone in every case.
pub async fn ask(program: &Path, argument: &str, input: &[u8], limits: &Limits) -> Result<Vec<u8>, ChildError> {
    let mut child = Command::new(program)
        .arg(argument)
        // Neither secrets nor settings are for it.
        .env_clear()
        .envs(ITS_SETTINGS)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (mut to, from) = (child.stdin.take(), child.stdout.take());
    let tell = async {
        if let Some(to) = &mut to {
            // A child that ended does not read to the end; its status says why.
            let _ = to.write_all(input).await;
        }
        drop(to.take());
    };
    let hear = async {
        let mut answer = Vec::new();
        if let Some(from) = from {
            from.take(limits.answer + 1).read_to_end(&mut answer).await?;
        }
        Ok::<_, io::Error>(answer)
    };
    let all = async {
        let ((), answer) = tokio::join!(tell, hear);
        let answer = answer?;
        if u64::try_from(answer.len()).unwrap_or(u64::MAX) > limits.answer {
            return Err(ChildError::Long);
        }
        Ok((answer, child.wait().await?))
    };
    let (answer, status) = tokio::time::timeout(limits.time, all).await.map_err(|_| ChildError::Slow)??;
    match signal(status) {
        _ if status.success() => Ok(answer),
        Some(signal) if [Signal::XCPU.as_raw(), Signal::KILL.as_raw()].contains(&signal) => Err(ChildError::Slow),
        Some(_) | None => Err(ChildError::Ended(status)),
    }
}

fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// The child's part: holds this process to the limits, reads what it is given, answers. Call it before anything else.
pub fn answer(limits: &Limits, work: impl FnOnce(Vec<u8>) -> Vec<u8>) -> ExitCode {
    let worked = confine(limits).and_then(|()| {
        let mut input = Vec::new();
        io::stdin().lock().read_to_end(&mut input)?;
        let answer = work(input);
        io::stdout().lock().write_all(&answer)
    });
    if worked.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn confine(limits: &Limits) -> io::Result<()> {
    let to = |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    // Neither does it leave a picture of its memory, nor write files, nor open many.
    to(Resource::Core, 0)?;
    to(Resource::Fsize, 0)?;
    to(Resource::Nofile, 16)?;
    // The first signal comes at the soft limit, the one that cannot be caught a second later.
    let seconds = limits.processor.as_secs().max(1);
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds + 1) })?;
    to(Resource::Data, limits.memory)?;
    Ok(())
}
