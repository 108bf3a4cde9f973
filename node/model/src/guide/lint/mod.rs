//! What is wrong with a guide beyond its form (DOMAIN §2.3): each rule a pure function of its own, all of them in one table.
//!
//! Knows no life cycle: an error keeps a guide from being submitted, a warning does not, and that is decided there. What a
//! rule needs besides the guide comes as [`Facts`].

mod limits;
mod materials;
mod phones;
#[cfg(test)]
mod tests;
mod texts;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Element, Guide};
use crate::lang::{Lang, worded};

worded! {
    /// Whether a finding stops a submission.
    pub enum Severity ("严重程度", "severity") {
        Error = "error", "错误", "error";
        Warning = "warning", "提示", "warning";
    }
}

/// What differs from place to place (`P` in DOMAIN §2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Parameters {
    /// Days after which questions and answers that nobody touched are stale…
    pub faq_days_max: u32,
    /// …if at least so many requests for correction came in since.
    pub faq_corrections_min: u32,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters { faq_days_max: 180, faq_corrections_min: 3 }
    }
}

/// What rules need to know besides the guide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    pub parameters: Parameters,
    pub today: Date,
    /// The day on which element 26 was last edited, where that is known.
    pub faq_edited: Option<Date>,
    /// Requests for correction since that day.
    pub corrections: u32,
    /// Another guide has the same code.
    pub shares_code: bool,
}

impl Facts {
    /// Of a guide that has no history, as in a file.
    pub fn of_file(today: Date, parameters: Parameters) -> Facts {
        Facts { parameters, today, faq_edited: None, corrections: 0, shares_code: false }
    }
}

/// One rule.
pub struct LintRule {
    /// What scripts match on. Never changes.
    pub code: &'static str,
    pub severity: Severity,
    /// The element it is about; findings of rules over several elements name their own.
    pub element: Element,
    pub zh: &'static str,
    pub en: &'static str,
    check: fn(&Guide, &Facts) -> Vec<Fault>,
}

/// One thing wrong, before it has its rule's name. None is the rule's own sentence.
struct Fault {
    element: Option<Element>,
    /// What exactly, such as the name of a material: the same in both languages.
    what: Option<String>,
}

impl Fault {
    fn here() -> Fault {
        Fault { element: None, what: None }
    }

    fn of(what: impl Into<String>) -> Fault {
        Fault { element: None, what: Some(what.into()) }
    }

    fn under(element: Element, what: impl Into<String>) -> Fault {
        Fault { element: Some(element), what: Some(what.into()) }
    }

    fn if_so(so: bool) -> Vec<Fault> {
        if so { vec![Fault::here()] } else { Vec::new() }
    }
}

/// What a rule found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    pub code: &'static str,
    pub severity: Severity,
    pub element: Element,
    pub zh: String,
    pub en: String,
}

impl Finding {
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// Everything that is wrong with a guide, in the order of the table.
pub fn lint(guide: &Guide, facts: &Facts) -> Vec<Finding> {
    RULES
        .iter()
        .flat_map(|rule| (rule.check)(guide, facts).into_iter().map(|fault| rule.finding(fault)))
        .collect()
}

impl LintRule {
    fn finding(&self, fault: Fault) -> Finding {
        let element = fault.element.unwrap_or(self.element);
        let (zh, en) = match fault.what {
            Some(what) => (format!("：{what}"), format!(": {what}")),
            None => Default::default(),
        };
        Finding {
            code: self.code,
            severity: self.severity,
            element,
            zh: format!("“{}”{}{zh}", element.words().zh, self.zh),
            en: format!("{}: {}{en}", element.words().en, self.en),
        }
    }
}

const fn rule(
    code: &'static str,
    severity: Severity,
    element: Element,
    (zh, en): (&'static str, &'static str),
    check: fn(&Guide, &Facts) -> Vec<Fault>,
) -> LintRule {
    LintRule { code, severity, element, zh, en, check }
}

use Severity::{Error, Warning};

/// Every rule. `docs/LINT.md` is this table in words.
#[rustfmt::skip]
pub static RULES: &[LintRule] = &[
    rule("GUIDE_ELEMENT_MISSING", Error, Element::Name, ("缺失，请补齐，没有的请填“无”", "is missing; fill it in, with “无” where there is none"), texts::missing),
    rule("LINT_SPOT_DAYS", Error, Element::TimeLimit, ("即办件的承诺时限应为即时办结", "an item done on the spot has a promised limit above zero"), limits::spot_days),
    rule("LINT_PROMISE_LONGER", Error, Element::TimeLimit, ("承诺时限长于法定时限", "the promised limit is longer than the statutory one"), limits::promise_longer),
    rule("LINT_STEP_MISSING", Warning, Element::Procedure, ("流程缺少必要环节", "the procedure lacks a step"), limits::step_missing),
    rule("LINT_STEP_DAYS", Warning, Element::Procedure, ("各环节时限之和与承诺时限不符", "the days of the steps do not add up to the promise"), limits::step_days),
    rule("LINT_CONDITIONS_MATERIALS", Warning, Element::Conditions, ("办理条件中列有材料，请移至申报材料", "the conditions list materials; move them to the materials"), materials::in_conditions),
    rule("LINT_MATERIAL_COUNTS", Warning, Element::Materials, ("材料没有写明原件、复印件份数", "a material without counts of originals and copies"), materials::counts),
    rule("LINT_FEE_BASIS", Error, Element::Fees, ("收费没有依据", "a fee without a basis"), texts::fee_basis),
    rule("LINT_EFFECTIVE_EARLY", Error, Element::EffectiveOn, ("实施日期早于发布日期", "it takes effect before it is published"), limits::effective_early),
    rule("LINT_PHONE", Warning, Element::Consultation, ("电话号码有误", "this is no telephone number"), phones::phones),
    rule("LINT_CODE", Warning, Element::Code, ("编码不合编码规则", "a code does not follow its scheme"), texts::codes),
    rule("LINT_VILLAGE_PLACE", Warning, Element::PlaceAndHours, ("村级可办事项没有写明村级办理地点和时间", "received at villages, but no village place and hours are given"), texts::village_place),
    rule("LINT_LATER_REQUIRED", Error, Element::Materials, ("必要材料不能容缺", "a required material may be provided later"), materials::later_required),
    rule("LINT_MATERIAL_TWICE", Warning, Element::Materials, ("材料重复", "a material stands twice"), materials::twice),
    rule("LINT_SAMPLE_EMPTY", Warning, Element::Samples, ("必要表单没有示范文本", "a required form has no sample"), materials::sample_empty),
    rule("LINT_FAQ_STALE", Warning, Element::Faq, ("纠错不断而常见问题解答久未更新", "corrections mount up and the answers were not touched for long"), texts::faq_stale),
    // Found in the sample of real guides.
    rule("LINT_LIMIT_UNITS", Warning, Element::TimeLimit, ("承诺与法定时限单位不同，折算后承诺可能更长", "the limits count in different units, and the promise may be the longer one"), limits::limit_units),
    rule("LINT_CANCELS_EARLY", Error, Element::EffectiveOn, ("失效日期不晚于实施日期", "it ends on or before the day it takes effect"), limits::cancels_early),
    rule("LINT_CASE_TYPE", Warning, Element::TimeLimit, ("没有写明办件类型（即办件、承诺件）", "the case type is not said: on the spot or promised"), texts::case_type),
    rule("LINT_TIERS", Warning, Element::AcceptingBody, ("没有写明可在哪些层级收件", "the tiers that receive it are not said"), texts::tiers),
    rule("LINT_CATEGORY", Warning, Element::Category, ("不是规定的事项类别", "this is no category of the national list"), texts::category),
    rule("LINT_URL_CODE", Warning, Element::Code, ("来源地址中的编码与实施编码不同", "the code in the source's address is another than the implementation code"), texts::url_code),
    rule("LINT_CODE_TWICE", Warning, Element::Code, ("另有指南用同一编码，请核对", "another guide has the same code; check both"), texts::code_twice),
    rule("LINT_FORM_UNKNOWN", Warning, Element::Forms, ("材料所用表单不在申报表单中", "a material names a form that is not among the forms"), materials::form_unknown),
    rule("LINT_MATERIAL_SEVERAL", Warning, Element::Materials, ("一行列了多种材料，请分行填写", "several materials in one row; give each its own"), materials::several),
    rule("LINT_MATERIAL_VAGUE", Warning, Element::Materials, ("材料名称含糊（兜底条款），请写明", "a catch-all instead of a material; name it"), materials::vague),
    rule("LINT_UNFINISHED", Warning, Element::Conditions, ("内容未写完或只是模板用语", "the text is cut off or a phrase of a template"), texts::unfinished),
    rule("LINT_TRANSLATION", Warning, Element::Name, ("有译文而无中文", "there is a translation but no Chinese text"), texts::translation),
    rule("LINT_REMARKS", Warning, Element::Name, ("导入时有内容未能归入要素，请归位或删除", "an import left what it could not place; place it or strike it out"), texts::remarks),
];
