//! Results of tests as JUnit writes them, for whoever shows them: XML 1.0, one suite.

use std::{fmt::Write as _, time::Duration};

/// One test, or one rule that is to hold always.
pub(super) struct Case {
    /// What it is called.
    pub(super) name: String,
    /// Where it is written.
    pub(super) file: String,
    /// The line there.
    pub(super) line: u32,
    /// How long it took.
    pub(super) took: Duration,
    /// What went wrong in a line, and all about it; `None` if it passed.
    pub(super) failure: Option<(String, String)>,
}

/// The suite as a document.
pub(super) fn document(suite: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let took: Duration = cases.iter().map(|case| case.took).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let _ = writeln!(
        text,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" time=\"{:.6}\">",
        escaped(suite),
        cases.len(),
        took.as_secs_f64()
    );
    for case in cases {
        let _ = write!(
            text,
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\"",
            escaped(suite),
            escaped(&case.name),
            escaped(&case.file),
            case.line,
            case.took.as_secs_f64()
        );
        match &case.failure {
            None => text.push_str("/>\n"),
            Some((message, all)) => {
                let (message, all) = (escaped(message), escaped(all));
                let _ = write!(
                    text,
                    ">\n      <failure message=\"{message}\">{all}</failure>\n    </testcase>\n"
                );
            }
        }
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// Text between tags and in attributes. XML has no spelling for most controls (XML 1.0 §2.2), so they become U+FFFD;
/// line ends and tabs are kept from being read as spaces (§3.3.3).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_would_read_as_its_own_is_escaped() {
        let failure = Some(("a < b & \"c\"".to_owned(), "one\n]]> two\u{1b}[31m\u{0}".to_owned()));
        let case = Case {
            name: "<&>'\"".to_owned(),
            file: "a.toml".to_owned(),
            line: 3,
            took: Duration::ZERO,
            failure,
        };
        let text = document("Larch & Co", &[case]);
        assert!(text.contains("name=\"Larch &amp; Co\" tests=\"1\" failures=\"1\""), "{text}");
        assert!(text.contains("name=\"&lt;&amp;&gt;&apos;&quot;\" file=\"a.toml\" line=\"3\""), "{text}");
        assert!(
            text.contains(
                "message=\"a &lt; b &amp; &quot;c&quot;\">one&#10;]]&gt; two\u{fffd}[31m\u{fffd}</failure>"
            ),
            "{text}"
        );
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}
