//! Session timers (RFC 4028): a session that nobody refreshes ends.
//!
//! ```text
//!   a 2xx agrees on an interval
//!     we refresh      at half of it: UPDATE where the party takes it, else a re-INVITE that changes nothing
//!     they refresh    with either
//!   each refresh begins it anew; without one, BYE min(32 s, a third) before its end (§10)
//! ```

use std::time::Duration;

use callplan::{Refresher, Session as Rules, SessionTimer};
use sip::{Message, Name, header::Valued, message::Writer};
use smallvec::SmallVec;

use super::{Leg, News, PATIENCE, Timer, Usage, ask::Ask, modify::Modify};
use crate::{
    cause::Release,
    core::Core,
    extension::{TIMER, lists, supported},
};

/// Shortest interval that anybody may ask for, in seconds (RFC 4028 §4).
pub(crate) const INTERVAL_MIN: u32 = 90;
/// What an answer may say at least where refreshing is ours. It should not say less than what anybody may ask for
/// (RFC 4028 §9); but who does ends the call by it, so it is kept to.
const INTERVAL_HEARD_MIN: u32 = 30;
/// The interval given to a party that asks for at least as much.
const INTERVAL_USUAL: u32 = 1_800;
/// Longest that a 422 is followed.
const INTERVAL_MAX: u32 = 86_400;
/// A refresh that met another change is tried again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// What is known of the session's timer on one leg.
#[derive(Debug)]
pub(super) struct Session {
    rules: Rules,
    /// Shortest interval that the path takes: 422 said so.
    least: u32,
    agreed: Option<Agreed>,
    /// The party takes UPDATE (RFC 3311 §5.1).
    updates: bool,
}

/// What both sides keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Agreed {
    seconds: u32,
    by_us: bool,
}

/// Which side of a transaction refreshes, as `Session-Expires` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Uac,
    Uas,
}

impl Side {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }
}

/// Header lines of a 2xx.
pub(super) type Lines = SmallVec<[(Name, String); 3]>;

impl Session {
    pub(super) const fn new(rules: Rules) -> Self {
        Self { rules, least: INTERVAL_MIN, agreed: None, updates: false }
    }

    pub(super) const fn rules(&self) -> Rules {
        self.rules
    }

    /// Whether the party takes UPDATE.
    pub(super) const fn takes_update(&self) -> bool {
        self.updates
    }

    /// The party takes no UPDATE, whatever it said.
    pub(super) const fn refused_update(&mut self) {
        self.updates = false;
    }

    /// Notes what the party says it takes.
    pub(super) fn note(&mut self, message: &Message) {
        if message.header(Name::Allow).is_some() {
            self.updates = lists(message, Name::Allow, "UPDATE");
        }
    }

    /// Writes what an INVITE or UPDATE of ours says about timers (RFC 4028 §7.1).
    pub(super) fn ask<'b>(&self, writer: Writer<'b>, is_first: bool) -> Writer<'b> {
        let mut writer = match supported(self.rules) {
            "" => writer,
            tags => writer.header(Name::Supported, tags),
        };
        let wanted = match (self.agreed, self.rules.timer) {
            (Some(agreed), _) => {
                let side = if agreed.by_us { Side::Uac } else { Side::Uas };
                Some((agreed.seconds, Some(side)))
            }
            (None, SessionTimer::Asked(interval)) if is_first => Some((seconds(interval), self.preferred())),
            (None, SessionTimer::Asked(_) | SessionTimer::IfAsked | SessionTimer::Off) => None,
        };
        let Some((seconds, side)) = wanted else { return writer };
        let seconds = seconds.max(self.least);
        writer = match side {
            Some(side) => {
                writer.header(Name::SessionExpires, format_args!("{seconds};refresher={}", side.as_str()))
            }
            None => writer.header(Name::SessionExpires, seconds),
        };
        // RFC 4028 §7.4: once a 422 came, Min-SE goes with every request.
        if self.least > INTERVAL_MIN { writer.header(Name::MinSe, self.least) } else { writer }
    }

    const fn preferred(&self) -> Option<Side> {
        match self.rules.refresher {
            Refresher::Either => None,
            Refresher::Us => Some(Side::Uac),
            Refresher::Them => Some(Side::Uas),
        }
    }

    /// Whether a request of the party asks for an interval too short to be taken (RFC 4028 §9).
    pub(super) fn is_too_short(&self, request: &Message) -> bool {
        is_too_short(request, self.rules)
    }

    /// Takes a session request of the party; what the 2xx to it says (RFC 4028 §9, table 2).
    pub(super) fn agree(&mut self, request: &Message) -> Lines {
        self.note(request);
        let mut lines = Lines::new();
        match supported(self.rules) {
            "" => {}
            tags => lines.push((Name::Supported, tags.to_owned())),
        }
        if self.rules.timer == SessionTimer::Off {
            return lines;
        }
        let can = lists(request, Name::Supported, TIMER);
        self.agreed = self.granted(request, can);
        let Some(agreed) = self.agreed else { return lines };
        let side = if agreed.by_us { Side::Uas } else { Side::Uac };
        lines.push((Name::SessionExpires, format!("{};refresher={}", agreed.seconds, side.as_str())));
        if can {
            lines.push((Name::Require, TIMER.to_owned()));
        }
        lines
    }

    fn granted(&self, request: &Message, can: bool) -> Option<Agreed> {
        let least = number(request, Name::MinSe).unwrap_or(0).max(self.least).min(INTERVAL_MAX);
        let usual = match self.rules.timer {
            SessionTimer::Asked(interval) => seconds(interval),
            SessionTimer::IfAsked | SessionTimer::Off => INTERVAL_USUAL,
        };
        match (Asked::of(request), self.agreed) {
            // A proxy asked for a caller that can't: less than the least is nobody's wish to keep to.
            (Some(asked), _) if asked.seconds < INTERVAL_MIN => None,
            (Some(asked), _) => {
                let by_us = match asked.refresher {
                    Some(Side::Uas) => true,
                    Some(Side::Uac) => !can,
                    None => !can || self.rules.refresher != Refresher::Them,
                };
                Some(Agreed { seconds: asked.seconds.min(usual.max(least)), by_us })
            }
            (None, Some(agreed)) => {
                let seconds = agreed.seconds.max(INTERVAL_MIN);
                (agreed.by_us || can).then_some(Agreed { seconds, ..agreed })
            }
            (None, None) => matches!(self.rules.timer, SessionTimer::Asked(_)).then(|| Agreed {
                seconds: usual.max(least),
                by_us: !can || self.rules.refresher != Refresher::Them,
            }),
        }
    }

    /// Takes the 2xx to a session request of ours (RFC 4028 §7.2): without `Session-Expires` the session
    /// has no end of its own any more.
    pub(super) fn hear(&mut self, response: &Message) {
        self.note(response);
        if self.rules.timer == SessionTimer::Off {
            return;
        }
        self.agreed = Asked::of(response).map(|asked| {
            let by_us = asked.refresher != Some(Side::Uas);
            let least = if by_us { INTERVAL_HEARD_MIN } else { INTERVAL_MIN };
            Agreed { seconds: asked.seconds.clamp(least, INTERVAL_MAX), by_us }
        });
    }

    /// Takes a 422; whether the request is to be sent again (RFC 4028 §7.3). Each time the interval grows,
    /// so that a party that is never content ends by the limit.
    pub(super) fn raise(&mut self, response: &Message) -> bool {
        let said = self.agreed.map_or(self.least, |agreed| agreed.seconds.max(self.least));
        let said = match self.rules.timer {
            SessionTimer::Asked(interval) if self.agreed.is_none() => said.max(seconds(interval)),
            SessionTimer::Asked(_) | SessionTimer::IfAsked | SessionTimer::Off => said,
        };
        match number(response, Name::MinSe) {
            Some(least) if (said.saturating_add(1)..=INTERVAL_MAX).contains(&least) => {
                self.least = least;
                true
            }
            Some(_) | None => false,
        }
    }
}

/// Whether a request asks for an interval too short to be taken: only one who speaks timers can be told.
pub(crate) fn is_too_short(request: &Message, rules: Rules) -> bool {
    rules.timer != SessionTimer::Off
        && lists(request, Name::Supported, TIMER)
        && Asked::of(request).is_some_and(|asked| asked.seconds < INTERVAL_MIN)
}

/// A `Session-Expires`.
#[derive(Clone, Copy)]
struct Asked {
    seconds: u32,
    refresher: Option<Side>,
}

impl Asked {
    fn of(message: &Message) -> Option<Self> {
        let value = Valued::parse(message.header(Name::SessionExpires)?).ok()?;
        let refresher = match value.params.value("refresher") {
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Side::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Side::Uas),
            Some(_) | None => None,
        };
        Some(Self { seconds: value.value.parse().ok()?, refresher })
    }
}

fn number(message: &Message, name: Name) -> Option<u32> {
    Valued::parse(message.header(name)?).ok()?.value.parse().ok()
}

fn seconds(interval: Duration) -> u32 {
    u32::try_from(interval.as_secs()).unwrap_or(INTERVAL_MAX)
}

impl Leg {
    /// The session was begun or refreshed: its time runs anew.
    pub(super) fn keep_time(&mut self, core: &Core) {
        self.alarm.table.clear(Timer::Refresh);
        self.alarm.table.clear(Timer::Expired);
        let Some(agreed) = self.session.agreed else { return };
        let (now, whole) = (core.now.mono, Duration::from_secs(agreed.seconds.into()));
        self.alarm.table.arm(Timer::Expired, now + (whole - PATIENCE.min(whole / 3)));
        if agreed.by_us {
            self.alarm.table.arm(Timer::Refresh, now + whole / 2);
        }
    }

    /// Half the interval is over, and refreshing is ours.
    pub(super) fn refresh(&mut self, core: &mut Core) {
        match (&self.usage, &self.modify) {
            (Usage::Established, Modify::Idle) => {
                let ask = if self.session.updates {
                    Ask::refresh_by_update()
                } else {
                    Ask::refresh_by_invite(self.talk.repeated())
                };
                self.ask(ask, core);
            }
            // Whatever change is under way refreshes the session too, if it succeeds.
            _ => self.refresh_later(core),
        }
    }

    /// A refresh failed in a way that may pass.
    pub(super) fn refresh_later(&mut self, core: &Core) {
        if self.session.agreed.is_some_and(|agreed| agreed.by_us) {
            self.alarm.table.arm(Timer::Refresh, core.now.mono + AGAIN);
        }
    }

    /// Nobody refreshed in time.
    pub(super) fn expired(&mut self, core: &mut Core) {
        if matches!(self.usage, Usage::Established) {
            core.counters.not_refreshed += 1;
            self.tell(News::HungUp(Release::NotRefreshed), core);
            self.leave(Release::NotRefreshed, core);
        }
    }
}
