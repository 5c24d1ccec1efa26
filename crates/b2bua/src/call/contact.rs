//! What the store keeps of a caller, in ids of the site. A name that has left the config is nobody's.

use callplan::{Site, Telling};
use store::{Known, Last};

/// Everything that is told of a caller.
pub fn tellings(site: &Site, known: &Known) -> [Telling; 8] {
    let contact = known.contact.as_ref();
    let last = |last: &Option<Last>| {
        let last = last.as_ref()?;
        Some((site.person(&last.person)?, last.at))
    };
    let tags = contact.iter().flat_map(|contact| contact.tags.iter());
    [
        Telling::Known(known.talked),
        Telling::Tags(tags.filter_map(|tag| site.tag(tag)).collect()),
        Telling::Owner(contact.and_then(|contact| site.person(&contact.owner))),
        Telling::Campaign(contact.and_then(|contact| site.campaign(&contact.campaign))),
        Telling::Group(contact.and_then(|contact| site.group(&contact.group))),
        Telling::LastAgent(last(&known.last_agent)),
        Telling::LastTexter(last(&known.last_texter)),
        Telling::Language(contact.and_then(|contact| site.language(&contact.language))),
    ]
}
