//! What a process and its children have used.
//!
//! Who descends from whom and what is resident stands in `/proc`. Processor time does too, but in hundredths
//! of a second: the clock of a process counts nanoseconds.

use std::{collections::BTreeMap, fs, time::Duration};

use nix::{time::ClockId, unistd::Pid};

/// A process with everything it has forked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    root: u32,
}

impl Tree {
    pub(crate) const fn of(root: u32) -> Self {
        Self { root }
    }

    /// Processor time of all its threads so far, user and system.
    pub(crate) fn spent(self) -> Duration {
        self.processes().into_iter().filter_map(spent).sum()
    }

    /// Bytes of memory it holds (resident, shared ones counted for each process).
    pub(crate) fn resident(self) -> u64 {
        let status = |process| fs::read_to_string(format!("/proc/{process}/status")).ok();
        self.processes().into_iter().filter_map(status).filter_map(|status| resident(&status)).sum()
    }

    fn processes(self) -> Vec<u32> {
        let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        below(self.root, processes.filter_map(|process| Some((process, parent(process)?))))
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

fn spent(process: u32) -> Option<Duration> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(process.cast_signed())).ok()?;
    clock.now().ok().map(Duration::from)
}

fn parent(process: u32) -> Option<u32> {
    parent_of(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// The fourth field of `/proc/PID/stat`; the second is the program's name in parentheses and may hold anything.
fn parent_of(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
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
    fn the_parent_is_found_whatever_the_program_is_called() {
        assert_eq!(parent_of("4242 (a b) S) S 17 4242 4242 0 -1 4194560 900"), Some(17));
        assert_eq!(parent_of("4242 (cut) S"), None);
        assert_eq!(parent_of(""), None);
    }

    #[test]
    fn time_spent_only_grows() {
        let tree = Tree::of(std::process::id());
        let before = tree.spent();
        assert!(before > Duration::ZERO);
        assert!(tree.spent() >= before);
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
