//! When to stop: Ctrl-C or SIGTERM. A second signal ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `shutdown` at the first signal. At a second one the process exits with 130, drained or not.
pub(crate) fn on_signal(shutdown: CancellationToken) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        let mut asked = 0;
        loop {
            tokio::select! {
                _ = interrupt.recv() => asked += 1,
                _ = terminate.recv() => asked += 1,
            }
            if asked > 1 {
                std::process::exit(130);
            }
            tracing::info!("stopping: finishing what is under way");
            shutdown.cancel();
        }
    });
    Ok(())
}
