//! Relay connections: a page of a list, opaque cursors, the total.

use super::errors::Fault;
use async_graphql::SimpleObject;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// How many are given when a question does not say.
pub const USUAL: i32 = 20;
/// The most that can be asked for at once.
pub const MOST: i32 = 1000;

/// What stands before and behind a page of a list, as Relay asks it.
#[derive(SimpleObject)]
// Every subgraph of a federation has one.
#[graphql(shareable)]
pub struct PageInfo {
    /// Whether something stands before this page.
    pub has_previous_page: bool,
    /// Whether something stands behind it: go on with `endCursor` as `after`.
    pub has_next_page: bool,
    /// The cursor of the first on this page; null when the page is empty.
    pub start_cursor: Option<String>,
    /// The cursor of the last on this page; null when the page is empty.
    pub end_cursor: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it, each with its cursor.
    pub items: Vec<(String, T)>,
    /// Whether something stands before it.
    pub has_previous: bool,
    /// Whether something stands behind it.
    pub has_next: bool,
    /// How many the list holds.
    pub total: usize,
}

impl<T> Page<T> {
    /// The page behind `after` of a list that is in the order in which its items stand behind one another.
    pub fn of<K>(
        items: impl IntoIterator<Item = T>,
        cursor: impl Fn(&T) -> String,
        after: Option<K>,
        is_behind: impl Fn(&T, &K) -> bool,
        first: Option<i32>,
    ) -> Result<Page<T>, Fault> {
        let most = how_many(first)?;
        let mut page = Page { items: Vec::with_capacity(most.min(64)), has_previous: false, has_next: false, total: 0 };
        for item in items {
            page.total += 1;
            if after.as_ref().is_some_and(|after| !is_behind(&item, after)) {
                page.has_previous = true;
            } else if page.items.len() < most {
                page.items.push((cursor(&item), item));
            } else {
                page.has_next = true;
            }
        }
        Ok(page)
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(|(cursor, item)| (cursor, change(item))).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
            total: self.total,
        }
    }

    /// The same page of something else that was made of all its items, in their order.
    pub fn of_items<U>(self, items: Vec<U>) -> Page<U> {
        let cursors = self.items.into_iter().map(|(cursor, _)| cursor);
        Page {
            items: cursors.zip(items).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
            total: self.total,
        }
    }

    /// What Relay wants to know of it.
    pub fn info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: self.items.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: self.items.last().map(|(cursor, _)| cursor.clone()),
        }
    }

    /// How many the list holds, as GraphQL counts.
    pub fn total(&self) -> i32 {
        count(self.total)
    }
}

/// A number of things, as GraphQL counts.
pub fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// How many to give.
pub fn how_many(first: Option<i32>) -> Result<usize, Fault> {
    let first = first.unwrap_or(USUAL);
    if first > MOST {
        return Err(Fault::FirstOutOfRange { first, most: MOST });
    }
    usize::try_from(first).map_err(|_| Fault::FirstOutOfRange { first, most: MOST })
}

/// What a list of children costs in a question's complexity.
pub fn cost(first: Option<i32>, child: usize) -> usize {
    how_many(first).unwrap_or(0).saturating_mul(child).saturating_add(1)
}

/// Hides the parts of a key in a cursor.
pub fn seal(parts: &[&str]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(parts.join("\u{0}"))
}

/// The parts of a key, from the cursor that hides them.
pub fn open<const N: usize>(cursor: &str) -> Result<[String; N], Fault> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Fault::BadCursor)?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::BadCursor)?;
    let parts: Vec<String> = text.split('\u{0}').map(str::to_owned).collect();
    parts.try_into().map_err(|_| Fault::BadCursor)
}

/// Declares the connection of one object type and its edge.
macro_rules! connection {
    ($(#[$doc:meta])* $connection:ident, $(#[$edge_doc:meta])* $edge:ident, $node:ty) => {
        $(#[$doc])*
        pub struct $connection(pub $crate::paging::Page<$node>);

        $(#[$doc])*
        #[async_graphql::Object]
        impl $connection {
            /// What is on this page, each with its cursor.
            async fn edges(&self) -> Vec<$edge> {
                self.0.items.iter().map(|(cursor, node)| $edge { cursor: cursor.clone(), node: node.clone() }).collect()
            }

            /// What is on this page.
            async fn nodes(&self) -> Vec<$node> {
                self.0.items.iter().map(|(_, node)| node.clone()).collect()
            }

            /// What stands before and behind this page.
            async fn page_info(&self) -> $crate::paging::PageInfo {
                self.0.info()
            }

            /// How many there are on all pages.
            async fn total_count(&self) -> i32 {
                self.0.total()
            }
        }

        $(#[$edge_doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// Pass it as `after` to go on behind this one.
            pub cursor: String,
            /// The thing itself.
            pub node: $node,
        }
    };
}

pub(super) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_behind_a_cursor_goes_on_even_when_its_item_has_gone() {
        let page = |list: &[u32], after| {
            Page::of(list.to_vec(), u32::to_string, after, |n, after| n > after, Some(2)).unwrap()
        };
        let first = page(&[1, 2, 3, 4, 5], None);
        assert_eq!((first.total, first.has_previous, first.has_next), (5, false, true));
        assert_eq!(first.info().end_cursor.as_deref(), Some("2"));
        let second = page(&[1, 3, 4, 5], Some(2));
        assert_eq!(second.items.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [3, 4]);
        assert!(second.has_previous && second.has_next);
    }

    #[test]
    fn more_than_can_be_asked_for_is_refused() {
        assert_eq!(how_many(Some(MOST + 1)), Err(Fault::FirstOutOfRange { first: MOST + 1, most: MOST }));
        assert_eq!(how_many(Some(-1)), Err(Fault::FirstOutOfRange { first: -1, most: MOST }));
        assert_eq!(how_many(None), Ok(20));
    }

    #[test]
    fn a_cursor_gives_back_its_parts_and_nothing_else_passes_for_one() {
        let cursor = seal(&["助餐", "大李官营", "x"]);
        assert_eq!(open::<3>(&cursor).unwrap(), ["助餐", "大李官营", "x"]);
        assert_eq!(open::<2>(&cursor), Err(Fault::BadCursor));
        assert_eq!(open::<3>("%%"), Err(Fault::BadCursor));
    }
}
