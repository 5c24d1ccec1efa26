//! What a call was told, in the ids of another site: whoever has the same name there is the same.

use std::collections::BTreeMap;

use crate::{
    AgentId, CampaignId, GroupId, HoursId, ListId, PersonId, PhoneId, QueueId, Site, TagId, Telling,
    journal::{Course, Heard, Moment, Recorded},
    step::{Caller, Entry, Event, Facts, Told, Word},
};

/// The two sites.
#[derive(Clone, Copy)]
pub(super) struct Dictionary<'s> {
    pub(super) old: &'s Site,
    pub(super) new: &'s Site,
}

/// Somebody whom the new site does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not there any more")]
pub struct Gone(pub String);

impl Dictionary<'_> {
    pub(super) fn person(self, id: PersonId) -> Option<PersonId> {
        self.new.person(&self.old[id].name)
    }

    pub(super) fn phone(self, id: PhoneId) -> Option<PhoneId> {
        self.new.phone(&self.old[id].name)
    }

    fn group(self, id: GroupId) -> Option<GroupId> {
        self.new.group(&self.old[id].name)
    }

    pub(super) fn queue(self, id: QueueId) -> Option<QueueId> {
        self.new.queue(&self.old[id].name)
    }

    pub(super) fn list(self, id: ListId) -> Option<ListId> {
        let name = &self.old[id].name;
        self.new.lists.iter().position(|list| list.name == *name).map(ListId::from)
    }

    pub(super) fn hours(self, id: HoursId) -> Option<HoursId> {
        let name = &self.old[id].name;
        self.new.hours.iter().position(|hours| hours.name == *name).map(HoursId::from)
    }

    pub(super) fn agent(self, id: AgentId) -> Option<AgentId> {
        self.new.agent(&self.old[id].name)
    }

    fn campaign(self, id: CampaignId) -> Option<CampaignId> {
        self.new.campaign(&self.old[id].name)
    }

    /// # Errors
    /// Nothing of that name is there to be called.
    pub(super) fn entry(self, entry: Entry) -> Result<Entry, Gone> {
        let (old, new) = (self.old, self.new);
        let same = match entry {
            Entry::Number(id) => new.number(old[id].e164).map(Entry::Number),
            Entry::Person(id) => self.person(id).map(Entry::Person),
            Entry::Phone(id) => self.phone(id).map(Entry::Phone),
            Entry::CallBack(id) => self.phone(id).map(Entry::CallBack),
            Entry::Group(id) => self.group(id).map(Entry::Group),
            Entry::Queue(id) => self.queue(id).map(Entry::Queue),
            Entry::Mailbox(id) => new.mailbox(&old[id].name).map(Entry::Mailbox),
            Entry::Plan(id) => new.plan(&old[id].name).map(Entry::Plan),
        };
        same.ok_or_else(|| Gone(entry.named(old)))
    }

    fn caller(self, caller: Caller) -> Result<Caller, Gone> {
        Ok(match caller {
            Caller::Phone(id) => {
                Caller::Phone(self.phone(id).ok_or_else(|| Gone(format!("phone:{}", self.old[id].name)))?)
            }
            caller @ (Caller::Number(_) | Caller::Withheld) => caller,
        })
    }

    fn told(self, told: &Told) -> Told {
        let mut same = Told::default();
        let last = |last: Option<(PersonId, clock::Wall)>| {
            last.and_then(|(person, at)| Some((self.person(person)?, at)))
        };
        let tellings = [
            told.known().map(Telling::Known),
            told.tags().map(|tags| {
                let names = (0..self.old.tags.len()).map(TagId::from).filter(|tag| tags.contains(*tag));
                Telling::Tags(names.filter_map(|tag| self.new.tag(&self.old.tags[tag.index()])).collect())
            }),
            told.owner().map(|owner| Telling::Owner(owner.and_then(|it| self.person(it)))),
            told.campaign().map(|campaign| Telling::Campaign(campaign.and_then(|it| self.campaign(it)))),
            told.group().map(|group| Telling::Group(group.and_then(|it| self.group(it)))),
            told.last_agent().map(|it| Telling::LastAgent(last(it))),
            told.last_texter().map(|it| Telling::LastTexter(last(it))),
            told.language().map(|language| {
                Telling::Language(language.and_then(|it| self.new.language(&self.old[it].name)))
            }),
        ];
        tellings.into_iter().flatten().for_each(|telling| same.tell(telling));
        if let Some(attest) = told.attest() {
            same.attested(attest);
        }
        same
    }

    fn heard(self, heard: Heard) -> Option<Heard> {
        Some(match heard {
            Heard::Contacts(id, contacts) => Heard::Contacts(self.phone(id)?, contacts),
            Heard::Calls(id, calls) => Heard::Calls(self.person(id)?, calls),
            Heard::State(id, state) => Heard::State(self.person(id)?, state),
            Heard::Blocked(id, number, has) => Heard::Blocked(self.person(id)?, number, has),
            Heard::Listed(id, number, is) => Heard::Listed(self.list(id)?, number, is),
            Heard::Held(id, held) => Heard::Held(self.hours(id)?, held),
            Heard::Pointer(id, at) => Heard::Pointer(self.group(id)?, self.place(id, at)?),
            Heard::Tally(id, tally) => Heard::Tally(self.person(id)?, tally),
        })
    }

    pub(super) fn pointer(self, group: GroupId, at: u32) -> Option<(GroupId, u32)> {
        Some((self.group(group)?, self.place(group, at)?))
    }

    /// Whose turn it is, by who that is: where they stand may be another place.
    fn place(self, group: GroupId, at: u32) -> Option<u32> {
        let members = &self.old[group].members;
        let turn = *members.get(usize::try_from(at).ok()? % members.len().max(1))?;
        let (group, turn) = (self.group(group)?, self.person(turn)?);
        u32::try_from(self.new[group].members.iter().position(|member| *member == turn)?).ok()
    }

    fn word(self, word: Word) -> Option<Word> {
        Some(match word {
            Word::Ring(id) => Word::Ring(self.person(id)?),
            Word::Stop(id, why) => Word::Stop(self.person(id)?, why),
            Word::Join(id) => Word::Join(self.person(id)?),
            word @ (Word::Waits | Word::Leave(_) | Word::Say { .. } | Word::Offer(_) | Word::Home) => word,
        })
    }

    fn event(self, event: Event) -> Option<Event> {
        if let Event::SentOn { target, to } = event {
            return Some(Event::SentOn { target, to: self.entry(to).ok()? });
        }
        if let Event::Line(word) = event { self.word(word).map(Event::Line) } else { Some(event) }
    }

    /// # Errors
    /// Whoever calls or what is called is not there.
    pub(super) fn course(self, course: &Course) -> Result<Course, Gone> {
        let facts = Facts {
            caller: self.caller(course.facts.caller)?,
            entry: self.entry(course.facts.entry)?,
            told: self.told(&course.facts.told),
            chance: course.facts.chance,
        };
        let moments = course.moments.iter().map_while(|moment| {
            Some(Moment {
                event: self.event(moment.event)?,
                told: self.told(&moment.told),
                heard: moment.heard.iter().filter_map(|heard| self.heard(*heard)).collect(),
                now: moment.now,
            })
        });
        Ok(Course { facts, moments: moments.collect() })
    }

    /// # Errors
    /// Whoever calls or what is called in any course is not there.
    pub(super) fn recorded(self, recorded: &Recorded) -> Result<Recorded, Gone> {
        let courses = recorded.courses.iter().map(|course| self.course(course));
        let desks: BTreeMap<PhoneId, PersonId> = recorded
            .desks
            .iter()
            .filter_map(|(phone, person)| Some((self.phone(*phone)?, self.person(*person)?)))
            .collect();
        Ok(Recorded { courses: courses.collect::<Result<_, _>>()?, desks, is_cut: recorded.is_cut })
    }
}
