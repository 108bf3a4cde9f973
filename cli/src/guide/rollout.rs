//! What `sanji guide rollout` says: a line a unit, then who has the latest version and who lacks it.

use sanji_model::lang::Lang;
use serde_json::Value;

use crate::moment::time;
use crate::table::table;
use crate::words::{NOTHING, count, either, items, plain, tier};

/// Units that lack the version, named in the summary; the table has them all.
const NAMED_MAX: usize = 10;

pub(super) fn text(json: &Value, lang: Lang) -> String {
    let units: Vec<&Value> = items(&json["units"]).collect();
    if units.is_empty() {
        return either(lang, "本机构没有下级机构", "there is no unit below this one");
    }
    let heads = match lang {
        Lang::Zh => ["层级", "机构", "代码", "版本", "自", "情况"],
        Lang::En => ["tier", "unit", "code", "version", "since", ""],
    };
    let rows = units.iter().map(|unit| {
        [
            tier(&unit["tier"], lang),
            plain(&unit["name"]),
            plain(&unit["unit"]),
            plain(&unit["version"]),
            time(&unit["since"]),
            state(&unit["state"], lang),
        ]
    });
    let mut text = table(heads, rows);
    for tally in items(&json["tiers"]) {
        text += &summary(tally, &plain(&json["version"]), lang);
        text.push('\n');
    }
    text
}

fn state(word: &Value, lang: Lang) -> String {
    let (zh, en) = match word.as_str() {
        Some("current") => ("已是最新", "up to date"),
        Some("behind") => ("旧版", "an older version"),
        Some("nothing") => ("未收到", "nothing yet"),
        Some("no_node") => ("尚未入网", "no node"),
        Some(_) | None => return plain(word),
    };
    either(lang, zh, en)
}

fn summary(tally: &Value, version: &str, lang: Lang) -> String {
    let (hold, units, tier) = (count(&tally["hold"]), count(&tally["units"]), tier(&tally["tier"], lang));
    let missing: Vec<&Value> = items(&tally["missing"]).collect();
    let name = |unit: &&Value| match plain(&unit["name"]) {
        name if name == NOTHING => plain(&unit["unit"]),
        name => name,
    };
    let mut named: Vec<String> = missing.iter().take(NAMED_MAX).map(name).collect();
    if missing.len() > NAMED_MAX {
        let rest = missing.len() - NAMED_MAX;
        named.push(either(lang, format!("另有 {rest} 个"), format!("{rest} more")));
    }
    let said = either(
        lang,
        format!("{tier}级：{units} 个中 {hold} 个持有第 {version} 版"),
        format!("{tier}: {hold} of {units} hold version {version}"),
    );
    if named.is_empty() {
        return said;
    }
    let list = named.join(&either(lang, "、", ", "));
    said + &either(lang, format!("；缺：{list}"), format!("; missing: {list}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rollout() -> Value {
        let unit = |code: &str,
                    name: &str,
                    tier: &str,
                    version: Option<u32>,
                    since: Option<u64>,
                    state: &str| {
            json!({ "unit": code, "name": name, "tier": tier, "version": version, "since": since, "state": state })
        };
        json!({
            "name": "优待证", "version": 4,
            "units": [
                unit("640202001", "测试镇", "town", Some(4), Some(1_770_652_800_000), "current"),
                unit("640202001001", "东村", "village", Some(3), None, "behind"),
                unit("640202001002", "西村", "village", None, None, "no_node"),
            ],
            "tiers": [
                { "tier": "town", "units": 1, "hold": 1, "missing": [] },
                { "tier": "village", "units": 2, "hold": 0,
                  "missing": [{ "unit": "640202001001", "name": "东村" }, { "unit": "640202001002", "name": null }] },
            ],
        })
    }

    #[test]
    fn every_unit_has_a_line_and_each_tier_a_sum() {
        let expected = "\
层级  机构    代码          版本  自                   情况
镇    测试镇  640202001     4     2026-02-10 00:00:00  已是最新
村    东村    640202001001  3     –                    旧版
村    西村    640202001002  –     –                    尚未入网
镇级：1 个中 1 个持有第 4 版
村级：2 个中 0 个持有第 4 版；缺：东村、640202001002
";
        assert_eq!(text(&rollout(), Lang::Zh), expected);
        assert!(
            text(&rollout(), Lang::En)
                .contains("village: 0 of 2 hold version 4; missing: 东村, 640202001002\n")
        );
        assert_eq!(text(&json!({ "units": [] }), Lang::En), "there is no unit below this one");
    }

    #[test]
    fn a_long_list_of_missing_units_is_cut_and_counted() {
        let missing: Vec<Value> =
            (0..13).map(|n| json!({ "unit": n.to_string(), "name": format!("村{n}") })).collect();
        let tally = json!({ "tier": "village", "units": 199, "hold": 186, "missing": missing });
        let said = summary(&tally, "4", Lang::En);
        assert!(
            said.ends_with("村9, 3 more")
                && said.starts_with("village: 186 of 199 hold version 4; missing: 村0"),
            "{said}"
        );
    }
}
