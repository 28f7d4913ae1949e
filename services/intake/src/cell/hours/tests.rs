use super::*;

/// `RULE hh:mm+minutes; ...`
fn shown(written: &str) -> String {
    let read = hours(written);
    assert!(read.troubles.is_empty(), "{written}: {:?}", read.troubles);
    show(&read.value.unwrap())
}

fn show(hours: &Hours) -> String {
    let one = |s: &Schedule| {
        let only = s.only.map(|only| format!(" {only}")).unwrap_or_default();
        let closed = match s.closed_on.as_slice() {
            [] => String::new(),
            all if all.len() == 7 => " but holidays".to_owned(),
            some => format!(" but {}", some.iter().map(|one| one.code()).collect::<Vec<_>>().join(",")),
        };
        let lunar = if s.lunar_days.is_empty() { String::new() } else { format!(" lunar {:?}", s.lunar_days) };
        format!("{} {}+{}{only}{closed}{lunar}", s.rrule, s.opens_at.format("%H:%M"), s.duration_minutes)
    };
    hours.schedules.iter().map(one).collect::<Vec<_>>().join("; ").replace("FREQ=", "")
}

const WEEKDAYS: &str = "WEEKLY;BYDAY=MO,TU,WE,TH,FR";

#[test]
fn the_hours_of_the_counties_lists() {
    for (written, expected) in [
        ("全天24小时", "DAILY 00:00+1440".to_owned()),
        ("周一至周五 8:00-12:00,14:00-17:30", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+210")),
        ("周一至周五 8:30-17:30", format!("{WEEKDAYS} 08:30+540")),
        ("周一至周日 08:00-20:00", "DAILY 08:00+720".to_owned()),
        ("每天 7:00-19:00", "DAILY 07:00+720".to_owned()),
        ("每天8:00-21:00", "DAILY 08:00+780".to_owned()),
        ("每天 10:30-12:30 17:00-18:30", "DAILY 10:30+120; DAILY 17:00+90".to_owned()),
        ("周六、周日 14:00-17:00", "WEEKLY;BYDAY=SA,SU 14:00+180".to_owned()),
        ("周六 9:00-11:30", "WEEKLY;BYDAY=SA 09:00+150".to_owned()),
        ("周一、三、五 9:00-11:30", "WEEKLY;BYDAY=MO,WE,FR 09:00+150".to_owned()),
        ("每月第一个周六 9:00-11:00", "MONTHLY;BYDAY=1SA 09:00+120".to_owned()),
    ] {
        assert_eq!(shown(written), expected, "{written}");
        assert_eq!(hours(written).value.unwrap().text, written);
    }
}

#[test]
fn days_in_other_words() {
    for (written, days) in [
        ("星期一到星期五 8:00-9:00", WEEKDAYS),
        ("礼拜一至五8:00-9:00", WEEKDAYS),
        ("周一—周五 8:00-9:00", WEEKDAYS),
        ("周一～周五 8:00-9:00", WEEKDAYS),
        ("周1-5 8:00-9:00", WEEKDAYS),
        ("周1至周5 8:00-9:00", WEEKDAYS),
        ("每周一至周五 8:00-9:00", WEEKDAYS),
        ("每周一到周五，8:00-9:00", WEEKDAYS),
        ("营业时间：周一至周五 8:00-9:00", WEEKDAYS),
        ("周一至周五（8:00-9:00）", WEEKDAYS),
        ("8:00-9:00（周一至周五）", WEEKDAYS),
        ("周末 8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
        ("双休日8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
        ("周六日 8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
        ("星期六、星期天 8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
        ("周一三五 8:00-9:00", "WEEKLY;BYDAY=MO,WE,FR"),
        ("8:00-9:00 周一至周五", WEEKDAYS),
        ("周一至周日8:00-9:00，周末休息", WEEKDAYS),
        ("周一,周三,周五 8:00-9:00", "WEEKLY;BYDAY=MO,WE,FR"),
        ("周2、4、6 8:00-9:00", "WEEKLY;BYDAY=TU,TH,SA"),
        ("每周三 8:00-9:00", "WEEKLY;BYDAY=WE"),
        ("逢周三 8:00-9:00", "WEEKLY;BYDAY=WE"),
        ("周五至周一 8:00-9:00", "WEEKLY;BYDAY=MO,FR,SA,SU"),
        ("周一至周三、周五 8:00-9:00", "WEEKLY;BYDAY=MO,TU,WE,FR"),
        ("每日 8:00-9:00", "DAILY"),
        ("天天8:00-9:00", "DAILY"),
        ("全年无休 8:00-9:00", "DAILY"),
        ("每天8:00-9:00（周一休息）", "WEEKLY;BYDAY=TU,WE,TH,FR,SA,SU"),
        ("除周日外每天8:00-9:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"),
        ("每天8:00-9:00，除周日外", "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"),
        ("每月第一、三个周六 8:00-9:00", "MONTHLY;BYDAY=1SA,3SA"),
        ("每月第1个星期六 8:00-9:00", "MONTHLY;BYDAY=1SA"),
        ("每月首个周六 8:00-9:00", "MONTHLY;BYDAY=1SA"),
        ("每月的最后一个周五 8:00-9:00", "MONTHLY;BYDAY=-1FR"),
        ("每月15日 8:00-9:00", "MONTHLY;BYMONTHDAY=15"),
        ("每月1号、15号 8:00-9:00", "MONTHLY;BYMONTHDAY=1,15"),
        ("每月5、15、25日 8:00-9:00", "MONTHLY;BYMONTHDAY=5,15,25"),
    ] {
        assert_eq!(shown(written), format!("{days} 08:00+60"), "{written}");
    }
}

#[test]
fn times_in_other_words() {
    for (written, times) in [
        ("每天 8：00—17：30", "08:00+570"),
        ("每天 8:00--17:30", "08:00+570"),
        ("每天 8:00至17:30", "08:00+570"),
        ("每天8点-17点半", "08:00+570"),
        ("每天 8∶00〜17∶30", "08:00+570"),
        ("每天 8:00−17:30", "08:00+570"),
        ("每天8:00一17:30", "08:00+570"),
        ("每天8：00－17：30", "08:00+570"),
        ("每天08:00:00-17:30:00", "08:00+570"),
        ("全年365天 8:00-17:30", "08:00+570"),
        ("每天8点至17点30分", "08:00+570"),
        ("每天8时-17时30分", "08:00+570"),
        ("每天八点到下午五点半", "08:00+570"),
        ("每天上午8点到下午5点半", "08:00+570"),
        ("每天早8点到晚7点", "08:00+660"),
        ("每天早上8:00-晚上19:00", "08:00+660"),
        ("每天0800-1730", "08:00+570"),
        ("每天 8.00-17.30", "08:00+570"),
        ("每天 8-17点", "08:00+540"),
        ("每天 8-17", "08:00+540"),
        ("每天下午2点-5点", "14:00+180"),
        ("每天下午2:00-5:00", "14:00+180"),
        ("每天14:00-17:00", "14:00+180"),
        ("每天中午11点半至1点", "11:30+90"),
        ("每天晚上7点-9点", "19:00+120"),
        ("每天 22:00-6:00", "22:00+480"),
        ("每天 20:00-次日8:00", "20:00+720"),
        ("每天 8:00-次日8:00", "08:00+1440"),
        ("每天 0:00-24:00", "00:00+1440"),
        ("每天 22:00-24:00", "22:00+120"),
    ] {
        assert_eq!(shown(written), format!("DAILY {times}"), "{written}");
    }
}

#[test]
fn several_clauses() {
    for (written, expected) in [
        ("周一至周五 8:00-17:00；周六 9:00-11:00", format!("{WEEKDAYS} 08:00+540; WEEKLY;BYDAY=SA 09:00+120")),
        ("周一至周五8:00-17:00,周六、日9:00-11:00", format!("{WEEKDAYS} 08:00+540; WEEKLY;BYDAY=SA,SU 09:00+120")),
        ("周一至周五上午8:00-12:00，下午14:00-17:30", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+210")),
        ("周一至周五：上午8点-12点，下午2点-5点半", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+210")),
        ("午餐：每天10:30-12:30 晚餐：17:00-18:30", "DAILY 10:30+120; DAILY 17:00+90".to_owned()),
        ("24小时", "DAILY 00:00+1440".to_owned()),
        ("全天 24 小时", "DAILY 00:00+1440".to_owned()),
        ("7×24小时", "DAILY 00:00+1440".to_owned()),
        ("7*24小时", "DAILY 00:00+1440".to_owned()),
        ("24h", "DAILY 00:00+1440".to_owned()),
        ("24小时营业，全年无休", "DAILY 00:00+1440".to_owned()),
        ("每天24小时", "DAILY 00:00+1440".to_owned()),
        ("周末24小时", "WEEKLY;BYDAY=SA,SU 00:00+1440".to_owned()),
        ("每天8:00-18:00，节假日照常营业", "DAILY 08:00+600".to_owned()),
        ("周三下午2:00-4:00", "WEEKLY;BYDAY=WE 14:00+120".to_owned()),
    ] {
        assert_eq!(shown(written), expected, "{written}");
    }
}

#[test]
fn what_was_not_said_is_unknown_and_the_words_are_kept() {
    for written in [
        "/",
        "-",
        "待定",
        "节假日休息",
        "电话预约",
        "不定时",
        "无",
        "逢农历三、八",
        "周一至周五、①8:00-12:00",
        "夏季 8:00-18:00 冬季 9:00-17:00",
        "隔周六 9:00-11:00",
        "8:00-17:30",
        "周一至周五",
        "9:00开始",
        "周一至周五 8:00-17:00 周三下午学习",
        "每天 8:00-5:30",
        "每天 12:00-2:00",
        "有活动时开放",
        "单周周六 9:00-11:00",
        "每月上旬",
        "周一至周五8:00",
        "寒暑假每天 8:00-17:00",
        "13833507493",
        "电话预约 0335 334 0586",
        "年服务2500人次",
        "随时",
        "逢单周三",
        "农历初一、十五",
        "每月第一周周六 9:00-11:00",
        "晚上7点半",
        "每周",
        "至",
        "周",
        "每月",
        "每月第一个",
        "每天 1-3",
        "每天 8:00-12:00 周六",
        "第一个周六 9:00-11:00",
        "农忙除外 每天8:00-17:00",
        "2026年起每天8:00-17:00",
    ] {
        let read = hours(written);
        assert!(!read.is_error(), "{written}: {read:?}");
        assert_eq!(
            read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(),
            ["HOURS_UNKNOWN"],
            "{written}: {read:?}"
        );
        let value = read.value.unwrap();
        assert_eq!((value.text.as_str(), value.is_known()), (written, false), "{written}");
    }
    assert_eq!(hours(" 　"), Read::blank());
}

#[test]
fn what_goes_by_holidays_goes_by_the_calendar() {
    for (written, expected) in [
        ("工作日 8:00-9:00", "DAILY 08:00+60 working_days".to_owned()),
        ("法定工作日8:00-9:00", "DAILY 08:00+60 working_days".to_owned()),
        ("8:00-9:00（工作日）", "DAILY 08:00+60 working_days".to_owned()),
        ("工作日8:00-9:00（周三休息）", "WEEKLY;BYDAY=MO,TU,TH,FR,SA,SU 08:00+60 working_days".to_owned()),
        ("工作日8:00-17:00，周末9:00-16:00", "DAILY 08:00+540 working_days; WEEKLY;BYDAY=SA,SU 09:00+420".to_owned()),
        ("工作日及周六 8:00-9:00", "WEEKLY;BYDAY=SA 08:00+60; DAILY 08:00+60 working_days".to_owned()),
        ("除节假日外，每天8:00-18:00", "DAILY 08:00+600 but holidays".to_owned()),
        ("除周日及节假日外，每天8:00-18:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA 08:00+600 but holidays".to_owned()),
        ("除节假日和周日外，每天8:00-18:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA 08:00+600 but holidays".to_owned()),
        ("除节假日外，周一至周五8:00-18:00", format!("{WEEKDAYS} 08:00+600 but holidays")),
        ("周一至周五 8:00-17:00（节假日休息）", format!("{WEEKDAYS} 08:00+540 but holidays")),
        ("周一至周五 8:00-17:00，法定节假日除外", format!("{WEEKDAYS} 08:00+540 but holidays")),
        ("每天8:00-18:00 国家法定节假日不开放", "DAILY 08:00+600 but holidays".to_owned()),
        ("每天8:00-17:00，国庆节休息", "DAILY 08:00+540 but national".to_owned()),
        ("每天8:00-17:00，春节、国庆期间放假", "DAILY 08:00+540 but spring_festival,national".to_owned()),
        ("每天8:00-17:00，春节除外", "DAILY 08:00+540 but spring_festival".to_owned()),
        ("节假日 9:00-12:00", "DAILY 09:00+180 days_off".to_owned()),
        ("节假日24小时", "DAILY 00:00+1440 days_off".to_owned()),
        (
            "周一至周五 8:00-17:00，节假日 9:00-12:00",
            format!("{WEEKDAYS} 08:00+540 but holidays; DAILY 09:00+180 days_off"),
        ),
        ("周末及节假日 9:00-17:00", "DAILY 09:00+480 days_off; WEEKLY;BYDAY=SA,SU 09:00+480".to_owned()),
        ("农历初一、十五 8:00-11:00", "DAILY 08:00+180 lunar [1, 15]".to_owned()),
        ("每月农历初一、十五8:00-11:00", "DAILY 08:00+180 lunar [1, 15]".to_owned()),
        ("每逢初一、十五 8:00-11:00", "DAILY 08:00+180 lunar [1, 15]".to_owned()),
        // Held out when the rules were written.
        ("农历每月初八、廿三 上午8点-10点", "DAILY 08:00+120 lunar [8, 23]".to_owned()),
        ("正常工作日 8:30-11:30，14:00-17:00", "DAILY 08:30+180 working_days; DAILY 14:00+180 working_days".to_owned()),
        ("周一至周日8:00-17:00，端午、中秋休息", "DAILY 08:00+540 but dragon_boat,mid_autumn".to_owned()),
        (
            "周一到周五8:30-17:30，国家法定节假日及周三下午休息",
            "WEEKLY;BYDAY=MO,TU,TH,FR 08:30+540 but holidays; WEEKLY;BYDAY=WE 08:30+210 but holidays".to_owned(),
        ),
    ] {
        assert_eq!(shown(written), expected, "{written}");
    }
}

#[test]
fn a_time_that_no_clock_shows_refuses_the_row() {
    for written in [
        "每天25:00-8:00",
        "周一至周五 8:75-12:00",
        "每天 8:00-24:30",
        "每天８：００－２６：００",
        "每天 8点-25点",
        "每天 24:00-8:00",
    ] {
        assert!(hours(written).is_error(), "{written}: {:?}", hours(written));
    }
}

fn doubted(written: &str) -> String {
    let read = hours(written);
    assert!(!read.is_error() && read.value.as_ref().is_some_and(|hours| !hours.is_known()), "{written}: {read:?}");
    let why = read.troubles.into_iter().map(|trouble| trouble.code);
    let why =
        why.map(|code| serde_json::to_value(code).unwrap()["arguments"]["why"].as_str().unwrap_or("?").to_owned());
    why.collect::<Vec<_>>().join(",")
}

#[test]
fn an_afternoon_by_the_clock_face_follows_what_ended_later_or_is_doubted() {
    for (written, expected) in [
        ("周一至周五 8:30-12:00，1:30-5:00", format!("{WEEKDAYS} 08:30+210; {WEEKDAYS} 13:30+210")),
        ("周一至周五上午8:30-12:00，2:00-5:30", format!("{WEEKDAYS} 08:30+210; {WEEKDAYS} 14:00+210")),
        ("周一至周五 8点-12点 1点半-5点", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 13:30+210")),
        ("每天 11:00-12:30,5:00-6:30", "DAILY 11:00+90; DAILY 17:00+90".to_owned()),
        ("每天 11:00-12:30 6:00-7:30", "DAILY 11:00+90; DAILY 18:00+90".to_owned()),
        ("周一至周五 9:00-12:00，3:00-17:00", format!("{WEEKDAYS} 09:00+180; {WEEKDAYS} 15:00+120")),
        ("每天 8-12点，2-5点", "DAILY 08:00+240; DAILY 14:00+180".to_owned()),
        ("每天 8:00-11:30/2:30-6:00", "DAILY 08:00+210; DAILY 14:30+210".to_owned()),
        ("每天 7:00-8:00、11:00-12:30、5:00-6:30", "DAILY 07:00+60; DAILY 11:00+90; DAILY 17:00+90".to_owned()),
        ("每天凌晨4:00-8:00", "DAILY 04:00+240".to_owned()),
        ("每天早上5:30-8:00", "DAILY 05:30+150".to_owned()),
        ("每天 05:30-08:00", "DAILY 05:30+150".to_owned()),
        ("每天 6:00-8:00", "DAILY 06:00+120".to_owned()),
        ("每天 6:00-8:00，17:00-19:00", "DAILY 06:00+120; DAILY 17:00+120".to_owned()),
        ("每天下午2:00-4:00，6:00-8:00", "DAILY 14:00+120; DAILY 18:00+120".to_owned()),
        ("每天 17:00-18:30，11:00-12:30", "DAILY 17:00+90; DAILY 11:00+90".to_owned()),
        ("每天 0:00-5:00", "DAILY 00:00+300".to_owned()),
    ] {
        assert_eq!(shown(written), expected, "{written}");
    }
    for written in [
        "每周六、日 1:30-4:30",
        "每天 2:00-5:00",
        "每天 3:00-17:00",
        "每天 5:00-8:00",
        "周六 8:00-12:00，周日 2:00-5:00",
        "周一至周五 08:30-12:00，01:30-05:00",
        "每天 9:00-17:00，6:00-12:00",
        "每天 9:00-16:00，3:00-5:00",
        "周一至周五 2点到4点",
    ] {
        assert_eq!(doubted(written), "half_of_day", "{written}");
    }
}

#[test]
fn only_24_hours_are_round_the_clock() {
    for written in [
        "周一至周五全天，周六上午8:00-11:30",
        "工作日全天开放",
        "周六、周日全天",
        "全天",
        "全天候",
        "全天候服务",
        "每天全天营业",
        "全天开放，周一休息",
        "周一至周五 8:00-17:00，周末全天",
        "整天",
        "全天 周六",
    ] {
        let read = hours(written).value.unwrap();
        assert!(!read.is_known() && read.text == written, "{written}: {read:?}");
        doubted(written);
    }
    assert_eq!(shown("周三全天 9:00-17:00"), "WEEKLY;BYDAY=WE 09:00+480");
    assert_eq!(shown("周一至周五全天（8:00-17:00）"), format!("{WEEKDAYS} 08:00+540"));
    for written in ["全天24小时", "24小时", "每天24小时营业", "昼夜", "7×24小时", "每天 0:00-24:00"]
    {
        assert_eq!(shown(written), "DAILY 00:00+1440", "{written}");
    }
}

#[test]
fn half_a_day_closed_leaves_the_other_half() {
    let but = |day: &str| WEEKDAYS.replace(&format!(",{day}"), "");
    for (written, expected) in [
        ("周一至周五 8:00-17:00（周三下午休息）", format!("{} 08:00+540; WEEKLY;BYDAY=WE 08:00+240", but("WE"))),
        ("周一至周五8:00-17:00，周四下午闭馆", format!("{} 08:00+540; WEEKLY;BYDAY=TH 08:00+240", but("TH"))),
        (
            "每天9:00-17:00（周二上午休息）",
            "WEEKLY;BYDAY=MO,WE,TH,FR,SA,SU 09:00+480; WEEKLY;BYDAY=TU 12:00+300".to_owned(),
        ),
        (
            "周一至周五 8:00-12:00,14:00-17:30，周五下午不开放",
            format!("{0} 08:00+240; {0} 14:00+210; WEEKLY;BYDAY=FR 08:00+240", but("FR")),
        ),
        ("周一至周五8:00-17:00，除周三下午外", format!("{} 08:00+540; WEEKLY;BYDAY=WE 08:00+240", but("WE"))),
        ("周一至周五8:00-17:00（周三下午除外）", format!("{} 08:00+540; WEEKLY;BYDAY=WE 08:00+240", but("WE"))),
        ("周三下午不坐诊，周一至周五8:00-17:00", format!("{} 08:00+540; WEEKLY;BYDAY=WE 08:00+240", but("WE"))),
        ("周一至周五 8:00-12:00（周三下午休息）", format!("{} 08:00+240; WEEKLY;BYDAY=WE 08:00+240", but("WE"))),
    ] {
        assert_eq!(shown(written), expected, "{written}");
    }
    for written in [
        "周一至周五 8:00-17:00，周三下午学习",
        "周一至周五 8:00-17:00，下午休息",
        "周一至周五 8:00-17:00，周五晚上休息",
        "每天8:00-17:00，周六下午、周日休息",
        "每天8:00-17:00，中午休息",
        "每天8:00-17:00，12:00-14:00休息",
        "每月15日 8:00-17:00，周三下午休息",
    ] {
        doubted(written);
    }
}

#[test]
fn a_day_that_differs_has_its_own_times_or_is_doubted() {
    for (written, expected) in [
        (
            "每天8:00-20:00，周六9:00-12:00",
            "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SU 08:00+720; WEEKLY;BYDAY=SA 09:00+180".to_owned(),
        ),
        (
            "周一至周五 8:00-17:00，其中周三 8:00-12:00",
            "WEEKLY;BYDAY=MO,TU,TH,FR 08:00+540; WEEKLY;BYDAY=WE 08:00+240".to_owned(),
        ),
        (
            "周一至周五8:00-17:00（周五8:00-15:00）",
            "WEEKLY;BYDAY=MO,TU,WE,TH 08:00+540; WEEKLY;BYDAY=FR 08:00+420".to_owned(),
        ),
        ("每天8:00-12:00，周一至周五14:00-17:00", format!("DAILY 08:00+240; {WEEKDAYS} 14:00+180")),
        ("周一至周五 8:00-12:00，周一至周五 14:00-17:00", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+180")),
    ] {
        assert_eq!(shown(written), expected, "{written}");
    }
    for (written, why) in [
        ("周一至周五 8:00-17:00，周五至周日 9:00-12:00", "days_twice"),
        ("每天10:30-12:30（周三14:00-16:00）", "days_twice"),
        ("周一至周五 8:00-17:00，周一至周五 9:00-12:00", "days_twice"),
        ("周六 8:00-12:00，每月第一个周六 9:00-11:00", "days_twice"),
        ("每天8:00-18:00（周日至12:00）", "words"),
        ("周一至周五8:00-17:00，周六上午", "no_times"),
    ] {
        assert_eq!(doubted(written), why, "{written}");
    }
}

#[test]
fn what_is_said_of_one_holiday_alone_or_of_none_of_the_days_is_doubted() {
    for written in
        ["春节休息", "春节 9:00-12:00", "每天8:00-17:00，春节 9:00-12:00", "农历三、八 9:00-12:00", "除夕 9:00-12:00"]
    {
        doubted(written);
    }
}
