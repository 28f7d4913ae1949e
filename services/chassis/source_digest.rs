// For the build scripts of services that believe what an earlier run of the same source left behind: the source by a name, a digest.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Gives a crate the digest of some sources, paths from its own folder, in an environment variable of its build.
fn name_sources(variable: &str, sources: &[&str]) -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut digest = DefaultHasher::new();
    for source in sources {
        println!("cargo::rerun-if-changed={source}");
        add(&here.join(source), &mut digest)?;
    }
    println!("cargo::rustc-env={variable}={:016x}", digest.finish());
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
