//! Callers who wait, in the order in which they are served.

use crate::PersonId;

/// One caller, for as long as they are in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallerId(pub u64);

/// Something that people are more or less good at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SkillId(pub u16);

/// What an agent has to be able to do for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// What.
    pub skill: SkillId,
    /// How well, at least.
    pub least: u8,
}

/// A caller in the line.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) id: CallerId,
    pub(super) priority: u8,
    pub(super) need: Option<Need>,
    /// Agents who are rung for them.
    pub(super) rung: Vec<PersonId>,
    /// How often anybody was rung for them.
    pub(super) tried: u16,
    /// Stages of widening that they have come to.
    pub(super) widened: usize,
    pub(super) place: Place,
}

impl Caller {
    pub(super) const fn new(id: CallerId, priority: u8, need: Option<Need>) -> Self {
        Self { id, priority, need, rung: Vec::new(), tried: 0, widened: 0, place: Place::OnLine }
    }
}

/// How a caller keeps their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the line.
    OnLine,
    /// On the line, and may go home.
    Offered,
    /// On the way home: told so, and not yet to be called.
    Leaving,
    /// At home: called back when it is their turn.
    AtHome,
}

impl Place {
    /// Whether nobody waits on the line there.
    pub(super) const fn is_off_line(self) -> bool {
        matches!(self, Self::Leaving | Self::AtHome)
    }
}

/// Those who wait, the first to be served first.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Vec<Caller>);

impl Line {
    /// Adds a caller behind all who are served before them.
    pub(super) fn add(&mut self, caller: Caller) {
        let place = self.0.partition_point(|other| other.priority >= caller.priority);
        self.0.insert(place, caller);
    }

    pub(super) fn remove(&mut self, id: CallerId) -> Option<Caller> {
        let at = self.place_of(id)?;
        Some(self.0.remove(at))
    }

    pub(super) fn get(&mut self, id: CallerId) -> Option<&mut Caller> {
        self.0.iter_mut().find(|caller| caller.id == id)
    }

    /// How many are before them.
    pub(super) fn place_of(&self, id: CallerId) -> Option<usize> {
        self.0.iter().position(|caller| caller.id == id)
    }

    pub(super) fn at(&self, place: usize) -> Option<&Caller> {
        self.0.get(place)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Caller> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Caller> {
        self.0.iter_mut()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}
