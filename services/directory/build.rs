//! Gives the source that an image of the directory is written by a name, a digest: an image of another is not believed
//! (`image`).

include!("../chassis/source_digest.rs");

/// What the fold and its image follow from, beside the versions of what comes from elsewhere.
const SOURCES: &[&str] = &["src", "../offers/src", "../../schema/src", "../../Cargo.lock"];

fn main() -> io::Result<()> {
    name_sources("DIRECTORY_SOURCE", SOURCES)
}
