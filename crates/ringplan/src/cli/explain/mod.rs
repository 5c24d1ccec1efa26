//! `ringplan explain`: where a call would go, and why.

mod records;
mod shape;

use callplan::{
    Site,
    explain::{Explanation, Outbound, Press, Question, dialled, explain, read_time},
    ways::tree,
};
use clock::Wall;

use self::records::Records;
use super::{Exit, complain, completions::named, held, keys, site};
use crate::{
    config::{Place, Tree, Versions},
    plain,
    time::Clocks,
};

/// Say where a call would go, step by step, with reasons.
///
/// It is the engine of the live switch that decides, on assumptions: everybody is registered and rings
/// without answering, unless --if says otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    ringplan explain --from +12025550142 --to +12025550100 --at \"Fri 2026-12-25 10:00\" --press 2 --if ana=busy\n  \
    ringplan explain --from +12025550142 --to +12025550100 --all")]
pub(crate) struct Explain {
    /// Who calls: a number, `withheld`, a phone, a person or an extension.
    #[arg(long, value_name = "WHO", add = named(&["phones", "people"]))]
    from: String,
    /// What is called: a number of ours, what a phone may dial, or `plan:NAME`.
    #[arg(long, value_name = "NUMBER", add = named(&["numbers"]))]
    to: String,
    /// When, in the site's time zone [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Keys the caller presses, one each time a menu waits for one; `-` lets it wait in vain.
    #[arg(long, value_name = "KEYS", value_parser = keys::parse_rounds)]
    press: Option<String>,
    /// How somebody behaves: `ana=busy`, `group:sales=unreachable`; also no-answer, declined, answers, "answers after
    /// 8s", "sends on to 202", and from when on: "busy from 30s". Or what a person said: `ana=dnd`, `ana=away`, `ana="available +12025550177"` where calls are sent on, `ana=blocks` where
    /// they want none of this caller [default: whom they have blocked on the switch, they block]. Or what they did of
    /// late, where a group goes by it: `ana="idle 5m"`, `ana="answered 3"`, `ana="talked 20m"` [default: what they did
    /// on the switch]. Or how a queue stands: `queue:support="3 waiting"` before the caller, `ana="out of support"` or
    /// `ana=out` where she has signed out of it or of all.
    #[arg(long = "if", value_name = "WHO=WHAT")]
    given: Vec<String>,
    /// What is true of the caller: `contact.known=yes`, `contact.owner=ana`, `contact.campaign=spring`,
    /// `contact.tags=vip,late`, `contact.group=sales`, each of them `none` where there is none [default: as the
    /// switch's own records have it], or `caller.attest=B`.
    #[arg(long = "fact", value_name = "FACT=VALUE")]
    facts: Vec<String>,
    /// Draw from this number whatever is drawn by chance: another one, other people [default: that of a call at this
    /// very moment].
    #[arg(long, value_name = "NUMBER")]
    chance: Option<u64>,
    /// Every way the call can go, as a tree: whoever answers, whatever is pressed. What --if says holds throughout.
    #[arg(long, conflicts_with_all = ["press", "json"])]
    all: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let records = Records::read(place);
        let site = match site(Tree::of(place), Tree::load) {
            Ok(mut site) => {
                site.version = Versions::new(place.versions()).number_of(&site.hash).unwrap_or(0);
                records.lend(site)
            }
            Err(exit) => return exit,
        };
        let at = match self.time(&site) {
            Ok(at) => at,
            Err(why) => return complain(Exit::Broken, why),
        };
        if let Some(outbound) = dialled(&site, &self.from, &self.to, at) {
            self.print_outbound(&site, &outbound);
            return Exit::Done;
        }
        match self.question(&site, &records, at) {
            Ok(question) if self.all => {
                tree(&site, question).lines().for_each(|line| println!("{}", plain::line(line)));
            }
            Ok(question) => self.print(&site, &explain(&site, &question)),
            Err(why) => return complain(Exit::Broken, why),
        }
        Exit::Done
    }

    fn question(&self, site: &Site, records: &Records, at: Wall) -> Result<Question, String> {
        let mut question =
            Question::read(site, &self.from, &self.to, at).map_err(|error| error.to_string())?;
        question.press = self.press.iter().flat_map(|keys| keys.chars()).map(pressed).collect();
        question.tallies = records.tallies(site, at);
        question.chance = self.chance.unwrap_or(question.chance);
        self.given
            .iter()
            .try_for_each(|text| question.assume(site, text))
            .map_err(|error| error.to_string())?;
        question.told = records.known(site, question.caller);
        question.listed = records.listed(site);
        question.lengths = records.lengths(site);
        question.holds = held::of_values(site, &records.values);
        question.blocked.extend(records.blocked(site, question.caller));
        self.facts
            .iter()
            .try_for_each(|text| question.tell(site, text))
            .map_err(|error| error.to_string())?;
        Ok(question)
    }

    fn time(&self, site: &Site) -> Result<Wall, String> {
        let Some(text) = &self.at else { return Ok(Clocks::start().now().wall) };
        read_time(&site.timezone, text).map_err(|error| error.to_string())
    }

    /// A number dialled from inside runs through no plan: the rules decide.
    fn print_outbound(&self, site: &Site, outbound: &Outbound) {
        if self.json {
            println!("{}", plain::json(&shape::outbound(site, outbound)));
        } else {
            outbound.lines.iter().for_each(|line| println!("{}", plain::line(line)));
        }
    }

    fn print(&self, site: &Site, explanation: &Explanation) {
        if self.json {
            println!("{}", plain::json(&shape::course(site, explanation)));
        } else {
            explanation.to_string().lines().for_each(|line| println!("{}", plain::line(line)));
        }
    }
}

const fn pressed(key: char) -> Press {
    if key == '-' { Press::Nothing } else { Press::Asked(key) }
}
