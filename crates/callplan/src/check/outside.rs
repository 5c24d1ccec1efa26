//! What leaves the building: forwards have a rule, emergency calls a way, trunks differ.

use super::Whole;
use crate::{
    finding::Code,
    model::{DialRule, MediaMode, Net, Owner, Pattern, Phone, Profile, Trunk},
    number::{
        kind_of,
        short::{is_hidden_by, listed},
    },
    parse::{Findings, Place},
    resolve::route,
};

impl Whole<'_, '_> {
    /// Reports numbers that something forwards to and no dial rule takes.
    pub(super) fn forwards(&self, found: &mut Findings) {
        for (index, node) in self.site.nodes.iter().enumerate() {
            let Some(to) = node.act.forward().map(|forward| forward.to) else { continue };
            if route(self.site, to).is_none() {
                let message = format!("this forwards to {to}, and no dial rule takes that number out");
                let named = kind_of(to).filter(|kind| kind.is_dear());
                let named = named.map_or("country:US".to_owned(), |kind| format!("type:{}", kind.word()));
                let mend = format!(
                    "write a rule for it, as in [dial.national] to = [\"{named}\"], class and trunks"
                );
                found.report(Code::NoDialRule, self.nodes[index], message, mend);
            }
        }
    }

    /// Reports extensions that are emergency numbers.
    pub(super) fn emergency(&self, found: &mut Findings) {
        for number in &self.site.emergency.numbers {
            let place = match self.site.extension(number) {
                None => continue,
                Some(Owner::Person(person)) => self.names.people.place(person.index()),
                Some(Owner::Phone(phone)) => self.names.phones.place(phone.index()),
                Some(Owner::Group(group)) => self.names.groups.place(group.index()),
                Some(Owner::Queue(queue)) => self.names.queues.place(queue.index()),
                Some(Owner::Mailbox(mailbox)) => self.names.mailboxes.place(mailbox.index()),
            };
            let message =
                format!("extension {number} is an emergency number, which is dialled before everything else");
            found.report(Code::EmergencyShadowed, place, message, "give another extension");
        }
    }

    /// Reports extensions that take a short number of the country from everybody: 101 in Britain, 211 in the US.
    pub(super) fn shorts(&self, found: &mut Findings) {
        let country = self.site.country;
        let is_help = |ext: &str| self.site.emergency.numbers.iter().any(|number| **number == *ext);
        let mut owned = |ext: Option<&str>, place: Place| {
            let Some(ext) = ext.filter(|ext| is_hidden_by(country, ext) && !is_help(ext)) else { return };
            let message =
                format!("extension {ext} is a short number in {country} too, which nobody can dial here");
            found.report(Code::ShortShadowed, place, message, "give another extension");
        };
        let (site, names) = (self.site, self.names);
        site.people.iter().enumerate().for_each(|(at, it)| owned(it.ext.as_deref(), names.people.place(at)));
        site.phones.iter().enumerate().for_each(|(at, it)| owned(it.ext.as_deref(), names.phones.place(at)));
        site.groups.iter().enumerate().for_each(|(at, it)| owned(it.ext.as_deref(), names.groups.place(at)));
        site.mailboxes
            .iter()
            .enumerate()
            .filter(|(_, it)| it.ext.is_some())
            .for_each(|(at, it)| owned(it.ext.as_deref(), names.mailboxes.place(at)));
    }

    /// Tells once that nobody can dial a short number of the country, as no rule names one: 988 in the US, 116 123 in
    /// much of Europe.
    pub(super) fn undialled(&self, found: &mut Findings) {
        let site = self.site;
        let shorts = listed(site.country);
        let names_one = |rule: &DialRule| {
            rule.to.iter().any(|pattern| matches!(pattern, Pattern::Shorts | Pattern::Short(_)))
        };
        let Some(first) = site.dial.first().filter(|_| !shorts.is_empty() && !site.phones.is_empty()) else {
            return;
        };
        if site.dial.iter().any(names_one) {
            return;
        }
        let message = format!(
            "no dial rule takes the short numbers of {}, crisis lines among them: {}",
            site.country,
            shorts.join(", ")
        );
        let trunks: Vec<_> = first.trunks.iter().map(|trunk| format!("\"{}\"", site[*trunk].name)).collect();
        let mend = format!(
            "write a rule: [dial.short] to = [\"type:short\"], class = \"{}\", trunks = [{}]",
            site[first.class].name,
            trunks.join(", ")
        );
        found.report(Code::ShortsNotDialled, self.names.dial.place(0), message, mend);
    }

    /// Reports that phones may call for help and have no number to show: whoever helps could not call back.
    pub(super) fn help(&self, found: &mut Findings) {
        let site = self.site;
        if site.emergency.present.is_some() || site.emergency.trunks.is_empty() {
            return;
        }
        // One of nobody and without an extension has faults enough: whoever it is given to may have a number.
        let shows_none = |(_, phone): &(usize, &Phone)| match phone.person {
            Some(person) => site[person].present.is_empty(),
            None => phone.ext.is_some(),
        };
        let mut silent = site.phones.iter().enumerate().filter(shows_none);
        let Some((at, phone)) = silent.next() else { return };
        let others = match silent.count() {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let message = format!(
            "phone `{}`{others} may call for help and shows no number: nobody could call back",
            phone.name
        );
        let mend = "write present = \"+...\" under [emergency], one of your numbers";
        found.report(Code::HelpWithoutNumber, self.names.phones.place(at), message, mend);
    }

    /// Reports phones that may come by a transport only for which nothing listens.
    pub(super) fn phones(&self, found: &mut Findings) {
        for (index, phone) in self.site.phones.iter().enumerate() {
            let Some(transport) = phone.transport.filter(|it| self.site.listen.on(*it).is_empty()) else {
                continue;
            };
            let message = format!(
                "phone `{}` may register over {transport} only, and nothing listens for that",
                phone.name
            );
            let mend = format!("write {} = [\"0.0.0.0:PORT\"] under [listen]", transport.key());
            found.report(Code::NothingListensForPhone, self.names.phones.place(index), message, mend);
        }
    }

    /// Reports more channels than media has ports.
    pub(super) fn channels(&self, found: &mut Findings) {
        let trunks = &self.site.trunks;
        // A call has two legs, each with a port for RTP and one for RTCP.
        let ports = u32::from(*self.site.listen.rtp.end() - *self.site.listen.rtp.start()) + 1;
        let relayed = trunks.iter().filter(|trunk| trunk.media == MediaMode::Relay);
        let channels: u32 = relayed.map(|trunk| u32::from(trunk.channels)).sum();
        if channels > ports / 4 {
            let message =
                format!("the trunks carry {channels} calls together, and media has ports for {}", ports / 4);
            let last = trunks.len() - 1;
            let carriers = self.site.carriers().count();
            let place = match last.checked_sub(carriers) {
                Some(agent) => self.names.agents.place(agent),
                None => self.names.trunks.place(last),
            };
            found.report(
                Code::TooFewPorts,
                place,
                message,
                "widen `rtp` under [listen], or lower `channels`",
            );
        }
    }

    /// Reports trunks that look alike from outside, where a number does not say which of them it comes over.
    pub(super) fn trunks(&self, found: &mut Findings) {
        let trunks = &self.site.trunks;
        let Some(shared) = self.site.numbers.iter().find(|number| number.trunk.is_none()) else { return };
        for (later, trunk) in self.site.carriers().enumerate() {
            if let Some(first) = trunks[..later].iter().position(|other| meet(other, trunk)) {
                let (place, first_place) = (self.names.trunks.place(later), self.names.trunks.place(first));
                let message = format!(
                    "calls from `{0}` come from where `{1}` is too; those to {2}, whose trunk is not said, count as `{1}`'s",
                    trunk.name, trunks[first].name, shared.e164
                );
                let mend = "write `trunk` for each number, make them one trunk, or narrow their `from`";
                found.again(Code::TrunksAlike, place, first_place, message, mend);
            }
        }
    }
}

/// Whether two trunks that are known by address share one. A port tells nothing: carriers send from any.
fn meet(a: &Trunk, b: &Trunk) -> bool {
    let by_address = [a, b].iter().all(|trunk| trunk.profile == Profile::Address && !trunk.host.is_empty());
    let hosts = |trunk: &Trunk| {
        let others = trunk.others.iter().map(|it| it.name.clone());
        std::iter::once(trunk.host.clone()).chain(others).collect::<Vec<_>>()
    };
    let nets = |trunk: &Trunk| {
        let own = hosts(trunk).into_iter().filter_map(|host| Net::parse(&host));
        trunk.from.iter().copied().chain(own).collect::<Vec<_>>()
    };
    let share = |one: Net, other: Net| one.contains(other.address) || other.contains(one.address);
    let others = nets(b);
    let same_host = hosts(a).iter().any(|one| hosts(b).iter().any(|it| one.eq_ignore_ascii_case(it)));
    by_address && (same_host || nets(a).into_iter().any(|one| others.iter().any(|other| share(one, *other))))
}
