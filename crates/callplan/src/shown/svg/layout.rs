//! Where boxes and lines lie: the layered way of Sugiyama, with a place of its own for each label.
//!
//! Boxes stand in rows, each below all that leads to it; what leads back up is turned around for that. Labels take
//! part as boxes of the rows between, so none lies on another or on a line that is not its own. It knows sizes and
//! must never know what is in a box.

use super::{order::sort, rows::rows};

/// Between two boxes of a row.
const APART: f64 = 22.0;
/// Between two rows.
const BETWEEN: f64 = 20.0;
/// Around everything.
const MARGIN: f64 = 16.0;
/// How often boxes are moved towards what they are tied to.
const SWEEPS: usize = 48;

/// A width and a height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A line between two boxes, from the one to the other; `label` is the room that its words take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Size,
    /// It is the way down that a reader follows: kept as straight as can be.
    pub(super) is_spine: bool,
}

/// A point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Where everything lies.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) size: Size,
    /// The middle of each box.
    pub(super) boxes: Vec<Point>,
    /// The middle of each line's label.
    pub(super) labels: Vec<Point>,
    /// The points that each line goes through, from its source to its target; between the first two and each second
    /// two it bends, between the others it is straight.
    pub(super) lines: Vec<Vec<Point>>,
}

/// A box, a label, or a line's way through a row.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) size: Size,
    pub(super) row: usize,
    /// Cells above and below that it is tied to, and how strongly.
    pub(super) above: Vec<(usize, f64)>,
    pub(super) below: Vec<(usize, f64)>,
}

/// Lays out boxes of these sizes; lines from a box to itself are not among `lines`.
pub(super) fn layout(boxes: &[Size], lines: &[Line]) -> Layout {
    let (row_of, turned) = rows(boxes.len(), lines);
    let mut cells: Vec<Cell> = boxes
        .iter()
        .zip(&row_of)
        .map(|(size, row)| Cell { size: *size, row: *row, above: Vec::new(), below: Vec::new() })
        .collect();
    let chains: Vec<Vec<usize>> =
        lines.iter().zip(&turned).map(|(line, turned)| chain(&mut cells, *line, *turned)).collect();
    let mut rows = vec![Vec::new(); cells.iter().map(|cell| cell.row + 1).max().unwrap_or(0)];
    (0..cells.len()).for_each(|cell| rows[cells[cell].row].push(cell));
    sort(&cells, &mut rows);
    let x = across(&cells, &rows);
    let (tops, heights, height) = down(&cells, &rows);
    let left = x.iter().zip(&cells).map(|(x, cell)| x - cell.size.width / 2.0).fold(f64::MAX, f64::min);
    let right = x.iter().zip(&cells).map(|(x, cell)| x + cell.size.width / 2.0).fold(0.0, f64::max);
    let x: Vec<f64> = x.iter().map(|x| x - left + MARGIN).collect();
    let middle =
        |cell: usize| Point { x: x[cell], y: tops[cells[cell].row] + heights[cells[cell].row] / 2.0 };
    let drawn = Drawn { cells: &cells, x: &x, tops: &tops, heights: &heights };
    Layout {
        size: Size { width: right - left + 2.0 * MARGIN, height },
        boxes: (0..boxes.len()).map(middle).collect(),
        // The first cell of a chain is its label, at the line's own beginning.
        labels: chains.iter().zip(&turned).map(|(chain, turned)| middle(label_of(chain, *turned))).collect(),
        lines: drawn.lines(lines, &chains, &turned),
    }
}

const fn label_of(chain: &[usize], turned: bool) -> usize {
    if turned { chain[chain.len() - 1] } else { chain[0] }
}

/// The cells of a line in the rows between its boxes, from top to bottom; one of them holds its label.
fn chain(cells: &mut Vec<Cell>, line: Line, turned: bool) -> Vec<usize> {
    let (top, bottom) = if turned { (line.to, line.from) } else { (line.from, line.to) };
    let (first, last) = (cells[top].row + 1, cells[bottom].row);
    let chain: Vec<usize> = (first..last)
        .map(|row| {
            let is_label = if turned { row + 1 == last } else { row == first };
            let size = if is_label { line.label } else { Size { width: 6.0, height: 0.0 } };
            cells.push(Cell { size, row, above: Vec::new(), below: Vec::new() });
            cells.len() - 1
        })
        .collect();
    let ends = |cell: usize| cell == top || cell == bottom;
    let all: Vec<usize> = [top].into_iter().chain(chain.iter().copied()).chain([bottom]).collect();
    for pair in all.windows(2) {
        let pull = match (ends(pair[0]) || ends(pair[1]), line.is_spine) {
            (_, true) => 12.0,
            (false, false) => 8.0,
            (true, false) => 1.0,
        };
        cells[pair[0]].below.push((pair[1], pull));
        cells[pair[1]].above.push((pair[0], pull));
    }
    chain
}

/// The middle of each cell from left to right: as near as its row lets it to what it is tied to.
fn across(cells: &[Cell], rows: &[Vec<usize>]) -> Vec<f64> {
    let mut x = vec![0.0; cells.len()];
    for row in rows {
        let mut at = 0.0;
        for cell in row {
            x[*cell] = at + cells[*cell].size.width / 2.0;
            at += cells[*cell].size.width + APART;
        }
    }
    for sweep in 0..SWEEPS {
        let is_last = sweep + 2 >= SWEEPS;
        let order: Vec<&Vec<usize>> =
            if sweep % 2 == 0 { rows.iter().collect() } else { rows.iter().rev().collect() };
        for row in order {
            let wanted: Vec<(f64, f64)> = row
                .iter()
                .map(|cell| {
                    let cell_ = &cells[*cell];
                    let (above, below) = (sweep % 2 == 0 || is_last, sweep % 2 == 1 || is_last);
                    let ties =
                        cell_.above.iter().filter(|_| above).chain(cell_.below.iter().filter(|_| below));
                    let (sum, weight) = ties.fold((0.0, 0.0), |(sum, weight), (other, pull)| {
                        (sum + x[*other] * pull, weight + pull)
                    });
                    if weight > 0.0 { (sum / weight, weight) } else { (x[*cell], 0.1) }
                })
                .collect();
            settle(cells, row, &wanted, &mut x);
        }
    }
    x
}

/// Puts a row where it wants to be, in its order and apart: the least squares of what is wanted, found by joining
/// neighbours that would meet (pool adjacent violators).
fn settle(cells: &[Cell], row: &[usize], wanted: &[(f64, f64)], x: &mut [f64]) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(row.len());
    for (at, cell) in row.iter().enumerate() {
        if at > 0 {
            offset += f64::midpoint(cells[row[at - 1]].size.width, cells[*cell].size.width) + APART;
        }
        offsets.push(offset);
    }
    // Each pool: what it wants, how much, and how many cells it holds.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((want, weight), offset) in wanted.iter().zip(&offsets) {
        pools.push((want - offset, *weight, 1));
        while let [.., (left, heavy, some), (right, light, more)] = pools[..]
            && left > right
        {
            pools.truncate(pools.len() - 2);
            let weight = heavy + light;
            pools.push(((left * heavy + right * light) / weight, weight, some + more));
        }
    }
    let places = pools.iter().flat_map(|(want, _, count)| std::iter::repeat_n(*want, *count));
    for ((cell, offset), place) in row.iter().zip(&offsets).zip(places) {
        x[*cell] = place + offset;
    }
}

/// The top and height of each row, and how high all is.
fn down(cells: &[Cell], rows: &[Vec<usize>]) -> (Vec<f64>, Vec<f64>, f64) {
    let (mut tops, mut heights, mut y) = (Vec::new(), Vec::new(), MARGIN);
    for row in rows {
        let height = row.iter().map(|cell| cells[*cell].size.height).fold(0.0, f64::max);
        tops.push(y);
        heights.push(height);
        y += height + BETWEEN;
    }
    (tops, heights, y - BETWEEN + MARGIN)
}

struct Drawn<'d> {
    cells: &'d [Cell],
    x: &'d [f64],
    tops: &'d [f64],
    heights: &'d [f64],
}

impl Drawn<'_> {
    /// The points of each line. Where several leave or enter a box they do so beside each other, in the order in which
    /// they lie.
    fn lines(&self, lines: &[Line], chains: &[Vec<usize>], turned: &[bool]) -> Vec<Vec<Point>> {
        let mut leaving: Vec<Vec<(f64, usize)>> = vec![Vec::new(); self.cells.len()];
        let mut entering = leaving.clone();
        for (at, line) in lines.iter().enumerate() {
            let (top, bottom) = if turned[at] { (line.to, line.from) } else { (line.from, line.to) };
            let chain = &chains[at];
            let near = |cell: Option<&usize>, other: usize| cell.map_or(self.x[other], |cell| self.x[*cell]);
            leaving[top].push((near(chain.first(), bottom), at));
            entering[bottom].push((near(chain.last(), top), at));
        }
        let port = |ports: &mut Vec<(f64, usize)>, line: usize, cell: usize| {
            ports.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let at = ports.iter().position(|(_, other)| *other == line).expect("every line was put there");
            #[expect(clippy::cast_precision_loss, reason = "few lines")]
            let (at, count) = (at as f64, ports.len() as f64);
            let room = (self.cells[cell].size.width - 24.0).min(count * 26.0);
            self.x[cell] + room * ((at + 0.5) / count - 0.5)
        };
        let mut paths = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let (top, bottom) = if turned[at] { (line.to, line.from) } else { (line.from, line.to) };
            let half = |cell: usize| self.cells[cell].size.height / 2.0;
            let middle = |cell: usize| {
                let row = self.cells[cell].row;
                self.tops[row] + self.heights[row] / 2.0
            };
            let mut path = vec![Point { x: port(&mut leaving[top], at, top), y: middle(top) + half(top) }];
            for cell in &chains[at] {
                let row = self.cells[*cell].row;
                path.push(Point { x: self.x[*cell], y: self.tops[row] });
                path.push(Point { x: self.x[*cell], y: self.tops[row] + self.heights[row] });
            }
            path.push(Point { x: port(&mut entering[bottom], at, bottom), y: middle(bottom) - half(bottom) });
            if turned[at] {
                path.reverse();
            }
            paths.push(path);
        }
        paths
    }
}
