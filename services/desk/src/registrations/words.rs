//! Values written as a clerk would write them: what [`intake::cell`] reads back as the same.

use schema::{Audience, Condition, Documents, Eligibility, Phone};

/// The numbers of a column about a person: those of the service, said to be so where they could be the person's, then the
/// person's own.
pub fn telephones_of_contact(public: &[Phone], own: Vec<String>) -> Vec<String> {
    let said = |phone: &Phone| if phone.may_be_personal() { format!("{phone}(公开)") } else { phone.to_string() };
    public.iter().map(said).chain(own).collect()
}

/// Whom a service is for; none when the office did not say. What was kept as written is given as it was written.
pub fn audience(eligibility: &Eligibility) -> Option<String> {
    if let Some(note) = &eligibility.note {
        return Some(note.clone());
    }
    let ages = ages(eligibility.minimum_age, eligibility.maximum_age);
    let groups: Vec<String> = match (eligibility.audiences.as_slice(), eligibility.conditions.as_slice()) {
        ([], []) if ages.is_empty() => return None,
        ([], []) => vec![ages],
        (audiences, []) => audiences.iter().map(|audience| format!("{ages}{}", audience.name_zh())).collect(),
        ([] | [Audience::All], conditions) => {
            conditions.iter().map(|condition| format!("{ages}{}家庭", condition.attribute_zh())).collect()
        }
        ([first, others @ ..], [condition, more @ ..]) => {
            let of = |condition: &Condition, audience: &Audience| {
                format!("{ages}{}{}", condition.attribute_zh(), audience.name_zh())
            };
            let first_in_all = std::iter::once(condition).chain(more).map(|condition| of(condition, first));
            first_in_all.chain(others.iter().map(|audience| of(condition, audience))).collect()
        }
    };
    Some(groups.join("、"))
}

/// What a person must bring; none when the office did not say.
pub fn documents(documents: &Documents) -> Option<String> {
    (!documents.is_empty()).then(|| documents.in_words(true))
}

fn ages(youngest: Option<u8>, oldest: Option<u8>) -> String {
    match (youngest, oldest) {
        (None, None) => String::new(),
        (Some(youngest), None) => format!("{youngest}岁以上"),
        (None, Some(oldest)) => format!("{oldest}岁以下"),
        (Some(youngest), Some(oldest)) => format!("{youngest}-{oldest}岁"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use intake::cell;

    #[test]
    fn numbers_are_written_so_that_they_are_read_as_as_public_as_they_were() {
        let public = ["+863355669699", "+8613812345678"].map(|number| number.parse().unwrap());
        let written = telephones_of_contact(&public, vec!["+8613900001111".to_owned()]).join("、");
        let read =
            cell::phone::telephones(&written, cell::numbering::Numbering::of("130306".parse().unwrap())).value.unwrap();
        let kept: Vec<_> = read.iter().map(|one| (one.number.as_str(), one.is_kept())).collect();
        assert_eq!(kept, [("+863355669699", false), ("+8613812345678", false), ("+8613900001111", true)], "{written}");
    }

    #[test]
    fn what_was_read_is_written_so_that_it_is_read_as_the_same() {
        for written in [
            "老年人",
            "全体居民",
            "60岁以上老人",
            "80岁以上高龄老人",
            "60-75岁老年人",
            "80岁以上独居老人",
            "独居老人,空巢老人",
            "失能、半失能老人",
            "特困,低保,失能老人",
            "低保边缘老人",
            "残疾老人",
            "失智老人",
            "留守儿童",
            "老年人，残疾人",
            "儿童",
            "16岁以下儿童",
            "妇女儿童",
            "低保户",
            "失能人员",
            "低保户、残疾人",
            "失独家庭",
            "优抚对象、退役军人",
            "计划生育特殊家庭",
            "刚性支出困难家庭",
            "80岁以上失独老人、80岁以上优抚老人",
            "老年人,低保",
            "老年人,慢病患者",
            "中度以上失能老人",
            "失能老人（重度）",
            "一、二级残疾人",
            "6-36个月婴幼儿",
            "本村户籍老年人",
            "60岁以上老人（有效期至2026年12月31日）",
            "",
        ] {
            let read = cell::audience::audience(written).value.unwrap_or_default();
            let again = audience(&read).unwrap_or_default();
            let reread = cell::audience::audience(&again);
            assert_eq!(reread.value.unwrap_or_default(), read, "{written} written as {again}");
            assert!(reread.troubles.is_empty(), "{written} written as {again}");
        }
    }
}
