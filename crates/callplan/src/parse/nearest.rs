//! The nearest of several words, for "did you mean".

/// More candidates than this are not looked at: findings must stay cheap on the largest site.
const CANDIDATES_MAX: usize = 10_000;
/// Words longer than any name need no suggestion.
const WORD_MAX: usize = 64;

/// The candidate that takes the fewest edits to become `word`, if they are few for its length.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.chars().take(WORD_MAX + 1).flat_map(char::to_lowercase).collect();
    if word.len() > WORD_MAX {
        return None;
    }
    let edits_max = 1 + word.len() / 4;
    let near = candidates.into_iter().take(CANDIDATES_MAX).filter_map(|candidate| {
        let other: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if other.len().abs_diff(word.len()) > edits_max {
            return None;
        }
        let edits = edits(&word, &other);
        (edits <= edits_max).then_some((edits, candidate))
    });
    near.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// `a, b or c`.
pub(crate) fn one_of<'c>(words: impl IntoIterator<Item = &'c str>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(left != right);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_a_slip_of_the_finger_away() {
        let words = ["members", "ring", "each", "total", "busy", "else"];
        for (slip, meant) in [("member", "members"), ("rign", "ring"), ("Each", "each"), ("totla", "total")] {
            assert_eq!(nearest(slip, words), Some(meant));
        }
        for far in ["overflow", "xy", ""] {
            assert_eq!(nearest(far, words), None, "{far}");
        }
    }
}
