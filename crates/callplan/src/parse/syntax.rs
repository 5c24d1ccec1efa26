//! What is no TOML, told to somebody who never read its grammar: what stands there, and what to write instead.
//!
//! The parser says what it expected; what was meant is seen in the line. A bracket that is never closed is told
//! where it opens: everything behind it is misread, so nothing of it is told.

use std::ops::Range;

/// A fault of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where it is.
    pub(super) span: Range<usize>,
    /// What stands there.
    pub(super) message: String,
    /// What to write instead.
    pub(super) mend: String,
    /// Up to where nothing behind it is read as it was meant.
    pub(super) hides: Option<usize>,
}

/// Quotation marks of editors that write letters.
const CURLY: [char; 8] = ['“', '”', '„', '‟', '‘', '’', '«', '»'];

/// What looks like a space or like nothing, and is neither to TOML.
const INVISIBLE: [char; 8] =
    ['\u{a0}', '\u{2007}', '\u{2009}', '\u{200b}', '\u{202f}', '\u{2060}', '\u{3000}', '\u{feff}'];

/// What a fault is by the first words of the parser, with its mend, where the line need not be asked.
const TOLD: [(&str, &str, &str); 6] = [
    ("unclosed table", "this header does not end here", "end it with ], and write names without spaces"),
    ("extra assignment", "there is no comma between these two", "write a comma before the second key"),
    ("missing opening quote", "a text has quotation marks around it", "write \" before it"),
    ("missing escaped value", "a backslash does not stand for itself here", "write / in paths, else \\\\"),
    (
        "carriage return",
        "this line ends in a way of its own",
        "save the file with ends of line of Unix or Windows",
    ),
    ("cannot recurse", "this is nested deeper than anything in a config", "write it flatter"),
];

/// What to say of a quotation mark alone.
const UNPAIRED: (&str, &str) =
    ("a quotation mark of this line has no other half", "write the one that is missing");

/// What ends a word.
const SEPARATORS: [char; 9] = [' ', '\t', '\n', '=', '[', ']', '{', ',', '.'];

/// What to say where nothing better is known.
const VALUES: &str = "a value is a text in quotation marks, a number, true or false, a [list] or a { table }";

/// The fault that the parser found at `span`, in its words `said`.
pub(super) fn fault(text: &str, span: Range<usize>, said: &str) -> Fault {
    let begins = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[begins..].lines().next().unwrap_or_default();
    if let Some(opened) = unclosed(text, span.start, begins, said) {
        let (open, close) = if text[opened..].starts_with('[') { ('[', ']') } else { ('{', '}') };
        let number = text[..begins].matches('\n').count() + 1;
        let (message, mend) = if opened < begins {
            let mend =
                format!("write {close} where it ends; if line {number} belongs to it, a comma before that");
            (format!("this `{open}` is not closed before line {number}"), mend)
        } else {
            (format!("this `{open}` is not closed"), format!("write {close} where it ends"))
        };
        return Fault { span: opened..opened + 1, message, mend, hides: Some(text.len()) };
    }
    // The keys below a header that is none seem to stand above all tables.
    let next = || text[span.end..].find("\n[").map_or(text.len(), |at| span.end + at);
    let hides = said.starts_with("unclosed table").then(next);
    if let Some(Strange { at, message, mend }) = strange(line) {
        return Fault { span: begins + at.start..begins + at.end, message, mend, hides };
    }
    let (message, mend) = told(text, &span, line, said);
    // The parser stumbles at the end of the line; what was meant begins at the mark.
    let mark = unpaired(line).filter(|_| message == UNPAIRED.0).map(|at| begins + at);
    Fault { span: mark.map_or(span, |at| at..begins + line.trim_end().len()), message, mend, hides }
}

/// The bracket that should have been closed before byte `at`, or before the line of it that begins at `begins`.
fn unclosed(text: &str, at: usize, begins: usize, said: &str) -> Option<usize> {
    let line = text[begins..].lines().next().unwrap_or_default().trim();
    if said.starts_with("unclosed array") || said.starts_with("unclosed inline table") {
        // A text that is not closed may have swallowed the bracket.
        return open_before(text, at).filter(|opened| *opened < begins || unpaired(line).is_none());
    }
    let opened = open_before(text, begins)?;
    let ends_another = line.starts_with(if text[opened..].starts_with('[') { '}' } else { ']' });
    (ends_another || is_header(line) || is_assignment(line)).then_some(opened)
}

/// The innermost bracket that is open at byte `at`. Texts and comments have none, and a header ends with its line.
fn open_before(text: &str, at: usize) -> Option<usize> {
    let (mut open, mut line, mut is_header) = (Vec::new(), 0, false);
    let mut here = 0;
    while let Some(letter) = text[here..at].chars().next() {
        let rest = &text[here..];
        let mut len = letter.len_utf8();
        match letter {
            '#' => len = rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => len = quoted(rest, letter),
            '[' | '{' => {
                is_header |= open.is_empty() && text[line..here].trim().is_empty();
                open.push(here);
            }
            // What closes a list closes the tables left open in it.
            ']' | '}' => {
                let opener = if letter == ']' { '[' } else { '{' };
                let closed = open.iter().rposition(|opened: &usize| text[*opened..].starts_with(opener));
                open.truncate(closed.unwrap_or(open.len()));
            }
            '\n' => {
                if std::mem::take(&mut is_header) {
                    open.clear();
                }
                line = here + 1;
            }
            _ => {}
        }
        here = (here + len).min(at);
    }
    open.pop()
}

/// How long the text in quotation marks is that `rest` begins with. One on one line ends with the line at last.
fn quoted(rest: &str, mark: char) -> usize {
    let triple = mark.to_string().repeat(3);
    if let Some(inside) = rest.strip_prefix(&triple) {
        return inside.find(&triple).map_or(rest.len(), |end| end + 2 * triple.len());
    }
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' => return at,
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' => is_escaped = mark == '"',
            letter if letter == mark => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `[groups.sales]`, and no list in a list.
fn is_header(line: &str) -> bool {
    let inside = line.trim_start_matches('[').split(']').next().unwrap_or_default();
    let is_name = |key: &str| is_bare(key) && !key.bytes().all(|byte| byte.is_ascii_digit());
    line.starts_with('[') && line.contains(']') && inside.split('.').all(is_name)
}

/// `ring = ...`.
fn is_assignment(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| is_bare(key.trim().trim_matches(['"', '+'])))
}

fn is_bare(key: &str) -> bool {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    !key.is_empty() && key.chars().all(is_bare)
}

/// What is wrong with a line at first sight.
struct Strange {
    /// Where, in bytes of the line.
    at: Range<usize>,
    message: String,
    mend: String,
}

/// The letters of a line that stand in no text, and the quotation marks that open one.
fn outside(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    line.char_indices().filter(move |(here, letter)| {
        if *here < at {
            return false;
        }
        at = if matches!(letter, '"' | '\'') { here + quoted(&line[*here..], *letter) } else { *here };
        true
    })
}

/// What a line shows that no config should have in it, whatever the parser stumbled over first.
fn strange(line: &str) -> Option<Strange> {
    let said =
        |at: Range<usize>, message: String, mend: &str| Some(Strange { at, message, mend: mend.to_owned() });
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        let mend = "keep one of the two sides, and remove the lines of <<<<<<<, ======= and >>>>>>>";
        return said(0..7, "a merge that nobody settled left its marks here".to_owned(), mend);
    }
    if let Some(at) = line.find('\0') {
        let mend = "restore the file from a copy: a crash or a full disk left it so";
        return said(at..at + 1, "these are bytes of zero".to_owned(), mend);
    }
    let indent = line.len() - line.trim_start().len();
    if let Some(mark) = [";", "//", "--"].into_iter().find(|mark| line[indent..].starts_with(mark)) {
        let at = indent..indent + mark.len();
        return said(at, "a comment does not begin so".to_owned(), "write # before it");
    }
    if let Some((at, letter)) = outside(line).find(|(_, letter)| INVISIBLE.contains(letter)) {
        let message =
            format!("here stands U+{:04X}, which looks like a space or like nothing", u32::from(letter));
        let mend = "delete it, and write an ordinary space if one has to be there";
        return said(at..at + letter.len_utf8(), message, mend);
    }
    let (at, letter) = outside(line).find(|(_, letter)| CURLY.contains(letter))?;
    let message = format!("{letter} is no quotation mark here");
    said(at..at + letter.len_utf8(), message, "write \" before and behind a text")
}

/// What the parser's words and the place come to.
fn told(text: &str, span: &Range<usize>, line: &str, said: &str) -> (String, String) {
    let pair = |message: &str, mend: &str| (message.to_owned(), mend.to_owned());
    if let Some((_, message, mend)) = TOLD.iter().find(|(words, ..)| said.starts_with(words)) {
        return pair(message, mend);
    }
    let (before, meant) = (&text[..span.start], text[span.clone()].trim());
    let word = || text[span.start..].split(SEPARATORS).next().unwrap_or_default();
    if said.starts_with("key with no value") && (meant.ends_with(':') || before.trim_end().ends_with(':')) {
        pair("a key and its value are joined by =", "write = in place of the :")
    } else if said.starts_with("key with no value") {
        pair("this key has no value", "write = and a value behind it, or # before it if it is a comment")
    } else if said.starts_with("invalid unquoted key") && word().starts_with(':') {
        pair("a key and its value are joined by =", "write = in place of the :")
    } else if said.starts_with("invalid unquoted key") {
        key(&before[before.rfind(SEPARATORS).map_or(0, |at| at + 1)..], word())
    } else if said.starts_with("unexpected leading zero") {
        let digits = before[before.trim_end_matches(|it: char| it.is_ascii_digit()).len()..].len();
        let number = text[span.start - digits..].split(|it: char| !it.is_ascii_digit()).next();
        let mend = format!("write \"{}\", in quotation marks", number.unwrap_or_default());
        ("a number does not begin with 0".to_owned(), mend)
    } else if unpaired(line).is_some() {
        pair(UNPAIRED.0, UNPAIRED.1)
    } else if said.starts_with("missing comma") {
        pair("there is no comma before this", "write one")
    } else if meant.contains(' ') && text[span.end..].trim_start().starts_with('=') {
        let second = meant.rsplit(' ').next().unwrap_or_default();
        ("there is no comma between these two".to_owned(), format!("write a comma before `{second}`"))
    } else if said.starts_with("string values") || said.starts_with("invalid boolean") {
        value(meant)
    } else {
        (format!("this is not TOML: {said}"), VALUES.to_owned())
    }
}

/// The byte of the quotation mark of a line that has no other half. What stands in a comment is none.
fn unpaired(line: &str) -> Option<usize> {
    let mut seen = outside(line).take_while(|(_, letter)| *letter != '#');
    seen.find_map(|(at, letter)| {
        let text = matches!(letter, '"' | '\'').then(|| &line[at..at + quoted(&line[at..], letter)])?;
        let inside = text[1..].strip_suffix(letter);
        let escapes = inside.map_or(0, |it| it.len() - it.trim_end_matches('\\').len());
        let is_paired = inside.is_some() && (letter == '\'' || escapes.is_multiple_of(2));
        (!is_paired).then_some(at)
    })
}

/// A key with a letter in it that no key has by itself.
fn key(begins: &str, goes_on: &str) -> (String, String) {
    let key = format!("{begins}{goes_on}");
    let mend = if key.chars().any(char::is_alphabetic) {
        "take letters from a to z for a name; what people read stands in `name` or `label`".to_owned()
    } else {
        format!("write \"{key}\"")
    };
    (format!("`{key}` has more in it than letters from a to z, digits, - and _"), mend)
}

/// A value that is none: true and false in capitals, a text without quotation marks, nothing at all.
fn value(meant: &str) -> (String, String) {
    let small = meant.to_ascii_lowercase();
    if meant.is_empty() || meant.starts_with('#') {
        ("a value is missing here".to_owned(), format!("write one: {VALUES}"))
    } else if ["true", "false"].contains(&&*small) {
        (format!("`{meant}` is not written so"), format!("write {small}"))
    } else {
        ("a text has quotation marks around it".to_owned(), format!("write \"{meant}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_comments_and_headers_are_not_open() {
        for closed in [
            "a = [1, 2]\n",
            "a = \"[{\"\n",
            "a = '[\\'\n",
            "# [\n",
            "[groups.sales\n",
            "a = \"\"\"\n[\"\"\"\n",
            "a = \"\\\"[\"\n",
        ] {
            assert_eq!(open_before(closed, closed.len()), None, "{closed}");
        }
        for (text, opened) in
            [("a = [\n", 4), ("a = [{ b = \"}\"\n", 5), ("a = \"x\nb = [\n", 11), ("a = {\n]\n", 4)]
        {
            assert_eq!(open_before(text, text.len()), Some(opened), "{text}");
        }
    }

    #[test]
    fn a_header_is_no_list_in_a_list() {
        assert!(is_header("[plans.after-hours]") && is_header("[[tests]]") && is_header("[site] # x"));
        assert!(
            !is_header("[\"a\", \"b\"],")
                && !is_header("[1, 2],")
                && !is_header("[1],")
                && !is_header("{ a = 1 }")
        );
    }
}
