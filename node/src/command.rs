//! What a local person asks of a node: one closed list, spoken by the command line, the local API and the pages.
//!
//! Knows no transport. The machine answers each with JSON in the shape of the command line contract, or a refusal.

mod matter;
mod turn;

use std::collections::BTreeMap;

use sanji_sync::DocId;
use serde::{Deserialize, Serialize};

pub use matter::{MatterFilter, NewMatter};

use crate::page::PAGE_MAX;

/// A request of a local person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// What somebody with an account asks for, where the command itself does not say who: that they did it is recorded.
    InName {
        user: String,
        what: Box<Command>,
    },
    /// Units from CSV text; `file` is named in problems.
    OrgImport {
        text: String,
        file: String,
    },
    OrgList,
    OrgCheck,
    /// A one-time enrolment token for a unit's node.
    Invite {
        unit: String,
        #[serde(default)]
        parents: Vec<String>,
        /// How long the token is good for, hours.
        #[serde(default = "matter::week")]
        valid_hours: u32,
    },
    /// Drafts from JSON lines; `file` is named in problems.
    GuideImport {
        text: String,
        file: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// A page of guides: those behind `after`, and where the next page begins.
    GuideExport {
        #[serde(default)]
        after: Option<DocId>,
        /// The versions in force, not the drafts.
        #[serde(default)]
        published: bool,
    },
    GuideCheck {
        id: String,
    },
    GuideList,
    GuideShow {
        id: String,
        #[serde(default)]
        version: Option<u32>,
    },
    /// The draft of a guide as it is worked on, whatever is published: its text, its life, and what stands against it.
    GuideDraft {
        id: String,
    },
    GuidePublish {
        id: String,
        /// `YYYY-MM-DD`; today when left out.
        #[serde(default)]
        effective: Option<String>,
    },
    /// Guides in which every word of `text` occurs.
    GuideSearch {
        text: String,
        /// Drafts too, and versions that are not or no longer in force.
        #[serde(default)]
        all: bool,
        /// At most so many, the best.
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// One step of a draft's life: sign, submit, return, approve, publish.
    GuideStep {
        id: String,
        step: String,
        /// Of a publication: `YYYY-MM-DD`.
        #[serde(default)]
        effective: Option<String>,
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        user: Option<String>,
    },
    /// What becomes of a published guide: suspend, resume, abolish.
    GuideStop {
        id: String,
        what: String,
        /// `YYYY-MM-DD`; at once when left out.
        #[serde(default)]
        effective: Option<String>,
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        user: Option<String>,
    },
    /// Sets one field of a draft; a blank text removes it.
    GuideEdit {
        id: String,
        field: String,
        text: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// Settles a field that was edited in two places, by the number that `guide show` gives the text.
    GuideChoose {
        id: String,
        field: String,
        choice: usize,
        #[serde(default)]
        user: Option<String>,
    },
    /// Two texts of a guide, each the number of a version or `draft`.
    GuideDiff {
        id: String,
        a: String,
        b: String,
    },
    /// Asks for a correction of a published guide.
    GuideCorrect {
        id: String,
        #[serde(default)]
        element: Option<String>,
        text: String,
        #[serde(default)]
        user: Option<String>,
    },
    GuideCorrections {
        #[serde(default)]
        id: Option<String>,
    },
    GuideAnswer {
        /// The request, by the beginning of its id.
        id: String,
        outcome: String,
        text: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// Makes a user, or changes one.
    UserAdd {
        id: String,
        name: String,
        unit: String,
        roles: Vec<String>,
        /// The administrator that acts.
        #[serde(default)]
        deputy: Option<String>,
        #[serde(default)]
        user: Option<String>,
    },
    UserDisable {
        id: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// Days off and worked weekends of whole years, for the county; CSV of `date,kind`.
    CalendarImport {
        text: String,
        file: String,
        #[serde(default)]
        user: Option<String>,
    },
    CalendarList,
    /// Limits and warnings of the county; CSV of `parameter,value`.
    ParametersImport {
        text: String,
        file: String,
        /// The day from which they hold, `YYYY-MM-DD`; today when left out.
        #[serde(default)]
        effective: Option<String>,
        #[serde(default)]
        user: Option<String>,
    },
    ParametersShow,
    /// A post is left to its deputy, or taken again.
    UserAbsent {
        id: String,
        absent: bool,
        #[serde(default)]
        user: Option<String>,
    },
    UserList,
    /// Where this node is, how its line stands, and what a user may here.
    Here {
        #[serde(default)]
        user: Option<String>,
    },
    /// The hash that a user's password is checked with, or null.
    Credential {
        id: String,
    },
    PasswordSet {
        id: String,
        /// In PHC form.
        hash: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// The people of this unit, and who of them can sign in.
    StaffList,
    TokenAdd {
        /// For whom it acts.
        id: String,
        name: String,
        grant: String,
        /// BLAKE3 of the secret, hexadecimal.
        secret: String,
        days: u64,
        #[serde(default)]
        user: Option<String>,
    },
    TokenList {
        #[serde(default)]
        id: Option<String>,
    },
    TokenEnd {
        token: String,
        #[serde(default)]
        user: Option<String>,
    },
    TokenFind {
        secret: String,
    },
    /// The person of a case, unmasked; that somebody looked is recorded.
    CaseReveal {
        number: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// Who a complaint or an enquiry is from, unmasked; that somebody looked is recorded.
    MatterReveal {
        number: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// How far a case has come, for whoever knows its number and the last four characters of the identity number; masked.
    CaseProgress {
        number: String,
        last_four: String,
    },
    /// A rating by the applicant, with the same proof.
    CaseRate {
        number: String,
        last_four: String,
        /// 1 very satisfied to 5 very dissatisfied.
        level: String,
        #[serde(default)]
        text: String,
    },
    /// What people of a unit did in a month: this one and this month if left out.
    AuditList {
        #[serde(default)]
        month: Option<String>,
        #[serde(default)]
        unit: Option<String>,
    },
    /// What came to this node behind a cursor, in the order in which it came; from the beginning when left out, nothing but
    /// the cursor of now for `now`.
    Changes {
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// Which unit below holds which version.
    GuideRollout {
        id: String,
    },
    /// Lists from JSON lines; `bundles`: those that say no kind are bundles.
    ListImport {
        text: String,
        file: String,
        #[serde(default)]
        bundles: bool,
    },
    /// The bundles, or all other lists.
    ListList {
        #[serde(default)]
        bundles: bool,
    },
    ListShow {
        id: String,
        #[serde(default)]
        version: Option<u32>,
    },
    ListPublish {
        id: String,
        /// `YYYY-MM-DD`; the list's own day, or today, when left out.
        #[serde(default)]
        effective: Option<String>,
    },
    ListEnd {
        id: String,
        /// The first day on which it no longer holds, `YYYY-MM-DD`; today when left out.
        #[serde(default)]
        on: Option<String>,
    },
    /// Which lists hold an item.
    ListSwitches {
        item: String,
        #[serde(default)]
        date: Option<String>,
    },
    CaseRegister {
        guide: String,
        applicant: String,
        id_number: String,
        #[serde(default)]
        fields: BTreeMap<String, String>,
        /// The person that registers it, if named.
        #[serde(default)]
        user: Option<String>,
    },
    CaseAct {
        number: String,
        action: String,
        #[serde(default)]
        fields: BTreeMap<String, String>,
        /// The person that acts, if named.
        #[serde(default)]
        user: Option<String>,
    },
    /// A page of the cases that a unit and those below it registered, those due first first. Pages of lists are
    /// `{rows, next}`; `after` is what the page before named as `next`.
    CaseList {
        #[serde(default)]
        state: Option<String>,
        #[serde(default)]
        unit: Option<String>,
        /// `YYYY-MM-DD`.
        #[serde(default)]
        due_before: Option<String>,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    CaseShow {
        number: String,
    },
    /// Cases of another system: a JSON line a case, `{guide, applicant, id_number, fields, at, events}`.
    CaseImport {
        text: String,
        /// Number of the first line.
        #[serde(default = "first_line")]
        first: usize,
        /// The person that takes them in, if named. What is said of others is for an administrator of this unit.
        #[serde(default)]
        user: Option<String>,
    },
    /// Rows for the national exchange of the cases behind `after`, a page of them.
    CaseExport {
        #[serde(default)]
        after: Option<DocId>,
        /// The administrator, archivist or supervisor who asks, if named.
        #[serde(default)]
        user: Option<String>,
    },
    /// A case as files for the archive.
    CasePackage {
        number: String,
        /// As of an export.
        #[serde(default)]
        user: Option<String>,
    },
    /// A paper of a case to look at, by the event that made it or its kind; the last one when left out.
    PaperShow {
        number: String,
        #[serde(default)]
        paper: Option<String>,
    },
    /// The same to print: recorded in the case, signed, and marked when it was printed before.
    PaperIssue {
        number: String,
        #[serde(default)]
        paper: Option<String>,
        #[serde(default)]
        user: Option<String>,
    },
    /// What the square code of a paper is worth.
    PaperVerify {
        code: String,
    },
    /// A page of what a unit holds in a state, or is to take over (`arriving`), those due first first.
    CaseQueue {
        #[serde(default)]
        unit: Option<String>,
        state: String,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// By number, identity number or the beginning of a name.
    CaseSearch {
        text: String,
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// The conflict desk: cases about which two places acted apart, with both sides.
    CaseDisputes {
        #[serde(default)]
        unit: Option<String>,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// What earlier cases of this unit say of a person; that somebody looked is recorded if anything is said.
    CaseApplicant {
        id_number: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// Several items that are one matter (一件事): a parent case with a child for each.
    CaseBundle {
        bundle: String,
        applicant: String,
        id_number: String,
        #[serde(default)]
        fields: BTreeMap<String, String>,
        #[serde(default)]
        user: Option<String>,
    },
    /// The latest first, as ratings are.
    Cards {
        #[serde(default)]
        unit: Option<String>,
        #[serde(default)]
        level: Option<String>,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    Ratings {
        #[serde(default)]
        unit: Option<String>,
        #[serde(default)]
        stage: Option<String>,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// How much each list has of a unit and those below it, by what it is filtered by.
    Counts {
        #[serde(default)]
        unit: Option<String>,
    },
    /// Figures by `week`, `month` or `quarter`; `2026-W06`, `2026-02` or `2026-Q1`, both included.
    Stats {
        #[serde(default)]
        unit: Option<String>,
        /// By month when left out.
        #[serde(default)]
        by: Option<String>,
        #[serde(default)]
        from: Option<String>,
        #[serde(default)]
        to: Option<String>,
    },
    /// The cases that a unit registered in a month.
    Ledger {
        #[serde(default)]
        unit: Option<String>,
        month: String,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    /// The items that are inspected in a month (DOMAIN §4), drawn from the seed of its year.
    Sample {
        month: String,
    },
    /// Publishes what a year is drawn from, once and for good.
    SeedPublish {
        year: i16,
        seed: String,
        #[serde(default)]
        user: Option<String>,
    },
    /// Where the latest cases are saved, and how many are not everywhere above yet.
    CaseTicks,
    ComplaintRegister {
        /// `complaint` or `hotline`.
        kind: String,
        new: NewMatter,
    },
    /// One step of DOMAIN §5.
    ComplaintAct {
        number: String,
        action: String,
        #[serde(default)]
        fields: BTreeMap<String, String>,
        #[serde(default)]
        user: Option<String>,
    },
    ComplaintList {
        #[serde(default)]
        filter: MatterFilter,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    ComplaintShow {
        number: String,
    },
    /// How units deal with complaints, in figures.
    ComplaintRates,
    EnquiryRegister {
        new: NewMatter,
    },
    EnquiryAct {
        number: String,
        action: String,
        #[serde(default)]
        fields: BTreeMap<String, String>,
        #[serde(default)]
        user: Option<String>,
    },
    EnquiryList {
        #[serde(default)]
        filter: MatterFilter,
        #[serde(default)]
        after: Option<String>,
        #[serde(default = "first_page")]
        limit: usize,
    },
    EnquiryShow {
        number: String,
    },
    SyncPause,
    SyncResume,
    SyncNow,
    /// What a backup must hold; the files are copied by whoever asks.
    Backup,
    /// Ends a node's right to write and to connect: `whom` is a unit's code or the beginning of a node's id.
    Revoke {
        whom: String,
        #[serde(default)]
        confirmed: bool,
    },
    Doctor,
    Status,
    /// A person has seen the incidents that the status shows.
    IncidentsSeen,
    Verify,
}

impl Command {
    /// The same in somebody's name; nobody's is whoever has the machine.
    pub fn in_name(self, user: Option<String>) -> Command {
        match user {
            Some(user) => Command::InName { user, what: Box::new(self) },
            None => self,
        }
    }

    /// The longest page of all cases behind `after`.
    pub fn cases(after: Option<String>) -> Command {
        Command::CaseList { state: None, unit: None, due_before: None, after, limit: PAGE_MAX }
    }
}

fn first_line() -> usize {
    1
}

fn first_page() -> usize {
    50
}
