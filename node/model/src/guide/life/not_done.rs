//! Why a step of a guide's life was not done.
//!
//! Knows the rules' reasons only; who somebody is and what a file holds are told elsewhere.

use sanji_sync::DocId;

use super::act::DraftStep;
use crate::case::Role;
use crate::guide::lint::Finding;
use crate::guide::{GuideState, StopKind};
use crate::lang::{Lang, Say, Words, say_in_english};

/// What the life cycle says no to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotDone {
    /// Not possible in the state that the draft is in.
    State { step: DraftStep, state: GuideState },
    /// The person has none of the roles that may do it.
    Role { what: Words, roles: &'static [Role] },
    /// For approvers of the county alone.
    NotCounty(Words),
    /// The user has signed it, so that another one has to approve.
    SameUser(String),
    /// The same elements were edited in two places; by their names.
    Conflict { guide: String, elements: Vec<Words> },
    /// There is no conflict under this element.
    NoConflict(Words),
    /// A choice that is not among the values.
    Choice { of: usize },
    /// What the rules call an error.
    Lint { guide: String, findings: Vec<Finding> },
    /// Suspending, resuming or abolishing what cannot be.
    Stop { guide: String, what: StopKind, state: Option<GuideState> },
    /// A suspended or abolished guide is asked for.
    Stopped { guide: String, state: GuideState, why: String },
    /// A reason has to be given.
    Reason,
    /// A text that has to say something and does not.
    Text { what: Words },
    /// A text of more characters than are kept.
    TooLong { what: Words, max: usize },
    /// Several guides are called so; each with its id.
    Several { text: String, guides: Vec<(String, DocId)> },
    /// The content is that of the version which is published already.
    Unchanged { guide: String, version: u32 },
    /// There is nothing to compare with.
    NoVersion { guide: String, version: String },
}

impl Say for NotDone {
    fn code(&self) -> &'static str {
        match self {
            NotDone::State { .. } | NotDone::Stop { .. } => "GUIDE_STEP",
            NotDone::Role { .. } => "GUIDE_ROLE",
            NotDone::SameUser(_) => "GUIDE_FOUR_EYES",
            NotDone::Text { .. } | NotDone::TooLong { .. } => "GUIDE_TEXT",
            NotDone::Several { .. } => "AMBIGUOUS",
            NotDone::NotCounty(_) => "GUIDE_COUNTY",
            NotDone::Conflict { .. } => "GUIDE_CONFLICT",
            NotDone::NoConflict(_) => "GUIDE_NO_CONFLICT",
            NotDone::Choice { .. } => "GUIDE_CHOICE",
            NotDone::Lint { .. } => "GUIDE_LINT",
            NotDone::Stopped { state: GuideState::Abolished, .. } => "GUIDE_ABOLISHED",
            NotDone::Stopped { .. } => "GUIDE_SUSPENDED",
            NotDone::Reason => "GUIDE_REASON",
            NotDone::Unchanged { .. } => "GUIDE_UNCHANGED",
            NotDone::NoVersion { .. } => "GUIDE_NO_VERSION",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (NotDone::State { step, state }, Lang::Zh) => format!(
                "“{}”只能在“{}”时进行，现为“{}”",
                step.words().zh,
                joined(step.from().iter().map(|s| s.words()), lang),
                state.words().zh
            ),
            (NotDone::State { step, state }, Lang::En) => format!(
                "“{}” is possible only for a guide that is: {}; this one is: {}",
                step.words().en,
                joined(step.from().iter().map(|s| s.words()), lang),
                state.words().en
            ),
            (NotDone::Role { what, roles }, Lang::Zh) => {
                format!("“{}”须由{}办理", what.zh, joined(roles.iter().map(|r| r.words()), lang))
            }
            (NotDone::Role { what, roles }, Lang::En) => {
                format!("“{}” is for: {}", what.en, joined(roles.iter().map(|r| r.words()), lang))
            }
            (NotDone::NotCounty(what), Lang::Zh) => {
                format!("“{}”只能由县级指南审定员办理，请在县级节点上操作", what.zh)
            }
            (NotDone::NotCounty(what), Lang::En) => {
                format!("only a guide approver of the county may “{}”; do it at the county's node", what.en)
            }
            (NotDone::SameUser(user), Lang::Zh) => {
                format!("“{user}”已签署此内容，不能再由本人审定；请由另一名指南审定员审定")
            }
            (NotDone::SameUser(user), Lang::En) => format!(
                "“{user}” has signed this content and cannot approve it too; let another guide approver do it"
            ),
            (NotDone::Conflict { guide, elements }, Lang::Zh) => format!(
                "办事指南“{guide}”的{}在两处被改成不同内容，请用 guide show 查看并用 guide choose 选定",
                joined(elements.iter().copied(), lang)
            ),
            (NotDone::Conflict { guide, elements }, Lang::En) => format!(
                "guide “{guide}”: {} was edited in two places; look with `guide show` and settle it with `guide choose`",
                joined(elements.iter().copied(), lang)
            ),
            (NotDone::NoConflict(element), Lang::Zh) => format!("“{}”没有冲突，不需要选定", element.zh),
            (NotDone::NoConflict(element), Lang::En) => {
                format!("there is no conflict under “{}”: nothing to choose", element.en)
            }
            (NotDone::Choice { of }, Lang::Zh) => format!("请在 1 到 {of} 之间选择"),
            (NotDone::Choice { of }, Lang::En) => format!("choose a number from 1 to {of}"),
            (NotDone::Lint { guide, findings }, lang) => {
                let said: Vec<&str> = findings.iter().map(|finding| finding.text(lang)).collect();
                match lang {
                    Lang::Zh => format!("办事指南“{guide}”有错误，请改正：{}", said.join("；")),
                    Lang::En => format!("guide “{guide}” has errors; correct them: {}", said.join("; ")),
                }
            }
            (NotDone::Stop { guide, what, state }, Lang::Zh) => {
                let state = state.map_or("未发布", |state| state.words().zh);
                format!("办事指南“{guide}”现为“{state}”，不能{}", what.words().zh)
            }
            (NotDone::Stop { guide, what, state }, Lang::En) => {
                let state = state.map_or("not published", |state| state.words().en);
                format!("guide “{guide}” is {state}: one cannot {} it; see `guide show`", what.words().en)
            }
            (NotDone::Stopped { guide, state, why }, Lang::Zh) => {
                format!("办事指南“{guide}”已{}：{why}。请向发布机构询问", state.words().zh)
            }
            (NotDone::Stopped { guide, state, why }, Lang::En) => {
                format!("guide “{guide}” is {}: {why}; ask who published it", state.words().en)
            }
            (NotDone::Text { what }, Lang::Zh) => format!("{}没有内容，请写明", what.zh),
            (NotDone::Text { what }, Lang::En) => {
                format!("the {} says nothing; write what is meant", what.en)
            }
            (NotDone::TooLong { what, max }, Lang::Zh) => format!("{}超过 {max} 字，请缩短", what.zh),
            (NotDone::TooLong { what, max }, Lang::En) => {
                format!("the {} is longer than {max} characters; shorten it", what.en)
            }
            (NotDone::Several { text, guides }, lang) => several(text, guides, lang),
            (NotDone::Reason, Lang::Zh) => "请写明理由".to_owned(),
            (NotDone::Reason, Lang::En) => "a reason is missing: give one".to_owned(),
            (NotDone::Unchanged { guide, version }, Lang::Zh) => {
                format!(
                    "办事指南“{guide}”的内容与已发布的第 {version} 版相同，没有可发布的修改；只改实施日期请填写新的日期"
                )
            }
            (NotDone::Unchanged { guide, version }, Lang::En) => {
                format!(
                    "the content of “{guide}” is that of version {version}, which is published: edit it first, or give another day of taking force"
                )
            }
            (NotDone::NoVersion { guide, version }, Lang::Zh) => {
                format!("办事指南“{guide}”没有第 {version} 版，可用：版本号或 draft")
            }
            (NotDone::NoVersion { guide, version }, Lang::En) => {
                format!("guide “{guide}” has no version {version} here; use a version's number or `draft`")
            }
        }
    }
}

say_in_english!(NotDone);

fn joined(words: impl Iterator<Item = Words>, lang: Lang) -> String {
    let words: Vec<&str> = words.map(|words| words.text(lang)).collect();
    words.join(match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    })
}

/// Guides that are named in one sentence.
const NAMED_MAX: usize = 5;

fn several(text: &str, guides: &[(String, DocId)], lang: Lang) -> String {
    let named: Vec<String> =
        guides.iter().take(NAMED_MAX).map(|(name, id)| format!("{name} [{id}]")).collect();
    match lang {
        Lang::Zh => format!("“{text}”对应 {} 份指南，请改用编号：{}", guides.len(), named.join("、")),
        Lang::En => format!("“{text}” is {} guides; use an id: {}", guides.len(), named.join(", ")),
    }
}
