//! Divisions as pages name them and lead to them.

use super::ask::Nodes;
use serde::Deserialize;

/// A division as the directory names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Area {
    /// Its code.
    pub code: String,
    /// Its full name.
    pub name: String,
    /// `PROVINCE` to `VILLAGE`.
    #[serde(default)]
    pub level: String,
    /// Whether it stands: `STANDS`, or what became of it.
    #[serde(default)]
    pub status: String,
    /// What it went over into.
    #[serde(default)]
    pub successors: Vec<Step>,
    /// From the province down to the division itself.
    #[serde(default)]
    pub path: Vec<Step>,
    /// The divisions directly below.
    #[serde(default)]
    pub children: Nodes<Step>,
}

/// One step on the way to a division.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// Its code.
    pub code: String,
    /// Its full name.
    pub name: String,
}

/// A place to go on to.
pub struct PlaceLink {
    /// Its page.
    pub href: String,
    /// Its code.
    pub code: String,
    /// Its short name.
    pub name: String,
    /// What lies above it.
    pub path: String,
}

/// The community's name as people say it: the committee's name without the committee.
pub fn short(name: &str) -> String {
    if let Some(village) = name.strip_suffix("村委会").or_else(|| name.strip_suffix("村民委员会")) {
        return if village.ends_with('村') { village.to_owned() } else { format!("{village}村") };
    }
    match name.strip_suffix("居委会").or_else(|| name.strip_suffix("社区居民委员会")) {
        Some(community) if community.ends_with("社区") => community.to_owned(),
        Some(community) if !community.is_empty() => format!("{community}社区"),
        _ => name.to_owned(),
    }
}

/// The way to a division, with what lies above it.
pub fn link(area: &Area) -> PlaceLink {
    let above: Vec<&str> = area
        .path
        .iter()
        .filter(|step| step.code != area.code && !step.code.ends_with("0000000000"))
        .map(|step| step.name.as_str())
        .collect();
    PlaceLink {
        href: format!("/communities/{}", area.code),
        code: area.code.clone(),
        name: short(&area.name),
        path: above.join(" › "),
    }
}

/// The divisions above one, from the county down: everybody knows their province and city.
pub fn above<'a>(path: &'a [Step], code: &'a str) -> impl Iterator<Item = &'a Step> {
    path.iter().skip(2).filter(move |step| step.code != code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_called_as_people_call_it() {
        for (listed, called) in [
            ("大李官营村委会", "大李官营村"),
            ("前村村委会", "前村"),
            ("金山社区居委会", "金山社区"),
            ("迎宾路居委会", "迎宾路社区"),
            ("榆关镇", "榆关镇"),
        ] {
            assert_eq!(short(listed), called);
        }
    }
}
