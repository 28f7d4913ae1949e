//! Serving until told to stop.

use axum::Router;
use axum::serve::ListenerExt as _;
use futures::future::BoxFuture;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests in flight may take after shutdown began; live pages and subscriptions never end by themselves.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until shut down, then takes no new connections, lets what is in flight finish for up to ten seconds, and
/// returns.
pub fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> BoxFuture<'static, io::Result<()>> {
    Box::pin(serve_until(listener, router, shutdown))
}

async fn serve_until(listener: TcpListener, router: Router, shutdown: CancellationToken) -> io::Result<()> {
    // An answer leaves at once, however small.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let stop = shutdown.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await });
    let too_long = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        outcome = server.into_future() => outcome,
        () = too_long => {
            tracing::warn!("requests were still in flight {} s after shutdown", DRAIN.as_secs());
            Ok(())
        }
    }
}
