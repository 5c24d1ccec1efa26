//! Which row each box stands in.

use super::layout::Line;

/// The row of each box, every second one, and which lines lead up and are turned around.
pub(super) fn rows(boxes: usize, lines: &[Line]) -> (Vec<usize>, Vec<bool>) {
    let turned = turned(boxes, lines);
    let ends = |at: usize| {
        let Line { from, to, .. } = lines[at];
        if turned[at] { (to, from) } else { (from, to) }
    };
    // Boxes in an order in which every line leads on.
    let (mut inwards, mut below) = (vec![0usize; boxes], vec![Vec::new(); boxes]);
    for at in 0..lines.len() {
        let (top, bottom) = ends(at);
        inwards[bottom] += 1;
        below[top].push(bottom);
    }
    let mut row = vec![0usize; boxes];
    let roots: Vec<usize> = (0..boxes).filter(|it| inwards[*it] == 0).collect();
    let mut ahead = roots.clone();
    while let Some(top) = ahead.pop() {
        for bottom in &below[top] {
            row[*bottom] = row[*bottom].max(row[top] + 2);
            inwards[*bottom] -= 1;
            if inwards[*bottom] == 0 {
                ahead.push(*bottom);
            }
        }
    }
    // What begins stands right above where it leads.
    for root in roots {
        if let Some(first) = below[root].iter().map(|bottom| row[*bottom]).min() {
            row[root] = first - 2;
        }
    }
    (row, turned)
}

/// Lines that lead back to a box on the way to them.
fn turned(boxes: usize, lines: &[Line]) -> Vec<bool> {
    let mut out = vec![Vec::new(); boxes];
    lines.iter().enumerate().for_each(|(at, line)| out[line.from].push(at));
    let (mut is_seen, mut is_open) = (vec![false; boxes], vec![false; boxes]);
    let mut turned = vec![false; lines.len()];
    for start in 0..boxes {
        if std::mem::replace(&mut is_seen[start], true) {
            continue;
        }
        is_open[start] = true;
        let mut way = vec![(start, 0)];
        while let Some((at, next)) = way.last_mut() {
            let Some(line) = out[*at].get(*next) else {
                is_open[*at] = false;
                way.pop();
                continue;
            };
            *next += 1;
            let to = lines[*line].to;
            turned[*line] = is_open[to];
            if !std::mem::replace(&mut is_seen[to], true) {
                is_open[to] = true;
                way.push((to, 0));
            }
        }
    }
    turned
}
