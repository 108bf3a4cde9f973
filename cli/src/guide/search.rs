//! `sanji guide search`: the guides in which every word occurs, the best first.

use clap::Args;
use sanji_model::guide::search::Place;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::table::table;
use crate::words::{either, guide_state, items, named, plain};

#[derive(Args, Debug)]
pub struct Search {
    /// Words of the name, conditions or materials, a code, or pinyin initials / 名称、条件、材料中的词，编码，或拼音首字母
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// Drafts too, and versions that are not or no longer in force / 包括草稿和未生效、已失效的版本
    #[arg(long)]
    all: bool,
    /// At most so many / 最多条数
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

impl Search {
    pub fn run(self, call: &Call) -> Result<(Value, String), Failure> {
        let Search { text, all, limit } = self;
        let json = call.list(Command::GuideSearch { text: text.join(" "), all, limit })?;
        let text = found(&json, call.lang);
        Ok((json, text))
    }
}

fn found(json: &Value, lang: Lang) -> String {
    if items(json).next().is_none() {
        return either(
            lang,
            "没有找到；每个词都须出现，可减少几个词再试",
            "nothing was found; every word must occur, try fewer",
        );
    }
    let heads = match lang {
        Lang::Zh => ["名称", "命中", "版本", "状态", "事项编码", "编号"],
        Lang::En => ["name", "found in", "version", "state", "code", "id"],
    };
    let rows = items(json).map(|guide| {
        [
            plain(&guide["name"]),
            named(&guide["found_in"], Place::words, lang),
            plain(&guide["version"]),
            guide_state(&guide["state"], lang),
            plain(&guide["code"]),
            plain(&guide["id"]),
        ]
    });
    table(heads, rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_guide_says_where_the_words_were_found() {
        let json = json!([
            { "id": "0195b8f27c1e7d33a1112f0d4c5b6a79", "name": "出生登记", "version": 2, "state": "in_force",
              "code": "000109001000", "found_in": "pinyin" },
        ]);
        let expected = "\
名称      命中      版本  状态    事项编码      编号
出生登记  名称拼音  2     生效中  000109001000  0195b8f27c1e7d33a1112f0d4c5b6a79
";
        assert_eq!(found(&json, Lang::Zh), expected);
        assert!(found(&json!([]), Lang::En).starts_with("nothing was found"));
    }
}
