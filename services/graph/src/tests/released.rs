//! What is other in the schema than in the last release, and that `schema/CHANGES.md` says so.

use crate::execution::sdl;
use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use std::collections::{BTreeMap, BTreeSet};

const RELEASED: &str = include_str!("../../../../schema/released/directory-0.1.graphql");
const CHANGES: &str = include_str!("../../../../schema/CHANGES.md");

/// A difference, by the coordinate of what differs (`Type`, `Type.field`, `Type.field(argument:)`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// Something that a client may send or expect is so no longer.
    Breaking(String),
    /// Whoever does not know of it goes on as before.
    Additive(String),
}

fn types(document: &ServiceDocument) -> BTreeMap<String, &TypeDefinition> {
    let types = document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(of) => Some((of.node.name.node.to_string(), &of.node)),
        _ => None,
    });
    // Those of a federation of graphs are its own.
    types.filter(|(name, _)| !name.starts_with('_')).collect()
}

/// Whether what is read goes on fitting when a type becomes another.
fn reads_on(before: &Type, now: &Type) -> bool {
    let base = match (&before.base, &now.base) {
        (BaseType::List(before), BaseType::List(now)) => reads_on(before, now),
        (before, now) => before == now,
    };
    base && (before.nullable || !now.nullable)
}

struct Differing {
    found: BTreeSet<Difference>,
}

impl Differing {
    fn breaks(&mut self, at: impl Into<String>) {
        self.found.insert(Difference::Breaking(at.into()));
    }

    fn adds(&mut self, at: impl Into<String>) {
        self.found.insert(Difference::Additive(at.into()));
    }

    fn names<'a, T>(
        &mut self,
        before: &'a [Positioned<T>],
        now: &'a [Positioned<T>],
        name: impl Fn(&T) -> String,
        at: impl Fn(&str) -> String,
        is_addition: impl Fn(&T) -> bool,
    ) -> Vec<(String, &'a T, &'a T)> {
        let before: BTreeMap<String, &T> = before.iter().map(|one| (name(&one.node), &one.node)).collect();
        let now: BTreeMap<String, &T> = now.iter().map(|one| (name(&one.node), &one.node)).collect();
        for gone in before.keys().filter(|name| !now.contains_key(*name)) {
            self.breaks(at(gone));
        }
        for (new, one) in now.iter().filter(|(name, _)| !before.contains_key(*name)) {
            if is_addition(one) { self.adds(at(new)) } else { self.breaks(at(new)) }
        }
        before.into_iter().filter_map(|(name, before)| Some((at(&name), before, *now.get(&name)?))).collect()
    }

    /// Arguments, or the fields of an input.
    fn inputs(
        &mut self,
        before: &[Positioned<InputValueDefinition>],
        now: &[Positioned<InputValueDefinition>],
        at: impl Fn(&str) -> String,
    ) {
        let may_be_left_out = |input: &InputValueDefinition| input.ty.node.nullable || input.default_value.is_some();
        for (at, before, now) in self.names(before, now, |input| input.name.node.to_string(), at, may_be_left_out) {
            if before.ty.node != now.ty.node {
                // What was good to send must stay so.
                if reads_on(&now.ty.node, &before.ty.node) { self.adds(at) } else { self.breaks(at) }
            } else if before.default_value.as_ref().map(|of| &of.node) != now.default_value.as_ref().map(|of| &of.node)
            {
                self.breaks(at);
            }
        }
    }

    fn fields(&mut self, of: &str, before: &[Positioned<FieldDefinition>], now: &[Positioned<FieldDefinition>]) {
        let at = |name: &str| format!("{of}.{name}");
        for (at, before, now) in self.names(before, now, |field| field.name.node.to_string(), at, |_| true) {
            if before.ty.node != now.ty.node {
                if reads_on(&before.ty.node, &now.ty.node) { self.adds(&*at) } else { self.breaks(&*at) }
            }
            if !is_deprecated(&before.directives) && is_deprecated(&now.directives) {
                self.adds(&*at);
            }
            self.inputs(&before.arguments, &now.arguments, |name| format!("{at}({name}:)"));
        }
    }

    fn of(before: &str, now: &str) -> BTreeSet<Difference> {
        let (before, now) = (parse_schema(before).unwrap(), parse_schema(now).unwrap());
        let (before, now) = (types(&before), types(&now));
        let mut differing = Differing { found: BTreeSet::new() };
        for gone in before.keys().filter(|name| !now.contains_key(*name)) {
            differing.breaks(gone.clone());
        }
        for new in now.keys().filter(|name| !before.contains_key(*name)) {
            differing.adds(new.clone());
        }
        for (name, before) in before {
            let Some(now) = now.get(&name) else { continue };
            let at = |member: &str| format!("{name}.{member}");
            match (&before.kind, &now.kind) {
                (TypeKind::Object(before), TypeKind::Object(now)) => {
                    differing.names(
                        &before.implements,
                        &now.implements,
                        ToString::to_string,
                        |of| format!("{name} implements {of}"),
                        |_| true,
                    );
                    differing.fields(&name, &before.fields, &now.fields);
                }
                (TypeKind::Interface(before), TypeKind::Interface(now)) => {
                    differing.fields(&name, &before.fields, &now.fields);
                }
                (TypeKind::InputObject(before), TypeKind::InputObject(now)) => {
                    differing.inputs(&before.fields, &now.fields, at);
                }
                (TypeKind::Enum(before), TypeKind::Enum(now)) => {
                    differing.names(&before.values, &now.values, |value| value.value.node.to_string(), at, |_| true);
                }
                (TypeKind::Union(before), TypeKind::Union(now)) => {
                    differing.names(&before.members, &now.members, ToString::to_string, at, |_| true);
                }
                (TypeKind::Scalar, TypeKind::Scalar) => {}
                _ => differing.breaks(name.clone()),
            }
        }
        differing.found
    }
}

fn is_deprecated(directives: &[Positioned<ConstDirective>]) -> bool {
    directives.iter().any(|directive| directive.node.name.node == "deprecated")
}

/// What the changelog says since the last release: the coordinates that stand first in its lines.
fn listed() -> BTreeSet<Difference> {
    let unreleased = CHANGES.split_once("\n## Since 0.1").unwrap().1;
    let unreleased = unreleased.split("\n## ").next().unwrap();
    let mut breaking = None;
    let mut listed = BTreeSet::new();
    for line in unreleased.lines() {
        match line {
            "### Breaking" => breaking = Some(true),
            "### Added" => breaking = Some(false),
            _ => {}
        }
        let Some(item) = line.strip_prefix("- ") else { continue };
        let said = item.split_once(": ").map_or(item, |(said, _)| said);
        for at in said.split('`').skip(1).step_by(2) {
            let at = at.to_owned();
            listed.insert(if breaking.unwrap() { Difference::Breaking(at) } else { Difference::Additive(at) });
        }
    }
    listed
}

#[test]
fn whatever_is_other_than_in_the_last_release_stands_in_the_changelog_and_nothing_else() {
    let (differing, listed) = (Differing::of(RELEASED, &sdl()), listed());
    let silent: Vec<_> = differing.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&differing).collect();
    assert!(silent.is_empty() && stale.is_empty(), "schema/CHANGES.md does not say {silent:#?}, and says {stale:#?}");
}

#[test]
fn what_is_deprecated_says_what_to_use_instead() {
    for line in sdl().lines().filter(|line| line.contains("@deprecated") && !line.starts_with("directive")) {
        assert!(line.contains("@deprecated(reason: \""), "{line}");
    }
}

#[test]
fn every_scalar_says_where_it_is_specified() {
    const OURS: &str = include_str!("../../../../schema/SCALARS.md");
    for line in sdl().lines().filter(|line| line.starts_with("scalar ") && !line.starts_with("scalar _")) {
        let (_, specified) = line.split_once("@specifiedBy(url: \"").unwrap_or_else(|| panic!("{line}"));
        let url = specified.trim_end_matches("\")");
        assert!(url.starts_with("https://www.rfc-editor.org/rfc/") || OURS.contains(&format!("`{url}`")), "{line}");
    }
}

#[test]
fn what_breaks_a_client_is_told_from_what_it_need_not_know() {
    use Difference::{Additive, Breaking};
    let before = "type Query { a: Int b(x: Int y: Int! z: Int = 1): Int! c: [Int!] d: E gone: Int } enum E { A B } type Gone { a: Int } \
                  input I { a: Int } interface N { id: ID! }";
    for (now, expected) in [
        (before.replace("a: Int b(", "a: Int! b("), vec![Additive("Query.a".into())]),
        (before.replace("): Int!", "): Int"), vec![Breaking("Query.b".into())]),
        (before.replace("[Int!]", "[Int]"), vec![Breaking("Query.c".into())]),
        (before.replace(" gone: Int", ""), vec![Breaking("Query.gone".into())]),
        (before.replace("gone: Int", "gone: Int new: Int"), vec![Additive("Query.new".into())]),
        (before.replace("gone: Int", "gone: Int @deprecated(reason: \"a\")"), vec![Additive("Query.gone".into())]),
        (before.replace("y: Int!", "y: Int"), vec![Additive("Query.b(y:)".into())]),
        (before.replace("(x: Int ", "(x: Int! "), vec![Breaking("Query.b(x:)".into())]),
        (before.replace("(x: Int ", "("), vec![Breaking("Query.b(x:)".into())]),
        (before.replace("(x: Int ", "(x: Int n: Int "), vec![Additive("Query.b(n:)".into())]),
        (before.replace("(x: Int ", "(x: Int n: Int! "), vec![Breaking("Query.b(n:)".into())]),
        (before.replace("z: Int = 1", "z: Int = 2"), vec![Breaking("Query.b(z:)".into())]),
        (before.replace("{ A B }", "{ A }"), vec![Breaking("E.B".into())]),
        (before.replace("{ A B }", "{ A B C }"), vec![Additive("E.C".into())]),
        (
            before.replace("type Gone { a: Int }", "type New { a: Int }"),
            vec![Breaking("Gone".into()), Additive("New".into())],
        ),
        (before.replace("type Gone { a: Int }", "scalar Gone"), vec![Breaking("Gone".into())]),
        (
            before.replace("type Gone {", "type Gone implements N { id: ID!"),
            vec![Additive("Gone implements N".into()), Additive("Gone.id".into())],
        ),
        (before.replace("input I { a: Int }", "input I { a: Int b: Int! }"), vec![Breaking("I.b".into())]),
    ] {
        assert_eq!(Differing::of(before, &now).into_iter().collect::<Vec<_>>(), expected, "{now}");
    }
}
