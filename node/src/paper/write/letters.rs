//! Notices and decisions: letters to the applicant, with a grid, reasons and what can be done against them.

use sanji_model::case::{SpecialKind, clock};
use sanji_model::guide::Element;
use sanji_model::local;

use super::{BLANK, Body, Writer, listed, materials, text};
use crate::paper::chinese;
use crate::paper::content::{Block, Field, Label};

impl Writer<'_> {
    /// How every letter begins.
    fn lead(&self, rest: &str) -> Block {
        let (you, on, item) = (self.you(), self.registered_on(), &self.case.guide.name);
        text(format!("{you}于{on}提出的“{item}”申请收悉。{rest}"))
    }

    /// Where a permit is applied for, the law names the article.
    fn by_law(&self, article: &str) -> String {
        match self.is_permit() {
            true => format!("根据《中华人民共和国行政许可法》{article}的规定"),
            false => "根据有关法律、法规和本事项办事指南的规定".to_owned(),
        }
    }

    fn reasons(&self, head: &str) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(head.to_owned()), text(self.said_or_blank("reason"))];
        if let Some(basis) = self.said("basis") {
            blocks.extend([Block::Heading("依据".to_owned()), text(basis)]);
        }
        blocks
    }

    /// 补正告知书.
    pub(super) fn correction_notice(&self) -> Body {
        let course = &self.case.folded.course;
        let items = course.corrections.last().map(|notice| notice.items.clone()).unwrap_or_default();
        let due = self.due(clock::correction_due(course, &self.case.setting()));
        let days = self.case.guide.terms.days.correction;
        let mut blocks = vec![
            self.lead(&format!(
                "经审查，申请材料不齐全或者不符合法定形式。{}，现一次性告知需要补正的全部内容如下：",
                self.by_law("第三十二条第一款第四项")
            )),
            listed("需要补正的内容", "to be corrected", &items),
        ];
        blocks.extend(self.said("reason").map(|reason| text(format!("说明：{reason}"))));
        blocks.extend([
            text(format!(
                "请{}最迟于{due}（自告知之日起{days}个工作日内）将上述内容补正后提交至{}，也可以就近提交至受理申请的服务站点。补正所用时间不计入受理审查期限。逾期未补正的，可以退回申请。",
                self.you(),
                self.unit(&self.unit_code())
            )),
            self.facts(vec![
                Field::new("告知日期", "told on", chinese::date(self.made_on)),
                Field::new("补正期限", "deadline", due),
                Field::new("经办人", "officer", self.officer()),
                Field::new("告知次数", "notices", "一次性告知"),
            ]),
        ]);
        self.letter(blocks)
    }

    /// 退件通知书: corrections that did not come (T6), or omissions (T17).
    pub(super) fn return_notice(&self) -> Body {
        let course = &self.case.folded.course;
        let (why, items) = match &course.acceptance {
            Some(_) => (
                "因在容缺受理时承诺后补的材料逾期仍未补交，现决定退回申请，终止办理。未补交的材料如下：",
                course.still_omitted().into_iter().collect(),
            ),
            None => (
                "因在《补正告知书》规定的期限内未补正，现决定退回申请。未补正的内容如下：",
                course.corrections.last().map(|notice| notice.items.clone()).unwrap_or_default(),
            ),
        };
        let mut blocks = vec![self.lead(why), listed("内容", "missing", &items)];
        blocks.extend(self.said("reason").map(|reason| text(format!("说明：{reason}"))));
        blocks.extend([
            text("已提交的材料随本通知书一并退还。备齐材料后，可以重新提出申请。"),
            self.facts(vec![
                Field::new("退件日期", "returned on", chinese::date(self.made_on)),
                Field::new("经办人", "officer", self.officer()),
            ]),
        ]);
        blocks.extend(self.remedies());
        self.letter(blocks)
    }

    /// 不予受理通知书.
    pub(super) fn refusal_notice(&self) -> Body {
        let mut blocks =
            vec![self.lead(&format!("经审查，{}，决定不予受理。", self.by_law("第三十二条第一款")))];
        blocks.extend(self.reasons("不予受理的理由"));
        blocks.extend([
            Block::Heading("有权办理的机关".to_owned()),
            text(self.said_or_blank("competent")),
            self.facts(vec![
                Field::new("决定日期", "refused on", chinese::date(self.made_on)),
                Field::new("经办人", "officer", self.officer()),
            ]),
        ]);
        blocks.extend(self.remedies());
        self.letter(blocks)
    }

    /// When it will be decided.
    fn limits(&self) -> Vec<Field> {
        let terms = &self.case.guide.terms;
        vec![
            Field::new("受理日期", "accepted on", chinese::date(self.made_on)),
            Field::new("受理人", "officer", self.officer()),
            Field::new("承诺时限", "promised limit", terms.promise().to_string()),
            Field::new("法定时限", "statutory limit", terms.statute().to_string()),
            Field::new("承诺办结日期", "promised day", self.promise()),
            Field::new("法定办结日期", "statutory day", self.statute()),
        ]
    }

    fn promise_text(&self) -> Block {
        text(format!(
            "本机关承诺最迟于{}作出决定。依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在内，并将书面告知。",
            self.promise()
        ))
    }

    /// 受理通知书.
    pub(super) fn acceptance_notice(&self) -> Body {
        let accepted = format!(
            "经审查，申请事项属于本机关职权范围，申请材料齐全、符合法定形式，{}，决定予以受理。",
            self.by_law("第三十二条第一款第五项")
        );
        self.letter(vec![self.lead(&accepted), self.facts(self.limits()), self.promise_text()])
    }

    /// 容缺受理通知书.
    pub(super) fn omissions_notice(&self) -> Body {
        let course = &self.case.folded.course;
        let omitted: Vec<String> = course.acceptance.iter().flat_map(|a| a.omitted.clone()).collect();
        let due = self.due(clock::omission_due(course, &self.case.setting()));
        let mut limits = self.limits();
        limits.extend([
            Field::new("后补期限", "to be there by", &*due),
            Field::new("后补件数", "omitted", omitted.len().to_string()),
        ]);
        let mut blocks = vec![
            self.lead("经审查，主要材料齐全且符合法定形式，次要材料欠缺，依申请人承诺，决定容缺受理。"),
            text(format!("下列材料应最迟于{due}补交：")),
            listed("待补交的材料", "to come later", &omitted),
            text("逾期未补交的，退回申请，终止办理；在材料补齐之前不作出准予的决定。"),
            self.facts(limits),
            self.promise_text(),
            Block::Heading("申请人承诺".to_owned()),
        ];
        blocks.push(self.vouched("promise", "本人（单位）承诺在上述期限内补交所缺材料，并对其真实性负责；逾期未补交的，自愿承担申请被退回的后果。"));
        let mut body = self.letter(blocks);
        body.signatures = vec![Label::new("承诺人（签名或盖章）", "applicant")];
        body
    }

    /// What the applicant has promised: a name alone signs the usual text.
    fn vouched(&self, key: &str, usual: &str) -> Block {
        match self.said(key) {
            Some(said) if said == self.case.applicant => text(usual),
            Some(said) => text(said),
            None => text(usual),
        }
    }

    /// 告知承诺书.
    pub(super) fn commitment_letter(&self) -> Body {
        let mut blocks = vec![self.facts(self.limits()), Block::Heading("一、行政机关告知".to_owned())];
        let told = [
            (Element::LegalBasis, "设立依据"),
            (Element::Conditions, "办理条件"),
            (Element::Materials, "申报材料"),
        ];
        blocks.extend(told.into_iter().filter_map(|(element, name)| {
            let said = self.guide_says(element)?;
            let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            Some(text(format!("{name}：{}", lines.join("；"))))
        }));
        blocks.push(text("不实承诺或者违反承诺的，依法撤销决定，记入信用记录，并承担相应的法律责任。本机关将对承诺内容进行核查。"));
        blocks.push(Block::Heading("二、申请人承诺".to_owned()));
        blocks.push(self.vouched("letter", "本人（单位）已知晓上述告知的全部内容；所填写的信息真实、准确、完整；已经符合告知的条件、标准和要求；愿意承担不实承诺、违反承诺的法律责任；上述承诺是真实意思表示。"));
        blocks.push(Block::Heading("三、受理".to_owned()));
        blocks.push(self.promise_text());
        let mut body = self.letter(blocks);
        body.signatures = vec![Label::new("申请人（签名或盖章）", "applicant"), Label::new("日期", "date")];
        body
    }

    /// 特别程序告知书.
    pub(super) fn special_notice(&self) -> Body {
        let course = &self.case.folded.course;
        let special = course.special.last();
        let days = special.map_or_else(|| self.said_or_blank("days"), |special| special.days.to_string());
        let (name, why) = match special.map(|special| special.kind) {
            Some(SpecialKind::Extension) => (
                SpecialKind::Extension.words().zh,
                format!("因在规定期限内不能作出决定，经批准，办理期限延长{days}个工作日。"),
            ),
            Some(SpecialKind::Inquiry) | None => (
                SpecialKind::Inquiry.words().zh,
                format!(
                    "依法需要进行听证、检验、鉴定等特别程序，预计{days}个工作日，所需时间不计算在办理期限内。"
                ),
            ),
        };
        let approver = self.said("approver").map_or_else(|| BLANK.to_owned(), |id| self.user(id));
        let due = match special.map(|special| special.kind) {
            Some(SpecialKind::Extension) => self.promise(),
            Some(SpecialKind::Inquiry) | None => {
                let ends = self.due(clock::special_due(course, &self.case.setting()));
                format!("特别程序预计最迟于{ends}结束，其后顺延")
            }
        };
        let mut blocks = vec![self.lead(&why)];
        blocks.extend(self.reasons("理由"));
        blocks.push(self.facts(vec![
            Field::new("特别程序", "procedure", name),
            Field::new("工作日", "working days", days),
            Field::new("启动日期", "begun on", chinese::date(self.made_on)),
            Field::new("办结日期", "promised day", due),
            Field::new("承办人", "handler", self.officer()),
            Field::new("批准人", "approver", approver),
        ]));
        self.letter(blocks)
    }

    /// 决定书.
    pub(super) fn decision(&self) -> Body {
        let granted = self.case.folded.course.decision.as_ref().is_some_and(|decision| decision.granted);
        let subject = if self.is_permit() { "行政许可" } else { "办理" };
        let limits = |on: &str| {
            vec![
                Field::new("决定日期", "decided on", chinese::date(self.made_on)),
                Field::new("决定人", "decider", self.officer()),
                Field::new("受理日期", "accepted on", self.accepted_on()),
                Field::new("决定内容", "decision", on),
            ]
        };
        match granted {
            true => {
                let due = self.due(clock::delivery_due(&self.case.folded.course, &self.case.setting()));
                let lead = format!("经审查，申请符合法定条件、标准，决定准予{subject}。");
                let mut blocks = vec![self.lead(&lead)];
                blocks.extend(self.said("text").or(self.said("reason")).map(text));
                blocks.extend([
                    self.facts(limits("准予")),
                    text(format!("有关证件、批文或者办理结果最迟于{due}送达。")),
                ]);
                let title = Label::new(&format!("准予{subject}决定书"), "decision to grant");
                Body { title, ..self.letter(blocks) }
            }
            false => {
                let lead = format!("经审查，申请不符合法定条件、标准，决定不予{subject}。");
                let mut blocks = vec![self.lead(&lead)];
                blocks.extend(self.reasons("理由"));
                blocks.push(self.facts(limits("不予")));
                blocks.extend(self.remedies());
                let title = Label::new(&format!("不予{subject}决定书"), "decision to deny");
                Body { title, ..self.letter(blocks) }
            }
        }
    }

    fn accepted_on(&self) -> String {
        let acceptance = self.case.folded.course.acceptance.as_ref();
        acceptance.map_or_else(|| BLANK.to_owned(), |a| chinese::date(local::date(a.from)))
    }

    /// 终止通知书.
    pub(super) fn termination_notice(&self) -> Body {
        let rows: Vec<_> = self.case.folded.course.materials.values().cloned().collect();
        let why = match self.case.folded.course.acceptance {
            Some(_) => "现根据撤回申请，经本机关同意，决定终止办理。",
            None => "现根据撤回申请，终止办理。",
        };
        let mut blocks = vec![self.lead(why)];
        blocks.extend(self.said("reason").map(|reason| text(format!("撤回理由：{reason}"))));
        blocks.push(self.facts(vec![
            Field::new("终止日期", "ended on", chinese::date(self.made_on)),
            Field::new("经办人", "officer", self.officer()),
        ]));
        if !rows.is_empty() {
            blocks.extend([text("下列已提交的材料随本通知书一并退还："), materials(&rows)]);
        }
        blocks.push(text("终止办理不影响再次提出申请。"));
        self.letter(blocks)
    }
}
