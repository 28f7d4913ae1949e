//! Measures the server through the official client, both in this process: `cargo run --release --example bench --
//! [DIRECTORY]`. The log is made anew in a directory below the one given (default: the current one), so that appends
//! wait for the disk that is meant.

use eventstore::{
    AppendToStreamOptions, Client, EventData, ExpectedRevision, ReadAllOptions, StreamPosition, SubscribeToAllOptions,
    SubscriptionEvent, SubscriptionFilter,
};
use futures::StreamExt;
use futures::stream::{self, FuturesUnordered};
use log_server::{Options, Server};
use std::error::Error;
use std::time::{Duration, Instant};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Events that the catch-up figures read.
const PAST: u64 = 200_000;

#[tokio::main]
async fn main() -> Outcome<()> {
    let place = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let directory = tempfile::Builder::new().prefix("bench-log-").tempdir_in(place)?;
    let options = Options { data: Some(directory.path().to_path_buf()), ..Options::in_memory() };
    let server = Server::start(options).await?;
    let client = Client::new(server.url().parse()?)?;

    append_one(&client, 0).await?;
    let (rate, latencies) = sequential(&client, 2_000).await?;
    println!("append, 1 in flight        {rate:>9.0} /s   p50 {:?}  p99 {:?}", at(&latencies, 50), at(&latencies, 99));
    println!("append, 64 in flight       {:>9.0} /s", concurrent(&client, 20_000, 64).await?);
    println!("append, 100 events a call  {:>9.0} events/s", fill(&client).await?);
    println!("read $all                  {:>9.0} events/s", read_all(&client).await?);
    println!("subscribe to $all          {:>9.0} events/s", follow(&client, None).await?);
    let tenth = SubscriptionFilter::on_stream_name().add_prefix("fill-3");
    println!("same, a tenth passes       {:>9.0} events searched/s", follow(&client, Some(tenth)).await?);
    let latencies = live(&client, 1_000).await?;
    println!("append to follower         p50 {:?}  p99 {:?}", at(&latencies, 50), at(&latencies, 99));
    server.stop().await;
    Ok(())
}

fn event(number: u64) -> EventData {
    let body = format!(r#"{{"number":{number},"text":"{}"}}"#, "x".repeat(350));
    EventData::binary("Measured", body.into()).id(Uuid::from_u64_pair(7, number))
}

async fn append_one(client: &Client, number: u64) -> Outcome<()> {
    let options = AppendToStreamOptions::default().expected_revision(ExpectedRevision::NoStream);
    client.append_to_stream(format!("one-{number}"), &options, event(number)).await?;
    Ok(())
}

async fn sequential(client: &Client, count: u64) -> Outcome<(f64, Vec<Duration>)> {
    let began = Instant::now();
    let mut latencies = Vec::new();
    for number in 1..=count {
        let sent = Instant::now();
        append_one(client, number).await?;
        latencies.push(sent.elapsed());
    }
    Ok((rate(count, began), latencies))
}

async fn concurrent(client: &Client, count: u64, in_flight: usize) -> Outcome<f64> {
    let began = Instant::now();
    let mut appends = stream::iter(0..count).map(|n| append_one(client, 1_000_000 + n)).buffer_unordered(in_flight);
    while let Some(appended) = appends.next().await {
        appended?;
    }
    Ok(rate(count, began))
}

async fn fill(client: &Client) -> Outcome<f64> {
    let began = Instant::now();
    let mut appends = FuturesUnordered::new();
    for call in 0..PAST / 100 {
        let events: Vec<_> = (0..100).map(|n| event(10_000_000 + call * 100 + n)).collect();
        let client = client.clone();
        appends.push(async move {
            client.append_to_stream(format!("fill-{}", call % 10), &AppendToStreamOptions::default(), events).await
        });
        if appends.len() >= 8 {
            appends.next().await.transpose()?;
        }
    }
    while let Some(appended) = appends.next().await {
        appended?;
    }
    Ok(rate(PAST, began))
}

async fn read_all(client: &Client) -> Outcome<f64> {
    let began = Instant::now();
    let mut read = client.read_all(&ReadAllOptions::default()).await?;
    let mut count = 0;
    while read.next().await?.is_some() {
        count += 1;
    }
    Ok(rate(count, began))
}

async fn follow(client: &Client, filter: Option<SubscriptionFilter>) -> Outcome<f64> {
    let began = Instant::now();
    let mut options = SubscribeToAllOptions::default().position(StreamPosition::Start);
    if let Some(filter) = filter {
        options = options.filter(filter);
    }
    let mut subscription = client.subscribe_to_all(&options).await;
    let mut reached = 0;
    loop {
        match subscription.next_subscription_event().await? {
            SubscriptionEvent::CaughtUp => return Ok(rate(reached, began)),
            SubscriptionEvent::EventAppeared(event) => reached = event.get_original_event().position.commit,
            SubscriptionEvent::Checkpoint(position) => reached = position.commit,
            _ => {}
        }
    }
}

/// From the call of an append to the event at a follower.
async fn live(client: &Client, count: u64) -> Outcome<Vec<Duration>> {
    let options = SubscribeToAllOptions::default().position(StreamPosition::End);
    let mut subscription = client.subscribe_to_all(&options).await;
    while !matches!(subscription.next_subscription_event().await?, SubscriptionEvent::CaughtUp) {}
    let mut latencies = Vec::new();
    for number in 0..count {
        let sent = Instant::now();
        append_one(client, 90_000_000 + number).await?;
        subscription.next().await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

fn rate(count: u64, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}

/// A percentile.
fn at(latencies: &[Duration], percent: usize) -> Duration {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default()
}
