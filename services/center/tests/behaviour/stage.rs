//! A log, registrations in it, and centres on it.

use center::metrics::Metrics;
use center::process::Center;
use center::publication::Published;
use center::registry::{Due, Registry};
use center::wait_through;
use chassis::clock::Clock;
use chassis::command::{Command, body_hash};
use chassis::decide;
use chassis::health::Health;
use chassis::log::{Expected, Log, Recorded, Timing};
use chassis::sealed::KeyStore;
use log_server::{Options, Server};
use offers::OfficeEvent;
use schema::area_book::AreaBook;
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::commerce::{CommerceEvent, Merchant, MerchantWithdrawn};
use schema::decisions::DecisionEvent;
use schema::hand_in::{HandInEvent, HandInReceived};
use schema::resource::ResourceEvent;
use schema::selection::ScopeSelection;
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{
    AreaCode, Audience, Category, Eligibility, Event, HandInId, Office, Position, RegistrationId, ResourceId, Scope,
    Stream,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Nothing in these tests takes longer unless it is broken.
pub const SOON: Duration = Duration::from_secs(30);

/// The county of most registrations here, and its neighbour.
pub const COUNTY: &str = "130306";
pub const NEIGHBOUR: &str = "130322";

pub fn scope(digits: &str) -> Scope {
    digits.parse().unwrap()
}

/// These scopes, or everything.
pub fn selection(choices: &[&str]) -> ScopeSelection {
    choices.iter().map(|choice| choice.parse::<schema::selection::ScopeChoice>().unwrap()).collect()
}

#[derive(Clone)]
pub struct Stage {
    pub log: Log,
    pub keys: Arc<KeyStore>,
    _server: Arc<Server>,
}

/// A registration of the county.
pub fn registration(number: u128) -> RegistrationId {
    registration_in(COUNTY, number)
}

/// A registration of a scope.
pub fn registration_in(scope: &str, number: u128) -> RegistrationId {
    format!("{scope}00-0000-8000-8000-{number:012x}").parse().unwrap()
}

impl Stage {
    /// A log with the divisions in it.
    pub async fn new() -> Stage {
        let server = Server::start(Options::in_memory()).await.unwrap();
        let timing = Timing { idle: Duration::from_millis(500), ..Timing::default() };
        let log = Log::connect_with(&server.url(), timing).await.unwrap();
        let stage = Stage { log, keys: Arc::new(KeyStore::in_memory().unwrap()), _server: Arc::new(server) };
        stage.list_areas(COUNTY, "抚宁").await;
        stage.list_areas(NEIGHBOUR, "昌黎").await;
        stage
    }

    /// A list of a county: one town with 90 villages.
    pub async fn list_areas(&self, county: &str, name: &str) -> Position {
        let area = |code: String, name: String, parent: Option<String>| {
            let code: AreaCode = code.parse().unwrap();
            let parent = parent.map(|parent| parent.parse().unwrap());
            Area { code, name, level: code.level(), parent }
        };
        let town = format!("{county}100000");
        let mut areas = vec![
            area(format!("{county}000000"), format!("{name}区"), None),
            area(town.clone(), format!("{name}镇"), Some(format!("{county}000000"))),
        ];
        let village = |n| area(format!("{county}1002{n:02}"), format!("第{n}庄村委会"), Some(town.clone()));
        areas.extend((0..90).map(village));
        let scheme = schema::Scheme::default();
        let listed = AreasEvent::AreasListed(AreasListed { scheme, areas, part: None });
        self.append(&Stream::Areas(scope(county), scheme).to_string(), &listed, 0).await
    }

    pub async fn append<E: Event>(&self, stream: &str, event: &E, day: i64) -> Position {
        let at = chrono::DateTime::from_timestamp(1_704_067_200 + day * 86_400, 0).unwrap();
        let command = Command::of("test", body_hash(&event.data().unwrap()).unwrap(), &"", at).unwrap();
        let events = decide::new_events(stream, &command, std::slice::from_ref(event)).unwrap();
        self.log.append(stream, Expected::Any, events).await.unwrap().position
    }

    /// A merchant in one of the villages.
    pub async fn merchant(&self, number: u128, village: u32, name: &str, address: Option<&str>) -> Position {
        self.merchant_in(number, &format!("1303061002{village:02}"), name, address).await
    }

    /// A merchant wherever a code says.
    pub async fn merchant_in(&self, number: u128, code: &str, name: &str, address: Option<&str>) -> Position {
        let county: String = code.chars().take(6).collect();
        let village: String = code.chars().skip(10).collect();
        let merchant = Merchant {
            address: address.map(str::to_owned),
            phones: vec![format!("+8633571630{village}").parse().unwrap()],
            eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
            ..Merchant::named(name, Category("助餐".into()), code.parse().unwrap())
        };
        let stream = format!("commerce-{}", registration_in(&county, number));
        self.append(&stream, &CommerceEvent::MerchantRegistered(merchant), i64::try_from(number).unwrap()).await
    }

    pub async fn withdraw_merchant(&self, number: u128) -> Position {
        let gone = CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "停业".into() });
        self.append(&format!("commerce-{}", registration(number)), &gone, 99).await
    }

    /// A station in one of the villages.
    pub async fn station(&self, number: u128, village: u32, name: &str, address: Option<&str>) -> Position {
        self.station_in(COUNTY, number, village, name, address).await
    }

    /// A station in one of the villages of a county.
    pub async fn station_in(
        &self,
        county: &str,
        number: u128,
        village: u32,
        name: &str,
        address: Option<&str>,
    ) -> Position {
        let station = Station {
            address: address.map(str::to_owned),
            phones: vec![format!("+8633571630{village:02}").parse().unwrap()],
            eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
            ..Station::named(name, Category("助餐".into()), format!("{county}1002{village:02}").parse().unwrap())
        };
        let stream = format!("womens_federation-{}", registration_in(county, number));
        self.append(&stream, &WomensFederationEvent::StationRegistered(station), i64::try_from(number).unwrap()).await
    }

    /// Three registrations of one canteen in each of so many villages, and one that stays alone.
    pub async fn canteens(&self, villages: u32) -> Position {
        self.canteens_in(COUNTY, villages).await
    }

    /// The same in a county.
    pub async fn canteens_in(&self, county: &str, villages: u32) -> Position {
        let mut last = Position::default();
        for village in 0..villages {
            let number = u128::from(village) * 4 + 1;
            let code = format!("{county}1002{village:02}");
            let name = format!("第{village}庄老年食堂");
            let address = format!("第{village}庄村滨河路{}号", village + 1);
            self.merchant_in(number, &code, &name, Some(&address)).await;
            self.station_in(county, number + 1, village, &format!("第{village}庄村长者食堂"), Some(&address)).await;
            self.station_in(county, number + 2, village, &name, Some(&address)).await;
            let hairdresser = format!("第{village}庄康乐理发店");
            last = self.merchant_in(number + 3, &code, &hairdresser, Some("建设路99号")).await;
        }
        last
    }

    pub async fn hand_in(&self) -> Position {
        let id = HandInId(registration(7).0);
        let received = HandInEvent::HandInReceived(HandInReceived {
            id,
            office: Office::Commerce,
            list: "merchants".into(),
            extent: schema::Extent::Whole,
            file: "commerce.csv".into(),
            digest: String::new(),
            rows: 0,
            columns: Vec::new(),
            notes: Vec::new(),
        });
        self.append(&Stream::HandIn(id).to_string(), &received, 1).await
    }

    pub async fn acted_on(&self, position: Position) {
        tokio::time::timeout(SOON, wait_through(&self.log, position, &ScopeSelection::everything()))
            .await
            .expect("the centre acts")
            .unwrap();
    }

    /// Everything in the log so far, but for what the server keeps of its streams.
    pub async fn everything(&self) -> Vec<Recorded> {
        let mut all = Vec::new();
        self.log.catch_up(&[], None, |event| all.push(event)).await.unwrap();
        all.retain(|event| !event.stream.starts_with('$'));
        all
    }

    /// What stands published.
    pub async fn published(&self) -> BTreeMap<ResourceId, Published> {
        let mut published = BTreeMap::new();
        for event in self.everything().await {
            if let (Ok(Stream::Resource(id)), Ok(read)) = (event.stream.parse(), event.decode::<ResourceEvent>()) {
                published.insert(id, Published::after(&read));
            }
        }
        published
    }

    pub async fn decisions(&self) -> Vec<DecisionEvent> {
        self.decisions_in(COUNTY).await
    }

    pub async fn decisions_in(&self, county: &str) -> Vec<DecisionEvent> {
        let stream = self.log.read_stream(&Stream::Decisions(scope(county)).to_string()).await.unwrap();
        stream.iter().map(|event| event.decode().unwrap()).collect()
    }

    /// What should stand published, worked out in memory from the offices' events alone.
    pub async fn expected(&self) -> BTreeMap<ResourceId, Published> {
        let mut registries: BTreeMap<Scope, Registry> = BTreeMap::new();
        let mut book = AreaBook::default();
        for event in self.everything().await {
            match event.stream.parse() {
                Ok(Stream::Areas(..)) => book.apply(&event.decode().unwrap()),
                Ok(Stream::Registration(office, id)) => {
                    let envelope = event.envelope().unwrap();
                    let said = OfficeEvent::decode(office, &envelope.schema, &event.data).unwrap();
                    let registry = registries.entry(id.scope()).or_default();
                    registry.apply_office(id, &said, envelope.effective_at, None);
                }
                _ => {}
            }
        }
        let mut expected = BTreeMap::new();
        for registry in registries.values_mut() {
            registry.apply_areas(Arc::new(book.clone()));
            while let Some(Due::Adopt { .. } | Due::Decide { .. }) = registry.decide() {}
            let publications = registry.publications();
            expected.extend(publications.iter().map(|one| (one.id, Published::after(&one.event))));
        }
        expected
    }

    pub fn center(&self, held: &[&str]) -> (Center, Health) {
        let health = Health::new();
        let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
        (Center::new(self.log.clone(), self.keys.clone(), Clock::system(), metrics, &health, selection(held)), health)
    }

    /// A centre of everything that runs until the token is cancelled.
    pub fn run(&self) -> (Health, CancellationToken, tokio::task::JoinHandle<()>) {
        self.run_holding(&[])
    }

    /// A centre of some scopes.
    pub fn run_holding(&self, held: &[&str]) -> (Health, CancellationToken, tokio::task::JoinHandle<()>) {
        let (center, health) = self.center(held);
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(center.run(health.clone(), shutdown.clone()));
        (health, shutdown, running)
    }

    /// Waits until a centre has applied everything that it follows and written what it had to; gives all there is.
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

fn is_followed(stream: &str) -> bool {
    !["checkpoint-", "huiju-", "import-"].iter().any(|prefix| stream.starts_with(prefix))
}
