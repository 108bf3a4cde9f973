//! Why a local request was refused: the domain's reasons and the node's own, each with a code and a sentence in
//! Chinese and English that says what to do.
//!
//! Knows no transport; `to_json` is what the API and the command line print.

use sanji_model::case::PaperKind;
use sanji_model::lang::{Lang, Say, Words};
use sanji_model::number::CaseNumber;
use sanji_model::problem::Problem;
use sanji_sync::change::BadChange;
use sanji_sync::limits::CHANGE_BYTES_MAX;
use sanji_sync::{AppendRefused, DocId, LogId, NodeId, UnitCode};

/// What a node says no to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    Rule(sanji_model::refusal::Refusal),
    /// A file with problems; nothing of it was taken.
    File(Vec<Problem>),
    /// Only the county's node may do this.
    NotRoot,
    /// This node has no authority to write there.
    NoAuthority(AppendRefused),
    /// One change would be longer than a node may send.
    TooLarge,
    /// The text is not what the argument needs.
    BadArgument {
        what: &'static str,
        text: String,
        wanted_en: &'static str,
        wanted_zh: &'static str,
    },
    /// A line of an import is not the JSON that it should be, from this column on.
    BadLine {
        column: usize,
        /// What the parser said, in English.
        why: String,
    },
    /// A time in a line of an import that cannot be; `column` is the path to it.
    ImportTime {
        column: String,
        text: String,
        why: BadTime,
    },
    /// A unit's parent has no address that a new node could be told.
    NoAddress(UnitCode),
    /// This node's unit is not in its directory yet.
    NotPlaced(UnitCode),
    /// There is no unit above that could be linked to.
    NobodyAbove,
    /// This node was revoked: nobody takes anything from it.
    Revoked,
    /// Nobody is there yet to whom a file could be sealed.
    UnitWithoutNode(UnitCode),
    /// Several nodes of a unit could be meant.
    WhichNode(UnitCode, Vec<NodeId>),
    /// A unit that is neither above nor below this one.
    NotRelated(UnitCode),
    /// A document is not what its scope says.
    Unreadable(String),
    /// No unit and no node that stands is named so.
    NoSuchNode(String),
    /// The county's own node cannot be revoked.
    RevokeCounty,
    /// These nodes would be revoked for good.
    RevokeUnconfirmed(Vec<String>),
    /// Two machines that shared an identity gave one number to different cases.
    NumberTwice {
        number: String,
        ids: Vec<DocId>,
    },
    /// All numbers of today's window are used.
    NumbersUsedUp,
    /// Parts of a bundle that are not over; their parent cannot be concluded before.
    PartsOpen(Vec<String>),
    /// Which parts the bundle has is not known here yet.
    PartsUnknown(CaseNumber),
    /// A case is forwarded to a unit that would never hold what goes on (T24).
    OutOfReach(UnitCode),
    /// What proves an entry of the case is not on this disk, so no archive package can show it: its log, its height.
    Unproven(LogId, u64),
    /// No list is named so.
    NoSuchList(String),
    /// Nothing of the list was published, so nothing can end.
    ListNotPublished(String),
    /// No request for correction has this id here.
    NoCorrection(String),
    /// No token has this id here.
    NoSuchToken,
    /// A request for correction has its answer.
    CorrectionAnswered {
        by: UnitCode,
        outcome: Words,
    },
    /// The case has made no such paper.
    NoPaper {
        number: String,
        asked: Option<String>,
        known: Vec<PaperKind>,
    },
    /// The text is not the square code of a paper.
    PaperCode,
    /// The node stopped while a form was being done: whether it was done is not known.
    FormOutcome,
    /// Somebody sent more forms in a day than are kept in mind.
    FormsFull,
    /// Number and last four characters are not those of a case here; which of the two is wrong is not said.
    CaseUnproven,
}

/// What is wrong with a time in the past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadTime {
    /// Times are counted from there.
    Before1970,
    Future,
    /// Before what it follows, which was then.
    BeforeLast(String),
}

impl BadTime {
    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BadTime::Before1970, Lang::Zh) => {
                "早于 1970 年，无法记录：请核对，或填写登记入册的日期".to_owned()
            }
            (BadTime::Before1970, Lang::En) => {
                "before 1970 there is no time here; compare it, or give the day on which it was entered"
                    .to_owned()
            }
            (BadTime::Future, Lang::Zh) => "晚于现在：请核对".to_owned(),
            (BadTime::Future, Lang::En) => "what happened cannot lie in the future; compare it".to_owned(),
            (BadTime::BeforeLast(last), Lang::Zh) => format!("早于登记或上一环节（{last}）：请核对先后"),
            (BadTime::BeforeLast(last), Lang::En) => {
                format!("before the registration or the event in front of it ({last}); compare their order")
            }
        }
    }
}

impl From<sanji_model::guide::NotDone> for Refusal {
    fn from(why: sanji_model::guide::NotDone) -> Refusal {
        Refusal::Rule(why.into())
    }
}

impl From<sanji_model::refusal::Refusal> for Refusal {
    fn from(refusal: sanji_model::refusal::Refusal) -> Refusal {
        Refusal::Rule(refusal)
    }
}

impl From<AppendRefused> for Refusal {
    fn from(refused: AppendRefused) -> Refusal {
        match refused {
            AppendRefused::BadChange(BadChange::TooLong) => Refusal::TooLarge,
            AppendRefused::NoAuthority(_) | AppendRefused::BadChange(_) | AppendRefused::Actor => {
                Refusal::NoAuthority(refused)
            }
        }
    }
}

impl From<automerge::AutomergeError> for Refusal {
    fn from(error: automerge::AutomergeError) -> Refusal {
        Refusal::Unreadable(error.to_string())
    }
}

impl Say for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Refusal::Rule(refusal) => refusal.code(),
            Refusal::File(problems) => problems.first().map_or("FILE", |p| p.code),
            Refusal::NotRoot => "NOT_COUNTY",
            Refusal::NoAuthority(_) => "NO_AUTHORITY",
            Refusal::TooLarge => "CHANGE_TOO_LARGE",
            Refusal::BadArgument { .. } => "BAD_ARGUMENT",
            Refusal::BadLine { .. } => "BAD_LINE",
            Refusal::ImportTime { .. } => "IMPORT_TIME",
            Refusal::NoAddress(_) => "NO_ADDRESS",
            Refusal::NotPlaced(_) => "NOT_PLACED",
            Refusal::NobodyAbove => "NOBODY_ABOVE",
            Refusal::Revoked => "NODE_REVOKED",
            Refusal::UnitWithoutNode(_) => "UNIT_WITHOUT_NODE",
            Refusal::WhichNode(..) => "UNIT_WITH_NODES",
            Refusal::NotRelated(_) => "NOT_RELATED",
            Refusal::Unreadable(_) => "DOCUMENT_UNREADABLE",
            Refusal::NoSuchNode(_) => "NO_SUCH_NODE",
            Refusal::RevokeCounty => "REVOKE_COUNTY",
            Refusal::RevokeUnconfirmed(_) => "REVOKE_UNCONFIRMED",
            Refusal::NumberTwice { .. } => "NUMBER_TWICE",
            Refusal::NumbersUsedUp => "NUMBERS_USED_UP",
            Refusal::PartsOpen(_) => "CASE_PARTS_OPEN",
            Refusal::PartsUnknown(_) => "CASE_PARTS_UNKNOWN",
            Refusal::OutOfReach(_) => "CASE_OUT_OF_REACH",
            Refusal::Unproven(..) => "CASE_UNPROVEN",
            Refusal::NoSuchList(_) => "LIST_NOT_FOUND",
            Refusal::ListNotPublished(_) => "LIST_NOT_PUBLISHED",
            Refusal::NoSuchToken => "TOKEN_NOT_FOUND",
            Refusal::NoCorrection(_) => "CORRECTION_NOT_FOUND",
            Refusal::CorrectionAnswered { .. } => "CORRECTION_ANSWERED",
            Refusal::NoPaper { .. } => "PAPER_NOT_MADE",
            Refusal::PaperCode => "PAPER_CODE",
            Refusal::FormOutcome => "FORM_OUTCOME",
            Refusal::FormsFull => "FORMS_FULL",
            Refusal::CaseUnproven => "CASE_UNPROVEN",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Refusal::Rule(refusal), _) => refusal.text(lang),
            (Refusal::File(problems), _) => {
                let lines: Vec<String> = problems.iter().map(|p| p.text(lang)).collect();
                let head = match lang {
                    Lang::Zh => format!("文件有 {} 处问题，未导入任何内容；请修改后重试：", problems.len()),
                    Lang::En => format!(
                        "{} problem(s), nothing was imported; mend them and try again:",
                        problems.len()
                    ),
                };
                format!("{head}\n{}", lines.join("\n"))
            }
            (Refusal::NotRoot, Lang::Zh) => "只有县级节点可以执行此操作，请在县级节点上运行".into(),
            (Refusal::NotRoot, Lang::En) => "only the county's node may do this; run it there".into(),
            (Refusal::NoAuthority(refused), Lang::Zh) => format!("本节点无权写入（{refused}）"),
            (Refusal::NoAuthority(refused), Lang::En) => refused.to_string(),
            (Refusal::TooLarge, Lang::Zh) => {
                format!("一次更改的内容超过 {} KiB，请分几次提交或缩短文字", CHANGE_BYTES_MAX / 1024)
            }
            (Refusal::TooLarge, Lang::En) => {
                format!(
                    "one change is larger than {} KiB; shorten the text or do it in several steps",
                    CHANGE_BYTES_MAX / 1024
                )
            }
            (Refusal::BadArgument { what, text, wanted_zh, .. }, Lang::Zh) => {
                format!("{}“{text}”无效：{wanted_zh}", noun_zh(what))
            }
            (Refusal::BadArgument { what, text, wanted_en, .. }, Lang::En) => {
                format!("{what} “{text}” is not good: {wanted_en}")
            }
            (Refusal::BadLine { column, .. }, Lang::Zh) => format!(
                "从第 {column} 列起不符合格式：每行应为一个 JSON 对象，须含 guide、applicant、id_number，可含 fields、at、events"
            ),
            (Refusal::BadLine { column, why }, Lang::En) => format!(
                "from column {column} on it is not as it should be ({why}): a line is a JSON object with guide, applicant, id_number, and if need be fields, at, events"
            ),
            (Refusal::NoAddress(unit), Lang::Zh) => {
                format!("不知道 {unit} 上级节点的地址：请先启动上级节点，或指定其地址（主机:端口）")
            }
            (Refusal::NoAddress(unit), Lang::En) => {
                format!(
                    "no address of a node above {unit} is known: start that node first, or give its address as HOST:PORT"
                )
            }
            (Refusal::NotPlaced(unit), Lang::Zh) => {
                format!("本节点尚未收到包含 {unit} 的机构目录，请先连接上级节点一次")
            }
            (Refusal::NotPlaced(unit), Lang::En) => {
                format!(
                    "the directory that names {unit} has not come to this node yet: connect to the parent once"
                )
            }
            (Refusal::NobodyAbove, Lang::Zh) => {
                "本机是县级节点，没有上级可连：请在下级节点上暂停或恢复其与本机的同步".into()
            }
            (Refusal::NobodyAbove, Lang::En) => {
                "this is the county's node and nobody is above it: pause or resume the link at the unit below".into()
            }
            (Refusal::Revoked, Lang::Zh) => {
                "本节点已被吊销，其内容其他节点不再接收：请联系县级管理员，凭新的邀请令牌在空数据目录中重新入网；已登记的办件请按纸质材料在新节点上重新录入"
                    .into()
            }
            (Refusal::Revoked, Lang::En) => {
                "this node was revoked, and nobody takes anything from it any more: ask the county, enrol anew with its invitation in an empty data directory, and enter there again from paper what was registered here since"
                    .into()
            }
            (Refusal::UnitWithoutNode(unit), Lang::Zh) => {
                format!(
                    "{unit} 还没有（这样的）节点：请先用 sanji invite {unit} 邀请并让其加入；本节点尚不知道时请先同步名录"
                )
            }
            (Refusal::UnitWithoutNode(unit), Lang::En) => {
                format!(
                    "{unit} has no (such) node besides this one: invite it with `sanji invite {unit}` and let it join, or let the directory come here first"
                )
            }
            (Refusal::WhichNode(unit, nodes), Lang::Zh) => {
                format!("{unit} 有多个节点，请指定其一：{}", shorts(nodes))
            }
            (Refusal::WhichNode(unit, nodes), Lang::En) => {
                format!("{unit} has several nodes; say which: {}", shorts(nodes))
            }
            (Refusal::NotRelated(unit), Lang::Zh) => {
                format!("{unit} 不是本机构的上级或下级，不能交换数据：请选择上级或下级机构")
            }
            (Refusal::NotRelated(unit), Lang::En) => {
                format!(
                    "{unit} is neither above nor below this unit, so nothing is exchanged with it: choose one that is"
                )
            }
            (Refusal::Unreadable(why), Lang::Zh) => format!("文档无法读取（{why}）：请运行 sanji verify"),
            (Refusal::Unreadable(why), Lang::En) => {
                format!("the document cannot be read ({why}): run sanji verify")
            }
            (Refusal::ImportTime { column, text, why }, Lang::Zh) => {
                format!("{column}“{text}”{}", why.text(Lang::Zh))
            }
            (Refusal::ImportTime { column, text, why }, Lang::En) => {
                format!("{column} “{text}”: {}", why.text(Lang::En))
            }
            (Refusal::NoSuchNode(text), Lang::Zh) => {
                format!(
                    "没有名为“{text}”的在用节点：请给出机构代码，或节点标识的前 8 位以上（见 sanji org list）"
                )
            }
            (Refusal::NoSuchNode(text), Lang::En) => format!(
                "no node that may write is named “{text}”: give a unit's code, or at least 8 digits of a node's id (see `sanji org list`)"
            ),
            (Refusal::RevokeCounty, Lang::Zh) => "不能吊销县级节点自身".into(),
            (Refusal::RevokeCounty, Lang::En) => {
                "the county's own node cannot be revoked: name another unit or node".into()
            }
            (Refusal::RevokeUnconfirmed(nodes), Lang::Zh) => format!(
                "将吊销 {}，且无法撤回：该节点不能再连接，尚未到达县级的内容不再有效。请先确认",
                nodes.join("、")
            ),
            (Refusal::RevokeUnconfirmed(nodes), Lang::En) => format!(
                "this revokes {} for good: it can connect no more, and what has not come to the county counts no more. Confirm that it is meant",
                nodes.join(", ")
            ),
            (Refusal::NumberTwice { number, ids }, Lang::Zh) => format!(
                "有 {} 个办件的编号同为 {number}（磁盘曾被还原，或曾有两台机器使用同一身份）：请核对申请人，并用办件标识指明是哪一件：{}",
                ids.len(),
                listed(ids, "、")
            ),
            (Refusal::NumberTwice { number, ids }, Lang::En) => format!(
                "{} cases bear the number {number}, since a disk was put back or two machines had one identity: compare the applicants, and name the case by its id: {}",
                ids.len(),
                listed(ids, ", ")
            ),
            (Refusal::PartsOpen(parts), Lang::Zh) => {
                format!("并联子办件尚未办结：{}，请先办结", parts.join("、"))
            }
            (Refusal::PartsOpen(parts), Lang::En) => {
                format!("parts of this case are not over: {}; conclude them first", parts.join(", "))
            }
            (Refusal::PartsUnknown(number), Lang::Zh) => {
                format!("{number} 的子办件还未全部列出，请稍后再试；如一直如此，请运行 sanji doctor")
            }
            (Refusal::PartsUnknown(number), Lang::En) => format!(
                "which parts {number} has is not known here yet; try again in a moment, and see `sanji doctor` if it stays so"
            ),
            (Refusal::OutOfReach(unit), Lang::Zh) => format!(
                "{unit} 既不是本办件所属单位的上级，也不在本单位之下，收不到转报的办件；请先转报给两者共同的上级，由其再转"
            ),
            (Refusal::OutOfReach(unit), Lang::En) => format!(
                "{unit} is neither above the unit of this case nor below this one, and would never get what is forwarded; forward it to a unit above both, which can forward it on"
            ),
            (Refusal::Unproven(log, height), Lang::Zh) => format!(
                "本节点磁盘上缺少证明 {log} 第 {height} 条的签名，无法制作归档包：请运行 sanji verify，待损坏内容从其他节点取回后再试，或在另一节点上制作"
            ),
            (Refusal::Unproven(log, height), Lang::En) => format!(
                "this disk lacks the signature that proves entry {height} of {log}, so no package can show it: run `sanji verify`, try again once other nodes have brought back what is damaged, or make the package at another node"
            ),
            (Refusal::NoSuchList(text), Lang::Zh) => {
                format!("没有名为“{text}”的清单，请用 sanji list list 或 sanji bundle list 查看")
            }
            (Refusal::NoSuchList(text), Lang::En) => {
                format!("there is no list “{text}”; see `sanji list list` or `sanji bundle list`")
            }
            (Refusal::ListNotPublished(name), Lang::Zh) => {
                format!("清单“{name}”没有已发布的版本，不需要终止；如不再需要，请不要发布")
            }
            (Refusal::ListNotPublished(name), Lang::En) => {
                format!(
                    "the list “{name}” has no published version that could end; leave the draft unpublished"
                )
            }
            (Refusal::NoSuchToken, Lang::Zh) => "没有这个接口令牌".to_owned(),
            (Refusal::NoSuchToken, Lang::En) => "there is no such token".to_owned(),
            (Refusal::NoCorrection(id), Lang::Zh) => {
                format!("没有编号为“{id}”的纠错请求，请用 guide corrections 查看")
            }
            (Refusal::NoCorrection(id), Lang::En) => {
                format!("there is no request for correction “{id}”; see `guide corrections`")
            }
            (Refusal::CorrectionAnswered { by, outcome }, Lang::Zh) => {
                format!(
                    "{by} 已答复（{}），答复不再更改；如需更正，请编辑指南，或由提出者重新纠错",
                    outcome.zh
                )
            }
            (Refusal::CorrectionAnswered { by, outcome }, Lang::En) => format!(
                "{by} has answered it ({}), and that stands; edit the guide, or let who asked ask anew",
                outcome.en
            ),
            (Refusal::NoPaper { number, known, .. }, Lang::Zh) if known.is_empty() => {
                format!("办件 {number} 还没有产生文书：收件、受理等环节办理后才有")
            }
            (Refusal::NoPaper { number, known, .. }, Lang::En) if known.is_empty() => {
                format!("the case {number} has made no paper yet: they come with its receipt, acceptance and so on")
            }
            (Refusal::NoPaper { number, asked, known }, Lang::Zh) => format!(
                "办件 {number} 没有文书“{}”，现有：{}",
                asked.as_deref().unwrap_or_default(),
                kinds(known, "、", |kind| kind.words().zh)
            ),
            (Refusal::NoPaper { number, asked, known }, Lang::En) => format!(
                "the case {number} has no paper “{}”; it has {}",
                asked.as_deref().unwrap_or_default(),
                kinds(known, ", ", |kind| kind.word())
            ),
            (Refusal::PaperCode, Lang::Zh) => {
                "这不是文书的核验码：请扫描文书末页的二维码，或输入其全部 181 个字母和数字".into()
            }
            (Refusal::PaperCode, Lang::En) => {
                "this is not the code of a paper: scan the square code at the end of the paper, or type all of its 181 letters and digits".into()
            }
            (Refusal::FormOutcome, Lang::Zh) => {
                "这张表单上次提交时节点中断，结果不明：请先到列表中核对，没有找到再重新提交".into()
            }
            (Refusal::FormOutcome, Lang::En) => {
                "the node stopped when this form was sent before, and what became of it is not known: look into the list first, and send it again only if it is not there".into()
            }
            (Refusal::FormsFull, Lang::Zh) => "今天提交的表单太多，请过几小时再试".into(),
            (Refusal::FormsFull, Lang::En) => "too many forms were sent today: try again in some hours".into(),
            (Refusal::CaseUnproven, Lang::Zh) => {
                "没有查到：请核对办件编号和证件号码后四位，或到窗口查询".into()
            }
            (Refusal::CaseUnproven, Lang::En) => {
                "nothing was found: compare the case number and the last four characters of the identity number, or ask at the counter".into()
            }
            (Refusal::NumbersUsedUp, Lang::Zh) => "本窗口今天的办件编号已用完，请明天再登记".into(),
            (Refusal::NumbersUsedUp, Lang::En) => {
                "all of today's case numbers of this window are used: register tomorrow".into()
            }
        }
    }
}

fn kinds(kinds: &[PaperKind], between: &str, name: impl Fn(&PaperKind) -> &'static str) -> String {
    kinds.iter().map(name).collect::<Vec<_>>().join(between)
}

fn listed(ids: &[DocId], between: &str) -> String {
    ids.iter().map(DocId::to_string).collect::<Vec<_>>().join(between)
}

fn shorts(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::short).collect::<Vec<_>>().join(", ")
}

fn noun_zh(what: &str) -> &str {
    match what {
        "date" => "日期",
        "effective" => "实施日期",
        "unit" => "机构代码",
        "name" => "名称",
        "text" => "检索词",
        "month" => "月份",
        "period" => "统计周期",
        "at" => "时间",
        "after" => "续页标记",
        "days" => "有效天数",
        "address" => "地址",
        other => other,
    }
}

impl Refusal {
    /// `{"code", "en", "zh"}`, and the problems of a file one by one.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = serde_json::json!({
            "code": self.code(), "en": self.text(Lang::En), "zh": self.text(Lang::Zh),
        });
        if let Refusal::File(problems) = self {
            json["problems"] = serde_json::to_value(problems).unwrap_or_default();
        }
        json
    }
}
