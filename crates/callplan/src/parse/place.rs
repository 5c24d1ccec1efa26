//! Places in the texts, and the findings collected on the way.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::finding::{Code, Finding, Severity};

/// A stretch of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which text, in the order they were given.
    pub(crate) text: u32,
    /// First byte.
    pub(crate) start: u32,
    /// First byte after it.
    pub(crate) end: u32,
}

impl Place {
    /// A stretch of text `text`.
    pub(crate) fn new(text: usize, span: Range<usize>) -> Self {
        Self { text: narrow(text), start: narrow(span.start), end: narrow(span.end) }
    }

    /// A part of this stretch, by bytes from its start.
    pub(crate) fn part(self, span: Range<usize>) -> Self {
        let shift = |byte: usize| self.start.saturating_add(narrow(byte));
        Self { start: shift(span.start), end: shift(span.end), ..self }
    }
}

/// Everything found so far, and the texts it was found in.
#[derive(Default)]
pub(crate) struct Findings {
    texts: Vec<Text>,
    found: Vec<Found>,
    /// Secrets written where everybody sees them: no finding repeats them.
    hidden: Vec<Place>,
    /// Set once a text was not TOML: what it hid must not be missed elsewhere.
    syntax: bool,
    /// Stretches behind whose beginning nothing is read as it was meant.
    lost: Vec<Place>,
}

struct Text {
    name: Arc<str>,
    text: Arc<str>,
    /// Byte at which each line begins.
    lines: Vec<usize>,
    /// Whether only the first word of a line may be shown.
    secret: bool,
}

struct Found {
    place: Place,
    code: Code,
    first: Option<Place>,
    message: String,
    mend: String,
}

impl Findings {
    /// More errors, or more warnings, nobody reads; the rest waits until these are mended.
    const MAX: usize = 1000;
    /// Longest piece of a line that is shown.
    const LINE_MAX: usize = 200;

    /// Adds a text; what is returned is its number in a [`Place`].
    pub(crate) fn add_text(&mut self, name: Arc<str>, text: Arc<str>) -> usize {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.texts.push(Text { name, text, lines, secret: false });
        self.texts.len() - 1
    }

    /// A whole line of a text, counted from 1, without what ends it.
    pub(crate) fn line(&self, text: usize, number: u32) -> Place {
        let Text { text: all, lines, .. } = &self.texts[text];
        let index = (number as usize).clamp(1, lines.len()) - 1;
        let to = lines.get(index + 1).copied().unwrap_or(all.len());
        let line = all[lines[index]..to].trim_end_matches(['\n', '\r']);
        Place::new(text, lines[index]..lines[index] + line.len())
    }

    /// Reports a finding. Every one says how it is mended.
    pub(crate) fn report(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.push(Found { place, code, first: None, message: message.into(), mend: mend.into() });
    }

    /// Reports that what stands at `place` goes against what stands at `first`.
    pub(crate) fn again(
        &mut self,
        code: Code,
        place: Place,
        first: Place,
        message: impl Into<String>,
        mend: &str,
    ) {
        self.push(Found { place, code, first: Some(first), message: message.into(), mend: mend.to_owned() });
    }

    /// Keeps what stands at `place` out of every finding's line.
    pub(crate) fn hide(&mut self, place: Place) {
        self.hidden.push(place);
    }

    /// Shows no more than the first word of any line of a text: what follows is as good as a password.
    pub(crate) fn keep_secret(&mut self, text: usize) {
        self.texts[text].secret = true;
    }

    /// Remembers that a text was not TOML.
    pub(crate) const fn syntax_failed(&mut self) {
        self.syntax = true;
    }

    /// Remembers that nothing within `place`, behind its beginning, is read as it was meant.
    pub(crate) fn lose(&mut self, place: Place) {
        self.lost.push(place);
    }

    /// How many findings there are.
    pub(crate) const fn count(&self) -> usize {
        self.found.len()
    }

    /// The file and the line of a place.
    pub(crate) fn spot(&self, place: Place) -> (Arc<str>, u32) {
        let text = &self.texts[place.text as usize];
        (Arc::clone(&text.name), narrow(text.locate(place).0))
    }

    /// Whether there is a finding of one of these kinds.
    pub(crate) fn has(&self, codes: &[Code]) -> bool {
        self.found.iter().any(|found| codes.contains(&found.code))
    }

    /// Whether anything refuses the config so far.
    pub(crate) fn refuses(&self) -> bool {
        self.found.iter().any(|found| found.code.severity() == Severity::Error)
    }

    /// All findings, in the order of their places.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        if self.syntax {
            self.forgive();
        }
        self.found.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
        self.found.iter().map(|found| self.finding(found)).collect()
    }

    /// After a syntax error a broken line speaks once, and what the broken text may have hidden is not missed.
    fn forgive(&mut self) {
        let (texts, lost) = (&self.texts, &self.lost);
        let is_misread = |place: Place| {
            lost.iter().any(|it| it.text == place.text && it.start < place.start && place.start < it.end)
        };
        self.found.retain(|found| !is_misread(found.place));
        let line = |found: &Found| (found.place.text, texts[found.place.text as usize].locate(found.place).0);
        let mut broken = BTreeSet::new();
        self.found.retain(|found| found.code != Code::Syntax || broken.insert(line(found)));
        self.found.retain(|found| {
            let owed = found.code.needs_whole_text() || broken.contains(&line(found));
            found.code == Code::Syntax || !owed
        });
    }

    fn push(&mut self, found: Found) {
        let same = |other: &Found| {
            (other.place, other.code, &other.message) == (found.place, found.code, &found.message)
        };
        // Counted by severity, so that warnings never crowd out what refuses the config.
        let severity = found.code.severity();
        let alike = self.found.iter().filter(|other| other.code.severity() == severity).count();
        if alike < Self::MAX && !self.found.iter().any(same) {
            self.found.push(found);
        }
    }

    fn finding(&self, found: &Found) -> Finding {
        let text = &self.texts[found.place.text as usize];
        let (line, column) = text.locate(found.place);
        let (shown, before) = text.show(line, column, self.hidden_on(found.place.text));
        let meant = text.slice(found.place).lines().next().map_or(0, |meant| meant.chars().count());
        let width = meant.min(shown.chars().count().saturating_sub(before)).max(1);
        let other = found.first.map(|first| {
            let text = &self.texts[first.text as usize];
            let (line, column) = text.locate(first);
            format!("{}:{line}:{column}", text.name)
        });
        Finding {
            code: found.code,
            file: Arc::clone(&text.name),
            line: narrow(line),
            column: narrow(column),
            message: found.message.chars().map(visible).collect(),
            mend: found.mend.chars().map(visible).collect(),
            text: shown,
            caret: narrow(before),
            width: narrow(width),
            other,
        }
    }

    fn hidden_on(&self, text: u32) -> impl Fn(usize) -> bool {
        move |byte| {
            let byte = narrow(byte);
            self.hidden.iter().any(|place| place.text == text && (place.start..place.end).contains(&byte))
        }
    }
}

impl Text {
    /// Line and column of a place's start, both counted from 1.
    fn locate(&self, place: Place) -> (usize, usize) {
        let start = self.boundary(place.start);
        let line = self.lines.partition_point(|&begins| begins <= start);
        (line, self.text[self.lines[line - 1]..start].chars().count() + 1)
    }

    /// The line, or a window of it if it is long, and how many of its characters stand before `column`.
    fn show(&self, line: usize, column: usize, hidden: impl Fn(usize) -> bool) -> (String, usize) {
        let from = self.lines[line - 1];
        let to = self.lines.get(line).copied().unwrap_or(self.text.len());
        let whole = self.text[from..to].trim_end_matches(['\n', '\r']);
        let open = if self.secret { whole.find(char::is_whitespace).unwrap_or(0) } else { whole.len() };
        let skip = column.saturating_sub(Findings::LINE_MAX / 2);
        let clean = |(at, c): (usize, char)| match c {
            ' ' => ' ',
            _ if at >= open || hidden(from + at) => '*',
            c => visible(c),
        };
        let shown: String = whole.char_indices().skip(skip).take(Findings::LINE_MAX).map(clean).collect();
        // A place may lie in the line's end, which is not shown.
        let before = (column - 1 - skip).min(shown.chars().count());
        (shown, before)
    }

    fn slice(&self, place: Place) -> &str {
        let start = self.boundary(place.start);
        &self.text[start..self.boundary(place.end).max(start)]
    }

    /// The last character boundary at or before `byte`: a part of a text with escapes may miss it.
    fn boundary(&self, byte: u32) -> usize {
        let byte = (byte as usize).min(self.text.len());
        (0..=byte).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}

/// What a terminal shows of a character of the config: no control, nothing that turns the line around.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// Texts beyond 4 GiB are refused before anything is placed in them.
fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(text: &str, span: Range<usize>) -> Finding {
        let mut found = Findings::default();
        let number = found.add_text("a.toml".into(), text.into());
        found.report(Code::UnknownKey, Place::new(number, span), "x", "");
        found.finish().remove(0)
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let found = finding("one\nzwölf = 3\n", 11..12);
        assert_eq!((found.line, found.column, found.caret, found.text.as_str()), (2, 7, 6, "zwölf = 3"));
    }

    #[test]
    fn a_caret_never_stands_beyond_what_is_shown() {
        let found = finding("a = 1\r\r\r\nb", 8..8);
        assert_eq!((found.line, found.column, found.caret, found.text.as_str()), (1, 9, 5, "a = 1"));
        let found = finding("", 0..0);
        assert_eq!((found.line, found.column, found.caret, found.width), (1, 1, 0, 1));
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let found = finding(&"x".repeat(5000), 3000..3100);
        assert_eq!((found.column, found.caret, found.width, found.text.len()), (3001, 99, 100, 200));
    }

    /// A thousand warnings are dropped rather than one error.
    #[test]
    fn warnings_never_crowd_out_an_error() {
        let mut found = Findings::default();
        let text = found.add_text("a.toml".into(), "x".repeat(3000).into());
        for at in 0..2000 {
            found.report(Code::UnreachableStep, Place::new(text, at..at + 1), "never", "");
        }
        found.report(Code::NoTerminal, Place::new(text, 0..1), "ends", "");
        assert!(found.refuses());
        assert_eq!(found.finish().len(), Findings::MAX + 1);
    }
}
