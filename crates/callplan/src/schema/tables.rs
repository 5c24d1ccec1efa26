//! Every key of every table.

use super::{
    Key, Shape,
    plans::{self, deed, screen},
    proof,
    queues::{members, queue},
    spelled::{
        AMOUNT, CALENDAR, CODE, DATE, DAY, DURATION, KIND, NAME, NUMBER, PORTS, SPAN, either_file, extension,
        file, jump, later, like, list, may, must, named, of, some, text,
    },
    voice,
};
use crate::{
    model::{Feature, NumberKind, Said, When},
    parse::{later, presets, words},
};

/// Every table, by its name.
pub(super) fn tables() -> Vec<Key> {
    let mut tables = vec![
        may("site", Shape::Table(site()), "The business, and what holds for all of it."),
        may("listen", Shape::Table(listen()), "Where SIP and media are taken."),
        may("tls", Shape::Table(tls()), "The switch's certificate, and whose it believes."),
        may(
            "lists",
            Shape::Named(NAME, Box::new(either_file(list(like(NUMBER))))),
            "Lists of callers, for `caller in list:x`.",
        ),
        may("probe", Shape::Table(probe()), "Numbers that are tried each night over their trunks."),
        may("emergency", Shape::Table(emergency()), "Calls for help, which go before all else."),
        may("trunks", named(trunk()), "Carriers."),
        may("agents", named(plans::agent()), "Who answers at a SIP address, such as a voice AI."),
        may("people", named(person()), "Who works here, by short name."),
        may(
            "people_defaults",
            Shape::Table(people_defaults()),
            "What holds for people who say nothing else.",
        ),
        may("phones", named(phone()), "What registers, by user name."),
        may("groups", named(group()), "Who rings together."),
        may("queues", named(queue()), "Who serves callers that wait in line."),
        may("hours", Shape::Named(NAME, Box::new(hours())), "Opening hours."),
        may("rota", named(rota()), "Who is on call when."),
        may(
            "prompts",
            Shape::Named(NAME, Box::new(voice::prompt())),
            "What callers hear: WAV files, or texts that are said.",
        ),
        may("hooks", Shape::Table(voice::hooks()), "Programs that do for us what we don't."),
        may("music", named(voice::music()), "What those hear who wait."),
        may("mailboxes", named(voice::mailbox()), "Mailboxes besides the one that each person has."),
        may("menus", named(voice::menu()), "What callers choose from by keys."),
        may("plans", named(plan()), "What happens to a call, step by step."),
        may("campaigns", named(campaign()), "What callers may be part of."),
        may("inbound", Shape::Table(plans::inbound()), "What becomes of calls to lines that are for texts."),
        may("inboxes", named(plans::inbox()), "Lines that are for texts."),
        may(
            "numbers",
            Shape::Named(NUMBER, Box::new(Shape::Table(number()))),
            "Numbers we own: a plan, or shorthand that comes to one.",
        ),
        may("dial", named(dial()), "Where calls out of the building go."),
        may("codes", Shape::Table(codes()), "What phones dial to ask for something."),
        may("park", Shape::Table(park()), "Slots in which calls wait."),
        may("limits", Shape::Table(limits()), "How much is too much."),
        may("money", Shape::Table(money()), "What calls cost."),
        may("stir", Shape::Table(stir()), "Who vouches for callers."),
    ];
    tables.extend(later::NAMED.map(|(name, keys, about)| may(name, named(later(keys)), about)));
    tables.extend(later::TABLES.map(|(name, keys, about)| may(name, Shape::Table(later(keys)), about)));
    tables.extend([
        may("tests", list(Shape::Table(proof::test())), "Calls, and what has to come of them."),
        may("always", list(Shape::Table(proof::rule())), "What has to hold for every call."),
    ]);
    tables
}

/// What is the same in many places.
pub(super) fn definitions() -> Vec<Key> {
    let mut step = vec![
        may("when", text(), "Taken only if this holds: \"hours:office and not caller in list:spam\"."),
        may("unless", text(), "Taken only if this does not hold."),
    ];
    step.extend(deed());
    vec![
        may("step", Shape::Table(step), "A step: it does one thing, then falls to the next."),
        may("deed", Shape::Table(deed()), "A step written where something leads."),
        may(
            "destination",
            Shape::Either(vec![like(KIND), Shape::Defined("deed")]),
            "Where a call goes: \"voicemail:sales\", \"plan:main\", \"hangup\", or a step.",
        ),
        may(
            "prompt",
            Shape::Either(vec![text(), voice::prompt()]),
            "A name of [prompts], a file, or a text that is said.",
        ),
        may(
            "screen",
            Shape::Either(vec![Shape::Flag, Shape::Table(screen())]),
            "Whether whoever picks up outside has to take the call by a key.",
        ),
    ]
}

fn site() -> Vec<Key> {
    let mut keys = vec![
        must("name", text(), "What the business is called."),
        must("timezone", text(), "Its zone: \"America/New_York\"."),
        must("country", like("^[A-Z]{2}$"), "How dialled and received numbers are read: \"US\"."),
        must("domain", text(), "What phones register to; also the digest realm."),
        may("public", text(), "The address told to those outside, or \"auto\"."),
        may("company_phone", like("^(person|group|phone|number):.+$"), "Who is rung before the mailbox."),
        may("mailbox", text(), "The last resort of calls that nobody answers."),
        may("ring", like(DURATION), "How long a step rings that does not say."),
        voice::on_hold("What those hear who are on hold: a name of [music]."),
        may("language", text(), "What is spoken in: \"en\", \"de-AT\"."),
        may("phone_secrets", file(), "The phones' secrets, written by `ringplan phone add`."),
        may("verified", file(), "Numbers that may be shown besides our own, by `ringplan verify-number`."),
    ];
    keys.extend(later(later::SITE));
    keys
}

fn listen() -> Vec<Key> {
    let sockets = || list(text());
    vec![
        may("udp", sockets(), "Addresses: [\"0.0.0.0:5060\"]."),
        may("tcp", sockets(), "Addresses: [\"0.0.0.0:5060\"]."),
        may("tls", sockets(), "Addresses: [\"0.0.0.0:5061\"]; needs [tls]."),
        may("rtp", like(PORTS), "Ports of media: \"16384-32767\"."),
    ]
}

fn tls() -> Vec<Key> {
    let one = || {
        vec![
            may("cert", file(), "The certificate, then those that lead to its authority, in PEM."),
            may("key", file(), "Its private key, in PEM."),
        ]
    };
    let mut keys = one();
    keys.extend([
        may("also", list(Shape::Table(one())), "Certificates for other names."),
        may("ca", file(), "Authorities of carriers, besides those of the system."),
        may("client_ca", file(), "Authorities of phones' certificates."),
        may("client_cert", Shape::Words(vec!["required", "optional"]), "Whether a phone has to have one."),
    ]);
    keys
}

fn probe() -> Vec<Key> {
    vec![
        must("at", text(), "When, by the clocks of the site: \"03:30\"."),
        may(
            "numbers",
            Shape::Either(vec![Shape::Words(vec!["all"]), list(like(NUMBER))]),
            "Which; else all.",
        ),
        may("from", like(NUMBER), "The number of ours that calls; else another on the same trunk."),
        may("trunk", text(), "The trunk that the calls go out by; else each number's own."),
    ]
}

fn emergency() -> Vec<Key> {
    vec![
        may("numbers", list(like("^[0-9]{2,6}$")), "What is dialled; else the country's."),
        may("trunks", list(text()), "Carriers, in the order to try."),
        may("present", like(NUMBER), "The number of ours that is shown."),
        may("location", file(), "Where the site is, a PIDF-LO."),
        may("callback_for", like(DURATION), "How long who helps gets past everything."),
        may("notify", list(like("^(person|mail):.+$")), "Who is told."),
    ]
}

fn session() -> [Key; 3] {
    [
        may("session_timer", text(), "\"off\", \"if-asked\", or how often a call is refreshed: \"30m\"."),
        may("refresher", of(&words::REFRESHERS), "Who refreshes it."),
        may("100rel", of(&words::RELIABLE), "Whether provisional answers are made sure of."),
    ]
}

fn trunk() -> Vec<Key> {
    let said = || list(of(&Said::ALL));
    let identity = vec![
        may("believe", said(), "What the carrier says of callers and is believed."),
        may("send", said(), "What it is told of ours."),
        may("from", of(&words::FROM), "Whom From names."),
        may("forwarded", of(&words::FORWARDED), "Whose number a call shows that is sent on."),
    ];
    let mut keys = vec![
        must("profile", Shape::Words(presets().collect()), "What the carrier is like."),
        may(
            "host",
            some(text()),
            "Where it is: a name or address, with a port if it is not 5060; or several.",
        ),
        may("outbound_proxy", text(), "Where requests go instead."),
        may("transport", of(&words::TRANSPORTS), "How SIP is carried to it."),
        may("ping", text(), "How often it is asked whether it is there, or \"off\"."),
        may("from", list(text()), "Networks that its calls come from."),
        may("user", text(), "The account."),
        may("secret", file(), "The account's password."),
        may("realm", some(text()), "Realms in which the password is told."),
        may("channels", Shape::Integer(1, 10_000), "Calls at once."),
        may("fail_over_on", list(like("^(timeout|[45][0-9][0-9])$")), "What makes the next trunk be tried."),
        may("called", of(&words::CALLED), "Where the called number stands."),
        may("format", of(&words::FORMATS), "How it writes numbers."),
        may("media", of(&words::MEDIA), "Whether sound goes through us."),
        may("redirects", of(&words::REDIRECTS), "Whether we go where it sends us."),
        may("transfers", of(&words::TRANSFERS), "Whether it may transfer."),
        may("identity", Shape::Table(identity), "Who is believed to call, and what is told."),
    ];
    keys.extend(session());
    keys
}

fn of_people() -> Vec<Key> {
    vec![
        may("allow", list(text()), "Classes of [dial] that they may call, and \"internal\"."),
        may("present", some(like(NUMBER)), "The numbers they may show, the usual one first."),
        may("calls_max", Shape::Integer(1, 100), "Calls at once before they are busy."),
        may("call_waiting", Shape::Flag, "Whether a group rings them in a call."),
        may("allow_prompts", Shape::Flag, "Whether they may record prompts by phone."),
        mask(),
        may("per_day", like(AMOUNT), "What they may spend on a day: \"25.00\", or \"off\"."),
        may("ring", list(Shape::Table(rings())), "What rings for them, and when."),
        may("for", like(DURATION), "How long they ring where no step says so."),
        may("away", text(), "Where calls for them go while they are away: \"voicemail:self\"."),
    ]
}

fn rings() -> Vec<Key> {
    vec![
        may("phones", Shape::True, "Their phones."),
        may("mobile", Shape::True, "Their mobile."),
        may("after", like(DURATION), "How long after the beginning."),
        may("screen", Shape::Defined("screen"), "Whether whoever picks up the mobile is asked first."),
    ]
}

fn sends_on() -> Vec<Key> {
    vec![
        must("to", like(NUMBER), "The number."),
        must("when", some(of(&When::ALL)), "What sends a call there."),
    ]
}

fn person() -> Vec<Key> {
    let mut keys = vec![
        may("ext", extension(), "Extension, 2 to 6 digits."),
        may("name", text(), "Full name."),
        may("mobile", like(NUMBER), "Mobile number."),
        may("forward", Shape::Table(sends_on()), "Where calls for them alone go, and when."),
        may("pin_file", text(), "A file with the PIN for messages and signing in."),
        voice::on_hold("What those hear whom they hold: a name of [music]."),
        may("listed", Shape::Flag, "Whether callers find this person by name."),
        voice::ringback("What callers hear while this person is rung alone."),
    ];
    keys.extend(of_people());
    keys.extend(later(later::PERSON));
    keys
}

fn people_defaults() -> Vec<Key> {
    of_people()
}

fn phone() -> Vec<Key> {
    let mut keys = vec![
        may("person", text(), "Whose it is."),
        may("ext", extension(), "An extension of its own."),
        may("transport", of(&words::TRANSPORTS), "The only transport it may come by."),
        may("location", file(), "Where it stands, a PIDF-LO."),
    ];
    keys.extend(session());
    keys.extend(later(later::PHONE));
    keys
}

fn mask() -> Key {
    may("mask", of(&words::MASK), "Whether neither side learns the other's number.")
}

pub(super) fn shown() -> [Key; 3] {
    [
        mask(),
        may("label_caller", Shape::True, "Shows which number or group was called beside who calls."),
        may("alert_info", text(), "How phones ring, by their manual: \"<http://127.0.0.1>;info=ring2\"."),
    ]
}

fn group() -> Vec<Key> {
    let mut keys = vec![
        must("members", members(), "Who rings."),
        may("ext", extension(), "Extension, 2 to 6 digits."),
        may("ring", of(&words::ORDERS), "Who rings when."),
        may("each", like(DURATION), "How long one rings, where they ring in turn."),
        may("total", like(DURATION), "How long it rings in all."),
        may("busy", jump(), "Where a call goes when all are busy."),
        may("else", jump(), "Where it goes when nobody answers."),
        may(
            "inbound",
            plans::says(),
            "What becomes of calls to lines for texts that follow the group, if not as the site says.",
        ),
        voice::ringback("What callers hear while it rings."),
        may("follow", Shape::Flag, "Whether members' mobiles ring too, as their own `ring` says."),
        may("answered_elsewhere", Shape::Flag, "Whether phones that rang in vain are told of the answer."),
    ];
    keys.extend(shown());
    keys.extend(later(later::RECORDING));
    keys
}

fn hours() -> Shape {
    let day = || Shape::Either(vec![Shape::Date, like(DATE)]);
    let holiday =
        Shape::Table(vec![must("date", day(), "The day."), may("name", text(), "What it is called.")]);
    let keys = vec![
        may("timezone", text(), "Its zone, if it is not the site's."),
        may(
            "holidays",
            Shape::Either(vec![like(CALENDAR), list(Shape::Either(vec![day(), holiday, like(CALENDAR)]))]),
            "Days on which it is closed.",
        ),
        refresh(),
        may("toggle", like(CODE), "The code of its day/night key."),
    ];
    Shape::Open(keys, DAY, Box::new(list(like(SPAN))))
}

fn refresh() -> Key {
    may("refresh", like(DURATION), "How often a calendar by its address is fetched: \"6h\".")
}

fn rota() -> Vec<Key> {
    vec![
        may("timezone", text(), "Its zone, if it is not the site's."),
        may(
            "calendar",
            like(CALENDAR),
            "A calendar whose events have people's names as titles: a path or an address.",
        ),
        refresh(),
        may("weeks", list(text()), "Who is on, a week each: [\"ana\", \"ben, cho\"]."),
        may("begins", Shape::Either(vec![Shape::Date, like(DATE)]), "The day of the first turn."),
        may("hands_over", like("^(mon|tue|wed|thu|fri|sat|sun) [0-9]{2}:[0-9]{2}$"), "When: \"mon 09:00\"."),
        may("fallback", text(), "Who stands in while nobody is on."),
    ]
}

fn plan() -> Vec<Key> {
    vec![must("steps", list(Shape::Defined("step")), "What happens, in order."), mask()]
}

fn number() -> Vec<Key> {
    let mut keys = vec![
        may("label", text(), "What people call it."),
        may("trunk", text(), "The carrier its calls come from."),
        may("type", Shape::Words(kinds()), "What kind it is where its digits do not tell: \"toll-free\"."),
        may(
            "state",
            of(&words::STATES),
            "\"porting\" on its way to that carrier: its calls are taken over any.",
        ),
        may("plan", text(), "The plan its calls run through."),
        may("menu", text(), "Shorthand: asks for a key."),
        may("group", text(), "Shorthand: rings a group."),
        may("queue", text(), "Shorthand: waits in line."),
        may("agent", text(), "Shorthand: calls an agent."),
        may("person", text(), "Whose it is. Shorthand: rings that person."),
        may("forward", like(NUMBER), "A number outside. Shorthand: then rings it."),
        may("mailbox", text(), "Shorthand: then takes a message."),
        may("ring", like(DURATION), "Shorthand: how long each rings."),
        may(
            "inbound",
            plans::says(),
            "Whether it is a line for texts, and what becomes of its calls: \"site\", \"group:sales\".",
        ),
        voice::on_hold("What its callers hear on hold: a name of [music]."),
        voice::ringback("What its callers hear while somebody rings who says nothing of it."),
        may("language", text(), "What its callers are spoken to in, if not in the site's: \"es\"."),
    ];
    keys.extend(shown());
    keys.extend(later(later::NUMBER));
    keys
}

fn kinds() -> Vec<&'static str> {
    [None].into_iter().chain(NumberKind::ALL.map(Some)).map(NumberKind::word_of).collect()
}

fn campaign() -> Vec<Key> {
    vec![may("owner", text(), "The person whose it is.")]
}

fn dial() -> Vec<Key> {
    vec![
        must("to", list(text()), "What it is for: \"country:US\", \"type:toll-free\", \"+1202\", \"any\"."),
        may("not", list(text()), "What it is not for."),
        must("class", text(), "The word that `allow` uses."),
        must("trunks", list(text()), "Carriers, in the order to try."),
    ]
}

fn codes() -> Vec<Key> {
    let feature = |(key, _, _, _): &(&'static str, Feature, &'static str, _)| {
        may(key, like(CODE), "What is dialled for it, or \"off\".")
    };
    let mut keys: Vec<_> = Feature::ALL.iter().map(feature).collect();
    keys.push(may("caller_id", like(CODE), "What is dialled before a number to show another of ours."));
    keys
}

fn park() -> Vec<Key> {
    vec![
        may("slots", like(PORTS), "The slots: \"701-710\"."),
        may("return_after", like(DURATION), "When a call goes back to who parked it."),
        voice::on_hold("What those hear who are parked: a name of [music]."),
    ]
}

fn limits() -> Vec<Key> {
    vec![
        may("calls_max", Shape::Integer(1, 1_000_000), "Calls at once."),
        may("calls_per_person", Shape::Integer(1, 100), "Calls of one person at once."),
        may("calls_per_minute", Shape::Integer(1, 1_000), "Calls out of one person within a minute."),
        may("legs_max", Shape::Integer(2, 60), "Legs of one call."),
        may("stranger_rate", Shape::Integer(1, 100_000), "Datagrams a second of a stranger."),
        may(
            "stranger_network_rate",
            Shape::Integer(1, 100_000),
            "Datagrams a second of strangers of a network.",
        ),
        may("silence_max", like(DURATION), "How long a party may be silent."),
        may("facts_budget", like(DURATION), "How long a call may wait for what is known of the caller."),
        may("per_day", like(AMOUNT), "What one person may spend on a day, or \"off\"."),
        may(
            "max_exposure_per_hour",
            like(AMOUNT),
            "What nobody is to be able to spend in an hour, or \"off\".",
        ),
    ]
}

fn money() -> Vec<Key> {
    vec![
        must("currency", like("^[A-Z]{3}$"), "Its three letters: \"USD\"."),
        must("deck", text(), "A CSV file of what calls cost."),
    ]
}

fn stir() -> Vec<Key> {
    vec![
        may("roots", file(), "Authorities whose word on callers is believed, in PEM."),
        may("repositories", list(text()), "Hosts from which certificates are fetched."),
        may("key", file(), "The private key that we vouch with."),
        may("cert_url", text(), "Where its certificate is fetched."),
    ]
}
