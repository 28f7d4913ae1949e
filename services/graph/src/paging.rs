//! Relay connections: a page of a list, opaque cursors, the total.

use super::errors::Fault;
use super::prepared;
use async_graphql::{Context, SimpleObject};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::cmp::Ordering;
use std::collections::VecDeque;

/// How many are given when a question does not say.
pub const USUAL: i32 = 20;
/// The most that can be asked for at once.
pub const MOST: i32 = 1000;

/// What stands before and behind a page of a list, as Relay asks it.
#[derive(SimpleObject, prepared::Fields)]
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

/// Which part of a list is asked for, as Relay's clients ask: a number from one end, between two cursors.
#[derive(Clone, Debug)]
pub struct Window<K = String> {
    /// So many from the beginning.
    pub first: Option<i32>,
    /// Behind this.
    pub after: Option<K>,
    /// So many from the end, of those that `first` leaves.
    pub last: Option<i32>,
    /// Before this.
    pub before: Option<K>,
    /// Whether it is asked how many the whole list holds, which costs looking at all of it.
    pub is_counted: bool,
}

impl Window {
    /// The same, with its cursors read.
    pub fn read<K>(self, read: impl Fn(String) -> Result<K, Fault>) -> Result<Window<K>, Fault> {
        Ok(Window {
            first: self.first,
            after: self.after.map(&read).transpose()?,
            last: self.last,
            before: self.before.map(&read).transpose()?,
            is_counted: self.is_counted,
        })
    }
}

impl<K> Window<K> {
    /// How many at most from the beginning, and of these from the end. Who says neither gets the usual number: the last ones where
    /// only `before` is said, else the first ones.
    fn sizes(&self) -> Result<(Option<usize>, Option<usize>), Fault> {
        let (first, last) = match (self.first, self.last) {
            (None, None) if self.before.is_some() && self.after.is_none() => (None, Some(USUAL)),
            (None, None) => (Some(USUAL), None),
            said => said,
        };
        let last = last.map(|last| how_many(Some(last)).map_err(|_| Fault::LastOutOfRange { last, most: MOST }));
        Ok((first.map(|first| how_many(Some(first))).transpose()?, last.transpose()?))
    }
}

/// Whether the field being resolved is asked how many its list holds.
pub fn is_counted(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
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
    /// How many the list holds; fewer where that was not asked.
    pub total: usize,
}

impl<T> Page<T> {
    /// The page of a list that a window shows. `place` says how an item stands to what a cursor names, in the list's order; what the
    /// cursor names need not be there any more.
    pub fn of<K>(
        items: impl IntoIterator<Item = T>,
        cursor: impl Fn(&T) -> String,
        window: &Window<K>,
        place: impl Fn(&T, &K) -> Ordering,
    ) -> Result<Page<T>, Fault> {
        let (first, last) = window.sizes()?;
        let mut page = Page { items: Vec::new(), has_previous: false, has_next: false, total: 0 };
        let mut kept = VecDeque::new();
        let mut taken = 0;
        for item in items {
            page.total += 1;
            if window.after.as_ref().is_some_and(|after| place(&item, after).is_le()) {
                page.has_previous = true;
                continue;
            }
            let is_beyond = window.before.as_ref().is_some_and(|before| place(&item, before).is_ge());
            if is_beyond || first == Some(taken) {
                page.has_next = true;
                if window.is_counted {
                    continue;
                }
                break;
            }
            taken += 1;
            kept.push_back(item);
            if last.is_some_and(|last| kept.len() > last) {
                kept.pop_front();
                page.has_previous = true;
            }
        }
        page.items = kept.into_iter().map(|item| (cursor(&item), item)).collect();
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

/// What a page of children costs in a question's complexity.
pub fn page_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    cost(first.into_iter().chain(last).min(), child)
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
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn window(first: Option<i32>, after: Option<u32>, last: Option<i32>, before: Option<u32>) -> Window<u32> {
        Window { first, after, last, before, is_counted: true }
    }

    fn page(list: &[u32], window: &Window<u32>) -> Page<u32> {
        Page::of(list.to_vec(), u32::to_string, window, u32::cmp).unwrap()
    }

    fn items(page: &Page<u32>) -> Vec<u32> {
        page.items.iter().map(|(_, item)| *item).collect()
    }

    #[test]
    fn the_page_behind_a_cursor_goes_on_even_when_its_item_has_gone() {
        let first = page(&[1, 2, 3, 4, 5], &window(Some(2), None, None, None));
        assert_eq!((first.total, first.has_previous, first.has_next), (5, false, true));
        assert_eq!(first.info().end_cursor.as_deref(), Some("2"));
        let second = page(&[1, 3, 4, 5], &window(Some(2), Some(2), None, None));
        assert_eq!(items(&second), [3, 4]);
        assert!(second.has_previous && second.has_next);
    }

    /// Relay's algorithm (GraphQL Cursor Connections Specification, 4.4), with its cases that are easily forgotten.
    #[test]
    fn a_window_shows_what_relay_says_that_it_shows() {
        let list = [1, 2, 3, 4, 5];
        for (first, after, last, before, shown, has_previous, has_next) in [
            (None, None, None, None, &[1, 2, 3, 4, 5][..], false, false),
            (Some(2), None, None, None, &[1, 2], false, true),
            (Some(0), None, None, None, &[], false, true),
            (Some(9), None, None, None, &[1, 2, 3, 4, 5], false, false),
            (Some(2), Some(4), None, None, &[5], true, false),
            (Some(2), Some(5), None, None, &[], true, false),
            (None, None, Some(2), None, &[4, 5], true, false),
            (None, None, Some(0), None, &[], true, false),
            (None, None, Some(9), None, &[1, 2, 3, 4, 5], false, false),
            (None, None, Some(2), Some(4), &[2, 3], true, true),
            (None, None, Some(2), Some(2), &[1], false, true),
            (None, None, Some(2), Some(1), &[], false, true),
            (None, None, None, Some(4), &[1, 2, 3], false, true),
            (None, Some(1), None, Some(5), &[2, 3, 4], true, true),
            (Some(1), Some(1), None, Some(5), &[2], true, true),
            (None, Some(1), Some(1), Some(5), &[4], true, true),
            // Both: the last two of the first four.
            (Some(4), None, Some(2), None, &[3, 4], true, true),
            (Some(2), None, Some(4), None, &[1, 2], false, true),
            // The wrong way round there is nothing between.
            (Some(2), Some(4), None, Some(2), &[], true, true),
        ] {
            let page = page(&list, &window(first, after, last, before));
            let said = format!("first {first:?} after {after:?} last {last:?} before {before:?}");
            assert_eq!(items(&page), shown, "{said}");
            assert_eq!((page.has_previous, page.has_next, page.total), (has_previous, has_next, 5), "{said}");
        }
        let long: Vec<u32> = (0..100).collect();
        assert_eq!(items(&page(&long, &window(None, None, None, Some(50)))), (30..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_list_that_is_not_counted_is_looked_at_no_further_than_its_page() {
        let mut looked_at = 0;
        let list = (1..1_000_u32).inspect(|_| looked_at += 1);
        let window = Window { is_counted: false, ..window(Some(3), Some(10), None, None) };
        let page = Page::of(list, u32::to_string, &window, u32::cmp).unwrap();
        assert_eq!((items(&page), page.has_next, looked_at), (vec![11, 12, 13], true, 14));
    }

    proptest! {
        /// Whatever goes and comes between two pages: what stays all along is met once, either way.
        #[test]
        fn a_walk_backwards_is_a_walk_forwards_in_reverse(
            list in vec(0..200_u32, 0..60),
            gone in vec(0..200_u32, 0..20),
            size in 1..9_i32,
            is_counted: bool,
        ) {
            let list: Vec<u32> = list.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
            let rest: Vec<u32> = list.iter().copied().filter(|item| !gone.contains(item)).collect();
            // Items go once the walk has begun.
            let walk = |backwards: bool| {
                let (mut met, mut cursor, mut list) = (Vec::new(), None, &list);
                loop {
                    let (first, last) = if backwards { (None, Some(size)) } else { (Some(size), None) };
                    let (after, before) = if backwards { (None, cursor) } else { (cursor, None) };
                    let window = Window { is_counted, ..window(first, after, last, before) };
                    let page = page(list, &window);
                    let mut on_it = items(&page);
                    let more = if backwards { page.has_previous } else { page.has_next };
                    // There is more if the next page says so by holding something.
                    let next = if backwards { on_it.first() } else { on_it.last() };
                    cursor = next.copied().or(cursor);
                    if backwards {
                        on_it.reverse();
                    }
                    met.extend(on_it);
                    if !more {
                        return met;
                    }
                    list = &rest;
                }
            };
            let (forwards, backwards) = (walk(false), walk(true));
            let staying = |met: &[u32]| met.iter().copied().filter(|item| !gone.contains(item)).collect::<Vec<_>>();
            let mut reversed = staying(&backwards);
            reversed.reverse();
            prop_assert_eq!(staying(&forwards), &rest[..]);
            prop_assert_eq!(reversed, rest);
            prop_assert_eq!(forwards.iter().collect::<BTreeSet<_>>().len(), forwards.len());
        }
    }

    #[test]
    fn more_than_can_be_asked_for_is_refused() {
        assert_eq!(how_many(Some(MOST + 1)), Err(Fault::FirstOutOfRange { first: MOST + 1, most: MOST }));
        assert_eq!(how_many(Some(-1)), Err(Fault::FirstOutOfRange { first: -1, most: MOST }));
        assert_eq!(how_many(None), Ok(20));
        let asked = |last| Page::of([1], u32::to_string, &window(None, None, Some(last), None), u32::cmp).unwrap_err();
        assert_eq!(asked(MOST + 1), Fault::LastOutOfRange { last: MOST + 1, most: MOST });
        assert_eq!(asked(-1).code(), "LAST_OUT_OF_RANGE");
    }

    #[test]
    fn a_cursor_gives_back_its_parts_and_nothing_else_passes_for_one() {
        let cursor = seal(&["助餐", "大李官营", "x"]);
        assert_eq!(open::<3>(&cursor).unwrap(), ["助餐", "大李官营", "x"]);
        assert_eq!(open::<2>(&cursor), Err(Fault::BadCursor));
        assert_eq!(open::<3>("%%"), Err(Fault::BadCursor));
    }
}
