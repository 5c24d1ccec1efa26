//! Random registrations against a small model that was written from the RFC alone.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What a phone may do.
#[derive(Clone, Debug)]
enum Step {
    Register {
        start: u8,
        cseq: u32,
        contacts: Vec<(u8, u32)>,
        port: u16,
        outcome: Kept,
    },
    RemoveAll {
        start: u8,
        cseq: u32,
    },
    Query,
    Wait(u64),
    /// The process dies and comes back with what the store has.
    Restart,
}

/// What becomes of the rows.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Committed,
    Failed,
    Late,
}

fn step() -> impl Strategy<Value = Step> {
    let contacts = prop::collection::vec((0..5u8, prop_oneof![Just(0u32), Just(30), 60..400u32]), 1..3);
    let kept = prop_oneof![4 => Just(Kept::Committed), 1 => Just(Kept::Failed), 1 => Just(Kept::Late)];
    prop_oneof![
        8 => (0..3u8, 1..12u32, contacts, 0..3u16, kept).prop_map(|(start, cseq, contacts, port, outcome)| {
            Step::Register { start, cseq, contacts, port, outcome }
        }),
        1 => (0..3u8, 1..12u32).prop_map(|(start, cseq)| Step::RemoveAll { start, cseq }),
        1 => Just(Step::Query),
        4 => (1..200u64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

/// One contact as the RFC has it: when it ends, and which request said so last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    call_id: String,
    cseq: u32,
    ends: Instant,
}

type Model = BTreeMap<String, Known>;

fn uri(contact: u8) -> String {
    format!("sip:u{contact}@192.0.2.10")
}

/// What the model says of a request: the contacts afterwards without their ends, or that it fails.
fn predict(model: &Model, call_id: &str, cseq: u32, contacts: &[(u8, u32)]) -> Option<Vec<String>> {
    let is_old = |known: &Known| known.call_id == call_id && known.cseq >= cseq;
    let touched = |contact: &(u8, u32)| model.get(&uri(contact.0));
    if contacts.iter().filter_map(touched).any(is_old) || contacts.iter().any(|it| it.1 == 30) {
        return None;
    }
    let mut after: Vec<String> = model.keys().cloned().collect();
    for (contact, seconds) in
        contacts.iter().filter(|it| it.1 == 0).chain(contacts.iter().filter(|it| it.1 > 0))
    {
        after.retain(|it| *it != uri(*contact));
        if *seconds > 0 {
            after.push(uri(*contact));
        }
    }
    after.sort();
    Some(after)
}

/// Contacts and their remaining seconds, as a 200 tells them.
fn told(reply: &Reply) -> BTreeMap<String, u64> {
    let contacts = reply.lines.iter().filter(|(name, _)| *name == Name::Contact);
    let pair = |value: &str| {
        let (uri, rest) = value[1..].split_once(">;expires=")?;
        Some((uri.to_owned(), rest.split(';').next()?.parse().ok()?))
    };
    contacts.map(|(_, value)| pair(value).unwrap()).collect()
}

struct Pair {
    desk: Desk,
    model: Model,
}

impl Pair {
    fn run(&mut self, step: &Step) {
        match step {
            Step::Register { start, cseq, contacts, port, outcome } => {
                self.desk.flow = udp(&format!("192.0.2.10:{}", 5060 + port));
                let lines: String = contacts
                    .iter()
                    .map(|(it, seconds)| format!("Contact: <{}>;expires={seconds}\n", uri(*it)))
                    .collect();
                self.register(&format!("start-{start}"), *cseq, contacts, &lines, *outcome);
            }
            Step::RemoveAll { start, cseq } => {
                let all: Vec<_> = (0..5).map(|it| (it, 0)).collect();
                self.register(
                    &format!("start-{start}"),
                    *cseq,
                    &all,
                    "Contact: *\nExpires: 0",
                    Kept::Committed,
                );
            }
            Step::Query => {
                let known = told(&reply(self.desk.asks_as("query", 1, "")));
                assert_eq!(
                    known.into_keys().collect::<Vec<_>>(),
                    self.model.keys().cloned().collect::<Vec<_>>()
                );
            }
            Step::Wait(seconds) => {
                self.desk.after(*seconds);
                self.desk.registrar.tick(self.desk.now, &mut self.desk.rows);
                self.model.retain(|_, known| self.desk.now.mono < known.ends);
            }
            Step::Restart => self.restart(),
        }
        self.agrees();
    }

    fn register(&mut self, call_id: &str, cseq: u32, contacts: &[(u8, u32)], lines: &str, kept: Kept) {
        let expected = predict(&self.model, call_id, cseq, contacts);
        let outcome = self.desk.asks_as(call_id, cseq, lines);
        let waited = matches!(outcome, Outcome::Wait(_));
        let answer = match (outcome, kept) {
            (Outcome::Reply(reply), _) => reply,
            (Outcome::Wait(ticket), Kept::Committed) => {
                self.desk.registrar.committed(self.desk.now, ticket).unwrap().1
            }
            (Outcome::Wait(ticket), Kept::Failed) => {
                self.desk.registrar.failed(self.desk.now, ticket).unwrap().1
            }
            (Outcome::Wait(_), Kept::Late) => {
                self.desk.now = self.desk.now.after(Duration::from_millis(200));
                self.desk.registrar.tick(self.desk.now, &mut self.desk.rows).remove(0).1
            }
        };
        // What ends while the disk is waited for is not told any more.
        let now = self.desk.now.mono;
        let is_over = |it: &String| {
            !contacts.iter().any(|(contact, _)| uri(*contact) == *it)
                && self.model.get(it).is_some_and(|known| known.ends <= now)
        };
        let expected = expected.map(|all| all.into_iter().filter(|it| !is_over(it)).collect::<Vec<_>>());
        let Some(expected) = expected else {
            assert!(matches!(answer.status, Status::SERVER_INTERNAL_ERROR | Status::INTERVAL_TOO_BRIEF));
            return;
        };
        assert_eq!(answer.status, Status::OK);
        let told = told(&answer);
        assert_eq!(told.keys().cloned().collect::<Vec<_>>(), expected);
        let came_or_went = expected != self.model.keys().cloned().collect::<Vec<_>>();
        assert!(waited || !came_or_went, "the phone was answered before its change was safe");
        if waited && !matches!(kept, Kept::Committed) {
            assert!(told.values().all(|left| *left <= 60));
        }
        self.model.retain(|uri, _| expected.contains(uri));
        let phone: BTreeMap<_, _> = self
            .desk
            .registrar
            .bindings("rosa-desk", self.desk.now.mono)
            .map(|it| (it.contact.to_string(), it.expires))
            .collect();
        // Of a contact that stands twice in one request the last word counts.
        let last_words: BTreeMap<_, _> = contacts.iter().filter(|it| it.1 > 0).copied().collect();
        for (contact, asked) in &last_words {
            let ends = phone[&uri(*contact)];
            let granted = ends.since(self.desk.now.mono).as_secs_f64();
            assert!(
                granted <= f64::from(*asked)
                    && granted + 0.2 >= 60f64.max(f64::from(*asked / 2)).min((*asked).into())
            );
            self.model.insert(uri(*contact), Known { call_id: call_id.into(), cseq, ends });
        }
    }

    /// Everything that is live comes back, and is honoured at least as long as was promised.
    fn restart(&mut self) {
        let rows = self.desk.stored();
        let mut fresh = Desk::new();
        (fresh.now, fresh.flow, fresh.cseq) = (self.desk.now, self.desk.flow, self.desk.cseq);
        fresh.registrar.restore(fresh.now, &rows);
        fresh.rows = std::mem::take(&mut self.desk.rows);
        for binding in fresh.registrar.bindings("rosa-desk", fresh.now.mono) {
            let known = self.model.get_mut(&*binding.contact);
            let known = known.expect("nothing comes back that was not there");
            assert!(
                binding.expires >= known.ends,
                "{known:?} was promised, {:?} is honoured",
                binding.expires
            );
            *known =
                Known { call_id: binding.call_id.to_string(), cseq: binding.cseq, ends: binding.expires };
        }
        self.desk = fresh;
    }

    fn agrees(&self) {
        let mut contacts: Vec<_> = self.desk.contacts().iter().map(|it| (*it).to_owned()).collect();
        contacts.sort();
        assert_eq!(contacts, self.model.keys().cloned().collect::<Vec<_>>());
        let mut stored: Vec<_> = self.desk.stored().iter().map(|row| row.contact.to_string()).collect();
        stored.sort();
        assert_eq!(stored, contacts, "the rows are the bindings");
        let times: Vec<_> =
            self.desk.registrar.bindings("rosa-desk", self.desk.now.mono).map(|it| it.refreshed).collect();
        assert!(times.is_sorted_by(|a, b| a >= b));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_registrations_end_as_the_model_says(steps in prop::collection::vec(step(), 1..60)) {
        let mut pair = Pair { desk: Desk::new(), model: Model::new() };
        for step in &steps {
            pair.run(step);
        }
    }
}
