//! Writes a paper: from the case as it was when the paper was made, its guide and the directory's names.
//!
//! Pure: the same case, the same paper, on every node. Knows no print.

mod letters;
mod slips;

use jiff::civil::Date;
use sanji_model::case::{Case, Event, EventId, Made, Material, PaperKind, Person, clock};
use sanji_model::directory::Directory;
use sanji_model::guide::{Content, Element, Guide};
use sanji_model::identity::{IdKind, mask_number};
use sanji_model::local;
use sanji_model::user::UserId;
use sanji_sync::UnitCode;

use super::chinese;
use super::content::{Block, Field, Label, Paper, Table};

/// In the place of what nobody has filled in.
const BLANK: &str = "—";

/// The paper that an event of the case made; none if it made none that counts.
pub fn write(case: &Case, event: &EventId, guide: Option<&Guide>, directory: &Directory) -> Option<Paper> {
    let made = case.papers().into_iter().find(|made| made.event == *event)?;
    let made_on = case.made_on(event)?;
    let past = case.as_of(event)?;
    let writer =
        Writer { event: past.events.get(event), case: &past, kind: made.kind, made_on, guide, directory };
    Some(writer.paper(&made))
}

/// What is at hand while one paper is written.
struct Writer<'a> {
    /// As of the event.
    case: &'a Case,
    /// None for what time brought about.
    event: Option<&'a Event>,
    kind: PaperKind,
    made_on: Date,
    guide: Option<&'a Guide>,
    directory: &'a Directory,
}

/// What differs from kind to kind.
struct Body {
    title: Label,
    is_letter: bool,
    blocks: Vec<Block>,
    signatures: Vec<Label>,
}

impl Writer<'_> {
    fn paper(&self, made: &Made) -> Paper {
        let body = self.body();
        Paper {
            kind: self.kind,
            event: made.event.clone(),
            case: self.case.number,
            number: self.number(made),
            made_on: self.made_on,
            unit: self.unit(&self.unit_code()),
            title: body.title,
            addressee: body.is_letter.then(|| self.case.applicant.clone()),
            blocks: body.blocks,
            signatures: body.signatures,
            remarks: self.remarks(),
        }
    }

    fn body(&self) -> Body {
        match self.kind {
            PaperKind::Receipt => self.receipt(),
            PaperKind::HandOverSlip => self.hand_over_slip(),
            PaperKind::CorrectionNotice => self.correction_notice(),
            PaperKind::CorrectionReceipt => self.correction_receipt(),
            PaperKind::ReturnNotice => self.return_notice(),
            PaperKind::RefusalNotice => self.refusal_notice(),
            PaperKind::AcceptanceNotice => self.acceptance_notice(),
            PaperKind::OmissionsNotice => self.omissions_notice(),
            PaperKind::CommitmentLetter => self.commitment_letter(),
            PaperKind::SpecialNotice => self.special_notice(),
            PaperKind::Decision => self.decision(),
            PaperKind::DeliveryProof => self.delivery_proof(),
            PaperKind::ArchiveCover => self.archive_cover(),
            PaperKind::TerminationNotice => self.termination_notice(),
            PaperKind::OnTheSpotReceipt => self.on_the_spot_receipt(),
        }
    }

    fn letter(&self, blocks: Vec<Block>) -> Body {
        Body { title: self.kind.words().into(), is_letter: true, blocks, signatures: Vec::new() }
    }

    fn slip(&self, blocks: Vec<Block>, signatures: &[(&str, &str)]) -> Body {
        let signatures = signatures.iter().map(|(zh, en)| Label::new(zh, en)).collect();
        Body { title: self.kind.words().into(), is_letter: false, blocks, signatures }
    }

    /// The case's number, the kind's, and which of its kind it is.
    fn number(&self, made: &Made) -> String {
        let papers = self.case.papers();
        let upto = papers.iter().position(|one| one == made).unwrap_or(papers.len());
        let earlier = papers[..upto].iter().filter(|one| one.kind == made.kind).count();
        format!("{}-{:02}-{}", self.case.number, made.kind.t(), earlier + 1)
    }

    /// The unit in whose name it is.
    fn unit_code(&self) -> UnitCode {
        self.event.map_or(self.case.custody(), |event| event.by.unit)
    }

    /// As the directory calls it; its code where the directory does not know it.
    fn unit(&self, code: &UnitCode) -> String {
        self.directory.organisation.unit(code).map_or_else(|| code.to_string(), |unit| unit.name.clone())
    }

    /// The name of who did it; what they are where nobody was named.
    fn person(&self, event: &Event) -> String {
        match &event.by.user {
            Some(user) => self.user(user),
            None => event.by.role.words().zh.to_owned(),
        }
    }

    fn user(&self, id: &str) -> String {
        let user = id.parse::<UserId>().ok().and_then(|id| self.directory.users.get(&id));
        user.map_or_else(|| id.to_owned(), |user| user.name.clone())
    }

    fn somebody(&self, person: Option<&Person>) -> String {
        match person.and_then(|person| person.user.as_deref()) {
            Some(user) => self.user(user),
            None => BLANK.to_owned(),
        }
    }

    /// Who did what this paper is of.
    fn officer(&self) -> String {
        self.event.map_or_else(|| BLANK.to_owned(), |event| self.person(event))
    }

    /// What the event says under a key.
    fn said(&self, key: &str) -> Option<&str> {
        let text = self.event?.fields.get(key)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn said_or_blank(&self, key: &str) -> String {
        self.said(key).unwrap_or(BLANK).to_owned()
    }

    fn guide_says(&self, element: Element) -> Option<String> {
        match self.guide?.readable(element) {
            Content::Given(text) => Some(text),
            Content::Missing | Content::Nothing => None,
        }
    }

    fn is_permit(&self) -> bool {
        self.guide_says(Element::Category).is_some_and(|category| category.contains("行政许可"))
    }

    fn you(&self) -> &'static str {
        match self.case.id_kind {
            IdKind::Ric => "你",
            IdKind::Uscc => "你单位",
        }
    }

    /// A person's number is masked; that of an organisation is public.
    fn id_number(&self) -> String {
        match self.case.id_kind {
            IdKind::Ric => mask_number(&self.case.id_number),
            IdKind::Uscc => self.case.id_number.clone(),
        }
    }

    /// The grid that every paper has, with what is its own behind it.
    fn facts(&self, own: Vec<Field>) -> Block {
        let code = Some(self.case.guide.code.as_str()).filter(|code| !code.is_empty()).unwrap_or(BLANK);
        let id = self.case.id_kind.words();
        let mut fields = vec![
            Field::new("办件编号", "case", self.case.number.as_str()),
            Field::new("办理事项", "item", &*self.case.guide.name),
            Field::new("实施编码", "item code", code),
            Field::new("指南版本", "guide", format!("第{}版", self.case.guide.version)),
            Field::new("申请人", "applicant", &*self.case.applicant),
            Field::new(id.zh, id.en, self.id_number()),
        ];
        fields.extend(own);
        Block::Facts(fields)
    }

    fn registered_on(&self) -> String {
        self.case.folded.registered_at.map_or_else(|| BLANK.to_owned(), |at| chinese::date(local::date(at)))
    }

    fn due(&self, due: Option<sanji_model::calendar::Due>) -> String {
        due.map_or_else(|| BLANK.to_owned(), |due| chinese::date(due.date))
    }

    fn promise(&self) -> String {
        self.due(clock::promise_due(&self.case.folded.course, &self.case.setting()))
    }

    fn statute(&self) -> String {
        self.due(clock::statute_due(&self.case.folded.course, &self.case.setting()))
    }

    /// Element 18 of the guide, or what the law gives everybody.
    fn remedies(&self) -> Vec<Block> {
        let given = self.guide_says(Element::Remedies).or_else(|| self.said("remedies").map(str::to_owned));
        let text = given.unwrap_or_else(|| {
            format!(
                "{}如对本决定不服，可以自收到本文书之日起六十日内依法申请行政复议，也可以自收到本文书之日起六个月内依法向人民法院提起行政诉讼。",
                self.you()
            )
        });
        let mut blocks = vec![Block::Heading("救济途径".to_owned())];
        // Some decisions say more than the guide does.
        let own = self.said("remedies").filter(|own| !text.contains(own)).map(str::to_owned);
        blocks.extend(
            text.lines()
                .map(str::to_owned)
                .chain(own)
                .filter(|line| !line.trim().is_empty())
                .map(Block::Text),
        );
        blocks
    }

    fn remarks(&self) -> Vec<Field> {
        let told = [
            (Element::Consultation, "咨询方式", "questions"),
            (Element::Complaints, "监督投诉", "complaints"),
        ];
        let mut remarks = vec![Field::new(
            "进度查询",
            "progress",
            "凭办件编号和证件号码后四位，可在本县任一政务服务窗口或其查询页面查询办理进度。",
        )];
        remarks.extend(told.into_iter().filter_map(|(element, zh, en)| {
            let text = self.guide_says(element)?.lines().map(str::trim).collect::<Vec<_>>().join("；");
            Some(Field::new(zh, en, text))
        }));
        remarks
    }
}

/// A paragraph.
fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

/// What was handed in, a row a material; a sentence where that was nothing.
fn materials(rows: &[Material]) -> Block {
    if rows.is_empty() {
        return text("（无材料）");
    }
    let row = |(n, row): (usize, &Material)| {
        let checked = if row.checked { "已核验" } else { BLANK };
        vec![
            (n + 1).to_string(),
            row.name.clone(),
            row.source.words().zh.to_owned(),
            row.originals.to_string(),
            row.copies.to_string(),
            checked.to_owned(),
        ]
    };
    Block::Table(Table {
        heads: [
            ("序号", "no."),
            ("材料名称", "material"),
            ("形式", "form"),
            ("原件", "orig."),
            ("复印件", "copies"),
            ("核验", "checked"),
        ]
        .map(|(zh, en)| Label::new(zh, en))
        .into(),
        widths: vec![8, 46, 16, 9, 10, 11],
        rows: rows.iter().enumerate().map(row).collect(),
    })
}

/// A numbered list as a table of two columns.
fn listed(zh: &str, en: &str, items: &[String]) -> Block {
    Block::Table(Table {
        heads: vec![Label::new("序号", "no."), Label::new(zh, en)],
        widths: vec![10, 90],
        rows: chinese::numbered(items),
    })
}
