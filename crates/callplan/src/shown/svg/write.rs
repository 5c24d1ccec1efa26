//! The picture as text.

use std::fmt::Write as _;

use super::{
    Arrow, LINE, Tile,
    layout::{Layout, Point, Size},
};

/// What every page shares. Colours are plain words of CSS, for few viewers but browsers know its variables.
const STYLE: &str = "\
text{font:12px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;white-space:pre}\
.name{font-weight:bold}\
path{fill:none;stroke-width:1.5}\
path.busy{stroke-dasharray:6 3}\
path.declined{stroke-dasharray:2 3}\
path.silence{stroke-dasharray:1 4}\
path.otherwise{stroke-dasharray:9 3 2 3}";

/// What has a colour: its class, on light pages, on dark ones.
const BARS: [(&str, &str, &str); 7] = [
    ("ring", "#2f6fde", "#6ea2ff"),
    ("forward", "#0f8a7e", "#45c9ba"),
    ("play", "#76808c", "#98a3b0"),
    ("menu", "#8250c8", "#bb93f5"),
    ("voicemail", "#b3730a", "#e5a93d"),
    ("end", "#c23b3b", "#f07c7c"),
    ("jump", "#76808c", "#98a3b0"),
];
const LINES: [(&str, &str, &str); 8] = [
    ("busy", "#a3680a", "#e5a93d"),
    ("declined", "#c23b3b", "#f07c7c"),
    ("key", "#2f6fde", "#6ea2ff"),
    ("silence", "#8250c8", "#bb93f5"),
    ("otherwise", "#0f8a7e", "#45c9ba"),
    ("else", "#5d6772", "#a3aebb"),
    ("then", "#5d6772", "#a3aebb"),
    ("goto", "#5d6772", "#a3aebb"),
];
/// Page, box, its edge, words, names.
const LIGHT: [&str; 5] = ["#ffffff", "#f6f7f9", "#c3c9d1", "#4d5763", "#1d232b"];
const DARK: [&str; 5] = ["#14181d", "#20262e", "#3c4653", "#b4bdc8", "#e8ecf1"];

/// Writes the picture.
pub(super) fn write(title: &str, tiles: &[Tile], arrows: &[Arrow], layout: &Layout) -> String {
    let mut svg = String::new();
    let Size { width, height } = layout.size;
    let mut put = |text: std::fmt::Arguments<'_>| {
        svg.write_fmt(text).expect("a text takes whatever is written to it");
        svg.push('\n');
    };
    put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">"
    ));
    put(format_args!("<title>{}</title>", escaped(title)));
    put(format_args!("<style>{STYLE}{}</style>", colours()));
    put(format_args!("<rect class=\"page\" width=\"100%\" height=\"100%\"/>"));
    for (arrow, points) in arrows.iter().zip(&layout.lines) {
        put(format_args!("<path class=\"{}\" d=\"{}\"/>", arrow.class, path(points)));
        put(format_args!("<polygon class=\"{}\" points=\"{}\"/>", arrow.class, head(points)));
    }
    for (arrow, at) in arrows.iter().zip(&layout.labels).filter(|(arrow, _)| !arrow.label.is_empty()) {
        let Size { width, height } = arrow.line.label;
        let (left, top) = (at.x - width / 2.0, at.y - height / 2.0);
        put(format_args!(
            "<rect class=\"label\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
        put(format_args!(
            "<text class=\"{}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            arrow.class,
            at.x,
            at.y + 4.0,
            escaped(&arrow.label)
        ));
    }
    for (tile, at) in tiles.iter().zip(&layout.boxes) {
        let Size { width, height } = tile.size;
        let (left, top) = (at.x - width / 2.0, at.y - height / 2.0);
        let round = if tile.class == "number" { height / 2.0 } else { 4.0 };
        put(format_args!(
            "<rect class=\"box\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round:.1}\"/>"
        ));
        if tile.class != "number" {
            put(format_args!(
                "<rect class=\"bar {}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"4\" height=\"{height:.1}\" rx=\"2\"/>",
                tile.class
            ));
        }
        let names = tile.title.iter().map(|line| ("name", line));
        let mut y = top + 7.0 + LINE - 4.0;
        for (class, line) in names.chain(tile.lines.iter().map(|line| ("words", line))) {
            put(format_args!(
                "<text class=\"{class}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                left + 12.0,
                escaped(line)
            ));
            y += LINE;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The colours of light pages, and those of dark ones for whoever prefers them.
fn colours() -> String {
    let colours = |[page, face, edge, words, names]: [&str; 5], is_dark: bool| {
        let of = |(class, light, dark): (&'static str, &'static str, &'static str)| {
            (class, if is_dark { dark } else { light })
        };
        let bars = BARS.map(of).map(|(class, colour)| format!(".bar.{class}{{fill:{colour}}}")).concat();
        let lines = LINES.map(of).map(|(class, colour)| {
            format!("path.{class}{{stroke:{colour}}}polygon.{class},text.{class}{{fill:{colour}}}")
        });
        format!(
            "text{{fill:{words}}}.name{{fill:{names}}}.page,.label{{fill:{page}}}.box{{fill:{face};stroke:{edge}}}{bars}{}",
            lines.concat()
        )
    };
    format!("{}@media (prefers-color-scheme:dark){{{}}}", colours(LIGHT, false), colours(DARK, true))
}

/// Bends between rows, straight through them.
fn path(points: &[Point]) -> String {
    let mut path = String::new();
    for (at, point) in points.iter().enumerate() {
        let Point { x, y } = point;
        let bend = at.checked_sub(1).filter(|before| before % 2 == 0).map(|before| points[before]);
        let written = match (at, bend) {
            (0, _) => write!(path, "M{x:.1} {y:.1}"),
            (_, Some(from)) => {
                let middle = f64::midpoint(from.y, *y);
                write!(path, "C{:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}", from.x)
            }
            (_, None) => write!(path, "L{x:.1} {y:.1}"),
        };
        written.expect("a text takes whatever is written to it");
    }
    path
}

/// The head of an arrow, which ends in the direction of its last bend: down, or up if it leads back.
fn head(points: &[Point]) -> String {
    let (Some(first), Some(Point { x, y })) = (points.first(), points.last()) else { return String::new() };
    let back = if first.y > *y { 8.0 } else { -8.0 };
    format!("{x:.1},{y:.1} {:.1},{:.1} {:.1},{:.1}", x - 4.0, y + back, x + 4.0, y + back)
}

/// Text that is text and nothing else; what XML can't hold is shown as what can't be shown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}')
            }
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
