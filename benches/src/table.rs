//! The figures, printed as they come and once more together.

use std::{fs, time::Instant};

use crate::figures::{Tried, ratio};

/// One figure, and what it is judged by.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) work: String,
    /// Ours, and in what unit.
    pub(crate) ours: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// A peer's figure in the same unit.
    pub(crate) beside: Option<Beside>,
    /// The goal: of the ratio where there is a peer, else of our figure.
    pub(crate) goal: f64,
    /// What else is worth knowing.
    pub(crate) note: String,
}

/// A peer's figure.
#[derive(Debug)]
pub(crate) struct Beside {
    name: String,
    figure: f64,
    ratio: f64,
}

/// All rows of a run.
#[derive(Debug)]
pub(crate) struct Table {
    begun: Instant,
    rows: Vec<Row>,
    failures: Vec<String>,
}

impl Row {
    /// What `ours` costs beside a peer.
    pub(crate) fn beside(
        work: String,
        ours: &Tried,
        theirs: &Tried,
        unit: &'static str,
        goal: f64,
        note: String,
    ) -> Self {
        let beside = Beside { name: theirs.name.clone(), figure: theirs.cost(), ratio: ratio(ours, theirs) };
        Self { work, ours: ours.cost(), unit, beside: Some(beside), goal, note }
    }

    /// What is held against the goal.
    fn judged(&self) -> f64 {
        self.beside.as_ref().map_or(self.ours, |beside| beside.ratio)
    }

    fn reached(&self) -> bool {
        self.judged() <= self.goal
    }

    fn line(&self) -> String {
        let Self { work, ours, unit, goal, note, .. } = self;
        let (theirs, ratio, name) = match &self.beside {
            Some(it) => (format!("{:.3} {unit}", it.figure), format!("{:.2}", it.ratio), it.name.as_str()),
            None => Default::default(),
        };
        let ours = format!("{ours:.3} {unit}");
        let verdict = if self.reached() { "reached" } else { "MISSED" };
        let remarks: Vec<&str> = [name, note].into_iter().filter(|it| !it.is_empty()).collect();
        format!("{work:<42}{ours:>12}{theirs:>12}{ratio:>7}  <= {goal:<5} {verdict}  {}", remarks.join("; "))
    }
}

impl Table {
    /// Says on what machine this is.
    pub(crate) fn begin() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        println!("{cores} cores, load before the run {load}");
        if load.parse::<f64>().is_ok_and(|load| load > 0.5) {
            println!("the machine is not idle: expect noise");
        }
        Self { begun: Instant::now(), rows: Vec::new(), failures: Vec::new() }
    }

    /// A part begins.
    pub(crate) fn part(&self, name: &str) {
        self.step(&format!("{name}:"));
    }

    /// A step of a part, as it ends.
    pub(crate) fn step(&self, what: &str) {
        println!("{:>5.0} s  {what}", self.begun.elapsed().as_secs_f64());
    }

    /// A figure is known.
    pub(crate) fn add(&mut self, row: Row) {
        self.step(&row.line());
        self.rows.push(row);
    }

    /// A part could not be measured.
    pub(crate) fn failed(&mut self, part: &str, why: &str) {
        self.step(&format!("{part} FAILED: {why}"));
        self.failures.push(format!("{part} FAILED: {}", why.lines().next().unwrap_or_default()));
    }

    /// Everything once more; whether every part was measured and every goal reached.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<42}{:>12}{:>12}{:>7}  goal", "", "ours", "peer", "ratio");
        self.rows.iter().for_each(|row| println!("{}", row.line()));
        self.failures.iter().for_each(|failure| println!("{failure}"));
        println!("{:.0} s", self.begun.elapsed().as_secs_f64());
        self.failures.is_empty() && self.rows.iter().all(Row::reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(name: &str, cost: f64) -> Tried {
        Tried { name: name.to_owned(), costs: vec![cost] }
    }

    #[test]
    fn beside_a_peer_the_ratio_is_judged() {
        let (ours, theirs) = (tried("ours", 0.1), tried("Kamailio", 0.2));
        let row = Row::beside("call".to_owned(), &ours, &theirs, "ms", 0.6, String::new());
        let line = "call                                          0.100 ms    0.200 ms   0.50  <= 0.6   \
                    reached  Kamailio";
        assert_eq!(row.line(), line);
        let row = Row::beside("call".to_owned(), &ours, &theirs, "ms", 0.4, "late".to_owned());
        assert!(!row.reached());
        assert!(row.line().ends_with("MISSED  Kamailio; late"));
    }

    #[test]
    fn alone_the_figure_itself_is_judged() {
        let row = |ours| Row {
            work: "held call".to_owned(),
            ours,
            unit: "KB",
            beside: None,
            goal: 16.0,
            note: String::new(),
        };
        assert!(row(16.0).reached());
        assert!(!row(16.1).reached());
    }
}
