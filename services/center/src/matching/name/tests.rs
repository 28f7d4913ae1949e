use super::*;

fn place() -> Place {
    Place {
        village_core: "大李官营".into(),
        town_names: vec!["抚宁镇".into(), "抚宁".into()],
        wider_names: vec!["抚宁区".into()],
        ..Place::default()
    }
}

fn bare(written: &str) -> String {
    read(written, &place()).bare.into_iter().collect()
}

#[test]
fn one_service_written_in_two_ways_has_one_bare_name() {
    for (one, other) in [
        ("大李官营村康乐助餐服务点", "大李官营康乐助餐点"),
        ("大李官营老年食堂", "大李官营村长者食堂"),
        ("大李官营青年志愿者服务队", "大李官营村青年志愿服务队"),
        ("康乐家政服务公司大李官营店", "康乐家政公司大李官营村店"),
        ("康乐理发店（大李官营）", "大李官营康乐理发店"),
        ("大李官营暖阳长者餐厅", "大李官营暖阳长者歺厅"),
    ] {
        assert_eq!(bare(one), bare(other), "{one} and {other}");
    }
    assert_ne!(bare("大李官营康乐助餐点"), bare("大李官营和谐助餐点"));
}

#[test]
fn numbers_of_siblings_are_told_from_numerals_in_names() {
    let ordinal = |written: &str| read(written, &place()).ordinal;
    assert_eq!(ordinal("大李官营居家养老服务站（二）"), Some(2));
    assert_eq!(ordinal("大李官营卫生服务站二部"), Some(2));
    assert_eq!(ordinal("康乐理发店（大李官营）二部"), Some(2));
    assert_eq!(ordinal("大李官营健康大讲堂第十二分点"), Some(12));
    assert_eq!(ordinal("大李官营康乐家政3号店"), Some(3));
    assert_eq!(ordinal("大李官营老年食堂Ⅱ"), Some(2));
    assert_eq!(ordinal("大李官营老年食堂(2)"), Some(2));
    assert_eq!(ordinal("大李官营老年食堂第二"), Some(2));
    assert_eq!(ordinal("大李官营老年食堂2号"), Some(2));
    assert_eq!(ordinal("大李官营老年食堂一号"), None);
    assert_eq!(ordinal("三里庄一村老年食堂"), None);
    assert_eq!(ordinal("大李官营一站式服务中心"), None);
    assert_eq!(ordinal("七家寨村卫生室"), None);
    assert_eq!(bare("大李官营卫生服务站二部"), bare("大李官营卫生服务站"));
}

#[test]
fn a_town_before_the_village_is_noticed_a_parent_is_not_a_town() {
    assert!(read("抚宁镇大李官营村卫生室", &place()).names_town);
    let branch = read("抚宁镇卫生院大李官营分院", &place());
    assert!(!branch.names_town && branch.branch);
    assert!(!read("大李官营村卫生室", &place()).names_town);
}

#[test]
fn a_slip_is_one_character_or_one_that_is_taken_for_another() {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    let is_slip = |one: &str, other: &str| slip(&chars(one), &chars(other));
    for (one, other) in
        [("康乐助餐", "庚乐助餐"), ("老年堂", "老年食堂"), ("益民助助餐", "益民助餐"), ("乐康助餐", "康乐助餐")]
    {
        assert!(is_slip(one, other) && is_slip(other, one), "{one} and {other}");
    }
    for (one, other) in [("康乐助餐", "康乐助餐"), ("益民助餐", "惠民助餐"), ("康乐", "康乐助餐")]
    {
        assert!(!is_slip(one, other), "{one} and {other}");
    }
}

#[test]
fn what_is_a_names_own_is_told_from_the_words_of_its_trade() {
    let own = |written: &str| read(written, &place()).own.into_iter().collect::<String>();
    assert_eq!(own("大李官营晚晴上门护理站"), "晚晴");
    assert_eq!(own("大李官营幸福幸福院"), "幸福");
    assert_eq!(own("康乐家政服务公司大李官营店"), "康乐");
    for of_any_village in ["大李官营老年食堂", "大李官营卫生服务站", "抚宁镇卫生院大李官营分院", "大李官营妇女儿童之家"]
    {
        assert_eq!(own(of_any_village), "", "{of_any_village}");
    }
}

#[test]
fn a_village_with_a_slip_in_it_is_still_the_village() {
    for misspelt in ["大李官菅康乐助餐点", "大李官康乐助餐点", "李官营康乐助餐点", "抚宁镇大李营官村康乐助餐点"]
    {
        let name = read(misspelt, &place());
        assert_eq!(name.bare.iter().collect::<String>(), "康乐助餐", "{misspelt}");
    }
    assert!(read("大李官康乐助餐点", &place()).misspells_village);
    assert!(!read("大李官营康乐助餐点", &place()).misspells_village);
}

#[test]
fn traditional_characters_are_the_simplified_ones() {
    assert_eq!(bare("大李官營康樂助餐點"), bare("大李官营康乐助餐点"));
    let (traditional, simplified) = TRADITIONAL;
    assert_eq!(traditional.chars().count(), simplified.chars().count());
}
