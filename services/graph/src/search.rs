//! One field for whatever somebody typed: places, services, needs, organizations and telephone numbers.

use super::area::Area;
use super::codes::Code;
use super::errors::Fault;
use super::organization::Organization;
use super::resource::Resource;
use async_graphql::{Enum, SimpleObject};
use directory::projection::View;
use directory::read_model::ReadModel;
use directory::search::{self, Hit, What};
use places::{Asked, LONGEST, NameSort, sound, written};
use schema::needs::NEEDS;
use schema::{AreaCode, Category};
use std::sync::Arc;

/// What sort of thing was found.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchKind {
    /// A division: `area`.
    Area,
    /// A need that people have, and the category of services that is for it: `category`.
    Need,
    /// A service, by its name: `resource`.
    Service,
    /// Who provides services: `organization`, with one service in `resource`.
    Organization,
    /// A number to call: `matched`, with the service that answers it in `resource`.
    Telephone,
}

impl SearchKind {
    const ALL: [SearchKind; 5] =
        [SearchKind::Area, SearchKind::Need, SearchKind::Service, SearchKind::Organization, SearchKind::Telephone];
}

/// How what was found stands to what was typed, the surest first.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[graphql(remote = "places::Manner")]
pub enum SearchMatch {
    /// It is what was typed, but for the words that say of which sort a division is.
    Exact,
    /// What was typed is its pinyin.
    Pinyin,
    /// What was typed is the first letters of its pinyin.
    Initials,
    /// It begins with what was typed.
    Prefix,
    /// Its pinyin, or that of a part of it, begins with what was typed.
    PinyinPrefix,
    /// The first letters of its pinyin begin with what was typed.
    InitialsPrefix,
    /// It contains what was typed; a telephone number ends with it.
    Contained,
    /// It sounds as what was typed and is written otherwise.
    Homophone,
    /// It is one slip away from what was typed.
    NearSpelling,
}

/// By which of its names a division was found.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchName {
    /// Its name.
    Own,
    /// A name that people have for it.
    AlsoCalled,
    /// A name that it, or what became part of it, had before.
    Former,
}

/// Something that was found.
#[derive(SimpleObject)]
pub struct SearchHit {
    /// What sort of thing it is.
    pub kind: SearchKind,
    /// How it stands to what was typed. Ask back (是不是…) unless it is `EXACT`.
    pub how: SearchMatch,
    /// What of it fits: the name, the word for the need, or the number in E.164. Names of divisions are as they are compared.
    pub matched: String,
    /// By which of its names a division was found; null for what is none.
    pub name: Option<SearchName>,
    /// The division.
    pub area: Option<Area>,
    /// The category of services that is for the need.
    pub category: Option<Code>,
    /// The service; of an organization or a number, one that has it.
    pub resource: Option<Resource>,
    /// Who provides it.
    pub organization: Option<Organization>,
}

/// What was found, the surest first; of what fits equally, the nearest.
#[derive(SimpleObject)]
pub struct SearchResults {
    /// What was found; empty where nothing was.
    pub hits: Vec<SearchHit>,
}

/// What is asked for.
pub struct Question {
    /// What somebody typed.
    pub text: String,
    /// Only in this division.
    pub within: Option<AreaCode>,
    /// Of what fits equally, what is nearest to this first.
    pub near: Option<AreaCode>,
    /// Only of these sorts; of all when empty.
    pub kinds: Vec<SearchKind>,
    /// How many.
    pub most: usize,
}

/// Something that was found, before what it needs is read from disk.
enum Lead {
    Division { code: AreaCode, name: SearchName },
    Need { category: &'static str },
    Service { kind: SearchKind, hit: Box<Hit> },
}

type Led = (SearchMatch, SearchKind, String, Lead);

/// Answers.
///
/// # Errors
/// When the text is too long, or what was found cannot be read.
pub async fn ask(
    view: View,
    read_model: Arc<ReadModel>,
    question: Question,
) -> async_graphql::Result<SearchResults, Fault> {
    if question.text.chars().nth(LONGEST).is_some() {
        return Err(Fault::TextTooLong { most: LONGEST });
    }
    let of = view.clone();
    let led = tokio::task::spawn_blocking(move || leads(&of, &read_model, &question));
    let led = led.await.map_err(|_| Fault::NotYet)?;
    let shown = led.iter().filter_map(|(.., lead)| match lead {
        Lead::Service { hit, .. } => Some(Arc::clone(&hit.shown)),
        Lead::Division { .. } | Lead::Need { .. } => None,
    });
    let mut resources = Resource::all(&view, shown.collect()).await?.into_iter();
    let hits = led.into_iter().map(|(how, kind, matched, lead)| {
        let mut found = SearchHit {
            kind,
            how,
            matched,
            name: None,
            area: None,
            category: None,
            resource: None,
            organization: None,
        };
        match lead {
            Lead::Division { code, name } => {
                found.area = Some(Area::declared(&view, code));
                found.name = Some(name);
            }
            Lead::Need { category } => found.category = word(category),
            Lead::Service { kind, hit } => {
                found.resource = resources.next();
                found.organization = (kind == SearchKind::Organization).then(|| Organization::of(&hit.shown.resource));
            }
        }
        found
    });
    Ok(SearchResults { hits: hits.collect() })
}

/// The words of a category.
fn word(category: &str) -> Option<Code> {
    let (code, zh, en) = Category::WORDS.iter().find(|(code, ..)| *code == category)?;
    Some(Code { code: (*code).into(), zh: (*zh).into(), en: (*en).into() })
}

/// What is found of all sorts that are asked for, the surest first, each sort in the order in which it was found.
fn leads(view: &View, read_model: &ReadModel, question: &Question) -> Vec<Led> {
    let Question { text, within, near, kinds, most } = question;
    let asked = Asked { text, within: *within, near: near.or(*within), most: *most };
    let (snapshot, search) = (&view.snapshot, &read_model.search);
    let mut led: Vec<Led> = Vec::new();
    for kind in SearchKind::ALL.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)) {
        let what = match kind {
            SearchKind::Area => {
                led.extend(divisions(view, search, &asked));
                continue;
            }
            SearchKind::Need => {
                led.extend(needs(text));
                continue;
            }
            SearchKind::Service => What::Name,
            SearchKind::Organization => What::Provider,
            SearchKind::Telephone => What::Number,
        };
        let hits = search.services_by(snapshot, what, &asked).into_iter();
        led.extend(
            hits.map(|hit| (hit.manner.into(), kind, hit.matched.clone(), Lead::Service { kind, hit: Box::new(hit) })),
        );
    }
    led.sort_by_key(|(how, kind, ..)| (*how, *kind));
    led.truncate(*most);
    led
}

fn divisions(view: &View, search: &search::Search, asked: &Asked<'_>) -> Vec<Led> {
    // A code is no name, and is typed as such.
    let code = asked.text.trim().parse::<AreaCode>().ok().filter(|code| view.divisions().get(*code).is_some());
    let code = code.filter(|code| asked.within.is_none_or(|within| within.contains(*code))).map(|code| {
        let lead = Lead::Division { code, name: SearchName::Own };
        (SearchMatch::Exact, SearchKind::Area, code.to_string(), lead)
    });
    let found = search.divisions(&view.snapshot, asked).into_iter().map(|found| {
        let name = match found.sort {
            NameSort::Own | NameSort::LayIn => SearchName::Own,
            NameSort::AlsoCalled => SearchName::AlsoCalled,
            NameSort::Former => SearchName::Former,
        };
        (found.manner.into(), SearchKind::Area, found.name, Lead::Division { code: found.code, name })
    });
    code.into_iter().chain(found).collect()
}

/// The needs that a text names, each category once: by a word, by its beginning, by how it sounds, or with something around it.
fn needs(text: &str) -> Vec<Led> {
    let text = written::normal(text);
    if text.is_empty() {
        return Vec::new();
    }
    let letters = sound::reading(&text).letters;
    let mut found: Vec<Led> = Vec::new();
    for need in NEEDS {
        let words = need.words.iter().chain(std::iter::once(&need.category));
        let fits = words.filter_map(|word| {
            let said = text.contains(word).then_some(places::Manner::Contained);
            // One letter is the beginning of anything.
            let is_long_enough = written::has_han(&text) || text.len() > 2;
            let manner = search::fits(word, &text, &letters).filter(|_| is_long_enough);
            Some((SearchMatch::from(manner.into_iter().chain(said).min()?), *word))
        });
        if let Some((how, word)) = fits.min_by_key(|(how, word)| (*how, word.chars().count())) {
            found.push((how, SearchKind::Need, word.to_owned(), Lead::Need { category: need.category }));
        }
    }
    found.sort_by_key(|(how, ..)| *how);
    found
}
