//! Faults in the carrying out of plans: each shows only in when somebody rings, in which order, or where a
//! call goes next.

use std::{sync::Arc, time::Duration};

use callplan::{Act, Layers, Mobile, Order, Screening, Site, Who, queue::Rules};
use sip::{Message, Method};

use super::{Fault, Planted};

/// By how much a time is wrong.
const SECOND: Duration = Duration::from_secs(1);

/// Those that `equivalence` has to find: most of them break nothing that always has to be true.
pub const OF_PLANS: [Fault; 20] = [
    Fault::StoppedLate,
    Fault::StartedLate,
    Fault::StepCutShort,
    Fault::TurnTooLong,
    Fault::TurnOrder,
    Fault::PointerWrong,
    Fault::PointerLost,
    Fault::MeritIgnored,
    Fault::MemberForgotten,
    Fault::BusyAsDeclined,
    Fault::KeyAwaitedTooLong,
    Fault::GuardIgnored,
    Fault::StatusChanged,
    Fault::QueueOrder,
    Fault::WrapIgnored,
    Fault::AgentsForgotten,
    Fault::CallsWait,
    Fault::ScreenIgnored,
    Fault::MobileLate,
    Fault::LayersTurned,
];

impl Planted {
    /// The site that the switch is given in place of the true one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "each fault changes one thing and leaves the rest")]
    pub fn changes(&self, site: &Arc<Site>) -> Arc<Site> {
        let mut changed = Site::clone(site);
        match self.fault {
            Fault::StepCutShort => {
                rings(&mut changed, |ring| *ring.total = ring.total.saturating_sub(SECOND))
            }
            Fault::TurnTooLong => rings(&mut changed, |ring| {
                if let Some(each) = ring.each {
                    *each += SECOND;
                }
            }),
            Fault::RingsTooLong => rings(&mut changed, |ring| {
                *ring.total += SECOND;
                if let Some(each) = ring.each {
                    *each += SECOND;
                }
            }),
            Fault::ChannelsIgnored => {
                changed.trunks.iter_mut().for_each(|trunk| trunk.channels = u16::MAX);
            }
            Fault::CallsIgnored => {
                changed.people.iter_mut().for_each(|person| person.calls_max = u16::MAX);
            }
            Fault::CallsKept => {
                changed.people.iter_mut().for_each(|person| person.calls_max -= 1);
            }
            Fault::ReturnsLate => changed.park.return_after += SECOND,
            Fault::BoundIgnored => changed.people.iter_mut().for_each(|person| person.per_day = None),
            Fault::MaskIgnored => {
                changed.numbers.iter_mut().for_each(|number| number.shown.mask = false);
                changed.groups.iter_mut().for_each(|group| group.shown.mask = false);
                changed.plans.iter_mut().for_each(|plan| plan.mask = false);
                changed.people.iter_mut().for_each(|person| person.mask = false);
            }
            Fault::BusyAsDeclined => rings(&mut changed, |ring| std::mem::swap(ring.busy, ring.declined)),
            Fault::TurnOrder => changed
                .groups
                .iter_mut()
                .filter(|group| group.order == Order::InOrder)
                .for_each(|group| group.members.reverse()),
            Fault::MeritIgnored => changed
                .groups
                .iter_mut()
                .filter(|group| group.order.reads_tallies() || group.order.is_drawn())
                .for_each(|group| group.order = Order::InOrder),
            Fault::MemberForgotten => {
                changed.groups.iter_mut().filter(|group| group.members.len() > 1).for_each(|group| {
                    group.members.truncate(group.members.len() - 1);
                    group.weights.truncate(group.members.len());
                })
            }
            Fault::KeyAwaitedTooLong => {
                changed.menus.iter_mut().for_each(|menu| menu.silence.after += SECOND);
            }
            Fault::WayForgotten | Fault::BusyLedOn => self.reroutes(&mut changed),
            Fault::QueueOrder => rules(&mut changed, |rules| {
                if rules.order != Order::All {
                    rules.order = Order::InOrder;
                    rules.members.reverse();
                    rules.weights.reverse();
                }
            }),
            Fault::WrapIgnored => rules(&mut changed, |rules| rules.wrap = Duration::ZERO),
            Fault::AgentsForgotten => rules(&mut changed, |rules| rules.rest += SECOND * 60),
            Fault::CallsWait => changed.people.iter_mut().for_each(|person| person.call_waiting = true),
            Fault::ScreenIgnored => {
                rings(&mut changed, |ring| *ring.screening = Screening::Off);
                mobiles(&mut changed, |mobile| mobile.screening = Screening::Off);
            }
            Fault::MobileLate => mobiles(&mut changed, |mobile| mobile.after += SECOND),
            Fault::LayersTurned => {
                for node in &mut changed.nodes {
                    if let Act::Ring(ring) = &mut node.act
                        && let Who::First(layers) = &mut ring.who
                    {
                        let mut turned: Vec<_> = layers.iter().collect();
                        turned.reverse();
                        *layers = Layers::new(&turned, layers.within);
                    }
                }
            }
            Fault::GuardIgnored => changed.nodes.iter_mut().for_each(|node| node.guard = None),
            _ => return site.clone(),
        }
        Arc::new(changed)
    }

    /// For how long a message is held back.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "each fault holds one thing back and lets the rest go"
    )]
    pub(super) fn holds_message(&self, message: &Message) -> Duration {
        let is = |method: Method| message.is_request() && *message.method() == method;
        match self.fault {
            Fault::StoppedLate if is(Method::Cancel) => SECOND,
            Fault::ReminderLate if is(Method::Invite) && message.from().uri.user() == Some("reminder") => {
                SECOND * 61
            }
            Fault::StartedLate if is(Method::Invite) => SECOND / 10,
            Fault::LedOnLate | Fault::CalleeLate if is(Method::Invite) => self.holds_way(message),
            _ => Duration::ZERO,
        }
    }
}

/// What of a step that rings may be changed.
struct Ringing<'a> {
    total: &'a mut Duration,
    each: Option<&'a mut Duration>,
    busy: &'a mut Option<callplan::NodeId>,
    declined: &'a mut Option<callplan::NodeId>,
    screening: &'a mut Screening,
}

fn rules(site: &mut Site, change: impl Fn(&mut Rules)) {
    site.queues.iter_mut().for_each(|queue| change(Arc::make_mut(&mut queue.rules)));
}

fn mobiles(site: &mut Site, change: impl Fn(&mut Mobile)) {
    site.people.iter_mut().filter_map(|person| person.follow.mobile.as_mut()).for_each(change);
}

fn rings(site: &mut Site, change: impl Fn(Ringing<'_>)) {
    for node in &mut site.nodes {
        match &mut node.act {
            Act::Ring(ring) => change(Ringing {
                total: &mut ring.total,
                each: Some(&mut ring.each),
                busy: &mut ring.busy,
                declined: &mut ring.declined,
                screening: &mut ring.screening,
            }),
            Act::Forward(forward) => change(Ringing {
                total: &mut forward.total,
                each: None,
                busy: &mut forward.busy,
                declined: &mut forward.declined,
                screening: &mut forward.screening,
            }),
            Act::Play(_)
            | Act::Ask(_)
            | Act::Directory { .. }
            | Act::Menu(_)
            | Act::Queue(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_)
            | Act::Language(_) => {}
        }
    }
}
