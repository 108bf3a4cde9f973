//! `sanji status`: how this node is, for the person who looks after it.

use clap::Args;
use sanji_model::lang::{Lang, many};
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::{Answerer, Call};
use crate::failure::Failure;
use crate::moment::{bytes, span, time};
use crate::outcome::Outcome;
use crate::table::{indented, pairs, table};
use crate::words::{NOTHING, count, either, items, plain, sentence, tier};

#[derive(Args, Debug)]
pub struct Status {}

impl Status {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let answer = call.ask(Command::Status)?;
        let text = block(&answer.value, answer.by, call.lang);
        Ok(Outcome::Done { json: answer.value, text })
    }
}

fn block(json: &Value, by: Answerer, lang: Lang) -> String {
    let tier = tier(&json["tier"], lang);
    let running = by == Answerer::RunningNode;
    let run = match running {
        true => either(lang, "运行中", "running").to_owned() + &uptime(json, lang),
        false => either(lang, "未运行；请用 sanji run 启动", "not running; start it with `sanji run`"),
    };
    let labels = match lang {
        Lang::Zh => ["节点", "运行", "时钟", "上级", "内容", "需注意", "网页", "节点间地址", "流量", "占用"],
        Lang::En => [
            "node",
            "state",
            "clock",
            "parent",
            "holds",
            "look at",
            "for browsers",
            "for other nodes",
            "traffic",
            "uses",
        ],
    };
    let node: String = plain(&json["node"]).chars().take(8).collect();
    let (epoch, version) = (plain(&json["epoch"]), plain(&json["version"]));
    let said = [
        either(
            lang,
            format!("{node}，纪元 {epoch}，版本 {version}"),
            format!("{node}, epoch {epoch}, version {version}"),
        ),
        run,
        clock(json, lang),
        parent(&json["parent"], lang),
        holds(json, lang),
        look_at(json, lang),
        address(&json["http"], "http://", "/"),
        plain(&json["addresses"]),
        traffic(&json["link"], lang),
        either(
            lang,
            format!("磁盘 {}，内存 {}", bytes(&json["disk_bytes"]), bytes(&json["rss_bytes"])),
            format!("{} on disk, {} of memory", bytes(&json["disk_bytes"]), bytes(&json["rss_bytes"])),
        ),
    ];
    // What only a running node has.
    let only_running = [labels[6], labels[7], labels[8]];
    let lines = labels.into_iter().zip(said).filter(|(label, _)| running || !only_running.contains(label));
    let mut text =
        format!("{}  {}  {tier}\n{}", plain(&json["name"]), plain(&json["unit"]), indented(&pairs(lines)));
    let parts = [
        (either(lang, "下级", "children"), children(&json["children"], lang)),
        (either(lang, "数据范围", "scopes"), scopes(&json["scopes"], lang)),
        (either(lang, "需要处理", "needs attention"), attention(&json["attention"], lang)),
        (either(lang, "异常", "incidents"), incidents(&json["incidents"], lang)),
    ];
    for (head, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        text += &format!("{head}\n{}", indented(part));
    }
    text
}

fn uptime(json: &Value, lang: Lang) -> String {
    let span = span(count(&json["uptime_ms"]), lang);
    either(lang, format!("，已 {span}"), format!(" for {span}"))
}

/// A second is within what a link can tell.
fn clock(json: &Value, lang: Lang) -> String {
    let skew_ms = json["clock_skew_ms"].as_i64().unwrap_or(0);
    let now = time(&json["clock"]);
    if skew_ms.abs() < 1_000 {
        return now;
    }
    let seconds = format!("{:.1}", skew_ms as f64 / 1_000.0);
    either(
        lang,
        format!("{now}，与上级相差 {seconds} 秒，请校准本机时间"),
        format!("{now}, {seconds} s apart from the parent: set this machine's clock"),
    )
}

fn parent(json: &Value, lang: Lang) -> String {
    if json.is_null() {
        return either(lang, "无（本机是县级节点）", "none (this is the county)");
    }
    let since = time(&json["since"]);
    let state = match json["state"].as_str() {
        Some("up") => either(lang, format!("已连接，自 {since}"), format!("connected since {since}")),
        Some("dialling") => either(lang, "正在连接", "connecting"),
        Some("waiting") => {
            either(lang, format!("未连接，{since} 再试"), format!("not connected, next try at {since}"))
        }
        Some("paused") => either(
            lang,
            "已暂停；恢复请运行 sanji sync resume",
            "paused by hand; go on with `sanji sync resume`",
        ),
        Some("stopped") => either(lang, "未连接", "not connected"),
        Some(_) | None => plain(&json["state"]),
    };
    let name = [plain(&json["unit"]), plain(&json["address"])];
    let mut words: Vec<String> = name.into_iter().filter(|word| word != NOTHING).collect();
    words.push(state);
    if json["transport"] == "tcp" {
        words.push(either(lang, "经 TCP（UDP 不通）", "over TCP (UDP does not get through)"));
    }
    for passed in json["passed_over"].as_array().map(Vec::as_slice).unwrap_or_default() {
        // The way in use, over another transport, was just named.
        if json["state"] == "up" && passed["address"] != json["address"] {
            let (address, why) = (plain(&passed["address"]), sentence(&passed["why"], lang));
            words.push(either(
                lang,
                format!("首选 {address} 暂不可用：{why}"),
                format!("preferred {address} is not in use: {why}"),
            ));
        }
    }
    let owed = count(&json["owed"]);
    if owed > 0 {
        words.push(either(
            lang,
            format!("待上传 {owed} 条"),
            format!("{} to send", many(owed, "entry", "entries")),
        ));
    }
    if !json["trouble"].is_null() {
        words.push(sentence(&json["trouble"], lang));
    }
    words.join(&either(lang, "，", ", "))
}

fn holds(json: &Value, lang: Lang) -> String {
    let [guides, drafts, cases, complaints, enquiries] =
        ["guides", "drafts", "cases", "complaints", "enquiries"].map(|key| count(&json[key]));
    either(
        lang,
        format!("指南 {guides}，草稿 {drafts}，办件 {cases}，投诉 {complaints}，咨询 {enquiries}"),
        format!(
            "guides {guides}, drafts {drafts}, cases {cases}, complaints {complaints}, enquiries {enquiries}"
        ),
    )
}

fn look_at(json: &Value, lang: Lang) -> String {
    let [behind, quarantined, hangups] =
        [&json["behind"], &json["quarantined"], &json["link"]["hangups"]].map(count);
    let mut words = Vec::new();
    if behind > 0 {
        words.push(either(
            lang,
            format!("{behind} 条记录尚未列入清单，正在更新"),
            format!("{} not yet in lists, being added", many(behind, "entry", "entries")),
        ));
    }
    if quarantined > 0 {
        words.push(either(
            lang,
            format!("已隔离 {quarantined} 处改动"),
            format!("{quarantined} changes set aside"),
        ));
    }
    if hangups > 0 {
        words.push(either(
            lang,
            format!("因违反协议断开 {hangups} 次"),
            format!("{hangups} peers hung up on"),
        ));
    }
    let below = items(&json["attention"]).count() + items(&json["incidents"]).count();
    if below > 0 {
        words.push(either(lang, format!("{below} 项见下"), format!("{below} below")));
    }
    let elsewhere = count(&json["doctor"]);
    if elsewhere > 0 {
        words.push(either(
            lang,
            format!("另有 {elsewhere} 项，见 sanji doctor"),
            format!("{elsewhere} more: see `sanji doctor`"),
        ));
    }
    if words.is_empty() { either(lang, "无", "nothing") } else { words.join(&either(lang, "，", ", ")) }
}

fn traffic(link: &Value, lang: Lang) -> String {
    let (up, down) = (bytes(&link["bytes_up"]), bytes(&link["bytes_down"]));
    either(lang, format!("发出 {up}，收到 {down}"), format!("{up} sent, {down} received"))
}

fn address(value: &Value, before: &str, after: &str) -> String {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map_or_else(|| NOTHING.to_owned(), |text| format!("{before}{text}{after}"))
}

fn children(list: &Value, lang: Lang) -> String {
    if items(list).next().is_none() {
        return String::new();
    }
    let heads = match lang {
        Lang::Zh => ["机构", "名称", "连接", "最近连接", "待下发"],
        Lang::En => ["unit", "name", "link", "last seen", "to send"],
    };
    let link = |child: &Value| match (child["state"].as_str(), child["past"].as_str()) {
        (Some("up"), Some(past)) => {
            either(lang, format!("已连接（绕过 {past}）"), format!("up, past {past}"))
        }
        (Some("up"), None) => either(lang, "已连接", "up"),
        (Some("down"), _) => either(lang, "未连接", "down"),
        (Some(_) | None, _) => plain(&child["state"]),
    };
    let row = |child: &Value| {
        [
            plain(&child["unit"]),
            plain(&child["name"]),
            link(child),
            time(&child["last_seen"]),
            count(&child["owed"]).to_string(),
        ]
    };
    table(heads, items(list).map(row))
}

fn scopes(list: &Value, lang: Lang) -> String {
    if items(list).next().is_none() {
        return String::new();
    }
    let heads = match lang {
        Lang::Zh => ["范围", "条目", "文档", "摘要"],
        Lang::En => ["scope", "entries", "documents", "digest"],
    };
    let row = |scope: &Value| {
        let digest = plain(&scope["digest"]).chars().take(16).collect();
        [
            plain(&scope["scope"]),
            count(&scope["entries"]).to_string(),
            count(&scope["documents"]).to_string(),
            digest,
        ]
    };
    table(heads, items(list).map(row))
}

fn attention(list: &Value, lang: Lang) -> String {
    items(list).map(|note| format!("{}\n", sentence(note, lang))).collect()
}

/// One that was found before this start has no time.
fn incidents(list: &Value, lang: Lang) -> String {
    let at = |incident: &Value| match incident["at"].as_u64() {
        Some(0) | None => "–".to_owned(),
        Some(_) => time(&incident["at"]),
    };
    pairs_of(items(list).map(|incident| (at(incident), sentence(incident, lang))))
}

fn pairs_of(rows: impl Iterator<Item = (String, String)>) -> String {
    rows.map(|(at, words)| format!("{at}  {words}\n")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn village() -> Value {
        json!({
            "unit": "640202001001", "name": "前进村为民办事代办点", "tier": "village", "node": "ab12cd34ef56", "epoch": 1,
            "version": "0.1.0", "clock": 1_770_652_800_000_u64, "clock_skew_ms": 0, "uptime_ms": 3_720_000,
            "parent": { "unit": "640202001", "state": "waiting", "since": 1_770_652_860_000_u64, "address": "10.0.0.1:7801",
                        "owed": 3, "trouble": { "zh": "对方没有应答", "en": "no answer" } },
            "children": [], "scopes": [{ "scope": "cases/640202001001", "entries": 4, "documents": 2, "digest": "0011223344556677889900" }],
            "guides": 5, "drafts": 0, "cases": 2, "behind": 0, "quarantined": 1, "incidents": [],
            "disk_bytes": 1024, "rss_bytes": 2048, "addresses": ["0.0.0.0:7801"], "http": "127.0.0.1:7800",
            "link": { "bytes_up": 10, "bytes_down": 20, "hangups": 0 },
        })
    }

    #[test]
    fn a_village_off_line_says_what_waits_and_when_it_tries_again() {
        let text = block(&village(), Answerer::RunningNode, Lang::Zh);
        assert!(text.starts_with("前进村为民办事代办点  640202001001  村\n"), "{text}");
        assert!(
            text.contains("  上级        640202001，10.0.0.1:7801，未连接，2026-02-10 00:01:00 再试，待上传 3 条，对方没有应答\n"),
            "{text}"
        );
        assert!(text.contains("  需注意      已隔离 1 处改动\n"), "{text}");
        assert!(text.contains("  cases/640202001001  4     2     0011223344556677\n"), "{text}");
        assert!(text.contains("http://127.0.0.1:7800/"), "{text}");
    }

    #[test]
    fn the_second_parent_over_tcp_is_shown_with_the_reason() {
        let why = json!({ "zh": "没有应答", "en": "there is no answer" });
        let json = json!({
            "unit": "640202", "state": "up", "since": 1_770_652_860_000_u64, "address": "county:7801", "transport": "tcp",
            "passed_over": [
                { "address": "town:7801", "transport": null, "why": why },
                { "address": "county:7801", "transport": "quic", "why": why },
            ],
            "owed": 0,
        });
        let said = parent(&json, Lang::En);
        assert_eq!(
            said,
            "640202, county:7801, connected since 2026-02-10 00:01:00, over TCP (UDP does not get through), \
             preferred town:7801 is not in use: there is no answer"
        );
    }

    #[test]
    fn a_stopped_node_says_so_and_shows_no_addresses() {
        let text = block(&village(), Answerer::Directory, Lang::En);
        assert!(text.contains("not running; start it with `sanji run`"), "{text}");
        assert!(!text.contains("for browsers"), "{text}");
    }

    #[test]
    fn a_wrong_clock_is_told() {
        let json = json!({ "clock": 0, "clock_skew_ms": -86_400_000 });
        assert!(clock(&json, Lang::En).contains("-86400.0 s apart from the parent"));
        assert_eq!(clock(&json!({ "clock": 0, "clock_skew_ms": 999 }), Lang::En), "1970-01-01 08:00:00");
    }
}
