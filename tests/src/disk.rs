//! A disk in memory that can fail, crash and lose power, under the journal of a node.
//!
//! Knows files and syncs, not records. Keeps for every file what a power cut may take back, and can enumerate every
//! state that one could leave, or choose one.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sanji_node::store::files::Files;

/// What happens to the operation that was chosen to go wrong. Only operations that change or sync something count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// It has no effect and reports an error; the disk works on.
    Error,
    /// Half of an append is written, then the disk is full; later operations work. Of others like `Error`.
    Full,
    /// The machine stops in the middle of it: it may have happened or not, and everything fails until
    /// [`restart`](SimDisk::restart) or [`power_cut`](SimDisk::power_cut).
    Crash,
}

/// One operation that changed or synced something, as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    Create(String),
    Append(String, usize),
    Sync(String),
    Truncate(String, u64),
    SyncDir,
}

/// A handle: a clone is the same disk, so that it outlives the journal on it; [`snapshot`](SimDisk::snapshot) is a copy
/// of its own.
#[derive(Clone, Debug, Default)]
pub struct SimDisk(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    files: BTreeMap<String, SimFile>,
    trace: Vec<Op>,
    /// Goes wrong when the trace has this length.
    fails_at: Option<(usize, Failure)>,
    stopped: bool,
    /// Syncs that were asked for and not made, in order.
    held: Option<Vec<Op>>,
}

#[derive(Clone, Debug, Default)]
struct SimFile {
    /// What the program sees.
    bytes: Vec<u8>,
    /// What was done since the last sync, oldest first, with what is needed to take it back.
    unsynced: Vec<Change>,
    /// The directory was synced since the file was made.
    named: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Append { from: usize },
    Truncate { cut: Vec<u8> },
}

/// What a power cut does to one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// The directory does not know it.
    Gone,
    /// The first `changes` unsynced changes happened, and `bytes` of the append behind them.
    Kept { changes: usize, bytes: usize },
    /// Everything happened but for the bytes of the unsynced appends from `from` to `to`, which are zero: blocks are
    /// written in any order.
    Hole { from: usize, to: usize },
}

impl SimDisk {
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    /// A handle for a journal.
    pub fn files(&self) -> Box<dyn Files> {
        Box::new(self.clone())
    }

    /// A copy that shares nothing with this one, unsynced changes included.
    pub fn snapshot(&self) -> SimDisk {
        SimDisk(Arc::new(Mutex::new(self.state().clone())))
    }

    /// Every operation so far that changed or synced something, in order.
    pub fn trace(&self) -> Vec<Op> {
        self.state().trace.clone()
    }

    /// How many operations so far changed or synced something.
    pub fn operations(&self) -> usize {
        self.state().trace.len()
    }

    /// Lets the operation go wrong that would be number `at` of the trace, counted from 0.
    pub fn fail_at(&self, at: usize, failure: Failure) {
        self.state().fails_at = Some((at, failure));
    }

    /// Takes back a failure that has not happened yet.
    pub fn never_mind(&self) {
        self.state().fails_at = None;
    }

    /// Whether it stopped in the middle of an operation.
    pub fn has_stopped(&self) -> bool {
        self.state().stopped
    }

    /// The program is started again on a machine that kept its power: everything written is there, synced or not.
    pub fn restart(&self) {
        let mut state = self.state();
        (state.stopped, state.held) = (false, None);
    }

    /// From now on syncs return at once and are made by [`release_syncs`](SimDisk::release_syncs): the disk of a program
    /// that does not wait for it.
    pub fn hold_syncs(&self) {
        self.state().held.get_or_insert_default();
    }

    /// Makes the syncs that were held, and holds no more.
    pub fn release_syncs(&self) -> io::Result<()> {
        let held = self.state().held.take().unwrap_or_default();
        let mut disk = self.clone();
        held.into_iter().try_for_each(|op| match op {
            Op::Sync(name) => disk.sync(&name),
            Op::SyncDir => disk.sync_dir(),
            Op::Create(_) | Op::Append(..) | Op::Truncate(..) => Ok(()),
        })
    }

    fn is_held(&self, op: &Op) -> bool {
        let mut state = self.state();
        let held = state.held.as_mut().filter(|_| matches!(op, Op::Sync(_) | Op::SyncDir));
        held.map(|held| held.push(op.clone())).is_some()
    }

    /// The power goes and comes back. `pick(n)` chooses below `n` for every file what became of it.
    pub fn power_cut(&self, pick: &mut dyn FnMut(usize) -> usize) {
        self.cut_power(pick, |_| true);
    }

    /// The same on a disk that writes in order: a beginning of what was not synced is kept, without holes.
    pub fn power_cut_in_order(&self, pick: &mut dyn FnMut(usize) -> usize) {
        self.cut_power(pick, |fate| !matches!(fate, Fate::Hole { .. }));
    }

    fn cut_power(&self, pick: &mut dyn FnMut(usize) -> usize, may_happen: fn(&Fate) -> bool) {
        let mut state = self.state();
        let fates: Vec<_> = state
            .files
            .iter()
            .map(|(name, file)| {
                let mut fates = file.fates();
                fates.retain(may_happen);
                (name.clone(), fates.swap_remove(pick(fates.len())))
            })
            .collect();
        state.meet(&fates);
    }

    /// Every disk that a power cut now could leave.
    pub fn power_cuts(&self) -> Vec<SimDisk> {
        let state = self.state();
        let mut outcomes = vec![Vec::new()];
        for (name, file) in &state.files {
            let fates = file.fates();
            outcomes = outcomes
                .iter()
                .flat_map(|outcome: &Vec<(String, Fate)>| {
                    fates.iter().map(|fate| {
                        let mut outcome = outcome.clone();
                        outcome.push((name.clone(), *fate));
                        outcome
                    })
                })
                .collect();
        }
        let cut = |fates: Vec<(String, Fate)>| {
            let mut state = state.clone();
            state.meet(&fates);
            SimDisk(Arc::new(Mutex::new(state)))
        };
        outcomes.into_iter().map(cut).collect()
    }

    /// Names and bytes of all files, as the program sees them.
    pub fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().files.iter().map(|(name, file)| (name.clone(), file.bytes.clone())).collect()
    }

    /// Changes a file behind the program's back, durably; makes it if it is not there.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let file = state.files.entry(name.to_owned()).or_default();
        change(&mut file.bytes);
        file.unsynced.clear();
        file.named = true;
    }

    /// Takes a file away behind the program's back.
    pub fn lose(&self, name: &str) {
        self.state().files.remove(name);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Performs a change, or lets it go wrong.
    fn change(&self, op: Op, effect: impl FnOnce(&mut State, Share) -> io::Result<()>) -> io::Result<()> {
        if self.is_held(&op) {
            return Ok(());
        }
        let mut state = self.state();
        if state.stopped {
            return Err(io::Error::other("the machine has stopped"));
        }
        let at = state.trace.len();
        state.trace.push(op);
        match state.fails_at.take_if(|(n, _)| *n == at) {
            None => effect(&mut state, Share::All),
            Some((_, Failure::Error)) => Err(io::Error::other("input/output error (simulated)")),
            Some((_, Failure::Full)) => {
                effect(&mut state, Share::Half)?;
                Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device (simulated)"))
            }
            Some((_, Failure::Crash)) => {
                effect(&mut state, Share::Unsynced)?;
                state.stopped = true;
                Err(io::Error::other("the machine stops"))
            }
        }
    }
}

/// How much of an operation happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Share {
    All,
    /// Half of an append, nothing of the others.
    Half,
    /// Writes are there, as unsynced as any; syncs did nothing.
    Unsynced,
}

impl State {
    fn file(&mut self, name: &str) -> io::Result<&mut SimFile> {
        self.files.get_mut(name).ok_or_else(|| not_found(name))
    }

    fn meet(&mut self, fates: &[(String, Fate)]) {
        for (name, fate) in fates {
            let gone = self.files.get_mut(name).is_some_and(|file| file.meet(*fate));
            if gone {
                self.files.remove(name);
            }
        }
        (self.stopped, self.fails_at, self.held) = (false, None, None);
    }
}

impl SimFile {
    fn fates(&self) -> Vec<Fate> {
        let mut fates = Vec::new();
        if !self.named {
            fates.push(Fate::Gone);
        }
        let mut appended = None;
        for (changes, change) in self.unsynced.iter().enumerate() {
            match change {
                Change::Append { from } => {
                    let to = self.append_end(changes);
                    fates.extend((0..to - from).map(|bytes| Fate::Kept { changes, bytes }));
                    appended = appended.or(Some(*from));
                }
                Change::Truncate { .. } => {
                    fates.push(Fate::Kept { changes, bytes: 0 });
                    appended = None;
                }
            }
        }
        fates.push(Fate::Kept { changes: self.unsynced.len(), bytes: 0 });
        if let Some(from) = appended {
            let to = self.bytes.len();
            let middle = from + (to - from) / 2;
            fates
                .extend([(from, to), (from, middle), (middle, to)].map(|(from, to)| Fate::Hole { from, to }));
            // Exactly one of several appends is lost.
            fates.extend(self.unsynced.iter().enumerate().rev().map_while(|(n, change)| match change {
                Change::Append { from } => Some(Fate::Hole { from: *from, to: self.append_end(n) }),
                Change::Truncate { .. } => None,
            }));
        }
        fates
    }

    /// Where the unsynced append number `n` ended when it was made.
    fn append_end(&self, n: usize) -> usize {
        match self.unsynced.get(n + 1) {
            None => self.bytes.len(),
            Some(Change::Append { from }) => *from,
            Some(Change::Truncate { cut }) => {
                let mut end = cut.len();
                for change in &self.unsynced[n + 2..] {
                    match change {
                        Change::Append { from } => return end + from,
                        Change::Truncate { cut } => end += cut.len(),
                    }
                }
                end + self.bytes.len()
            }
        }
    }

    /// Whether the file is gone.
    fn meet(&mut self, fate: Fate) -> bool {
        match fate {
            Fate::Gone => return true,
            Fate::Kept { changes, bytes } => {
                while self.unsynced.len() > changes {
                    match self.unsynced.pop() {
                        Some(Change::Append { from }) => {
                            let torn = if self.unsynced.len() == changes { bytes } else { 0 };
                            self.bytes.truncate(from + torn);
                        }
                        Some(Change::Truncate { cut }) => self.bytes.extend(cut),
                        None => {}
                    }
                }
            }
            Fate::Hole { from, to } => self.bytes[from..to].fill(0),
        }
        self.unsynced.clear();
        self.named = true;
        false
    }
}

impl Files for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.running()?.files.keys().cloned().collect())
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        Ok(self.running()?.file(name)?.bytes.len() as u64)
    }

    fn read_at(&self, name: &str, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.running()?;
        let bytes = state.file(name)?.bytes.get(offset as usize..).unwrap_or_default();
        let read = bytes.len().min(buf.len());
        buf[..read].copy_from_slice(&bytes[..read]);
        Ok(read)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.change(Op::Create(name.to_owned()), |state, share| {
            if state.files.contains_key(name) {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, name.to_owned()));
            }
            if share != Share::Half {
                state.files.insert(name.to_owned(), SimFile::default());
            }
            Ok(())
        })
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.change(Op::Append(name.to_owned(), bytes.len()), |state, share| {
            let file = state.file(name)?;
            file.unsynced.push(Change::Append { from: file.bytes.len() });
            let written = if share == Share::Half { bytes.len() / 2 } else { bytes.len() };
            file.bytes.extend_from_slice(&bytes[..written]);
            Ok(())
        })
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.change(Op::Sync(name.to_owned()), |state, share| {
            let file = state.file(name)?;
            if share == Share::All {
                file.unsynced.clear();
            }
            Ok(())
        })
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.change(Op::Truncate(name.to_owned(), len), |state, share| {
            let file = state.file(name)?;
            if share != Share::Half && (len as usize) < file.bytes.len() {
                let cut = file.bytes.split_off(len as usize);
                file.unsynced.push(Change::Truncate { cut });
            }
            Ok(())
        })
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.change(Op::SyncDir, |state, share| {
            if share == Share::All {
                state.files.values_mut().for_each(|file| file.named = true);
            }
            Ok(())
        })
    }
}

impl SimDisk {
    fn running(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.stopped { Err(io::Error::other("the machine has stopped")) } else { Ok(state) }
    }
}

fn not_found(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn states(disk: &SimDisk) -> BTreeSet<Option<Vec<u8>>> {
        disk.power_cuts().iter().map(|cut| cut.contents().remove("f")).collect()
    }

    #[test]
    fn a_power_cut_takes_back_what_was_not_synced_and_nothing_else() {
        let disk = SimDisk::new();
        let mut files = disk.files();
        files.create("f").unwrap();
        files.append("f", b"ab").unwrap();
        files.sync("f").unwrap();
        assert_eq!(states(&disk), BTreeSet::from([None, Some(b"ab".to_vec())]));

        files.sync_dir().unwrap();
        files.append("f", b"cd").unwrap();
        files.append("f", b"e").unwrap();
        let appended = [
            &b"ab"[..],
            b"abc",
            b"abcd",
            b"abcde",
            b"ab\0\0\0",
            b"ab\0de",
            b"abc\0\0",
            b"ab\0\0e",
            b"abcd\0",
        ];
        assert_eq!(states(&disk), appended.iter().map(|state| Some(state.to_vec())).collect());

        files.sync("f").unwrap();
        files.truncate("f", 1).unwrap();
        files.append("f", b"xy").unwrap();
        let cut = [&b"abcde"[..], b"a", b"ax", b"axy", b"a\0\0", b"a\0y", b"ax\0"];
        assert_eq!(states(&disk), cut.iter().map(|state| Some(state.to_vec())).collect());
        assert_eq!(disk.contents()["f"], b"axy");
    }

    #[test]
    fn after_a_crash_nothing_works_until_the_power_is_back() {
        let disk = SimDisk::new();
        let mut files = disk.files();
        files.create("f").unwrap();
        files.sync_dir().unwrap();
        disk.fail_at(2, Failure::Crash);
        assert!(files.append("f", b"abc").is_err());
        assert!(files.sync("f").is_err() && files.list().is_err());
        let kept = disk.snapshot();
        kept.restart();
        assert_eq!(kept.contents()["f"], b"abc");
        disk.power_cut(&mut |_| 1);
        assert_eq!(disk.contents()["f"], b"a");
        files.append("f", b"z").unwrap();
        assert_eq!(disk.trace().len(), 4);
    }

    #[test]
    fn a_full_disk_takes_half_and_an_error_takes_nothing() {
        let disk = SimDisk::new();
        let mut files = disk.files();
        files.create("f").unwrap();
        disk.fail_at(1, Failure::Full);
        assert_eq!(files.append("f", b"abcd").unwrap_err().kind(), io::ErrorKind::StorageFull);
        disk.fail_at(2, Failure::Error);
        assert!(files.append("f", b"x").is_err());
        assert_eq!(disk.contents()["f"], b"ab");
    }
}
