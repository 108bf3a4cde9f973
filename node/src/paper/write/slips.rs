//! Receipts, slips and covers: forms with a grid on top and lines to sign.

use sanji_model::case::{Action, Event, Known, Made, Material, PaperKind, Verdict, clock, handed_in};
use sanji_model::local;

use super::{BLANK, Body, Writer, listed, materials, text};
use crate::paper::chinese;
use crate::paper::content::{Block, Field, Label, Table};

impl Writer<'_> {
    /// 收件凭证.
    pub(super) fn receipt(&self) -> Body {
        let rows: Vec<Material> = self.event.into_iter().flat_map(handed_in).collect();
        let due = self.due(clock::acceptance_due(&self.case.folded.course, &self.case.setting()));
        let lead = match rows.is_empty() {
            true => format!("{}的申请已收到。本事项无需提交材料。", self.you()),
            false => format!("今收到{}提交的下列申请材料：", self.you()),
        };
        let mut blocks = vec![
            self.facts(vec![
                Field::new("收件日期", "received on", chinese::date(self.made_on)),
                Field::new("收件人", "received by", self.officer()),
            ]),
            text(lead),
        ];
        if !rows.is_empty() {
            blocks.push(materials(&rows));
        }
        blocks.push(text(format!(
            "本凭证仅表明材料已经收到，不是受理决定。是否受理或者需要补正，最迟于{due}告知；逾期未告知的，自收到申请材料之日起即为受理。"
        )));
        self.slip(blocks, &[("收件人（签名）", "received by"), ("申请人（签名）", "applicant")])
    }

    /// 材料交接单.
    pub(super) fn hand_over_slip(&self) -> Body {
        let given = self.last(Known::HandOver);
        let giver = given.map_or_else(|| BLANK.to_owned(), |event| self.person(event));
        let from = given.map_or_else(|| BLANK.to_owned(), |event| self.unit(&event.by.unit));
        let at = |event: Option<&Event>| {
            event.map_or_else(|| BLANK.to_owned(), |event| chinese::moment(local::date_time(event.at)))
        };
        let rows: Vec<Material> = self.case.folded.course.materials.values().cloned().collect();
        let blocks = vec![
            self.facts(vec![
                Field::new("移交单位", "given by unit", from),
                Field::new("接收单位", "taken by unit", self.unit(&self.unit_code())),
                Field::new("移交人", "given by", giver),
                Field::new("接收人", "taken by", self.officer()),
                Field::new("移交时间", "given at", at(given)),
                Field::new("接收时间", "taken at", at(self.event)),
            ]),
            text("下列材料经双方当面（或者开封）清点无误，自接收之时起由接收单位保管和办理："),
            materials(&rows),
        ];
        self.slip(blocks, &[("移交人（签名）", "given by"), ("接收人（签名）", "taken by")])
    }

    /// 补正凭证.
    pub(super) fn correction_receipt(&self) -> Body {
        let rows: Vec<Material> = self.event.into_iter().flat_map(handed_in).collect();
        let notice = self.case.folded.course.corrections.last();
        let asked = notice.map(|notice| notice.items.clone()).unwrap_or_default();
        let asked_on =
            notice.map_or_else(|| BLANK.to_owned(), |notice| chinese::date(local::date(notice.asked_at)));
        let due = self.due(clock::acceptance_due(&self.case.folded.course, &self.case.setting()));
        let mut blocks = vec![
            self.facts(vec![
                Field::new("补正日期", "corrected on", chinese::date(self.made_on)),
                Field::new("收件人", "received by", self.officer()),
            ]),
            text(format!("{}已就{asked_on}《补正告知书》所列全部内容提交补正：", self.you())),
            listed("已补正的内容", "corrected", &asked),
        ];
        if !rows.is_empty() {
            blocks.extend([text("随同提交的材料："), materials(&rows)]);
        }
        blocks.push(text(format!(
            "补正所用时间不计入受理审查期限。是否受理，最迟于{due}告知；逾期未告知的，自收到申请材料之日起即为受理。"
        )));
        self.slip(blocks, &[("收件人（签名）", "received by"), ("申请人（签名）", "applicant")])
    }

    /// 即办凭证.
    pub(super) fn on_the_spot_receipt(&self) -> Body {
        let rows: Vec<Material> = self.case.folded.course.materials.values().cloned().collect();
        let mut blocks = vec![
            self.facts(vec![
                Field::new("办结日期", "done on", chinese::date(self.made_on)),
                Field::new("经办人", "officer", self.officer()),
                Field::new("领取人", "taken by", self.said_or_blank("taker")),
                Field::new("办理结果", "result", self.said("result_text").unwrap_or("当场办结")),
            ]),
            text(format!("{}申请办理的事项属于即办件，经审查符合条件，已当场办结并交付结果。", self.you())),
        ];
        if !rows.is_empty() {
            blocks.extend([text("提交的材料："), materials(&rows)]);
        }
        self.slip(blocks, &[("经办人（签名）", "officer"), ("领取人（签名）", "taken by")])
    }

    /// 送达回证.
    pub(super) fn delivery_proof(&self) -> Body {
        let decision = self.case.papers().into_iter().rfind(|made| made.kind == PaperKind::Decision);
        let delivered = decision.map_or_else(|| BLANK.to_owned(), |made| self.number(&made));
        let blocks = vec![
            self.facts(vec![
                Field::new("送达文书", "delivered", "决定书及办理结果"),
                Field::new("文书编号", "its number", delivered),
                Field::new("受送达人", "addressee", &*self.case.applicant),
                Field::new("送达方式", "way", self.said("way").unwrap_or("直接送达")),
                Field::new(
                    "送达地点",
                    "place",
                    self.said("place").map_or_else(|| self.unit(&self.unit_code()), str::to_owned),
                ),
                Field::new("收件日期", "taken on", chinese::date(self.made_on)),
                Field::new("收件人", "taken by", self.said_or_blank("taker")),
                Field::new("签收记录", "signature", self.said_or_blank("signature")),
                Field::new("送达人", "delivered by", self.officer()),
                Field::new("备注", "note", self.said_or_blank("note")),
            ]),
            text(
                "受送达人本人签收；由他人代收的，代收人应当在备注中注明与受送达人的关系。拒绝签收的，送达人应当记明情况并邀请见证人签名。",
            ),
        ];
        self.slip(
            blocks,
            &[
                ("受送达人（签名或盖章）", "addressee"),
                ("送达人（签名）", "delivered by"),
                ("见证人（签名）", "witness"),
            ],
        )
    }

    /// 档案封面.
    pub(super) fn archive_cover(&self) -> Body {
        let course = &self.case.folded.course;
        let papers = self.case.papers();
        let row = |(n, made): (usize, &Made)| {
            let earlier = papers[..n].iter().filter(|one| one.kind == made.kind).count();
            let on = self.case.made_on(&made.event).map_or_else(|| BLANK.to_owned(), chinese::date);
            let number = format!("{:02}-{}", made.kind.t(), earlier + 1);
            vec![(n + 1).to_string(), made.kind.words().zh.to_owned(), number, on, String::new()]
        };
        let listed = Table {
            heads: [
                ("序号", "no."),
                ("文书名称", "paper"),
                ("编号后段", "number"),
                ("日期", "date"),
                ("页数", "pages"),
            ]
            .map(|(zh, en)| Label::new(zh, en))
            .into(),
            widths: vec![9, 42, 15, 24, 10],
            rows: papers.iter().enumerate().filter(|(_, made)| made.kind != self.kind).map(row).collect(),
        };
        let result = match (&course.decision, self.ended_as()) {
            (Some(decision), _) if decision.granted => "准予",
            (Some(_), _) => "不予",
            (None, Some(end)) => end,
            (None, None) => BLANK,
        };
        let days = format!("{}至{}", self.registered_on(), chinese::date(self.made_on));
        let blocks = vec![
            self.facts(vec![
                Field::new(
                    "案卷题名",
                    "title",
                    format!("{}申请办理“{}”的办件档案", self.case.applicant, self.case.guide.name),
                ),
                Field::new("起止日期", "from, to", days),
                Field::new("办理结果", "result", result),
                Field::new("保管期限", "to be kept", self.said_or_blank("retention")),
                Field::new("档号", "archive no.", self.said_or_blank("archive_number")),
                Field::new("承办人", "handler", self.somebody(course.handler.as_ref())),
                Field::new("决定人", "decider", self.somebody(course.decider.as_ref())),
            ]),
            Block::Heading("卷内文书目录".to_owned()),
            Block::Table(listed),
        ];
        self.slip(blocks, &[("立卷人（签名）", "archivist"), ("检查人（签名）", "checked by")])
    }

    fn ended_as(&self) -> Option<&'static str> {
        let end = self.case.papers().iter().rev().find_map(|made| match made.kind {
            PaperKind::RefusalNotice => Some("不予受理"),
            PaperKind::ReturnNotice => Some("退件"),
            PaperKind::TerminationNotice => Some("申请人撤回"),
            PaperKind::OnTheSpotReceipt => Some("当场办结"),
            _ => None,
        });
        end.or(self.case.folded.course.forwarded_as.as_ref().map(|_| "转报"))
    }

    /// The last event of this action that counts.
    pub(super) fn last(&self, action: Known) -> Option<&Event> {
        let counted = self.case.timeline().filter(|(_, verdict)| **verdict == Verdict::Counted);
        counted.map(|(event, _)| event).filter(|event| event.action == Action::Known(action)).last()
    }
}
