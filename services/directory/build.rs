//! Gives the source that an image of the directory is written by a name, a digest: an image of another is not believed
//! (`image`).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What the fold and its image follow from, beside the versions of what comes from elsewhere.
const SOURCES: &[&str] = &["src", "../offers/src", "../../schema/src", "../../Cargo.lock"];

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut digest = DefaultHasher::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        add(&here.join(source), &mut digest)?;
    }
    println!("cargo::rustc-env=DIRECTORY_SOURCE={:016x}", digest.finish());
    Ok(())
}

/// Adds a file, or all files below a folder in the order of their names.
fn add(path: &Path, digest: &mut DefaultHasher) -> io::Result<()> {
    if !path.is_dir() {
        path.file_name().hash(digest);
        fs::read(path)?.hash(digest);
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    inside.sort();
    inside.iter().try_for_each(|path| add(path, digest))
}
