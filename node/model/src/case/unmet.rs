//! Why a condition of the table is not met, in a code and two languages.
//!
//! Knows no event; `guard` finds what is not met.

use jiff::civil::Date;
use sanji_sync::UnitCode;

use super::course::RatingStage;
use super::rule::Stage;
use crate::lang::{Lang, Say, Words, say_in_english};
use crate::list::ListKind;

/// Why a condition is not met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unmet {
    /// A field says nothing.
    Field(&'static str),
    /// A field says what it cannot say.
    Value {
        key: &'static str,
        wanted: &'static str,
    },
    Material,
    /// A note without a text and without a field.
    NoteEmpty,
    CheckEmpty,
    /// 重复告知.
    SecondNotice,
    Unanswered(Vec<String>),
    NotOverdue(Date),
    Missing(Vec<String>),
    NotListed(ListKind),
    NotOmissible(Vec<String>),
    NothingOmitted,
    /// 受审分离: the same person did that stage, or nobody is named.
    SamePerson(Stage),
    NoSpecial,
    SecondExtension,
    TooLong {
        max: u32,
    },
    NotHandled,
    NotReviewed,
    Omitted(Vec<String>),
    Papers(Vec<Words>),
    NotRequested,
    /// A withdrawal waits for its confirmation already (T22).
    RequestedAlready,
    /// Work on the case is over: no material changes it any more (T26).
    Over,
    SignedAlready,
    NotOnTheSpot,
    NotDisputed,
    RatedTwice,
    NotInLoop(RatingStage),
    NotRated,
    /// Somebody who had seen both sides went on from the one that stands: the other is not to be had without undoing that.
    GoneOn,
    /// The side that is settled for would not count without the other one either.
    Futile,
    /// It is forwarded to the unit that holds it (T24).
    HeldThere(UnitCode),
    /// The case has no card of that id by then (T29).
    NoCard,
    /// A field is no login name.
    User(&'static str),
    /// The registrar's signature is for the unit that registered the case (T23).
    NotRegistrar(UnitCode),
    /// A case goes up, or back to where it was registered (T3).
    NotAbove(UnitCode),
    /// The holder has signed for another unit (T3).
    HandedTo(UnitCode),
    /// Who is not above the holder takes nothing over before it is handed over (T3).
    NotHandedOver,
    /// A field names no unit.
    Unit(&'static str),
}

impl Unmet {
    /// Whether no field of an event could change it: for that action it is not the time.
    pub(super) fn stands_whatever_is_said(&self) -> bool {
        match self {
            Unmet::SecondNotice
            | Unmet::NotOverdue(_)
            | Unmet::NotListed(_)
            | Unmet::NothingOmitted
            | Unmet::NotHandled
            | Unmet::NotReviewed
            | Unmet::NotRequested
            | Unmet::RequestedAlready
            | Unmet::SignedAlready
            | Unmet::NotOnTheSpot
            | Unmet::NotDisputed
            | Unmet::RatedTwice
            | Unmet::NotInLoop(_)
            | Unmet::NotRated
            | Unmet::HandedTo(_)
            | Unmet::NotHandedOver
            | Unmet::NotRegistrar(_) => true,
            Unmet::Field(_)
            | Unmet::Value { .. }
            | Unmet::Material
            | Unmet::NoteEmpty
            | Unmet::CheckEmpty
            | Unmet::Unanswered(_)
            | Unmet::Missing(_)
            | Unmet::NotOmissible(_)
            | Unmet::SamePerson(_)
            | Unmet::NoSpecial
            | Unmet::SecondExtension
            | Unmet::TooLong { .. }
            | Unmet::Omitted(_)
            | Unmet::Papers(_)
            | Unmet::Unit(_)
            | Unmet::NotAbove(_)
            | Unmet::User(_)
            | Unmet::NoCard
            | Unmet::HeldThere(_)
            | Unmet::Over
            | Unmet::GoneOn
            | Unmet::Futile => false,
        }
    }
}

impl Stage {
    fn words(self) -> Words {
        match self {
            Stage::Receipt => Words::new("收件", "receipt"),
            Stage::Acceptance => Words::new("受理", "acceptance"),
            Stage::Handling => Words::new("承办", "handling"),
            Stage::Review => Words::new("审核", "review"),
        }
    }
}

impl Say for Unmet {
    fn code(&self) -> &'static str {
        match self {
            Unmet::Field(_) => "CASE_FIELD_MISSING",
            Unmet::Value { .. } => "CASE_FIELD_VALUE",
            Unmet::Material => "CASE_MATERIAL",
            Unmet::NoteEmpty => "CASE_NOTE_EMPTY",
            Unmet::CheckEmpty => "CASE_CHECK_EMPTY",
            Unmet::SecondNotice => "CASE_SECOND_NOTICE",
            Unmet::Unanswered(_) => "CASE_UNANSWERED",
            Unmet::NotOverdue(_) => "CASE_NOT_OVERDUE",
            Unmet::Missing(_) => "CASE_INCOMPLETE",
            Unmet::NotListed(_) => "CASE_NOT_LISTED",
            Unmet::NotOmissible(_) => "CASE_NOT_OMISSIBLE",
            Unmet::NothingOmitted => "CASE_NOTHING_OMITTED",
            Unmet::SamePerson(_) => "CASE_SAME_PERSON",
            Unmet::NoSpecial => "CASE_NO_SPECIAL",
            Unmet::SecondExtension => "CASE_SECOND_EXTENSION",
            Unmet::TooLong { .. } => "CASE_EXTENSION_LONG",
            Unmet::NotHandled => "CASE_NOT_HANDLED",
            Unmet::NotReviewed => "CASE_NOT_REVIEWED",
            Unmet::Omitted(_) => "CASE_OMITTED",
            Unmet::Papers(_) => "CASE_PAPERS",
            Unmet::NotRequested => "CASE_NOT_REQUESTED",
            Unmet::RequestedAlready => "CASE_REQUESTED_ALREADY",
            Unmet::Over => "CASE_OVER",
            Unmet::SignedAlready => "CASE_SIGNED_ALREADY",
            Unmet::NotOnTheSpot => "CASE_NOT_ON_THE_SPOT",
            Unmet::NotDisputed => "CASE_NOT_DISPUTED",
            Unmet::RatedTwice => "CASE_RATED_TWICE",
            Unmet::NotInLoop(_) => "CASE_RATING_STAGE",
            Unmet::NotRated => "CASE_NOT_RATED",
            Unmet::GoneOn => "CASE_GONE_ON",
            Unmet::Futile => "CASE_FUTILE",
            Unmet::HeldThere(_) => "CASE_HELD_THERE",
            Unmet::NoCard => "CASE_NO_CARD",
            Unmet::User(_) => "CASE_USER",
            Unmet::NotRegistrar(_) => "CASE_NOT_REGISTRAR",
            Unmet::NotHandedOver => "CASE_NOT_HANDED_OVER",
            Unmet::HandedTo(_) => "CASE_HANDED_TO",
            Unmet::NotAbove(_) => "CASE_NOT_ABOVE",
            Unmet::Unit(_) => "CASE_UNIT",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }
}

say_in_english!(Unmet);

impl Unmet {
    fn zh(&self) -> String {
        match self {
            Unmet::Field(key) => format!("缺少 {key}，请填写"),
            Unmet::Value { key, wanted } => format!("{key} 只能填写：{wanted}"),
            Unmet::Material => "至少要有一份材料，请填写 materials=材料名;材料名".to_owned(),
            Unmet::NoteEmpty => "备注没有内容，请填写 text=备注内容，或要更改的字段".to_owned(),
            Unmet::CheckEmpty => "请写明核查情况：found=核查结果".to_owned(),
            Unmet::SecondNotice => "补正只能一次性告知，本办件已告知过".to_owned(),
            Unmet::Unanswered(items) => {
                format!("尚未答复：{}；请填写 answers=… 或 materials=…", items.join("、"))
            }
            Unmet::NotOverdue(day) => format!("期限到 {day} 才届满，届满后才能办理"),
            Unmet::Missing(names) => format!("缺少必要材料：{}", names.join("、")),
            Unmet::NotListed(kind) => format!("该事项不在“{}”清单内", kind.words().zh),
            Unmet::NotOmissible(names) => format!("以下材料不能容缺：{}", names.join("、")),
            Unmet::NothingOmitted => "没有容缺的材料".to_owned(),
            Unmet::SamePerson(stage) => {
                format!("不能与{}同为一人，请由他人办理", stage.words().zh)
            }
            Unmet::NoSpecial => "办事指南没有规定特别程序".to_owned(),
            Unmet::SecondExtension => "只能延长一次，本办件已延长过".to_owned(),
            Unmet::TooLong { max } => format!("最多延长 {max} 个工作日"),
            Unmet::NotHandled => "尚未承办，请先由承办人办理".to_owned(),
            Unmet::NotReviewed => "尚未审核，请先由审核人审核".to_owned(),
            Unmet::Omitted(names) => format!("容缺材料尚未补齐：{}", names.join("、")),
            Unmet::Papers(words) => {
                let names: Vec<_> = words.iter().map(|words| words.zh).collect();
                format!(
                    "卷内文书不全，缺：{}；请逐一填写 papers=文书名;…（齐全只代表打印过的文书）",
                    names.join("、")
                )
            }
            Unmet::NotRequested => "申请人没有申请撤回".to_owned(),
            Unmet::RequestedAlready => "已申请撤回，正等持有单位答复".to_owned(),
            Unmet::Over => "办件已结束，不再收材料；备注请不要带 materials".to_owned(),
            Unmet::SignedAlready => "这一方已经签字，须由另一方（登记人、监察员）签字".to_owned(),
            Unmet::NotOnTheSpot => "不是即办件，请按受理程序办理".to_owned(),
            Unmet::NotDisputed => "stands 不是争议双方之一，请用 case show 查看".to_owned(),
            Unmet::RatedTwice => "每件只评价一次，本办件已评价".to_owned(),
            Unmet::NotInLoop(stage) => format!("评价现处于“{}”，不能办理此环节", stage.words().zh),
            Unmet::NotRated => "本办件尚无评价".to_owned(),
            Unmet::Futile => "该方本身不符合规则，即使裁定也不能计入，请裁定另一方有效".to_owned(),
            Unmet::GoneOn => "看过双方的人已按现行一方继续办理，只能裁定该方有效".to_owned(),
            Unmet::HeldThere(unit) => format!("{unit} 就是持有单位，请转报给其他单位"),
            Unmet::NoCard => "本办件没有这张督办，请核对 card".to_owned(),
            Unmet::User(key) => {
                format!("{key} 须填写用户名：2 至 32 位小写字母、数字、点、横线或下划线")
            }
            Unmet::NotRegistrar(unit) => format!("登记方的签字应由登记单位 {unit} 作出"),
            Unmet::NotHandedOver => "尚未移交给本单位，请先由持有单位移交".to_owned(),
            Unmet::HandedTo(unit) => format!("本办件已移交给 {unit}，应由该单位接收"),
            Unmet::NotAbove(unit) => {
                format!("{unit} 不是移交单位的上级，请移交给上级单位，或退回登记单位")
            }
            Unmet::Unit(key) => format!("{key} 须填写机构代码：6、9 或 12 位数字"),
        }
    }

    fn en(&self) -> String {
        match self {
            Unmet::Field(key) => format!("`{key}` is missing; give it"),
            Unmet::Value { key, wanted } => format!("`{key}` has to be one of: {wanted}"),
            Unmet::Material => "one material at least is needed; give materials=NAME;NAME".to_owned(),
            Unmet::NoteEmpty => "the note says nothing; give text=WORDS, or a field to change".to_owned(),
            Unmet::CheckEmpty => "say what was found: found=WORDS".to_owned(),
            Unmet::SecondNotice => "corrections are asked for once, and were already".to_owned(),
            Unmet::Unanswered(items) => {
                format!("not answered yet: {}; give answers=… or materials=…", items.join(", "))
            }
            Unmet::NotOverdue(day) => format!("the time runs until {day}; this is possible after it"),
            Unmet::Missing(names) => format!("required materials are missing: {}", names.join(", ")),
            Unmet::NotListed(kind) => format!("the item is on no list of “{}”", kind.words().en),
            Unmet::NotOmissible(names) => format!("these materials cannot come later: {}", names.join(", ")),
            Unmet::NothingOmitted => "no material was left out".to_owned(),
            Unmet::SamePerson(stage) => {
                format!("whoever did the {} cannot do this; let another do it", stage.words().en)
            }
            Unmet::NoSpecial => "the guide allows no special procedure".to_owned(),
            Unmet::SecondExtension => "an extension comes once, and was given already".to_owned(),
            Unmet::TooLong { max } => format!("an extension has {max} working days at most"),
            Unmet::NotHandled => "it was not handled yet; a handler has to first".to_owned(),
            Unmet::NotReviewed => "it was not reviewed yet; a reviewer has to first".to_owned(),
            Unmet::Omitted(names) => {
                format!("what was left out at acceptance is still missing: {}", names.join(", "))
            }
            Unmet::Papers(words) => {
                let names: Vec<_> = words.iter().map(|words| words.en).collect();
                format!(
                    "papers of the case are not listed: {}; give papers=NAME;… (`all` stands for those that were printed)",
                    names.join(", ")
                )
            }
            Unmet::NotRequested => "nobody asked for a withdrawal".to_owned(),
            Unmet::RequestedAlready => {
                "a withdrawal was asked for and waits for the holder's answer".to_owned()
            }
            Unmet::Over => "the case is over and takes no material; note it without `materials`".to_owned(),
            Unmet::SignedAlready => {
                "this side has signed; the other (registrar, supervisor) has to".to_owned()
            }
            Unmet::NotOnTheSpot => "this is no on-the-spot item; accept it".to_owned(),
            Unmet::NotDisputed => "`stands` names neither side of a dispute; see case show".to_owned(),
            Unmet::RatedTwice => "a case is rated once, and was already".to_owned(),
            Unmet::NotInLoop(stage) => format!("the rating is “{}”; this step is not due", stage.words().en),
            Unmet::NotRated => "the case was not rated".to_owned(),
            Unmet::Futile => {
                "that side would not count even so, for the rules do not allow it; settle for the other side".to_owned()
            }
            Unmet::GoneOn => {
                "the case went on from the side that stands, by somebody who had seen both; settle for that side".to_owned()
            }
            Unmet::HeldThere(unit) => format!("{unit} holds the case itself; forward it to another unit"),
            Unmet::NoCard => "the case has no such card; compare `card`".to_owned(),
            Unmet::User(key) => format!(
                "`{key}` has to be a user id: 2 to 32 lower-case letters, digits, dots, hyphens or underscores"
            ),
            Unmet::NotRegistrar(unit) => {
                format!("the registrar's signature is for {unit} to give, which registered the case")
            }
            Unmet::NotHandedOver => "it was not handed over to this unit; the holder has to first".to_owned(),
            Unmet::HandedTo(unit) => format!("it was handed over to {unit}, which has to take it over"),
            Unmet::NotAbove(unit) => format!(
                "{unit} is not above the unit that hands over; choose one that is, or the unit that registered the case"
            ),
            Unmet::Unit(key) => format!("`{key}` has to be a unit's code: 6, 9 or 12 digits"),
        }
    }
}
