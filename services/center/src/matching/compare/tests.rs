use super::*;
use crate::matching::sample_areas;
use crate::samples::{merchant, practice, read_merchant, read_practice, read_station, station};
use schema::commerce::Merchant;

fn pair(one: &Registered, other: &Registered) -> Evidence {
    let areas = sample_areas();
    let (one, other) = (Features::read(one, &[], &areas), Features::read(other, &[], &areas));
    let evidence = judge(&one, &other);
    assert_eq!(evidence, judge(&other, &one), "the evidence does not depend on the order of the two");
    assert_eq!(evidence.band, band(&one, &other), "nor on whether anyone asks why");
    evidence
}

fn with(name: &str, village: &str, phone: Option<&str>, address: Option<&str>) -> Merchant {
    Merchant {
        village: village.parse().unwrap(),
        phones: phone.map(|phone| phone.parse().unwrap()).into_iter().collect(),
        address: address.map(str::to_owned),
        ..merchant(name)
    }
}

const HERE: &str = "130306100209";

#[test]
fn one_canteen_of_two_offices_is_merged_and_the_grounds_add_up() {
    let commerce = with("大李官营老年食堂", HERE, Some("+863357163001"), Some("抚宁镇大李官营村滨河路2号"));
    let mut federation = station("大李官营村长者食堂");
    federation.phones = vec!["+863357163001".parse().unwrap()];
    federation.village = "130306100000".parse().unwrap();
    federation.address = Some("大李官营滨河路2".into());
    let evidence = pair(&read_merchant(1, 1, commerce), &read_station(2, 1, federation));
    assert_eq!((evidence.band, evidence.veto), (Band::Merge, None));
    let sum: f64 = evidence.comparisons.iter().map(|comparison| comparison.weight).sum();
    assert!((evidence.weight - model::PRIOR - sum).abs() < 1e-9);
}

#[test]
fn what_must_stay_apart_is_left_however_much_agrees() {
    let phone = Some("+863357163001");
    let base = read_merchant(1, 1, with("大李官营康乐家政", HERE, phone, Some("滨河路2号")));
    let veto = |other: Merchant| {
        let evidence = pair(&base, &read_merchant(2, 1, other));
        assert_eq!(evidence.band, Band::Leave);
        evidence.veto
    };
    let elsewhere = with("陈各庄康乐家政", "130306100248", phone, Some("滨河路2号"));
    assert_eq!(veto(elsewhere), Some(Veto::AnotherVillage));
    let sibling = with("大李官营康乐家政二部", HERE, phone, Some("滨河路2号"));
    assert_eq!(veto(sibling), Some(Veto::NumberedSiblings));
    let branch = with("康乐家政大李官营分店", HERE, phone, Some("滨河路2号"));
    assert_eq!(veto(branch), Some(Veto::BranchAndParent));
    let hotline = with("大李官营安康助浴点", HERE, phone, Some("建设路9号"));
    assert_eq!(veto(hotline), Some(Veto::SharedHotline));
}

#[test]
fn services_that_one_office_tells_apart_are_several_and_of_two_offices_a_steward_says() {
    let (phone, house) = ("+863357163001", "滨河路2号");
    let name = "大李官营槐香服务站";
    let of_station = |number, category: &str| {
        let mut station = station(name);
        station.category = Category(category.into());
        station.phones = vec![phone.parse().unwrap()];
        station.address = Some(house.into());
        read_station(number, 1, station)
    };
    let of_merchant = |number, category: &str| {
        let merchant = with(name, HERE, Some(phone), Some(house));
        read_merchant(number, 1, Merchant { category: Category(category.into()), ..merchant })
    };
    // Each category beside each: of one office, of two.
    for (one, other, of_one, of_two) in [
        ("助餐", "助餐", Band::Merge, Band::Merge),
        ("助餐", "助浴", Band::Leave, Band::Propose),
        ("日间照料", "儿童关爱", Band::Leave, Band::Propose),
        ("助餐", "便民服务", Band::Propose, Band::Merge),
        ("助老服务", "志愿服务", Band::Propose, Band::Merge),
    ] {
        let evidence = pair(&of_station(1, one), &of_station(2, other));
        assert_eq!(evidence.band, of_one, "of one office: {one}, {other}");
        assert_eq!(evidence.veto.is_some(), of_one == Band::Leave, "{one}, {other}");
        assert_eq!(pair(&of_station(1, one), &of_merchant(2, other)).band, of_two, "of two offices: {one}, {other}");
    }
}

#[test]
fn neighbours_whose_names_are_a_character_apart_are_one_only_if_they_share_a_telephone() {
    let rows = [
        ("大李官营益民超市", "大李官营宜民超市"),
        ("大李官营福来超市", "大李官营新福来超市"),
        ("大李官营李记餐馆", "大李官营老李记餐馆"),
    ];
    for (one, other) in rows {
        let band = |phone: &str, others: &str| {
            let mut station = station(other);
            let merchant = with(one, HERE, Some(phone), Some("市场街1号"));
            station.category = merchant.category.clone();
            station.phones = vec![others.parse().unwrap()];
            station.address = Some("市场街1号".into());
            pair(&read_merchant(1, 1, merchant), &read_station(2, 1, station)).band
        };
        let (number, another) = ("+863357131001", "+8613833521001");
        assert!(band(number, another) < Band::Merge, "{one} and {other}");
        assert!(band(number, number) > Band::Leave, "{one} and {other}");
    }
}

#[test]
fn how_much_of_a_name_is_shared_decides_what_else_it_takes() {
    let (phone, house) = (Some("+863357163001"), Some("滨河路2号"));
    // One name and the other, what else both say, what becomes of the two.
    let rows = [
        // A name of its own carries more than one that any village has.
        ("大李官营康乐助餐点", "大李官营村康乐助餐服务点", phone, None, Band::Merge),
        ("大李官营康乐助餐点", "大李官营村康乐助餐服务点", None, None, Band::Propose),
        ("大李官营老年食堂", "大李官营村长者食堂", None, None, Band::Leave),
        // One slip, in whichever part of the name.
        ("大李官营康乐助餐点", "大李官康乐助餐点", phone, house, Band::Merge),
        ("大李官营日间照料中心", "大李官营日昭料中心", phone, house, Band::Merge),
        // Who leaves out what is its own may mean the same one.
        ("大李官营康乐助餐点", "大李官营助餐点", phone, house, Band::Propose),
        // Two providers, two services of one, two groups of people: neighbours under one roof.
        ("大李官营康乐助餐点", "大李官营和谐助餐点", phone, house, Band::Leave),
        ("大李官营益民上门护理站", "大李官营惠民上门护理站", phone, None, Band::Leave),
        ("大李官营康乐助餐点", "大李官营康乐助浴点", phone, house, Band::Leave),
        ("大李官营儿童之家", "大李官营妇女儿童之家", phone, house, Band::Leave),
        // Which word for the place of it is used says little, but something.
        ("大李官营居家养老服务站", "大李官营居家养老服务中心", phone, house, Band::Merge),
        ("大李官营居家养老服务站", "大李官营居家养老服务中心", phone, None, Band::Propose),
    ];
    for (one, other, phone, house, expected) in rows {
        let mut station = station(other);
        station.phones = phone.map(|phone| phone.parse().unwrap()).into_iter().collect();
        station.address = house.map(str::to_owned);
        let evidence = pair(&read_merchant(1, 1, with(one, HERE, phone, house)), &read_station(2, 1, station));
        assert_eq!(evidence.band, expected, "{one} and {other}: {evidence:?}");
    }
}

#[test]
fn a_sealed_number_speaks_as_any_other_and_grounds_hold_it_as_it_was_sealed() {
    let areas = sample_areas();
    let (number, house) = ("+8613812345678", Some("滨河路2号"));
    let shop = read_merchant(1, 1, with("大李官营老年食堂", HERE, Some(number), house));
    let mut said = station("大李官营老年食堂");
    said.address = house.map(str::to_owned);
    let station = read_station(2, 1, said);
    let sealed = schema::Sealed { person: schema::PersonId::contact_of(station.id), ciphertext: "AQAB".into() };
    let private = PrivatePhone { sealed: sealed.clone(), number: number.parse().unwrap() };
    let phones = |private: &[PrivatePhone]| {
        let (shop, station) = (Features::read(&shop, &[], &areas), Features::read(&station, private, &areas));
        let evidence = judge(&shop, &station);
        let grounds = evidence.grounds(Decider::Steward { name: "s".into() }, None);
        let told = serde_json::to_string(&grounds).unwrap();
        (evidence.comparisons.into_iter().find(|one| one.comparison == Compared::Phones).unwrap(), told)
    };
    let (opened, told) = phones(&[private]);
    assert_eq!(opened.level, Level::Same);
    assert_eq!((opened.left, opened.right), (vec![Quote::Said(number.into())], vec![Quote::Sealed(sealed)]));
    assert_eq!(told.matches("13812345678").count(), 1, "the shop's own, which is public: {told}");
    let (erased, _) = phones(&[]);
    assert_eq!((erased.level, erased.right), (Level::Missing, Vec::new()));
}

#[test]
fn one_telephone_of_two_houses_is_a_hotline_even_under_one_name() {
    let phone = Some("+863357163001");
    let one = with("大李官营老年食堂", HERE, phone, Some("滨河路2号"));
    let other = with("大李官营老年食堂", HERE, phone, Some("建设路9号"));
    assert_eq!(pair(&read_merchant(1, 1, one), &read_merchant(2, 1, other)).band, Band::Leave);
}

#[test]
fn the_first_of_several_may_be_called_without_its_number() {
    let (phone, house) = (Some("+863357163001"), Some("滨河路2号"));
    let one = with("大李官营康乐家政", HERE, phone, house);
    let first = with("大李官营康乐家政（一）", HERE, phone, house);
    let evidence = pair(&read_merchant(1, 1, one), &read_merchant(2, 1, first));
    assert_eq!((evidence.band, evidence.veto), (Band::Merge, None));
}

#[test]
fn two_of_a_kind_in_one_village_are_two() {
    let one = with("大李官营老年食堂", HERE, Some("+863357163001"), Some("滨河路2号"));
    let other = with("大李官营老年食堂", HERE, Some("+863357163777"), Some("建设路9号"));
    assert_eq!(pair(&read_merchant(1, 1, one), &read_merchant(2, 1, other)).band, Band::Leave);
}

#[test]
fn a_village_that_is_not_known_is_never_merged_by_rule() {
    let one = with("大李官营老年食堂", HERE, Some("+863357163001"), Some("滨河路2号"));
    let other = with("老年食堂", "130306100000", Some("+863357163001"), Some("滨河路2号"));
    assert_eq!(pair(&read_merchant(1, 1, one), &read_merchant(2, 1, other)).band, Band::Propose);
}

#[test]
fn a_licence_that_holds_the_credit_codes_number_speaks_for_one_body() {
    let mut clinic = practice("大李官营家庭病床");
    clinic.licence = schema::Licence::Unknown { number: Some("PDY601767909".into()) };
    let mut shop = merchant("大李官营家庭病床");
    shop.credit_code = Some("911303066017679099".parse().unwrap());
    let evidence = pair(&read_practice(1, 1, clinic), &read_merchant(2, 1, shop));
    let body =
        evidence.comparisons.iter().find(|comparison| comparison.comparison == Compared::RegisteredBody).unwrap();
    assert_eq!(body.level, Level::LicenceOfTheCreditCode);
}
