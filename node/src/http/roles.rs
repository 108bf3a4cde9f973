//! Which roles a page is for (DOMAIN §1), in sets that routes name.

use sanji_model::case::Role;

pub(super) const ADMINISTRATORS: &[Role] = &[Role::Administrator];

/// Whoever works on cases and sees their persons.
pub(super) const CASES: &[Role] = &[
    Role::Agent,
    Role::Clerk,
    Role::Handler,
    Role::Reviewer,
    Role::Decider,
    Role::Issuer,
    Role::Archivist,
    Role::Supervisor,
];

/// Whoever takes cases at a counter.
pub(super) const COUNTER: &[Role] = &[Role::Agent, Role::Clerk];

/// Whoever looks after a hall: its villages, ledgers and figures.
pub(super) const HALL: &[Role] = &[Role::Clerk, Role::Decider, Role::Supervisor, Role::Administrator];

/// Whoever works on guides.
pub(super) const GUIDES: &[Role] = &[Role::GuideEditor, Role::GuideApprover];

/// Whoever wants to know which unit holds which version.
pub(super) const ROLLOUT: &[Role] =
    &[Role::GuideEditor, Role::GuideApprover, Role::Administrator, Role::Clerk];

/// Whoever watches: cards, appeals, sampling.
pub(super) const SUPERVISION: &[Role] = &[Role::Supervisor, Role::Administrator];

/// Whoever deals with complaints and calls back.
pub(super) const COMPLAINTS: &[Role] = &[
    Role::ComplaintsOfficer,
    Role::Caller,
    Role::Supervisor,
    Role::Agent,
    Role::Clerk,
    Role::Handler,
    Role::Archivist,
];

/// Who sees how units deal with complaints.
pub(super) const COMPLAINT_RATES: &[Role] =
    &[Role::ComplaintsOfficer, Role::Supervisor, Role::Administrator, Role::Clerk, Role::Decider];

/// Who sees cards: those who watch, those who look after a hall, and handlers those of their unit.
pub(super) const CARDS: &[Role] =
    &[Role::Supervisor, Role::Administrator, Role::Clerk, Role::Decider, Role::Handler];

/// Whoever has a part in the loop of a bad rating.
pub(super) const RATINGS: &[Role] = &[
    Role::Supervisor,
    Role::ComplaintsOfficer,
    Role::Caller,
    Role::Agent,
    Role::Clerk,
    Role::Handler,
    Role::Reviewer,
    Role::Decider,
    Role::Issuer,
    Role::Archivist,
];

/// Whoever wants figures: of cases, and of what guides come to.
pub(super) const FIGURES: &[Role] = &[
    Role::Clerk,
    Role::Decider,
    Role::Supervisor,
    Role::Administrator,
    Role::GuideEditor,
    Role::GuideApprover,
];

/// Whoever sees what two places did apart: those who work on cases and those who look after a hall.
pub(super) const CONFLICTS: &[Role] = &[
    Role::Agent,
    Role::Clerk,
    Role::Handler,
    Role::Reviewer,
    Role::Decider,
    Role::Issuer,
    Role::Archivist,
    Role::Supervisor,
    Role::Administrator,
];

/// Whoever settles that (T26).
pub(super) const SETTLERS: &[Role] =
    &[Role::Agent, Role::Clerk, Role::Handler, Role::Decider, Role::Supervisor];

/// Whoever works on guides in any way: editors, approvers, and the representative who signs for a department.
pub(super) const DRAFTS: &[Role] = &[Role::GuideEditor, Role::GuideApprover, Role::Decider];

pub(super) const EDITORS: &[Role] = &[Role::GuideEditor];

pub(super) const APPROVERS: &[Role] = &[Role::GuideApprover];

/// Whoever sees lists and bundles, and whoever publishes and ends them.
pub(super) const LISTS: &[Role] = &[Role::Clerk, Role::Administrator, Role::GuideEditor, Role::GuideApprover];
pub(super) const LIST_KEEPERS: &[Role] = &[Role::Administrator, Role::GuideApprover];
