//! What can be watched, by name: a subscription outlives the version of the site that it began under.

use std::{fmt, sync::Arc};

use callplan::{Feature, Owner, Site, resolve};

use super::package::Package;

/// One thing that can be watched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Watched {
    /// A person: calls on any of their phones, what they said of themselves, their messages.
    Person(Arc<str>),
    /// One phone.
    Phone(Arc<str>),
    /// A group: the calls of its members.
    Group(Arc<str>),
    /// A mailbox.
    Mailbox(Arc<str>),
    /// The day/night key of a schedule.
    Key(Arc<str>),
    /// A slot for a parked call.
    Slot(u32),
    /// Whether a person said this of themselves, by its code: the lamp of a key that dials it.
    Said(Arc<str>, Feature),
    /// The line of a queue: how many wait.
    Queue(Arc<str>),
    /// Whether a person serves a queue: the lamp of a key by which they sign in and out of it.
    Serves(Arc<str>, Arc<str>),
}

/// What people say of themselves and a lamp can show.
pub(crate) const LAMPS: [Feature; 4] =
    [Feature::DoNotDisturb, Feature::Away, Feature::Forward, Feature::Queue];

impl Watched {
    /// What a watcher, who may be a person of ours, means by the user part of a Request-URI.
    pub(crate) fn of(site: &Site, own: Option<&Arc<str>>, user: &str, package: Package) -> Option<Self> {
        if package == Package::MessageSummary {
            return Self::messages_of(site, user);
        }
        let lamp = LAMPS.into_iter().find(|feature| site.codes.of(*feature) == Some(user));
        if let (Some(lamp), Some(own)) = (lamp, own) {
            return Some(Self::Said(own.clone(), lamp));
        }
        if let Some(queue) = own.and_then(|own| signs(site, own, user)) {
            return Some(queue);
        }
        if let Some(hours) = resolve::toggled(site, user) {
            return Some(Self::Key(site[hours].name.clone()));
        }
        if let Some(slot) = site.park.slot(user) {
            return Some(Self::Slot(slot));
        }
        let owner = site.extension(user).map(|owner| match owner {
            Owner::Person(id) => Self::Person(site[id].name.clone()),
            Owner::Phone(id) => Self::Phone(site[id].name.clone()),
            Owner::Group(id) => Self::Group(site[id].name.clone()),
            Owner::Queue(id) => Self::Queue(site[id].name.clone()),
            Owner::Mailbox(id) => Self::Mailbox(site[id].name.clone()),
        });
        let person = || site.person(user).map(|id| Self::Person(site[id].name.clone()));
        let group = || site.group(user).map(|id| Self::Group(site[id].name.clone()));
        let queue = || site.queue(user).map(|id| Self::Queue(site[id].name.clone()));
        let phone = || site.phone(user).map(|id| Self::Phone(site[id].name.clone()));
        let mailbox = || site.mailbox(user).map(|id| Self::Mailbox(site[id].name.clone()));
        owner.or_else(person).or_else(group).or_else(queue).or_else(phone).or_else(mailbox)
    }

    /// Whose messages: a phone subscribes to its own address, an extension, a person or a mailbox by name.
    fn messages_of(site: &Site, user: &str) -> Option<Self> {
        let by_extension = site.extension(user).and_then(|owner| match owner {
            Owner::Person(person) => Some(person),
            Owner::Phone(phone) => site[phone].person,
            Owner::Group(_) | Owner::Queue(_) | Owner::Mailbox(_) => None,
        });
        let of_phone = || site.phone(user).and_then(|phone| site[phone].person);
        let person = by_extension.or_else(|| site.person(user)).or_else(of_phone);
        match person {
            Some(person) => Some(Self::Person(site[person].name.clone())),
            None => resolve::mailbox_at(site, user)
                .or_else(|| site.mailbox(user))
                .map(|id| Self::Mailbox(site[id].name.clone())),
        }
    }

    /// The same of another person, where nobody else may watch it: their messages, or what they said.
    pub(crate) fn of_another(&self, person: &Arc<str>, package: Package) -> Option<Self> {
        match self {
            Self::Said(_, feature) => Some(Self::Said(person.clone(), *feature)),
            Self::Serves(_, queue) => Some(Self::Serves(person.clone(), queue.clone())),
            Self::Person(_) if package == Package::MessageSummary => Some(Self::Person(person.clone())),
            Self::Person(_)
            | Self::Phone(_)
            | Self::Group(_)
            | Self::Mailbox(_)
            | Self::Key(_)
            | Self::Slot(_)
            | Self::Queue(_) => None,
        }
    }

    /// Whether the site still has it.
    pub(crate) fn is_in(&self, site: &Site) -> bool {
        match self {
            Self::Person(name) | Self::Said(name, _) => site.person(name).is_some(),
            Self::Phone(name) => site.phone(name).is_some(),
            Self::Group(name) => site.group(name).is_some(),
            Self::Queue(name) => site.queue(name).is_some(),
            Self::Serves(person, queue) => site.person(person).is_some() && site.queue(queue).is_some(),
            Self::Mailbox(name) => site.mailbox(name).is_some(),
            Self::Key(name) => site.hours.iter().any(|hours| hours.name == *name),
            Self::Slot(slot) => site.park.slots.as_ref().is_some_and(|slots| slots.contains(slot)),
        }
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        let make = match kind {
            "person" => Self::Person,
            "phone" => Self::Phone,
            "group" => Self::Group,
            "queue" => Self::Queue,
            "serves" => {
                let (person, queue) = name.split_once(':')?;
                return Some(Self::Serves(person.into(), queue.into()));
            }
            "mailbox" => Self::Mailbox,
            "hours" => Self::Key,
            "slot" => return name.parse().ok().map(Self::Slot),
            "said" => {
                let (name, key) = name.split_once(':')?;
                let lamp = LAMPS.into_iter().find(|feature| feature.key() == key)?;
                return Some(Self::Said(name.into(), lamp));
            }
            _ => return None,
        };
        Some(make(name.into()))
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Self::Person(name) => ("person", name),
            Self::Phone(name) => ("phone", name),
            Self::Group(name) => ("group", name),
            Self::Mailbox(name) => ("mailbox", name),
            Self::Key(name) => ("hours", name),
            Self::Slot(slot) => return write!(f, "slot:{slot}"),
            Self::Said(name, feature) => return write!(f, "said:{name}:{}", feature.key()),
            Self::Queue(name) => ("queue", name),
            Self::Serves(person, queue) => return write!(f, "serves:{person}:{queue}"),
        };
        write!(f, "{kind}:{name}")
    }
}

/// The sign-in of a member to a queue, by the code of queues and its extension behind it.
fn signs(site: &Site, own: &Arc<str>, user: &str) -> Option<Watched> {
    let ext = user.strip_prefix(site.codes.of(Feature::Queue)?)?;
    let Some(Owner::Queue(queue)) = site.extension(ext) else { return None };
    let queue = &site[queue];
    let is_member = site.person(own).is_some_and(|own| queue.rules.members.contains(&own));
    is_member.then(|| Watched::Serves(own.clone(), queue.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_read_as_it_was_written() {
        let name = || Arc::from("ana");
        let all = [
            Watched::Person(name()),
            Watched::Phone(name()),
            Watched::Group(name()),
            Watched::Mailbox(name()),
            Watched::Key(name()),
            Watched::Slot(701),
            Watched::Said(name(), Feature::Away),
            Watched::Queue(name()),
            Watched::Serves(name(), "support".into()),
        ];
        for watched in all {
            assert_eq!(Watched::read(&watched.to_string()), Some(watched));
        }
        for none in ["slot:x", "slot:", "ana", "said:ana", "said:ana:park", "serves:ana"] {
            assert_eq!(Watched::read(none), None, "{none}");
        }
    }
}
