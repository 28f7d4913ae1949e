//! Gives the rules that this centre decides and publishes by a name: a digest of their source. A start believes a
//! checkpoint of the same rules alone (`scope`).

include!("../chassis/source_digest.rs");

/// What decisions and publications follow from, beside the versions of what comes from elsewhere.
const SOURCES: &[&str] = &["src", "../offers/src", "../chassis/src", "../../schema/src", "../../Cargo.lock"];

fn main() -> io::Result<()> {
    name_sources("CENTER_RULES", SOURCES)
}
