//! Where calls come by and how they end, as tests and rules write it.

use super::{
    nearest::{nearest, one_of},
    proof::Prover,
    table::Value,
    value,
};
use crate::{
    finding::Code,
    model::{E164, NodeId},
    proof::{Goal, PLAIN, Point, REFUSALS},
};

const POINTS: [&str; 10] =
    ["plan", "menu", "group", "queue", "person", "phone", "number", "class", "voicemail", "agent"];

impl<'a> Prover<'_, 'a> {
    /// `menu:main`, `plan:sales`, or a step: `sales#2`.
    pub(super) fn point(&mut self, value: Value<'a>) -> Option<Point> {
        let text = value.text("KIND:NAME or a step: \"menu:main\", \"sales#2\"", self.found)?;
        if text.contains('#') {
            return self.step(text, value).map(Point::Step);
        }
        let (kind, name) = text.split_once(':').unwrap_or(("", text));
        let at = text.len() - name.len();
        let place = value.inside().part(at..text.len());
        let (names, found) = (self.names, &mut *self.found);
        match kind {
            "plan" => names.plan(name, place, found).map(Point::Plan),
            "menu" => names.menu(name, place, found).map(Point::Menu),
            "group" => names.group(name, place, found).map(Point::Group),
            "queue" => names.queue(name, place, found).map(Point::Queue),
            "person" => names.person(name, place, found).map(Point::Person),
            "phone" => names.phone(name, place, found).map(Point::Phone),
            "voicemail" => names.mailbox(name, place, found).map(Point::Voicemail),
            "agent" => names.agent(name, place, found).map(Point::Agent),
            "number" => value::number_text(name, place, found).map(Point::Number),
            "class" => {
                let class = self.site.class(name);
                if class.is_none() {
                    let classes = self.site.classes.iter().map(|class| &*class.name);
                    let near = nearest(name, classes.clone());
                    let mend = near.map_or_else(
                        || format!("classes are {}", one_of(classes)),
                        |near| format!("write \"class:{near}\""),
                    );
                    self.found.report(
                        Code::NoSuchClass,
                        place,
                        format!("no dial rule has class \"{name}\""),
                        mend,
                    );
                }
                class.map(Point::Class)
            }
            _ => self.unknown_kind(value, text, kind),
        }
    }

    fn unknown_kind<T>(&mut self, value: Value<'a>, text: &str, kind: &str) -> Option<T> {
        let mend = match nearest(kind, POINTS).filter(|near| *near != kind) {
            Some(near) => format!("write \"{}\"", text.replacen(kind, near, 1)),
            None => {
                "write \"menu:main\", \"plan:sales\", \"group:sales\", \"person:ana\", or a step: \"sales#2\""
                    .to_owned()
            }
        };
        self.found.report(
            Code::UnknownKind,
            value.place,
            format!("\"{text}\" is nothing a call comes by"),
            mend,
        );
        None
    }

    fn step(&mut self, text: &str, value: Value<'a>) -> Option<NodeId> {
        let (plan, step) = text.rsplit_once('#')?;
        let Some(plan) = self.site.plan(plan) else {
            let near = nearest(plan, self.site.plans.iter().map(|plan| &*plan.name));
            let mend = near.map_or_else(
                || "write a plan of [plans], as in \"main#2\"".to_owned(),
                |near| format!("write \"{near}{}\"", &text[plan.len()..]),
            );
            let place = value.inside().part(0..plan.len());
            self.found.report(Code::NoSuchPlan, place, format!("there is no plan \"{plan}\""), mend);
            return None;
        };
        let nodes = &self.site[plan].nodes;
        let node = nodes.iter().find(|node| self.site[**node].name.to_string() == step);
        if node.is_none() {
            let names = nodes.iter().map(|node| self.site.node_name(*node)).take(12).collect::<Vec<_>>();
            let mend = format!(
                "its steps are {}",
                one_of(names.iter().map(String::as_str)).replace(" or ", " and ")
            );
            self.found.report(Code::NobodySuch, value.place, format!("there is no step {text}"), mend);
        }
        node.copied()
    }

    /// `voicemail:sales`, `person`, `reject:busy`.
    pub(super) fn goal(&mut self, value: Value<'a>) -> Option<Goal> {
        let text = value.text("how it ends: \"voicemail:sales\"", self.found)?;
        let Some((kind, name)) = text.split_once(':') else {
            if let Some((_, goal)) = PLAIN.into_iter().find(|(word, _)| *word == text) {
                return Some(goal);
            }
            return self.unknown_end(value, text, text);
        };
        let place = value.inside().part(kind.len() + 1..text.len());
        let (names, found) = (self.names, &mut *self.found);
        match kind {
            "person" => names.person(name, place, found).map(|it| Goal::Person(Some(it))),
            "group" => names.group(name, place, found).map(Goal::Group),
            "queue" => names.queue(name, place, found).map(|it| Goal::Queue(Some(it))),
            "phone" => names.phone(name, place, found).map(|it| Goal::Phone(Some(it))),
            "voicemail" => names.mailbox(name, place, found).map(|it| Goal::Voicemail(Some(it))),
            "agent" => names.agent(name, place, found).map(|it| Goal::Agent(Some(it))),
            "number" => value::number_text(name, place, found).map(|it: E164| Goal::Number(Some(it))),
            "reject" => {
                let how = REFUSALS
                    .into_iter()
                    .find(|(word, how)| *word == name || how.status().to_string() == name);
                if how.is_none() {
                    let words = REFUSALS.map(|(word, _)| word);
                    let mend = nearest(name, words).map_or_else(
                        || format!("write one of {}", one_of(words)),
                        |near| format!("write \"reject:{near}\""),
                    );
                    found.report(
                        Code::UnknownWord,
                        place,
                        format!("nobody is refused with \"{name}\""),
                        mend,
                    );
                }
                how.map(|(_, how)| Goal::Reject(Some(how)))
            }
            _ => self.unknown_end(value, text, kind),
        }
    }

    fn unknown_end<T>(&mut self, value: Value<'a>, text: &str, kind: &str) -> Option<T> {
        let words = PLAIN.map(|(word, _)| word);
        let mend = match nearest(kind, words.into_iter().chain(["group"])) {
            Some(near) => format!("write \"{}\"", text.replacen(kind, near, 1)),
            None => format!("write {}, with a name or without: \"voicemail:sales\"", one_of(words)),
        };
        self.found.report(Code::UnknownKind, value.place, format!("no call ends in \"{text}\""), mend);
        None
    }
}
