//! The one table of services: what `up` runs, what `serve` can be told, what `import` hands in to, what the demonstration loads.
//! A further office is one row.

use chassis::service::{Mounted, Service, StartError};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use desk::{Importing, OnProgress};
use schema::Office;
use schema::selection::ScopeSelection;
use std::path::PathBuf;
use std::sync::Arc;

/// A service: its name in commands, and how it is mounted.
#[derive(Debug)]
pub(crate) struct Row {
    /// In commands and paths.
    pub(crate) name: &'static str,
    /// What it is, in both languages.
    about: &'static str,
    /// Whether it seals or opens personal values.
    pub(crate) keys: KeysNeeded,
    /// Its routes, once its tasks run.
    pub(crate) mount: fn(&Service, &Settings) -> Result<Vec<Mounted>, StartError>,
    /// What files can be handed in to it, each by its name in commands.
    pub(crate) files: &'static [(&'static str, Files)],
}

/// What mounting depends on beside the process.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Whether the providers shown are invented.
    pub(crate) is_demo: bool,
    /// The scopes that centre and directory hold.
    pub(crate) scopes: ScopeSelection,
    /// Where the only operations that the directory answers are listed, if it does not answer all.
    pub(crate) operations: Option<PathBuf>,
}

/// Whether a service can do without the key store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeysNeeded {
    /// It has no use for it.
    No,
    /// It shows more where it has been told of one.
    IfThere,
    /// It neither seals nor opens without.
    Yes,
}

/// The files that a service takes.
#[derive(Debug)]
pub(crate) enum Files {
    /// Divisions, or their dated changes.
    Divisions,
    /// Which days are off.
    Calendar,
    /// Dated counts of people.
    Population,
    /// What is owed to elders.
    Policy,
    /// The list of an office.
    List(List),
}

/// An office's list.
#[derive(Debug)]
pub(crate) struct List {
    /// Whose.
    pub(crate) office: Office,
    /// Hands one in within the process.
    pub(crate) import: Import,
    /// The one of the demonstration, by its file's name.
    pub(crate) demo: (&'static str, &'static [u8]),
}

/// Hands a list in within the process.
pub(crate) type Import = for<'a> fn(&Service, &[u8], &str, OnProgress<'a>) -> Importing<'a>;

/// Every service, in the order in which one needs what another wrote: divisions, offices, centre, directory.
pub(crate) const SERVICES: &[Row] = &[
    Row {
        name: ACCOUNTS,
        about: "账号与令牌 The built-in issuer of tokens",
        keys: KeysNeeded::No,
        mount: |service, _| Ok(vec![accounts::mount(service)?]),
        files: &[],
    },
    Row {
        name: "areas",
        about: "行政区划 Divisions",
        keys: KeysNeeded::No,
        mount: |service, _| Ok(vec![areas::mount(service)?]),
        files: &[("areas", Files::Divisions)],
    },
    Row {
        name: "calendar",
        about: "节假日 Holidays and working days",
        keys: KeysNeeded::No,
        mount: |service, _| Ok(vec![calendar::mount(service)?]),
        files: &[("calendar", Files::Calendar)],
    },
    Row {
        name: "persons",
        about: "个人信息 Erasing what is kept of persons",
        keys: KeysNeeded::Yes,
        mount: |service, _| Ok(vec![persons::mount(service)?]),
        files: &[],
    },
    Row {
        name: "planning",
        about: "规划 What planners bring: counts of people, what is owed to elders",
        keys: KeysNeeded::No,
        mount: |service, _| Ok(vec![planning::mount(service)?]),
        files: &[("population", Files::Population), ("policy", Files::Policy)],
    },
    Row {
        name: "clinic",
        about: "社区医院 Community clinics",
        keys: KeysNeeded::Yes,
        mount: |service, _| Ok(vec![clinic::mount(service)?]),
        files: &[(
            "clinic",
            Files::List(List {
                office: Office::Clinic,
                import: clinic::import,
                demo: ("clinic.csv", include_bytes!("../../../ops/demo/clinic.csv")),
            }),
        )],
    },
    Row {
        name: "womens-federation",
        about: "妇联 Women's federation",
        keys: KeysNeeded::Yes,
        mount: |service, _| Ok(vec![womens_federation::mount(service)?]),
        files: &[(
            "womens-federation",
            Files::List(List {
                office: Office::WomensFederation,
                import: womens_federation::import,
                demo: ("womens_federation.csv", include_bytes!("../../../ops/demo/womens_federation.csv")),
            }),
        )],
    },
    Row {
        name: "youth-league",
        about: "共青团 Youth league",
        keys: KeysNeeded::Yes,
        mount: |service, _| Ok(vec![youth_league::mount(service)?]),
        files: &[(
            "youth-league",
            Files::List(List {
                office: Office::YouthLeague,
                import: youth_league::import,
                demo: ("youth_league.csv", include_bytes!("../../../ops/demo/youth_league.csv")),
            }),
        )],
    },
    Row {
        name: "commerce",
        about: "商务 Commerce",
        keys: KeysNeeded::Yes,
        mount: |service, _| Ok(vec![commerce::mount(service)?]),
        files: &[(
            "commerce",
            Files::List(List {
                office: Office::Commerce,
                import: commerce::import,
                demo: ("commerce.csv", include_bytes!("../../../ops/demo/commerce.csv")),
            }),
        )],
    },
    Row {
        name: "center",
        about: "县服务中心 The county service centre",
        keys: KeysNeeded::Yes,
        mount: |service, settings| Ok(vec![center::mount(service, settings.scopes.clone())?]),
        files: &[],
    },
    Row {
        name: "directory",
        about: "目录与网页 GraphQL and pages",
        keys: KeysNeeded::IfThere,
        mount: |service, settings| {
            let source = directory::start(service, settings.scopes.clone())?;
            let operations = settings.operations.as_deref().map(graph::Operations::read).transpose()?;
            let serving = graph::Serving { demo: settings.is_demo, operations };
            let (mounted, answers) = graph::mount(service, source, serving)?;
            Ok(vec![mounted, pages::mount(service, Arc::new(answers), settings.is_demo)])
        },
        files: &[],
    },
];

/// The issuer, which writes what others verify tokens by.
pub(crate) const ACCOUNTS: &str = "accounts";

/// The service of a name.
fn row(name: &str) -> Option<&'static Row> {
    SERVICES.iter().find(|row| row.name == name)
}

/// Every sort of file that is taken, with what it is called and the service that takes it.
fn files() -> impl Iterator<Item = (&'static Row, &'static str, &'static Files)> {
    SERVICES.iter().flat_map(|row| row.files.iter().map(move |(name, files)| (row, *name, files)))
}

/// The offices' lists.
pub(crate) fn lists() -> impl Iterator<Item = &'static List> {
    files().filter_map(|(_, _, files)| match files {
        Files::List(list) => Some(list),
        Files::Divisions | Files::Calendar | Files::Population | Files::Policy => None,
    })
}

/// What `serve` can be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Served {
    /// The embedded log server.
    Log,
    /// A service of the table.
    Service(&'static Row),
}

/// Reads what `serve` is told.
pub(crate) fn served() -> impl TypedValueParser<Value = Served> {
    let services = SERVICES.iter().map(|row| PossibleValue::new(row.name).help(row.about));
    let log = PossibleValue::new("log").help("日志 The embedded log server");
    PossibleValuesParser::new(std::iter::once(log).chain(services))
        .map(|name| row(&name).map_or(Served::Log, Served::Service))
}

/// Reads what `import` is told: what a service takes, or an office as it is called in files.
pub(crate) fn importing() -> impl TypedValueParser<Value = &'static Files> {
    let value = |(row, name, files): (&'static Row, &'static str, &'static Files)| match files {
        Files::List(list) => PossibleValue::new(name).alias(list.office.category()).help(row.about),
        Files::Divisions | Files::Calendar => PossibleValue::new(name).help(row.about),
        Files::Population => PossibleValue::new(name).help("分村人口统计 Dated counts of people by community"),
        Files::Policy => PossibleValue::new(name).help("基本养老服务清单 What is owed to elders"),
    };
    PossibleValuesParser::new(files().map(value)).try_map(|asked| {
        let is_called = |(_, name, files): &(&Row, &str, &Files)| {
            *name == asked || matches!(files, Files::List(list) if asked == list.office.category())
        };
        files().find(is_called).map(|(_, _, files)| files).ok_or("takes no files")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_office_of_the_contract_has_one_row_under_its_own_name() {
        let offices: Vec<Office> = lists().map(|list| list.office).collect();
        assert_eq!(offices, Office::ALL);
        for list in lists() {
            let row = row(list.office.path()).unwrap();
            assert!(matches!(row.files, [(_, Files::List(own))] if own.office == list.office), "{}", row.name);
        }
        let names: BTreeSet<&str> = SERVICES.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), SERVICES.len());
    }
}
