//! A queue in words: who serves it, what callers hear, and what becomes of a long wait.

use super::{Teller, lasting, listed};
use crate::{
    Order,
    model::{Queue, QueueId},
};

impl Teller<'_> {
    /// What a queue does, told of the caller.
    pub(super) fn line(&mut self, id: QueueId) -> String {
        let queue = &self.site[id];
        let rules = &queue.rules;
        let who = self.members(&rules.members);
        let first = match rules.order {
            Order::All => "all who are free together",
            Order::InOrder => "the first of them who is free",
            Order::RoundRobin => "whoever is next in turn",
            Order::LongestIdle | Order::Skill => "whoever has talked with nobody for longest",
            Order::FewestCalls => "whoever answered the fewest calls today",
            Order::LeastTalk => "whoever talked least today",
            Order::Random => "one of them by chance",
            Order::Weighted => "one of them by chance and weight",
        };
        let each = lasting(rules.each);
        let times = queue.hours.map_or_else(String::new, |hours| {
            format!(" while \"{}\" is open{}", self.site[hours].name, self.times(hours, true))
        });
        let rest = self.rest(&self.site[id]);
        format!("the caller waits in line{times} for {who}, and {first} is rung for {each}{rest}")
    }

    fn rest(&self, queue: &Queue) -> String {
        let rules = &queue.rules;
        let mut more = Vec::new();
        for stage in &rules.widen {
            more.push(format!("{} after {}", self.members(&stage.with), lasting(stage.after)));
        }
        let mut text =
            if more.is_empty() { String::new() } else { format!(", also {}", listed(&more, "and")) };
        if let Some(every) = rules.announce_every {
            let wait = if queue.tells_wait { " and how long it may take" } else { "" };
            text += &format!("; every {} they hear where they stand{wait}", lasting(every));
        }
        if let Some(offer) = rules.call_back {
            let after = lasting(offer.offer_after);
            text += &format!("; after {after} they may press {} to be called back", offer.key);
        }
        text
    }
}
