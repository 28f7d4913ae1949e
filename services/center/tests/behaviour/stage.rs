//! A log, registrations in it, and centres on it.

use center::metrics::Metrics;
use center::process::{Center, wait_through};
use center::publication::Published;
use center::reading::OfficeEvent;
use center::registry::Registry;
use chassis::clock::Clock;
use chassis::command::{self, Command, body_hash};
use chassis::health::Health;
use chassis::log::{Expected, Log, Recorded, Timing};
use log_server::{Options, Server};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::commerce::{CommerceEvent, Merchant, MerchantWithdrawn};
use schema::decisions::DecisionEvent;
use schema::hand_in::{HandInEvent, HandInReceived};
use schema::resource::ResourceEvent;
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{
    AreaCode, Audience, Category, Eligibility, Event, HandInId, Hours, Office, Position, RegistrationId, ResourceId,
    Source, Stream,
};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Nothing in these tests takes longer unless it is broken.
pub const SOON: Duration = Duration::from_secs(30);

/// The county of all registrations here.
pub const COUNTY: &str = "130306";

pub struct Stage {
    pub log: Log,
    _server: Server,
}

pub fn registration(number: u128) -> RegistrationId {
    registration_at("130306", number)
}

/// The registration numbered `number` of a place: its id begins with the six digits of its county.
pub fn registration_at(place: &str, number: u128) -> RegistrationId {
    let county = u128::from_str_radix(&place[..6], 16).unwrap();
    RegistrationId(Uuid::from_u128((county << 104) + number))
}

impl Stage {
    /// A log with the divisions in it.
    pub async fn new() -> Stage {
        let server = Server::start(Options::in_memory()).await.unwrap();
        let timing = Timing { idle: Duration::from_millis(500), ..Timing::default() };
        let log = Log::connect_with(&server.url(), timing).await.unwrap();
        let stage = Stage { log, _server: server };
        let area = |code: &str, name: &str, parent: &str| {
            let code: AreaCode = code.parse().unwrap();
            Area { code, name: name.into(), level: code.level(), parent: parent.parse().ok() }
        };
        let mut areas = vec![area("130306000000", "抚宁区", ""), area("130306100000", "抚宁镇", "130306000000")];
        areas.extend((0..90).map(|n| area(&format!("1303061002{n:02}"), &format!("第{n}庄村委会"), "130306100000")));
        let listed = AreasEvent::AreasListed(AreasListed { scheme: schema::Scheme::default(), areas });
        stage.append("areas-130306_statistical_2023", &listed, 0).await;
        stage
    }

    pub async fn append<E: Event>(&self, stream: &str, event: &E, day: i64) -> Position {
        let at = chrono::DateTime::from_timestamp(1_704_067_200 + day * 86_400, 0).unwrap();
        let command = Command::of("test", body_hash(&event.data().unwrap()).unwrap(), &"", at).unwrap();
        let events = command::new_events(stream, &command, std::slice::from_ref(event)).unwrap();
        self.log.append(stream, Expected::Any, events).await.unwrap().position
    }

    /// A merchant in one of the villages.
    pub async fn merchant(&self, number: u128, village: u32, name: &str, address: Option<&str>) -> Position {
        self.merchant_in(number, &format!("1303061002{village:02}"), name, address).await
    }

    /// A merchant wherever a code says.
    pub async fn merchant_in(&self, number: u128, code: &str, name: &str, address: Option<&str>) -> Position {
        let village: String = code.chars().skip(10).collect();
        let merchant = Merchant {
            name: name.into(),
            credit_code: None,
            category: Category("助餐".into()),
            address: address.map(str::to_owned),
            village: code.parse().unwrap(),
            delivery: Vec::new(),
            contact: None,
            phones: vec![format!("+8633571630{village}").parse().unwrap()],
            hours: Hours::default(),
            elder_discount: None,
            elder_price_fen: None,
            minimum_order_fen: None,
            meals_a_day: None,
            eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
            inspection: None,
            registered_on: None,
            source: Source::Form,
            doubts: Vec::new(),
        };
        let stream = format!("commerce-{}", registration_at(code, number));
        self.append(&stream, &CommerceEvent::MerchantRegistered(merchant), i64::try_from(number).unwrap()).await
    }

    pub async fn withdraw_merchant(&self, number: u128) -> Position {
        let gone = CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "停业".into() });
        self.append(&format!("commerce-{}", registration(number)), &gone, 99).await
    }

    /// A station in one of the villages.
    pub async fn station(&self, number: u128, village: u32, name: &str, address: Option<&str>) -> Position {
        let station = Station {
            name: name.into(),
            category: Category("助餐".into()),
            village_name: None,
            village: format!("1303061002{village:02}").parse().unwrap(),
            address: address.map(str::to_owned),
            coverage: Vec::new(),
            contact: None,
            phones: vec![format!("+8633571630{village:02}").parse().unwrap()],
            eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
            hours: Hours::default(),
            volunteers: None,
            volunteers_trained_on: None,
            safeguarding_cleared_on: None,
            places: None,
            registered_on: None,
            source: Source::Form,
            doubts: Vec::new(),
        };
        let stream = format!("womens_federation-{}", registration(number));
        self.append(&stream, &WomensFederationEvent::StationRegistered(station), i64::try_from(number).unwrap()).await
    }

    /// Three registrations of one canteen in each of so many villages, and one that stays alone.
    pub async fn canteens(&self, villages: u32) -> Position {
        let mut last = Position::default();
        for village in 0..villages {
            let number = u128::from(village) * 4 + 1;
            let name = format!("第{village}庄老年食堂");
            let address = format!("抚宁镇第{village}庄村滨河路{}号", village + 1);
            self.merchant(number, village, &name, Some(&address)).await;
            self.station(number + 1, village, &format!("第{village}庄村长者食堂"), Some(&address)).await;
            self.station(number + 2, village, &name, Some(&address)).await;
            last = self.merchant(number + 3, village, &format!("第{village}庄康乐理发店"), Some("建设路99号")).await;
        }
        last
    }

    pub async fn hand_in(&self) -> Position {
        let id = HandInId(Uuid::from_u128((0x0013_0306 << 104) + 7));
        let received = HandInEvent::HandInReceived(HandInReceived {
            id,
            office: Office::Commerce,
            list: "merchants".into(),
            file: "commerce.csv".into(),
            digest: String::new(),
            rows: 0,
            columns: Vec::new(),
            notes: Vec::new(),
        });
        self.append(&Stream::HandIn(id).to_string(), &received, 1).await
    }

    pub async fn acted_on(&self, position: Position) {
        tokio::time::timeout(SOON, wait_through(&self.log, position)).await.expect("the centre acts").unwrap();
    }

    /// Everything in the log so far.
    pub async fn everything(&self) -> Vec<Recorded> {
        let mut all = Vec::new();
        self.log.catch_up(&[], None, |event| all.push(event)).await.unwrap();
        all
    }

    /// What stands published.
    pub async fn published(&self) -> BTreeMap<ResourceId, Published> {
        let mut published = BTreeMap::new();
        for event in self.everything().await {
            if let Ok(Stream::Resource(id)) = event.stream.parse() {
                published.insert(id, Published::after(&event.decode::<ResourceEvent>().unwrap()));
            }
        }
        published
    }

    pub async fn decisions(&self) -> Vec<DecisionEvent> {
        let stream = self.log.read_stream(&decisions_stream()).await.unwrap();
        stream.iter().map(|event| event.decode().unwrap()).collect()
    }

    /// What should stand published, worked out in memory from the offices' events alone.
    pub async fn expected(&self) -> BTreeMap<ResourceId, Published> {
        let mut registry = Registry::default();
        for event in self.everything().await {
            if event.stream.starts_with("areas-") {
                registry.take_areas(&event.decode().unwrap());
            }
            if let Ok(Stream::Registration(office, id)) = event.stream.parse() {
                let said = OfficeEvent::decode(office, &event.envelope().unwrap().schema, &event.data).unwrap();
                registry.take_office(id, &said, event.envelope().unwrap().effective_at, None);
            }
        }
        while registry.decide().is_some() {}
        for publication in registry.publications() {
            registry.take_published(publication.id, publication.after, &publication.event);
        }
        registry.published().into_iter().map(|(id, published)| (id, published.clone())).collect()
    }

    pub fn center(&self) -> (Center, Health) {
        let health = Health::new();
        let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
        (Center::new(self.log.clone(), Clock::system(), metrics, &health), health)
    }

    /// A centre that runs until the token is cancelled.
    pub fn run(&self) -> (Health, CancellationToken, tokio::task::JoinHandle<()>) {
        let (center, health) = self.center();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(center.run(health.clone(), shutdown.clone()));
        (health, shutdown, running)
    }

    /// Waits until a centre has taken in everything that it follows and written what it had to; gives all there is.
    pub async fn quiet(&self, health: &Health) -> Vec<Recorded> {
        let quiet = async {
            loop {
                let before = self.everything().await;
                let followed =
                    before.iter().filter(|event| is_followed(&event.stream)).map(|event| event.position).max();
                let reports = health.reports();
                let at = reports.iter().find(|report| report.name == "center").and_then(|report| report.position);
                let after = self.everything().await;
                if at >= followed && after.len() == before.len() {
                    return after;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, quiet).await.expect("the centre comes to rest")
    }
}

/// The stream of the county's decisions.
pub fn decisions_stream() -> String {
    Stream::Decisions(COUNTY.parse().unwrap()).to_string()
}

fn is_followed(stream: &str) -> bool {
    !stream.starts_with("checkpoint-") && !stream.starts_with("huiju-")
}
