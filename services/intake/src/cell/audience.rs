//! Whom a service is for.
//!
//! A cell lists groups. Each is read as a group of the public (老年人, 儿童, 妇女, 残疾人, 全体居民), a circumstance (低保,
//! 独居, 失能 ...), bounds of age, or several of these together (`80岁以上独居老人`). They are put together so:
//!
//! - **Groups that stand alone** (`老年人,低保`): whoever is in one of them is served, so a circumstance beside them asks
//!   nothing more. The circumstances are kept in the note.
//! - **No group stands alone** (`特困,低保,失能老人`, `独居老人,空巢老人`): the groups named with a circumstance are the
//!   audience, every circumstance of the cell is a condition, and any one is enough.
//! - **Circumstances only** (`低保户`, `失能人员`): anyone in such circumstances. `残疾人` beside them is a circumstance too.
//! - **What stands in brackets or behind a sign** (`老年人（65岁以上）`, `老年人，65岁以上`) is said of the group before it.
//! - **Ages in months** (`6-36个月`, `18月龄以上`, `6个月-3岁`) are kept in months, and in the full years of them.
//! - **Degrees** of 失能 (`中度以上失能`, `失能（重度）`) and **grades** of 残疾 (`一、二级残疾人`, `重度残疾人`) bear on these alone; of
//!   anything else (`重度失智`) the group is limited. What is above or below a grade is doubted: some count the severer as higher.
//! - **A term** (`有效期至2026年12月31日`, `自2026年1月1日起`) is that of the whole.
//! - **户籍** with no word for those who live there without it asks for a household of 本村, 本镇, 本县 or so.
//! - `以上` and `以下` include the number, `不满` and `超过` do not (Civil Code, article 1259). `高龄` without a number is 80.
//!   A number is an age only with 岁 or 个月 behind it, or alone with the words of a bound (`60+`): counts and years
//!   are none.
//! - **Groups that differ** (`80岁以上老人、残疾人`) are kept one by one in [`Eligibility::groups`].
//! - **What no field holds**: an exclusion (`非失能`, `失智老人除外`, `谢绝传染病患者`), circumstances that must hold together
//!   (`低保且独居`), a limit without a field (慢病老人, 重度失智老人): the group is limited, nobody is told a yes, and it is
//!   doubted. An excluded circumstance is never a condition. In a cell that excludes anything no circumstance is.
//! - What is not understood at all is doubted, and nobody can tell who is meant by it: neither yes nor no.

mod ages;
mod degrees;
mod parts;
mod term;
mod words;

use super::{is_blank, normalise};
use crate::read::{Read, Trouble};
use degrees::Degrees;
use parts::{Joint, Part};
use schema::finding::CellFinding;
use schema::{Audience, CareDegree, Condition, DisabilityGrade, Eligibility, EligibleGroup, LocalHousehold};
use words::{
    AUDIENCES, CONDITIONS, FILLING, HOUSEHOLDS, INFANTS, INFANTS_UP_TO, LIMITS, MORE, OLD_WOMEN, OR_LIVING_THERE,
    OTHERS_TOO, SMALL, SOMEBODY_ELSE, sort,
};

/// Stands where a word was that is understood.
const TAKEN: &str = "\u{1}";

/// What one group of the list was understood as.
#[derive(Clone, Debug, Default)]
struct Group {
    audiences: Vec<Audience>,
    conditions: Vec<Condition>,
    minimum_age: Option<u8>,
    maximum_age: Option<u8>,
    /// The same in months, where that is how it is written.
    minimum_months: Option<u16>,
    maximum_months: Option<u16>,
    care_degrees: Vec<CareDegree>,
    disability_grades: Vec<DisabilityGrade>,
    local_household: Option<LocalHousehold>,
    /// Degrees and nothing else: of what, stands elsewhere.
    degrees_only: Option<Degrees>,
    /// Says more than the fields above.
    more: bool,
    /// Says less: a limit that no field holds.
    limited: bool,
    /// Others than the group are served too.
    open: bool,
    /// Has a word that is not known.
    unknown: bool,
    /// Bounds of age and nothing else.
    ages_only: bool,
    /// Words that add nothing, and nothing else.
    empty: bool,
}

/// Bounds of age, as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ages {
    minimum_age: Option<u8>,
    maximum_age: Option<u8>,
    minimum_months: Option<u16>,
    maximum_months: Option<u16>,
}

impl Group {
    fn says_nothing(&self) -> bool {
        self.audiences.is_empty() && self.conditions.is_empty() && !self.has_ages()
    }

    fn has_ages(&self) -> bool {
        self.minimum_age.is_some() || self.maximum_age.is_some()
    }

    fn bounds(&self) -> (Option<u8>, Option<u8>) {
        (self.minimum_age, self.maximum_age)
    }

    fn ages(&self) -> Ages {
        let Group { minimum_age, maximum_age, minimum_months, maximum_months, .. } = *self;
        Ages { minimum_age, maximum_age, minimum_months, maximum_months }
    }

    fn be_of(&mut self, ages: Ages) {
        let Ages { minimum_age, maximum_age, minimum_months, maximum_months } = ages;
        (self.minimum_age, self.maximum_age) = (minimum_age, maximum_age);
        (self.minimum_months, self.maximum_months) = (minimum_months, maximum_months);
    }

    fn stands_alone(&self) -> bool {
        !self.audiences.is_empty() && self.conditions.is_empty()
    }

    /// Circumstances, and nobody who is in them.
    fn is_bare(&self) -> bool {
        self.audiences.is_empty() && !self.conditions.is_empty()
    }

    fn is_elders(&self) -> bool {
        self.audiences == [Audience::Elders]
    }

    /// Whether it says of its age what its name says anyway: elders are 60 by definition.
    fn is_sixty_by_name(&self) -> bool {
        self.bounds() == (None, None)
            || (self.is_elders() && self.maximum_age.is_none() && self.minimum_age <= Some(60))
    }

    /// Takes bounds of age that were said beside it.
    fn take_ages(&mut self, of: &Group) {
        self.be_of(of.ages());
        self.local_household = self.local_household.or(of.local_household);
        (self.limited, self.unknown) = (self.limited || of.limited, self.unknown || of.unknown);
    }

    /// What stood in brackets behind it.
    fn take_bracket(&mut self, said: Group) {
        self.more |= said.more;
        self.limited |= said.limited;
        if said.unknown {
            self.unknown = true;
            return;
        }
        if said.has_ages() {
            self.limited |= self.has_ages() && self.ages() != said.ages();
            self.be_of(said.ages());
        }
        self.local_household = self.local_household.or(said.local_household);
        if !said.ages_only && !said.audiences.is_empty() && said.audiences != self.audiences {
            if self.audiences.is_empty() || self.audiences == [Audience::All] {
                self.audiences = said.audiences;
            } else {
                self.limited = true;
            }
        }
        for condition in said.conditions {
            if !self.conditions.contains(&condition) {
                self.conditions.push(condition);
            }
        }
        if let Some(degrees) = said.degrees_only {
            self.take_degrees(degrees);
        }
        for degree in said.care_degrees {
            if !self.care_degrees.contains(&degree) {
                self.care_degrees.push(degree);
            }
        }
        for grade in said.disability_grades {
            if !self.disability_grades.contains(&grade) {
                self.disability_grades.push(grade);
            }
        }
    }
}

/// Whom a cell says a service is for.
pub fn audience(written: &str) -> Read<Eligibility> {
    if is_blank(written) {
        return Read::blank();
    }
    let (text, valid_from, valid_until) = term::take(&normalise(written));
    let has_term = valid_from.is_some() || valid_until.is_some();
    let read = parts::read(&text);
    let mut groups = together(read.parts, read.denies, read.all_of);
    if OR_LIVING_THERE.iter().any(|word| text.contains(word)) {
        // 本村户籍或常住老人: who lives there without it, too.
        groups.iter_mut().for_each(|group| group.local_household = None);
    }
    if let [only] = groups.as_mut_slice()
        && only.is_household_only()
    {
        // 本村户籍人口: all of them.
        only.audiences.push(Audience::All);
    }
    // Words that a form could not give back from the fields are kept beside them.
    let more = groups.iter().any(|group| group.more || group.open || group.is_finer());
    // 慢病患者 beside 老年人 names nobody who can be told from the rest, and takes nobody out.
    if groups.iter().any(|group| !group.says_nothing()) {
        groups.retain(|group| !group.says_nothing() || group.unknown);
    }
    let unknown = groups.iter().any(|group| group.unknown) || groups.iter().all(|group| group.empty);
    let limited = groups.iter().any(|group| group.limited);
    let (mut eligibility, contradicts) = combine(&groups);
    (eligibility.valid_from, eligibility.valid_until) = (valid_from, valid_until);
    let mut troubles = Vec::new();
    if unknown {
        troubles.push(Trouble::doubt(CellFinding::AudienceUnknown));
    }
    if limited {
        troubles.push(Trouble::doubt(CellFinding::AudienceLimited));
    }
    if contradicts {
        troubles.push(Trouble::doubt(CellFinding::AudiencePartly));
    }
    if more || has_term || !troubles.is_empty() || !eligibility.groups.is_empty() {
        eligibility.note = Some(written.trim().to_owned());
    }
    Read { value: Some(eligibility), troubles }
}

/// The groups of a cell, each with what was said of it elsewhere.
fn together(parts: Vec<Part>, denies: bool, all_of: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for part in parts {
        let joint = part.joint;
        let mut group = of_part(&part);
        let Some(before) = groups.last_mut() else {
            groups.push(group);
            continue;
        };
        if let Some(degrees) = group.degrees_only {
            // 失能老人，中度以上.
            before.take_degrees(degrees);
            before.limited |= group.limited;
            before.unknown |= group.unknown;
            continue;
        }
        if before.is_household_only() && !group.unknown {
            // 本村户籍，60岁以上老人.
            group.local_household = group.local_household.or(before.local_household);
            group.more = true;
            *before = group;
            continue;
        }
        if group.is_household_only() && !before.unknown && !before.says_nothing() {
            // 老年人，本村户籍.
            before.local_household = before.local_household.or(group.local_household);
            before.more = true;
            continue;
        }
        if group.ages_only && !group.unknown && !before.has_ages() && !before.unknown {
            let of_elders = before.is_elders() && group.is_elders_or_ages();
            match joint {
                _ if of_elders && !before.says_nothing() => {
                    before.take_ages(&group);
                    continue;
                }
                Joint::Aside if !before.says_nothing() => {
                    if group.audiences.is_empty() || before.audiences == group.audiences {
                        before.take_ages(&group);
                        continue;
                    }
                    // 残疾人，60岁以上: of them, or beside them.
                    (before.limited, group.limited) = (true, true);
                }
                Joint::Aside | Joint::List | Joint::And => {}
            }
        } else if before.ages_only && !before.unknown && !group.has_ages() && !group.unknown && group.is_elders() {
            // 65岁以上，老年人.
            group.take_ages(before);
            *before = group;
            continue;
        }
        let differ = |one: &Group, other: &Group| {
            one.conditions.iter().any(|one| other.conditions.iter().any(|other| sort(*one) != sort(*other)))
        };
        if joint == Joint::And && before.is_bare() && differ(before, &group) {
            // 低保和独居老人: both at once, or either.
            (before.limited, group.limited) = (true, true);
        }
        // 独居、空巢老人（75岁以上）: the age may be meant of both.
        let sixty = |group: &Group| matches!(group.bounds(), (None | Some(60), None));
        let same = before.ages() == group.ages() || (group.is_elders() && sixty(before) && sixty(&group));
        if before.is_bare() && !same {
            before.limited |= !before.has_ages();
            group.limited |= !group.has_ages();
        }
        groups.push(group);
    }
    for group in &mut groups {
        if denies {
            group.ask_for_nothing();
            group.limited = true;
        }
        group.limited |= all_of || group.degrees_only.is_some();
        if group.unknown {
            group.ask_for_nothing();
            group.be_of(Ages::default());
        }
    }
    groups
}

impl Group {
    /// Whether it says degrees, grades, months or a household.
    fn is_finer(&self) -> bool {
        let months = self.minimum_months.is_some() || self.maximum_months.is_some();
        let degrees = !self.care_degrees.is_empty() || !self.disability_grades.is_empty();
        months || degrees || self.local_household.is_some()
    }

    fn ask_for_nothing(&mut self) {
        self.conditions.clear();
        self.care_degrees.clear();
        self.disability_grades.clear();
    }

    /// Where the household is registered, and nothing of who.
    fn is_household_only(&self) -> bool {
        self.local_household.is_some() && self.says_nothing() && !self.unknown && !self.limited
    }

    fn is_elders_or_ages(&self) -> bool {
        self.audiences.is_empty() || self.is_elders()
    }
}

fn of_part(part: &Part) -> Group {
    if part.denied {
        return Group { limited: true, ..Group::default() };
    }
    let mut group = group(&part.text);
    let before_brackets = group.conditions.clone();
    for said in &part.brackets {
        group.take_bracket(self::group(said));
    }
    if !before_brackets.is_empty() {
        let others = group.conditions.iter().skip(before_brackets.len());
        let both = others.into_iter().any(|other| before_brackets.iter().any(|known| sort(*known) != sort(*other)));
        group.limited |= both;
    }
    group.limited |= part.limited;
    group
}

/// One group, without what stands in brackets behind it.
fn group(part: &str) -> Group {
    let mut group = Group::default();
    let mut rest = ages::take(part, &mut group);
    let degrees = Degrees::take(&mut rest);
    if let Some(word) = OLD_WOMEN.iter().find(|word| rest.contains(**word)) {
        group.audiences.push(Audience::Women);
        let from = if word.contains("高龄") { 80 } else { 60 };
        group.minimum_age = group.minimum_age.or(group.maximum_age.is_none().then_some(from));
        rest = rest.replace(word, TAKEN);
    }
    for (word, condition) in CONDITIONS {
        if rest.contains(word) {
            if !group.conditions.contains(condition) {
                group.conditions.push(*condition);
            }
            // What holds a shorter word must not be found again as that.
            rest = rest.replace(word, TAKEN);
        }
    }
    let somebody_else = SOMEBODY_ELSE.iter().any(|word| rest.contains(word));
    group.open = OTHERS_TOO.iter().any(|word| rest.contains(word));
    let is_said = |word: &str| {
        // 3岁以下婴幼儿; 经评估为中度以上失能.
        (SMALL.contains(&word) && group.maximum_age.is_some()) || (word == "经评估" && !degrees.are_none())
    };
    let limited = LIMITS.iter().any(|word| rest.contains(word) && !is_said(word));
    group.limited |= limited;
    if INFANTS.iter().any(|word| rest.contains(word)) && !group.has_ages() {
        group.maximum_age = Some(INFANTS_UP_TO);
    }
    if rest.contains("户籍") {
        let named = HOUSEHOLDS.iter().find(|(word, _)| rest.contains(word));
        group.local_household = Some(named.map_or(LocalHousehold::Served, |(_, household)| *household));
    }
    if rest.contains("残疾") || rest.contains("残障") {
        let of_others = AUDIENCES.iter().any(|(word, audience)| *audience != Audience::All && rest.contains(word));
        if of_others || !group.audiences.is_empty() || rest.contains("家庭") {
            group.conditions.push(Condition::Disabled);
        } else {
            group.audiences.push(Audience::Disabled);
        }
        rest = rest.replace("残疾", TAKEN).replace("残障", TAKEN);
    }
    if rest.contains("高龄") && !group.has_ages() {
        group.minimum_age = Some(80);
    }
    // 高龄 beside a number only repeats it.
    let more = |word: &&str| *word != "高龄" && rest.contains(*word);
    group.more = MORE.iter().chain(LIMITS).any(more);
    let mut left = rest.clone();
    for (word, audience) in AUDIENCES {
        if rest.contains(word) {
            let people = *word == "群体" && (!group.conditions.is_empty() || !group.audiences.is_empty());
            if !group.audiences.contains(audience) && !people {
                group.audiences.push(*audience);
            }
        }
    }
    // 老年居民, 残疾群众: of everybody those who are named beside.
    if group.audiences.iter().any(|audience| *audience != Audience::All) {
        group.audiences.retain(|audience| *audience != Audience::All);
    }
    // The longer first: 孕产妇 holds 妇, 特殊困难 holds 困难.
    let names = AUDIENCES.iter().map(|(word, _)| word);
    for word in LIMITS.iter().chain(OTHERS_TOO).chain(MORE).chain(names).chain(FILLING) {
        if left.contains(word) {
            left = left.replace(word, TAKEN);
        }
    }
    group.ages_only = group.has_ages() && group.audiences.is_empty() && group.conditions.is_empty() && !group.more;
    // Whoever is 60 is an elder, whoever is not yet 18 a child, whatever they are called.
    if group.audiences.is_empty() && group.conditions.is_empty() {
        match group.bounds() {
            (Some(60..), _) => group.audiences.push(Audience::Elders),
            (None | Some(..18), Some(..=18)) => group.audiences.push(Audience::Children),
            _ => {}
        }
    }
    if group.audiences.is_empty() && group.conditions.is_empty() && !group.has_ages() && !degrees.are_none() {
        group.degrees_only = Some(degrees);
    } else {
        group.take_degrees(degrees);
    }
    group.unknown |= somebody_else || left.chars().any(|character| !TAKEN.contains(character));
    group.empty = group.says_nothing()
        && group.degrees_only.is_none()
        && group.local_household.is_none()
        && !group.more
        && !group.unknown
        && !group.limited;
    // 低保独居老人: both at once.
    group.limited |= group.conditions.iter().any(|one| group.conditions.iter().any(|other| sort(*one) != sort(*other)));
    group
}

/// The whole cell. The second says that it contradicts itself.
fn combine(groups: &[Group]) -> (Eligibility, bool) {
    let mut eligibility = Eligibility::default();
    let disabled_alone = |group: &Group| group.audiences == [Audience::Disabled] && group.conditions.is_empty();
    let someone_else = groups.iter().any(|group| !group.audiences.is_empty() && !disabled_alone(group));
    let circumstances_only = !someone_else && groups.iter().any(Group::is_bare);
    let alone: Vec<Audience> =
        groups.iter().filter(|group| group.stands_alone()).flat_map(|group| group.audiences.iter().copied()).collect();
    let all_conditions = || groups.iter().flat_map(|group| group.conditions.iter().copied());
    // Whether the fields of the whole say less than the groups one by one.
    let mut differ = false;
    if circumstances_only {
        // Being disabled is one of them.
        eligibility.audiences.push(Audience::All);
        eligibility.conditions = all_conditions().collect();
        if groups.iter().any(disabled_alone) {
            eligibility.conditions.push(Condition::Disabled);
        }
    } else {
        eligibility.audiences = groups.iter().flat_map(|group| group.audiences.iter().copied()).collect();
        if alone.is_empty() {
            eligibility.conditions = all_conditions().collect();
        } else {
            differ |= groups.iter().any(|group| !group.conditions.is_empty());
        }
    }
    let people: Vec<&Group> = groups.iter().filter(|group| !group.says_nothing()).collect();
    let first = people.first().map_or_else(Ages::default, |group| group.ages());
    if people.iter().all(|group| group.ages() == first) {
        (eligibility.minimum_age, eligibility.maximum_age) = (first.minimum_age, first.maximum_age);
        (eligibility.minimum_months, eligibility.maximum_months) = (first.minimum_months, first.maximum_months);
    } else {
        let only_elders = people.iter().all(|group| group.is_elders_or_ages() && group.maximum_age.is_none());
        if only_elders {
            eligibility.minimum_age = people.iter().map(|group| group.minimum_age).min().flatten();
        }
        differ |= !people.iter().all(|group| group.is_sixty_by_name());
    }
    let of_care = |group: &&Group| group.conditions.contains(&Condition::CareDependent);
    eligibility.care_degrees = common(groups.iter().filter(of_care).map(|group| group.care_degrees.as_slice()));
    let of_disability = |group: &&Group| group.is_of_disability();
    eligibility.disability_grades =
        common(groups.iter().filter(of_disability).map(|group| group.disability_grades.as_slice()));
    // A household that is asked of one group and not of another is asked of that group alone.
    let household = people.first().and_then(|group| group.local_household);
    if people.iter().all(|group| group.local_household == household) {
        eligibility.local_household = household;
    } else {
        differ = true;
    }
    differ |= groups.iter().any(|group| group.limited || group.unknown || group.open);
    if differ {
        let elsewhere: Vec<Audience> = eligibility.audiences.clone();
        for group in groups {
            eligibility.groups.push(listed(group, circumstances_only, &alone, &elsewhere));
        }
        if groups.iter().any(|group| group.open) {
            eligibility.groups.push(EligibleGroup::unclear());
        }
    }
    eligibility.audiences.sort_unstable();
    eligibility.audiences.dedup();
    eligibility.conditions.sort_unstable();
    eligibility.conditions.dedup();
    eligibility.groups.dedup();
    let out_of_order = |youngest: Option<u8>, oldest: Option<u8>| youngest.zip(oldest).is_some_and(|(y, o)| y > o);
    let months_out_of_order =
        |group: &Group| group.minimum_months.zip(group.maximum_months).is_some_and(|(y, o)| y > o);
    let contradicts = out_of_order(eligibility.minimum_age, eligibility.maximum_age)
        || groups.iter().any(|group| out_of_order(group.minimum_age, group.maximum_age) || months_out_of_order(group));
    if contradicts {
        (eligibility.minimum_age, eligibility.maximum_age) = (None, None);
        (eligibility.minimum_months, eligibility.maximum_months) = (None, None);
        eligibility.groups = vec![EligibleGroup::unclear()];
    }
    (eligibility, contradicts)
}

/// What all groups ask for together: any of what any asks for, and nothing in particular where one does not.
fn common<T: Copy + Ord>(of_groups: impl Iterator<Item = impl AsRef<[T]>>) -> Vec<T> {
    let mut all = Vec::new();
    for degrees in of_groups {
        if degrees.as_ref().is_empty() {
            return Vec::new();
        }
        all.extend_from_slice(degrees.as_ref());
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// A group as one of several.
fn listed(group: &Group, circumstances_only: bool, alone: &[Audience], elsewhere: &[Audience]) -> EligibleGroup {
    if group.unknown || group.says_nothing() {
        return EligibleGroup::unclear();
    }
    let Group { minimum_age, maximum_age, minimum_months, maximum_months, local_household, limited, .. } = *group;
    let (mut care_degrees, mut disability_grades) = (group.care_degrees.clone(), group.disability_grades.clone());
    care_degrees.sort_unstable();
    disability_grades.sort_unstable();
    let (mut audiences, mut conditions) = (group.audiences.clone(), group.conditions.clone());
    if circumstances_only {
        if audiences == [Audience::Disabled] {
            conditions.push(Condition::Disabled);
        }
        audiences = vec![Audience::All];
    } else if group.is_bare() && alone.is_empty() {
        audiences = elsewhere.to_vec();
    }
    audiences.sort_unstable();
    audiences.dedup();
    conditions.sort_unstable();
    conditions.dedup();
    EligibleGroup {
        audiences,
        minimum_age,
        maximum_age,
        conditions,
        minimum_months,
        maximum_months,
        care_degrees,
        disability_grades,
        local_household,
        limited,
    }
}

#[cfg(test)]
mod tests;
