//! `huiju serve`: one service as its own process.

use crate::arguments::{Serve, ServiceName};
use crate::{Failure, compose, stopping};
use chassis::log::Log;
use chassis::sealed::KeyStore;
use chassis::service::{Mounted, Service};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Runs one service until it is asked to stop. Prints `listening ADDRESS` once it accepts connections.
pub(crate) async fn run(serve: Serve) -> Result<(), Failure> {
    let shutdown = CancellationToken::new();
    stopping::on_signal(shutdown.clone())?;
    compose::data_directory(&serve.data)?;
    if serve.service == ServiceName::Log {
        return run_log(serve, shutdown).await;
    }
    let url = serve.log.as_deref().ok_or("--log 未给出：请给出日志地址 --log is missing: give the log's address")?;
    let listener = TcpListener::bind(serve.listen).await?;
    let address = listener.local_addr()?;
    let log = Log::connect(url).await?;
    if serve.service == ServiceName::Accounts {
        // Makes the issuer's key and writes jwks.json, which the verifier below reads.
        let issuer = accounts::Issuer::open(&serve.data, chassis::clock::Clock::system())?;
        if let Some(first) = issuer.first_admin()? {
            println!("first admin: {} {}", first.name, first.password);
        }
    }
    let keys = keys(&serve, &log).await?;
    let auth = compose::verifier(&serve.tokens, &serve.data);
    let service = compose::service(log, keys, &serve.data, auth, shutdown.clone());
    let router = chassis::http::app(&service, mount(&serve, &service)?);
    let router = match serve.service {
        ServiceName::Directory => pages::for_people(router, &service, false),
        _ => router,
    };
    println!("listening http://{address}");
    chassis::http::serve(listener, router, shutdown).await?;
    service.tasks.close();
    service.tasks.wait().await;
    Ok(())
}

/// The service that is asked for; with the directory, the pages that ask it.
fn mount(serve: &Serve, service: &Service) -> Result<Vec<Mounted>, Failure> {
    Ok(vec![match serve.service {
        ServiceName::Log => return Ok(Vec::new()),
        ServiceName::Accounts => accounts::mount(service)?,
        ServiceName::Areas => areas::mount(service)?,
        ServiceName::Clinic => clinic::mount(service)?,
        ServiceName::WomensFederation => womens_federation::mount(service)?,
        ServiceName::YouthLeague => youth_league::mount(service)?,
        ServiceName::Commerce => commerce::mount(service)?,
        ServiceName::Persons => persons::mount(service)?,
        ServiceName::Center => center::mount(service, serve.scopes.selection())?,
        ServiceName::Directory => {
            let source = directory::start(service, serve.scopes.selection())?;
            let (mounted, answers) = graph::mount(service, source, false)?;
            return Ok(vec![mounted, pages::mount(service, Arc::new(answers), false)]);
        }
    }])
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
async fn keys(serve: &Serve, log: &Log) -> Result<KeyStore, Failure> {
    match serve.service {
        ServiceName::Log | ServiceName::Accounts | ServiceName::Areas => Ok(KeyStore::absent()),
        ServiceName::Directory if !compose::has_keys(&serve.keys, &serve.data) => Ok(KeyStore::absent()),
        ServiceName::Clinic
        | ServiceName::WomensFederation
        | ServiceName::YouthLeague
        | ServiceName::Commerce
        | ServiceName::Persons
        | ServiceName::Center
        | ServiceName::Directory => compose::unlock(log, &serve.keys, &serve.data).await,
    }
}
