//! What a request says that it would rather have (RFC 9110, section 12.5).

use axum::http::{HeaderMap, HeaderName, header};

/// One value of a header such as `Accept`, with its weight in thousandths; 0 means that it is not wanted.
type Weighted<'h> = (&'h str, u16);

/// The values of a header that lists what is wanted, in the order in which they are written. A weight that cannot be read
/// is none.
pub(crate) fn weighted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Weighted<'_>> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(|value| {
        let (value, parameters) = value.split_once(';').unwrap_or((value, ""));
        let value = value.trim();
        (!value.is_empty()).then(|| (value, weight(parameters)))
    })
}

fn weight(parameters: &str) -> u16 {
    let mut parameters = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    match parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q")) {
        None => 1000,
        // A cast of a float saturates; one that is no number becomes 0.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000 after the clamp")]
        Some((_, weight)) => weight.trim().parse::<f32>().map_or(0, |weight| (weight.clamp(0.0, 1.0) * 1000.0) as u16),
    }
}

/// How much of a media type a range names: all of it, its kind (`text/*`), or nothing (`*/*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Nothing,
    Kind,
    All,
}

fn named(range: &str, media: &str) -> Option<Named> {
    if range.eq_ignore_ascii_case(media) {
        return Some(Named::All);
    }
    if range == "*/*" {
        return Some(Named::Nothing);
    }
    let (kind, of_range) = (media.split('/').next()?, range.strip_suffix("/*")?);
    of_range.eq_ignore_ascii_case(kind).then_some(Named::Kind)
}

/// Whether a request asks for a media type by its name. Only whoever knows a type names it: browsers name `text/html` when
/// somebody goes to a page, programs say nothing or `*/*`.
pub fn asks_for(headers: &HeaderMap, media: &str) -> bool {
    weighted(headers, header::ACCEPT).any(|(range, weight)| weight > 0 && range.eq_ignore_ascii_case(media))
}

/// The media type that a request would rather have of those that there are; of equal ones the first. None when it takes none
/// of them; the first when it says nothing.
pub fn preferred<'m>(headers: &HeaderMap, there_are: &[&'m str]) -> Option<&'m str> {
    if !headers.contains_key(header::ACCEPT) {
        return there_are.first().copied();
    }
    // The range that names most of a type decides on it.
    let wanted = |media: &str| {
        let ranges =
            weighted(headers, header::ACCEPT).filter_map(|(range, weight)| Some((named(range, media)?, weight)));
        ranges.max_by_key(|(named, _)| *named).map_or((0, None), |(named, weight)| (weight, Some(named)))
    };
    let offered = there_are.iter().rev().map(|media| (wanted(media), *media));
    let best = offered.max_by_key(|(wanted, _)| *wanted)?;
    (best.0.0 > 0).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &[&str]) -> HeaderMap {
        accept.iter().map(|line| (header::ACCEPT, line.parse().unwrap())).collect()
    }

    #[test]
    fn only_who_names_a_media_type_asks_for_it() {
        for (accept, expected) in [
            (&["text/html"][..], true),
            (&["application/json", "Text/HTML; q=0.5"], true),
            (&["text/html;level=1;q=0.001"], true),
            (&["text/html;q=0"], false),
            (&["text/html; Q=0.000"], false),
            (&["text/html;q=much"], false),
            (&["text/*"], false),
            (&["*/*"], false),
            (&["text/htmlx, ,;q=1"], false),
            (&[], false),
        ] {
            assert_eq!(asks_for(&headers(accept), "text/html"), expected, "{accept:?}");
        }
    }

    #[test]
    fn of_what_there_is_the_heaviest_is_preferred_and_of_equals_the_first() {
        let there_are = ["application/json", "text/csv"];
        for (accept, expected) in [
            (&[][..], Some("application/json")),
            (&["*/*"], Some("application/json")),
            (&["text/csv"], Some("text/csv")),
            (&["text/*"], Some("text/csv")),
            (&["text/csv, application/json"], Some("application/json")),
            (&["application/json;q=0.5, text/csv;q=0.9"], Some("text/csv")),
            (&["*/*, text/csv"], Some("text/csv")),
            (&["*/*;q=0.1", "application/json;q=0"], Some("text/csv")),
            (&["application/json;q=0.2, application/*"], Some("application/json")),
            (&["image/png"], None),
            (&["*/*;q=0"], None),
        ] {
            assert_eq!(preferred(&headers(accept), &there_are), expected, "{accept:?}");
        }
    }
}
