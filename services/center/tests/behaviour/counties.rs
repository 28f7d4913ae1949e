//! How well the matching model does on counties that it has never seen: invented ones, whose truth is known because
//! they were made from it. Twelve of them, so that no one county's habits decide.

use center::matching::block::keys;
use center::matching::{Band, Features, PrivatePhone, judge};
use offers::{Offer, Registered, Standing};
use schema::area_book::AreaBook;
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::{
    AreaCode, Category, Eligibility, Hours, Kind, Licence, Office, PersonId, Phone, RegistrationId, Sealed, Source,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

const VILLAGES: u32 = 72;
const THINGS_A_VILLAGE: usize = 8;

/// A name (V the village, B the name of its own), its category, and who registers such.
const SORTS: &[(&str, &str, [Office; 2])] = &[
    ("V老年食堂", "助餐", [Office::Commerce, Office::WomensFederation]),
    ("VB助餐点", "助餐", [Office::WomensFederation, Office::Commerce]),
    ("VB上门护理站", "康复护理", [Office::Clinic, Office::Commerce]),
    ("V卫生服务站", "助医", [Office::Clinic, Office::Clinic]),
    ("B家政服务公司V店", "助洁", [Office::Commerce, Office::WomensFederation]),
    ("VB便民超市", "助购", [Office::Commerce, Office::Commerce]),
    ("V儿童之家", "儿童关爱", [Office::YouthLeague, Office::WomensFederation]),
    ("V妇女儿童之家", "儿童关爱", [Office::WomensFederation, Office::YouthLeague]),
    ("V青年志愿者服务队", "探访关爱", [Office::YouthLeague, Office::WomensFederation]),
    ("VB志愿服务队", "探访关爱", [Office::YouthLeague, Office::WomensFederation]),
    ("V居家养老服务中心", "日间照料", [Office::WomensFederation, Office::YouthLeague]),
    ("VB养老驿站", "日间照料", [Office::Clinic, Office::WomensFederation]),
    ("VB理发", "助洁", [Office::Commerce, Office::Commerce]),
];
const OWN: &[&str] =
    &["长青", "祥和", "瑞康", "同心", "乐龄", "百善", "益民", "惠民", "福寿", "夕阳红", "好邻居", "康宁"];
const STREETS: &[&str] = &["人民路", "老街", "前进路", "团结巷", "府前街", "光明路"];
const HOURS: &[&str] = &["周一至周五 8:00-17:00", "每天 7:00-19:00", "周六 9:00-11:30"];
/// What clerks write one for the other.
const HABITS: &[(&str, &str)] = &[
    ("老年食堂", "长者食堂"),
    ("助餐点", "助餐服务点"),
    ("服务公司", "公司"),
    ("志愿者", "志愿"),
    ("养老驿站", "居家养老驿站"),
];

/// A source of chance that gives the same county for the same number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from(mixed >> 33).unwrap() % sides
    }

    /// Whether something happens that happens so many times in a hundred.
    fn happens(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// Something real.
#[derive(Clone)]
struct Thing {
    sort: (&'static str, &'static str, [Office; 2]),
    own: &'static str,
    village: u32,
    mark: &'static str,
    phone: String,
    house: (&'static str, usize),
    hours: &'static str,
}

fn village_name(village: u32) -> String {
    let surnames: Vec<char> = "赵钱孙李周吴郑王冯陈褚卫".chars().collect();
    let (at, kind) = (village as usize / 6, village as usize % 6);
    format!("{}{}", surnames[at], ["家庄", "各庄", "官营", "家屯", "家沟", "庄子"][kind])
}

fn code(village: u32) -> String {
    format!("1303061002{village:02}")
}

fn areas() -> AreaBook {
    let area = |code: &str, name: &str| {
        let code: AreaCode = code.parse().unwrap();
        Area { code, name: name.into(), level: code.level(), parent: None }
    };
    let mut listed = vec![area("130306000000", "抚宁区"), area("130306100000", "抚宁镇")];
    listed.extend((0..VILLAGES).map(|village| area(&code(village), &format!("{}村委会", village_name(village)))));
    let mut book = AreaBook::default();
    book.apply(&AreasEvent::AreasListed(AreasListed { scheme: schema::Scheme::default(), areas: listed, part: None }));
    book
}

/// A landline; of every third thing a mobile.
fn number(dice: &mut Dice, which: usize) -> String {
    let (one, other) = (3 + dice.roll(6), dice.roll(1_000_000));
    if which % 3 == 2 { format!("+8613{one}33{other:06}") } else { format!("+86335{one}{other:06}") }
}

/// What is really there: things that are alike and are not the same among them.
fn things(dice: &mut Dice) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    for (village, which) in (0..VILLAGES).flat_map(|village| (0..THINGS_A_VILLAGE).map(move |which| (village, which))) {
        let mut thing = Thing {
            sort: dice.one_of(SORTS),
            own: dice.one_of(OWN),
            village,
            mark: "",
            phone: number(dice, which),
            house: (dice.one_of(STREETS), 40 * which + 1 + dice.roll(40)),
            hours: dice.one_of(HOURS),
        };
        if let Some(neighbour) = things.last().filter(|neighbour| neighbour.village == village) {
            match dice.roll(16) {
                // A hotline of several sites.
                0 => thing.phone.clone_from(&neighbour.phone),
                // A numbered sibling.
                1 => {
                    (thing.sort, thing.own) = (neighbour.sort, neighbour.own);
                    thing.mark = dice.one_of(&["（二）", "二部", "第二分点", "2号"]);
                }
                // Under one roof with something else.
                2 if neighbour.house.1 > 40 * (which - 1) && thing.sort.1 != neighbour.sort.1 => {
                    (thing.phone, thing.house) = (neighbour.phone.clone(), neighbour.house);
                }
                _ => {}
            }
        }
        things.push(thing);
    }
    things
}

/// A thing as one clerk wrote it down.
fn written(dice: &mut Dice, thing: &Thing, id: u128, office: Office) -> (Registered, Vec<PrivatePhone>) {
    let village = format!("{}{}", village_name(thing.village), if dice.happens(50) { "村" } else { "" });
    let mut name = thing.sort.0.replace('B', thing.own).replace('V', &village) + thing.mark;
    if dice.happens(30) {
        let (said, otherwise) = dice.one_of(HABITS);
        name = name.replace(said, otherwise);
    }
    if dice.happens(4) {
        let slip = 1 + dice.roll(5);
        name = name.chars().enumerate().filter(|(at, _)| *at != slip).map(|(_, c)| c).collect();
    }
    let address = match dice.roll(12) {
        0 => None,
        1..=4 => Some(format!("抚宁区抚宁镇{village}{}{}号", thing.house.0, thing.house.1)),
        5..=8 => Some(format!("{}{}", thing.house.0, thing.house.1)),
        _ => Some(format!("秦皇岛市抚宁区抚宁镇{}{}号（{village}）", thing.house.0, thing.house.1)),
    };
    let phone = match dice.roll(20) {
        0 => None,
        1 => Some(number(dice, 0)),
        _ => Some(thing.phone.clone()),
    };
    let phone: Option<Phone> = phone.map(|phone| phone.parse().unwrap());
    // The federation gives a head's number: a mobile is sealed, and opened for matching.
    let is_sealed = office == Office::WomensFederation && phone.as_ref().is_some_and(Phone::may_be_personal);
    let (private, public) = if is_sealed { (phone, None) } else { (None, phone) };
    let category = if dice.happens(4) { "助老服务" } else { thing.sort.1 };
    let hours = if dice.happens(15) { dice.one_of(HOURS) } else { thing.hours };
    let id = RegistrationId(Uuid::from_u128((0x0013_0306 << 104) + id));
    let sealed = Sealed { person: PersonId::contact_of(id), ciphertext: "AQAB".into() };
    let registered = Registered {
        id,
        office,
        registered_at: chrono::DateTime::UNIX_EPOCH,
        said_at: chrono::DateTime::UNIX_EPOCH,
        transferred_from: None,
        scope: "130306".into(),
        standing: Standing::InForce,
        withheld: Vec::new(),
        registered_on: None,
        source: Source::Form,
        doubts: Vec::new(),
        offer: Offer {
            kind: Kind::Service,
            name,
            category: Category(category.into()),
            credit_code: None,
            phones: public.into_iter().collect(),
            address,
            area: code(thing.village).parse().unwrap(),
            coverage: Vec::new(),
            eligibility: Eligibility::default(),
            hours: Hours { text: hours.into(), schedules: Vec::new() },
            fees: None,
            capacity: None,
            vacancy: None,
            documents: schema::Documents::default(),
            home_visits: None,
            licence: Licence::NotRequired,
            register_number: None,
            village_name: None,
            sealed_phones: private.iter().map(|_| sealed.clone()).collect(),
        },
    };
    (registered, private.into_iter().map(|number| PrivatePhone { sealed: sealed.clone(), number }).collect())
}

/// Pairs of one county: really one, merged by rule, rightly so, proposed, rightly so.
#[derive(Clone, Copy, Debug, Default)]
struct Pairs {
    truly: u32,
    merged: u32,
    merged_right: u32,
    proposed: u32,
    proposed_right: u32,
}

/// The registrations of a county, each with the number of the thing that it is of.
fn county(number: u64, areas: &AreaBook) -> Vec<(usize, Features)> {
    let mut dice = Dice(number);
    let mut entries: Vec<(usize, Features)> = Vec::new();
    for (which, thing) in things(&mut dice).iter().enumerate() {
        let [first, other] = thing.sort.2;
        let second = dice.happens(25).then_some(other);
        for office in std::iter::once(first).chain(second) {
            let id = 1 + entries.len() as u128;
            let (registered, private) = written(&mut dice, thing, id, office);
            entries.push((which, Features::read(&registered, &private, areas)));
        }
    }
    entries
}

/// Pairs that share a key.
fn candidates(entries: &[(usize, Features)]) -> BTreeSet<(usize, usize)> {
    let mut blocks: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, (_, features)) in entries.iter().enumerate() {
        keys(features).into_iter().for_each(|key| blocks.entry(key).or_default().push(at));
    }
    blocks
        .values()
        .flat_map(|members| members.iter().enumerate().flat_map(|(at, a)| members[at + 1..].iter().map(|b| (*a, *b))))
        .collect()
}

fn match_county(number: u64, areas: &AreaBook) -> Pairs {
    let entries = county(number, areas);
    let mut sizes: BTreeMap<usize, u32> = BTreeMap::new();
    entries.iter().for_each(|(thing, _)| *sizes.entry(*thing).or_default() += 1);
    let mut pairs = Pairs { truly: sizes.values().map(|n| n * (n - 1) / 2).sum(), ..Pairs::default() };
    for (a, b) in candidates(&entries) {
        let is_one = u32::from(entries[a].0 == entries[b].0);
        match judge(&entries[a].1, &entries[b].1).band {
            Band::Leave => {}
            Band::Propose => {
                pairs.proposed += 1;
                pairs.proposed_right += is_one;
            }
            Band::Merge => {
                pairs.merged += 1;
                pairs.merged_right += is_one;
            }
        }
    }
    pairs
}

#[test]
fn whatever_would_be_merged_or_asked_about_shares_a_key_and_little_else_does() {
    let areas = areas();
    let (mut pairs, mut compared) = (0, 0);
    for number in 1..=4 {
        let entries = county(number, &areas);
        let candidates = candidates(&entries);
        compared += candidates.len();
        for (a, one) in entries.iter().enumerate() {
            for (b, other) in entries.iter().enumerate().skip(a + 1) {
                if one.1.place.village == other.1.place.village {
                    pairs += 1;
                    let evidence = judge(&one.1, &other.1);
                    assert!(evidence.band == Band::Leave || candidates.contains(&(a, b)), "{number}: {evidence:?}");
                }
            }
        }
    }
    assert!(compared * 4 < pairs, "{compared} of the {pairs} pairs of a village are compared");
}

#[test]
fn counties_never_seen_before_are_matched_as_well() {
    let areas = areas();
    let mut all = Pairs::default();
    for number in 1..=12 {
        let county = match_county(number, &areas);
        let part = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
        assert!(county.truly > 100, "county {number} is too small to tell: {county:?}");
        assert!(part(county.merged_right, county.merged) >= 0.99, "county {number}: {county:?}");
        assert!(part(county.merged_right + county.proposed_right, county.truly) >= 0.9, "county {number}: {county:?}");
        all.proposed += county.proposed;
        all.proposed_right += county.proposed_right;
    }
    // Of one county the proposals are too few to count.
    assert!(all.proposed >= 50 && all.proposed_right * 4 >= all.proposed * 3, "{all:?}");
}
