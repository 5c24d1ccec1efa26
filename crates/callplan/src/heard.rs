//! What is heard where: who uses a prompt.
//!
//! Reads the compiled site; must never know what was recorded, or where files lie.

use crate::{Act, Follow, Prompt, PromptId, Screening, Site};

/// Every use of a prompt of the site, in the words of the config: `menu:main`, `voicemail:sales`, `queue:support`, or a
/// step such as `main#2`.
pub fn users(site: &Site, prompt: PromptId) -> Vec<String> {
    let is_it = |used: Prompt| matches!(used, Prompt::File(used) if site.is_heard_of(prompt, used));
    let menus = site.menus.iter().filter(|menu| is_it(menu.greeting));
    let mut users: Vec<String> = menus.map(|menu| format!("menu:{}", menu.name)).collect();
    let mailboxes = site.mailboxes.iter().filter(|mailbox| is_it(mailbox.greeting));
    users.extend(mailboxes.map(|mailbox| format!("voicemail:{}", mailbox.name)));
    let queues = site.queues.iter().filter(|queue| queue.music.is_some_and(is_it));
    users.extend(queues.map(|queue| format!("queue:{}", queue.name)));
    let people = site.people.iter().filter(|person| asks(&person.follow).is_some_and(is_it));
    users.extend(people.map(|person| format!("person:{}", person.name)));
    let steps = site.nodes.iter().filter(|node| said_by(&node.act).is_some_and(is_it));
    users.extend(steps.map(|node| format!("{}#{}", site[node.plan].name, node.name)));
    users.dedup();
    users
}

/// What a step itself lets be heard.
fn said_by(act: &Act) -> Option<Prompt> {
    let screened = |screening: &Screening| match screening {
        Screening::On(screen) => Some(screen.say),
        Screening::Unsaid | Screening::Off => None,
    };
    match act {
        Act::Play(prompt) => Some(*prompt),
        Act::Ask(ask) => Some(ask.prompt),
        Act::Ring(ring) => screened(&ring.screening),
        Act::Forward(forward) => screened(&forward.screening),
        Act::Menu(_)
        | Act::Queue(_)
        | Act::Voicemail(_)
        | Act::Reject(_)
        | Act::Hangup
        | Act::Goto(_)
        | Act::Language(_)
        | Act::Directory { .. } => None,
    }
}

/// What whoever picks up a mobile hears.
fn asks(follow: &Follow) -> Option<Prompt> {
    match follow.mobile.as_ref()?.screening {
        Screening::On(screen) => Some(screen.say),
        Screening::Unsaid | Screening::Off => None,
    }
}
