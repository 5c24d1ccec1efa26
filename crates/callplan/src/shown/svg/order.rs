//! The order of each row: as few lines cross as a few passes find.

use super::layout::Cell;

/// Passes up and down.
const PASSES: usize = 16;

/// Sorts every row by the middle of what its cells are tied to, above and below in turn, and keeps the best.
pub(super) fn sort(cells: &[Cell], rows: &mut Vec<Vec<usize>>) {
    begin(cells, rows);
    let mut place = vec![0usize; cells.len()];
    let note = |rows: &[Vec<usize>], place: &mut [usize]| {
        rows.iter().for_each(|row| row.iter().enumerate().for_each(|(at, cell)| place[*cell] = at));
    };
    note(rows, &mut place);
    let mut best = (crossings(cells, rows, &place), rows.clone());
    for pass in 0..PASSES {
        let downwards = pass % 2 == 0;
        let order: Vec<usize> =
            if downwards { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
        for row in order {
            let middle = |cell: usize| {
                let ties = if downwards { &cells[cell].above } else { &cells[cell].below };
                #[expect(clippy::cast_precision_loss, reason = "places are few")]
                let places = ties.iter().map(|(other, _)| place[*other] as f64);
                #[expect(clippy::cast_precision_loss, reason = "ties are few")]
                let count = ties.len() as f64;
                // What is tied to nothing stays where it is.
                #[expect(clippy::cast_precision_loss, reason = "places are few")]
                if ties.is_empty() { place[cell] as f64 } else { places.sum::<f64>() / count }
            };
            let mut sorted: Vec<(f64, usize)> = rows[row].iter().map(|cell| (middle(*cell), *cell)).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[row] = sorted.into_iter().map(|(_, cell)| cell).collect();
            rows[row].iter().enumerate().for_each(|(at, cell)| place[*cell] = at);
        }
        let now = crossings(cells, rows, &place);
        if now < best.0 {
            best = (now, rows.clone());
        }
    }
    *rows = best.1;
}

/// The order in which a walk from the top meets the cells, which keeps what belongs together beside each other.
fn begin(cells: &[Cell], rows: &mut [Vec<usize>]) {
    let mut met = vec![usize::MAX; cells.len()];
    let mut count = 0;
    for start in 0..cells.len() {
        let mut ahead = vec![start];
        while let Some(cell) = ahead.pop() {
            if met[cell] == usize::MAX
                && (cell == start || cells[cell].above.iter().any(|(it, _)| met[*it] != usize::MAX))
            {
                met[cell] = count;
                count += 1;
                ahead.extend(cells[cell].below.iter().rev().map(|(below, _)| *below));
            }
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by_key(|cell| met[*cell]));
}

/// How many ties between neighbouring rows cross.
fn crossings(cells: &[Cell], rows: &[Vec<usize>], place: &[usize]) -> usize {
    let mut crossed = 0;
    for row in rows {
        // Pairs of places in order of the upper; each lower one that is behind an earlier one crosses it.
        let mut lower: Vec<usize> = Vec::new();
        for cell in row {
            let mut below: Vec<usize> = cells[*cell].below.iter().map(|(it, _)| place[*it]).collect();
            below.sort_unstable();
            for it in &below {
                crossed += lower.len() - lower.partition_point(|other| other <= it);
            }
            for it in below {
                let at = lower.partition_point(|other| *other <= it);
                lower.insert(at, it);
            }
        }
    }
    crossed
}
