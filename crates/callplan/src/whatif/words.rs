//! What happens in a call and what is done, in words of the config.

use crate::{
    Fact, InLine, Notice, Prompt, Shipped, Site,
    explain::Finish,
    parse::show,
    proof::end_of,
    queue::Refusal,
    step::{Action, Ask, Event, StopWhy, Target, TimerId},
};

/// What happened.
pub(super) fn event(event: Event) -> String {
    match event {
        Event::Enter => "the call came in".to_owned(),
        Event::Ringing(_) => "a phone rang".to_owned(),
        Event::Answered(_) => "somebody picked up".to_owned(),
        Event::Busy(_) => "somebody was busy".to_owned(),
        Event::Declined(_) => "somebody declined".to_owned(),
        Event::Unreachable(_) => "somebody was out of reach".to_owned(),
        Event::SentOn { .. } => "a phone sent the call on".to_owned(),
        Event::Key(key) => format!("the caller pressed {key}"),
        Event::KeyOf { key, .. } => format!("whoever picked up pressed {key}"),
        Event::PlayDone => "what the caller heard was over".to_owned(),
        Event::RecordDone { .. } => "the recording was over".to_owned(),
        Event::TimerFired(which) => format!("{} was up", timer(which)),
        Event::Told(fact) => format!("{} was told", fact.name()),
        Event::Line(_) => "the line went on".to_owned(),
        Event::CallerLeft => "the caller hung up".to_owned(),
    }
}

/// What a timer is for.
pub(super) const fn timer(timer: TimerId) -> &'static str {
    match timer {
        TimerId::Step => "the time to ring",
        TimerId::Turn => "the time of who rang in turn",
        TimerId::Key => "the time to press a key",
        TimerId::Message => "the time for a recording to end",
        TimerId::Fact => "the time to learn who calls",
        TimerId::Digit => "the time to press another key",
        TimerId::Target => "the time of who was rung",
    }
}

/// What is done, by the names that the config has.
pub(super) fn action(site: &Site, action: Action) -> String {
    match action {
        Action::Start { who, is_screened, .. } => {
            let asked = if is_screened { ", to be asked" } else { "" };
            format!("{} is rung{asked}", target(site, who))
        }
        Action::Screen { screen, .. } => {
            let (say, within) = (prompt(site, screen.say), show(screen.within));
            format!("whoever picked up is asked: {say}, {} or {}, {within}", screen.accept, screen.decline)
        }
        Action::Stop { why, .. } => format!("a phone is stopped: {}", stopped(why)),
        Action::Timer { timer: which, after } => format!("{} is {}", timer(which), show(after)),
        Action::ClearTimer(which) => format!("{} does not count any more", timer(which)),
        Action::Ask(facts) => {
            format!("asks {}", facts.iter().map(Fact::name).collect::<Vec<_>>().join(", "))
        }
        Action::Answer => "the caller is answered".to_owned(),
        Action::Play { prompt: heard } => format!("the caller hears {}", prompt(site, heard)),
        Action::Tell(notice) => format!("the caller is told {}", told(notice)),
        Action::Say(sentence) => {
            let phrases = sentence.phrases().iter().map(|phrase| prompt(site, Prompt::File(*phrase)));
            format!("the caller hears {}", phrases.collect::<Vec<_>>().join(" "))
        }
        Action::Music(InLine::Prompt(it)) => format!("in the line: {}", prompt(site, it)),
        Action::Music(InLine::Music(music)) => format!("in the line: music:{}", site[music].name),
        Action::Music(InLine::Tone) => "in the line: the ringing tone".to_owned(),
        Action::Ringback(ringback) => format!("while it rings: {}", ringback.word(site)),
        Action::Line { queue, ask } => {
            let ask = match ask {
                Ask::Join => "joins".to_owned(),
                Ask::Key(key) => format!("presses {key}"),
                Ask::Answered(person) => format!("{} picks up", site[person].name),
                Ask::Refused(person, why) => format!("{} {}", site[person].name, refused(why)),
            };
            format!("queue:{}: {ask}", site[queue].name)
        }
        Action::StopPlay => "silence".to_owned(),
        Action::Collect { on } => format!("keys are {}", if on { "heard" } else { "not heard" }),
        Action::Record { mailbox, max, silence } => {
            format!("voicemail:{} records, {} and {}", site[mailbox].name, show(max), show(silence))
        }
        Action::StopRecord => "the recording ends".to_owned(),
        Action::Advance { group, to } => {
            let members = &site[group].members;
            let next = usize::try_from(to).ok().and_then(|to| members.get(to));
            let next = next.map_or("nobody", |next| &site[*next].name);
            format!("the next call of group:{} begins with {next}", site[group].name)
        }
        Action::Bridge { .. } => "they talk".to_owned(),
        Action::End(end) => end_of(site, Finish::Ended(end)),
    }
}

fn target(site: &Site, who: Target) -> String {
    match who {
        Target::Phone(phone) => site[phone].name.to_string(),
        Target::Number { to, rule, by } => {
            let trunks: Vec<_> = site[rule].trunks.iter().map(|trunk| &*site[*trunk].name).collect();
            let by = by.map_or_else(String::new, |by| format!(" for {}", site[by].name));
            format!("{to} by {}{by}", trunks.join(", "))
        }
        Target::Agent(agent) => format!("agent:{} at {}", site[agent].name, site[agent].target),
    }
}

/// A prompt by its name.
fn prompt(site: &Site, prompt: Prompt) -> String {
    match prompt {
        Prompt::File(file) => site[file].shown(),
        Prompt::Shipped(Shipped::LeaveMessage) => "\"please leave a message\"".to_owned(),
        Prompt::Shipped(Shipped::Beep) => "a beep".to_owned(),
        Prompt::Shipped(Shipped::Goodbye) => "\"goodbye\"".to_owned(),
        Prompt::Shipped(Shipped::TakeCall) => "\"you have a call\"".to_owned(),
        Prompt::Hours(hours) => format!("hours:{}", site[hours].name),
    }
}

fn told(notice: Notice) -> String {
    match notice {
        Notice::Place { position, wait: None } => format!("that they are number {position}"),
        Notice::Place { position, wait: Some(wait) } => {
            format!("that they are number {position}, for about {}", show(wait))
        }
        Notice::Offer(key) => format!("that key {key} has them called back"),
        Notice::KeptPlace => "that they keep their place and are called back".to_owned(),
    }
}

const fn stopped(why: StopWhy) -> &'static str {
    match why {
        StopWhy::Timeout => "it rang for long enough",
        StopWhy::AnsweredElsewhere => "another picked up",
        StopWhy::Missed => "another of the group picked up",
        StopWhy::DeclinedElsewhere => "its person declined on another phone",
        StopWhy::NotTaken => "whoever picked up did not take the call",
        StopWhy::CallerLeft => "the caller hung up",
        StopWhy::Fault => "the plan failed",
    }
}

const fn refused(why: Refusal) -> &'static str {
    match why {
        Refusal::Declined => "declines",
        Refusal::Busy => "is busy",
        Refusal::Unreachable => "is out of reach",
    }
}
