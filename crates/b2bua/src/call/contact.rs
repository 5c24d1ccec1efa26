//! What the store keeps of a caller, in ids of the site. A name that has left the config is nobody's.

use callplan::{Site, Telling};
use store::Known;

/// Everything that is told of a caller.
pub fn tellings(site: &Site, known: &Known) -> [Telling; 5] {
    let contact = known.contact.as_ref();
    let tags = contact.iter().flat_map(|contact| contact.tags.iter());
    [
        Telling::Known(known.talked),
        Telling::Tags(tags.filter_map(|tag| site.tag(tag)).collect()),
        Telling::Owner(contact.and_then(|contact| site.person(&contact.owner))),
        Telling::Campaign(contact.and_then(|contact| site.campaign(&contact.campaign))),
        Telling::Group(contact.and_then(|contact| site.group(&contact.group))),
    ]
}
