//! Lines that are for texts: who says what becomes of calls to them.

use std::sync::Arc;

use super::{GroupId, Site};

/// A number that is for texts, and who has the word on its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextLine {
    /// The inbox whose number it is.
    pub inbox: Option<Arc<str>>,
    /// The group that it follows, as far as it does.
    pub group: Option<GroupId>,
    /// Whose word it is.
    pub won: Won,
}

/// Which level says what becomes of calls to a line for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Won {
    /// The number itself.
    Number,
    /// The inbox.
    Inbox,
    /// The inbox, which says nothing and so takes no calls.
    Unset,
    /// The group that it follows.
    Group,
    /// The site, since the line follows it, or a group that says nothing.
    Site,
    /// Nobody: it is as it usually is.
    Usual,
}

impl TextLine {
    /// Who has the word, and why: `group sales, which inbox campaign follows`.
    pub fn words(&self, site: &Site) -> String {
        let inbox = self.inbox.as_ref().map(|inbox| format!("inbox {inbox}"));
        let who = inbox.unwrap_or_else(|| "the number".to_owned());
        let group = self.group.map(|group| format!("group {}", site[group].name));
        match (self.won, group) {
            (Won::Number | Won::Inbox, _) => format!("{who} says so itself"),
            (Won::Unset, _) => format!("{who} says nothing, so it takes no calls"),
            (Won::Group, Some(group)) => format!("{group} says so, which {who} follows"),
            (Won::Site | Won::Group, None) => format!("the site says so, which {who} follows"),
            (Won::Site, Some(group)) => {
                format!("the site says so: {who} follows {group}, which says nothing")
            }
            (Won::Usual, None) => format!("as usual: {who} follows the site, which says nothing"),
            (Won::Usual, Some(group)) => {
                format!("as usual: {who} follows {group}, and neither that nor the site says anything")
            }
        }
    }
}
