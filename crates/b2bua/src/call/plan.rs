//! Driving the plan: events in, actions carried out.

use std::{mem, time::Duration};

use callplan::{
    Atom, Attest, E164, Fact, FactSet, Feature, HoursId, PhoneId, Ringback, Telling, TrunkId,
    number::Digits,
    step::{Action, Cursor, End, Event, Facts, NotRung, ReasonKind, Steps, StopWhy, Target},
};
use smallvec::{SmallVec, smallvec};

use super::{
    Call, Hands, Phase, Timer,
    confirm::Remembered,
    contact,
    decided::of_reason,
    dialled::Dialled,
    fork::{Dial, Outside, Who},
    formats::tell_unheard,
    log::Kind,
    originate::Originated,
    outlook::Outlook,
    probe::reaches_people,
    release::Ending,
    take::Taking,
};
use crate::{
    cause::{Cause, Release},
    sdp::{Codec, Codecs, with_ours},
    service::mailbox::Listener,
    switch::{Output, Verify},
};

/// What leads a call to its parties.
#[derive(Debug)]
pub(crate) enum Course {
    /// A call plan; the cursor is all that it remembers.
    Plan(Box<(Cursor, Facts)>),
    /// A number that one of our phones dialled: these trunks in order.
    Dialled(Dialled),
    /// A code by which a phone said something.
    Said(Said),
    /// Messages that the caller listens to.
    Listening(Box<Listener>),
    /// A prompt that the caller records.
    Taking(Box<Taking>),
    /// A slot, where the caller waits until somebody comes for it.
    Parked(Parked),
    /// A slot that its phone calls before it sends somebody there: it hears that one is free.
    Asking,
    /// A caller who is rung first.
    Originated(Originated),
    /// Somebody who asked for it is reminded.
    Reminder(Remembered),
    /// A number of ours is tried over a trunk.
    Probing(Probing),
}

/// A test call that goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probing {
    /// The number of ours.
    pub(crate) number: E164,
    /// Over which trunk.
    pub(crate) trunk: TrunkId,
}

/// What a phone says by a code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// Something of its person, and the digits behind the code.
    Feature(Feature, Option<Digits>),
    /// The day/night key of a schedule is pressed.
    Toggle(HoursId),
}

/// A caller in a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parked {
    pub(crate) slot: u32,
    /// The phone that it goes back to.
    pub(crate) by: PhoneId,
}

/// Events that arise while actions are carried out.
pub(super) type Pending = SmallVec<[Event; 4]>;

/// Why a leg ends when the plan stops its target.
const fn release_of(why: StopWhy) -> Release {
    match why {
        StopWhy::Timeout | StopWhy::Missed => Release::NoAnswer,
        StopWhy::AnsweredElsewhere => Release::AnsweredElsewhere,
        StopWhy::DeclinedElsewhere => Release::Refused(sip::Status::DECLINE),
        StopWhy::NotTaken => Release::Normal,
        StopWhy::CallerLeft => Release::CallerLeft,
        StopWhy::Fault => Release::Fault,
    }
}

impl Call {
    pub(super) fn start_course(&mut self, hands: &mut Hands<'_>) {
        // Numbers of calls are written down, so what was drawn can be drawn again; each course draws anew.
        self.ringback = Ringback::Tone;
        let chance = self.number.0 ^ (u64::from(self.courses) << 48);
        if let Phase::Routing(Course::Plan(plan)) = &mut self.phase {
            plan.1.chance = chance;
        }
        let Phase::Routing(course) = &self.phase else { return };
        match course {
            Course::Plan(_) => self.advance(Event::Enter, hands),
            Course::Dialled(dialled) => {
                let who = Who::dialled(dialled, &self.site, self.payer());
                self.dial(who, hands);
            }
            // Confirmed when it lasts.
            Course::Said(_) => {}
            Course::Listening(_) => self.begin_listening(hands),
            Course::Taking(_) => self.begin_taking(hands),
            Course::Parked(parked) => self.wait_in_slot(parked.slot, hands),
            Course::Asking => self.hear_of_slot(hands),
            Course::Originated(asked) => self.ring_asker(&asked.phones.clone(), hands),
            Course::Reminder(_) => self.remind(hands),
            Course::Probing(probing) => self.go_out(*probing, hands),
        }
    }

    /// Tells the plan what happened and does what it says, until it has nothing more to say.
    pub(super) fn advance(&mut self, event: Event, hands: &mut Hands<'_>) {
        let mut pending: Pending = smallvec![event];
        let courses = self.courses;
        // What is pending is nothing to another course.
        while !pending.is_empty() && self.courses == courses {
            let event = pending.remove(0);
            let now = self.clock(hands.core);
            match &mut self.phase {
                Phase::Routing(Course::Plan(plan)) => {
                    let (cursor, facts) = &mut **plan;
                    let mut steps = mem::take(&mut hands.core.steps);
                    steps.clear();
                    let holder = &self.caller.person;
                    let outlook = Outlook::new(&self.site, holder, now, hands);
                    self.journal.step(&self.site, cursor, facts, &outlook, event, &mut steps);
                    self.carry_out(&steps, hands, &mut pending);
                    hands.core.steps = steps;
                }
                Phase::Routing(Course::Dialled(_)) => self.hear_dialled(event, hands),
                Phase::Routing(Course::Said(_)) => self.hear_confirming(event, hands),
                Phase::Routing(Course::Listening(_)) => self.hear_listening(event, hands),
                Phase::Routing(Course::Taking(_)) => self.hear_taking(event, hands),
                Phase::Routing(Course::Originated(_)) => self.hear_asker(event, hands),
                Phase::Routing(Course::Reminder(_)) => self.hear_reminding(event, hands),
                Phase::Routing(Course::Probing(_)) => self.hear_probing(event, hands),
                Phase::Routing(Course::Parked(_) | Course::Asking) | Phase::Talking(_) | Phase::Over(_) => {}
            }
        }
    }

    fn carry_out(&mut self, steps: &Steps, hands: &mut Hands<'_>, pending: &mut Pending) {
        for reason in &steps.reasons {
            if let Some((kind, detail, target, value)) = of_reason(reason) {
                self.note(hands.core, kind, detail, target, value);
            }
            if let ReasonKind::NotRung { who, why: NotRung::Blocked(number) } = reason.kind {
                self.passes_over(who, number, hands);
            } else if let ReasonKind::SentOn { target, to } = reason.kind {
                self.goes_on(target, to, hands);
            } else if let ReasonKind::NotSentOn { target, to, why } = reason.kind {
                self.stays((target, to), why, hands);
            } else if let ReasonKind::Asked { atom: Atom::Open(hours), .. } = reason.kind {
                self.note_held(hours, hands);
            }
        }
        let courses = self.courses;
        for action in &steps.actions {
            if matches!(self.phase, Phase::Over(_)) || self.courses != courses {
                return;
            }
            self.act(*action, hands, pending);
        }
    }

    fn act(&mut self, action: Action, hands: &mut Hands<'_>, pending: &mut Pending) {
        if self.is_probe() && reaches_people(action) {
            return self.reaches_nobody(hands);
        }
        match action {
            Action::Start { target, who, is_screened } => {
                if !self.start(target, self.who(who, is_screened), hands) {
                    pending.push(Event::Unreachable(target));
                } else if self.is_only_told(target) {
                    pending.push(Event::Ringing(target));
                }
            }
            Action::Screen { target, screen } => self.screen(target, screen, hands, pending),
            Action::Stop { target, why } => {
                self.screens.end(target, hands.core);
                self.stop_target(target, release_of(why), hands);
            }
            Action::Timer { timer, after } => {
                self.alarm.table.arm(Timer::Plan(timer), hands.core.now.mono + after);
            }
            Action::ClearTimer(timer) => self.alarm.table.clear(Timer::Plan(timer)),
            Action::Ask(facts) => self.ask_for(facts, hands),
            Action::Answer => self.answer_by_plan(hands),
            Action::Play { prompt } => {
                self.serve(hands);
                if !self.voice.play(self.id, prompt, &self.site, self.a, hands) {
                    pending.push(Event::PlayDone);
                }
            }
            Action::Say(sentence) => {
                self.serve(hands);
                if !self.voice.say_sentence(self.id, &sentence, &self.site, self.a, hands) {
                    pending.push(Event::PlayDone);
                }
            }
            Action::Line { queue, ask } => self.ask_line(queue, ask, hands),
            Action::Tell(notice) => {
                if !self.tell_waiting(notice, hands) {
                    pending.push(Event::PlayDone);
                }
            }
            Action::Music(heard) => {
                self.serve(hands);
                self.play_in_line(heard, hands);
            }
            Action::Ringback(ringback) => self.ringback = ringback,
            Action::StopPlay => self.voice.stop_play(hands.core),
            Action::Collect { on } => self.voice.collect(self.id, on, self.a, hands),
            Action::Record { mailbox, max, silence } => {
                self.take_message(mailbox, max, silence, hands, pending)
            }
            Action::StopRecord => self.voice.stop_record(hands.core),
            // Whose turn it is remains so.
            Action::Advance { .. } if self.is_rehearsal() => {}
            Action::Advance { group, to } => hands.core.advance_pointer(&self.site[group].name, to),
            Action::Bridge { target } => self.bridge(target, hands),
            Action::End(end) => self.end_by_plan(end, hands),
        }
    }

    fn ask_for(&self, facts: FactSet, hands: &mut Hands<'_>) {
        if facts.iter().any(Fact::is_of_contact) {
            let asker = store::Asker(self.id.raw());
            hands.core.store(store::Request::AskCaller(asker, self.caller.number.clone()));
        }
        if facts.contains(Fact::CallerAttest) {
            self.ask_who_vouches(hands);
        }
    }

    /// The store told what is known of the caller. What comes when the plan is over changes nothing.
    pub(crate) fn told(&mut self, known: &store::Known, hands: &mut Hands<'_>) {
        let Phase::Routing(Course::Plan(plan)) = &mut self.phase else { return };
        let asked = self.site[plan.1.entry.plan(&self.site)].facts;
        let tellings = contact::tellings(&self.site, known);
        let asked = tellings.into_iter().filter(|telling| asked.contains(telling.fact()));
        let asked: SmallVec<[Telling; 8]> = asked.collect();
        let Some(first) = asked.first().map(|telling| telling.fact()) else { return };
        for telling in &asked {
            plan.1.told.tell(*telling);
        }
        for telling in asked {
            self.note(hands.core, Kind::Told, telling.fact() as u8, 0, telling.value());
        }
        self.advance(Event::Told(first), hands);
        self.settle(hands);
    }

    /// How far the caller's number is vouched for was judged.
    pub(crate) fn attested(&mut self, attest: Attest, hands: &mut Hands<'_>) {
        let Phase::Routing(Course::Plan(plan)) = &mut self.phase else { return };
        plan.1.told.attested(attest);
        self.caller.attest = Some(attest);
        self.note(hands.core, Kind::Told, Fact::CallerAttest as u8, 0, attest as u64);
        self.advance(Event::Told(Fact::CallerAttest), hands);
        self.settle(hands);
    }

    /// Has the passports judged that the call came with; without any that is known from the start.
    fn ask_who_vouches(&self, hands: &mut Hands<'_>) {
        let (Some(luggage), Some(number)) = (&self.caller.luggage, self.caller.asserted) else { return };
        let Some(called) = self.caller.came_for.filter(|_| !luggage.passports.is_empty()) else { return };
        hands.core.outputs.push_back(Output::Verify(Box::new(Verify {
            asker: self.id.raw(),
            passports: luggage.passports.to_vec(),
            claim: stir::Claim::between(&number.to_string(), &called.to_string()),
            call_id: self.a_record.sip_call_id.clone(),
            unix: u64::try_from(hands.core.now.wall.unix_micros()).unwrap_or(0) / 1_000_000,
            site: hands.core.site.clone(),
        })));
    }

    fn take_message(
        &mut self,
        mailbox: callplan::MailboxId,
        max: Duration,
        silence: Duration,
        hands: &mut Hands<'_>,
        pending: &mut Pending,
    ) {
        let name = &self.site[mailbox].name;
        let until = media::control::RecordUntil { max, silence, keys: HASH };
        if hands.core.has_room(name) && self.voice.record(self.id, self.number, name, until, self.a, hands) {
            self.note(hands.core, Kind::Recording, 0, 0, mailbox.0.into());
        } else {
            pending.push(Event::RecordDone { left: false });
        }
    }

    /// Answers the caller for a service, or because the music answers that they hear while somebody rings.
    fn answer_by_plan(&mut self, hands: &mut Hands<'_>) {
        if matches!(self.ringback, Ringback::Answered(_)) {
            // Nobody has the caller yet: a transfer may still come back.
            self.pick_up(hands);
            if matches!(self.phase, Phase::Routing(_)) {
                self.sound_ringing(hands);
            }
        } else {
            self.answer_for_service(hands);
        }
    }

    /// Answers the caller because something is to be played or recorded.
    pub(super) fn answer_for_service(&mut self, hands: &mut Hands<'_>) {
        if self.pick_up(hands) {
            self.serve(hands);
        }
    }

    /// Answers the caller with what the switch itself speaks; false if they can't be, and the call is over.
    fn pick_up(&mut self, hands: &mut Hands<'_>) -> bool {
        let was_answered = self.is_answered();
        let Some(leg) = hands.legs.get_mut(self.a) else { return false };
        let is_asked_first = leg.talk().remote().is_none();
        let spoken = if is_asked_first { with_ours(service_codecs()) } else { service_codecs() };
        match leg.answer(&spoken, hands.core) {
            Ok(()) => {
                self.was_served = true;
                self.caller_answered(hands);
                if was_answered {
                    self.agree_with_service(hands);
                }
                true
            }
            Err(refusal) => {
                tell_unheard(self.a, hands);
                self.end(Ending::refused(Cause::NoMedia, refusal.status()), hands);
                false
            }
        }
    }

    /// A service of ours has the caller, and whoever transferred them there is free.
    fn serve(&mut self, hands: &mut Hands<'_>) {
        if self.transfer.is_some() {
            self.meets_service(hands);
            self.transfer_done(self.a, hands);
        }
        self.introduce(self.a, hands);
    }

    fn end_by_plan(&mut self, end: End, hands: &mut Hands<'_>) {
        let ending = match end {
            End::WentHome(_) => Ending::by_switch(Cause::PlanEnded),
            End::Left => Ending::by_caller(self.left.unwrap_or(Cause::Cancelled)),
            End::Voicemail { left, .. } => Ending::voicemail(left, self.left),
            End::Rejected(_) | End::HungUp | End::Failed(_) => {
                match end.status().and_then(sip::Status::new) {
                    Some(status) if !self.is_answered() || self.is_unserved() => {
                        Ending::refused(Cause::of_status(status), status)
                    }
                    Some(_) | None => Ending::by_switch(Cause::PlanEnded),
                }
            }
        };
        self.end(ending, hands);
    }

    /// The plan's target as the fork knows it.
    fn who(&self, target: Target, is_screened: bool) -> Who {
        match target {
            Target::Phone(phone) => Who::Phone(phone),
            Target::Agent(agent) => {
                let trunk = self.site[agent].trunk;
                Who::Number(Outside::over(&self.site, Dial::Agent(agent), &[trunk], false))
            }
            Target::Number { to, rule, by } => {
                let payer = by.map(|person| self.site[person].name.clone());
                let trunks = &self.site[rule].trunks;
                let outside = Outside::over(&self.site, to.into(), trunks, false).sent_on_by(payer);
                Who::Number(outside.screened(is_screened))
            }
        }
    }
}

/// Formats that the switch speaks by itself where it may choose: what it plays and records is no more than these carry.
pub(super) fn service_codecs() -> Codecs {
    [Codec::fixed(8), Codec::fixed(0), Some(Codec::telephone_event())].into_iter().flatten().collect()
}

/// `#` among the keys that end a recording (RFC 4733 §3.2).
const HASH: u16 = 1 << 11;
