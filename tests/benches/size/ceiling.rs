//! What no endpoint can beat here: a bare axum server that reads the request's JSON and answers the same bytes each time. A process of
//! its own, made of this program.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use std::hint::black_box;
use std::path::Path;
use stories::process::Process;
use stories::wait;

/// Has this program be the server, which answers so many bytes.
pub const FLAG: &str = "--serve-ceiling";

/// Answers until it is ended.
pub async fn serve(length: usize) {
    let frame = r#"{"data":""}"#.len();
    let body = Bytes::from(format!(r#"{{"data":"{}"}}"#, "x".repeat(length.saturating_sub(frame))));
    let answer = async move |request: Bytes| {
        let request: serde_json::Value = serde_json::from_slice(&request).unwrap_or_default();
        black_box(request["variables"]["age"].as_u64());
        ([(CONTENT_TYPE, "application/json")], body)
    };
    let router = axum::Router::new().route("/graphql", post(answer));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    println!("listening http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}

/// Starts it: the process, and where it is asked.
pub async fn start(length: usize, folder: &Path) -> (Process, String) {
    let mut command = std::process::Command::new(std::env::current_exe().expect("a program knows where it is"));
    command.args([FLAG, &length.to_string()]);
    let mut server = Process::start("ceiling", command, folder);
    let says = |line: &str| line.strip_prefix("listening ").map(str::to_owned);
    let address = server.says("its address", wait::SOON, says).await;
    (server, format!("{address}/graphql"))
}
