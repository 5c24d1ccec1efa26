//! Limits that the operator set, as far as they show on the wire: channels of a trunk, calls of a person, and
//! how long anybody rings.
//!
//! What a leg holds is counted only while that is beyond doubt, so the counts here are never above those of the
//! switch, and a limit that is broken here is broken. That everything is given back in the end the switch itself
//! has to say ([`World::ends`](crate::world::World::ends)).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use callplan::{Codes, PhoneId, Site, Who, number::Digits};
use clock::{Instant, Wall};
use sip::{Message, Method, Name, header::NameAddr};

use super::{
    Check, Manners, SLACK,
    apart::Apart,
    blocked::Blocks,
    carrier::Carriers,
    desk::Desks,
    duty::T1,
    masked::Masked,
    money::Purses,
    park::Parks,
    reminder::{Reminded, is_reminder},
    seen::{Asked, Leg, is_success},
};

/// A number that was dialled may ring for so long (RFC 3261 §16.6: timer C is longer than three minutes).
const DIALLED_MAX: Duration = Duration::from_secs(190);

/// Phones from which a call was asked for ring for so long, and begin within a moment.
const ORIGINATED_MAX: Duration = Duration::from_secs(30);
const MOMENT: Duration = Duration::from_secs(1);

/// A carrier may be silent for so long before another one is tried (RELIABILITY F7).
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// What is known of the site.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// By side.
    sides: Vec<Side>,
    /// Numbers at which no limit counts.
    emergency: BTreeSet<Arc<str>>,
    /// For how long whoever helps may call back past every limit.
    callback_for: Duration,
    /// Phones that called for help, until when they may be called back.
    helped: BTreeMap<usize, Instant>,
    /// Codes by which a phone only says something, so that nobody has a call more.
    codes: Codes,
    keys: BTreeSet<Arc<str>>,
    /// Calls to such a code.
    said: BTreeSet<Arc<str>>,
    /// Phones that are rung because a call was asked for from them, and since when.
    asked_for: BTreeMap<usize, Instant>,
    /// Some group has its members see calls that another answered as missed, and so whoever they send calls on to.
    may_miss: bool,
}

/// A phone or a carrier.
#[derive(Debug)]
struct Side {
    holder: Holder,
    /// As it is shown to those it calls, or was since the process began.
    shown: Vec<Arc<str>>,
    /// Longest that any step rings it.
    rings_max: Duration,
    is_carrier: bool,
    /// The number that whoever helps is shown by a phone, without the plus.
    own: Option<String>,
}

/// Whose limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// So many channels.
    Trunk(u16),
    /// A person who may have so many calls.
    Person(usize, u16),
    /// A phone of nobody.
    Nobody,
}

impl Limits {
    fn of(site: &Site) -> Self {
        let phone = |index: usize| {
            let phone = &site[PhoneId::from(index)];
            let holder =
                phone.person.map_or(Holder::Nobody, |id| Holder::Person(id.index(), site[id].calls_max));
            let shown = vec![site.ext_of(index.into()).unwrap_or(&phone.name).clone()];
            let own = callplan::resolve::shown_for_help(site, index.into());
            let own = own.map(|number| number.to_string().trim_start_matches('+').to_owned());
            Side { holder, shown, rings_max: rings_max(site, index.into()), is_carrier: false, own }
        };
        let trunk = |trunk: &callplan::Trunk| Side {
            holder: Holder::Trunk(trunk.channels),
            shown: vec![trunk.name.clone()],
            rings_max: DIALLED_MAX,
            is_carrier: true,
            own: None,
        };
        let sides = (0..site.phones.len()).map(phone).chain(site.trunks.iter().map(trunk)).collect();
        let emergency = site.emergency.numbers.iter().cloned().collect();
        let callback_for = site.emergency.callback_for;
        let keys = site.hours.iter().filter_map(|hours| hours.toggle.clone()).collect();
        let groups = site.groups.iter().map(|group| group.answered_elsewhere);
        let may_miss =
            !groups.chain(site.queues.iter().map(|queue| queue.answered_elsewhere)).all(|said| said);
        Self { sides, emergency, callback_for, codes: site.codes.clone(), keys, may_miss, ..Self::default() }
    }

    /// Whether somebody may be stopped without a word when another answers.
    pub(super) fn may_miss(&self) -> bool {
        self.may_miss
    }

    /// A process begins: everybody has their phones, or those where they have signed in.
    pub(super) fn begins(&mut self, site: &Site) {
        self.sides = Self::of(site).sides;
    }

    /// A phone is somebody else's from now on, but not to calls that began before: it counts for nobody.
    pub(super) fn changes_hands(&mut self, site: &Site, phone: PhoneId) {
        let side = &mut self.sides[phone.index()];
        side.holder = Holder::Nobody;
        side.shown.push(site.ext_of(phone).unwrap_or(&site[phone].name).clone());
        side.rings_max = side.rings_max.max(rings_max(site, phone));
    }

    /// How long a party may say nothing to a request before that is given up (RFC 3261 §17.1, timers B and F).
    pub(super) fn patience(&self, side: usize, asked: &Asked) -> Duration {
        let is_carrier = self.sides.get(side).is_some_and(|side| side.is_carrier);
        // An OPTIONS only asks whether it is there.
        let is_short = asked.is_first || asked.method == Method::Options;
        if is_carrier && is_short { PATIENCE } else { T1 * 64 }
    }

    /// Whether this is who is shown as `user`.
    pub(super) fn is_shown_as(&self, side: usize, user: &str) -> bool {
        self.sides
            .get(side)
            .is_some_and(|side| !side.is_carrier && side.shown.iter().any(|shown| **shown == *user))
    }

    /// Whether a call was asked for from this phone a moment ago.
    pub(super) fn is_asked_for(&self, side: usize, now: Instant) -> bool {
        self.asked_for.get(&side).is_some_and(|at| now < *at + MOMENT)
    }

    /// Whether a carrier is at this side.
    pub(super) fn is_carrier(&self, side: usize) -> bool {
        self.sides.get(side).is_some_and(|side| side.is_carrier)
    }

    /// Whether a phone of the config is at this side.
    pub(super) fn is_phone(&self, side: usize) -> bool {
        self.sides.get(side).is_some_and(|side| !side.is_carrier)
    }

    /// Whether two sides are phones of one person, or may have been.
    pub(super) fn is_one(&self, one: usize, other: usize) -> bool {
        let holder = |side: usize| self.sides.get(side).map(|side| side.holder);
        let of_person = |side: usize| matches!(holder(side), Some(Holder::Person(..)));
        let has_moved = |side: usize| self.sides.get(side).is_some_and(|side| side.shown.len() > 1);
        one == other || (of_person(one) && holder(one) == holder(other)) || has_moved(one) || has_moved(other)
    }

    /// How long an INVITE that left then may ring.
    pub(super) fn rings_max(&self, side: usize, since: Instant) -> Duration {
        let of_step = self.sides.get(side).map_or(DIALLED_MAX, |side| side.rings_max);
        let is_asked_for = self.asked_for.get(&side).is_some_and(|at| *at <= since && since < *at + MOMENT);
        let most = if is_asked_for { of_step.max(ORIGINATED_MAX) } else { of_step };
        most + SLACK
    }

    /// A call was asked for from these phones.
    pub(super) fn originates(&mut self, now: Instant, phones: impl IntoIterator<Item = PhoneId>) {
        self.asked_for.extend(phones.into_iter().map(|phone| (phone.index(), now)));
    }

    /// Whether somebody on this side who says who they are calls for help.
    pub(super) fn needs_help(&self, side: usize, message: &Message) -> bool {
        let is_ours = self.sides.get(side).is_some_and(|side| !side.is_carrier);
        is_ours && message.header(Name::ProxyAuthorization).is_some() && self.is_help(message, Name::To)
    }

    /// Whether the number that a header names is one for emergencies.
    pub(super) fn is_help(&self, message: &Message, name: Name) -> bool {
        let called = user_of(message, name);
        called.is_some_and(|called| self.emergency.iter().any(|number| **number == *called))
    }

    /// Whether somebody on this side dials a code that begins no call with anybody.
    fn only_says(&self, side: usize, message: &Message) -> bool {
        let is_phone = self.sides.get(side).is_some_and(|side| !side.is_carrier);
        let dialled = user_of(message, Name::To).and_then(|dialled| Digits::read(&dialled).ok());
        is_phone
            && dialled.is_some_and(|dialled| {
                let code = self.codes.read(&dialled);
                self.keys.contains(dialled.as_str())
                    || code.is_some_and(|(feature, _)| !feature.joins_calls())
            })
    }

    /// A phone called for help.
    pub(super) fn called_for_help(&mut self, now: Instant, side: usize) {
        if self.sides.get(side).is_some_and(|side| !side.is_carrier) {
            self.helped.insert(side, now + self.callback_for + SLACK);
        }
    }

    /// Whether a leg belongs to a call back to one who called for help: a carrier calls what was shown, or that
    /// very phone is rung, or one of the same person to which it sends the call on.
    pub(super) fn is_call_back(&self, now: Instant, side: usize, message: &Message) -> bool {
        let called = user_of(message, Name::To).unwrap_or_default();
        let called = called.trim_start_matches('+');
        let mut open = self.helped.iter().filter(|(_, until)| **until > now).map(|(phone, _)| *phone);
        let is_shown = |phone: usize| {
            self.sides[phone].own.iter().any(|own| !called.is_empty() && own.ends_with(called))
        };
        let is_carrier = self.sides.get(side).is_some_and(|side| side.is_carrier);
        open.any(|phone| if is_carrier { is_shown(phone) } else { self.is_one(phone, side) })
    }
}

/// The longest that any step of the site rings a phone; one whose turn it is rings for its turn alone.
fn rings_max(site: &Site, phone: PhoneId) -> Duration {
    let person = site[phone].person;
    let rings = site.nodes.iter().filter_map(|node| node.act.ring());
    let lasts = rings.filter_map(|ring| match ring.who {
        Who::Phone(own) => (own == phone).then_some(ring.total),
        Who::Person(own) => (person == Some(own)).then_some(ring.total),
        Who::Rota(rota) => person.filter(|person| site[rota].people.contains(person)).map(|_| ring.total),
        Who::First(_) => Some(ring.total),
        Who::Agent(_) | Who::OnCall(_) => None,
        Who::Group(group) => {
            let is_in_turn = site[group].order.is_in_turn();
            person
                .filter(|person| site[group].members.contains(person))
                .map(|_| if is_in_turn { ring.each } else { ring.total })
        }
    });
    lasts.max().unwrap_or_default()
}

pub(super) fn user_of(message: &Message, name: Name) -> Option<String> {
    let address = NameAddr::parse(message.header(name)?).ok()?;
    Some(address.uri.user()?.to_owned())
}

impl Leg {
    /// Whether it holds a channel beyond doubt.
    fn is_under_way(&self) -> bool {
        let over = self.bye_left.is_some() || self.bye_came.is_some() || self.refused;
        // Whoever has transferred the call is out of it, and hears of that before the BYE: once what it was told
        // before has its answer.
        let is_told_more =
            || self.asked.values().any(|it| it.method == Method::Notify && it.last_status.is_none());
        let over = over || self.referral.is_some_and(|it| it.may_be_done() || is_told_more());
        if over {
            return false;
        }
        if self.is_ours {
            let newest = self.asked.values().filter(|asked| asked.is_first).max_by_key(|asked| asked.cseq);
            return newest.is_some_and(|asked| {
                let is_wanted = asked.cancelled.is_none() && !asked.is_given_up;
                is_wanted && asked.last_status.map_or(asked.provisional, sip::Status::is_success)
            }) && !self.is_parting;
        }
        // One that was answered and whose ACK is still to come may have been given up in the meantime.
        self.is_accepted && self.answering.values().all(|it| it.last_status.is_none() || it.acknowledged)
    }

    /// Whether somebody talks, or dials.
    fn is_call(&self) -> bool {
        let is_answered = || self.asked.values().any(|asked| asked.is_first && is_success(asked.last_status));
        self.is_under_way() && (!self.is_ours || is_answered())
    }
}

impl Check {
    /// A judge who knows what the site allows, and what the clock on the wall shows at the beginning.
    pub fn of(site: &Arc<Site>, began: Wall) -> Self {
        let (limits, manners, masked) = (Limits::of(site), Manners::of(site), Masked::of(site));
        let (carriers, parks, purses) = (Carriers::of(site), Parks::of(site), Purses::of(site));
        let (apart, blocked, reminded) = (Apart::of(site), Blocks::of(site), Reminded::of(site, began));
        let desks = Desks::of(site);
        Self {
            apart,
            blocked,
            desks,
            reminded,
            limits,
            manners,
            masked,
            carriers,
            parks,
            purses,
            ..Self::default()
        }
    }

    /// Whether the person of a phone might have had one call more from then on, beyond doubt. What they transferred, or
    /// sent elsewhere by a 302, may still count, for as long as it lasts (RELIABILITY A9).
    pub(super) fn has_time(&self, since: Instant, side: usize) -> bool {
        let holder = self.limits.sides.get(side).map(|side| side.holder);
        let Some(Holder::Person(_, calls_max)) = holder else { return false };
        let of_one = self.legs.values().filter(|leg| self.limits.is_one(leg.side, side));
        let sent_on = |leg: &Leg| leg.referral.is_some() || leg.asked.values().any(Asked::is_redirected);
        let holds = |leg: &Leg| usize::from(leg.may_hold(since)) + usize::from(sent_on(leg));
        of_one.map(holds).sum::<usize>() < usize::from(calls_max)
    }

    /// The switch begins a leg, or takes one that came.
    pub(super) fn judge_limits(&mut self, now: Instant, call_id: &str, side: usize, message: &Message) {
        if self.limits.is_help(message, Name::To) {
            return self.limits.called_for_help(now, side);
        }
        let is_ours = self.legs.get(call_id).is_some_and(|leg| leg.is_ours);
        if !is_ours && self.limits.only_says(side, message) {
            self.limits.said.insert(call_id.into());
            return;
        }
        let is_carrier = self.limits.sides.get(side).is_some_and(|side| side.is_carrier);
        // A phone is called back, and a carrier calls; not the other way round.
        if is_ours != is_carrier && self.limits.is_call_back(now, side, message) {
            return;
        }
        if is_ours && is_reminder(message) {
            return;
        }
        let Some(holder) = self.limits.sides.get(side).map(|side| side.holder) else { return };
        let others = self.legs.iter().filter(|(other, _)| ***other != *call_id);
        match holder {
            Holder::Trunk(channels) => {
                let held = others.filter(|(_, leg)| leg.side == side && leg.is_under_way());
                let held: Vec<_> = held.map(|(other, _)| other.clone()).collect();
                if held.len() >= usize::from(channels) {
                    let what =
                        format!("{call_id}: a trunk of {channels} channels carries one more than {held:?}");
                    self.violate(now, what);
                }
            }
            Holder::Person(_, calls_max) => {
                let sides = &self.limits.sides;
                let is_own = |leg: &Leg| sides.get(leg.side).is_some_and(|side| side.holder == holder);
                let said = &self.limits.said;
                let held =
                    others.filter(|(other, leg)| is_own(leg) && leg.is_call() && !said.contains(*other));
                let held: Vec<_> = held.map(|(other, _)| other.clone()).collect();
                // Whoever dials is rung by their own call, if that is what they dial.
                let from = user_of(message, Name::From);
                let is_from = |side: &Side| {
                    side.holder == holder && side.shown.iter().any(|shown| from.as_deref() == Some(&**shown))
                };
                let own = self.legs[call_id].is_ours && sides.iter().any(is_from);
                if held.len() >= usize::from(calls_max) + usize::from(own) {
                    let what =
                        format!("{call_id}: one who may have {calls_max} calls has one more than {held:?}");
                    self.violate(now, what);
                }
            }
            Holder::Nobody => {}
        }
    }
}
