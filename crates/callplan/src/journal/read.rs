//! A journal taken apart again.

use std::time::Duration;

use clock::{Now, Wall};

use super::{
    BYTES_MAX,
    ink::Rest,
    recorded::{Course, Heard, Moment, Recorded},
    write::{ATTEST, Asked, BEHIND, CLOCK, COURSE, DESK, EVENT, HEARD, TOLD, of_mood},
};
use crate::{
    Attest, E164, Fact, GroupId, HoursId, LanguageId, ListId, Mood, PersonId, PersonState, PhoneId, Site,
    TagId, TagSet, Tally, Telling,
    queue::{Exit, StopWhy},
    step::{ByHand, Caller, Entry, Event, Facts, TargetId, TimerId, Told, Word},
};

/// Why a journal cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It says what no journal says.
    #[error("byte {0} of the journal makes no sense: the row is damaged, or a later version wrote it")]
    At(usize),
    /// It names somebody whom the version does not have.
    #[error(
        "the journal tells of somebody whom this version does not have: it is not the one that the call ran on"
    )]
    Version,
}

/// Reads the journal of a call that ran on this version.
///
/// # Errors
/// It is none, or that of another version.
pub fn read(site: &Site, bytes: &[u8]) -> Result<Recorded, Broken> {
    let mut reader =
        Reader { site, rest: Rest(bytes), now: Now::default(), told: Told::default(), clock: None };
    let mut recorded = Recorded::default();
    while !reader.rest.0.is_empty() {
        let at = bytes.len() - reader.rest.0.len();
        reader.take(&mut recorded).map_err(|fault| fault.at(at))?;
    }
    if bytes.len() >= BYTES_MAX {
        // What the last event asked may not be all there.
        recorded.is_cut = true;
        if let Some(course) = recorded.courses.last_mut() {
            course.moments.pop();
        }
    }
    Ok(recorded)
}

/// What is wrong with an entry.
enum Fault {
    Senseless,
    Stranger,
}

impl Fault {
    const fn at(self, at: usize) -> Broken {
        match self {
            Self::Senseless => Broken::At(at),
            Self::Stranger => Broken::Version,
        }
    }
}

struct Reader<'a> {
    site: &'a Site,
    rest: Rest<'a>,
    now: Now,
    told: Told,
    /// The civil time of the next event, where it is told.
    clock: Option<Wall>,
}

type Read<T> = Result<T, Fault>;

/// A place in a table, if the table has it.
fn within<T>(id: u32, table: &[T]) -> Read<u32> {
    if (id as usize) < table.len() { Ok(id) } else { Err(Fault::Stranger) }
}

impl Reader<'_> {
    fn take(&mut self, recorded: &mut Recorded) -> Read<()> {
        let tag = self.byte()?;
        match tag {
            CLOCK => self.clock = Some(Wall::from_unix_micros(self.rest.signed().ok_or(Fault::Senseless)?)),
            COURSE => {
                self.told = Told::default();
                let facts = self.course()?;
                recorded.courses.push(Course { facts, moments: Vec::new() });
            }
            TOLD => self.telling()?,
            ATTEST => {
                let level = usize::from(self.byte()?);
                let levels = [Attest::Bad, Attest::None, Attest::C, Attest::B, Attest::A];
                self.told.attested(*levels.get(level).ok_or(Fault::Senseless)?);
            }
            DESK => {
                let (phone, person) = (self.phone()?, self.person()?);
                recorded.desks.insert(phone, person);
            }
            EVENT..=30 => {
                let moment = self.moment(tag - EVENT)?;
                let course = recorded.courses.last_mut().ok_or(Fault::Senseless)?;
                if course.moments.is_empty() {
                    course.facts.told = moment.told;
                }
                course.moments.push(moment);
            }
            HEARD..=127 => {
                let course = recorded.courses.last_mut().ok_or(Fault::Senseless)?;
                let heard = self.heard(tag, course.facts.caller)?;
                course.moments.last_mut().ok_or(Fault::Senseless)?.heard.push(heard);
            }
            _ => return Err(Fault::Senseless),
        }
        Ok(())
    }

    fn byte(&mut self) -> Read<u8> {
        self.rest.byte().ok_or(Fault::Senseless)
    }

    fn number(&mut self) -> Read<u64> {
        self.rest.number().ok_or(Fault::Senseless)
    }

    fn narrow<T: TryFrom<u64>>(&mut self) -> Read<T> {
        self.rest.narrow().ok_or(Fault::Senseless)
    }

    fn person(&mut self) -> Read<PersonId> {
        let id = self.narrow()?;
        within(id, &self.site.people).map(PersonId)
    }

    fn phone(&mut self) -> Read<PhoneId> {
        let id = self.narrow()?;
        within(id, &self.site.phones).map(PhoneId)
    }

    fn group(&mut self) -> Read<GroupId> {
        let id = self.narrow()?;
        within(id, &self.site.groups).map(GroupId)
    }

    fn e164(&mut self) -> Read<E164> {
        let digits = self.number()?;
        E164::from_digits(&digits.to_string()).ok_or(Fault::Senseless)
    }

    fn letter(&mut self) -> Read<char> {
        char::from_u32(self.narrow()?).ok_or(Fault::Senseless)
    }

    fn course(&mut self) -> Read<Facts> {
        let caller = match self.byte()? {
            0 => self.number().map(|_| Caller::Withheld)?,
            1 => Caller::Number(self.e164()?),
            2 => Caller::Phone(self.phone()?),
            _ => return Err(Fault::Senseless),
        };
        let entry = self.entry()?;
        Ok(Facts { chance: self.number()?, ..Facts::new(caller, entry) })
    }

    fn entry(&mut self) -> Read<Entry> {
        let kind = self.byte()?;
        let id = self.narrow()?;
        let site = self.site;
        Ok(match kind {
            0 => Entry::Number(crate::NumberId(within(id, &site.numbers)?)),
            1 => Entry::Person(PersonId(within(id, &site.people)?)),
            2 => Entry::Phone(PhoneId(within(id, &site.phones)?)),
            3 => Entry::CallBack(PhoneId(within(id, &site.phones)?)),
            4 => Entry::Group(GroupId(within(id, &site.groups)?)),
            5 => Entry::Queue(crate::QueueId(within(id, &site.queues)?)),
            6 => Entry::Mailbox(crate::MailboxId(within(id, &site.mailboxes)?)),
            7 => Entry::Plan(crate::PlanId(within(id, &site.plans)?)),
            _ => return Err(Fault::Senseless),
        })
    }

    fn telling(&mut self) -> Read<()> {
        let fact = usize::from(self.byte()?);
        let value = self.number()?;
        let id = value.checked_sub(1).map(u32::try_from).transpose().map_err(|_| Fault::Senseless)?;
        let person = || id.map(|id| within(id, &self.site.people).map(PersonId)).transpose();
        let telling = match Fact::ALL.get(fact) {
            Some(Fact::ContactKnown) => Telling::Known(value == 1),
            Some(Fact::ContactTags) => {
                let tags = (0..TagSet::MAX).filter(|tag| value & (1 << tag) != 0).map(TagId::from);
                Telling::Tags(tags.collect())
            }
            Some(Fact::ContactOwner) => Telling::Owner(person()?),
            Some(Fact::ContactCampaign) => {
                let campaign = id.map(|id| within(id, &self.site.campaigns).map(crate::CampaignId));
                Telling::Campaign(campaign.transpose()?)
            }
            Some(Fact::ContactGroup) => {
                Telling::Group(id.map(|id| within(id, &self.site.groups).map(GroupId)).transpose()?)
            }
            Some(Fact::ContactLanguage) => {
                let language = id.map(|id| within(id, &self.site.languages).map(LanguageId));
                Telling::Language(language.transpose()?)
            }
            Some(fact @ (Fact::ContactLastAgent | Fact::ContactLastTexter)) => {
                let person = person()?;
                let at = person.map(|_| self.rest.signed().ok_or(Fault::Senseless)).transpose()?;
                let last = person.zip(at.map(Wall::from_unix_micros));
                if *fact == Fact::ContactLastAgent {
                    Telling::LastAgent(last)
                } else {
                    Telling::LastTexter(last)
                }
            }
            Some(Fact::CallerAttest) | None => return Err(Fault::Senseless),
        };
        self.told.tell(telling);
        Ok(())
    }

    fn moment(&mut self, kind: u8) -> Read<Moment> {
        let since = Duration::from_micros(self.number()?);
        let now = self.now.after(since);
        self.now = Now { wall: self.clock.take().unwrap_or(now.wall), ..now };
        let event = self.event(kind)?;
        Ok(Moment { now: self.now, event, told: self.told, heard: Vec::new() })
    }

    fn event(&mut self, kind: u8) -> Read<Event> {
        Ok(match kind {
            0 => Event::Enter,
            9 => Event::PlayDone,
            14 => Event::CallerLeft,
            1 => Event::Ringing(self.target()?),
            2 => Event::Answered(self.target()?),
            3 => Event::Busy(self.target()?),
            4 => Event::Declined(self.target()?),
            5 => Event::Unreachable(self.target()?),
            6 => Event::SentOn { target: self.target()?, to: self.entry()? },
            7 => Event::Key(self.letter()?),
            8 => Event::KeyOf { target: self.target()?, key: self.letter()? },
            10 => Event::RecordDone { left: self.number()? == 1 },
            11 => {
                let timer: usize = self.narrow()?;
                Event::TimerFired(*TimerId::ALL.get(timer).ok_or(Fault::Senseless)?)
            }
            12 => {
                let fact: usize = self.narrow()?;
                Event::Told(*Fact::ALL.get(fact).ok_or(Fault::Senseless)?)
            }
            13 => {
                let word = self.number()?;
                Event::Line(self.word(word)?)
            }
            _ => return Err(Fault::Senseless),
        })
    }

    fn target(&mut self) -> Read<TargetId> {
        self.narrow().map(TargetId)
    }

    fn word(&mut self, kind: u64) -> Read<Word> {
        Ok(match kind {
            0 => Word::Waits,
            1 => Word::Ring(self.person()?),
            2 => {
                let person = self.person()?;
                let why =
                    [StopWhy::Timeout, StopWhy::AnsweredElsewhere, StopWhy::CallerLeft, StopWhy::SignedOut];
                Word::Stop(person, *why.get(usize::from(self.byte()?)).ok_or(Fault::Senseless)?)
            }
            3 => Word::Join(self.person()?),
            4 => {
                let exits = [Exit::Full, Exit::Waited, Exit::Unstaffed, Exit::Closed];
                Word::Leave(*exits.get(usize::from(self.byte()?)).ok_or(Fault::Senseless)?)
            }
            5 => {
                let position = self.narrow()?;
                Word::Say { position, wait: self.number()?.checked_sub(1).map(Duration::from_micros) }
            }
            6 => Word::Offer(self.letter()?),
            7 => Word::Home,
            _ => return Err(Fault::Senseless),
        })
    }

    fn heard(&mut self, tag: u8, caller: Caller) -> Read<Heard> {
        let asked = Asked::ALL[usize::from(tag >> 3 & 7)];
        let small = tag & 7;
        Ok(match asked {
            Asked::Contacts => Heard::Contacts(self.phone()?, self.count(small)?),
            Asked::Calls => Heard::Calls(self.person()?, self.count(small)?),
            Asked::Pointer => Heard::Pointer(self.group()?, self.count(small)?),
            Asked::State => {
                let person = self.person()?;
                Heard::State(person, self.state(small)?)
            }
            Asked::Blocked => {
                let person = self.person()?;
                Heard::Blocked(person, self.of_number(small, caller)?, small & 1 == 1)
            }
            Asked::Listed => {
                let id = self.narrow()?;
                let list = within(id, &self.site.lists).map(ListId)?;
                Heard::Listed(list, self.of_number(small, caller)?, small & 1 == 1)
            }
            Asked::Held => {
                let id = self.narrow()?;
                let hours = within(id, &self.site.hours).map(HoursId)?;
                Heard::Held(hours, self.held(small)?)
            }
            Asked::Tally => {
                let person = self.person()?;
                Heard::Tally(person, self.tally(small)?)
            }
        })
    }

    fn count<T: TryFrom<u64>>(&mut self, small: u8) -> Read<T> {
        let count = if small == BEHIND { self.number()? } else { small.into() };
        T::try_from(count).map_err(|_| Fault::Senseless)
    }

    fn of_number(&mut self, small: u8, caller: Caller) -> Read<E164> {
        match (small & 2, caller) {
            (0, Caller::Number(number)) => Ok(number),
            (0, Caller::Phone(_) | Caller::Withheld) => Err(Fault::Senseless),
            (_, _) => self.e164(),
        }
    }

    fn state(&mut self, small: u8) -> Read<PersonState> {
        let mood = |number: u8| {
            let moods = [Mood::Available, Mood::Away, Mood::DoNotDisturb];
            moods.into_iter().find(|mood| of_mood(*mood) == number).ok_or(Fault::Senseless)
        };
        if small != BEHIND {
            return Ok(PersonState { mood: mood(small)?, ..PersonState::default() });
        }
        let both = self.byte()?;
        let forward = match self.number()? {
            0 => None,
            digits => Some(E164::from_digits(&digits.to_string()).ok_or(Fault::Senseless)?),
        };
        Ok(PersonState { mood: mood(both & 3)?, before: mood(both >> 2)?, forward })
    }

    fn held(&mut self, small: u8) -> Read<Option<ByHand>> {
        let (is_open, ends) = match small {
            0 => return Ok(None),
            1 | 2 => (small == 2, false),
            3 | 4 => (small == 4, true),
            _ => return Err(Fault::Senseless),
        };
        let until = if ends { Some(self.civil()?) } else { None };
        Ok(Some(ByHand { is_open, until }))
    }

    /// A civil time, as far as it is away from that of the event.
    fn civil(&mut self) -> Read<Wall> {
        let away = self.rest.signed().ok_or(Fault::Senseless)?;
        Ok(Wall::from_unix_micros(self.now.wall.unix_micros().wrapping_add(away)))
    }

    fn tally(&mut self, small: u8) -> Read<Tally> {
        if small == 0 {
            return Ok(Tally::default());
        }
        let ended = if small == BEHIND { Some(self.civil()?) } else { None };
        let calls = self.narrow()?;
        Ok(Tally { ended, calls, talk: Duration::from_micros(self.number()?) })
    }
}
