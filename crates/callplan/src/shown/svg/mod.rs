//! Plans as a picture that stands alone: an SVG without scripts, fonts or anything from elsewhere, for light pages
//! and dark ones.

mod layout;
mod order;
mod rows;
mod write;

use self::{
    layout::{Line, Size, layout},
    write::write,
};
use super::{
    On,
    reach::{reached, ways},
    tree::columns,
};
use crate::{
    describe,
    model::{Act, Branch, NodeId, PlanId, Site},
};

/// More boxes than this are no picture.
const BOXES_MAX: usize = 400;
/// Longest line in a box, in letters.
const LINE_MAX: usize = 34;
/// A letter's width and a line's height; letters are of one width.
const LETTER: f64 = 7.3;
const LINE: f64 = 16.0;

/// There is too much to be a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this would be a picture of {0} steps, and {BOXES_MAX} are the most: name a plan that leads to fewer"
)]
pub struct TooLarge(usize);

/// A box of the picture.
#[derive(Clone, Debug)]
struct Tile {
    class: &'static str,
    title: Vec<String>,
    lines: Vec<String>,
    size: Size,
}

/// A line of the picture.
#[derive(Clone, Debug)]
struct Arrow {
    class: &'static str,
    label: String,
    line: Line,
}

/// The picture of what calls come to that enter at `plans`.
///
/// # Errors
/// It would have more than 400 boxes.
pub fn svg(site: &Site, plans: &[PlanId]) -> Result<String, TooLarge> {
    let nodes = reached(site, plans);
    if nodes.len() > BOXES_MAX {
        return Err(TooLarge(nodes.len()));
    }
    let (tiles, arrows) = draw(site, plans, &nodes);
    let sizes: Vec<Size> = tiles.iter().map(|tile| tile.size).collect();
    let lines: Vec<Line> = arrows.iter().map(|arrow| arrow.line).collect();
    let names: Vec<_> = plans.iter().map(|plan| &*site[*plan].name).collect();
    let title = if let [only] = *names {
        format!("{}: plan {only}", site.name)
    } else {
        format!("{}: all plans", site.name)
    };
    Ok(write(&title, &tiles, &arrows, &layout(&sizes, &lines)))
}

/// Boxes and lines: first the numbers that call the plans, then the nodes.
fn draw(site: &Site, plans: &[PlanId], nodes: &[NodeId]) -> (Vec<Tile>, Vec<Arrow>) {
    let mut at = vec![usize::MAX; site.nodes.len()];
    let (mut tiles, mut arrows) = (Vec::new(), Vec::new());
    let callers = site.numbers.iter().filter(|number| plans.contains(&number.plan));
    let callers: Vec<_> = callers.collect();
    for (index, node) in nodes.iter().enumerate() {
        at[node.index()] = callers.len() + index;
    }
    for number in &callers {
        let name = number.e164.to_string();
        let label = if *number.label == *name { Vec::new() } else { vec![number.label.to_string()] };
        let line =
            Line { from: tiles.len(), to: at[site.entry(number.plan).index()], label: NONE, is_spine: false };
        arrows.push(Arrow { class: "goto", label: String::new(), line });
        tiles.push(tile("number", &[name], label));
    }
    for node in nodes {
        let (from, mut own) = (at[node.index()], Vec::new());
        for way in ways(site, *node) {
            let (to, label) = (at[way.to.index()], way.label());
            if to == from {
                own.push(format!("↺ {label}"));
                continue;
            }
            let is_step = |id: NodeId| site[id].name.branch == Branch::None;
            let is_spine = is_step(*node) && is_step(way.to) && site[way.to].plan == site[*node].plan;
            let size = if label.is_empty() { NONE } else { size(&[label.as_str()], 6.0, 2.0) };
            let class = way.on.first().map_or("goto", |on| class_of(*on));
            arrows.push(Arrow { class, label, line: Line { from, to, label: size, is_spine } });
        }
        tiles.push(node_tile(site, *node, own));
    }
    (tiles, arrows)
}

const NONE: Size = Size { width: 6.0, height: 0.0 };

fn node_tile(site: &Site, id: NodeId, own: Vec<String>) -> Tile {
    let node = &site[id];
    let description = describe(site, node.plan);
    let deed = if matches!(node.act, Act::Goto(_)) { "goto".to_owned() } else { description.deed(node) };
    let class = match node.act {
        Act::Ring(_) => "ring",
        Act::Forward(_) => "forward",
        Act::Play(_) | Act::Language(_) => "play",
        Act::Ask(_) | Act::Menu(_) | Act::Directory { .. } => "menu",
        Act::Queue(_) => "queue",
        Act::Voicemail(_) => "voicemail",
        Act::Reject(_) | Act::Hangup => "end",
        Act::Goto(_) => "jump",
    };
    let lines: Vec<String> = description.guard(node).into_iter().chain([deed]).chain(own).collect();
    tile(class, &[site.node_name(id)], lines)
}

fn tile(class: &'static str, title: &[String], lines: Vec<String>) -> Tile {
    let title: Vec<String> = title.iter().flat_map(|line| folded(line)).collect();
    let lines: Vec<String> = lines.iter().flat_map(|line| folded(line)).collect();
    let all: Vec<&str> = title.iter().chain(&lines).map(String::as_str).collect();
    let size = size(&all, 12.0, 7.0);
    Tile { class, title, lines, size }
}

/// The room that lines of text take, with so much around them.
fn size(lines: &[&str], beside: f64, above: f64) -> Size {
    let widest = lines.iter().map(|line| columns(line)).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "lines are short and few")]
    let (widest, count) = (widest as f64, lines.len() as f64);
    Size { width: widest * LETTER + 2.0 * beside, height: count * LINE + 2.0 * above }
}

/// A text in lines that are no longer than a box is wide; a word that is gets broken.
fn folded(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word.to_owned();
        while columns(&word) > LINE_MAX {
            let cut = word
                .char_indices()
                .map(|(at, _)| at)
                .take_while(|at| columns(&word[..*at]) < LINE_MAX)
                .last();
            let rest = word.split_off(cut.filter(|cut| *cut > 0).unwrap_or(word.len()));
            lines.push(std::mem::replace(&mut word, rest));
        }
        let line = lines.last_mut().expect("there is one from the start");
        if !line.is_empty() && columns(line) + 1 + columns(&word) > LINE_MAX {
            lines.push(word);
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

const fn class_of(on: On) -> &'static str {
    match on {
        On::Key(_) => "key",
        On::Silence(..) | On::WrongKey(_) | On::NotFound => "silence",
        On::Busy => "busy",
        On::Declined => "declined",
        On::Else(_) => "else",
        On::Full(_) | On::Unstaffed => "busy",
        On::Closed => "declined",
        On::Waited(_) => "else",
        On::Then => "then",
        On::Goto => "goto",
        On::Otherwise => "otherwise",
    }
}

#[cfg(test)]
mod tests;
