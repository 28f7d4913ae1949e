//! Several directories of one log: whoever says how far they have read never sees the past, and whoever follows loses nothing and is
//! told nothing twice, however often they or their directory break off.

use schema::{Office, Position};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use stories::api::Api;
use stories::dice::Dice;
use stories::registrations;
use stories::subscription::{OverSse, OverWebSocket};
use stories::wait;
use stories::world::World;

const REPLICAS: [&str; 2] = ["directory", "directory-2"];

/// How often readers break off, or their directory does: `HUIJU_BREAKS`, or so often.
const BREAKS: usize = 50;

/// Registers something new, every time of another name.
struct Registering {
    clerk: Api,
    form: Value,
    told: usize,
}

impl Registering {
    async fn at(world: &World) -> Registering {
        let form = registrations::form(world, Office::Commerce).await;
        Registering { clerk: world.clerk(Office::Commerce).await, form, told: 0 }
    }

    async fn one(&mut self) {
        self.told += 1;
        let form = registrations::named(&self.form, &format!("第{}家便民食堂", self.told));
        self.clerk.post("/api/commerce/registrations", &format!("replica-{}", self.told), &form).await.success();
    }
}

/// What a client behind a balancer has seen so far.
struct Reader {
    dice: Dice,
    position: Option<String>,
    registrations: u64,
    /// Answers by each replica.
    answers: [usize; 2],
    /// How often a replica had nothing to say: it was behind, held up, or gone.
    refused: usize,
}

impl Reader {
    /// Asks one of the replicas, whichever the balancer takes, and checks that it tells of no time before.
    async fn ask(&mut self, replicas: &[Api; 2], log: schema::position::LogId) {
        let which = usize::try_from(self.dice.below(2)).unwrap();
        let query = "query ($p: Position) { position(atLeast: $p) counters(atLeast: $p) { registrations } }";
        let variables = json!({ "p": self.position });
        let asked = replicas[which].request(reqwest::Method::POST, "/graphql");
        let asked = asked.timeout(Duration::from_secs(1)).json(&json!({ "query": query, "variables": variables }));
        let Ok(answer) = asked.send().await else {
            self.refused += 1;
            return;
        };
        let Ok(answer) = answer.json::<Value>().await else {
            self.refused += 1;
            return;
        };
        if let Some(error) = answer["errors"].get(0) {
            assert_eq!(error["extensions"]["code"], "NOT_YET", "{answer}");
            self.refused += 1;
            return;
        }
        let data = &answer["data"];
        let (position, seen) =
            (data["position"].as_str().unwrap(), data["counters"]["registrations"].as_u64().unwrap());
        let read = |token: &str| Position::from_token(token, log).unwrap();
        if let Some(before) = &self.position {
            assert!(read(position) >= read(before), "{} tells of before {before}: {answer}", REPLICAS[which]);
        }
        assert!(seen >= self.registrations, "{} knows {seen} of {}", REPLICAS[which], self.registrations);
        (self.position, self.registrations) = (Some(position.to_owned()), seen);
        self.answers[which] += 1;
    }
}

#[tokio::test]
async fn behind_any_balancer_who_says_how_far_they_read_never_sees_the_past() {
    let mut world = World::apart().await;
    world.load_areas().await;
    let mut registering = Registering::at(&world).await;
    let log = world.log().await.id();
    let replicas = REPLICAS.map(|replica| world.public_of(replica));
    let mut reader = Reader { dice: Dice::new(7), position: None, registrations: 0, answers: [0; 2], refused: 0 };
    for round in 0..12u32 {
        // One of them is held up or killed while more is said, and comes back behind.
        let held_up = REPLICAS[usize::try_from(round % 2).unwrap()];
        match round % 4 {
            0 | 1 => world.process(held_up).signal("STOP"),
            _ => world.kill(held_up),
        }
        for _ in 0..3 {
            registering.one().await;
            reader.ask(&replicas, log).await;
        }
        match round % 4 {
            0 | 1 => world.process(held_up).signal("CONT"),
            _ => world.start_again(held_up).await,
        }
        // Whoever is behind now is asked at once.
        for _ in 0..12 {
            reader.ask(&replicas, log).await;
        }
    }
    assert!(reader.answers.iter().all(|answers| *answers > 20), "{:?}, {} refused", reader.answers, reader.refused);
    assert!(reader.refused > 0, "nobody was ever behind, which makes no story");
    world.settled().await;
    wait::until("everything that was said", wait::SOON, async || {
        reader.ask(&replicas, log).await;
        let told = u64::try_from(registering.told).unwrap() + 1;
        if reader.registrations == told { Ok(()) } else { Err(format!("{} of {told}", reader.registrations)) }
    })
    .await;
}

const CHANGES: &str = "subscription ($after: String) { directoryChanges(after: $after) { cursor kind name } }";
const FEED: &str =
    "query ($after: String) { changes(first: 3, after: $after) { nodes { cursor kind name } endCursor caughtUp } }";

/// Who follows, and how they go on.
enum Follower {
    /// Server-sent events, by the id that a browser sends by itself.
    Events { open: Option<OverSse>, last: Option<String> },
    /// A WebSocket, by the cursor of the last item.
    Socket { open: Option<OverWebSocket>, after: Option<String> },
    /// The feed, by where its last page ended.
    Feed { after: String },
}

/// Somebody who follows, and all that they were told.
struct Told {
    follower: Follower,
    told: Vec<Value>,
    breaks: usize,
}

impl Told {
    fn break_off(&mut self) {
        self.breaks += 1;
        match &mut self.follower {
            Follower::Events { open, .. } => *open = None,
            Follower::Socket { open, .. } => *open = None,
            Follower::Feed { .. } => {}
        }
    }

    /// Reads so many entries, or as many as come in time.
    async fn read(&mut self, api: &Api, most: usize, deadline: Duration) {
        let begun = Instant::now();
        for _ in 0..most {
            let left = deadline.saturating_sub(begun.elapsed());
            match &mut self.follower {
                Follower::Events { open, last } => {
                    let events = match open {
                        Some(events) => events,
                        None => open.insert(OverSse::open_behind(api, CHANGES, json!({}), last.as_deref()).await),
                    };
                    let next = events.next(left).await;
                    *last = events.last_id().map(str::to_owned).or(last.take());
                    let Some(mut data) = next else { return };
                    self.told.push(data["directoryChanges"].take());
                }
                Follower::Socket { open, after } => {
                    let socket = match open {
                        Some(socket) => socket,
                        None => open.insert(OverWebSocket::open(api, CHANGES, json!({ "after": after })).await),
                    };
                    let Some(mut data) = socket.next(left).await else { return };
                    let change = data["directoryChanges"].take();
                    *after = change["cursor"].as_str().map(str::to_owned);
                    self.told.push(change);
                }
                Follower::Feed { after } => {
                    let mut data = api.ask(FEED, json!({ "after": after })).await;
                    let page = &mut data["changes"];
                    *after = page["endCursor"].as_str().unwrap().to_owned();
                    let nodes = page["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default();
                    self.told.extend(nodes);
                    if page["caughtUp"] == true {
                        return;
                    }
                }
            }
        }
    }
}

/// Everything behind a place, by one who never breaks off, of a directory that never does.
async fn all_behind(api: &Api, after: &str) -> Vec<Value> {
    let mut undisturbed = Told { follower: Follower::Feed { after: after.to_owned() }, told: Vec::new(), breaks: 0 };
    undisturbed.read(api, usize::MAX, Duration::from_secs(3600)).await;
    undisturbed.told
}

#[tokio::test]
async fn whoever_breaks_off_at_random_or_is_broken_off_loses_nothing_and_is_told_nothing_twice() {
    let breaks = std::env::var("HUIJU_BREAKS").ok().and_then(|breaks| breaks.parse().ok()).unwrap_or(BREAKS);
    let mut world = World::apart().await;
    world.load_areas().await;
    let mut registering = Registering::at(&world).await;
    world.settled().await;
    let (killed, undisturbed) = (world.public_of(REPLICAS[0]), world.public_of(REPLICAS[1]));
    let begin = undisturbed.ask("{ position }", json!({})).await["position"].as_str().unwrap().to_owned();
    // A position is a cursor too: that of the end of its event.
    let followers = [
        Follower::Events { open: None, last: Some(begin.clone()) },
        Follower::Socket { open: None, after: Some(begin.clone()) },
        Follower::Feed { after: begin.clone() },
    ];
    let mut followers = followers.map(|follower| Told { follower, told: Vec::new(), breaks: 0 });
    let mut dice = Dice::new(11);
    let mut restarts = 0;
    for _ in 0..breaks {
        for _ in 0..=dice.below(2) {
            registering.one().await;
        }
        for follower in &mut followers {
            let most = usize::try_from(dice.below(5)).unwrap();
            follower.read(&killed, most, Duration::from_millis(300)).await;
        }
        if dice.one_in(4) {
            // All are broken off, while more is said.
            restarts += 1;
            world.kill(REPLICAS[0]);
            registering.one().await;
            followers.iter_mut().for_each(Told::break_off);
            world.start_again(REPLICAS[0]).await;
        } else {
            let which = usize::try_from(dice.below(3)).unwrap();
            followers[which].break_off();
        }
    }
    world.settled().await;
    let expected = all_behind(&undisturbed, &begin).await;
    let last = expected.last().unwrap()["cursor"].clone();
    assert!(expected.len() > breaks && restarts > breaks / 8, "{} changes, {restarts} restarts", expected.len());
    for follower in &mut followers {
        let name = match follower.follower {
            Follower::Events { .. } => "server-sent events",
            Follower::Socket { .. } => "a WebSocket",
            Follower::Feed { .. } => "the feed",
        };
        wait::until(&format!("the end of {name}"), wait::SOON, async || {
            follower.read(&killed, 50, Duration::from_secs(1)).await;
            let told = follower.told.last().map(|change| change["cursor"].clone());
            if told.as_ref() == Some(&last) { Ok(()) } else { Err(format!("{told:?} is not {last}")) }
        })
        .await;
        assert_eq!(follower.told, expected, "over {name}, which broke off {} times", follower.breaks);
    }
}
