//! The structured elements as tables: materials, steps, fees, forms and samples.
//!
//! A column in which no row says anything is left out. Knows no page.

use sanji_model::guide::{Content, Element, Fee, Guide, Material, Paper, Shape, Step};
use sanji_model::lang::{Lang, Words};

/// A table of an element.
pub struct Table {
    pub heads: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

/// The element as a table; none if it is no rows, or none are given.
pub fn table(guide: &Guide, element: Element, lang: Lang) -> Option<Table> {
    match element.shape() {
        Shape::Materials => of(&guide.materials, &MATERIAL, |row| material(row, lang), lang),
        Shape::Procedure => of(&guide.procedure, &STEP, |row| step(row, lang), lang),
        Shape::Fees => of(&guide.fees, &FEE, fee, lang),
        Shape::Forms => of(&guide.forms, &PAPER, paper, lang),
        Shape::Samples => of(&guide.samples, &PAPER, paper, lang),
        Shape::Text | Shape::PublishedOn | Shape::EffectiveOn | Shape::Code | Shape::TimeLimit => None,
    }
}

fn of<T>(
    content: &Content<Vec<T>>,
    heads: &[Words],
    cells: impl Fn(&T) -> Vec<Option<String>>,
    lang: Lang,
) -> Option<Table> {
    let given: Vec<Vec<Option<String>>> = content.given()?.iter().map(cells).collect();
    let said: Vec<usize> =
        (0..heads.len()).filter(|column| given.iter().any(|row| row[*column].is_some())).collect();
    let number = match lang {
        Lang::Zh => "序号",
        Lang::En => "no.",
    };
    let heads = std::iter::once(number).chain(said.iter().map(|column| heads[*column].text(lang))).collect();
    let row = |(n, cells): (usize, &Vec<Option<String>>)| {
        let shown = said.iter().map(|column| cells[*column].clone().unwrap_or_else(|| "–".to_owned()));
        std::iter::once((n + 1).to_string()).chain(shown).collect()
    };
    Some(Table { heads, rows: given.iter().enumerate().map(row).collect() })
}

const MATERIAL: [Words; 9] = [
    Words::new("材料名称", "material"),
    Words::new("适用情形", "when"),
    Words::new("原件", "originals"),
    Words::new("复印件", "copies"),
    Words::new("必要性", "necessity"),
    Words::new("容缺、免提交", "later, certificate"),
    Words::new("来源", "source"),
    Words::new("表单、样本", "form, sample"),
    Words::new("说明", "note"),
];

fn material(row: &Material, lang: Lang) -> Vec<Option<String>> {
    let easier = [
        (row.later == Some(true)).then(|| Words::new("可容缺后补", "may be handed in later")),
        (row.certificate == Some(true))
            .then(|| Words::new("有电子证照可免提交", "an electronic certificate will do")),
    ];
    let papers = [row.form.clone(), row.sample.clone()];
    vec![
        Some(row.name.clone()),
        row.when.clone(),
        row.originals.map(|n| n.to_string()),
        row.copies.map(|n| n.to_string()),
        row.necessity.map(|necessity| necessity.words().text(lang).to_owned()),
        joined(easier.map(|words| words.map(|words| words.text(lang).to_owned()))),
        row.source.clone(),
        joined(papers),
        row.note.clone(),
    ]
}

const STEP: [Words; 7] = [
    Words::new("环节", "step"),
    Words::new("办理途径", "way"),
    Words::new("办理人", "who"),
    Words::new("层级", "tier"),
    Words::new("工作日", "working days"),
    Words::new("特别程序", "special procedure"),
    Words::new("说明", "note"),
];

fn step(row: &Step, lang: Lang) -> Vec<Option<String>> {
    let special = row.special.map(|may| match (may, lang) {
        (true, Lang::Zh) => "可启动",
        (true, Lang::En) => "possible",
        (false, Lang::Zh) => "否",
        (false, Lang::En) => "no",
    });
    vec![
        Some(row.name.clone()),
        row.way.clone(),
        row.role.map(|role| role.words().text(lang).to_owned()),
        row.tier.map(|tier| tier.words().text(lang).to_owned()),
        row.working_days.map(|days| days.to_string()),
        special.map(str::to_owned),
        row.note.clone(),
    ]
}

const FEE: [Words; 4] = [
    Words::new("项目", "fee"),
    Words::new("标准", "standard"),
    Words::new("依据", "basis"),
    Words::new("说明", "note"),
];

fn fee(row: &Fee) -> Vec<Option<String>> {
    vec![Some(row.name.clone()), row.standard.clone(), row.basis.clone(), row.note.clone()]
}

const PAPER: [Words; 3] =
    [Words::new("名称", "name"), Words::new("说明", "text"), Words::new("文件", "file")];

fn paper(row: &Paper) -> Vec<Option<String>> {
    vec![Some(row.name.clone()), row.text.clone(), row.file.clone()]
}

fn joined(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("；"))
}
