//! A single-node log that speaks the EventStoreDB gRPC protocol to the unmodified official client, kept in one SQLite
//! file. It knows nothing of what the events mean.
//!
//! In reading order: `expected` decides writes, `retention` and `filter` decide what a reader sees; `rows` is what
//! stands in the tables; `storage` opens the file, `writer` writes and `pages` reads it, `tail` keeps the newest events at hand; `subscription` follows;
//! `streams` (with `batch` and `proposal`), `features` and `gossip` are the services that clients call, with `messages`, `links`,
//! `status` and `answers` for what they say; `socket` accepts connections and `server` puts it together.
//!
//! An append is acknowledged after its transaction is on disk. Everything a follower is told is read from committed
//! data.

mod answers;
mod batch;
mod clock;
mod expected;
mod features;
mod filter;
mod gossip;
mod links;
mod messages;
mod pages;
mod proposal;
mod retention;
mod rows;
mod server;
mod socket;
mod status;
mod storage;
mod streams;
mod subscription;
mod tail;
mod wire;
mod writer;

pub use server::{Options, Server, StartError};
pub use storage::OpenError;
