//! What becomes of divisions, held to a reader that never looks at codes: it lets divisions live, change and end, one day
//! after another, and remembers of each what it went over into.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what it does is part of the tests")]

use chrono::{Days, NaiveDate};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use schema::area_book::{AreaBook, Became};
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::{AreaCode, AreaLevel, Scheme};
use std::collections::{BTreeMap, BTreeSet};

fn code(text: &str) -> AreaCode {
    text.parse().unwrap()
}

fn area(code: AreaCode, name: &str) -> Area {
    Area { code, name: name.to_owned(), level: code.level(), parent: code.with_ancestors().nth(1) }
}

fn listed(areas: Vec<Area>) -> AreasEvent {
    AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None })
}

fn change(
    kind: AreaChangeKind,
    on: ChangeDate,
    old: Option<(AreaCode, &str)>,
    new: Option<(AreaCode, &str)>,
) -> AreasEvent {
    AreasEvent::AreaChanged(AreaChanged {
        scheme: Scheme::default(),
        kind,
        on,
        words: kind.zh().to_owned(),
        old_code: old.map(|(code, _)| code),
        old_name: old.map(|(_, name)| name.to_owned()),
        new_code: new.map(|(code, _)| code),
        new_name: new.map(|(_, name)| name.to_owned()),
        document: None,
        unconfirmed: None,
    })
}

fn book(events: &[AreasEvent]) -> AreaBook {
    let mut book = AreaBook::default();
    for event in events {
        book.apply(event);
    }
    book
}

/// The county as it is listed, and what is known to have happened to it.
fn qinhuangdao() -> AreaBook {
    let rows = |text: &'static str| text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let list = rows(include_str!("../areas/130300.csv")).map(|row| area(code(row[0]), row[1])).collect();
    let kind = |words: &str| match words {
        "同名改码" => AreaChangeKind::Recoded,
        "撤销" => AreaChangeKind::MergedInto,
        "新设" => AreaChangeKind::Established,
        "更名" => AreaChangeKind::Renamed,
        "撤县设区" => AreaChangeKind::CountyToDistrict,
        "划转" => AreaChangeKind::Transferred,
        other => panic!("{other}"),
    };
    let side = |code: &str, name| code.parse().ok().map(|code| (code, name));
    let changes = rows(include_str!("../areas/130300-changes.csv"))
        .map(|row| change(kind(row[1]), row[0].parse().unwrap(), side(row[2], row[3]), side(row[4], row[5])));
    book(&[vec![listed(list)], changes.collect()].concat())
}

#[test]
fn the_county_that_became_a_district_lost_four_towns_to_others() {
    let book = qinhuangdao();
    let now = book.now();
    let towns = ["130302105000", "130302106000", "130302107000", "130304103000"].map(code);
    let mut all = towns.to_vec();
    all.push(code("130306000000"));
    assert_eq!(now.became(code("130323"), None), Became::Several(all.clone()));
    assert_eq!(now.became(code("132727"), None), Became::Several(all.clone()), "it had another code before");
    assert_eq!(
        now.became(code("130323100209"), None),
        Became::One(code("130306100209")),
        "what stayed kept its digits"
    );
    assert_eq!(
        now.became(code("130323104209"), None),
        Became::Within(all),
        "what may have gone elsewhere is not guessed"
    );
    for (written, town) in [
        ("抚宁县石门寨镇", "130302106000"),
        ("抚宁县驻操营镇", "130302107000"),
        ("抚宁县杜庄镇", "130302105000"),
        ("抚宁县牛头崖镇", "130304103000"),
        ("抚宁县台营镇", "130306105000"),
    ] {
        let found: Vec<AreaCode> =
            now.named(written, Some(AreaLevel::Town), None).iter().map(|area| area.code).collect();
        assert_eq!(found, [code(town)], "{written}");
        let settled = now.settled(code("130323"), None, &[written]);
        if town != "130306105000" {
            assert_eq!(settled, code(town), "{written}");
        } else {
            assert_eq!(settled, code("130323"), "only that it is in none of the four; not told more than is known");
        }
    }
    assert_eq!(now.former_names(code("130306")), ["抚宁县"]);
    assert_eq!(now.former_names(code("130321")), ["青龙县"]);
    assert_eq!(book.name(code("132105")), Some("郊区"));
    assert!(book.get(code("130305")).is_none(), "a change of long ago makes no division of today");
}

const YEAR: ChangeDate = ChangeDate::Year(2024);

fn two_villages() -> Vec<Area> {
    ["130300", "130306", "130306100", "130306100209", "130306100210", "130306100211"]
        .iter()
        .zip(["秦皇岛市", "抚宁区", "抚宁镇", "大李官营村委会", "小李官营村委会", "三里杨庄村委会"])
        .map(|(digits, name)| area(code(digits), name))
        .collect()
}

#[test]
fn a_change_that_the_list_does_not_show_yet_is_put_on_top_of_it() {
    let merged = change(
        AreaChangeKind::MergedInto,
        YEAR,
        Some((code("130306100209"), "大李官营村委会")),
        Some((code("130306100210"), "小李官营村委会")),
    );
    let community = change(
        AreaChangeKind::VillageToCommunity,
        YEAR,
        Some((code("130306100211"), "三里杨庄村委会")),
        Some((code("130306100011"), "三里杨庄社区居委会")),
    );
    let book = book(&[listed(two_villages()), merged, community]);
    let names: Vec<&str> = book.children(code("130306100")).map(|area| area.name.as_str()).collect();
    assert_eq!(names, ["三里杨庄社区居委会", "小李官营村委会"]);
    assert_eq!(book.now().became(code("130306100211"), None), Became::One(code("130306100011")));
    assert_eq!(book.name(code("130306100211")), Some("三里杨庄村委会"), "an old code keeps its name");
    assert_eq!(book.now().former_names(code("130306100011")), ["三里杨庄村委会"]);
}

#[test]
fn a_code_that_was_given_to_another_village_is_that_one_s_now() {
    let gone = change(
        AreaChangeKind::MergedInto,
        ChangeDate::Year(2010),
        Some((code("130306100209"), "老村村委会")),
        Some((code("130306100210"), "小李官营村委会")),
    );
    let book = book(&[listed(two_villages()), gone]);
    let old = code("130306100209");
    assert_eq!(book.now().became(old, None), Became::Itself, "the list has it under another name");
    let day = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        book.now().became(old, day("2009-05-01")),
        Became::One(code("130306100210")),
        "what was said of it before"
    );
    assert_eq!(book.now().became(old, day("2011-05-01")), Became::Itself);
}

#[test]
fn a_code_that_one_left_to_another_goes_with_the_other_when_their_town_is_recoded() {
    let town = |digits: &str, villages: &[(&str, &str)]| {
        let mut areas = vec![area(code("130306"), "抚宁区"), area(code(digits), "抚宁镇")];
        areas.extend(villages.iter().map(|(digits, name)| area(code(digits), name)));
        listed(areas)
    };
    let recoded = |day: &str, name: &str, from: &str, to: &str| {
        change(AreaChangeKind::Recoded, day.parse().unwrap(), Some((code(from), name)), Some((code(to), name)))
    };
    let split = change(
        AreaChangeKind::Split,
        "2010-01-06".parse().unwrap(),
        Some((code("130306118201"), "乙村村委会")),
        Some((code("130306118205"), "丙村村委会")),
    );
    let book = book(&[
        town("130306100", &[("130306100201", "甲村村委会"), ("130306100202", "乙村村委会")]),
        recoded("2010-01-03", "抚宁镇", "130306100", "130306118"),
        recoded("2010-01-04", "甲村村委会", "130306118201", "130306118202"),
        recoded("2010-01-04", "乙村村委会", "130306118202", "130306118201"),
        split,
        recoded("2010-01-08", "抚宁镇", "130306118", "130306127"),
        // Under the code that the other had left, before the town was recoded.
        recoded("2010-01-09", "甲村村委会", "130306127202", "130306127201"),
        town("130306127", &[("130306127201", "甲村村委会"), ("130306127205", "丙村村委会")]),
    ]);
    for (was, is) in [("100201", "127201"), ("100202", "127205"), ("118201", "127205"), ("118202", "127201")] {
        let became = book.now().became(code(&format!("130306{was}")), None);
        assert_eq!(became, Became::One(code(&format!("130306{is}"))), "{was}");
    }
}

fn chained(step: u32) -> AreaCode {
    code(&format!("130306{:03}{:03}", 100 + step / 700, 201 + step % 700))
}

#[test]
fn changes_that_lead_in_a_circle_end() {
    let (a, b, c) = (code("130306100209"), code("130306100210"), code("130306100211"));
    let round = |from, to| change(AreaChangeKind::Recoded, YEAR, Some((from, "甲村")), Some((to, "甲村")));
    let book = book(&[listed(two_villages()), round(a, b), round(b, c), round(c, a), round(a, a)]);
    for start in [a, b, c] {
        assert!(!matches!(book.now().became(start, None), Became::Unknown));
    }
    // As long a chain as one likes.
    let long: Vec<AreasEvent> = (0..20_000_u32)
        .map(|step| {
            change(AreaChangeKind::Recoded, YEAR, Some((chained(step), "甲村")), Some((chained(step + 1), "甲村")))
        })
        .collect();
    let mut chain = AreaBook::default();
    long.iter().for_each(|event| chain.apply(event));
    assert_eq!(chain.now().became(chained(0), None), Became::One(chained(20_000)));
}

#[test]
fn a_code_that_was_abolished_is_still_called_what_it_was() {
    let gone = change(AreaChangeKind::Abolished, YEAR, Some((code("130306100209"), "大李官营村委会")), None);
    let book = book(&[listed(two_villages()), gone]);
    assert_eq!(book.now().became(code("130306100209"), None), Became::Nothing);
    assert_eq!(book.now().carried(code("130306100209"), None), [code("130306100209")]);
    assert_eq!(book.name(code("130306100209")), Some("大李官营村委会"));
}

#[test]
fn villages_of_a_town_that_was_joined_to_another_are_found_there_by_name() {
    let before =
        [two_villages(), vec![area(code("130306101"), "留守营镇"), area(code("130306101209"), "王庄村委会")]].concat();
    let mut after = two_villages();
    after.push(area(code("130306100301"), "王庄村委会"));
    let joined = change(
        AreaChangeKind::MergedInto,
        YEAR,
        Some((code("130306101"), "留守营镇")),
        Some((code("130306100"), "抚宁镇")),
    );
    let book = book(&[listed(before), joined, listed(after)]);
    let became = |digits: &str| book.now().became(code(digits), None);
    assert_eq!(became("130306101209"), Became::One(code("130306100301")), "not the village of the same digits");
    assert_eq!(became("130306101210"), Became::Within(vec![code("130306100000")]));
}

/// What happens on one day.
#[derive(Clone, Debug)]
enum Act {
    Rename(Index),
    Recode(Index, Index),
    Community(Index, Index),
    MergeInto(Index, Index),
    MergeNew(Index, Index, Index),
    Split { which: Index, keeps: bool, into: [Index; 2] },
    Transfer(Index, Index),
    Abolish(Index),
    Establish(Index),
    Swap(Index, Index),
    Twice(Index, Index, Index),
    RecodeTown(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let index = any::<Index>;
    prop_oneof![
        index().prop_map(Act::Rename),
        (index(), index()).prop_map(|(a, b)| Act::Recode(a, b)),
        (index(), index()).prop_map(|(a, b)| Act::Community(a, b)),
        (index(), index()).prop_map(|(a, b)| Act::MergeInto(a, b)),
        (index(), index(), index()).prop_map(|(a, b, c)| Act::MergeNew(a, b, c)),
        (index(), any::<bool>(), [index(), index()]).prop_map(|(which, keeps, into)| Act::Split { which, keeps, into }),
        (index(), index()).prop_map(|(a, b)| Act::Transfer(a, b)),
        index().prop_map(Act::Abolish),
        index().prop_map(Act::Establish),
        (index(), index()).prop_map(|(a, b)| Act::Swap(a, b)),
        (index(), index(), index()).prop_map(|(a, b, c)| Act::Twice(a, b, c)),
        any::<bool>().prop_map(Act::RecodeTown),
    ]
}

/// One division for as long as it lived under one code.
#[derive(Clone, Debug)]
struct Life {
    code: AreaCode,
    from: NaiveDate,
    to: Option<NaiveDate>,
    /// What it went over into when it ended.
    into: Vec<usize>,
}

/// The world, in which divisions are told apart by what they are, not by their codes.
struct World {
    today: NaiveDate,
    lives: Vec<Life>,
    names: BTreeMap<usize, String>,
    towns: [u64; 2],
    fresh: u64,
    events: Vec<AreasEvent>,
    first: Vec<Area>,
}

const TOWNS: [u64; 2] = [130_306_100, 130_306_101];

impl World {
    fn begin(day: NaiveDate) -> World {
        let mut world = World {
            today: day,
            lives: Vec::new(),
            names: BTreeMap::new(),
            towns: TOWNS,
            fresh: 0,
            events: Vec::new(),
            first: Vec::new(),
        };
        for town in TOWNS {
            for village in 201..204 {
                let code = code(&format!("{town}{village}"));
                world.born(code, None);
            }
        }
        world.first = world.list();
        world
    }

    fn born(&mut self, code: AreaCode, name: Option<String>) -> usize {
        let id = self.lives.len();
        self.fresh += 1;
        // A name of its own, that holds no other one.
        self.names.insert(id, name.unwrap_or_else(|| format!("第{:03}号村委会", self.fresh)));
        self.lives.push(Life { code, from: self.today, to: None, into: Vec::new() });
        id
    }

    fn alive(&self) -> Vec<usize> {
        (0..self.lives.len()).filter(|id| self.lives[*id].to.is_none()).collect()
    }

    /// Codes of a town that nobody has.
    fn free(&self, town: u64) -> Vec<AreaCode> {
        let taken: BTreeSet<AreaCode> = self.alive().into_iter().map(|id| self.lives[id].code).collect();
        (201..209).map(|village| code(&format!("{town}{village}"))).filter(|code| !taken.contains(code)).collect()
    }

    fn town_of(&self, id: usize) -> u64 {
        self.lives[id].code.as_u64() / 1_000
    }

    fn say(&mut self, kind: AreaChangeKind, old: Option<(AreaCode, String)>, new: Option<(AreaCode, String)>) {
        self.events.push(change(
            kind,
            ChangeDate::Day(self.today),
            old.as_ref().map(|(code, name)| (*code, name.as_str())),
            new.as_ref().map(|(code, name)| (*code, name.as_str())),
        ));
    }

    fn side(&self, id: usize) -> Option<(AreaCode, String)> {
        Some((self.lives[id].code, self.names[&id].clone()))
    }

    fn ends(&mut self, id: usize, into: Vec<usize>) {
        let today = self.today;
        self.lives[id].to = Some(today);
        self.lives[id].into = into;
    }

    /// It goes on under another code.
    fn moves(&mut self, kind: AreaChangeKind, id: usize, to: AreaCode) -> usize {
        let old = self.side(id);
        let name = self.names[&id].clone();
        let now = self.born(to, Some(name));
        self.ends(id, vec![now]);
        self.say(kind, old, self.side(now));
        now
    }

    fn act(&mut self, act: &Act) {
        self.today = self.today.checked_add_days(Days::new(1)).unwrap();
        let alive = self.alive();
        if alive.len() < 3 {
            return self.establish(0);
        }
        let pick = |index: &Index| alive[index.index(alive.len())];
        match act {
            Act::Rename(which) => {
                let id = pick(which);
                let old = self.side(id);
                self.fresh += 1;
                self.names.insert(id, format!("第{:03}号村委会", self.fresh));
                self.say(AreaChangeKind::Renamed, old, self.side(id));
            }
            Act::Recode(which, to) => self.takes(AreaChangeKind::Recoded, pick(which), self.town_of(pick(which)), to),
            Act::Community(which, to) => {
                self.takes(AreaChangeKind::VillageToCommunity, pick(which), self.town_of(pick(which)), to);
            }
            Act::Transfer(which, to) => {
                self.takes(AreaChangeKind::Transferred, pick(which), self.other_town(pick(which)), to);
            }
            Act::MergeInto(which, into) => {
                let (id, into) = (pick(which), pick(into));
                if id != into {
                    self.ends(id, vec![into]);
                    let old = self.side(id);
                    self.say(AreaChangeKind::MergedInto, old, self.side(into));
                }
            }
            Act::MergeNew(one, other, to) => {
                let (one, other) = (pick(one), pick(other));
                let Some(to) = choose(&self.free(self.town_of(one)), to).filter(|_| one != other) else { return };
                let new = self.born(to, None);
                for id in [one, other] {
                    self.ends(id, vec![new]);
                    let old = self.side(id);
                    self.say(AreaChangeKind::MergedInto, old, self.side(new));
                }
            }
            Act::Split { which, keeps, into } => self.split(pick(which), *keeps, into),
            Act::Abolish(which) => {
                let id = pick(which);
                self.ends(id, Vec::new());
                self.say(AreaChangeKind::Abolished, self.side(id), None);
            }
            Act::Establish(to) => self.establish(to.index(8)),
            Act::Swap(one, other) => self.swap(pick(one), pick(other)),
            Act::Twice(which, first, second) => self.twice(pick(which), first, second),
            Act::RecodeTown(first) => self.recode_town(usize::from(*first)),
        }
    }

    /// It goes on under a free code of a town.
    fn takes(&mut self, kind: AreaChangeKind, id: usize, town: u64, to: &Index) {
        if let Some(to) = choose(&self.free(town), to) {
            self.moves(kind, id, to);
        }
    }

    fn swap(&mut self, one: usize, other: usize) {
        if one != other {
            let (first, second) = (self.lives[one].code, self.lives[other].code);
            self.moves(AreaChangeKind::Recoded, one, second);
            self.moves(AreaChangeKind::Recoded, other, first);
        }
    }

    fn twice(&mut self, id: usize, first: &Index, second: &Index) {
        let free = self.free(self.town_of(id));
        if let (Some(first), Some(second)) = (choose(&free, first), choose(&free, second))
            && first != second
        {
            let now = self.moves(AreaChangeKind::Recoded, id, first);
            self.moves(AreaChangeKind::Recoded, now, second);
        }
    }

    fn other_town(&self, id: usize) -> u64 {
        let here = self.town_of(id);
        self.towns.into_iter().find(|town| *town != here).unwrap()
    }

    fn establish(&mut self, place: usize) {
        let free = self.free(self.towns[0]);
        if let Some(code) = free.get(place % free.len().max(1)) {
            let new = self.born(*code, None);
            self.say(AreaChangeKind::Established, None, self.side(new));
        }
    }

    fn split(&mut self, id: usize, keeps: bool, into: &[Index; 2]) {
        let free = self.free(self.town_of(id));
        let codes: BTreeSet<AreaCode> = into.iter().filter_map(|place| choose(&free, place)).collect();
        let parts: Vec<usize> = codes.into_iter().map(|code| self.born(code, None)).collect();
        if parts.is_empty() {
            return;
        }
        let old = self.side(id);
        for part in &parts {
            self.say(AreaChangeKind::Split, old.clone(), self.side(*part));
        }
        if !keeps {
            self.ends(id, parts);
        }
    }

    /// The town gets a code that it never had; nobody says what that makes of its villages.
    fn recode_town(&mut self, which: usize) {
        let old = self.towns[which];
        self.fresh += 1;
        let new = 130_306_110 + self.fresh;
        let town = |digits: u64| Some((code(&digits.to_string()), format!("第{which}镇")));
        self.towns[which] = new;
        self.say(AreaChangeKind::Recoded, town(old), town(new));
        let there: Vec<usize> = self.alive().into_iter().filter(|id| self.town_of(*id) == old).collect();
        for id in there {
            let to = code(&format!("{new}{:03}", self.lives[id].code.as_u64() % 1_000));
            let now = self.born(to, Some(self.names[&id].clone()));
            self.ends(id, vec![now]);
        }
    }

    fn list(&self) -> Vec<Area> {
        let mut areas = vec![area(code("130306"), "抚宁区")];
        areas.extend((0..2).map(|which| area(code(&self.towns[which].to_string()), &format!("第{which}镇"))));
        areas.extend(self.alive().into_iter().map(|id| area(self.lives[id].code, &self.names[&id])));
        areas.sort_by_key(|area| area.code);
        areas
    }

    /// Where whoever had a code on a day lives today.
    fn heirs(&self, code: AreaCode, on: Option<NaiveDate>) -> Option<BTreeSet<AreaCode>> {
        let held: Vec<usize> = (0..self.lives.len()).filter(|id| self.lives[*id].code == code).collect();
        let before = |id: &&usize| on.is_none_or(|day| self.lives[**id].from <= day);
        // Of lives of one day (a code that was passed on at once) the last one.
        let holder = held.iter().rfind(before).or_else(|| held.first())?;
        let (mut open, mut live) = (vec![*holder], BTreeSet::new());
        while let Some(id) = open.pop() {
            let life = &self.lives[id];
            match life.to {
                None => drop(live.insert(life.code)),
                Some(_) => open.extend(&life.into),
            }
        }
        Some(live)
    }
}

fn choose(codes: &[AreaCode], which: &Index) -> Option<AreaCode> {
    (!codes.is_empty()).then(|| codes[which.index(codes.len())])
}

fn found(book: &AreaBook, code: AreaCode, on: Option<NaiveDate>) -> BTreeSet<AreaCode> {
    match book.now().became(code, on) {
        Became::Itself => [code].into(),
        Became::One(one) => [one].into(),
        Became::Several(codes) => codes.into_iter().collect(),
        Became::Nothing => BTreeSet::new(),
        other @ (Became::Within(_) | Became::Unknown) => panic!("{code} on {on:?}: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_code_of_any_day_is_found_where_those_who_lived_there_are(
        acts in proptest::collection::vec(act(), 0..14),
        // Long before the day of the list, across it, and after it.
        begins in prop_oneof![Just("2010-01-01"), Just("2023-06-24"), Just("2024-02-01")],
        order in proptest::collection::vec(any::<Index>(), 16 * 8),
        asked in proptest::collection::vec((0_u64..16, any::<Index>()), 12),
        list_at in any::<Index>(),
    ) {
        let mut world = World::begin(begins.parse().unwrap());
        for act in &acts {
            world.act(act);
        }
        let mut events = world.events.clone();
        // Recorded in any order, some of them in two streams.
        for (place, other) in order.iter().enumerate().take(events.len()) {
            let other = other.index(events.len());
            events.swap(place, other);
        }
        let again: Vec<AreasEvent> = events.iter().step_by(3).cloned().collect();
        let in_order = [vec![listed(world.first.clone())], world.events.clone(), vec![listed(world.list())]].concat();
        let mut shuffled = [events, again].concat();
        shuffled.insert(list_at.index(shuffled.len() + 1), listed(world.list()));
        shuffled.insert(0, listed(world.first.clone()));
        let (one, other) = (book(&in_order), book(&shuffled));
        let everything = |book: &AreaBook| book.iter().cloned().collect::<Vec<_>>();
        prop_assert_eq!(everything(&one), world.list());
        prop_assert_eq!(everything(&other), world.list());
        let codes: BTreeSet<AreaCode> = world.lives.iter().map(|life| life.code).collect();
        let codes: Vec<AreaCode> = codes.into_iter().collect();
        let first: NaiveDate = begins.parse().unwrap();
        for (days, which) in asked {
            let code = codes[which.index(codes.len())];
            let day = first.checked_add_days(Days::new(days)).unwrap();
            for on in [None, Some(day)] {
                let expected = world.heirs(code, on).unwrap();
                prop_assert_eq!(found(&one, code, on), expected.clone(), "{} on {:?}", code, on);
                prop_assert_eq!(found(&other, code, on), expected, "{} on {:?}, in another order", code, on);
            }
        }
    }
}
