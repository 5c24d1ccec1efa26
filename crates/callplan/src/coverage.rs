//! How often each step was taken and each key pressed, by calls and by tests: what nobody ever uses, or tries.
//!
//! Counted by name, so that counts of several times, boxes and versions add up, in whatever order they are added.

use std::collections::BTreeMap;

use crate::{
    MenuId, NodeId, PlanKind, Site,
    explain::{Explanation, does},
    step::ReasonKind,
};

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many there were at all.
    pub all: Count,
    steps: BTreeMap<String, Count>,
    /// By menu and key.
    keys: BTreeMap<(String, char), Count>,
}

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// By calls.
    pub calls: u64,
    /// By tests.
    pub tests: u64,
}

/// Something that a call came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed<'a> {
    /// A step, by its name: `sales#2`.
    Step(&'a str),
    /// A key at the step before.
    Key(char),
}

/// A step, or a key of a menu, and how often it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The step, or the menu.
    pub step: String,
    /// The key.
    pub key: Option<char>,
    /// What it does.
    pub does: String,
    /// How often.
    pub count: Count,
}

const A_CALL: Count = Count { calls: 1, tests: 0 };
const A_TEST: Count = Count { calls: 0, tests: 1 };

impl Count {
    fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.tests = self.tests.saturating_add(other.tests);
    }
}

impl Coverage {
    /// Counts a call that was recorded. A step counts once for each time that it was taken; keys count for the menu that
    /// the step before is now.
    pub fn call<'a>(&mut self, site: &Site, passed: impl IntoIterator<Item = Passed<'a>>) {
        self.all.add(A_CALL);
        let mut menu = None;
        for passed in passed {
            match passed {
                Passed::Step(name) => {
                    let node = node(site, name);
                    menu = node.and_then(|node| site[node].act.menu());
                    self.step(site, name, node, A_CALL);
                }
                Passed::Key(key) => {
                    let known = menu.filter(|menu| site[*menu].keys.find(key).is_some());
                    known.into_iter().for_each(|menu| self.key(site, menu, key, A_CALL));
                }
            }
        }
    }

    /// Counts a test by the course of its call.
    pub fn test(&mut self, site: &Site, course: &Explanation) {
        self.all.add(A_TEST);
        for visit in course.visited.iter().filter(|visit| visit.taken) {
            self.step(site, &site.node_name(visit.node), Some(visit.node), A_TEST);
        }
        for reason in &course.decisions {
            if let (ReasonKind::Pressed { key, leads: Some(_) }, Some(menu)) =
                (reason.kind, site[reason.node].act.menu())
            {
                self.key(site, menu, key, A_TEST);
            }
        }
    }

    /// Takes up so many of a step, or of a key of a menu.
    pub fn add(&mut self, step: &str, key: Option<char>, count: Count) {
        match key {
            None => self.steps.entry(step.to_owned()).or_default().add(count),
            Some(key) => self.keys.entry((step.to_owned(), key)).or_default().add(count),
        }
    }

    /// Both together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.all.add(other.all);
        other.steps.iter().for_each(|(step, count)| self.add(step, None, *count));
        other.keys.iter().for_each(|((menu, key), count)| self.add(menu, Some(*key), *count));
        self
    }

    /// A step that leads to a menu is the menu as well.
    fn step(&mut self, site: &Site, name: &str, node: Option<NodeId>, count: Count) {
        self.add(name, None, count);
        let menu = node.and_then(|node| site[node].act.menu());
        let home = menu.map(|menu| site.entry(site[menu].plan)).filter(|home| Some(*home) != node);
        home.into_iter().for_each(|home| self.add(&site.node_name(home), None, count));
    }

    fn key(&mut self, site: &Site, menu: MenuId, key: char, count: Count) {
        self.add(&format!("menu:{}", site[menu].name), Some(key), count);
    }

    /// Every step of the plans, menus, groups and numbers of a site, and every key of its menus, in the order of the
    /// config, those that were never taken as well.
    pub fn rows(&self, site: &Site) -> Vec<Row> {
        let mut rows = Vec::new();
        for plan in &site.plans {
            let is_written = match plan.kind {
                PlanKind::Written
                | PlanKind::Menu(_)
                | PlanKind::Group(_)
                | PlanKind::Queue(_)
                | PlanKind::Agent(_) => true,
                // One that names a plan has no shorthand.
                PlanKind::Number(number) => site[site[number].plan].kind == plan.kind,
                PlanKind::Person(_) | PlanKind::Phone(_) | PlanKind::Mailbox(_) => false,
            };
            for node in plan.nodes.iter().filter(|_| is_written) {
                let (step, (what, details)) = (site.node_name(*node), does(site, *node));
                let count = self.steps.get(&step).copied().unwrap_or_default();
                rows.push(Row {
                    step,
                    key: None,
                    does: format!("{what} {details}").trim_end().to_owned(),
                    count,
                });
            }
            if let PlanKind::Menu(menu) = plan.kind {
                let name = format!("menu:{}", site[menu].name);
                for (key, to) in site[menu].keys.iter() {
                    let count = self.keys.get(&(name.clone(), key)).copied().unwrap_or_default();
                    let does = format!("leads to {}", site.node_name(to));
                    rows.push(Row { step: name.clone(), key: Some(key), does, count });
                }
            }
        }
        rows
    }
}

fn node(site: &Site, name: &str) -> Option<NodeId> {
    let (plan, _) = name.rsplit_once('#')?;
    let nodes = &site[site.plan(plan)?].nodes;
    nodes.iter().copied().find(|node| site.node_name(*node) == name)
}
