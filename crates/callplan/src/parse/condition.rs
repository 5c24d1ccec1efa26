//! Conditions: `hours:office and not (caller in list:vip or caller withheld)`.
//!
//! `and` and `or` are not mixed without brackets, so nobody has to know which binds tighter.

use std::ops::Range;

use super::{
    nearest::{nearest, one_of},
    place::Place,
    reader::Reader,
    table::{Table, Value},
};
use crate::{
    finding::Code,
    model::{Atom, Attest, Condition, Guard, LOCAL, NumberKind, TagId, TagSet},
};

/// Brackets and `not` may be nested this deep.
const DEPTH_MAX: usize = 16;
const QUESTIONS: &str = "ask `hours:NAME`, `caller in list:NAME`, `caller withheld`, `caller.country = GB`, \
    `caller.attest >= B`, `number.type = toll-free`, `contact.known`, `contact.known(group:NAME)`, \
    `contact.tag(TAG)`, `contact.owner = NAME` or `contact.campaign = NAME`";
/// The first words of questions.
const KNOWN: [&str; 10] = [
    "hours",
    "caller",
    "caller.attest",
    "caller.country",
    "number.type",
    "contact.known",
    "contact.tag",
    "contact.owner",
    "contact.campaign",
    "not",
];

/// A condition being read.
struct Words<'w> {
    words: Vec<(&'w str, Range<usize>)>,
    next: usize,
    length: usize,
    inside: Place,
}

impl<'a> Reader<'a> {
    /// Reads `when` or `unless` of a step.
    pub(crate) fn guard(&mut self, step: &mut Table<'a>) -> Option<Guard> {
        let (when, unless) = (step.entry("when"), step.entry("unless"));
        if let (Some(when), Some(unless)) = (when, unless) {
            let mend = "write one, as in when = \"hours:office and not caller withheld\"";
            self.found.again(
                Code::WhenAndUnless,
                unless.place,
                when.place,
                "a step has `when` or `unless`, not both",
                mend,
            );
        }
        // A condition that can't be read still guards: what follows is no less reachable for it.
        let unread = || Condition::Any(Vec::new());
        match (when, unless) {
            (Some(when), other) => {
                // For its own faults: whoever keeps that one wants to know of them.
                if let Some(other) = other {
                    let _ = self.condition(other.value);
                }
                Some(Guard::When(self.condition(when.value).unwrap_or_else(unread)))
            }
            (None, Some(unless)) => Some(Guard::Unless(self.condition(unless.value).unwrap_or_else(unread))),
            (None, None) => None,
        }
    }

    fn condition(&mut self, value: Value<'a>) -> Option<Condition> {
        let text = value.text("a condition: \"hours:office\"", self.found)?;
        let mut words = Words { words: split(text), next: 0, length: text.len(), inside: value.inside() };
        let condition = self.expression(&mut words, 0)?;
        if let Some((word, span)) = words.take() {
            return self.refuse(
                &words,
                span,
                &format!("`{word}` is more than a condition"),
                "join with `and` or `or`",
            );
        }
        Some(condition)
    }

    /// `term { "and" term }` or `term { "or" term }`.
    fn expression(&mut self, words: &mut Words<'a>, depth: usize) -> Option<Condition> {
        let first = self.term(words, depth)?;
        let Some(joint) = words.joint() else { return Some(first) };
        let mut terms = vec![first];
        while let Some(word) = words.joint() {
            let (_, span) = words.take()?;
            if word != joint {
                let mend = "put one of them in brackets: `a and (b or c)`";
                return self.refuse(words, span, "`and` and `or` stand side by side", mend);
            }
            terms.push(self.term(words, depth)?);
        }
        Some(if joint == "and" { Condition::All(terms) } else { Condition::Any(terms) })
    }

    /// `["not"] ( atom | "(" expression ")" )`.
    fn term(&mut self, words: &mut Words<'a>, depth: usize) -> Option<Condition> {
        let Some((word, span)) = words.take() else {
            let end = words.length..words.length;
            return self.refuse(words, end, "the condition ends too early", QUESTIONS);
        };
        if depth > DEPTH_MAX {
            return self.refuse(
                words,
                span,
                "the condition is nested too deeply",
                "take it apart into steps",
            );
        }
        match word {
            "not" => Some(Condition::Not(Box::new(self.term(words, depth + 1)?))),
            "(" => {
                let inner = self.expression(words, depth + 1)?;
                match words.take() {
                    Some((")", _)) => Some(inner),
                    Some((_, span)) => {
                        self.refuse(words, span, "a closing bracket is missing before this", "write `)`")
                    }
                    None => self.refuse(words, span, "this bracket is never closed", "write `)` at the end"),
                }
            }
            "caller" => self.caller(words, span).map(Condition::Atom),
            "caller.attest" => self.attest(words, span).map(Condition::Atom),
            "caller.country" | "number.type" | "contact.known" | "contact.tag" | "contact.owner"
            | "contact.campaign" => self.known(words, word, span).map(Condition::Atom),
            word => self.hours(words, word, span).map(Condition::Atom),
        }
    }

    fn caller(&mut self, words: &mut Words<'a>, caller: Range<usize>) -> Option<Atom> {
        match words.take() {
            Some(("withheld", _)) => Some(Atom::CallerWithheld),
            Some(("in", _)) => {
                let (word, span) = words.take().unwrap_or(("", caller));
                let Some(name) = word.strip_prefix("list:") else {
                    return self.refuse(words, span, "a caller is in a list", "write `caller in list:NAME`");
                };
                let place = words.inside.part(span.start + "list:".len()..span.end);
                // A list that nobody knows is told, and the rest is read all the same.
                let list = self.names.list(name, place, self.found);
                Some(list.map_or(Atom::CallerWithheld, Atom::CallerIn))
            }
            Some((_, span)) => self.refuse(words, span, "callers are asked otherwise", QUESTIONS),
            None => self.refuse(words, caller, "what about the caller?", QUESTIONS),
        }
    }

    /// `caller.attest >= "B"`, with quotes or without.
    fn attest(&mut self, words: &mut Words<'a>, asked: Range<usize>) -> Option<Atom> {
        let mend = "write `caller.attest >= B` or `caller.attest = bad`; there are A, B, C, none and bad";
        let (sign, (word, span)) = (words.take(), words.take().unwrap_or(("", asked)));
        match (sign, Attest::of(word.trim_matches('"'))) {
            (Some((">=", _)), Some(attest)) => Some(Atom::AttestAtLeast(attest)),
            (Some(("=", _)), Some(attest)) => Some(Atom::AttestIs(attest)),
            (Some((">=" | "=", _)), None) => {
                self.refuse(words, span, "nobody is vouched for like this", mend)
            }
            (Some((_, span)), _) => self.refuse(words, span, "what is vouched for is compared", mend),
            (None, _) => self.refuse(words, span, "compared with what?", mend),
        }
    }

    /// What is known of the caller, and of the number that was called.
    fn known(&mut self, words: &mut Words<'a>, what: &str, asked: Range<usize>) -> Option<Atom> {
        match what {
            "contact.known" if words.comes("(") => {
                let (word, span) = self.in_brackets(words, asked, "`contact.known(group:NAME)`")?;
                let Some(name) = word.strip_prefix("group:") else {
                    let mend = "write `contact.known(group:NAME)`";
                    return self.refuse(words, span, "a caller is known to a group, or at all", mend);
                };
                let place = words.inside.part(span.start + "group:".len()..span.end);
                self.names.group(name, place, self.found).map(Atom::ContactKnownTo)
            }
            "contact.known" => Some(Atom::ContactKnown),
            "contact.tag" => {
                let (tag, span) = self.in_brackets(words, asked, "`contact.tag(TAG)`")?;
                self.tag(words.inside.part(span), tag).map(Atom::ContactTag)
            }
            "contact.owner" if !words.comes("=") => Some(Atom::ContactOwner(None)),
            "contact.campaign" if !words.comes("=") => Some(Atom::ContactCampaign(None)),
            _ => {
                let (name, span) = self.compared(words, what, asked)?;
                let place = words.inside.part(span);
                match what {
                    "contact.owner" => {
                        self.names.person(name, place, self.found).map(|it| Atom::ContactOwner(Some(it)))
                    }
                    "contact.campaign" => {
                        self.names.campaign(name, place, self.found).map(|it| Atom::ContactCampaign(Some(it)))
                    }
                    "caller.country" => self.country_text(name, place).map(Atom::CallerFrom),
                    _ => self.number_type(name, place).map(Atom::NumberIs),
                }
            }
        }
    }

    /// `(NAME)`, with quotes or without.
    fn in_brackets(
        &mut self,
        words: &mut Words<'a>,
        asked: Range<usize>,
        wanted: &str,
    ) -> Option<(&'a str, Range<usize>)> {
        let mend = format!("write {wanted}");
        let (open, (word, span)) = (words.take(), words.take().unwrap_or(("", asked.clone())));
        match (open, word) {
            (Some(("(", _)), "" | "(" | ")") => {
                self.refuse(words, span, "there is nothing in the brackets", &mend)
            }
            (Some(("(", _)), word) => match words.take() {
                Some((")", _)) => Some(unquoted(word, span)),
                Some((_, span)) => {
                    self.refuse(words, span, "a closing bracket is missing before this", &mend)
                }
                None => self.refuse(words, span, "the bracket is never closed", &mend),
            },
            (Some((_, span)), _) => self.refuse(words, span, "a bracket is missing before this", &mend),
            (None, _) => self.refuse(words, asked, "about what is this asked?", &mend),
        }
    }

    /// `= NAME`, with quotes or without.
    fn compared(
        &mut self,
        words: &mut Words<'a>,
        what: &str,
        asked: Range<usize>,
    ) -> Option<(&'a str, Range<usize>)> {
        let mend = format!("write `{what} = NAME`");
        match (words.take(), words.take()) {
            (Some(("=", _)), Some((word, span))) => Some(unquoted(word, span)),
            (Some((sign, span)), _) if sign != "=" => {
                self.refuse(words, span, "this is compared by `=`", &mend)
            }
            (_, _) => self.refuse(words, asked, "compared with what?", &mend),
        }
    }

    fn tag(&mut self, place: Place, tag: &str) -> Option<TagId> {
        if let Some(at) = self.tags.iter().position(|known| &**known == tag) {
            return Some(at.into());
        }
        if self.tags.len() == TagSet::MAX {
            let message = format!("conditions ask about more than {} tags", TagSet::MAX);
            let mend = "ask by campaigns or lists, which may be any number";
            self.found.report(Code::TooManyTags, place, message, mend);
            return None;
        }
        self.tags.push(tag.into());
        Some((self.tags.len() - 1).into())
    }

    /// The word of a kind of numbers; a line is `local`.
    pub(super) fn number_type(&mut self, word: &str, place: Place) -> Option<Option<NumberKind>> {
        if let Some(kind) = NumberKind::of_word(word) {
            return Some(kind);
        }
        let words = NumberKind::ALL.map(NumberKind::word).into_iter().chain([LOCAL]);
        let mend = match nearest(word, words.clone()) {
            Some(near) => format!("write `{near}`"),
            None => format!("write {}", one_of(words)),
        };
        self.found.report(Code::NoSuchType, place, format!("\"{word}\" is no type of numbers"), mend);
        None
    }

    fn hours(&mut self, words: &Words<'a>, word: &'a str, span: Range<usize>) -> Option<Atom> {
        if let Some(name) = word.strip_prefix("hours:") {
            let place = words.inside.part(span.start + "hours:".len()..span.end);
            let schedule = self.names.schedule(name, place, self.found);
            return Some(schedule.map_or(Atom::CallerWithheld, Atom::Open));
        }
        let place = words.inside.part(span);
        let mend = match nearest(word.split(':').next().unwrap_or(word), KNOWN) {
            Some(near) => format!("perhaps `{near}`: {QUESTIONS}"),
            None => QUESTIONS.to_owned(),
        };
        let code =
            if matches!(word, "and" | "or" | ")") { Code::BadCondition } else { Code::UnknownQuestion };
        self.found.report(code, place, format!("`{word}` is no question the switch can answer"), mend);
        None
    }

    fn refuse<T>(&mut self, words: &Words<'a>, span: Range<usize>, message: &str, mend: &str) -> Option<T> {
        self.found.report(Code::BadCondition, words.inside.part(span), message, mend);
        None
    }
}

impl<'w> Words<'w> {
    fn take(&mut self) -> Option<(&'w str, Range<usize>)> {
        let word = self.words.get(self.next).cloned();
        self.next += 1;
        word
    }

    /// Whether this is the next word.
    fn comes(&self, word: &str) -> bool {
        self.words.get(self.next).is_some_and(|(next, _)| *next == word)
    }

    /// The next word, if it joins two terms.
    fn joint(&self) -> Option<&'w str> {
        self.words.get(self.next).map(|(word, _)| *word).filter(|word| matches!(*word, "and" | "or"))
    }
}

/// A name without its quotes, and where it stands.
fn unquoted(word: &str, span: Range<usize>) -> (&str, Range<usize>) {
    match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        Some(word) => (word, span.start + 1..span.end - 1),
        None => (word, span),
    }
}

/// What a character is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Blank,
    Bracket,
    Sign,
    Letter,
}

/// Words, brackets and signs with the bytes they take. What stands in quotes is one word.
fn split(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut words = Vec::new();
    let mut begun: Option<(usize, Part)> = None;
    let mut is_quoted = false;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        is_quoted ^= c == '"';
        let part = match c {
            _ if is_quoted && at < text.len() => Part::Letter,
            '(' | ')' => Part::Bracket,
            '=' | '<' | '>' | '!' => Part::Sign,
            _ if c.is_whitespace() => Part::Blank,
            _ => Part::Letter,
        };
        if let Some((start, of)) = begun.filter(|(_, of)| *of != part || part == Part::Bracket) {
            if of != Part::Blank {
                words.push((&text[start..at], start..at));
            }
            begun = None;
        }
        begun = begun.or(Some((at, part)));
    }
    words
}
