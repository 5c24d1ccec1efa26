//! Who is asked to be vouched for, where nobody is believed.

use super::Whole;
use crate::{finding::Code, model::FactSet, parse::Findings};

impl Whole<'_, '_> {
    /// Reports steps that ask for `caller.attest` on a site without roots to believe.
    pub(super) fn attested(&self, found: &mut Findings) {
        if self.site.stir.roots.is_some() {
            return;
        }
        for (index, node) in self.site.nodes.iter().enumerate() {
            let mut facts = FactSet::default();
            if let Some(guard) = &node.guard {
                guard.condition().facts(&mut facts);
            }
            if facts.contains(crate::model::Fact::CallerAttest) {
                let message = "this asks who vouches for the caller, and nobody is believed";
                let mend =
                    "write [stir] with roots = { file = \"stir/roots.pem\" }, the authorities of carriers";
                found.report(Code::NobodyBelieved, self.nodes[index], message, mend);
            }
        }
    }
}
