//! A plan by the name that somebody has for it.

use std::iter;

use crate::{
    model::{PlanId, PlanKind, Site},
    parse::{nearest, one_of},
};

/// No plan has this name, or several have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchPlan {
    /// None has; perhaps one is near.
    #[error("there is no plan `{name}`{}", .near.as_ref().map(|near| format!(": `{near}`?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// The nearest that there is.
        near: Option<String>,
    },
    /// Plans of several kinds have.
    #[error("`{name}` may be {}: say which", one_of(.plans.iter().map(String::as_str)))]
    Ambiguous {
        /// The name.
        name: String,
        /// All of them.
        plans: Vec<String>,
    },
}

impl Site {
    /// The plan called `name`: by its own name, `sales` or `menu:main`, or by that of a number, a menu, a group, a
    /// queue, a person, a phone or a mailbox whose built-in plan is meant.
    ///
    /// # Errors
    /// None is called so, or several are.
    pub fn plan_called(&self, name: &str) -> Result<PlanId, NoSuchPlan> {
        let bare = name.strip_prefix("plan:").unwrap_or(name);
        if let Some(plan) = self.plan(bare) {
            return Ok(plan);
        }
        // A number runs the plan it names, whose shorthand is none.
        if let Some(number) = self.numbers.iter().find(|number| number.e164.to_string() == name) {
            return Ok(number.plan);
        }
        let kinds = ["menu", "group", "queue", "person", "phone", "voicemail"];
        let named = kinds.iter().map(|kind| format!("{kind}:{name}"));
        let mut plans: Vec<_> = named.filter(|name| self.plan(name).is_some()).collect();
        // A mailbox is where another of its name ends, and has a plan of one step.
        if plans.len() > 1 {
            plans.retain(|plan| !plan.starts_with("voicemail:"));
        }
        match &*plans {
            [only] => self.plan(only).ok_or_else(|| self.unknown(name)),
            [] => Err(self.unknown(name)),
            [_, ..] => Err(NoSuchPlan::Ambiguous { name: name.to_owned(), plans }),
        }
    }

    fn unknown(&self, name: &str) -> NoSuchPlan {
        let names = self.plans.iter().flat_map(|plan| {
            let bare = plan.name.split_once(':').map(|(_, name)| name);
            iter::once(&*plan.name).chain(bare.filter(|_| plan.kind != PlanKind::Written))
        });
        NoSuchPlan::Unknown { name: name.to_owned(), near: nearest(name, names).map(str::to_owned) }
    }
}
