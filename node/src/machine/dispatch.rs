//! Which part of the machine does which command. Knows no rule of any of them.

use sanji_sync::Time;
use serde_json::Value;

use super::accounts::NewToken;
use super::cases::Applying;
use super::life::Asked;
use super::pages::Page;
use super::people::NewUser;
use super::public::Proof;
use super::step::{Step, flatten};
use super::{FACT_PAUSED, Machine, Output};
use crate::command::Command;
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::store::record::Fact;

impl Machine {
    pub(super) fn command(
        &mut self,
        now: Time,
        command: Command,
        steps: &mut Vec<Step>,
    ) -> Result<Result<Value, Refusal>, StoreError> {
        flatten(match command {
            Command::InName { user, what } => return self.in_name(now, &user, *what, steps),
            Command::OrgImport { text, file } => self.org_import(now, &text, &file, steps),
            Command::OrgList => self.org_list(),
            Command::OrgCheck => self.org_check(),
            Command::Invite { unit, parents, valid_hours } => self.invite(now, &unit, parents, valid_hours),
            Command::GuideImport { text, file, user } => {
                self.guide_import(now, (&text, &file), user.as_deref(), steps)
            }
            Command::GuideExport { after, published } => self.guide_export(now, after, published),
            Command::GuideCheck { id } => self.guide_check(now, &id),
            Command::GuideList => self.guide_list(now),
            Command::GuideShow { id, version } => self.guide_show(now, &id, version),
            Command::GuideDraft { id } => self.guide_draft(now, &id),
            Command::GuidePublish { id, effective } => {
                let asked = Asked { effective: effective.as_deref(), ..Asked::default() };
                self.guide_step(now, &id, "publish", asked, steps)
            }
            Command::GuideSearch { text, all, limit } => self.guide_search(now, &text, all, limit),
            Command::GuideStep { id, step, effective, reason, user } => {
                let (effective, reason, user) = (effective.as_deref(), reason.as_deref(), user.as_deref());
                self.guide_step(now, &id, &step, Asked { effective, reason, user }, steps)
            }
            Command::GuideStop { id, what, effective, reason, user } => {
                let (effective, reason, user) = (effective.as_deref(), reason.as_deref(), user.as_deref());
                self.guide_stop(now, &id, &what, Asked { effective, reason, user }, steps)
            }
            Command::GuideEdit { id, field, text, user } => {
                self.guide_edit(now, &id, &field, &text, user.as_deref(), steps)
            }
            Command::GuideChoose { id, field, choice, user } => {
                self.guide_choose(now, &id, &field, choice, user.as_deref(), steps)
            }
            Command::GuideDiff { id, a, b } => self.guide_diff(now, &id, &a, &b),
            Command::GuideCorrect { id, element, text, user } => {
                self.guide_correct(now, &id, element.as_deref(), &text, user.as_deref(), steps)
            }
            Command::GuideCorrections { id } => self.guide_corrections(id.as_deref()),
            Command::GuideAnswer { id, outcome, text, user } => {
                self.guide_answer(now, &id, &outcome, &text, user.as_deref(), steps)
            }
            Command::UserAdd { id, name, unit, roles, deputy, user } => {
                self.user_add(now, NewUser { id, name, unit, roles, deputy }, user.as_deref(), steps)
            }
            Command::UserDisable { id, user } => self.user_disable(now, &id, user.as_deref(), steps),
            Command::CalendarImport { text, file, user } => {
                self.calendar_import(now, (&text, &file), user.as_deref(), steps)
            }
            Command::CalendarList => self.calendar_list(),
            Command::ParametersImport { text, file, effective, user } => {
                self.parameters_import(now, (&text, &file), effective.as_deref(), user.as_deref(), steps)
            }
            Command::ParametersShow => self.parameters_show(now),
            Command::UserAbsent { id, absent, user } => {
                self.user_absent(now, &id, absent, user.as_deref(), steps)
            }
            Command::UserList => self.user_list(),
            Command::Here { user } => self.here(user.as_deref()),
            Command::Credential { id } => self.credential(&id),
            Command::PasswordSet { id, hash, user } => {
                self.password_set(now, &id, hash, user.as_deref(), steps)
            }
            Command::StaffList => self.staff_list(),
            Command::TokenAdd { id, name, grant, secret, days, user } => {
                self.token_add(now, &id, NewToken { name, grant, secret, days }, user.as_deref(), steps)
            }
            Command::TokenList { id } => self.token_list(now, id.as_deref()),
            Command::TokenEnd { token, user } => self.token_end(now, &token, user.as_deref(), steps),
            Command::TokenFind { secret } => self.token_find(now, &secret),
            Command::CaseReveal { number, user } => self.case_reveal(now, &number, user.as_deref(), steps),
            Command::MatterReveal { number, user } => {
                self.matter_reveal(now, &number, user.as_deref(), steps)
            }
            Command::CaseProgress { number, last_four } => {
                self.case_progress(now, &Proof { number: &number, last_four: &last_four })
            }
            Command::CaseRate { number, last_four, level, text } => {
                let proof = Proof { number: &number, last_four: &last_four };
                let done = self.case_rate(now, &proof, &level, &text, steps);
                done.map(|said| self.with_warning(said))
            }
            Command::AuditList { month, unit } => self.audit_list(now, month.as_deref(), unit.as_deref()),
            Command::Changes { after, limit } => self.changes(Page { after: after.as_deref(), limit }),
            Command::GuideRollout { id } => self.guide_rollout(&id),
            Command::ListImport { text, file, bundles } => {
                self.list_import(now, &text, &file, bundles, steps)
            }
            Command::ListList { bundles } => self.list_list(now, bundles),
            Command::ListShow { id, version } => self.list_show(now, &id, version),
            Command::ListPublish { id, effective } => {
                self.list_publish(now, &id, effective.as_deref(), steps)
            }
            Command::ListEnd { id, on } => self.list_end(now, &id, on.as_deref(), steps),
            Command::ListSwitches { item, date } => self.list_switches(now, &item, date.as_deref()),
            Command::CaseRegister { guide, applicant, id_number, fields, user } => {
                let applying = Applying { applicant, id_number, fields, user };
                let done = self.case_register(now, &guide, applying, steps);
                done.map(|said| self.with_warning(said))
            }
            Command::CaseAct { number, action, fields, user } => {
                let done = self.case_act(now, &number, &action, fields, user, steps);
                done.map(|said| self.with_warning(said))
            }
            Command::CaseList { state, unit, due_before, after, limit } => {
                let page = Page { after: after.as_deref(), limit };
                self.case_list(state.as_deref(), unit.as_deref(), due_before.as_deref(), page)
            }
            Command::CaseShow { number } => self.case_show(now, &number),
            Command::CaseExport { after, user } => self.case_export(now, after, user.as_deref()),
            Command::CasePackage { number, user } => self.case_package(now, &number, user.as_deref()),
            Command::PaperShow { number, paper } => self.paper_show(now, &number, paper.as_deref()),
            Command::PaperIssue { number, paper, user } => {
                self.paper_issue(now, &number, paper.as_deref(), user, steps)
            }
            Command::PaperVerify { code } => self.paper_verify(now, &code),
            Command::CaseQueue { unit, state, after, limit } => {
                self.case_queue(unit.as_deref(), &state, Page { after: after.as_deref(), limit })
            }
            Command::CaseImport { text, first, user } => {
                self.case_import(now, &text, first, user.as_deref(), steps)
            }
            Command::CaseSearch { text, limit } => self.case_search(&text, limit),
            Command::CaseDisputes { unit, after, limit } => {
                self.case_disputes(now, unit.as_deref(), Page { after: after.as_deref(), limit })
            }
            Command::CaseApplicant { id_number, user } => {
                self.case_applicant(now, &id_number, user.as_deref(), steps)
            }
            Command::CaseBundle { bundle, applicant, id_number, fields, user } => {
                self.case_bundle(now, &bundle, Applying { applicant, id_number, fields, user }, steps)
            }
            Command::Cards { unit, level, after, limit } => {
                self.cards(now, unit.as_deref(), level.as_deref(), Page { after: after.as_deref(), limit })
            }
            Command::Ratings { unit, stage, after, limit } => {
                self.ratings(unit.as_deref(), stage.as_deref(), Page { after: after.as_deref(), limit })
            }
            Command::Counts { unit } => self.counts(unit.as_deref()),
            Command::Stats { unit, by, from, to } => {
                self.stats(unit.as_deref(), by.as_deref(), from.as_deref(), to.as_deref())
            }
            Command::Ledger { unit, month, after, limit } => {
                self.ledger(unit.as_deref(), &month, Page { after: after.as_deref(), limit })
            }
            Command::Sample { month } => self.sample(now, &month),
            Command::SeedPublish { year, seed, user } => {
                self.seed_publish(now, year, &seed, user.as_deref(), steps)
            }
            Command::CaseTicks => self.case_ticks(),
            Command::ComplaintRegister { kind, new } => self.complaint_register(now, &kind, new, steps),
            Command::ComplaintAct { number, action, fields, user } => {
                self.complaint_act(now, &number, &action, fields, user.as_deref(), steps)
            }
            Command::ComplaintList { filter, after, limit } => {
                self.complaint_list(now, &filter, Page { after: after.as_deref(), limit })
            }
            Command::ComplaintShow { number } => self.complaint_show(now, &number),
            Command::ComplaintRates => self.complaint_rates(now),
            Command::EnquiryRegister { new } => self.enquiry_register(now, new, steps),
            Command::EnquiryAct { number, action, fields, user } => {
                self.enquiry_act(now, &number, &action, fields, user.as_deref(), steps)
            }
            Command::EnquiryList { filter, after, limit } => {
                self.enquiry_list(now, &filter, Page { after: after.as_deref(), limit })
            }
            Command::EnquiryShow { number } => self.enquiry_show(now, &number),
            Command::SyncPause | Command::SyncResume | Command::SyncNow if self.is_root() => {
                Err(Refusal::NobodyAbove.into())
            }
            Command::SyncPause => {
                self.facts.push(Fact { name: FACT_PAUSED.into(), value: Some(Vec::new()) });
                steps.push(Step::Output(Output::Pause));
                Ok(serde_json::json!({ "uplink": "paused" }))
            }
            Command::SyncResume => {
                self.facts.push(Fact { name: FACT_PAUSED.into(), value: None });
                steps.push(Step::Output(Output::Resume));
                Ok(serde_json::json!({ "uplink": "dialling" }))
            }
            Command::SyncNow => {
                steps.push(Step::Output(Output::DialNow));
                Ok(serde_json::json!({ "uplink": if self.is_paused() { "paused" } else { "dialling" } }))
            }
            Command::Status => self.status(now),
            Command::IncidentsSeen => self.incidents_seen(),
            Command::Verify => self.verify(),
            Command::Doctor => self.doctor(now),
            Command::Backup => self.backup(now),
            Command::Revoke { whom, confirmed } => self.revoke(now, &whom, confirmed, steps),
        })
    }

    /// What was saved here reaches nobody if this node was revoked.
    fn with_warning(&self, mut said: Value) -> Value {
        if self.is_revoked() {
            said["warning"] = Refusal::Revoked.to_json();
        }
        said
    }
}
