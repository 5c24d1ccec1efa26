//! What is owed to who watches (RFC 6665 §4.2.2, RFC 4235 §4.1.1): one NOTIFY at a time, versions that rise by
//! one, no storm; and in the end each watcher knows how it stands.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callplan::{Owner, PersonId};
use clock::Instant;
use sip::{Message, Method, Name, Status};

use super::{Check, refer::is_of_transfer, response::is_challenge, seen::Seen};
use crate::{agent::Watching, world::World};

/// A thing is told of no more often than this, but for what SUBSCRIBEs ask for and what waited for an answer.
const MERGED: Duration = Duration::from_millis(200);
/// A NOTIFY that nothing was heard of for so long ended its subscription (RFC 6665 §4.2.2, timer F).
const SILENCE: Duration = Duration::from_secs(32);

/// Refusals within a minute that silence of a minute may follow.
const REFUSED_MAX: usize = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// When the last SUBSCRIBEs of watchers were refused, by party and user.
pub(super) type Refusals = BTreeMap<(usize, String), [Option<Instant>; REFUSED_MAX]>;

/// One subscription on the wire.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Branch of the NOTIFY that waits for its response, and its connection.
    open: Option<(Arc<str>, u32)>,
    version: Option<u32>,
    /// When the last two left that no SUBSCRIBE asked for.
    last: [Option<Instant>; 2],
    /// When the last left.
    at: Instant,
    /// SUBSCRIBEs granted that no NOTIFY followed yet.
    granted: u32,
    /// A process before gave it up.
    is_forgotten: bool,
}

impl Watched {
    fn is_given_up(&self, now: Instant) -> bool {
        self.is_forgotten || (self.open.is_some() && now.since(self.at) >= SILENCE)
    }
}

/// Subscriptions by Call-ID.
pub(super) type Watches = BTreeMap<Arc<str>, Watched>;

impl Check {
    /// A NOTIFY left.
    pub(super) fn notify_left(&mut self, seen: Seen<'_>) {
        let (call_id, branch, now) = (seen.call_id(), seen.branch(), seen.now);
        let watched = self.watches.entry(call_id.clone()).or_default();
        if watched.open.as_ref().is_some_and(|(open, _)| *open == branch) {
            return;
        }
        let version = version_of(seen.message);
        let mut wrong = Vec::new();
        // One that was on its way over a connection that broke is lost.
        let broken = &self.broken;
        if watched.open.as_ref().is_some_and(|(_, connection)| !broken.contains(connection)) {
            wrong.push("a NOTIFY while another is out");
        }
        if version.zip(watched.version).is_some_and(|(version, last)| version != last + 1) {
            wrong.push("a version that is out of turn");
        }
        if watched.granted > 0 {
            watched.granted -= 1;
        } else if !is_last(seen.message) && !is_of_transfer(seen) {
            let [_, last] = watched.last;
            if last.is_some_and(|last| now.since(last) < MERGED) {
                wrong.push("a NOTIFY too soon after others");
            }
            watched.last = [Some(now), watched.last[0]];
        }
        watched.open = Some((branch, seen.flow.connection));
        watched.version = version.or(watched.version);
        (watched.at, watched.is_forgotten) = (now, false);
        self.happened.notifies += 1;
        wrong.into_iter().for_each(|what| self.violate(now, format!("{call_id}: {what}")));
    }

    /// A SUBSCRIBE was granted, so that a NOTIFY is owed whatever was told before; or it was refused.
    pub(super) fn subscribe_answered(&mut self, seen: Seen<'_>, status: Status) {
        if status.is_success() {
            self.watches.entry(seen.call_id()).or_default().granted += 1;
        } else if !is_challenge(status) {
            let refusals = self.refusals.entry(watcher(seen)).or_default();
            refusals.rotate_left(1);
            refusals[REFUSED_MAX - 1] = Some(seen.now);
        }
    }

    /// Whether a watcher is owed an answer: not within a minute of the last of so many refusals in a minute
    /// (RELIABILITY P12).
    pub(super) fn hears_watcher(&self, seen: Seen<'_>) -> bool {
        let refusals = self.refusals.get(&watcher(seen));
        let Some([Some(first), .., Some(last)]) = refusals else { return true };
        last.since(*first) >= MINUTE || seen.now.since(*last) >= MINUTE
    }

    /// The process died, and what it waited for with it.
    pub(super) fn watches_died(&mut self, now: Instant) {
        for it in self.watches.values_mut() {
            *it = Watched { is_forgotten: it.is_given_up(now), ..Watched::default() };
        }
    }

    /// Whether a subscription ended by silence, so that its watcher can't know of it.
    fn is_given_up(&self, now: Instant, call_id: &str) -> bool {
        self.watches.get(call_id).is_some_and(|it| it.is_given_up(now))
    }

    /// A response to a NOTIFY came.
    pub(super) fn notify_answered(&mut self, now: Instant, call_id: &str, branch: &str, status: Status) {
        // After timer F nobody listens for it.
        if let Some(watched) = self.watches.get_mut(call_id)
            && now.since(watched.at) < SILENCE
            && watched.open.as_ref().is_some_and(|(open, _)| **open == *branch)
            && status.is_final()
        {
            watched.open = None;
        }
    }
}

/// Who watches, by the party it is and the user it says it is.
fn watcher(seen: Seen<'_>) -> (usize, String) {
    (seen.side, seen.message.from().uri.user().unwrap_or_default().to_owned())
}

fn version_of(message: &Message) -> Option<u32> {
    let body = message.body();
    let text = std::str::from_utf8(&body).ok()?;
    text.split("version=\"").nth(2)?.split('"').next()?.parse().ok()
}

fn is_last(message: &Message) -> bool {
    let standing = message.header(Name::SubscriptionState).unwrap_or_default();
    assert_eq!(*message.method(), Method::Notify, "whatever else left is judged elsewhere");
    standing.starts_with("terminated")
}

impl World {
    /// Watchers that were told last of something else than how it stands, now that all is at rest.
    pub(crate) fn stale_watchers(&self) -> Vec<String> {
        let mut stale = Vec::new();
        let is_told = |it: &&Watching| it.is_on() && !self.check().is_given_up(self.now().mono, it.call_id());
        for agent in self.agents() {
            for watching in agent.watches().iter().filter(is_told) {
                let expected = self.truth_of(watching);
                let told = watching.told().map_or("", |told| &told.document);
                if !expected.iter().all(|part| told.contains(part.as_str())) || told.is_empty() {
                    let (name, wish) = (&agent.persona().name, watching.wish());
                    stale.push(format!(
                        "{}: {name} was told of {} of {}: {told}, and it is {expected:?}",
                        watching.call_id(),
                        wish.package,
                        wish.of
                    ));
                }
            }
        }
        stale
    }

    /// Whether a mailbox is watched by its name in which a message waits. People who share a name with theirs are watched as
    /// people.
    fn is_mailbox_with_messages(&self, watching: &Watching) -> bool {
        let (site, of) = (self.site(), &*watching.wish().of);
        let is_mailbox = site.person(of).is_none() && site.mailbox(of).is_some();
        is_mailbox && self.store().voicemails().any(|row| *row.mailbox == *of && !row.heard)
    }

    /// Whether a person, or one member of a group, has a phone left: somebody else may have signed in at theirs.
    fn has_a_phone(&self, of: &str) -> bool {
        let lent = self.check().lent();
        let site = lent.as_ref().unwrap_or(self.site());
        let named = || site.person(of).map(Owner::Person).or_else(|| site.group(of).map(Owner::Group));
        let has_one = |person: &PersonId| !site[*person].phones.is_empty();
        match site.extension(of).or_else(named) {
            Some(Owner::Person(person)) => has_one(&person),
            Some(Owner::Group(group)) => site[group].members.iter().any(has_one),
            Some(Owner::Phone(_) | Owner::Queue(_) | Owner::Mailbox(_)) | None => true,
        }
    }

    /// What the last document has to say when nobody has a call.
    fn truth_of(&self, watching: &Watching) -> Vec<String> {
        match &*watching.wish().package {
            "dialog" if self.is_mailbox_with_messages(watching) => {
                vec!["<dialog id=\"messages\"><state>confirmed</state></dialog>".to_owned()]
            }
            "dialog" => vec!["<dialog id=\"none\"><state>terminated</state></dialog>".to_owned()],
            "presence" => {
                let waits = self.is_mailbox_with_messages(watching);
                if !self.has_a_phone(&watching.wish().of) {
                    return vec!["<basic>closed</basic>".to_owned()];
                }
                let note = if waits { "</status><note>messages wait</note>" } else { "</status></tuple>" };
                ["<basic>open</basic>", note, "<rpid:activities></rpid:"].map(str::to_owned).into()
            }
            _ => {
                let lent = self.check().lent();
                let site = lent.as_ref().unwrap_or(self.site());
                let person = site.phone(&watching.wish().of).and_then(|phone| site[phone].person);
                let lights = |name: &str| {
                    let mailbox = site.mailbox(name).map(|id| &site[id]);
                    mailbox.is_some_and(|it| {
                        person.is_some_and(|person| it.owner == Some(person) || it.lamp.contains(&person))
                    })
                };
                let rows = self.store().voicemails().filter(|row| lights(&row.mailbox));
                let (old, new): (Vec<_>, Vec<_>) = rows.partition(|row| row.heard);
                vec![format!("Voice-Message: {}/{} ", new.len(), old.len())]
            }
        }
    }
}
