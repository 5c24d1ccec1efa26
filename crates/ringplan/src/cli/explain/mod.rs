//! `ringplan explain`: where a call would go, and why.

mod live;
mod records;
mod shape;

use callplan::{
    Site,
    explain::{Explanation, Outbound, Press, Question, dialled, explain, hung_on, read_time, rehearse},
    ways::tree,
};
use clock::Wall;

use self::{live::Live, records::Records};
use super::{Exit, complain, completions::named, held, keys, record, site};
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
    ringplan explain --from +12025550142 --to +12025550100 --live\n  \
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
    /// As things stand on the running daemon at this moment: who is registered, busy or not to be disturbed, who has
    /// signed out of which queue and how many wait, whose turn it is, with the version that is in force. What the call
    /// hung on of that is told behind it; --if counts more.
    #[arg(long, conflicts_with_all = ["at", "all"])]
    live: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let live = match self.live.then(|| Live::ask(place)).transpose() {
            Ok(live) => live,
            Err(error) => return complain(Exit::Failed, error),
        };
        let records = Records::read(place);
        let site = match self.site(place, live.as_ref()) {
            Ok(site) => records.lend(site),
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
            Ok(question) => match &live {
                Some(live) => self.print_live(&site, &question, live, &records),
                None => self.print(&site, &explain(&site, &question)),
            },
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

    /// The config on disk, or the version that is in force where what is so now is asked for.
    fn site(&self, place: &Place, live: Option<&Live>) -> Result<Site, Exit> {
        let (mut site, version) = if let Some(live) = live {
            (record::site_of(place, live.version())?, live.version())
        } else {
            let site = site(Tree::of(place), Tree::load)?;
            let version = Versions::new(place.versions()).number_of(&site.hash).unwrap_or(0);
            (site, version)
        };
        site.version = version;
        Ok(site)
    }

    /// As things stand, and what of that the call hung on.
    fn print_live(&self, site: &Site, asked: &Question, live: &Live, records: &Records) {
        let mut question = asked.clone();
        question.assume_present(site, &live.present(site, question.caller));
        let by_hand = self.by_hand(site, asked, records);
        let (course, journal) = rehearse(site, &question);
        let facts = hung_on(site, &question, &by_hand, &course, &journal);
        if self.json {
            let mut shape = shape::course(site, &course);
            shape["live"] = live.shape(&facts);
            println!("{}", plain::json(&shape));
        } else {
            self.print(site, &course);
            live.print(&facts);
        }
    }

    /// The question without what the switch keeps.
    fn by_hand(&self, site: &Site, asked: &Question, records: &Records) -> Question {
        let kept = records.known(site, asked.caller);
        let blocked = records.blocked(site, asked.caller);
        let mut by_hand = asked.clone();
        by_hand.told.retain(|telling| !kept.contains(telling));
        by_hand.blocked.retain(|one| !blocked.contains(one));
        by_hand
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
