//! Which events of `$all` a reader wants, by the name of their stream or by their type. Pure.

use fancy_regex::Regex;

/// A filter that a reader asked for.
#[derive(Debug)]
pub struct Filter {
    on: On,
    pattern: Pattern,
}

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The name of the stream.
    Stream,
    /// The type of the event.
    EventType,
}

#[derive(Debug)]
enum Pattern {
    Prefixes(Vec<String>),
    Regex(Box<Regex>),
}

/// Why a filter cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// Neither a prefix nor a regular expression was given.
    #[error("a filter needs at least one prefix or a regular expression")]
    Empty,
    /// The expression does not compile, or takes too long on some name.
    #[error("the regular expression of the filter cannot be used: {0}")]
    Regex(Box<fancy_regex::Error>),
}

impl Filter {
    /// A filter as the protocol describes it: prefixes win over the expression. Expressions are unanchored and may
    /// look around, as those of the official clients do.
    pub fn new(on: On, prefixes: Vec<String>, regex: &str) -> Result<Filter, FilterError> {
        let pattern = if !prefixes.is_empty() {
            Pattern::Prefixes(prefixes)
        } else if !regex.is_empty() {
            Pattern::Regex(Box::new(Regex::new(regex).map_err(|error| FilterError::Regex(Box::new(error)))?))
        } else {
            return Err(FilterError::Empty);
        };
        Ok(Filter { on, pattern })
    }

    /// Whether an event passes. Fails if the expression backtracks beyond its limit.
    pub fn passes(&self, stream: &str, event_type: &str) -> Result<bool, FilterError> {
        let text = match self.on {
            On::Stream => stream,
            On::EventType => event_type,
        };
        match &self.pattern {
            Pattern::Prefixes(prefixes) => Ok(prefixes.iter().any(|prefix| text.starts_with(prefix))),
            Pattern::Regex(regex) => regex.is_match(text).map_err(|error| FilterError::Regex(Box::new(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_expressions_look_at_what_they_were_made_for() {
        let table: [(On, &[&str], &str, bool); 9] = [
            (On::Stream, &["clinic-", "shop-"], "", true),
            (On::Stream, &["shop-"], "", false),
            (On::EventType, &["Opened"], "", true),
            (On::EventType, &["clinic-"], "", false),
            (On::Stream, &[], "^clinic", true),
            (On::Stream, &[], "7$", true),
            (On::Stream, &[], r"^[^\$].*", true),
            (On::EventType, &[], r"^(?!Opened)", false),
            (On::Stream, &["shop-"], "^clinic", false),
        ];
        for (on, prefixes, regex, passes) in table {
            let filter = Filter::new(on, prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(), regex).unwrap();
            assert_eq!(filter.passes("clinic-7", "Opened").unwrap(), passes, "{on:?} {prefixes:?} {regex}");
        }
    }

    #[test]
    fn a_filter_that_cannot_be_used_is_refused() {
        assert!(matches!(Filter::new(On::Stream, vec![], ""), Err(FilterError::Empty)));
        assert!(matches!(Filter::new(On::Stream, vec![], "("), Err(FilterError::Regex(_))));
        let endless = Filter::new(On::Stream, vec![], "(a|b|ab)*(?>c)").unwrap();
        assert!(matches!(endless.passes(&"ab".repeat(64), ""), Err(FilterError::Regex(_))));
    }
}
