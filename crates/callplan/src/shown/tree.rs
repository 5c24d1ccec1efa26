//! Plans as a drawing of letters: each plan a spine of its steps, what leaves a step to its right.
//!
//! ```text
//! ● sales#1  ring group:sales together, 45s
//! ├─ busy ─▸ sales#1.busy  voicemail sales
//! │ else, 45s
//! ● sales#2  voicemail reception
//! ```
//!
//! A plan is drawn once, and so is a node that serves an outcome; whatever else leads there points at it. What is
//! printed is fragments, for only who prints knows whether there are colours.

use super::{
    On,
    reach::{Way, plans_of, reached, ways},
};
use crate::{
    describe,
    model::{Act, Branch, NodeId, PlanId, Site},
};

/// What a fragment of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Words.
    Plain,
    /// A line of the drawing.
    Rail,
    /// The name of a node or a plan.
    Name,
    /// What leads along a line.
    Edge(On),
}

/// A piece of a line, in one paint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// What it is.
    pub paint: Paint,
    /// Its words.
    pub text: String,
}

/// The narrowest page that is drawn on; a narrower terminal breaks the lines itself.
const WIDTH_MIN: usize = 40;

/// The page of what calls come to that enter at `plans`, in lines of at most `width` columns, 40 at least.
pub fn tree(site: &Site, plans: &[PlanId], width: usize) -> Vec<Vec<Fragment>> {
    let nodes = reached(site, plans);
    let mut is_reached = vec![false; site.nodes.len()];
    nodes.iter().for_each(|node| is_reached[node.index()] = true);
    let width = width.max(WIDTH_MIN);
    let mut page = Page { site, width, is_reached, drawn: vec![false; site.nodes.len()], lines: Vec::new() };
    for plan in plans_of(site, &nodes) {
        page.section(plan);
    }
    page.lines
}

struct Page<'s> {
    site: &'s Site,
    width: usize,
    is_reached: Vec<bool>,
    drawn: Vec<bool>,
    lines: Vec<Vec<Fragment>>,
}

impl Page<'_> {
    /// A plan: its heading, then its steps as far as a call comes to them.
    fn section(&mut self, plan: PlanId) {
        let site = self.site;
        if !self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        let heading = [piece(Paint::Name, &*site[plan].name)];
        let mut about = site.origin(plan).to_string();
        for number in site.numbers.iter().filter(|number| number.plan == plan) {
            about += &format!("; called at {}", number.e164);
            if *number.label != *number.e164.to_string() {
                about += &format!(" ({})", number.label);
            }
        }
        self.put(&heading, "  ", &about, "    ");
        let is_step = |node: &&NodeId| site[**node].name.branch == Branch::None;
        let steps: Vec<NodeId> = site[plan].nodes.iter().filter(is_step).copied().collect();
        let steps: Vec<NodeId> = steps.into_iter().filter(|node| self.is_reached[node.index()]).collect();
        for (at, step) in steps.iter().enumerate() {
            self.step(*step, steps.get(at + 1).copied());
        }
    }

    /// A step on the spine, what leaves it aside, and the fall to the step below.
    fn step(&mut self, node: NodeId, below: Option<NodeId>) {
        self.drawn[node.index()] = true;
        let mut ways = ways(self.site, node);
        let fall = ways.iter().position(|way| Some(way.to) == below).map(|at| ways.remove(at));
        let rail = if fall.is_some() || !ways.is_empty() { "│ " } else { "  " };
        let bullet = if fall.is_none() && ways.is_empty() { "◆ " } else { "● " };
        self.node(&[piece(Paint::Rail, bullet)], node, rail);
        self.ways(&ways, "", fall.is_some());
        if let Some(fall) = fall {
            let label = fall.label();
            let paint = fall.on.first().map_or(Paint::Plain, |on| Paint::Edge(*on));
            self.lines.push(vec![piece(Paint::Rail, "│ "), piece(paint, label)]);
        }
    }

    /// What leaves a node, one line each, and below each what leaves that. Where words and names find no room beside
    /// each other, they stand below each other.
    fn ways(&mut self, ways: &[Way], rails: &str, goes_on: bool) {
        let words = ways.iter().map(|way| columns(&way.label())).max().unwrap_or(0);
        let names = ways.iter().map(|way| columns(&self.site.node_name(way.to))).max().unwrap_or(0);
        let is_stacked = columns(rails) + words + names + 8 > self.width;
        for (at, way) in ways.iter().enumerate() {
            let is_last = at + 1 == ways.len() && !goes_on;
            let (corner, below) = if is_last { ("└─", "   ") } else { ("├─", "│  ") };
            let below = format!("{rails}{below}");
            let label = way.label();
            let rest = "─".repeat(words - columns(&label));
            let paint = way.on.first().map_or(Paint::Plain, |on| Paint::Edge(*on));
            let mut front = vec![piece(Paint::Rail, format!("{rails}{corner}"))];
            if words == 0 {
                front.push(piece(Paint::Rail, "▸ "));
            } else if label.is_empty() {
                front.push(piece(Paint::Rail, format!("──{rest}▸ ")));
            } else if is_stacked {
                self.put(&front, " ", &label, &format!("{below} "));
                front = vec![piece(Paint::Rail, format!("{below}▸ "))];
            } else {
                front.extend([piece(paint, format!(" {label} ")), piece(Paint::Rail, format!("{rest}▸ "))]);
            }
            self.target(way.to, front, &below);
        }
    }

    /// Where a way leads: a node that is drawn here, or the name of one that is drawn elsewhere.
    fn target(&mut self, node: NodeId, mut front: Vec<Fragment>, rails: &str) {
        let is_drawn = self.drawn[node.index()];
        if self.site[node].name.branch != Branch::None && !is_drawn {
            self.drawn[node.index()] = true;
            self.node(&front, node, rails);
            let inner = ways(self.site, node);
            self.ways(&inner, rails, false);
        } else {
            front.push(piece(Paint::Rail, if is_drawn { "↑ " } else { "↓ " }));
            front.push(piece(Paint::Name, describe(self.site, self.site[node].plan).place(node)));
            self.put(&front, "", "", rails);
        }
    }

    /// A node: its name, its guard and what it does.
    fn node(&mut self, front: &[Fragment], node: NodeId, rails: &str) {
        let site = self.site;
        let description = describe(site, site[node].plan);
        let guard = description.guard(&site[node]).map(|guard| guard + ": ").unwrap_or_default();
        // Where a jump leads stands at its line.
        let deed = if matches!(site[node].act, Act::Goto(_)) {
            "goto".to_owned()
        } else {
            description.deed(&site[node])
        };
        let mut front = front.to_vec();
        front.push(piece(Paint::Name, site.node_name(node)));
        let rails = format!("{rails}    ");
        self.put(&front, "  ", &(guard + &deed), &rails);
    }

    /// A line that begins with `front`; words that find no room go on below, behind `rails`.
    fn put(&mut self, front: &[Fragment], gap: &str, words: &str, rails: &str) {
        let mut line = front.to_vec();
        let mut used: usize = front.iter().map(|fragment| columns(&fragment.text)).sum();
        let (mut text, mut is_first) = (gap.to_owned(), true);
        used += columns(gap);
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            let needed = columns(word) + usize::from(!is_first);
            if used + needed > self.width && used > columns(rails) {
                line.push(piece(Paint::Plain, text.trim_end()));
                self.lines.push(std::mem::replace(&mut line, vec![piece(Paint::Rail, rails)]));
                (text, used, is_first) = (String::new(), columns(rails), true);
            }
            if !std::mem::take(&mut is_first) {
                text.push(' ');
                used += 1;
            }
            text.push_str(word);
            used += columns(word);
        }
        if !words.is_empty() {
            line.push(piece(Paint::Plain, text));
        }
        self.lines.push(line);
    }
}

fn piece(paint: Paint, text: impl Into<String>) -> Fragment {
    Fragment { paint, text: text.into() }
}

/// How many columns a text takes on a terminal: letters of East Asia take two.
pub(super) fn columns(text: &str) -> usize {
    let is_wide = |letter: char| {
        matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
            | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
    };
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}
