//! One box's settings: `config.toml` parsed into checked types, all problems reported at once, in words.
//!
//! Reads that one file and knows nothing of what the settings are used for. What belongs to the county (units,
//! calendars, guides) is replicated, never configured.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use sanji_model::guide::lint::Parameters;
use sanji_model::lang::Lang;

/// The file's name inside a data directory.
pub const FILE_NAME: &str = "config.toml";

/// What one box needs to know about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Where other nodes reach this one (UDP and TCP). Port 0 takes a free one, which is kept for the next start.
    pub listen: SocketAddr,
    /// Where people's browsers and the command line reach this node (TCP).
    pub http: SocketAddr,
    /// `host:port` of the parent, best first: the town's addresses, then the county's for when the town is down. Empty at the
    /// county.
    pub parents: Vec<String>,
    /// The language of messages and pages.
    pub lang: Lang,
    /// Documents kept open in memory; about 22 KB each (ARCHITECTURE §9).
    pub documents_in_memory: usize,
    /// sled's page cache, MiB.
    pub sled_cache_mib: u64,
    /// When questions and answers of a guide count as stale (`docs/LINT.md`).
    pub lint: Parameters,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: ([0, 0, 0, 0], 7801).into(),
            http: ([127, 0, 0, 1], 7800).into(),
            parents: Vec::new(),
            lang: Lang::Zh,
            documents_in_memory: 256,
            sled_cache_mib: 64,
            lint: Parameters::default(),
        }
    }
}

/// One thing that is wrong with the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub key: String,
    pub en: String,
    pub zh: String,
}

/// Everything that is wrong with the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadSettings {
    pub file: String,
    pub problems: Vec<Problem>,
}

impl BadSettings {
    pub fn text(&self, lang: Lang) -> String {
        let lines = self.problems.iter().map(|p| match lang {
            Lang::Zh => format!("{}: {}：{}", self.file, p.key, p.zh),
            Lang::En => format!("{}: {}: {}", self.file, p.key, p.en),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for BadSettings {}

impl Settings {
    /// Reads the file; one that is not there means the defaults.
    pub fn read(path: &Path) -> Result<Settings, BadSettings> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Settings::parse(&text, &file),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(e) => {
                let problem = Problem {
                    key: "file".into(),
                    en: format!("cannot be read: {e}; check its permissions"),
                    zh: format!("无法读取：{e}；请检查文件权限"),
                };
                Err(BadSettings { file, problems: vec![problem] })
            }
        }
    }

    /// Parses the text; keys that are left out keep their defaults, keys that are not known are problems.
    pub fn parse(text: &str, file: &str) -> Result<Settings, BadSettings> {
        let mut reading = Reading { problems: Vec::new() };
        let mut settings = Settings::default();
        match text.parse::<toml::Table>() {
            Err(e) => reading.problem("file", &format!("is not TOML: {e}"), &format!("不是有效的 TOML：{e}")),
            Ok(table) => {
                for (key, value) in table.into_iter().collect::<BTreeMap<_, _>>() {
                    reading.take(&mut settings, &key, &value);
                }
            }
        }
        if reading.problems.is_empty() {
            Ok(settings)
        } else {
            Err(BadSettings { file: file.to_owned(), problems: reading.problems })
        }
    }

    /// The file that reads back as these settings, with a word on each.
    pub fn to_toml(&self) -> String {
        let parents: Vec<String> = self.parents.iter().map(|p| format!("\"{p}\"")).collect();
        format!(
            "# Sanji: the settings of this box / 本机设置\n\
             # Where other nodes reach this one (UDP and TCP); port 0 takes a free one and keeps it / 其他节点连接本机的地址\n\
             listen = \"{}\"\n\
             # Where browsers and the command line reach this node (TCP) / 网页和命令行的地址\n\
             http = \"{}\"\n\
             # host:port of the parent, best first: the town, then the county for when the town is down; empty at the county\n\
             # 上级节点地址，按优先顺序：先镇级，后县级（镇级停机时使用）；县级留空\n\
             parents = [{}]\n\
             # zh or en / 界面语言\n\
             lang = \"{}\"\n\
             # Documents kept open in memory, about 22 KB each / 内存中保留的文档数\n\
             documents_in_memory = {}\n\
             # Page cache of the derived store, MiB / 派生存储的缓存\n\
             sled_cache_mib = {}\n\
             # Questions and answers are stale after so many days with so many corrections / 常见问题多少天未更新且纠错多少次即提示\n\
             faq_days_max = {}\n\
             faq_corrections_min = {}\n",
            self.listen,
            self.http,
            parents.join(", "),
            match self.lang {
                Lang::Zh => "zh",
                Lang::En => "en",
            },
            self.documents_in_memory,
            self.sled_cache_mib,
            self.lint.faq_days_max,
            self.lint.faq_corrections_min
        )
    }
}

struct Reading {
    problems: Vec<Problem>,
}

impl Reading {
    fn problem(&mut self, key: &str, en: &str, zh: &str) {
        self.problems.push(Problem { key: key.to_owned(), en: en.to_owned(), zh: zh.to_owned() });
    }

    fn take(&mut self, settings: &mut Settings, key: &str, value: &toml::Value) {
        match key {
            "listen" => self.address(key, value, &mut settings.listen),
            "http" => self.address(key, value, &mut settings.http),
            "parents" => self.parents(key, value, &mut settings.parents),
            "lang" => match value.as_str() {
                Some("zh") => settings.lang = Lang::Zh,
                Some("en") => settings.lang = Lang::En,
                _ => self.problem(key, "must be \"zh\" or \"en\"", "应为 \"zh\" 或 \"en\""),
            },
            "documents_in_memory" => {
                if let Some(n) = self.number(key, value, 16, 1_000_000) {
                    settings.documents_in_memory = n as usize;
                }
            }
            "sled_cache_mib" => {
                if let Some(n) = self.number(key, value, 8, 65_536) {
                    settings.sled_cache_mib = n;
                }
            }
            "faq_days_max" => {
                if let Some(n) = self.number(key, value, 1, 36_500) {
                    settings.lint.faq_days_max = n as u32;
                }
            }
            "faq_corrections_min" => {
                if let Some(n) = self.number(key, value, 1, 10_000) {
                    settings.lint.faq_corrections_min = n as u32;
                }
            }
            _ => self.problem(key, "is not a setting; check its spelling", "不是有效的设置项，请检查拼写"),
        }
    }

    fn address(&mut self, key: &str, value: &toml::Value, to: &mut SocketAddr) {
        match value.as_str().and_then(|text| text.parse().ok()) {
            Some(address) => *to = address,
            None => self.problem(
                key,
                &format!("{value} is not an address such as \"0.0.0.0:7801\""),
                &format!("{value} 不是地址，例如 \"0.0.0.0:7801\""),
            ),
        }
    }

    fn parents(&mut self, key: &str, value: &toml::Value, to: &mut Vec<String>) {
        let good = |text: &&str| {
            text.rsplit_once(':').is_some_and(|(h, p)| !h.is_empty() && p.parse::<u16>().is_ok())
        };
        let list = value.as_array().map(|list| list.iter().map(|v| v.as_str().filter(|t| good(t))).collect());
        match list.and_then(|list: Vec<Option<&str>>| list.into_iter().collect::<Option<Vec<&str>>>()) {
            Some(parents) => *to = parents.into_iter().map(str::to_owned).collect(),
            None => self.problem(
                key,
                "must be a list of \"host:port\"",
                "应为 \"主机:端口\" 的列表，例如 [\"10.1.2.3:7801\"]",
            ),
        }
    }

    fn number(&mut self, key: &str, value: &toml::Value, min: u64, max: u64) -> Option<u64> {
        let number =
            value.as_integer().and_then(|n| u64::try_from(n).ok()).filter(|n| (min..=max).contains(n));
        if number.is_none() {
            self.problem(
                key,
                &format!("must be a whole number from {min} to {max}"),
                &format!("应为 {min} 到 {max} 的整数"),
            );
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let settings = Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            parents: vec!["town.example:7801".into(), "10.0.0.1:7801".into()],
            lang: Lang::En,
            lint: Parameters { faq_days_max: 90, faq_corrections_min: 5 },
            ..Settings::default()
        };
        assert_eq!(Settings::parse(&settings.to_toml(), "config.toml"), Ok(settings));
        assert_eq!(Settings::parse("", "config.toml"), Ok(Settings::default()));
    }

    #[test]
    fn all_problems_come_at_once() {
        let text = "listen = \"nowhere\"\nparents = [\"a\"]\nlang = \"fr\"\nsled_cache_mib = -1\ntier = 4\n";
        let bad = Settings::parse(text, "config.toml").unwrap_err();
        let keys: Vec<&str> = bad.problems.iter().map(|p| p.key.as_str()).collect();
        assert_eq!(keys, ["lang", "listen", "parents", "sled_cache_mib", "tier"]);
        assert!(bad.to_string().contains("config.toml: listen: "), "{bad}");
        assert!(Settings::parse("listen = ", "x").unwrap_err().to_string().contains("not TOML"));
    }
}
