//! From texts to a site, or to everything that keeps them from being one.

use std::sync::Arc;

use crate::{
    check::{Whole, check},
    compile::{Drafts, compile},
    finding::{Code, Finding},
    model::{Lookup, Site},
    parse::{Extensions, Findings, Names, Place, Reader, Sections, merge, trees},
    source::{Assets, Source},
};
use sha2::Digest;

/// The largest config, all texts together, in bytes.
pub const CONFIG_BYTES_MAX: usize = 64 << 20;

/// Reads, checks and compiles a config.
///
/// The texts are merged by table, in any order; ids follow the order of writing. Files that they name are
/// read through `assets`.
///
/// # Errors
/// Every finding of the config at once, warnings included, when at least one is an error. The config is at
/// fault. A site comes with its warnings.
pub fn load(sources: &[Source], assets: &dyn Assets) -> Result<(Site, Vec<Finding>), Vec<Finding>> {
    let mut found = Findings::default();
    if sources.iter().map(|source| source.text.len()).sum::<usize>() > CONFIG_BYTES_MAX {
        let text = found.add_text("config".into(), "".into());
        let message = format!("the config is larger than {} MiB", CONFIG_BYTES_MAX >> 20);
        found.report(Code::TooLarge, Place::new(text, 0..0), message, "");
        return Err(found.finish());
    }
    let trees = trees(sources, &mut found);
    if sources.is_empty() {
        found.add_text("config".into(), "".into());
    }
    let mut sections = merge(&trees, &mut found);
    let names = Names::declare(&mut sections, &mut found);
    let site = read(sources, sections, &names, assets, &mut found);
    let refused = found.refuses();
    let findings = found.finish();
    if refused { Err(findings) } else { Ok((site, findings)) }
}

/// Reads everything, compiles it and checks the whole. What it returns is only good if nothing was found
/// that refuses it.
fn read<'a>(
    sources: &[Source],
    mut sections: Sections<'a>,
    names: &'a Names<'a>,
    assets: &'a dyn Assets,
    found: &'a mut Findings,
) -> Site {
    let mut reader = Reader::new(names, assets, found);
    for source in sources {
        reader.count_in(&source.name, source.text.as_bytes());
    }
    let basics = reader.site(&mut sections);
    let listen = reader.listen(&mut sections);
    let limits = reader.limits(&mut sections);
    reader.all_prompts();
    let trunks = reader.trunks();
    let dial = reader.dial();
    let emergency = reader.emergency(&mut sections, basics.country);
    let lists = reader.lists();
    let hours = reader.all_hours(&basics.timezone);

    let mut extensions = Extensions::default();
    let mut people = reader.people(&mut sections, &limits, &mut extensions);
    let secrets = reader.phone_secrets(basics.phone_secrets, basics.place);
    let phones = reader.phones(&secrets, &mut people, &mut extensions);
    let groups = reader.groups(&mut extensions);
    let mailboxes = reader.mailboxes();
    let menus = reader.menus();
    let plans = reader.plans();
    let numbers = reader.numbers();

    let drafts = Drafts {
        names,
        site: &basics,
        plans: &plans,
        numbers: &numbers,
        menus: &menus,
        groups: &groups,
        people: &people,
        phones: &phones,
    };
    let graph = compile(&drafts, reader.found);
    let Reader { found, prompts, classes, hash, .. } = reader;
    let site = Site {
        version: 0,
        hash: hash.finalize().into(),
        by_number: lookup(numbers.iter().map(|(number, _)| number.e164.to_string().into())),
        by_extension: extensions.0.into_iter().map(|(ext, (owner, _))| (ext, owner)).collect(),
        phone_names: lookup(phones.iter().map(|phone| Arc::clone(&phone.name))),
        person_names: lookup(people.iter().map(|person| Arc::clone(&person.name))),
        group_names: lookup(groups.iter().map(|(group, _)| Arc::clone(&group.name))),
        trunk_names: lookup(trunks.iter().map(|trunk| Arc::clone(&trunk.name))),
        mailbox_names: lookup(mailboxes.iter().map(|mailbox| Arc::clone(&mailbox.name))),
        plan_names: lookup(graph.plans.iter().map(|plan| Arc::clone(&plan.name))),
        name: basics.name,
        timezone: basics.timezone,
        country: basics.country,
        domain: basics.domain,
        public: basics.public,
        listen,
        ring: basics.ring,
        trunks,
        people,
        phones,
        groups: groups.into_iter().map(|(group, _)| group).collect(),
        hours,
        lists,
        prompts,
        mailboxes,
        last_mailbox: basics.mailbox,
        menus: graph.menus,
        plans: graph.plans,
        nodes: graph.nodes,
        numbers: numbers.into_iter().map(|(number, _)| number).collect(),
        dial,
        classes,
        emergency,
        limits,
    };
    check(&Whole { site: &site, names, plans: &plans, nodes: &graph.places }, found);
    site
}

/// A table from names, in order of their ids, to the ids.
fn lookup<I: From<usize> + Copy>(names: impl Iterator<Item = Arc<str>>) -> Lookup<I> {
    names.enumerate().map(|(index, name)| (name, I::from(index))).collect()
}
