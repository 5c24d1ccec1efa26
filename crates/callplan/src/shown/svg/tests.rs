use proptest::prelude::*;

use super::layout::{Line, Point, Size, layout};
use super::*;

/// Boxes of several sizes, and lines between them in any direction.
fn graph() -> impl Strategy<Value = (Vec<Size>, Vec<Line>)> {
    (2usize..14).prop_flat_map(|count| {
        let size = (40.0..260.0f64, 20.0..90.0f64).prop_map(|(width, height)| Size { width, height });
        let label = (6.0..120.0f64, 0.0..20.0f64).prop_map(|(width, height)| Size { width, height });
        let line = (0..count, 0..count, label, any::<bool>()).prop_map(|(from, to, label, is_spine)| Line {
            from,
            to,
            label,
            is_spine,
        });
        let lines = prop::collection::vec(line, 0..26)
            .prop_map(|lines| lines.into_iter().filter(|line| line.from != line.to).collect());
        (prop::collection::vec(size, count), lines)
    })
}

fn overlap((a, one): (Point, Size), (b, other): (Point, Size)) -> bool {
    let apart = |a: f64, b: f64, sizes: f64| (a - b).abs() + 0.01 >= sizes / 2.0;
    !apart(a.x, b.x, one.width + other.width) && !apart(a.y, b.y, one.height + other.height)
}

proptest! {
    /// Goal: nothing lies on anything else, nothing is cut off, and every line goes from its box to its box.
    #[test]
    fn boxes_and_labels_have_places_of_their_own((boxes, lines) in graph()) {
        let laid = layout(&boxes, &lines);
        let labels = laid.labels.iter().copied().zip(lines.iter().map(|line| line.label));
        let all: Vec<(Point, Size)> = laid.boxes.iter().copied().zip(boxes.iter().copied()).chain(labels).collect();
        for (at, one) in all.iter().enumerate() {
            for other in &all[..at] {
                prop_assert!(!overlap(*one, *other), "{one:?} lies on {other:?}");
            }
            let (middle, size) = one;
            prop_assert!(middle.x >= size.width / 2.0 && middle.x + size.width / 2.0 <= laid.size.width);
            prop_assert!(middle.y >= size.height / 2.0 && middle.y + size.height / 2.0 <= laid.size.height);
        }
        for ((line, path), label) in lines.iter().zip(&laid.lines).zip(&laid.labels) {
            let touches = |end: Point, it: usize| {
                let (middle, size) = (laid.boxes[it], boxes[it]);
                (end.x - middle.x).abs() <= size.width / 2.0 && ((end.y - middle.y).abs() - size.height / 2.0).abs() < 0.01
            };
            prop_assert!(touches(path[0], line.from) && touches(path[path.len() - 1], line.to));
            // Its words lie on it, behind its first bend.
            prop_assert!((path[1].x - label.x).abs() < 0.01 && (path[2].x - label.x).abs() < 0.01);
        }
    }
}

#[test]
fn long_words_are_broken_and_short_ones_kept() {
    assert_eq!(folded("ring group:sales together, 45s"), ["ring group:sales together, 45s"]);
    assert_eq!(
        folded("when caller in list:spam and not contact.known"),
        ["when caller in list:spam and not", "contact.known"]
    );
    let long = folded(&"x".repeat(80));
    assert!(long.len() == 3 && long.iter().all(|line| columns(line) <= LINE_MAX), "{long:?}");
    assert_eq!(long.concat(), "x".repeat(80));
    assert!(folded(&"日".repeat(40)).iter().all(|line| columns(line) <= LINE_MAX));
}
