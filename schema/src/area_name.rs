//! Names of divisions, without the words that say of which sort they are: a list has 大李官营村委会, people write
//! 大李官营村 or 大李官营.

use crate::area::AreaLevel;

/// Endings that a list of divisions gives a village and people leave out, the longest first.
const VILLAGE_ENDINGS: &[&str] =
    &["社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "村"];

/// Endings of towns, likewise.
const TOWN_ENDINGS: &[&str] = &["街道办事处", "街道", "地区", "镇", "乡"];

/// Endings of counties and above, likewise.
const COUNTY_ENDINGS: &[&str] = &["县", "区", "市", "省"];

/// A division's name without the ending of its level. A name that is nothing but an ending stays whole.
fn core<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    endings.iter().filter_map(|ending| name.strip_suffix(ending)).find(|core| !core.is_empty()).unwrap_or(name)
}

/// A village's name without its endings: a list may say 石盖子村村民委员会.
pub fn village_core(name: &str) -> &str {
    let once = core(name, VILLAGE_ENDINGS);
    let twice = core(once, VILLAGE_ENDINGS);
    if twice.chars().count() >= 2 { twice } else { once }
}

/// A town's name without its ending.
pub fn town_core(name: &str) -> &str {
    core(name, TOWN_ENDINGS)
}

/// What is a division's own in its name, by its level.
pub fn core_of(name: &str, level: AreaLevel) -> &str {
    match level {
        AreaLevel::Village => village_core(name),
        AreaLevel::Town => town_core(name),
        AreaLevel::Province | AreaLevel::City | AreaLevel::County => {
            let core = core(name, COUNTY_ENDINGS);
            if core.chars().count() >= 2 { core } else { name }
        }
    }
}

/// Removes the endings of a village at the beginning of `rest`: what follows a village's core name in running text.
pub fn without_leading_ending(rest: &str) -> &str {
    let without_one = |rest| VILLAGE_ENDINGS.iter().find_map(|ending| str::strip_prefix(rest, ending)).unwrap_or(rest);
    without_one(without_one(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_left_out_but_never_the_whole_name() {
        assert_eq!(village_core("光明里社区居委会"), "光明里");
        assert_eq!(village_core("新村村委会"), "新村");
        assert_eq!(village_core("村"), "村");
        assert_eq!(village_core("石盖子村村民委员会"), "石盖子");
        assert_eq!(village_core("三村村委会"), "三村");
        assert_eq!(town_core("骊城街道办事处"), "骊城");
        assert_eq!(core_of("抚宁县", AreaLevel::County), core_of("抚宁区", AreaLevel::County));
        assert_eq!(core_of("郊区", AreaLevel::County), "郊区");
    }
}
