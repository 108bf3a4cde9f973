//! One case, whole: what it is, where it stands, what happened. And the conflict desk, which shows what was done apart.
//!
//! Text only; the node says what there is.

use sanji_model::lang::Lang;
use serde_json::Value;

use crate::desk::events;
use crate::moment::time;
use crate::table::{indented, pairs, table};
use crate::words::{
    NOTHING, action, clock, count, either, flags, items, plain, role, sentence, source, state, tier,
    tiers_of, trust,
};

pub fn shown(json: &Value, lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => {
            ["事项", "状态", "登记机构", "现由", "申请人", "证件号码", "期限", "已存于", "标记", "内部编号"]
        }
        Lang::En => [
            "guide",
            "state",
            "registered at",
            "held by",
            "applicant",
            "id number",
            "due",
            "saved at",
            "flags",
            "id",
        ],
    };
    let version = plain(&json["guide_version"]);
    let said = [
        either(
            lang,
            format!("{}（第 {version} 版）", guide(json)),
            format!("{} (version {version})", guide(json)),
        ),
        state(&json["state"], lang),
        plain(&json["unit"]),
        plain(&json["custody"]),
        plain(&json["applicant"]),
        plain(&json["id_number"]),
        due(json, lang),
        tiers_of(&json["delivered_to"], lang),
        flags(&json["flags"], lang),
        plain(&json["id"]),
    ];
    let mut text = format!("{}\n{}", plain(&json["number"]), indented(&pairs(labels.into_iter().zip(said))));
    let parts = [
        (either(lang, "送达情况", "delivery"), delivery(&json["delivery"], lang)),
        (either(lang, "联系方式", "contact"), kept(&json["contact"], lang)),
        (either(lang, "其他信息", "fields"), kept(&json["fields"], lang)),
        (either(lang, "核查", "check"), check(&json["check"], lang)),
        (either(lang, "疑似重复登记", "registered twice?"), twins(&json["duplicates"], lang)),
        (either(lang, "争议", "disputes"), disputes(&json["disputes"], lang)),
        (either(lang, "时限", "clocks"), clocks(&json["clocks"], lang)),
        (either(lang, "督办", "cards"), crate::supervision::brief(&json["cards"], lang)),
        (either(lang, "材料", "materials"), materials(&json["materials"], lang)),
        (either(lang, "经过", "events"), events(&json["events"], action, lang)),
    ];
    for (head, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        text += &format!("{head}\n{}", indented(part));
    }
    text
}

/// Other cases of the same person and item that are not over.
fn twins(twins: &Value, lang: Lang) -> String {
    let line =
        |twin: &Value| [plain(&twin["number"]), state(&twin["state"], lang), plain(&twin["unit"])].join("  ");
    items(twins).map(line).collect::<Vec<_>>().join("\n")
}

/// A line a unit on the way up: whether everything is there, since when that is known, or what is missing.
pub fn delivery(lines: &Value, lang: Lang) -> String {
    let row = |(n, line): (usize, &Value)| {
        let (since, missing) = (time(&line["since"]), count(&line["on_the_way"]));
        let (tick, words) = match (n, line["delivered"] == true) {
            (0, _) => ("✓", either(lang, "已保存在本机", "saved here")),
            (_, true) if since == NOTHING => ("✓", either(lang, "已送达", "delivered")),
            (_, true) => {
                ("✓", either(lang, format!("已送达，自 {since}"), format!("delivered, known since {since}")))
            }
            (_, false) if line["on_the_way_at_least"] == true => (
                "…",
                either(lang, format!("至少 {missing} 条在途"), format!("at least {missing} on the way")),
            ),
            (_, false) => ("…", either(lang, format!("{missing} 条在途"), format!("{missing} on the way"))),
        };
        [tick.to_owned(), tier(&line["tier"], lang), plain(&line["name"]), plain(&line["unit"]), words]
    };
    let rows: Vec<[String; 5]> = items(lines).enumerate().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = match lang {
        Lang::Zh => ["", "层级", "机构", "代码", "情况"],
        Lang::En => ["", "tier", "unit", "code", "saved"],
    };
    table(heads, rows)
}

/// The guide's name, else its code.
pub fn guide(case: &Value) -> String {
    let name = plain(&case["guide_name"]);
    if name == NOTHING { plain(&case["guide"]) } else { name }
}

pub fn due(case: &Value, lang: Lang) -> String {
    let due = plain(&case["due"]);
    if case["due_provisional"] == true { due + &either(lang, "（暂定）", " (provisional)") } else { due }
}

/// Values by key; of one that was written in two places at once, all.
fn kept(map: &Value, lang: Lang) -> String {
    let value = |value: &Value| match value.get("shown") {
        Some(shown) => {
            let or = either(lang, "；另有：", "; also: ");
            format!("{}{or}{}", plain(shown), plain(&value["others"]))
        }
        None => plain(value),
    };
    pairs(map.as_object().into_iter().flatten().map(|(key, of)| (key.as_str(), value(of))))
}

/// The task of a case on a guide that held no more, and what was found.
fn check(task: &Value, lang: Lang) -> String {
    if task.is_null() {
        return String::new();
    }
    let why = sentence(task, lang);
    match task["state"].as_str() {
        Some("done") => {
            let by = [plain(&task["by"]["unit"]), plain(&task["by"]["user"])].join(" ");
            let (at, found) = (time(&task["at"]), plain(&task["found"]));
            either(
                lang,
                format!("{why}；{at} 由 {by} 核查：{found}\n"),
                format!("{why}; checked {at} by {by}: {found}\n"),
            )
        }
        Some(_) | None => either(
            lang,
            format!("{why}，待核查：sanji case check 编号 --found 结果\n"),
            format!("{why}; to be checked: `sanji case check NUMBER --found TEXT`\n"),
        ),
    }
}

/// A line a material: how it came, originals and copies, how far it can be relied on.
fn materials(list: &Value, lang: Lang) -> String {
    let rows: Vec<[String; 4]> = items(list)
        .map(|row| {
            let (originals, copies) = (plain(&row["originals"]), plain(&row["copies"]));
            let counts =
                either(lang, format!("原件 {originals}，复印件 {copies}"), format!("{originals} + {copies}"));
            [plain(&row["name"]), source(&row["source"], lang), counts, trust(&row["trust"], lang)]
        })
        .collect();
    let heads = match lang {
        Lang::Zh => ["材料", "来源", "份数", "可信等级"],
        Lang::En => ["material", "came", "originals + copies", "trust"],
    };
    if rows.is_empty() { String::new() } else { table(heads, rows) }
}

/// A line a clock that runs: when it ends.
fn clocks(list: &Value, lang: Lang) -> String {
    let line = |one: &Value| {
        let ends = due(one, lang);
        let ends =
            if one["paused"] == true { ends + &either(lang, "（暂停中）", " (stopped)") } else { ends };
        (clock(&one["clock"], lang), ends)
    };
    let lines: Vec<(String, String)> = items(list).map(line).collect();
    pairs(lines.iter().map(|(label, said)| (label.as_str(), said.clone())))
}

/// The conflict desk: a block a case, a line a side.
pub fn desk(json: &Value, lang: Lang) -> String {
    let side = |head: String, side: &Value| {
        let by = &side["by"];
        let (who, what) = (role(&by["role"], lang), action(&side["action"], lang));
        let (unit, event) = (plain(&by["unit"]), plain(&side["event"]));
        format!("  {head} {what} {unit} {who} {} {event}\n", time(&side["at"]))
    };
    let block = |case: &Value| {
        let mut text = format!(
            "{} {} {}\n",
            plain(&case["number"]),
            state(&case["state"], lang),
            plain(&case["custody"])
        );
        for one in items(&case["disputes"]) {
            text += &side(either(lang, "现为准", "stands"), &one["stands"]);
            text += &side(either(lang, "未计入", "gave way"), &one["other"]);
        }
        for one in items(&case["fields"]) {
            let others: Vec<String> = items(&one["others"]).map(plain).collect();
            text +=
                &format!("  {}: {} | {}\n", plain(&one["field"]), plain(&one["shown"]), others.join(" | "));
        }
        text
    };
    let blocks: String = items(json).map(block).collect();
    match blocks.is_empty() {
        true => either(lang, "没有争议", "nothing is disputed"),
        false => {
            blocks
                + &either(
                    lang,
                    "裁定：case act 编号 settle --field stands=事件编号",
                    "to settle: case act N settle --field stands=EVENT",
                )
        }
    }
}

/// A line a dispute: what stands, what gave way, and how it is settled.
fn disputes(list: &Value, lang: Lang) -> String {
    let line = |one: &Value| {
        let (stands, other) = (plain(&one["stands"]), plain(&one["other"]));
        either(
            lang,
            format!(
                "现以 {stands} 为准，{other} 未计入；由持有单位裁定：case act 编号 settle --field stands=其中之一\n"
            ),
            format!(
                "{stands} stands, {other} gave way; the holder settles it: case act N settle --field stands=ONE\n"
            ),
        )
    };
    items(list).map(line).collect()
}
