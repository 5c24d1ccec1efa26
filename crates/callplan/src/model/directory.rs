//! The directory: people by the letters of their names, as telephones have them on their keys (ITU-T E.161).

use std::sync::Arc;

use super::{PersonId, PromptId};

/// Matches that are offered, one after another; of more the caller is asked for more letters.
pub const OFFERS_MAX: usize = 8;

/// People who can be called by their names, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// "Spell the first letters of a name ..."
    pub ask: PromptId,
    /// "There is nobody of such a name."
    pub nobody: PromptId,
    /// "There is nobody else."
    pub nobody_else: PromptId,
    /// "There are more; please spell more letters."
    pub more: PromptId,
    /// Who is in it, in the order of the config.
    pub entries: Vec<Listed>,
}

/// Somebody in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub person: PersonId,
    /// Each word of the name as keys: `26256`, or less where a letter has none.
    pub words: Vec<Arc<str>>,
    /// "For Ana Lopes, press 1."
    pub offer: PromptId,
}

impl Directory {
    /// Those of whose name a word begins with these keys, in order.
    pub fn matches<'d>(&'d self, keys: &'d str) -> impl Iterator<Item = &'d Listed> {
        self.entries.iter().filter(move |listed| listed.words.iter().any(|word| word.starts_with(keys)))
    }

    /// The keys that spell somebody, and their place among those of the same: their last name, else a word that comes
    /// earlier among the matches.
    pub fn spelling(&self, person: PersonId) -> Option<(&str, usize)> {
        let listed = self.entries.iter().find(|listed| listed.person == person)?;
        let place = |keys: &str| self.matches(keys).position(|it| it.person == person);
        let words = listed.words.iter().rev().map(|word| &word[..word.len().min(KEYS_MAX)]);
        words.filter_map(|keys| Some((keys, place(keys)?))).min_by_key(|(_, place)| *place)
    }
}

/// As many keys as are looked at.
pub const KEYS_MAX: usize = 6;

/// The words of a name as keys. Letters with marks count as those without, and so do marks behind their letter, as some
/// systems write them; words in which nothing is on a key are left out.
pub(crate) fn keys_of(name: &str) -> Vec<Arc<str>> {
    let is_of_word = |it: char| it.is_alphanumeric() || matches!(it, '\'' | '’' | '\u{300}'..='\u{36f}');
    let words = name.split(|letter: char| !is_of_word(letter));
    let keys = words.map(|word| word.chars().flat_map(plain).filter_map(key).collect::<String>());
    keys.filter(|keys| !keys.is_empty()).map(Into::into).collect()
}

/// The key that a letter stands on.
const fn key(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='c' | '2' => '2',
        'd'..='f' | '3' => '3',
        'g'..='i' | '4' => '4',
        'j'..='l' | '5' => '5',
        'm'..='o' | '6' => '6',
        'p'..='s' | '7' => '7',
        't'..='v' | '8' => '8',
        'w'..='z' | '9' => '9',
        _ => return None,
    })
}

/// A letter without its mark, in small: telephones have none.
fn plain(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().flat_map(|letter| {
        let plain = match letter {
            'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
            'æ' => "ae",
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
            'ð' | 'ď' | 'đ' => "d",
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
            'ĥ' | 'ħ' => "h",
            'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
            'ĵ' => "j",
            'ķ' => "k",
            'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
            'ñ' | 'ń' | 'ņ' | 'ň' => "n",
            'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
            'œ' => "oe",
            'ŕ' | 'ŗ' | 'ř' => "r",
            'ß' => "ss",
            'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
            'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
            'þ' => "th",
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
            'ŵ' => "w",
            'ý' | 'ÿ' | 'ŷ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            _ => "",
        };
        let own = Some(letter).filter(|_| plain.is_empty());
        plain.chars().chain(own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_keys_that_their_letters_stand_on() {
        let table = [
            ("Ana Lopes", "262 56737"),
            ("Jean-Luc O'Neill", "5326 582 663455"),
            ("Zoë Müller", "963 685537"),
            ("Søren Ægir", "76736 23447"),
            ("Straße 7b", "7872773 72"),
            ("Mu\u{308}ller Lopé\u{301}z Ana-C\u{327}elik", "685537 56739 262 23545"),
            ("李", ""),
        ];
        for (name, keys) in table {
            assert_eq!(keys_of(name).join(" "), keys, "{name}");
        }
    }
}
