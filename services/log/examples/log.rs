//! Serves a log until the standard input ends: `cargo run --example log -- [DIRECTORY [ADDRESS]]`. Prints the
//! connection string.

use log_server::{Options, Server};
use std::error::Error;
use tokio::io::{AsyncReadExt, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().map(Into::into);
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned()).parse()?;
    let server = Server::start(Options { data, listen }).await?;
    println!("{}", server.url());
    let (mut input, mut ignored) = (stdin(), Vec::new());
    tokio::select! {
        _ = input.read_to_end(&mut ignored) => server.stop().await,
        () = server.stopped() => return Err("the server has died".into()),
    }
    Ok(())
}
