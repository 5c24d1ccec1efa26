//! Written plans step by step: does one end, can each step be reached.

use super::Whole;
use crate::{
    draft::{After, Deed, Step},
    finding::Code,
    model::{Act, Feature, NodeId, PlanId},
    parse::Findings,
};

impl Whole<'_, '_> {
    /// Reports steps behind a step that never falls, and plans whose last step can fall.
    pub(super) fn steps(&self, found: &mut Findings) {
        for (index, steps) in self.plans.iter().enumerate() {
            let plan = PlanId::from(index);
            let ends =
                steps.iter().zip(self.step_nodes(plan)).position(|(step, node)| !self.falls(step, node));
            if let Some(step) = ends.and_then(|at| steps.get(at + 1)) {
                let message = "no call reaches this step, because the one before it never falls";
                found.report(
                    Code::UnreachableStep,
                    step.place,
                    message,
                    "move it up, or give the one before a `when`",
                );
            }
            if let (None, Some(last)) = (ends, steps.last())
                && (last.guard.is_some() || !matches!(last.deed, Deed::Broken(After::Unknown)))
            {
                let message = format!(
                    "plan `{}` can run off its end here, and the call would have nowhere to go",
                    self.site[plan].name
                );
                let mend = "end with an unconditional voicemail, menu, queue, goto, reject or hangup";
                found.report(Code::NoTerminal, last.place, message, mend);
            }
        }
    }

    /// Reports menus at which extensions may be dialled where nobody has one.
    pub(super) fn extensions(&self, found: &mut Findings) {
        if self.site.by_extension.iter().next().is_some() {
            return;
        }
        for (index, menu) in self.site.menus.iter().enumerate().filter(|(_, menu)| menu.dial_extension) {
            let message = format!("callers may dial extensions at menu `{}`, and nobody has one", menu.name);
            let mend = "give people extensions, ana = { ext = 101 }, or leave `dial_extension` out";
            found.report(Code::NoExtensions, self.names.menus.place(index), message, mend);
        }
    }

    /// Reports prompts that are to be recorded by phone where nobody may, or nothing is dialled for it.
    pub(super) fn recorders(&self, found: &mut Findings) {
        let site = self.site;
        let (why, mend) = if site.codes.of(Feature::RecordPrompt).is_none() {
            ("nothing is dialled to record it", "write record_prompt = \"*77\" under [codes]")
        } else if !site.people.iter().any(|person| person.records_prompts) {
            ("nobody may record it", "write allow_prompts = true for a person under [people]")
        } else {
            return;
        };
        for (index, prompt) in site.prompts.iter().enumerate().filter(|(_, prompt)| prompt.recorded.is_some())
        {
            let message = format!("prompt `{}` is recorded by phone, and {why}", prompt.name);
            found.report(Code::NobodyRecords, self.names.prompts.place(index), message, mend);
        }
    }

    /// The nodes of a plan's own steps, in order.
    fn step_nodes(&self, plan: PlanId) -> impl Iterator<Item = NodeId> {
        let nodes = self.site[plan].nodes.iter().copied();
        nodes.filter(|node| self.site[*node].name.branch == crate::model::Branch::None)
    }

    /// Whether a call can go on to the step that follows.
    fn falls(&self, step: &Step, node: NodeId) -> bool {
        let node = &self.site[node];
        if node.guard.is_some() {
            return true;
        }
        match &node.act {
            Act::Ring(ring) => ring.unanswered.is_none(),
            Act::Forward(forward) => forward.unanswered.is_none(),
            Act::Play(_) => !matches!(step.deed, Deed::Play { then: Some(_), .. }),
            Act::Language(_) => !matches!(step.deed, Deed::Language { then: Some(_), .. }),
            Act::Ask(_) => true,
            Act::Directory { nobody } => nobody.is_none(),
            Act::Menu(_)
            | Act::Queue(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_) => false,
        }
    }
}
