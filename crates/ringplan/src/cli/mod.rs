//! The command line: one file a command.
//!
//! Exit status: 0 done, 1 a finding or something that could not be done, 2 wrong usage or a broken config.

mod apply;
mod calendar;
mod calendars;
mod call;
mod calls;
mod capture;
mod check;
mod codec;
mod completions;
mod contacts;
mod coverage;
mod dial;
mod diff;
mod drain;
mod duration;
mod explain;
mod exposure;
mod held;
mod history;
mod horizon;
mod hours;
mod junit;
mod keys;
mod list;
mod mailboxes;
mod manual;
mod numbers;
mod passed;
mod person;
mod phone_add;
mod phones;
mod plan;
mod probe;
mod prompts;
mod queues;
mod rate;
mod reach;
mod record;
mod rehearse;
mod rollback;
mod schema;
mod serve;
mod table;
mod terminal;
mod test;
mod transport;
mod trunks;
mod verify_number;
mod watched;
mod whatif;
mod why_not;

use std::{fmt::Display, io, process::ExitCode};

use callplan::Site;
use clap::{Parser, Subcommand};
use nix::sys::signal::{SigHandler, Signal, signal};
use serde_json::Value;

pub(crate) use self::transport::Transport;
use crate::{
    config::{ConfigError, Loaded, Paths, Place, Refused, Tree},
    control::client,
    demo, plain,
};

/// A business phone switch you can prove.
///
/// Desk phones and SIP trunks register to it, and every number it owns runs a call plan that you write in
/// TOML. `ringplan demo` shows all of it in a minute.
#[derive(Debug, Parser)]
#[command(name = "ringplan", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    paths: Paths,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Check(check::Check),
    Explain(explain::Explain),
    Test(test::Test),
    Coverage(coverage::CoverageOf),
    #[command(subcommand)]
    Plan(plan::Plan),
    Reach(reach::Reach),
    Rate(rate::Rate),
    Exposure(exposure::ExposureOf),
    Dial(dial::Dial),
    Probe(probe::Probe),
    Call(call::Call),
    Calls(calls::Calls),
    WhyNot(why_not::WhyNot),
    Capture(capture::Capture),
    #[command(name = "whatif")]
    WhatIf(whatif::WhatIf),
    Phones(phones::Phones),
    #[command(subcommand)]
    Phone(Phone),
    Trunks(trunks::Trunks),
    Numbers(numbers::Numbers),
    Queues(queues::Queues),
    Mailboxes(mailboxes::Mailboxes),
    #[command(subcommand)]
    Contacts(contacts::Contacts),
    List(list::List),
    Prompts(prompts::Prompts),
    VerifyNumber(verify_number::VerifyNumber),
    Person(person::Person),
    Hours(hours::Hours),
    Open(hours::Open),
    Close(hours::Close),
    Rehearse(rehearse::Rehearse),
    Calendar(calendar::Calendar),
    Calendars(calendars::Calendars),
    Apply(apply::Apply),
    History(history::History),
    Diff(diff::Diff),
    Rollback(rollback::Rollback),
    Drain(drain::Drain),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Manual(manual::Manual),
}

/// One phone.
#[derive(Debug, Subcommand)]
enum Phone {
    Add(phone_add::Add),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, nothing to complain of.
    Done,
    /// A finding, a failed test, something that could not be done.
    Failed,
    /// Wrong usage or a broken config.
    Broken,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Broken => Self::from(2),
        }
    }
}

/// Runs the command given.
pub(crate) fn run() -> ExitCode {
    completions::answer();
    let Cli { paths, command } = Cli::parse();
    if !matches!(command, Command::Serve(_) | Command::Demo(_)) {
        end_with_the_reader();
    }
    let place = paths.place();
    let exit = match command {
        Command::Demo(demo) => demo.run(&paths),
        Command::Serve(serve) => serve.run(place),
        Command::Check(check) => check.run(&place),
        Command::Explain(explain) => explain.run(&place),
        Command::Test(test) => test.run(&place),
        Command::Coverage(coverage) => coverage.run(&place),
        Command::Plan(plan) => plan.run(&place),
        Command::Reach(reach) => reach.run(&place),
        Command::Rate(rate) => rate.run(&place),
        Command::Exposure(exposure) => exposure.run(&place),
        Command::Dial(dial) => dial.run(&place),
        Command::Probe(probe) => probe.run(&place),
        Command::Call(call) => call.run(&place),
        Command::Calls(calls) => calls.run(&place),
        Command::WhyNot(why_not) => why_not.run(&place),
        Command::Capture(capture) => capture.run(&place),
        Command::WhatIf(whatif) => whatif.run(&place),
        Command::Phones(phones) => phones.run(&place),
        Command::Phone(Phone::Add(add)) => add.run(&place),
        Command::Trunks(trunks) => trunks.run(&place),
        Command::Numbers(numbers) => numbers.run(&place),
        Command::Queues(queues) => queues.run(&place),
        Command::Mailboxes(mailboxes) => mailboxes.run(&place),
        Command::Contacts(contacts) => contacts.run(&place),
        Command::List(list) => list.run(&place),
        Command::Prompts(prompts) => prompts.run(&place),
        Command::VerifyNumber(verify) => verify.run(&place),
        Command::Person(person) => person.run(&place),
        Command::Hours(hours) => hours.run(&place),
        Command::Open(open) => open.run(&place),
        Command::Close(close) => close.run(&place),
        Command::Rehearse(rehearse) => rehearse.run(&place),
        Command::Calendar(calendar) => calendar.run(&place),
        Command::Calendars(calendars) => calendars.run(&place),
        Command::Apply(apply) => apply.run(&place),
        Command::History(history) => history.run(&place),
        Command::Diff(diff) => diff.run(&place),
        Command::Rollback(rollback) => rollback.run(&place),
        Command::Drain(drain) => drain.run(&place),
        Command::Schema(schema) => schema.run(),
        Command::Completions(completions) => completions.run(),
        Command::Manual(manual) => manual.run(),
    };
    exit.into()
}

/// Lets `ringplan calls | head` end as other commands do, silently.
fn end_with_the_reader() {
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}

/// Says why a command could not do its work.
pub(crate) fn complain(exit: Exit, why: impl Display) -> Exit {
    eprintln!("ringplan: {}", plain::line(&why.to_string()));
    exit
}

/// The site of a config; complains of one that is none.
fn site(
    tree: Result<Tree, ConfigError>,
    load: impl FnOnce(&Tree) -> Result<Loaded, Refused>,
) -> Result<Site, Exit> {
    match tree.map(|tree| load(&tree)) {
        Ok(Ok(Loaded { site, .. })) => Ok(site),
        Ok(Err(refused)) => Err(complain(Exit::Broken, refused)),
        Err(error) => Err(complain(Exit::Broken, error)),
    }
}

/// Shows what a running switch says about `path`, as JSON or as a table of `columns`.
fn live(place: &Place, path: &str, json: bool, columns: &[(&str, &str)], empty: &str) -> Exit {
    let socket = place.control();
    let answers = client::get(&socket, path).and_then(|body| Ok((body, client::get(&socket, "/v1/status")?)));
    match answers {
        Ok((body, status)) => {
            table::show(&body, json, columns, empty);
            warn_of_refusal(&status);
            Exit::Done
        }
        Err(error) => complain(Exit::Failed, error),
    }
}

/// The tree on disk is not what runs: whoever looks at the switch has to know.
fn warn_of_refusal(status: &Value) {
    let version = &status["version"];
    if status["refused"].as_array().is_some_and(|findings| !findings.is_empty()) {
        eprintln!("running version {version}, tree on disk refused: `ringplan check` says why");
    } else if status["rolled_back"] == true {
        eprintln!("running version {version}, tree on disk differs: `ringplan apply` brings it into force");
    }
}

/// Whether colours may be used on the standard output (<https://no-color.org> respected).
pub(crate) fn colours() -> bool {
    io::IsTerminal::is_terminal(&io::stdout()) && std::env::var_os("NO_COLOR").is_none()
}
