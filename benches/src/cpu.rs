//! What a process and its children have used, from `/proc`.

use std::{collections::BTreeMap, fs, time::Duration};

/// A clock tick of `/proc`, 1/100 s on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// A process with everything it has forked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    root: u32,
}

/// What we read of `/proc/PID/stat` (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Ticks of all its threads, user and system.
    ticks: u32,
}

impl Tree {
    pub(crate) const fn of(root: u32) -> Self {
        Self { root }
    }

    /// Processor time of all its threads so far, user and system.
    pub(crate) fn spent(self) -> Duration {
        let ticks: u32 = self.processes().iter().filter_map(|&it| stat(it)).map(|stat| stat.ticks).sum();
        TICK * ticks
    }

    /// Bytes of memory it holds (resident, shared ones counted for each process).
    pub(crate) fn resident(self) -> u64 {
        let status = |process| fs::read_to_string(format!("/proc/{process}/status")).ok();
        self.processes().into_iter().filter_map(status).filter_map(|status| resident(&status)).sum()
    }

    fn processes(self) -> Vec<u32> {
        let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        below(self.root, processes.filter_map(|process| Some((process, stat(process)?.parent))))
    }
}

/// The root and all that descend from it, of processes with their parents.
fn below(root: u32, processes: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (process, parent) in processes {
        children.entry(parent).or_default().push(process);
    }
    let mut all = vec![root];
    let mut next = 0;
    while let Some(process) = all.get(next) {
        all.extend(children.remove(process).unwrap_or_default());
        next += 1;
    }
    all
}

fn stat(process: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// The second field is the program's name in parentheses, and may hold anything.
fn parse(stat: &str) -> Option<Stat> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
    Some(Stat { parent: number(1)?, ticks: number(11)? + number(12)? })
}

/// Bytes of `VmRSS` in `/proc/PID/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_added_whatever_the_program_is_called() {
        let stat = "4242 (a b) S) S 17 4242 4242 0 -1 4194560 900 0 0 0 120 34 5 6 20 0 9 0 100 200 300";
        assert_eq!(parse(stat), Some(Stat { parent: 17, ticks: 154 }));
        assert_eq!(parse("4242 (cut) S 17"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn children_of_children_count_and_strangers_do_not() {
        let processes = [(1, 0), (10, 1), (11, 10), (12, 11), (13, 10), (20, 1)];
        assert_eq!(below(10, processes.into_iter()), [10, 11, 13, 12]);
    }

    #[test]
    fn memory_is_what_is_resident() {
        let status = "Name:\tringplan\nVmPeak:\t  90000 kB\nVmRSS:\t   12345 kB\nRssAnon:\t 9000 kB\n";
        assert_eq!(resident(status), Some(12_345 * 1024));
        // A kernel thread has none.
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }
}
