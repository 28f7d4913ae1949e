//! How well the matching model does on hand-ins whose truth is known.
//!
//! `cargo run --release -p center --example evaluate -- AREAS.csv OFFICES_DIR [--errors]` reads the four offices'
//! files and `truth.csv` and prints pair precision and recall, whole and by county. It reads the cells plainly, without
//! the offices' import, so that a change of the model can be judged alone.

#![expect(clippy::indexing_slicing, reason = "an evaluation that stops at the first row it cannot place")]

use center::matching::block::keys;
use center::matching::{Band, Evidence, Features, PrivatePhone, judge};
use chrono::DateTime;
use offers::{Offer, Registered, Standing};
use schema::area_book::AreaBook;
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::{
    AreaCode, Category, Eligibility, Hours, Kind, Licence, Office, PersonId, Phone, RegistrationId, Sealed, Source,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use uuid::Uuid;

type Row = HashMap<String, String>;

fn rows(path: &str) -> Result<Vec<Row>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    Ok(reader.deserialize().collect::<Result<Vec<Row>, _>>()?)
}

fn phone(text: &str) -> Option<Phone> {
    let digits: String = center::matching::name::plain(text).chars().filter(char::is_ascii_digit).collect();
    let national = if digits.len() > 11 { digits.strip_prefix("86").unwrap_or(&digits) } else { &digits };
    let national = national.strip_prefix('0').unwrap_or(national);
    let national = if national.len() == 7 { format!("335{national}") } else { national.to_owned() };
    format!("+86{national}").parse().ok().filter(|_| !national.is_empty())
}

fn registered(office: Office, number: usize, row: &Row) -> Result<(Registered, Vec<PrivatePhone>), Box<dyn Error>> {
    let cell = |names: &[&str]| {
        let found = names.iter().find_map(|name| row.get(*name)).map(|value| value.trim().to_owned());
        found.filter(|value| !value.is_empty())
    };
    let area: AreaCode = cell(&["所在村居代码", "所在地代码", "村社代码"]).unwrap_or_default().parse()?;
    let licence = cell(&["执业许可证号"]);
    let id = RegistrationId(Uuid::from_u128(((office as u128 + 1) << 64) + number as u128));
    // A head's mobile is sealed by the office, and opened for matching.
    let read = |names: &[&str]| cell(names).and_then(|text| phone(&text));
    let of_head = read(&["负责人电话"]);
    let (private, open): (Vec<Phone>, Vec<Phone>) = of_head.into_iter().partition(Phone::may_be_personal);
    let phones = read(&["联系电话", "电话", "联络电话"]).into_iter().chain(open).collect();
    let sealed = Sealed { person: PersonId::contact_of(id), ciphertext: String::new() };
    let private = private.into_iter().map(|number| PrivatePhone { sealed: sealed.clone(), number }).collect();
    let registered = Registered {
        id,
        office,
        registered_at: DateTime::UNIX_EPOCH,
        said_at: DateTime::UNIX_EPOCH,
        transferred_from: None,
        scope: area.county(),
        standing: Standing::InForce,
        withheld: Vec::new(),
        registered_on: None,
        source: Source::Form,
        doubts: Vec::new(),
        offer: Offer {
            kind: Kind::Service,
            name: cell(&["机构名称", "商户名称", "站点名称", "队伍名称"]).unwrap_or_default(),
            category: Category(cell(&["服务类别", "业态", "服务项目", "服务内容"]).unwrap_or_default()),
            credit_code: cell(&["统一社会信用代码"]),
            phones,
            address: cell(&["详细地址", "经营地址", "地址", "活动地点"]),
            area,
            coverage: Vec::new(),
            eligibility: Eligibility::default(),
            hours: Hours {
                text: cell(&["开放时间", "营业时间", "活动时间"]).unwrap_or_default(),
                schedules: Vec::new(),
            },
            fees: None,
            capacity: None,
            vacancy: None,
            documents: schema::Documents::default(),
            home_visits: None,
            licence: Licence::Unknown { number: licence },
            register_number: cell(&["志愿汇编号"]),
            village_name: cell(&["所在村社"]),
            sealed_phones: Vec::new(),
        },
    };
    Ok((registered, private))
}

fn areas(path: &str) -> Result<AreaBook, Box<dyn Error>> {
    let mut listed = Vec::new();
    for row in rows(path)? {
        let code: AreaCode = row.get("code").map(String::as_str).unwrap_or_default().parse()?;
        let name = row.get("name").cloned().unwrap_or_default();
        let parent = row.get("parent").and_then(|parent| parent.parse().ok());
        listed.push(Area { code, name, level: code.level(), parent });
    }
    let mut book = AreaBook::default();
    book.apply(&AreasEvent::AreasListed(AreasListed { scheme: schema::Scheme::default(), areas: listed, part: None }));
    Ok(book)
}

fn root(parents: &mut BTreeMap<RegistrationId, RegistrationId>, id: RegistrationId) -> RegistrationId {
    let parent = parents.get(&id).copied().unwrap_or(id);
    if parent == id {
        return id;
    }
    let found = root(parents, parent);
    parents.insert(id, found);
    found
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, areas_path, offices, rest @ ..] = arguments.as_slice() else {
        return Err("usage: evaluate AREAS.csv OFFICES_DIR [--errors]".into());
    };
    let show_errors = rest.iter().any(|argument| argument == "--errors");
    let book = areas(areas_path)?;
    let mut all = BTreeMap::new();
    let mut entity = HashMap::new();
    let mut label = HashMap::new();
    let truth = rows(&format!("{offices}/truth.csv"))?;
    let mut entity_of = HashMap::new();
    for row in &truth {
        entity_of.insert((row["office"].clone(), row["row"].parse::<usize>()?), row["entity"].clone());
    }
    for office in Office::ALL {
        for (index, row) in rows(&format!("{offices}/{}.csv", office.category()))?.iter().enumerate() {
            let (read, private) = registered(office, index + 1, row)?;
            let key = (office.category().to_owned(), index + 1);
            entity.insert(read.id, entity_of.get(&key).cloned().unwrap_or_default());
            let opened = private.iter().map(|phone| &phone.number);
            let phones: Vec<&str> = read.offer.phones.iter().chain(opened).map(Phone::as_str).collect();
            label.insert(
                read.id,
                format!(
                    "{}/{} {} | {} | {} | {:?} | {phones:?} | {:?}",
                    office.category(),
                    index + 1,
                    read.offer.name,
                    read.offer.category.0,
                    read.offer.area,
                    read.offer.address,
                    read.offer.credit_code
                ),
            );
            all.insert(read.id, (read.scope.clone(), Features::read(&read, &private, &book)));
        }
    }
    let mut blocks: HashMap<_, Vec<RegistrationId>> = HashMap::new();
    for (id, (_, features)) in &all {
        for key in keys(features) {
            blocks.entry(key).or_default().push(*id);
        }
    }
    let mut candidates = BTreeSet::new();
    for members in blocks.values() {
        for (at, one) in members.iter().enumerate() {
            candidates.extend(members.iter().skip(at + 1).map(|other| (*one.min(other), *one.max(other))));
        }
    }
    let evidence: Vec<Evidence> = candidates.iter().map(|(a, b)| judge(&all[a].1, &all[b].1)).collect();
    println!("{} registrations, {} candidate pairs", all.len(), evidence.len());

    let mut parents = BTreeMap::new();
    for evidence in evidence.iter().filter(|evidence| evidence.band == Band::Merge) {
        let (a, b) = (root(&mut parents, evidence.pair[0]), root(&mut parents, evidence.pair[1]));
        parents.insert(a, b);
    }
    let mut proposals: Vec<&Evidence> = evidence.iter().filter(|evidence| evidence.band == Band::Propose).collect();
    proposals.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.pair.cmp(&b.pair)));
    let mut asked = BTreeSet::new();
    proposals.retain(|evidence| {
        let (a, b) = (root(&mut parents, evidence.pair[0]), root(&mut parents, evidence.pair[1]));
        a != b && asked.insert((a.min(b), a.max(b)))
    });
    let groups: BTreeMap<RegistrationId, RegistrationId> =
        all.keys().map(|id| (*id, root(&mut parents, *id))).collect();
    let scopes: BTreeSet<String> = all.values().map(|(scope, _)| scope.clone()).collect();
    for scope in scopes.iter().map(Some).chain([None]) {
        let within = |id: &RegistrationId| scope.is_none_or(|scope| all[id].0 == *scope);
        let ids: Vec<RegistrationId> = all.keys().copied().filter(within).collect();
        let (mut merged, mut right, mut truly, mut asked_right) = (0_u32, 0_u32, 0_u32, 0_u32);
        for (at, one) in ids.iter().enumerate() {
            for other in ids.iter().skip(at + 1) {
                let is = entity[one] == entity[other];
                let joined = groups[one] == groups[other];
                truly += u32::from(is);
                merged += u32::from(joined);
                right += u32::from(is && joined);
                let pair = (groups[one].min(groups[other]), groups[one].max(groups[other]));
                asked_right += u32::from(is && !joined && asked.contains(&pair));
                if show_errors && scope.is_none() && is != joined && !(is && asked.contains(&pair)) {
                    let (a, b) = (one.min(other), one.max(other));
                    let levels = judge(&all[a].1, &all[b].1);
                    let shown: Vec<String> = levels
                        .comparisons
                        .iter()
                        .map(|c| format!("{} {} {}", c.comparison, c.level, c.weight))
                        .collect();
                    let what = if is { "MISSED" } else { "WRONG" };
                    println!("{what} {:.1} {}\n  {}\n  {}", levels.weight, shown.join("; "), label[a], label[b]);
                }
            }
        }
        let mine: Vec<&&Evidence> = proposals.iter().filter(|evidence| within(&evidence.pair[0])).collect();
        let good = mine.iter().filter(|evidence| entity[&evidence.pair[0]] == entity[&evidence.pair[1]]).count();
        if show_errors && scope.is_none() {
            for evidence in mine.iter().filter(|evidence| entity[&evidence.pair[0]] != entity[&evidence.pair[1]]) {
                let shown: Vec<String> =
                    evidence.comparisons.iter().map(|c| format!("{} {}", c.comparison, c.level)).collect();
                println!(
                    "ASKED {:.1} {}\n  {}\n  {}",
                    evidence.weight,
                    shown.join("; "),
                    label[&evidence.pair[0]],
                    label[&evidence.pair[1]]
                );
            }
        }
        println!(
            "{}: {truly} true pairs; merged by rule {merged}, precision {:.4}, recall {:.4}; proposed {} of which {good} right; \
             recall with proposals {:.4}",
            scope.map_or("all", String::as_str),
            f64::from(right) / f64::from(merged.max(1)),
            f64::from(right) / f64::from(truly.max(1)),
            mine.len(),
            f64::from(right + asked_right) / f64::from(truly.max(1)),
        );
    }
    Ok(())
}
