//! Lists the files of the starter site, `etc/`, so that `ringplan demo` carries them in the binary.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"));
    let etc = here.join("../../etc").canonicalize().expect("the starter site lies in etc/");
    println!("cargo::rerun-if-changed={}", etc.display());
    let mut list = String::from("&[\n");
    add(&etc, &etc, &mut list);
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    fs::write(out.join("etc.rs"), list).expect("the build directory can be written");
}

fn add(root: &Path, folder: &Path, list: &mut String) {
    let entries = fs::read_dir(folder).expect("etc/ can be read");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("etc/ can be read").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add(root, &path, list);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            writeln!(list, "    ({name:?}, include_bytes!({path:?})),").expect("a string takes everything");
        }
    }
}
