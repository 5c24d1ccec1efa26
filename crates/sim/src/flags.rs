//! What `sim simulate` is asked on its command line.

use std::collections::BTreeMap;

use sim::plant::{FAULTS, Fault};

/// Flags that say how many, and the least and most that each takes.
const NUMBERS: [(&str, u64, u64); 5] = [
    ("--seeds", 1, 1_000_000),
    ("--from", 0, 1_000_000_000),
    ("--seed", 0, 1_000_000_000),
    ("--loss", 1, 90),
    ("--equivalence", 1, 100_000_000),
];

/// Flags that say all by being there.
const WORDS: [&str; 2] = ["--planted", "--ladder"];

/// What was asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    numbers: BTreeMap<&'static str, u64>,
    words: Vec<&'static str>,
    /// The fault that a single run has.
    pub(crate) fault: Option<Fault>,
}

impl Flags {
    /// Reads them.
    ///
    /// # Errors
    /// A sentence about the first that says nothing: a slip must not look like a run that went well.
    pub(crate) fn read(args: &[String]) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            if let Some((name, least, most)) = NUMBERS.into_iter().find(|(name, ..)| *name == arg) {
                let said = args.next().ok_or_else(|| format!("{name} lacks its number"))?;
                let number = said.parse().ok().filter(|number| (least..=most).contains(number));
                let number = number.ok_or_else(|| {
                    format!("{name} takes a whole number, {least} to {most}, and not {said:?}")
                })?;
                flags.numbers.insert(name, number);
            } else if let Some(word) = WORDS.into_iter().find(|word| *word == arg) {
                flags.words.push(word);
            } else {
                let named = FAULTS.into_iter().find(|fault| format!("{fault:?}") == arg);
                flags.fault = Some(named.ok_or_else(|| format!("{arg:?} is neither a flag nor a fault"))?);
            }
        }
        if flags.fault.is_some() && flags.number("--seed").is_none() {
            return Err("a fault goes with --seed, to be played once".to_owned());
        }
        Ok(flags)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Flags, String> {
        Flags::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_meant_is_read() {
        let flags = read("--seeds 300 --loss 20 --from 7").expect("sound");
        let numbers = ["--seeds", "--loss", "--from", "--seed"].map(|name| flags.number(name));
        assert_eq!(numbers, [Some(300), Some(20), Some(7), None]);
        let flags = read("--seed 3 --ladder ByeLost").expect("sound");
        assert!(flags.has("--ladder") && !flags.has("--planted"));
        assert_eq!(flags.fault, Some(Fault::ByeLost));
    }

    #[test]
    fn what_says_nothing_is_refused_with_a_sentence() {
        for (line, why) in [
            ("--seeds 2k", "--seeds takes a whole number, 1 to 1000000, and not \"2k\""),
            ("--loss 20%", "--loss takes a whole number, 1 to 90, and not \"20%\""),
            ("--loss 0", "--loss takes a whole number, 1 to 90, and not \"0\""),
            ("--loss 100", "--loss takes a whole number, 1 to 90, and not \"100\""),
            ("--seeds -1", "--seeds takes a whole number, 1 to 1000000, and not \"-1\""),
            ("--loss", "--loss lacks its number"),
            ("--seed 1 ByeLosst", "\"ByeLosst\" is neither a flag nor a fault"),
            ("--plantd", "\"--plantd\" is neither a flag nor a fault"),
            ("--seeds=20", "\"--seeds=20\" is neither a flag nor a fault"),
            ("ByeLost", "a fault goes with --seed, to be played once"),
        ] {
            assert_eq!(read(line), Err(why.to_owned()), "{line}");
        }
    }
}
