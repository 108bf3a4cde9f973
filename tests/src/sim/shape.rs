//! What a run is asked for: how large the county is, how long its trouble lasts and of what kinds it is, and which rule
//! is broken on purpose.

use std::collections::BTreeSet;

use sanji_sync::Time;

/// The day on which a run begins that is not told another.
const BEGIN: Time = Time(1_790_000_000_000);

/// A kind of trouble.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// Lines that are cut and mended.
    Cuts,
    /// Lines that are slow and lossy, and connections whose frames are lost, doubled or overtake one another.
    Lines,
    /// Machines that stop: between two outputs, in the middle of a disk operation, with or without their power.
    Crashes,
    /// Clocks that are wrong or jump, by up to a year.
    Clocks,
    /// A village with a program of its own.
    Villain,
    /// Disks put back from old backups behind the program's back.
    Restores,
    /// Two machines from one image.
    Clones,
    /// Nodes revoked mid-way.
    Revocations,
    /// Journals of which a sector goes bad. Not among the faults of an ordinary run.
    Rot,
}

impl Fault {
    pub const ALL: [Fault; 9] = [
        Fault::Cuts,
        Fault::Lines,
        Fault::Crashes,
        Fault::Clocks,
        Fault::Villain,
        Fault::Restores,
        Fault::Clones,
        Fault::Revocations,
        Fault::Rot,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Cuts => "cuts",
            Fault::Lines => "lines",
            Fault::Crashes => "crashes",
            Fault::Clocks => "clocks",
            Fault::Villain => "villain",
            Fault::Restores => "restores",
            Fault::Clones => "clones",
            Fault::Revocations => "revocations",
            Fault::Rot => "rot",
        }
    }

    pub fn parse(name: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

/// A rule of the design that a run breaks on purpose, to show that the simulator would notice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Broken {
    /// People are told “saved” before the journal is synced.
    AnswerBeforeStore,
    /// Peers get an acknowledgement before the journal is synced.
    AckBeforeStore,
    /// Entries are passed on before they are safe here.
    RelayBeforeStore,
    /// A node that finds its disk older than what others hold writes on in the same epoch.
    #[cfg(feature = "broken-rules")]
    NoEpochAfterRestore,
    /// Whatever is signed is taken, wherever it was written.
    #[cfg(feature = "broken-rules")]
    NoAuthorityCheck,
    /// A vector is believed although nobody signed it.
    #[cfg(feature = "broken-rules")]
    VectorsAreTruth,
    /// What lies behind damage on a disk is left there for good.
    #[cfg(feature = "broken-rules")]
    DamageForgotten,
}

/// The one place where a machine stops in a run that asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrashPoint {
    /// In the middle of this node's disk operation with this number.
    Operation { node: usize, number: usize },
    /// Before the output with this number, counted over the whole county.
    Output(usize),
}

/// How large a simulated county is and what happens to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    pub begin: Time,
    pub towns: usize,
    /// In the whole county, dealt out over the towns.
    pub villages: usize,
    /// Things that happen before everything heals.
    pub steps: usize,
    pub faults: BTreeSet<Fault>,
    /// With it no other crash happens; true for a power cut.
    pub crash: Option<(CrashPoint, bool)>,
    pub broken: Option<Broken>,
    /// Every frame has a line in the trace, too.
    pub frames: bool,
}

impl Default for Shape {
    fn default() -> Shape {
        let faults = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Rot).collect();
        Shape {
            begin: BEGIN,
            towns: 3,
            villages: 12,
            steps: 120,
            faults,
            crash: None,
            broken: None,
            frames: false,
        }
    }
}

impl Shape {
    /// A county of seven nodes, for many seeds.
    pub fn small() -> Shape {
        Shape { towns: 2, villages: 4, ..Shape::default() }
    }

    /// A town and a village in which nothing goes wrong by itself.
    pub fn calm() -> Shape {
        Shape { towns: 1, villages: 1, steps: 30, faults: BTreeSet::new(), ..Shape::default() }
    }

    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}
