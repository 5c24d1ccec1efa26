//! From texts to a site, or to everything that keeps them from being one.

use std::sync::Arc;

use sha2::Digest;

use crate::{
    check::{Whole, check},
    compile::{Drafts, Graph, compile},
    draft::{Exits, Jump, Overflow, Ringing, Step, Use},
    finding::{Code, Finding, Severity},
    model::{
        Agent, Campaign, Class, Codes, DialRule, Directory, Emergency, Group, Hours, Limits, List, Listen,
        Lookup, Mailbox, Menu, Music, Number, Park, Person, Phone, Probe, PromptFile, Queue, Rota, Site,
        Speech, Stir, Tables, Tls, Trunk,
    },
    money::Money,
    parse::{Basics, Extensions, Findings, Names, Place, Proofs, Reader, Sections, merge, rest, trees},
    source::{Assets, Source},
};

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
    judged(sources, assets, |_| true)
}

/// The same, of a config that may be refused for what somebody could spend: for whoever asks by what.
///
/// # Errors
/// As of [`load`], for any other reason.
pub fn load_exposed(sources: &[Source], assets: &dyn Assets) -> Result<(Site, Vec<Finding>), Vec<Finding>> {
    judged(sources, assets, |finding| finding.code != Code::TooExposed)
}

/// Loads a config that is refused for errors that `counts`.
fn judged(
    sources: &[Source],
    assets: &dyn Assets,
    counts: impl Fn(&Finding) -> bool,
) -> Result<(Site, Vec<Finding>), Vec<Finding>> {
    let mut found = Findings::default();
    if sources.iter().map(|source| source.text.len()).sum::<usize>() > CONFIG_BYTES_MAX {
        let text = found.add_text("config".into(), "".into());
        let message = format!("the config is larger than {} MiB", CONFIG_BYTES_MAX >> 20);
        let mend =
            "see that the directory holds nothing but the config; long lists go into files of their own";
        found.report(Code::TooLarge, Place::new(text, 0..0), message, mend);
        return Err(found.finish());
    }
    let rests: Vec<_> = sources.iter().map(rest).collect();
    let trees = trees(sources, &rests, &mut found);
    if sources.is_empty() {
        found.add_text("config".into(), "".into());
    }
    let mut sections = merge(&trees, &mut found);
    let names = Names::declare(&mut sections, &mut found);
    let site = read(sources, sections, &names, assets, &mut found);
    let refused = found.refuses();
    let findings = found.finish();
    let is_error = |finding: &&Finding| finding.severity() == Severity::Error;
    let refused = refused && findings.iter().filter(is_error).any(counts);
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
    let parts = Parts::read(&mut reader, &mut sections);
    let proofs = Proofs::take(&mut sections);
    let drafts = Drafts {
        names,
        site: &parts.basics,
        plans: &parts.plans,
        numbers: &parts.numbers,
        menus: &parts.menus,
        groups: &parts.groups,
        queues: &parts.queues,
        people: &parts.people,
        phones: &parts.phones,
        mailboxes: &parts.mailboxes,
        agents: &parts.agents,
    };
    let mut graph = compile(&drafts, reader.found);
    let languages = reader.spoken_languages();
    let Reader {
        found,
        prompts,
        speech,
        classes,
        hash,
        masked,
        verified,
        verified_file,
        caller_id_code,
        spending,
        tags,
        remotes,
        ..
    } = reader;
    for plan in masked {
        graph.plans[plan.index()].mask = true;
    }
    let (mut site, plans, nodes) = parts.join(graph, prompts, classes, hash.finalize().into());
    (site.verified, site.caller_id_code) = (verified, caller_id_code);
    site.verified_file = verified_file;
    site.tags = tags;
    site.remotes = remotes;
    site.speech = speech;
    site.languages = languages;
    site.note_facts();
    check(&Whole { site: &site, names, plans: &plans, nodes: &nodes, spending }, found);
    (site.tests, site.always) = proofs.read(&site, names, found);
    site
}

/// Everything that is read, before it is one.
struct Parts<'a> {
    basics: Basics<'a>,
    listen: Listen,
    tls: Tls,
    stir: Stir,
    limits: Limits,
    money: Option<Money>,
    trunks: Vec<Trunk>,
    agents: Vec<(Agent, Option<Jump>)>,
    dial: Vec<DialRule>,
    emergency: Emergency,
    lists: Vec<List>,
    campaigns: Vec<Campaign>,
    hours: Vec<Hours>,
    rotas: Vec<Rota>,
    music: Vec<Music>,
    directory: Option<Directory>,
    people: Vec<Person>,
    phones: Vec<Phone>,
    groups: Vec<(Group, Ringing)>,
    queues: Vec<(Queue, Overflow)>,
    extensions: Extensions,
    mailboxes: Vec<Mailbox>,
    menus: Vec<(Menu, Exits)>,
    plans: Vec<Vec<Step>>,
    numbers: Vec<(Number, Use)>,
    probe: Option<Probe>,
    codes: Codes,
    park: Park,
}

impl<'a> Parts<'a> {
    /// Reads table by table; what others refer to by more than a name comes first.
    fn read(reader: &mut Reader<'a>, sections: &mut Sections<'a>) -> Self {
        let basics = reader.site(sections);
        let (listen, limits) = (reader.listen(sections), reader.limits(sections));
        let money = reader.money(sections);
        let tls = reader.tls(sections, &listen, &basics.domain);
        let stir = reader.stir(sections);
        reader.hooks(sections);
        reader.later_tables(sections);
        reader.all_prompts();
        let music = reader.all_music();
        let (mut trunks, dial) = (reader.trunks(), reader.dial(basics.country));
        let agents = reader.agents(&mut trunks, &basics.domain);
        let emergency = reader.emergency(sections, basics.country);
        let (lists, mut hours) = (reader.lists(), reader.all_hours(&basics.timezone));
        let rotas = reader.rotas(&basics.timezone);
        let mut extensions = Extensions::default();
        let mut people = reader.people(sections, &limits, &mut extensions);
        let secrets = reader.phone_secrets(basics.phone_secrets, basics.place);
        let phones = reader.phones(&secrets, &mut people, &mut extensions);
        reader.site_inbound(sections);
        let groups = reader.groups(&mut people, &mut extensions);
        let queues = reader.queues(&groups, &mut people, basics.ring, &mut extensions);
        let (mailboxes, menus) = (reader.mailboxes(&mut extensions), reader.menus());
        let (codes, park) = (reader.codes(sections), reader.park(sections, &extensions, &emergency));
        let (campaigns, plans) = (reader.campaigns(), reader.plans());
        reader.inboxes();
        let numbers = reader.numbers();
        let written: Vec<_> = numbers.iter().map(|(number, _)| number.clone()).collect();
        let probe = reader.probe(sections, &written);
        reader.unfollowed();
        reader.tell_lacks();
        reader.settle_variants();
        reader.shipped(basics.place);
        reader.vocabularies(&mut hours);
        let directory = reader.directory(&people);
        Self {
            basics,
            listen,
            tls,
            stir,
            limits,
            money,
            trunks,
            agents,
            dial,
            emergency,
            lists,
            campaigns,
            hours,
            rotas,
            music,
            directory,
            people,
            phones,
            groups,
            queues,
            extensions,
            mailboxes,
            menus,
            plans,
            numbers,
            probe,
            codes,
            park,
        }
    }

    /// The site, and what its checks need beside it: the steps as written and the places of the nodes.
    fn join(
        self,
        graph: Graph,
        prompts: Vec<PromptFile>,
        classes: Vec<Class>,
        hash: [u8; 32],
    ) -> (Site, Vec<Vec<Step>>, Vec<Place>) {
        let groups: Vec<_> = self.groups.into_iter().map(|(group, _)| group).collect();
        let agents: Vec<_> = self.agents.into_iter().map(|(agent, _)| agent).collect();
        let numbers: Vec<_> = self.numbers.into_iter().map(|(number, _)| number).collect();
        let extensions = self.extensions.0.into_iter();
        let site = Site::from(Tables {
            version: 0,
            hash,
            by_number: lookup(numbers.iter().map(|number| number.e164.to_string().into())),
            by_extension: extensions.map(|(ext, (owner, _))| (ext, owner)).collect(),
            phone_names: lookup(self.phones.iter().map(|phone| Arc::clone(&phone.name))),
            person_names: lookup(self.people.iter().map(|person| Arc::clone(&person.name))),
            queue_names: lookup(graph.queues.iter().map(|queue| Arc::clone(&queue.name))),
            group_names: lookup(groups.iter().map(|group| Arc::clone(&group.name))),
            trunk_names: lookup(self.trunks.iter().map(|trunk| Arc::clone(&trunk.name))),
            mailbox_names: lookup(self.mailboxes.iter().map(|mailbox| Arc::clone(&mailbox.name))),
            agent_names: lookup(agents.iter().map(|agent| Arc::clone(&agent.name))),
            plan_names: lookup(graph.plans.iter().map(|plan| Arc::clone(&plan.name))),
            name: self.basics.name,
            timezone: self.basics.timezone,
            country: self.basics.country,
            domain: self.basics.domain,
            public: self.basics.public,
            ring: self.basics.ring,
            company_phone: self.basics.company_phone.map(Into::into),
            last_mailbox: self.basics.mailbox,
            listen: self.listen,
            tls: self.tls,
            stir: self.stir,
            trunks: self.trunks,
            agents,
            people: self.people,
            phones: self.phones,
            groups,
            queues: graph.queues,
            hours: self.hours,
            rotas: self.rotas,
            remotes: Vec::new(),
            lists: self.lists,
            campaigns: self.campaigns,
            tags: Vec::new(),
            speech: Speech::default(),
            languages: Vec::new(),
            prompts,
            music: self.music,
            music_on_hold: self.basics.music,
            mailboxes: self.mailboxes,
            directory: self.directory,
            menus: graph.menus,
            plans: graph.plans,
            nodes: graph.nodes,
            numbers,
            dial: self.dial,
            classes,
            emergency: self.emergency,
            caller_id_code: None,
            verified: Vec::new(),
            verified_file: None,
            codes: self.codes,
            park: self.park,
            probe: self.probe,
            limits: self.limits,
            money: self.money,
            tests: Vec::new(),
            always: Vec::new(),
        });
        (site, self.plans, graph.places)
    }
}

/// A table from names, in order of their ids, to the ids.
fn lookup<I: From<usize> + Copy>(names: impl Iterator<Item = Arc<str>>) -> Lookup<I> {
    names.enumerate().map(|(index, name)| (name, I::from(index))).collect()
}
