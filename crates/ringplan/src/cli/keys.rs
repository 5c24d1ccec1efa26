//! Keys of a telephone on the command line.

use crate::ua::is_key;

/// Reads keys to be pressed one after another.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    match text.chars().find(|key| !is_key(*key)) {
        Some(other) => Err(format!("{other:?} is no key of a telephone: these are 0 to 9, *, # and A to D")),
        None if text.is_empty() => Err("say which: 0 to 9, *, # or A to D".to_owned()),
        None => Ok(text.to_owned()),
    }
}

/// The same where a menu may be left waiting: `-2` presses 2 when asked again.
pub(crate) fn parse_rounds(text: &str) -> Result<String, String> {
    let keys = text.replace('-', "");
    if keys.is_empty() && !text.is_empty() {
        Ok(text.to_owned())
    } else {
        parse(&keys).map(|_| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_a_telephone() {
        assert_eq!(parse("0*#d"), Ok("0*#d".to_owned()));
        assert!(parse("z!").is_err_and(|why| why.contains("'z'") && why.contains("0 to 9, *, # and A to D")));
        assert!(parse("").is_err());
        assert_eq!(parse_rounds("-2"), Ok("-2".to_owned()));
        assert_eq!(parse_rounds("--"), Ok("--".to_owned()));
        assert!(parse_rounds("").is_err() && parse_rounds("-z").is_err() && parse("-2").is_err());
    }
}
