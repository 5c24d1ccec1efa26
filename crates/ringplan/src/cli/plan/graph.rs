//! `ringplan plan graph`: a plan drawn, in letters or as a picture.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use callplan::{
    PlanId, Site,
    shown::{Fragment, On, Paint, svg, tree},
};

use super::{
    super::{colours, complain, completions::named, terminal},
    Exit, HAVE_PLANS,
};
use crate::plain;

/// Lines of a page that goes into a file.
const WIDTH: usize = 100;

/// Draw a plan and whatever its calls may come to.
///
/// Steps stand below each other, and what leaves a step goes aside: busy, declined, a key, silence. A place that
/// several lead to is drawn once; the others point at it, ↑ above or ↓ below.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan plan graph sales\n  ringplan plan graph +12025550100 --svg sales.svg\n  \
                        ringplan plan graph --all --svg - > plans.svg"
)]
pub(in crate::cli) struct Graph {
    /// A plan, a number, a menu, a group, a person, a phone or a mailbox.
    #[arg(add = named(&HAVE_PLANS), required_unless_present = "all")]
    name: Option<String>,
    /// Draw what every number leads to.
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Write a picture, an SVG that stands alone; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Graph {
    pub(super) fn run(&self, site: &Site) -> Exit {
        let plans = match self.name.as_deref().map(|name| site.plan_called(name)) {
            Some(Ok(plan)) => vec![plan],
            Some(Err(error)) => return complain(Exit::Failed, error),
            None => called(site),
        };
        match &self.svg {
            Some(file) => picture(site, &plans, file),
            None => {
                let colours = colours();
                let width = terminal::width().unwrap_or(WIDTH);
                for line in tree(site, &plans, width) {
                    println!("{}", line.iter().map(|it| shown(it, colours)).collect::<String>());
                }
                Exit::Done
            }
        }
    }
}

/// The plans that numbers call, each once.
fn called(site: &Site) -> Vec<PlanId> {
    let mut seen = vec![false; site.plans.len()];
    let plans = site.numbers.iter().map(|number| number.plan);
    plans.filter(|plan| !std::mem::replace(&mut seen[plan.index()], true)).collect()
}

fn picture(site: &Site, plans: &[PlanId], file: &Path) -> Exit {
    let picture = match svg(site, plans) {
        Ok(picture) => picture,
        Err(error) => return complain(Exit::Failed, error),
    };
    let written = if file == Path::new("-") {
        io::stdout().write_all(picture.as_bytes())
    } else {
        File::create(file).and_then(|mut file| file.write_all(picture.as_bytes()))
    };
    match written {
        Ok(()) => Exit::Done,
        Err(error) => complain(Exit::Failed, format!("{}: {error}", file.display())),
    }
}

/// A fragment as a terminal gets it.
fn shown(fragment: &Fragment, colours: bool) -> String {
    let text = plain::line(&fragment.text);
    let colour = match fragment.paint {
        Paint::Name => "1",
        Paint::Rail => "2",
        Paint::Edge(On::Busy | On::Full(_) | On::Unstaffed | On::NotFound) => "33",
        Paint::Edge(On::Declined | On::Closed) => "31",
        Paint::Edge(On::Key(_)) => "36",
        Paint::Edge(On::Silence(..) | On::WrongKey(_)) => "35",
        Paint::Edge(On::Otherwise) => "34",
        Paint::Plain | Paint::Edge(On::Else(_) | On::Waited(_) | On::Then | On::Goto) => "",
    };
    if colours && !colour.is_empty() { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.into_owned() }
}
