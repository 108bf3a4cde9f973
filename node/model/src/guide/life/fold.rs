//! The state of a draft as a pure function of its acts and its content; what somebody here may do to it now.
//!
//! Same acts, same content, same state, on every node and in any order of arrival. Knows no user: whether somebody has
//! the role that an act names is for the node that they sit at.

use sanji_sync::{Time, UnitCode};
use serde::Serialize;

use super::act::{Act, DraftStep};
use super::not_done::NotDone;
use crate::case::{By, EventId};
use crate::guide::{ContentHash, GuideState};
use crate::lang::Words;
use crate::user::UserId;

/// What came of an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Counted,
    /// Done where or in a role in which it may not be done.
    OverAuthority,
    /// Not possible in the state the draft was in.
    OutOfOrder,
    /// Approved by the user who had signed it.
    SameUser,
}

impl Verdict {
    pub fn words(self) -> Words {
        match self {
            Verdict::Counted => Words::new("有效", "counted"),
            Verdict::OverAuthority => Words::new("未计入：超权限", "not counted: over authority"),
            Verdict::OutOfOrder => Words::new("未计入：逆程序", "not counted: out of order"),
            Verdict::SameUser => {
                Words::new("未计入：签署与审定为同一人", "not counted: approved by who had signed")
            }
        }
    }
}

/// How far a content has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stage {
    pub state: GuideState,
    pub content: ContentHash,
    /// The user who signed this content, if one was named.
    signer: Option<Person>,
}

/// A unit with the id of one of its users.
type Person = (UnitCode, String);

/// A draft's acts with what they amount to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Life {
    /// Of the content as it is now.
    pub state: GuideState,
    pub content: ContentHash,
    /// What stood before an edit and stands no more.
    pub withdrawn: Option<GuideState>,
    /// The county's unit, whose approvers decide.
    county: Option<UnitCode>,
    signer: Option<Person>,
    pub acts: Vec<(Act, Verdict)>,
}

impl Life {
    /// Folds acts in their order over the content as it is now. `county` is the unit without a parent, as far as it is
    /// known here.
    pub fn fold(acts: impl IntoIterator<Item = Act>, content: ContentHash, county: Option<UnitCode>) -> Life {
        let mut stage: Option<Stage> = None;
        let mut judged = Vec::new();
        for act in acts {
            let verdict = judge(&act, stage.as_ref(), county);
            if verdict == Verdict::Counted
                && let Some(state) = act.step.to()
            {
                let signer = signer_after(&act, stage.and_then(|stage| stage.signer));
                stage = Some(Stage { state, content: act.content.clone(), signer });
            }
            judged.push((act, verdict));
        }
        let state = state_of(stage.as_ref(), &content);
        let before = stage.as_ref().map_or(GuideState::Draft, |stage| stage.state);
        let withdrawn = (before != state).then_some(before);
        let signer = stage.filter(|stage| stage.content == content).and_then(|stage| stage.signer);
        Life { state, content, withdrawn, county, signer, acts: judged }
    }

    /// The last version that was published from this draft.
    pub fn published(&self) -> Option<u32> {
        self.counted(DraftStep::Publish).filter_map(|act| act.version).max()
    }

    /// The version that has the content as it is now, if it is the last one that was published.
    pub fn unchanged(&self) -> Option<u32> {
        let last = self.counted(DraftStep::Publish).max_by_key(|act| act.version)?;
        last.version.filter(|_| last.content == self.content)
    }

    /// Who did a step to the content as it is now.
    pub fn done(&self, step: DraftStep) -> impl Iterator<Item = &Act> {
        self.counted(step).filter(|act| act.content == self.content)
    }

    /// The act of doing a step now, or why not. Push it and store it with `put_act`.
    pub fn decide(
        &self,
        step: DraftStep,
        by: By,
        id: EventId,
        at: Time,
        note: Option<String>,
    ) -> Result<Act, NotDone> {
        let n = self.acts.iter().map(|(act, _)| act.n).max().unwrap_or(0).saturating_add(1);
        let act = Act { id, n, at, step, by, content: self.content.clone(), note, version: None };
        let stage = Stage { state: self.state, content: self.content.clone(), signer: self.signer.clone() };
        match judge(&act, Some(&stage), self.county) {
            Verdict::Counted => Ok(act),
            Verdict::OverAuthority if step.roles().contains(&act.by.role) => {
                Err(NotDone::NotCounty(step.words()))
            }
            Verdict::OverAuthority => Err(NotDone::Role { what: step.words(), roles: step.roles() }),
            Verdict::SameUser => Err(NotDone::SameUser(act.by.user.unwrap_or_default())),
            Verdict::OutOfOrder => Err(NotDone::State { step, state: self.state }),
        }
    }

    /// Takes an act that [`Life::decide`] gave.
    pub fn push(&mut self, act: Act) {
        self.state = act.step.to().unwrap_or(self.state);
        self.signer = signer_after(&act, self.signer.take());
        self.withdrawn = None;
        self.acts.push((act, Verdict::Counted));
    }

    fn counted(&self, step: DraftStep) -> impl Iterator<Item = &Act> {
        let counted = self.acts.iter().filter(|(_, verdict)| *verdict == Verdict::Counted);
        counted.map(|(act, _)| act).filter(move |act| act.step == step)
    }
}

fn judge(act: &Act, stage: Option<&Stage>, county: Option<UnitCode>) -> Verdict {
    let elsewhere = act.step.is_countys() && county != Some(act.by.unit);
    if elsewhere || !act.step.roles().contains(&act.by.role) {
        return Verdict::OverAuthority;
    }
    if !act.step.from().contains(&state_of(stage, &act.content)) {
        return Verdict::OutOfOrder;
    }
    let signed_it = person(&act.by).is_some_and(|one| stage.and_then(|s| s.signer.as_ref()) == Some(&one));
    match act.step == DraftStep::Approve && signed_it {
        true => Verdict::SameUser,
        false => Verdict::Counted,
    }
}

/// The named user behind an act. `admin` is none: a county that has named nobody works with it alone.
fn person(by: &By) -> Option<Person> {
    let user = by.user.as_ref().filter(|user| user.as_str() != UserId::admin().as_str())?;
    Some((by.unit, user.clone()))
}

/// Who has signed after an act that counts: until somebody signs anew it is whoever did last.
fn signer_after(act: &Act, before: Option<Person>) -> Option<Person> {
    if act.step == DraftStep::Sign { person(&act.by) } else { before }
}

/// A stage is that of one content; any other has come nowhere yet.
fn state_of(stage: Option<&Stage>, content: &ContentHash) -> GuideState {
    stage.filter(|stage| stage.content == *content).map_or(GuideState::Draft, |stage| stage.state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Role;

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).unwrap()
    }

    fn by(code: &str, role: Role) -> By {
        By { unit: unit(code), node: "ab".to_owned(), user: Some("li".to_owned()), instead_of: None, role }
    }

    fn act(n: u32, step: DraftStep, code: &str, role: Role, content: &str) -> Act {
        let content = ContentHash::new(content);
        let id = format!("a{n}-{step}").parse().unwrap();
        Act { id, n, at: Time(u64::from(n)), step, by: by(code, role), content, note: None, version: None }
    }

    const DEPARTMENT: &str = "640203";
    const COUNTY: &str = "640202";

    fn whole(content: &str) -> Vec<Act> {
        vec![
            act(1, DraftStep::Sign, DEPARTMENT, Role::Decider, content),
            act(2, DraftStep::Submit, DEPARTMENT, Role::GuideEditor, content),
            act(3, DraftStep::Approve, COUNTY, Role::GuideApprover, content),
        ]
    }

    fn fold(acts: Vec<Act>, content: &str) -> Life {
        Life::fold(acts, ContentHash::new(content), Some(unit(COUNTY)))
    }

    #[test]
    fn a_draft_goes_its_way_step_by_step() {
        let states: Vec<GuideState> = (0..=3).map(|n| fold(whole("x")[..n].to_vec(), "x").state).collect();
        use GuideState::*;
        assert_eq!(states, [Draft, Signed, InReview, Approved]);
        let mut returned = whole("x");
        returned.push(act(4, DraftStep::Return, COUNTY, Role::GuideApprover, "x"));
        assert_eq!(fold(returned.clone(), "x").state, Returned);
        returned.push(act(5, DraftStep::Sign, DEPARTMENT, Role::Decider, "x"));
        assert_eq!(fold(returned, "x").state, Signed);
        let mut published = whole("x");
        published
            .push(Act { version: Some(3), ..act(4, DraftStep::Publish, COUNTY, Role::GuideApprover, "x") });
        let life = fold(published, "x");
        assert_eq!((life.state, life.published()), (Draft, Some(3)));
    }

    #[test]
    fn an_edit_takes_back_what_was_signed() {
        let life = fold(whole("x"), "y");
        assert_eq!((life.state, life.withdrawn), (GuideState::Draft, Some(GuideState::Approved)));
        // An approval of what nobody submitted is kept and does not count.
        let mut acts = whole("x");
        acts[2].content = ContentHash::new("y");
        let life = fold(acts, "y");
        assert_eq!((life.state, life.acts[2].1), (GuideState::Draft, Verdict::OutOfOrder));
    }

    #[test]
    fn only_an_approver_of_the_county_decides() {
        for (code, role) in [(DEPARTMENT, Role::GuideApprover), (COUNTY, Role::GuideEditor)] {
            let mut acts = whole("x");
            acts[2].by = by(code, role);
            let life = fold(acts, "x");
            assert_eq!((life.state, life.acts[2].1), (GuideState::InReview, Verdict::OverAuthority));
            let id: EventId = "z".parse().unwrap();
            let refused = life.decide(DraftStep::Approve, by(code, role), id, Time(9), None).unwrap_err();
            let expected = if code == COUNTY {
                NotDone::Role { what: DraftStep::Approve.words(), roles: DraftStep::Approve.roles() }
            } else {
                NotDone::NotCounty(DraftStep::Approve.words())
            };
            assert_eq!(refused, expected);
        }
        // While the county is not known, nobody is it.
        assert_eq!(Life::fold(whole("x"), ContentHash::new("x"), None).state, GuideState::InReview);
    }

    #[test]
    fn who_signed_does_not_approve() {
        let named = |mut act: Act, code: &str, user: &str| {
            act.by.unit = unit(code);
            act.by.user = Some(user.to_owned());
            act
        };
        // `li` of the department and `li` of the county are two people; `admin` may be all there is.
        for (signer, approver, verdict) in [
            ((COUNTY, "li"), (COUNTY, "li"), Verdict::SameUser),
            ((COUNTY, "li"), (COUNTY, "wang"), Verdict::Counted),
            ((DEPARTMENT, "li"), (COUNTY, "li"), Verdict::Counted),
            ((COUNTY, "admin"), (COUNTY, "admin"), Verdict::Counted),
        ] {
            let mut acts = whole("x");
            acts[0] = named(acts[0].clone(), signer.0, signer.1);
            acts[2] = named(acts[2].clone(), approver.0, approver.1);
            assert_eq!(fold(acts.clone(), "x").acts[2].1, verdict, "{signer:?} {approver:?}");
            let by = acts[2].by.clone();
            let decided = fold(acts[..2].to_vec(), "x").decide(
                DraftStep::Approve,
                by,
                acts[2].id.clone(),
                Time(9),
                None,
            );
            assert_eq!(decided.is_ok(), verdict == Verdict::Counted);
        }
        // Signed anew by another one, the first may approve.
        let mut acts = whole("x");
        acts[0] = named(acts[0].clone(), COUNTY, "li");
        acts[2] = act(3, DraftStep::Return, COUNTY, Role::GuideApprover, "x");
        acts.push(named(act(4, DraftStep::Sign, COUNTY, Role::GuideApprover, "x"), COUNTY, "wang"));
        acts.push(act(5, DraftStep::Submit, COUNTY, Role::GuideEditor, "x"));
        acts.push(named(act(6, DraftStep::Approve, COUNTY, Role::GuideApprover, "x"), COUNTY, "li"));
        acts[2].by.user = Some("wang".to_owned());
        assert_eq!(fold(acts, "x").state, GuideState::Approved);
    }

    #[test]
    fn what_is_done_apart_comes_to_the_same_everywhere() {
        // Approved at one node of the county and returned at another, neither knowing of the other.
        let approve = act(3, DraftStep::Approve, COUNTY, Role::GuideApprover, "x");
        let back = act(3, DraftStep::Return, COUNTY, Role::GuideApprover, "x");
        for pair in [[approve.clone(), back.clone()], [back, approve]] {
            let acts = whole("x").into_iter().take(2).chain(pair);
            assert_eq!(fold(acts.collect(), "x").state, GuideState::Returned, "a return is never lost");
        }
    }

    #[test]
    fn what_is_decided_here_counts_everywhere() {
        let mut life = fold(Vec::new(), "x");
        for (step, code, role) in [
            (DraftStep::Sign, DEPARTMENT, Role::GuideApprover),
            (DraftStep::Submit, DEPARTMENT, Role::GuideEditor),
            (DraftStep::Approve, COUNTY, Role::GuideApprover),
            (DraftStep::Publish, COUNTY, Role::GuideApprover),
        ] {
            let refused =
                life.decide(DraftStep::Return, by(DEPARTMENT, role), "z".parse().unwrap(), Time(1), None);
            assert!(refused.is_err());
            let id = format!("{step}").parse().unwrap();
            life.push(life.decide(step, by(code, role), id, Time(1), None).unwrap());
        }
        let again = fold(life.acts.iter().map(|(act, _)| act.clone()).collect(), "x");
        assert_eq!(again, life);
        assert!(again.acts.iter().all(|(_, verdict)| *verdict == Verdict::Counted));
    }
}
