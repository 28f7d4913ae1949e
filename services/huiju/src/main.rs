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
use chassis::records::{RECORDS_FOLDER, Records};
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
    // Held until the end: what is still to be written is written when it is dropped.
    let records = match prepared(&arguments) {
        Ok(records) => records,
        Err(failure) => return failed(&*failure),
    };
    let outcome = match arguments.command {
        Command::Up(up) => Box::pin(up::run(up)).await,
        Command::Serve(serve) => serve::run(serve).await,
        Command::Import(import) => hand_in::run(import).await,
        Command::Token(token) => people::token(&token),
        Command::Account(account) => people::account(account),
        Command::Person(person) => person::run(person).await,
    };
    drop(records);
    outcome.map_or_else(|failure| failed(&*failure), |()| ExitCode::SUCCESS)
}

/// Logs and records, where a command has a data directory to keep them in.
fn prepared(arguments: &Arguments) -> Result<Option<Records>, Failure> {
    let data = match &arguments.command {
        Command::Up(up) => Some(&up.data),
        Command::Serve(serve) => Some(&serve.data),
        Command::Token(token) => Some(&token.data),
        Command::Account(account) => Some(&account.data),
        Command::Import(_) | Command::Person(_) => None,
    };
    data.map(|data| compose::data_directory(data)).transpose()?;
    let folder = data.map(|data| data.join(RECORDS_FOLDER));
    chassis::telemetry::init(arguments.log_json, folder.as_deref())
        .map_err(|error| format!("访问记录写不进 the records of access cannot be written: {error}").into())
}

fn failed(failure: &(dyn std::error::Error + 'static)) -> ExitCode {
    eprintln!("huiju: {failure}");
    let mut cause = failure.source();
    while let Some(inner) = cause {
        eprintln!("  因为 because: {inner}");
        cause = inner.source();
    }
    ExitCode::FAILURE
}
