//! `huiju serve`: one service as its own process.

use crate::arguments::Serve;
use crate::table::{self, KeysNeeded, Row, Served, Settings};
use crate::{Failure, compose, stopping};
use chassis::log::Log;
use chassis::sealed::KeyStore;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Runs one service until it is asked to stop. Prints `listening ADDRESS` once it accepts connections.
pub(crate) async fn run(serve: Serve) -> Result<(), Failure> {
    let shutdown = CancellationToken::new();
    stopping::on_signal(shutdown.clone())?;
    let row = match serve.service {
        Served::Log => return run_log(serve, shutdown).await,
        Served::Service(row) => row,
    };
    let url = serve.log.as_deref().ok_or("--log 未给出：请给出日志地址 --log is missing: give the log's address")?;
    let limits = serve.outside.limits()?;
    let listener = TcpListener::bind(serve.listen).await?;
    let address = listener.local_addr()?;
    let log = Log::connect(url).await?;
    if row.name == table::ACCOUNTS {
        // Makes the issuer's key and writes jwks.json, which the verifier below reads.
        let issuer = accounts::Issuer::open(&serve.data, chassis::clock::Clock::system())?;
        if let Some(first) = issuer.first_admin()? {
            println!("first admin: {} {}", first.name, first.password);
        }
        issuer.retire_demo_accounts()?;
    }
    let keys = keys(row, &serve, &log).await?;
    let auth = compose::verifier(&serve.tokens, &serve.data);
    let service = compose::service(log, keys, &serve.data, auth, shutdown.clone());
    let operations = serve.outside.operations.clone();
    let settings = Settings { is_demo: false, scopes: serve.scopes.selection(), operations };
    let router = chassis::app::app_within(&service, (row.mount)(&service, &settings)?, serve.outside.edge());
    let router = pages::for_people(router, &service, false);
    println!("listening http://{address}");
    chassis::app::serve_within(limits, listener, router, shutdown).await?;
    service.tasks.close();
    service.tasks.wait().await;
    Ok(())
}

async fn run_log(serve: Serve, shutdown: CancellationToken) -> Result<(), Failure> {
    let options = log_server::Options { data: Some(serve.data), listen: serve.listen };
    let server = log_server::Server::start(options).await?;
    println!("listening {}", server.url());
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = server.stopped() => return Err("日志服务意外停止 the log server stopped by itself".into()),
    }
    server.stop().await;
    Ok(())
}

/// The keys, for a service that cannot do without them or that was told where they are.
async fn keys(row: &Row, serve: &Serve, log: &Log) -> Result<KeyStore, Failure> {
    match row.keys {
        KeysNeeded::No => Ok(KeyStore::absent()),
        KeysNeeded::IfThere if !compose::has_keys(&serve.keys, &serve.data) => Ok(KeyStore::absent()),
        KeysNeeded::IfThere | KeysNeeded::Yes => compose::unlock(log, &serve.keys, &serve.data).await,
    }
}
