//! What ships in `etc/` loads without a finding.

use std::{fs, path::Path, sync::Arc};

use callplan::{Assets, Finding, Site, Source, load};

/// The files of a directory.
struct Directory<'d>(&'d Path);

impl Assets for Directory<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        fs::read(self.0.join(path)).map(Into::into).map_err(|error| error.to_string())
    }
}

fn etc() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc"))
}

fn source(path: &Path) -> Source {
    Source::new(path.to_string_lossy(), fs::read_to_string(path).expect("a readable text"))
}

fn without_finding(loaded: Result<(Site, Vec<Finding>), Vec<Finding>>) -> Site {
    let show =
        |findings: &[Finding]| findings.iter().map(|finding| format!("{finding}\n\n")).collect::<String>();
    match loaded {
        Ok((site, warnings)) if warnings.is_empty() => site,
        Ok((_, findings)) | Err(findings) => panic!("{}", show(&findings)),
    }
}

#[test]
fn the_starter_site_loads_without_a_finding() {
    let mut paths: Vec<_> = fs::read_dir(etc()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let sources: Vec<_> = paths.iter().map(|path| source(path)).collect();
    let site = without_finding(load(&sources, &Directory(etc())));
    assert_eq!((site.people.len(), site.phones.len(), site.groups.len(), site.numbers.len()), (5, 7, 3, 4));
}
