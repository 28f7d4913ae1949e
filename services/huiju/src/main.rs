//! `huiju`: one binary, every role.
//!
//! `up` runs the whole of Huiju in one process on one port; `serve` runs one service as its own process; the other
//! commands are what a clerk or an administrator does from a shell.

mod arguments;
mod compose;
mod demo;
mod hand_in;
mod people;
mod person;
mod serve;
mod server;
mod stopping;
mod table;
mod up;

use arguments::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

/// What a command ends in when it fails: a sentence for the person who typed it.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// glibc keeps a heap for each thread that ever needed one, and what loading has used stays there; see "Memory" in
/// ARCHITECTURE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A child that another process of this program asks: nothing of what follows is for it.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == desk::UNFOLD) {
        return desk::unfold_as_child();
    }
    run(Arguments::parse())
}

#[tokio::main]
async fn run(arguments: Arguments) -> ExitCode {
    chassis::telemetry::init(arguments.log_json);
    let outcome = match arguments.command {
        Command::Up(up) => Box::pin(up::run(up)).await,
        Command::Serve(serve) => serve::run(serve).await,
        Command::Import(import) => hand_in::run(import).await,
        Command::Token(token) => people::token(&token),
        Command::Account(account) => people::account(account),
        Command::Person(person) => person::run(person).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("huiju: {failure}");
            let mut cause = failure.source();
            while let Some(inner) = cause {
                eprintln!("  因为 because: {inner}");
                cause = inner.source();
            }
            ExitCode::FAILURE
        }
    }
}
