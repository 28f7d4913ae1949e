//! An invented county, as its offices would have registered it.

use chassis::command::Command;
use chassis::decide::new_events;
use chassis::log::NewEvent;
use chrono::{DateTime, Utc};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::commerce::{CommerceEvent, Merchant};
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{AreaCode, Audience, Category, Eligibility, Event, Hours, Office, RegistrationId, Scope, Stream};

const COUNTY: &str = "130306";
/// Registrations of a village, in a county of several.
const A_VILLAGE: u32 = 160;
/// Villages of a town.
const A_TOWN: u32 = 40;

/// A name (V the village, B the name of its own) and its category.
const SORTS: &[(&str, &str)] = &[
    ("V老年食堂", "助餐"),
    ("VB助餐点", "助餐"),
    ("VB上门护理站", "康复护理"),
    ("B家政服务公司V店", "助洁"),
    ("VB便民超市", "助购"),
    ("V妇女儿童之家", "儿童关爱"),
    ("VB志愿服务队", "探访关爱"),
    ("V居家养老服务中心", "日间照料"),
    ("VB养老驿站", "日间照料"),
    ("VB理发", "助洁"),
];
/// What names of their own are put together from.
const FIRST: &[char] =
    &['长', '祥', '瑞', '同', '百', '福', '康', '和', '永', '金', '鑫', '宏', '玉', '天', '春', '盛'];
const SECOND: &[char] =
    &['青', '和', '康', '心', '善', '寿', '宁', '顺', '发', '泰', '源', '达', '林', '成', '芳', '美'];
const THIRD: &[char] =
    &['轩', '阁', '居', '坊', '斋', '苑', '源', '家', '园', '堂', '楼', '记', '号', '庭', '府', '台'];
const STREETS: &[&str] = &["人民路", "老街", "前进路", "团结巷", "府前街", "光明路", "建设路", "滨河路"];
const HOURS: &[&str] = &["周一至周五 8:00-17:00", "每天 7:00-19:00", "周六 9:00-11:30"];

/// Where its registrations are.
pub struct County {
    rows: u32,
    villages: u32,
}

/// The registration of a row.
pub fn id(number: u32) -> RegistrationId {
    let scope: Scope = COUNTY.parse().unwrap();
    let office = office(number);
    RegistrationId::of_form(scope, office, &number.to_string())
}

/// Every other row is of the women's federation.
fn office(number: u32) -> Office {
    if number.is_multiple_of(2) { Office::Commerce } else { Office::WomensFederation }
}

/// The same for the same numbers, as if thrown.
fn thrown(number: u32, which: u32) -> usize {
    let mut mixed = (u64::from(number) << 8 | u64::from(which)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from(mixed >> 33).unwrap()
}

fn one_of<T: Copy>(of: &[T], number: u32, which: u32) -> T {
    of[thrown(number, which) % of.len()]
}

fn at(number: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200 + i64::from(number) * 60, 0).unwrap()
}

fn written<E: Event>(stream: &str, number: u32, event: E) -> Vec<NewEvent> {
    let command = Command::of("c-1", format!("import:{stream}"), &event.data().unwrap(), at(number)).unwrap();
    new_events(stream, &command.on_behalf_of(office(number)), &[event]).unwrap()
}

fn village_code(village: u32) -> String {
    format!("{COUNTY}{:03}{:03}", 100 + village / A_TOWN, 200 + village % A_TOWN)
}

fn village_name(village: u32) -> String {
    let surnames: Vec<char> = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏".chars().collect();
    let kinds = ["家庄", "各庄", "官营", "家屯", "家沟", "庄子", "家坨", "台营"];
    let sides = ["", "东", "西", "南", "北", "大", "小", "新"];
    let (surname, rest) = (village as usize % surnames.len(), village as usize / surnames.len());
    format!("{}{}{}", sides[rest / kinds.len() % sides.len()], surnames[surname], kinds[rest % kinds.len()])
}

impl County {
    /// A county of so many registrations, in villages as large as villages are.
    pub fn of(rows: u32) -> County {
        County { rows, villages: rows.div_ceil(A_VILLAGE) }
    }

    /// All of them in one village.
    pub fn of_one_village(rows: u32) -> County {
        County { rows, villages: 1 }
    }

    /// The list of its divisions.
    pub fn divisions(&self) -> Vec<(String, Vec<NewEvent>)> {
        let area = |code: String, name: String, parent: Option<String>| {
            let code: AreaCode = code.parse().unwrap();
            Area { code, name, level: code.level(), parent: parent.map(|parent| parent.parse().unwrap()) }
        };
        let county = format!("{COUNTY}000000");
        let mut areas = vec![area(county.clone(), "抚宁区".into(), None)];
        for town in 0..self.villages.div_ceil(A_TOWN) {
            areas.push(area(format!("{COUNTY}{:03}000", 100 + town), format!("第{town}镇"), Some(county.clone())));
        }
        for village in 0..self.villages {
            let code = village_code(village);
            let town = format!("{}000", &code[..9]);
            areas.push(area(code, format!("{}村委会", village_name(village)), Some(town)));
        }
        let scheme = schema::Scheme::default();
        let listed = AreasEvent::AreasListed(AreasListed { scheme, areas, part: None });
        let stream = Stream::Areas(COUNTY.parse().unwrap(), scheme).to_string();
        let events = written(&stream, 0, listed);
        vec![(stream, events)]
    }

    /// Its registrations: of ten things, two are registered with both offices.
    pub fn registrations(&self) -> impl Iterator<Item = (String, Vec<NewEvent>)> {
        (0..self.rows).map(|number| {
            let stream = Stream::Registration(office(number), id(number)).to_string();
            let events = match office(number) {
                Office::Commerce => written(&stream, number, CommerceEvent::MerchantRegistered(self.merchant(number))),
                Office::WomensFederation | Office::Clinic | Office::YouthLeague => {
                    written(&stream, number, WomensFederationEvent::StationRegistered(self.station(number)))
                }
            };
            (stream, events)
        })
    }

    /// Which thing a row is about: every third row of the federation is about what its neighbour registered.
    fn thing(number: u32) -> u32 {
        if number % 2 == 1 && thrown(number, 0).is_multiple_of(3) { number - 1 } else { number }
    }

    fn village(&self, number: u32) -> u32 {
        // Rows of one thing, which are neighbours, lie in one village.
        thrown(number / 2, 1) as u32 % self.villages
    }

    fn name(&self, number: u32) -> String {
        let thing = County::thing(number);
        let (name, _) = one_of(SORTS, thing, 2);
        let own =
            [FIRST, SECOND, THIRD].iter().zip(3..).map(|(of, which)| one_of(of, thing, which)).collect::<String>();
        let village = village_name(self.village(number));
        let village = if thrown(number, 6).is_multiple_of(2) { format!("{village}村") } else { village };
        let name = name.replace('B', &own).replace('V', &village);
        if !thrown(number, 7).is_multiple_of(25) {
            return name;
        }
        let slip = 3 + thrown(number, 8) % 5;
        name.chars().enumerate().filter(|(at, _)| *at != slip).map(|(_, c)| c).collect()
    }

    fn category(number: u32) -> Category {
        Category(one_of(SORTS, County::thing(number), 2).1.into())
    }

    fn address(&self, number: u32) -> Option<String> {
        let thing = County::thing(number);
        let (street, house) = (one_of(STREETS, thing, 9), 1 + thrown(thing, 10) % (self.rows as usize / 20).max(400));
        match thrown(number, 11) % 8 {
            0 => None,
            1 => Some(format!("{}村委会院内", village_name(self.village(number)))),
            2..=4 => Some(format!("{street}{house}号")),
            _ => Some(format!("抚宁区{}村{street}{house}号", village_name(self.village(number)))),
        }
    }

    fn phones(number: u32) -> Vec<schema::Phone> {
        let thing = County::thing(number);
        let phone = format!("+86335{}{:06}", 3 + thrown(thing, 12) % 6, thrown(thing, 13) % 1_000_000);
        (!thrown(number, 14).is_multiple_of(10)).then(|| phone.parse().unwrap()).into_iter().collect()
    }

    fn hours(number: u32) -> Hours {
        Hours { text: one_of(HOURS, County::thing(number), 15).into(), schedules: Vec::new() }
    }

    fn merchant(&self, number: u32) -> Merchant {
        Merchant {
            address: self.address(number),
            delivery: vec![village_code(self.village(number)).parse().unwrap()],
            phones: County::phones(number),
            hours: County::hours(number),
            elder_price_fen: Some(800),
            eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
            ..Merchant::named(
                self.name(number),
                County::category(number),
                village_code(self.village(number)).parse().unwrap(),
            )
        }
    }

    fn station(&self, number: u32) -> Station {
        Station {
            address: self.address(number),
            phones: County::phones(number),
            eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
            hours: County::hours(number),
            ..Station::named(
                self.name(number),
                County::category(number),
                village_code(self.village(number)).parse().unwrap(),
            )
        }
    }
}
