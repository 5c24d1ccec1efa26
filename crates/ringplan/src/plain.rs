//! What others wrote, on a terminal or in a log (RELIABILITY I6).
//!
//! Names, agents and reasons come from the network. A character that moves the cursor, changes colours, ends
//! the line or turns the text around it is shown as its escape, `\u{202e}`, so that nobody can make a terminal
//! say what the switch did not.

use std::{borrow::Cow, fmt::Write};

use serde_json::Value;

/// `text` on one line, as it may be shown.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_plain(letter) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_unicode());
        }
    }
    Cow::Owned(shown)
}

/// `value` for a script: the same value, written without such characters.
pub(crate) fn json(value: &Value) -> String {
    let text = format!("{value:#}");
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        // The line ends are those between the fields: the ones in texts are escaped already.
        if is_plain(letter) || letter == '\n' {
            shown.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    shown
}

/// Whether a character shows itself and nothing else: no control (C0, DEL, C1), no invisible one, none that
/// breaks lines or orders text (Unicode TR9 and TR36).
fn is_plain(letter: char) -> bool {
    let is_hidden = matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !is_hidden && !letter.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ESC, CR LF and a forged line, DEL, C1, right-to-left override, isolates, a zero-width space, a tag.
    const HOSTILE: &str =
        "a\u{1b}[31m\r\nINFO b\u{7f}\u{9b}2J\u{202e}gpj.exe\u{2066}\u{200b}\u{e0041} \u{2028}Zoë 日本";

    #[test]
    fn what_could_move_a_terminal_is_shown_as_its_escape() {
        let shown = line(HOSTILE);
        assert!(shown.chars().all(is_plain), "{shown}");
        assert!(shown.starts_with(r"a\u{1b}[31m\u{d}\u{a}INFO b\u{7f}\u{9b}2J\u{202e}gpj.exe"), "{shown}");
        assert!(shown.ends_with("Zoë 日本"));
        assert!(matches!(line("Ana Lopes, 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_script_reads_back_what_was_written() {
        let value = serde_json::json!({ "agent": HOSTILE, HOSTILE: [1, "x"] });
        let text = json(&value);
        assert!(text.chars().all(|letter| is_plain(letter) || letter == '\n'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
