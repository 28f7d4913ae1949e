use super::*;
use Audience::{All, Children, Disabled, Elders, Women};

fn understood(written: &str) -> Eligibility {
    let read = audience(written);
    assert!(read.troubles.is_empty(), "{written}: {:?}", read.troubles);
    read.value.unwrap()
}

#[test]
fn groups_ages_and_conditions() {
    use Condition as C;
    for (written, audiences, ages, conditions) in [
        ("老年人", &[Elders][..], (None, None), &[][..]),
        ("老人", &[Elders], (None, None), &[]),
        ("全体居民", &[All], (None, None), &[]),
        ("本村村民", &[All], (None, None), &[]),
        ("60岁以上老人", &[Elders], (Some(60), None), &[]),
        ("６０周岁及以上老年人", &[Elders], (Some(60), None), &[]),
        ("年满65周岁老人", &[Elders], (Some(65), None), &[]),
        ("80岁以上高龄老人", &[Elders], (Some(80), None), &[]),
        ("60岁以上", &[Elders], (Some(60), None), &[]),
        ("≥60岁", &[Elders], (Some(60), None), &[]),
        (">=60周岁", &[Elders], (Some(60), None), &[]),
        ("60+", &[Elders], (Some(60), None), &[]),
        ("不低于65岁", &[Elders], (Some(65), None), &[]),
        ("六十岁以上老人", &[Elders], (Some(60), None), &[]),
        ("六十五周岁及以上老年人", &[Elders], (Some(65), None), &[]),
        ("80岁(含)以上", &[Elders], (Some(80), None), &[]),
        ("80岁以上（含80岁）老人", &[Elders], (Some(80), None), &[]),
        ("60周岁（含）以上老年人", &[Elders], (Some(60), None), &[]),
        ("65-80岁", &[Elders], (Some(65), Some(80)), &[]),
        ("18岁以下", &[Children], (None, Some(18)), &[]),
        ("≤14岁儿童", &[Children], (None, Some(14)), &[]),
        ("3-12岁", &[Children], (Some(3), Some(12)), &[]),
        ("辖区内老年人", &[Elders], (None, None), &[]),
        ("高龄老人", &[Elders], (Some(80), None), &[]),
        ("60-75岁老年人", &[Elders], (Some(60), Some(75)), &[]),
        ("60岁至75岁老年人", &[Elders], (Some(60), Some(75)), &[]),
        ("80岁以上独居老人", &[Elders], (Some(80), None), &[C::LivesAlone]),
        ("独居老人,空巢老人", &[Elders], (None, None), &[C::LivesAlone, C::EmptyNest]),
        ("失能、半失能老人", &[Elders], (None, None), &[C::CareDependent, C::PartlyCareDependent]),
        ("半失能老人", &[Elders], (None, None), &[C::PartlyCareDependent]),
        ("特困,低保,失能老人", &[Elders], (None, None), &[C::FiveGuarantee, C::LowIncome, C::CareDependent]),
        ("低保边缘老人", &[Elders], (None, None), &[C::NearLowIncome]),
        ("残疾老人", &[Elders], (None, None), &[C::Disabled]),
        ("失智老人", &[Elders], (None, None), &[C::Dementia]),
        ("老年人，残疾人", &[Elders, Disabled], (None, None), &[]),
        ("老年人 残疾人", &[Elders, Disabled], (None, None), &[]),
        ("残疾人、老年人", &[Elders, Disabled], (None, None), &[]),
        ("60岁以上老人、残疾人", &[Elders, Disabled], (None, None), &[]),
        ("儿童", &[Children], (None, None), &[]),
        ("16岁以下儿童", &[Children], (None, Some(16)), &[]),
        ("不满16周岁儿童", &[Children], (None, Some(15)), &[]),
        ("妇女儿童", &[Children, Women], (None, None), &[]),
        ("妇女、儿童", &[Children, Women], (None, None), &[]),
        ("低保户", &[All], (None, None), &[C::LowIncome]),
        ("失能人员", &[All], (None, None), &[C::CareDependent]),
        ("低保户、残疾人", &[All], (None, None), &[C::LowIncome, C::Disabled]),
        ("特困供养人员", &[All], (None, None), &[C::FiveGuarantee]),
        ("失独家庭", &[All], (None, None), &[C::LostOnlyChild]),
        ("优抚对象、退役军人", &[All], (None, None), &[C::PreferentialTreatment, C::Veteran]),
        ("重点优抚对象", &[All], (None, None), &[C::PreferentialTreatment]),
        ("军烈属", &[All], (None, None), &[C::PreferentialTreatment]),
        ("退役军人", &[All], (None, None), &[C::Veteran]),
        ("计划生育特殊家庭", &[All], (None, None), &[C::SpecialFamily]),
        ("计生特殊家庭老人", &[Elders], (None, None), &[C::SpecialFamily]),
        ("刚性支出困难家庭", &[All], (None, None), &[C::RigidExpenditure]),
    ] {
        let got = understood(written);
        assert_eq!(got.audiences, audiences, "{written}");
        assert_eq!((got.minimum_age, got.maximum_age), ages, "{written}");
        assert_eq!(got.conditions, conditions, "{written}");
    }
}

#[test]
fn a_group_that_stands_alone_asks_for_no_condition_and_keeps_the_words() {
    let got = understood("老年人,低保");
    assert_eq!((got.audiences, got.conditions), (vec![Elders], vec![]));
    assert_eq!(got.note.as_deref(), Some("老年人,低保"));
    let got = understood("老年人,慢病患者");
    assert_eq!((got.audiences, got.conditions), (vec![Elders], vec![]));
    assert_eq!(got.note.as_deref(), Some("老年人,慢病患者"));
    assert_eq!(understood("老年人，残疾人").note, None);
    assert_eq!(understood("80岁以上高龄老人").note, None);
}

/// Whether somebody may use it by what was read, when it is asked for elders: the judgement of the directory in small. `is` and
/// `not` are what is known.
fn answer(read: &Eligibility, age: u8, is: &[Condition], not: &[Condition]) -> &'static str {
    let for_elders = |audiences: &[Audience]| audiences.contains(&Elders) || audiences.contains(&All);
    let addressed = for_elders(&read.audiences) || read.groups.iter().any(|group| for_elders(&group.audiences));
    let unsaid = if addressed { 1 } else { 2 };
    let judged = |group: &EligibleGroup, listed: bool| -> u8 {
        let holds = group.conditions.iter().any(|condition| is.contains(condition));
        let denied = group.conditions.iter().all(|condition| not.contains(condition));
        let mut worst = 0;
        if group.audiences.is_empty() {
            worst = match (listed && !group.conditions.is_empty(), holds) {
                (true, true) => 0,
                (true, false) if denied => 2,
                (true, false) => unsaid,
                (false, _) => 1,
            };
        } else {
            let belongs = |audience: &Audience| match audience {
                All => 0,
                Elders => u8::from(age < group.minimum_age.map_or(60, |from| from.min(60))) * 2,
                Children => u8::from(age > group.maximum_age.map_or(17, |to| to.max(17))) * 2,
                Women => unsaid,
                Disabled if is.contains(&Condition::Disabled) => 0,
                Disabled if not.contains(&Condition::Disabled) => 2,
                Disabled => unsaid,
            };
            worst = worst.max(group.audiences.iter().map(belongs).min().unwrap_or(2));
        }
        if group.minimum_age.is_some_and(|from| age < from) || group.maximum_age.is_some_and(|to| age > to) {
            worst = 2;
        }
        if !group.conditions.is_empty() && !holds {
            worst = worst.max(if denied { 2 } else { 1 });
        }
        if group.limited { worst.max(1) } else { worst }
    };
    let best = read.groups.iter().map(|group| judged(group, true)).min();
    ["YES", "UNKNOWN", "NO"][usize::from(best.unwrap_or_else(|| judged(&EligibleGroup::whole(read), false)))]
}

#[test]
fn what_stands_in_brackets_or_behind_a_sign_is_said_of_the_group_before_it() {
    use Condition as C;
    for (written, audiences, ages, conditions) in [
        ("老年人（65岁以上）", &[Elders][..], (Some(65), None), &[][..]),
        ("老人（80岁以上）", &[Elders], (Some(80), None), &[]),
        ("老人(80周岁及以上)", &[Elders], (Some(80), None), &[]),
        ("独居老人（75岁以上）", &[Elders], (Some(75), None), &[C::LivesAlone]),
        ("失能老人（60岁以上）", &[Elders], (Some(60), None), &[C::CareDependent]),
        ("老年人（60岁以上）", &[Elders], (Some(60), None), &[]),
        ("老年人：65岁以上", &[Elders], (Some(65), None), &[]),
        ("老年人，65岁以上", &[Elders], (Some(65), None), &[]),
        ("老年人 65岁以上", &[Elders], (Some(65), None), &[]),
        ("老年人、65岁以上", &[Elders], (Some(65), None), &[]),
        ("老年人【65岁（含）以上】", &[Elders], (Some(65), None), &[]),
        ("65岁以上，老年人", &[Elders], (Some(65), None), &[]),
        ("（65岁以上）老年人", &[Elders], (Some(65), None), &[]),
        ("老年人（年满七十岁）", &[Elders], (Some(70), None), &[]),
        ("老年人（60-79岁）", &[Elders], (Some(60), Some(79)), &[]),
        ("老年人（60岁以上80岁以下）", &[Elders], (Some(60), Some(80)), &[]),
        ("残疾人（16岁以上）", &[Disabled], (Some(16), None), &[]),
        ("儿童（3-6岁）", &[Children], (Some(3), Some(6)), &[]),
        ("儿童（满3岁不满7岁）", &[Children], (Some(3), Some(6)), &[]),
        ("低保户（60岁以上）", &[All], (Some(60), None), &[C::LowIncome]),
        ("60+", &[Elders], (Some(60), None), &[]),
        ("60以上", &[Elders], (Some(60), None), &[]),
        ("60岁及以下", &[], (None, Some(60)), &[]),
        ("60岁或以上老人", &[Elders], (Some(60), None), &[]),
        ("60岁以上村民", &[All], (Some(60), None), &[]),
        ("60岁以上且独居的老人", &[Elders], (Some(60), None), &[C::LivesAlone]),
        ("老年人，且65岁以上", &[Elders], (Some(65), None), &[]),
        ("老年妇女", &[Women], (Some(60), None), &[]),
        ("65岁以上老年妇女", &[Women], (Some(65), None), &[]),
        ("女性老年人", &[Women], (Some(60), None), &[]),
        ("残疾儿童", &[Children], (None, None), &[C::Disabled]),
        ("残疾妇女", &[Women], (None, None), &[C::Disabled]),
        ("老年残疾人", &[Elders], (None, None), &[C::Disabled]),
        ("本村老年居民", &[Elders], (None, None), &[]),
        ("残疾群众", &[Disabled], (None, None), &[]),
        ("低保群众", &[All], (None, None), &[C::LowIncome]),
        ("低保或独居老人", &[Elders], (None, None), &[C::LowIncome, C::LivesAlone]),
        ("失能和半失能老人", &[Elders], (None, None), &[C::CareDependent, C::PartlyCareDependent]),
        ("失能半失能老人", &[Elders], (None, None), &[C::CareDependent, C::PartlyCareDependent]),
        ("特困低保老人", &[Elders], (None, None), &[C::FiveGuarantee, C::LowIncome]),
        ("生活不能自理的老人", &[Elders], (None, None), &[C::CareDependent]),
        ("残疾人（1-4级）", &[Disabled], (None, None), &[]),
        ("服务对象：老年人", &[Elders], (None, None), &[]),
        ("老年人（户籍不限）", &[Elders], (None, None), &[]),
        ("老年人，年龄不限", &[Elders], (None, None), &[]),
        ("不满60岁的残疾人", &[Disabled], (None, Some(59)), &[]),
    ] {
        let got = understood(written);
        assert_eq!(got.audiences, audiences, "{written}: {got:?}");
        assert_eq!((got.minimum_age, got.maximum_age), ages, "{written}: {got:?}");
        assert_eq!(got.conditions, conditions, "{written}: {got:?}");
        assert_eq!(got.groups, [], "{written}");
    }
}

#[test]
fn what_is_excluded_is_never_asked_for_and_nobody_is_told_yes() {
    use Condition as C;
    for written in [
        "非失能老年人",
        "不含失能老人",
        "失能老人除外",
        "除低保外的老年人",
        "60岁以上老人，不收失智、传染病患者",
        "60岁以上老人（失智老人除外）",
        "老年人（不含失能）",
        "老年人（失能、失智者除外）",
        "老年人，失能、失智除外",
        "老年人，谢绝失智老人",
        "老年人，失智老人谢绝入住",
        "谢绝失能老人",
        "拒收精神病、传染病患者",
        "除失能老人以外的老年人",
        "除失能、失智老人外，60岁以上老人",
        "失能、半失能老人除外",
        "失能老人 除外",
        "失能老人不收",
        "老人（非低保）",
        "非低保、非特困老人",
        "60岁以上老年人，失能、失智、卧床老人不予接收",
        "不接收卧床老人",
        "传染病患者勿入，失能老人勿入",
        "未失能老人",
        "无失能情形的老年人",
        "没有失智的老人",
        "禁止失智老人独自入内",
        "老年人（失智症患者请勿报名）",
        "恕不接待失能老人",
        "老年人，排除失能",
    ] {
        let read = audience(written);
        assert!(!read.is_error() && !read.troubles.is_empty(), "{written}: {read:?}");
        let got = read.value.unwrap();
        assert_eq!(got.note.as_deref(), Some(written));
        assert!(got.conditions.is_empty() && got.groups.iter().all(|group| group.conditions.is_empty()), "{written}");
        for (is, not) in [
            (&[C::CareDependent, C::Dementia, C::LowIncome][..], &[][..]),
            (&[], &[C::CareDependent, C::Dementia, C::LowIncome, C::PartlyCareDependent]),
            (&[], &[]),
        ] {
            assert_eq!(answer(&got, 75, is, not), "UNKNOWN", "{written}: {got:?}");
        }
        assert_ne!(answer(&got, 50, &[], &[]), "YES", "{written}");
    }
    // What is not denied is a bound still.
    for (written, youngest) in [
        ("60岁以上老人，不收失智、传染病患者", 60),
        ("60岁以上老人（失智老人除外）", 60),
        ("70岁以上老人，但不收精神病人", 70),
        ("非失能老年人", 60),
        ("除低保外的老年人", 60),
    ] {
        let got = audience(written).value.unwrap();
        assert_eq!(answer(&got, youngest - 1, &[], &[]), "NO", "{written}: {got:?}");
    }
}

#[test]
fn a_number_is_an_age_only_with_its_word_or_alone() {
    for written in [
        "3级以上残疾人",
        "每周2次服务的老人",
        "3人以上困难家庭",
        "5村老人",
        "60年代出生的老人",
        "80后",
        "1960年以前出生的老人",
        "2026年满60岁的老人",
        "前20名老人",
        "男60岁女55岁以上",
        "老年人（男60岁、女55岁）",
        "限30户",
        "第3类残疾人",
        "12345",
        "60分以上",
        "老年人(每天10名)",
        "33、老年人",
        "60",
    ] {
        let read = audience(written);
        assert!(!read.troubles.is_empty() && !read.is_error(), "{written}: {read:?}");
        let got = read.value.unwrap();
        let aged = |group: &EligibleGroup| group.minimum_age.is_some() || group.maximum_age.is_some();
        assert!((got.minimum_age, got.maximum_age) == (None, None), "{written}: {got:?}");
        assert!(!got.groups.iter().any(aged), "{written}: {got:?}");
        assert_ne!(answer(&got, 70, &[Condition::Disabled], &[]), "NO", "{written}: {got:?}");
    }
}

#[test]
fn both_at_once_is_not_either() {
    use Condition as C;
    for written in [
        "低保且独居老人",
        "低保独居老人",
        "低保、且独居的老人",
        "独居并且失能的老人",
        "独居兼残疾老人",
        "低保和独居老人",
        "既是低保又是独居的老人",
        "低保老人（独居）",
        "低保、独居老人（须同时满足）",
    ] {
        let read = audience(written);
        assert!(!read.troubles.is_empty(), "{written}: {read:?}");
        let got = read.value.unwrap();
        assert_ne!(answer(&got, 75, &[C::LivesAlone], &[C::LowIncome]), "YES", "{written}: {got:?}");
        assert_ne!(answer(&got, 75, &[C::LowIncome], &[C::LivesAlone]), "YES", "{written}: {got:?}");
        assert_eq!(
            answer(&got, 75, &[], &[C::LowIncome, C::LivesAlone, C::CareDependent, C::Disabled]),
            "NO",
            "{written}: {got:?}"
        );
    }
    for written in
        ["低保、独居老人", "低保或独居老人", "低保老人、独居老人", "低保老人和独居老人", "老年人（低保、独居）"]
    {
        let got = audience(written).value.unwrap();
        assert_eq!(answer(&got, 75, &[C::LivesAlone], &[C::LowIncome]), "YES", "{written}: {got:?}");
        assert_eq!(answer(&got, 75, &[], &[C::LowIncome, C::LivesAlone]), "NO", "{written}: {got:?}");
    }
}

#[test]
fn groups_that_differ_are_kept_one_by_one() {
    use Condition as C;
    for (written, rows) in [
        (
            "80岁以上老人、残疾人",
            &[(85, &[][..], "YES"), (70, &[], "UNKNOWN"), (30, &[C::Disabled], "YES"), (30, &[], "UNKNOWN")][..],
        ),
        ("儿童、独居老人", &[(10, &[], "YES"), (70, &[], "UNKNOWN"), (70, &[C::LivesAlone], "YES"), (40, &[], "NO")]),
        ("60岁以上老人、16岁以下儿童", &[(70, &[], "YES"), (16, &[], "YES"), (17, &[], "NO"), (40, &[], "NO")]),
        ("老年人,低保", &[(70, &[], "YES"), (50, &[], "UNKNOWN"), (50, &[C::LowIncome], "YES")]),
        ("老年人,慢病患者", &[(70, &[], "YES"), (50, &[], "NO")]),
        ("老年人、乡贤", &[(70, &[], "YES"), (50, &[], "UNKNOWN")]),
        ("残疾人优先，老年人", &[(70, &[], "YES"), (50, &[], "UNKNOWN")]),
        ("老年人优先", &[(70, &[], "YES"), (50, &[], "UNKNOWN")]),
        ("居民（老年人优先）", &[(70, &[], "YES"), (50, &[], "YES")]),
        ("中老年人", &[(70, &[], "YES"), (50, &[], "UNKNOWN")]),
        ("失能老人家属", &[(40, &[], "UNKNOWN"), (70, &[], "UNKNOWN")]),
        ("慢病老人", &[(70, &[], "UNKNOWN"), (50, &[], "NO")]),
        ("自理老人", &[(70, &[], "UNKNOWN"), (70, &[C::CareDependent], "UNKNOWN")]),
        ("孕产妇", &[(30, &[], "NO")]),
        ("60岁以上低保、70岁以上老人", &[(62, &[C::LowIncome], "YES"), (62, &[], "UNKNOWN"), (72, &[], "YES")]),
        ("独居、空巢老人（75岁以上）", &[(62, &[C::EmptyNest], "UNKNOWN"), (80, &[C::EmptyNest], "YES")]),
        ("残疾人，60岁以上", &[(30, &[C::Disabled], "UNKNOWN"), (70, &[], "UNKNOWN")]),
    ] {
        let got = audience(written).value.unwrap();
        for (age, is, expected) in rows {
            assert_eq!(answer(&got, *age, is, &[]), *expected, "{written}, {age} {is:?}: {got:?}");
        }
    }
    let alone = audience("独居、空巢老人（75岁以上）").value.unwrap();
    assert_ne!(answer(&alone, 62, &[C::LivesAlone], &[]), "YES");
}

#[test]
fn what_the_fields_cannot_hold_is_doubted_and_kept() {
    for (written, code) in [
        ("乡贤", "AUDIENCE_UNKNOWN"),
        ("老年人、乡贤", "AUDIENCE_UNKNOWN"),
        ("详见附件", "AUDIENCE_UNKNOWN"),
        ("外地老年人", "AUDIENCE_UNKNOWN"),
        ("防失智老人", "AUDIENCE_UNKNOWN"),
        ("家庭", "AUDIENCE_UNKNOWN"),
        ("困难家庭", "AUDIENCE_LIMITED"),
        ("80岁以上60岁以下老人", "AUDIENCE_PARTLY"),
    ] {
        let read = audience(written);
        assert!(!read.is_error(), "{written}");
        assert_eq!(read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(), [code], "{written}");
        let value = read.value.unwrap();
        assert_eq!(value.note.as_deref(), Some(written), "{written}");
        assert_eq!(
            answer(&value, 75, &[Condition::Dementia], &[]),
            if written == "老年人、乡贤" { "YES" } else { "UNKNOWN" }
        );
    }
    assert_eq!(audience(""), Read::blank());
}

#[test]
fn numbers_on_both_sides_of_what_is_left_out_stay_two() {
    for written in [
        "①18岁以下",
        "①且18岁以下",
        "1且18岁以下",
        "1（含）18岁以下",
        "1兼18岁以下",
        "1（含1岁）18岁以下",
        "1年龄不限18岁以下",
    ] {
        let read = audience(written).value.unwrap();
        let ages = read.groups.iter().flat_map(|group| [group.minimum_age, group.maximum_age]);
        let ages: Vec<u8> = ages.chain([read.minimum_age, read.maximum_age]).flatten().collect();
        assert!(ages.iter().all(|age| *age < 100), "{written}: {read:?}");
    }
}

/// What a cell was read as, in short: `elders 60- care:moderate,severe`.
fn in_short(written: &str) -> String {
    let read = audience(written);
    let Eligibility { audiences, minimum_age, maximum_age, conditions, minimum_months, maximum_months, groups, .. } =
        read.value.clone().unwrap();
    let value = read.value.unwrap();
    let mut short = vec![audiences.iter().map(|one| one.code()).collect::<Vec<_>>().join("+")];
    let bound = |bound: Option<u16>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    if minimum_months.is_some() || maximum_months.is_some() {
        short.push(format!("{}-{}m", bound(minimum_months), bound(maximum_months)));
    }
    if minimum_age.is_some() || maximum_age.is_some() {
        short.push(format!("{}-{}", bound(minimum_age.map(u16::from)), bound(maximum_age.map(u16::from))));
    }
    short.extend(
        (!conditions.is_empty()).then(|| conditions.iter().map(|one| one.code()).collect::<Vec<_>>().join("|")),
    );
    let codes: Vec<&str> = value.care_degrees.iter().map(|one| one.code()).collect();
    short.extend((!codes.is_empty()).then(|| format!("care:{}", codes.join(","))));
    let codes: Vec<String> = value.disability_grades.iter().map(|one| one.number().to_string()).collect();
    short.extend((!codes.is_empty()).then(|| format!("grade:{}", codes.join(","))));
    short.extend(value.local_household.map(|household| format!("household:{}", household.code())));
    short.extend((!groups.is_empty()).then(|| format!("{} groups", groups.len())));
    short.extend(read.troubles.first().map(|trouble| trouble.code.code().to_owned()));
    short.join(" ")
}

#[test]
fn degrees_grades_months_and_households() {
    for (written, expected) in [
        ("中度以上失能老人", "elders care_dependent care:moderate,severe,total"),
        ("重度失能老年人", "elders care_dependent care:severe"),
        ("完全失能老人", "elders care_dependent care:total"),
        ("轻度、中度失能老人", "elders care_dependent care:mild,moderate"),
        ("轻、中度失能老人", "elders care_dependent care:mild,moderate"),
        ("中重度失能老人", "elders care_dependent care:moderate,severe"),
        ("失能老人（中度及以上）", "elders care_dependent care:moderate,severe,total"),
        ("失能老人，重度", "elders care_dependent care:severe"),
        ("60岁以上中度及以上失能老人", "elders 60- care_dependent care:moderate,severe,total"),
        ("低保、重度失能老人", "elders low_income|care_dependent care:severe"),
        ("失能老人", "elders care_dependent"),
        ("重度残疾人", "disabled grade:1,2"),
        ("一、二级残疾人", "disabled grade:1,2"),
        ("1-2级残疾人", "disabled grade:1,2"),
        ("残疾人（一级、二级）", "disabled grade:1,2"),
        ("残疾人（1-2级）", "disabled grade:1,2"),
        ("残疾人（三级）", "disabled grade:3"),
        ("重残老人", "elders disabled grade:1,2"),
        ("16岁以上一级残疾人", "disabled 16- grade:1"),
        ("残疾人（1-4级）", "disabled"),
        ("6个月-3岁婴幼儿", "children 6-m 0-3"),
        ("6-36个月婴幼儿", "children 6-36m 0-3"),
        ("6月龄至36月龄", "children 6-36m 0-3"),
        ("18个月以上幼儿", "children 18-m 1- AUDIENCE_LIMITED"),
        ("3岁以下婴幼儿", "children -3"),
        ("不满36个月的婴幼儿", "children -35m -2"),
        ("六个月至三岁", "children 6-m 0-3"),
        ("本村户籍老年人", "elders household:village"),
        ("户籍老人", "elders household:served"),
        ("60岁以上本区户籍老人", "elders 60- household:county"),
        ("老年人（本县户籍）", "elders household:county"),
        ("老年人，本村户籍", "elders household:village"),
        ("本社区户籍居民", "all household:village"),
        ("本村户籍或常住老人", "elders"),
        ("老年人（户籍不限）", "elders"),
        ("本村常住老年人", "elders"),
    ] {
        let limited = expected.ends_with("AUDIENCE_LIMITED");
        let short = in_short(written);
        assert_eq!(if limited { short.replace(" 1 groups", "") } else { short }, expected, "{written}");
    }
}

#[test]
fn a_term_is_that_of_the_whole_and_a_day_that_is_none_is_not_understood() {
    for (written, audiences, from, until) in [
        ("60岁以上老人（有效期至2026年12月31日）", &[Elders][..], None, Some("2026-12-31")),
        ("老年人，自2026年3月1日起", &[Elders], Some("2026-03-01"), None),
        ("老年人（2026年1月1日起至2026年6月30日止）", &[Elders], Some("2026-01-01"), Some("2026-06-30")),
        ("儿童（截至2026-08-31）", &[Children], None, Some("2026-08-31")),
        ("全体居民", &[All], None, None),
    ] {
        let got = understood(written);
        assert_eq!(got.audiences, audiences, "{written}: {got:?}");
        let day = |day: Option<&str>| day.map(|day| day.parse().unwrap());
        assert_eq!((got.valid_from, got.valid_until), (day(from), day(until)), "{written}");
    }
    for written in ["2026年12月31日老年人", "1960年1月1日前出生的老人", "2026年1月1日起2026年2月1日起老人"]
    {
        let read = audience(written);
        assert!(!read.troubles.is_empty() && !read.is_error(), "{written}: {read:?}");
        assert_ne!(answer(&read.value.unwrap(), 75, &[], &[]), "YES", "{written}");
    }
}

/// Words that nobody had seen when the rules were written.
#[test]
fn degrees_in_words_that_were_held_out() {
    for (written, expected) in [
        ("辖区内重度及以上失能老年人", "elders care_dependent care:severe,total"),
        ("中度至完全失能的老人", "elders care_dependent care:moderate,severe,total"),
        ("经评估为中度以上失能的老年人", "elders care_dependent care:moderate,severe,total"),
        ("失能等级为重度的老人", "elders care_dependent care:severe"),
        ("持有一级残疾证人员", "disabled grade:1"),
        ("残疾等级为1级、2级的残疾人", "disabled grade:1,2"),
        ("二级残疾老年人", "elders disabled grade:2"),
        ("12至36个月龄幼儿", "children 12-36m 1-3"),
        ("满18个月不满36个月的婴幼儿", "children 18-35m 1-2"),
        ("具有本镇户籍的60周岁以上老年人", "elders 60- household:town"),
        ("本市户籍80岁以上老人", "elders 80- household:city"),
        ("户籍在本村的老人", "elders household:village"),
    ] {
        assert_eq!(in_short(written), expected, "{written}");
    }
}

#[test]
fn a_degree_of_what_has_none_or_of_nobody_knows_what_is_a_limit() {
    use Condition as C;
    for written in [
        "重度失智老人",
        "中度认知障碍老人",
        "三级以上残疾人",
        "重度老人",
        "二级以上残疾",
        "重度失能重度残疾老人",
        "老年人（重度）",
    ] {
        let read = audience(written);
        assert!(!read.troubles.is_empty() && !read.is_error(), "{written}: {read:?}");
        let got = read.value.unwrap();
        let everything = [C::CareDependent, C::Disabled, C::Dementia];
        assert_eq!(answer(&got, 75, &everything, &[]), "UNKNOWN", "{written}: {got:?}");
    }
    // What is excluded is asked for in no degree.
    for written in ["谢绝重度失能老人", "老年人（重度失能除外）", "非重度失能老人"] {
        let got = audience(written).value.unwrap();
        assert!(
            got.care_degrees.is_empty() && got.groups.iter().all(|group| group.care_degrees.is_empty()),
            "{written}"
        );
        assert_ne!(answer(&got, 75, &[], &[]), "YES", "{written}");
        assert_ne!(answer(&got, 75, &[C::CareDependent], &[]), "NO", "{written}");
    }
}
