//! What passed over each leg, and who was never heard in a call that talked: that is told with the side and the mend, so
//! that nobody has to guess where the sound was lost (PRODUCT pain 3).

use clock::Key;
use media::control::Counts;

use super::{Call, Hands};
use crate::{leg::Leg, switch::Log};

/// Who sends nothing for so long, in milliseconds, is not just quiet: a phone that is muted goes on sending.
const TALK_MIN: u32 = 5_000;

impl Call {
    /// The stream of a leg is closed: what passed over it is known.
    pub(super) fn stream_closed(&mut self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        let Some(counts) = hands.legs.get(leg).map(Leg::counts) else { return };
        let now_ms = self.log.at_ms(hands.core.now.mono);
        let record = if leg == self.a { Some(&mut self.a_record) } else { self.fork.record_of(leg) };
        let Some(record) = record else { return };
        record.packets = (counts.received, counts.sent);
        let talked = record.answered_ms.and_then(|since| now_ms.checked_sub(since)).unwrap_or_default();
        if self.has_talked && talked >= TALK_MIN && counts.received == 0 {
            let (number, party, seconds) = (self.number.0, &record.party, talked / 1_000);
            let line =
                format!("call {number:x}: no sound was heard of {party} in {seconds} s: {}", why(counts));
            hands.core.log(Log::Warn(line));
        }
    }
}

fn why(counts: Counts) -> String {
    match counts.refused {
        0 => "none came (the way between: see whether a firewall lets UDP to the ports of `rtp` through, and whether \
              `public` is the address that leads to us)"
            .to_owned(),
        refused => format!(
            "{refused} packets came that were none of its own (its side: it sends from elsewhere than it said; have it \
             register from where it sends, or tell it its own address by STUN)"
        ),
    }
}
