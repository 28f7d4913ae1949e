//! Fax numbers in a cell of telephone numbers: nobody can call them.

const LABELS: [&str; 6] = ["传真号码", "传真", "FAX", "Fax", "fax", "电传"];

/// The text without the numbers that it calls faxes, and whether there were any. A number that is both (`电话/传真`, `电话兼传真`)
/// stays.
pub(super) fn without(text: &str) -> (String, bool) {
    let (mut kept, mut rest, mut found) = (String::with_capacity(text.len()), text, false);
    while let Some((at, label)) = LABELS.iter().filter_map(|label| rest.find(label).map(|at| (at, *label))).min() {
        let (before, behind) = rest.split_at(at);
        let behind = behind.get(label.len()..).unwrap_or_default();
        kept.push_str(before);
        rest = behind;
        if is_of_both(&kept, behind) {
            continue;
        }
        let number = behind.trim_start_matches(['号', '码', ':', ' ', ')', ']', '】', '.', '-']);
        let introduces = number.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '(' | '+'));
        let before_label = kept.trim_end_matches([' ', '(', '[', '【', '/']);
        let in_brackets = kept.ends_with(['(', '[', '【']) && behind.starts_with([')', ']', '】']);
        if before_label.ends_with(|last: char| last.is_ascii_digit()) && (in_brackets || !introduces) {
            // 0335-7130093(传真).
            let number =
                before_label.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '—' | ' ' | '('));
            kept.truncate(number.len());
            kept.push('、');
            found = true;
        } else if introduces {
            let within = |c: char| {
                c.is_ascii_digit() || matches!(c, '-' | '—' | '–' | ' ' | '(' | ')' | '+' | '、' | ',' | ';' | '/')
            };
            let end = number.find(|c: char| !within(c)).unwrap_or(number.len());
            let (numbers, after) = number.split_at(end);
            // No mobile is a fax: it is another number that stands behind one.
            for mobile in numbers.split(|c: char| !c.is_ascii_digit()).filter(|digits| is_mobile(digits)) {
                kept.push('、');
                kept.push_str(mobile);
            }
            kept.push('、');
            rest = after;
            found = true;
        }
    }
    kept.push_str(rest);
    (kept, found)
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && digits.starts_with('1')
}

/// Whether the label stands beside that of a telephone.
fn is_of_both(before: &str, behind: &str) -> bool {
    let joints = ['/', '、', '及', '和', '与', '兼', '暨', '&', '+', '(', ' ', '同', '或'];
    let joined = before.trim_end_matches(joints);
    let telephone = ["电话", "座机", "Tel", "TEL", "tel", "固话"].iter().any(|word| joined.ends_with(word));
    let follows = behind.trim_start_matches(['/', '、', '及', '和', '与', '兼', '&', '+']);
    let and_telephone =
        follows.len() < behind.len() && ["电话", "座机", "Tel"].iter().any(|word| follows.starts_with(word));
    telephone || and_telephone || before.ends_with(['兼', '同']) || behind.starts_with('同')
}

#[cfg(test)]
mod tests {
    use crate::cell::numbering::Numbering;
    use crate::cell::phone::phones;

    #[test]
    fn a_fax_is_no_number_to_call() {
        let numbering = Some(Numbering { area_code: 335, local_digits: 7 });
        for (written, expected, codes) in [
            ("传真：0335-7130092 电话：0335-7130091", &["+863357130091"][..], &["PHONE_FAX"][..]),
            ("电话：0335-7130091 传真：0335-7130092", &["+863357130091"], &["PHONE_FAX"]),
            ("电话0335-7130091、传真0335-7130092", &["+863357130091"], &["PHONE_FAX"]),
            ("0335-7130093(传真)", &[], &["PHONE_FAX"]),
            ("0335-7130093（传真）", &[], &["PHONE_FAX"]),
            ("0335-7130093传真", &[], &["PHONE_FAX"]),
            ("0335-7130093/传真", &[], &["PHONE_FAX"]),
            ("0335-7130093（传真）、0335-7130091", &["+863357130091"], &["PHONE_FAX"]),
            ("0335-7130091，0335-7130093（传真）", &["+863357130091"], &["PHONE_FAX"]),
            ("FAX:0335-7130092 TEL:0335-7130091", &["+863357130091"], &["PHONE_FAX"]),
            ("传真号码：7130092；13833507493", &["+8613833507493"], &["PHONE_FAX"]),
            ("传真7130092 手机13833507493", &["+8613833507493"], &["PHONE_FAX"]),
            ("传真：(0335)7130092", &[], &["PHONE_FAX"]),
            ("传真：0335-7130092、0335-7130094", &[], &["PHONE_FAX"]),
            ("电话/传真：0335-7130091", &["+863357130091"], &[]),
            ("电话（传真）：0335-7130091", &["+863357130091"], &[]),
            ("传真/电话：0335-7130091", &["+863357130091"], &[]),
            ("电话兼传真0335-7130091", &["+863357130091"], &[]),
            ("0335-7130091（兼传真）", &["+863357130091"], &[]),
            ("0335-7130091（传真同号）", &["+863357130091"], &[]),
            ("0335-7130091", &["+863357130091"], &[]),
            ("传真：无 电话：0335-7130091", &["+863357130091"], &[]),
        ] {
            let read = phones(written, numbering);
            let numbers: Vec<String> = read.value.unwrap_or_default().iter().map(ToString::to_string).collect();
            let said: Vec<&str> = read.troubles.iter().map(|trouble| trouble.code.code()).collect();
            assert_eq!(
                (numbers.as_slice(), said.as_slice()),
                (&expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..], codes),
                "{written}"
            );
        }
    }
}
