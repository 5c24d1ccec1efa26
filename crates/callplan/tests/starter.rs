//! What ships in `etc/` loads without a finding, and means what its comments say.

use std::{fs, path::Path, sync::Arc};

use callplan::{Assets, Finding, Site, Source, TlsClients, Unread, describe, load};

/// The files of `etc/`, and what an operator brings: a carrier's secret, certificates.
struct Etc;

impl Assets for Etc {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        if path == "secrets/carrier" {
            return Ok(b"a password\n".as_slice().into());
        }
        if path.starts_with("tls/") {
            return Ok(b"-----BEGIN CERTIFICATE-----\n".as_slice().into());
        }
        fs::read(etc().join(path)).map(Into::into).map_err(|error| error.to_string().into())
    }
}

fn etc() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc"))
}

/// The texts of a directory whose names end so, in order.
fn texts(directory: &Path, ending: &str) -> Vec<Source> {
    let entries = fs::read_dir(directory).expect("the directory is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    let name = |path: &Path| path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    let text = |path: &Path| fs::read_to_string(path).expect("a text");
    paths.iter().map(|path| Source::new(name(path), text(path))).collect()
}

fn without_finding(sources: &[Source]) -> Site {
    let show =
        |findings: &[Finding]| findings.iter().map(|finding| format!("{finding}\n\n")).collect::<String>();
    match load(sources, &Etc) {
        Ok((site, warnings)) if warnings.is_empty() => site,
        Ok((_, findings)) | Err(findings) => panic!("{}", show(&findings)),
    }
}

fn plans(site: &Site) -> String {
    (0..site.plans.len()).map(|plan| describe(site, plan.into()).to_string()).collect()
}

#[test]
fn the_starter_site_loads_without_a_finding() {
    let site = without_finding(&texts(etc(), ".toml"));
    for test in &site.tests {
        let verdict = test.run(&site);
        assert!(verdict.is_passed(), "{}: {}\n{}", test.name, verdict.divergence.unwrap(), verdict.course);
    }
    assert_eq!((site.people.len(), site.phones.len(), site.groups.len(), site.numbers.len()), (5, 7, 3, 4));
    insta::assert_snapshot!(plans(&site));
}

/// Goal: who takes the comment signs away from TLS has TLS.
#[test]
fn the_starter_site_speaks_tls_without_its_comment_signs() {
    let mut sources = texts(etc(), ".toml");
    let site = sources.iter_mut().find(|source| &*source.name == "site.toml").expect("it ships");
    let uncommented = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.starts_with('[') || rest.split(' ').nth(1) == Some("=") => format!("{rest}\n"),
        Some(_) | None => format!("{line}\n"),
    };
    *site = Source::new("site.toml", site.text.lines().map(uncommented).collect::<String>());
    let site = without_finding(&sources);
    assert_eq!(site.listen.tls, ["127.0.0.1:5061".parse().expect("an address")]);
    assert!(site.tls.identity.is_some() && matches!(site.tls.clients, TlsClients::Asked(_)));
}

#[test]
fn every_sample_loads_alone_without_a_finding() {
    let samples = texts(&etc().join("samples"), ".toml.sample");
    assert_eq!(samples.len(), 5);
    for sample in samples {
        let name = sample.name.trim_end_matches(".toml.sample").to_owned();
        insta::assert_snapshot!(format!("sample_{name}"), plans(&without_finding(&[sample])));
    }
}
