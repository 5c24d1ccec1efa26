//! What comes with the switch to be heard, as WAV; `sounds/ORIGIN.md` says how each was made.

use std::collections::HashMap;

use b2bua::switch::Sounds;

/// Names and bytes of the words in `sounds/en`.
macro_rules! words {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../sounds/en/", $name, ".wav")).as_slice())),*]
    };
}

/// What is said to who listens to messages, signs in or waits.
const WORDS: [(&str, &[u8]); 67] = words![
    "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "30" "40"
    "50" "60" "70" "80" "90" "you-have" "new-message" "new-messages" "and" "old-message" "old-messages"
    "more-than" "no-messages" "message" "deleted" "restored" "kept" "no-more" "choices" "help" "wrong-key"
    "extension" "pin" "wrong-pin" "own-extension" "signed-in" "signed-out" "not-kept" "goodbye"
    "you-are-number" "in-line" "wait-about" "minutes" "short-wait" "call-back" "called-back" "star" "pound"
    "take" "take-choices" "take-kept" "would-ring" "agent" "some-number"
];

/// All of them.
pub(crate) fn shipped() -> Sounds {
    let words: HashMap<_, _> = WORDS.into_iter().map(|(name, bytes)| (name, bytes.into())).collect();
    Sounds {
        leave_message: include_bytes!("../sounds/leave-message.wav").as_slice().into(),
        goodbye: include_bytes!("../sounds/goodbye.wav").as_slice().into(),
        take_call: include_bytes!("../sounds/take-call.wav").as_slice().into(),
        words,
    }
}

#[cfg(test)]
mod tests {
    use b2bua::switch::Phrase;
    use callplan::Shipped;

    use super::*;

    #[test]
    fn whatever_is_ever_said_comes_with_the_switch_and_can_be_played() {
        let sounds = shipped();
        for phrase in Phrase::all() {
            let bytes = sounds.words.get(phrase.name()).unwrap_or_else(|| panic!("{phrase:?}"));
            let samples = media::wav::read(bytes).unwrap_or_else(|error| panic!("{phrase:?}: {error}"));
            assert!((1_500..120_000).contains(&samples.len()), "{phrase:?}: {} samples", samples.len());
        }
        assert_eq!(sounds.words.len(), Phrase::all().count(), "nothing ships that is never said");
        assert!(WORDS.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 550_000);
    }

    /// Goal: what `explain` counts with is what is played.
    #[test]
    fn prompts_of_plans_last_as_long_as_they_are_said_to() {
        let Sounds { leave_message, goodbye, take_call, .. } = shipped();
        let all = [
            (leave_message, Shipped::LeaveMessage),
            (goodbye, Shipped::Goodbye),
            (take_call, Shipped::TakeCall),
        ];
        for (bytes, shipped) in all {
            let samples = media::wav::read(&bytes).expect("it can be played").len();
            assert_eq!(samples as u128, shipped.lasts().as_millis() * 8, "{shipped:?}");
        }
    }

    #[test]
    fn the_words_are_those_that_were_written_down() {
        let rows = include_str!("../sounds/en/words.tsv").lines();
        let names: Vec<_> = rows.filter_map(|row| row.split_once('\t')).map(|(name, _)| name).collect();
        assert_eq!(names, WORDS.map(|(name, _)| name));
    }
}
