//! A dialog that outlives the process: what of it the store keeps.

use sip::header::Values;

use super::{Dialog, Part, ROUTES_MAX, Texts};

/// What of a dialog that its peer began does not change between the peer's requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) call_id: Box<str>,
    pub(crate) remote_tag: Box<str>,
    pub(crate) local_party: Box<str>,
    pub(crate) remote_party: Box<str>,
    /// CSeq of the peer's last request.
    pub(crate) cseq: u32,
    pub(crate) target: Box<str>,
    /// Joined by commas.
    pub(crate) routes: Box<str>,
}

impl Dialog {
    /// What the store keeps.
    pub(crate) fn kept(&self) -> Kept {
        Kept {
            call_id: self.call_id().into(),
            remote_tag: self.remote_tag().into(),
            local_party: self.local_party().into(),
            remote_party: self.texts.of(Part::RemoteParty).into(),
            cseq: self.remote_cseq.unwrap_or(0),
            target: self.target().into(),
            routes: self.routes.join(", ").into(),
        }
    }

    /// The dialog that was kept, with our tag and our last CSeq.
    pub(crate) fn of_kept(kept: Kept, local_tag: Box<str>, local_cseq: u32) -> Self {
        let Kept { call_id, remote_tag, local_party, remote_party, cseq, target, routes } = kept;
        Self {
            texts: Texts::new([&target, &local_party, &local_tag, &remote_party, &remote_tag, &call_id]),
            local_cseq,
            remote_cseq: Some(cseq),
            routes: Values::new(&routes).take(ROUTES_MAX).map(Into::into).collect(),
            began_here: false,
        }
    }

    /// Our side's name-addr without its tag: what the peer was told of whom it talks with.
    pub(crate) fn local_party(&self) -> &str {
        self.texts.of(Part::LocalParty)
    }
}
