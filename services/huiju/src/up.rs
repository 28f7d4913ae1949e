//! `huiju up`: the whole of Huiju in one process.

use crate::arguments::Up;
use crate::table::{SERVICES, Settings};
use crate::{Failure, compose, demo, stopping};
use accounts::Issuer;
use chassis::clock::Clock;
use chassis::log::Log;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests under way may take to finish once the process is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How often it is looked whether all parts are ready.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Starts everything, tells where to look, and runs until it is asked to stop.
pub(crate) async fn run(up: Up) -> Result<(), Failure> {
    let shutdown = CancellationToken::new();
    stopping::on_signal(shutdown.clone())?;
    if up.demo && !up.listen.ip().is_loopback() {
        return Err(format!(
            "演示账号的密码人人知道，--demo 只能在本机使用：请去掉 --demo，或监听 127.0.0.1 everybody knows the passwords of the \
             demonstration: --demo is for this machine alone, not for {}",
            up.listen
        )
        .into());
    }
    let listener = TcpListener::bind(up.listen)
        .await
        .map_err(|error| format!("无法监听 cannot listen on {}: {error}（--listen 可改）", up.listen))?;
    let address = listener.local_addr()?;

    let server = match &up.log {
        Some(_) => None,
        None => Some(
            log_server::Server::start(log_server::Options { data: Some(up.data.join("log")), listen: up.log_listen })
                .await?,
        ),
    };
    let url = up.log.clone().or_else(|| server.as_ref().map(log_server::Server::url)).unwrap_or_default();
    let services = Box::pin(run_services(&up, &url, address, listener, shutdown));
    let Some(server) = server else { return services.await };
    let outcome = tokio::select! {
        outcome = services => outcome,
        // Without its log nothing here is worth running: whoever watches the process starts it anew.
        () = server.stopped() => Err("日志服务意外停止 the log server stopped by itself".into()),
    };
    server.stop().await;
    outcome
}

async fn run_services(
    up: &Up,
    url: &str,
    address: SocketAddr,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let limits = up.outside.limits()?;
    let log = Log::connect(url).await?;
    let issuer = Issuer::open(&up.data, Clock::system())?;
    let auth = compose::verifier(&up.tokens, &up.data);
    let keys = compose::unlock(&log, &up.keys, &up.data).await?;
    let service = compose::service(log, keys, &up.data, auth, shutdown.clone());
    let welcome = demo::Welcome::prepare(&issuer, up.demo)?;
    let ready = service.health.register("demo");
    ready.ready(!up.demo);

    let scopes = up.scopes.selection();
    let settings = Settings { is_demo: up.demo, scopes: scopes.clone(), operations: up.outside.operations.clone() };
    let mut mounted = Vec::new();
    for row in SERVICES {
        mounted.extend((row.mount)(&service, &settings)?);
    }
    let router = chassis::app::app_within(&service, mounted, up.outside.edge());
    let router = pages::for_people(router, &service, up.demo);
    let serving = tokio::spawn(chassis::app::serve_within(limits, listener, router, shutdown.clone()));

    let loaded = async {
        if up.demo {
            demo::load(&service, &scopes).await?;
            ready.ready(true);
        }
        // Where to look is said once there is something to see: a directory that is behind answers nothing.
        while !service.health.is_ready() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok::<(), Failure>(())
    };
    tokio::select! {
        loaded = loaded => {
            if let Err(failure) = loaded {
                shutdown.cancel();
                let _ = serving.await;
                return Err(failure);
            }
            welcome.print(address, url);
            shutdown.cancelled().await;
        }
        () = shutdown.cancelled() => {}
    }
    service.tasks.close();
    let drained = tokio::time::timeout(DRAIN, async {
        let served = serving.await;
        service.tasks.wait().await;
        served
    });
    match drained.await {
        Ok(served) => Ok(served??),
        Err(_) => {
            tracing::warn!("some work did not finish in {} s", DRAIN.as_secs());
            Ok(())
        }
    }
}
