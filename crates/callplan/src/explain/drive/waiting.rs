//! A caller in a line, on paper: what the call asks of the queue, and what that says back.

use super::{Drive, Row, WAIT_MAX};
use crate::{
    InLine, Notice, QueueId,
    explain::words,
    queue::{Action, CallerId, Event as Happening},
    step::{Ask, Caller, Event, Word, World as _},
};

impl Drive<'_> {
    /// Lets the next thing happen to a line, if it comes before whatever happens to the call.
    pub(super) fn row_is_next(&mut self) -> bool {
        let first = self.rows.iter().enumerate().filter_map(|(at, row)| Some((row.due.first()?, at))).min();
        let Some((when, at)) = first.filter(|(when, _)| self.due.first().is_none_or(|own| when < &own))
        else {
            return false;
        };
        // Once nobody waits, what becomes of a line is nothing to the call.
        if self.cursor.line().is_none() {
            self.rows.clear();
            return true;
        }
        self.now = when;
        let (queue, event) = (self.rows[at].id, self.rows[at].due.next().map(|(_, event)| event));
        if let Some(event) = event {
            self.row_of(queue, |_| event);
        }
        true
    }

    /// Whether the caller waits in a line that nobody leaves by themselves, for longer than it is followed.
    pub(super) fn is_endless(&self) -> bool {
        let Some(queue) = self.cursor.line() else { return false };
        let since = self.rows.iter().find(|row| row.id == queue).map(|row| row.since);
        self.site[queue].rules.wait_max.is_none() && since.is_some_and(|since| self.now > since + WAIT_MAX)
    }

    /// Tells a line what happened, and the call what the line makes of it.
    pub(super) fn row_of(&mut self, queue: QueueId, event: impl FnOnce(CallerId) -> Happening) {
        let mut rows = std::mem::take(&mut self.rows);
        if let Some(row) = rows.iter_mut().find(|row| row.id == queue) {
            let actions = row.happens(event(row.caller()), &self.world());
            actions.into_iter().for_each(|action| self.row_says(row, action));
        }
        self.rows = rows;
    }

    pub(super) fn ask_row(&mut self, queue: QueueId, ask: Ask) {
        if !self.question.line.is_empty() {
            self.line = Some(queue);
            return;
        }
        if self.rows.iter().all(|row| row.id != queue) {
            let row = Row::new(queue, &self.world());
            self.rows.push(row);
        }
        // Who can't be called back is offered nothing, and not sent home.
        if matches!(ask, Ask::Key(_)) && !self.can_be_called_back() {
            return;
        }
        self.row_of(queue, |caller| match ask {
            Ask::Join => Happening::Joins { caller, priority: 0, need: None },
            Ask::Key(key) => Happening::Key(caller, key),
            Ask::Answered(agent) => Happening::Answered(caller, agent),
            Ask::Refused(agent, refusal) => Happening::Refused(caller, agent, refusal),
        });
    }

    fn row_says(&mut self, row: &mut Row, action: Action) {
        let word = match action {
            Action::Wait(_) => {
                self.line = Some(row.id);
                row.since = self.now;
                self.tell_place(row);
                Word::Waits
            }
            Action::Ring(_, agent) => {
                let order = self.site[row.id].rules.order;
                let merit = order.merit(row.tally_of(agent, &self.world()), self.world().now().wall);
                if let Some(merit) = merit {
                    self.say(format!("{}'s turn: {}", self.site[agent].name, words::merit(merit)));
                }
                Word::Ring(agent)
            }
            Action::Stop(_, agent, why) => Word::Stop(agent, why),
            Action::Join(_, agent) => Word::Join(agent),
            Action::Leave(_, exit) => Word::Leave(exit),
            Action::Say { position, wait, .. } => Word::Say { position, wait },
            Action::Offer(..) if !self.can_be_called_back() => return,
            Action::Offer(_, key) => Word::Offer(key),
            Action::SendHome(_) => Word::Home,
            Action::Advance(to) => {
                let members = &self.site[row.id].rules.members;
                let next = usize::try_from(to).ok().and_then(|at| members.get(at));
                if let Some(next) = next {
                    self.say(format!("the next round begins with {}", self.site[*next].name));
                }
                self.rounds.push((row.id, to));
                return;
            }
            Action::Arm(..) | Action::Clear(_) => return,
        };
        self.due.plan(self.now, Event::Line(word));
    }

    const fn can_be_called_back(&self) -> bool {
        matches!(self.question.caller, Caller::Number(_))
    }

    fn tell_place(&mut self, row: &Row) {
        let staff = match row.staff(self.site) {
            1 => "1 is signed in".to_owned(),
            count => format!("{count} are signed in"),
        };
        let place = row.position().unwrap_or(1);
        self.say(format!("number {place} in the line of {}, {staff}", self.site[row.id].name));
    }

    /// Says something to a caller who waits; what is offered is taken by the next key that they are said to press.
    pub(super) fn notice(&mut self, notice: Notice) {
        if let Notice::Offer(_) = notice
            && let Some(key) = self.keys.pop().flatten()
        {
            self.due.plan(self.now, Event::Key(key));
        }
        self.told.push((self.now, notice));
        self.due.forget(|event| event == Event::PlayDone);
        self.due.plan(self.now + self.question.notice, Event::PlayDone);
    }

    /// What somebody hears who waits is told once: it goes on after each notice.
    pub(super) fn music(&mut self, heard: InLine) {
        self.due.forget(|event| event == Event::PlayDone);
        let heard = words::music(self.site, heard);
        if self
            .lines
            .iter()
            .rev()
            .take_while(|line| line.node == self.cursor.node())
            .all(|line| line.text != heard)
        {
            self.say(heard);
        }
    }
}
