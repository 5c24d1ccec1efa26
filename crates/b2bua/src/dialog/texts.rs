//! What a dialog says of itself in each request, in one piece of memory: a NOTIFY is written for a subscription that
//! nobody has touched for minutes, and each piece of its own is another line that comes from far away.

/// Call-ID, tags, parties and target, in the order in which a request has them.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    all: Box<str>,
    /// Where each ends.
    ends: [u32; PARTS],
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The peer's Contact, the remote target.
    Target,
    /// Our From or To without the tag: `"Rosa" <sip:101@pbx.example>`.
    LocalParty,
    LocalTag,
    RemoteParty,
    /// Empty until the peer gave one.
    RemoteTag,
    CallId,
}

const PARTS: usize = 6;

impl Texts {
    /// These, in the order of [`Part`].
    pub(super) fn new(parts: [&str; PARTS]) -> Self {
        let mut end = 0;
        let ends = parts.map(|part| {
            end += part.len();
            u32::try_from(end).expect("six values of messages, of 64 KB at most each")
        });
        Self { all: parts.concat().into(), ends }
    }

    /// One of them.
    pub(super) fn of(&self, part: Part) -> &str {
        let index = part as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start as usize..self.ends[index] as usize]
    }

    /// Reads a byte of each stretch that comes from memory at once.
    pub(super) fn fetch(&self) -> u8 {
        self.all.bytes().step_by(64).fold(0, u8::wrapping_add)
    }

    /// Another text for one of them.
    pub(super) fn put(&mut self, part: Part, text: &str) {
        if self.of(part) != text {
            let mut parts = ALL.map(|part| self.of(part));
            parts[part as usize] = text;
            *self = Self::new(parts);
        }
    }
}

const ALL: [Part; PARTS] =
    [Part::Target, Part::LocalParty, Part::LocalTag, Part::RemoteParty, Part::RemoteTag, Part::CallId];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_stays_when_another_changes() {
        let mut texts = Texts::new(["sip:a", "<sip:b>", "1", "\"C\" <sip:c>", "", "id"]);
        texts.put(Part::RemoteTag, "22");
        texts.put(Part::Target, "");
        assert_eq!(ALL.map(|part| texts.of(part)), ["", "<sip:b>", "1", "\"C\" <sip:c>", "22", "id"]);
        assert_eq!(&*texts.all, "<sip:b>1\"C\" <sip:c>22id");
    }
}
