//! What people say of themselves, by a code or through the operator.

use std::sync::Arc;

use callplan::{Feature, Mood, PersonState, PhoneId, number::Digits, resolve};
use clock::Key;
use sip::Status;
use store::Ticket;

use super::{Log, Output, Saying, Switch};
use crate::{
    call::Call,
    shared::{
        promise::{PATIENCE, Promise, Statement},
        recorded::Recorded,
    },
    subscription::{LAMPS, Watched},
};

impl Switch {
    /// What a phone says of its person by a code.
    ///
    /// # Errors
    /// What it is told: it has no person, or calls may not be sent there.
    pub(super) fn said_by_code(
        &mut self,
        phone: PhoneId,
        feature: Feature,
        rest: Option<Digits>,
    ) -> Result<Statement, Status> {
        let site = self.core.site.clone();
        if feature == Feature::Rehearse {
            return self.rehearses_by_code(phone, rest);
        }
        let person = site[phone].person.ok_or(Status::FORBIDDEN)?;
        let name = &site[person].name;
        let state = self.core.people.of(name);
        let state = match feature {
            Feature::DoNotDisturb => state.turned(Mood::DoNotDisturb),
            Feature::Away => state.turned(Mood::Away),
            Feature::Available => state.said(Mood::Available),
            Feature::ForwardOff => PersonState { forward: None, ..state },
            Feature::Forward => {
                let to =
                    rest.and_then(|digits| resolve::home(&site).read(&digits)).ok_or(Status::NOT_FOUND)?;
                resolve::may_send_on(&site, person, to).map_err(|_| Status::FORBIDDEN)?;
                PersonState { forward: Some(to), ..state }
            }
            Feature::Reminder => return self.remind_at(&site, person, rest),
            Feature::Block => return self.block_last(&site, person),
            Feature::Queue => return self.signs_by_code(&site, person, rest),
            Feature::Pickup
            | Feature::GroupPickup
            | Feature::Park
            | Feature::Messages
            | Feature::Mailbox
            | Feature::LeaveMessage
            | Feature::HotDesk
            | Feature::Rehearse
            | Feature::RecordPrompt => {
                return Err(Status::NOT_FOUND);
            }
        };
        Ok(Statement::Of(name.clone(), state))
    }

    /// What a call says is so at once; its caller hears that it is once it lasts.
    pub(super) fn say_for(&mut self, call: Key<Call>, after: Statement) {
        if let Statement::Rehearses(..) = after {
            // Nothing of it is to last.
            self.make(&after, None);
            return self.with_call(call, Call::kept);
        }
        let before = self.said_now(&after);
        let promise = Promise::Said { call, after: after.clone(), before };
        match self.core.promises.add(self.core.now.mono + PATIENCE, promise) {
            Ok(ticket) => self.make(&after, Some(ticket)),
            Err(_) => {
                // Nobody hears a take that is never kept.
                if let Statement::Recorded(_, Some(recorded)) = &after {
                    let path = self.core.prompt_path(&recorded.file);
                    self.core.outputs.push_back(Output::Discard { path, then: None });
                }
                self.with_call(call, Call::not_kept);
            }
        }
    }

    /// The store has what it was asked to keep, or may not have it.
    pub(super) fn promise_over(&mut self, promise: Promise, is_kept: bool) {
        match promise {
            Promise::Said { call, .. } if is_kept => self.with_call(call, Call::kept),
            Promise::Said { call, after, before } => {
                // Whoever said something else in the meantime is not overruled.
                if self.said_now(&after) == after {
                    self.make(&before, None);
                }
                self.core.log(Log::Warn("the store is slow: what a code said is refused".to_owned()));
                self.with_call(call, Call::not_kept);
            }
            Promise::Window(_) if is_kept => {}
            Promise::Window(phone) => {
                let line = format!(
                    "the store is slow: who calls {phone} back after its call for help may not reach it after a restart"
                );
                self.core.log(Log::Warn(line));
            }
        }
    }

    /// What is so at present of what a statement is about.
    fn said_now(&self, statement: &Statement) -> Statement {
        match statement {
            Statement::Of(person, _) => Statement::Of(person.clone(), self.core.people.of(person)),
            Statement::Blocked(person, number, _) => {
                Statement::Blocked(person.clone(), *number, self.core.blocked.has(person, *number))
            }
            Statement::Reminders(person, _) => {
                Statement::Reminders(person.clone(), self.core.reminders.of(person).to_vec())
            }
            Statement::Desk(person, _) => {
                Statement::Desk(person.clone(), self.core.desks.of(person).cloned())
            }
            Statement::Out(person, _) => Statement::Out(person.clone(), self.core.lines.out_of(person)),
            Statement::Recorded(prompt, _) => {
                Statement::Recorded(prompt.clone(), self.core.prompts.of(prompt).cloned())
            }
            Statement::Rehearses(..) => statement.clone(),
            Statement::Held(hours, _) => {
                let held = self.core.keys.held(hours, self.core.now.wall);
                Statement::Held(hours.clone(), held.cloned())
            }
        }
    }

    fn make(&mut self, statement: &Statement, ticket: Option<Ticket>) {
        match statement {
            Statement::Of(person, state) => self.say(person, *state, ticket),
            Statement::Blocked(person, number, is_blocked) => {
                self.block(person, *number, *is_blocked, ticket);
            }
            Statement::Reminders(person, reminders) => self.have_reminders(person, reminders, ticket),
            Statement::Desk(person, phone) => self.sits_at(person, phone.as_ref(), ticket),
            Statement::Out(person, out) => self.serves_all_but(person, out, ticket),
            Statement::Recorded(prompt, recorded) => self.is_recorded(prompt, recorded.clone(), ticket),
            Statement::Rehearses(all, asked) => {
                all.iter().for_each(|who| self.rehearse(who.clone(), asked.clone()));
            }
            Statement::Held(hours, held) => self.hold(hours, held.clone(), ticket),
        }
    }

    /// What the operator says of a person.
    pub(super) fn say_of(&mut self, person: &Arc<str>, saying: Saying) {
        let site = self.core.site.clone();
        let Some(id) = site.person(person) else { return };
        let state = self.core.people.of(person);
        let state = match saying {
            Saying::Mood(mood) => state.said(mood),
            // The config may be another than the one by which it was asked.
            Saying::Forward(Some(to)) if resolve::may_send_on(&site, id, to).is_err() => return,
            Saying::Forward(forward) => PersonState { forward, ..state },
            Saying::RemindNoMore => return self.have_reminders(person, &[], None),
            Saying::Block(number, is_blocked) => return self.block_for(person, number, is_blocked),
        };
        self.say(person, state, None);
    }

    /// A prompt is this from now on, or again what the config has.
    pub(super) fn is_recorded(
        &mut self,
        prompt: &Arc<str>,
        recorded: Option<Recorded>,
        ticket: Option<Ticket>,
    ) {
        let by = recorded.as_ref().map(|recorded| recorded.by.clone());
        let (row, gone) = self.core.prompts.set(prompt, recorded);
        self.core.put(ticket, row);
        if let Some(file) = gone {
            let path = self.core.prompt_path(&file);
            self.core.outputs.push_back(Output::Discard { path, then: None });
        }
        self.core.log(Log::Info(match by {
            Some(by) => format!("prompt {prompt} is what {by} has recorded"),
            None => format!("prompt {prompt} is what the config has"),
        }));
    }

    /// A person's state is another from now on.
    fn say(&mut self, person: &Arc<str>, state: PersonState, ticket: Option<Ticket>) {
        let row = self.core.people.say(person, state);
        self.core.put(ticket, row);
        let site = self.core.site.clone();
        if let Some(person) = site.person(person) {
            self.notifier.person_changed(self.core.now.mono, &site, person);
        }
        for feature in LAMPS {
            self.notifier.changed(self.core.now.mono, &Watched::Said(person.clone(), feature));
        }
    }
}
