//! Telephone area codes of the country's cities, and how long a local number is in each.
//!
//! A clerk writes a local number as it is dialled in town. Which area code belongs before it follows from the city in
//! which the row's community lies, so no county has to configure it.

use schema::AreaCode;

/// How local numbers are completed in one city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbering {
    /// The area code without its zero: `335`.
    pub area_code: u16,
    /// The digits of a local number: 7, or 8 in the larger cities.
    pub local_digits: usize,
}

impl Numbering {
    /// The numbering of the city in which a division lies; none for a province, and where no city is known.
    pub fn of(division: AreaCode) -> Option<Numbering> {
        let county = division.county();
        let directly_governed = DIRECTLY_GOVERNED.iter().find(|(code, _)| *code == county).map(|(_, area)| *area);
        let area_code = directly_governed.or_else(|| of_city(county.get(..4)?))?;
        Some(Numbering { area_code, local_digits: if EIGHT_DIGITS.contains(&area_code) { 8 } else { 7 } })
    }
}

fn of_city(city: &str) -> Option<u16> {
    let (province, number) = city.split_at_checked(2)?;
    let cities = CITIES.iter().find(|(code, _)| *code == province).map(|(_, cities)| *cities)?;
    let of_number = |entry: &str| entry.strip_prefix(number)?.strip_prefix(':')?.parse().ok();
    // A municipality is one city, and has one area code for all of it.
    cities.parse().ok().or_else(|| cities.split(' ').find_map(of_number))
}

/// Area codes whose local numbers have eight digits.
const EIGHT_DIGITS: &[u16] = &[
    10, 20, 21, 22, 23, 24, 25, 27, 28, 29, 311, 371, 377, 379, 411, 431, 432, 451, 510, 511, 512, 513, 514, 515, 516,
    517, 518, 519, 523, 527, 531, 532, 551, 571, 573, 574, 575, 576, 577, 579, 591, 595, 731, 754, 755, 757, 760, 769,
    791, 851, 871, 898,
];

/// Counties that belong to no city, or are dialled otherwise than the rest of theirs.
const DIRECTLY_GOVERNED: &[(&str, u16)] = &[
    ("429021", 719), // 神农架
    ("632801", 979), // 格尔木
    ("654003", 992), // 奎屯
    ("659001", 993), // 石河子
    ("659002", 997), // 阿拉尔
    ("659003", 998), // 图木舒克
    ("659004", 994), // 五家渠
    ("659005", 906), // 北屯
    ("659006", 996), // 铁门关
    ("659007", 909), // 双河
    ("659008", 999), // 可克达拉
    ("659009", 903), // 昆玉
    ("659010", 992), // 胡杨河
    ("659011", 902), // 新星
    ("659012", 901), // 白杨
];

/// Per province, the last two digits of each city's code and its area code without the zero.
#[rustfmt::skip]
const CITIES: &[(&str, &str)] = &[
    ("11", "10"),
    ("12", "22"),
    ("13", "01:311 02:315 03:335 04:310 05:319 06:312 07:313 08:314 09:317 10:316 11:318"),
    ("14", "01:351 02:352 03:353 04:355 05:356 06:349 07:354 08:359 09:350 10:357 11:358"),
    ("15", "01:471 02:472 03:473 04:476 05:475 06:477 07:470 08:478 09:474 22:482 25:479 29:483"),
    ("21", "01:24 02:411 03:412 04:24 05:24 06:415 07:416 08:417 09:418 10:419 11:427 12:24 13:421 14:429"),
    ("22", "01:431 02:432 03:434 04:437 05:435 06:439 07:438 08:436 24:433"),
    ("23", "01:451 02:452 03:467 04:468 05:469 06:459 07:458 08:454 09:464 10:453 11:456 12:455 27:457"),
    ("31", "21"),
    ("32", "01:25 02:510 03:516 04:519 05:512 06:513 07:518 08:517 09:515 10:514 11:511 12:523 13:527"),
    ("33", "01:571 02:574 03:577 04:573 05:572 06:575 07:579 08:570 09:580 10:576 11:578"),
    ("34", "01:551 02:553 03:552 04:554 05:555 06:561 07:562 08:556 10:559 11:550 12:558 13:557 15:564 \
        16:558 17:566 18:563"),
    ("35", "01:591 02:592 03:594 04:598 05:595 06:596 07:599 08:597 09:593"),
    ("36", "01:791 02:798 03:799 04:792 05:790 06:701 07:797 08:796 09:795 10:794 11:793"),
    ("37", "01:531 02:532 03:533 04:632 05:546 06:535 07:536 08:537 09:538 10:631 11:633 13:539 14:534 \
        15:635 16:543 17:530"),
    ("41", "01:371 02:371 03:379 04:375 05:372 06:392 07:373 08:391 09:393 10:374 11:395 12:398 13:377 \
        14:370 15:376 16:394 17:396 90:391"),
    ("42", "01:27 02:714 03:719 05:717 06:710 07:711 08:724 09:712 10:716 11:713 12:715 13:722 28:718 \
        90:728"),
    ("43", "01:731 02:731 03:731 04:734 05:739 06:730 07:736 08:744 09:737 10:735 11:746 12:745 13:738 \
        31:743"),
    ("44", "01:20 02:751 03:755 04:756 05:754 06:757 07:750 08:759 09:668 12:758 13:752 14:753 15:660 \
        16:762 17:662 18:763 19:769 20:760 51:768 52:663 53:766"),
    ("45", "01:771 02:772 03:773 04:774 05:779 06:770 07:777 08:775 09:775 10:776 11:774 12:778 13:772 \
        14:771"),
    ("46", "01:898 02:898 03:898 04:898 90:898"),
    ("50", "23"),
    ("51", "01:28 03:813 04:812 05:830 06:838 07:816 08:839 09:825 10:832 11:833 13:817 14:28 15:831 16:826 \
        17:818 18:835 19:827 20:28 32:837 33:836 34:834"),
    ("52", "01:851 02:858 03:851 04:851 05:857 06:856 23:859 26:855 27:854"),
    ("53", "01:871 03:874 04:877 05:875 06:870 07:888 08:879 09:883 23:878 25:873 26:876 28:691 29:872 \
        31:692 33:886 34:887"),
    ("54", "01:891 02:892 03:895 04:894 05:893 06:896 25:897"),
    ("61", "01:29 02:919 03:917 04:29 05:913 06:911 07:916 08:912 09:915 10:914"),
    ("62", "01:931 02:937 03:935 04:943 05:938 06:935 07:936 08:933 09:937 10:934 11:932 12:939 29:930 \
        30:941"),
    ("63", "01:971 02:972 22:970 23:973 25:974 26:975 27:976 28:977"),
    ("64", "01:951 02:952 03:953 04:954 05:955"),
    ("65", "01:991 02:990 04:995 05:902 23:994 27:909 28:996 29:997 30:908 31:998 32:903 40:999 42:901 \
        43:906"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_has_its_area_code_and_its_length_of_local_numbers() {
        for (division, area_code, local_digits) in [
            ("130306100209", 335, 7),
            ("130322", 335, 7),
            ("130102", 311, 8),
            ("110101001001", 10, 8),
            ("500229", 23, 8),
            ("419001", 391, 7),
            ("429004", 728, 7),
            ("429021", 719, 7),
            ("469005", 898, 8),
            ("659001", 993, 7),
            ("620802", 933, 7),
        ] {
            let numbering = Numbering::of(division.parse().unwrap());
            assert_eq!(numbering, Some(Numbering { area_code, local_digits }), "{division}");
        }
        for nowhere in ["130000", "990101", "139901"] {
            assert_eq!(Numbering::of(nowhere.parse().unwrap()), None, "{nowhere}");
        }
    }

    #[test]
    fn the_table_is_well_formed() {
        for (province, cities) in CITIES {
            let entries: Vec<&str> = cities.split(' ').collect();
            let sound = |entry: &&str| match entry.split_once(':') {
                Some((city, area)) => {
                    city.len() == 2 && area.parse::<u16>().is_ok_and(|area| (20..1_000).contains(&area))
                }
                None => entries.len() == 1 && entry.parse::<u16>().is_ok(),
            };
            assert!(entries.iter().all(sound), "{province}");
            assert!(entries.is_sorted(), "{province}");
        }
        let cities: usize = CITIES.iter().map(|(_, cities)| cities.split(' ').count()).sum();
        assert_eq!((CITIES.len(), cities), (31, 340));
    }
}
