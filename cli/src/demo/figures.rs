//! What a demonstration measured, as JSON and in words.
//!
//! Every figure was read off the nodes or a clock; none is assumed.

use sanji_model::lang::Lang;
use sanji_model::organisation::Tier;
use serde_json::{Value, json};

use super::people;
use super::plan::Plan;
use super::trouble::{Gap, listed};
use crate::table::{indented, pairs, table};
use crate::words::{count, either};

#[derive(Default)]
pub struct Figures {
    pub nodes: u64,
    /// Published, at every node.
    pub guides: u64,
    /// Imported and not complete.
    pub drafts: u64,
    /// Answered as saved.
    pub cases: u64,
    /// Of them filed where the county could not be reached.
    pub offline_cases: u64,
    pub offline_villages: u64,
    pub converged: bool,
    /// From mending the lines to agreement.
    pub converge_ms: u64,
    /// From the county's answer to its village seeing it, and agreement again.
    pub answer_ms: Option<u64>,
    /// From the start to every node running.
    pub ready_ms: u64,
    pub total_ms: u64,
    /// Bytes towards the county and away from it, each counted once on each line that it travelled.
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// Answered as saved and not at the county.
    pub lost: u64,
    /// Resident memory of the largest node.
    pub rss_bytes_max: u64,
    pub reasons: Vec<Gap>,
    /// Names of units and addresses of their pages.
    pub pages: Vec<(String, String)>,
}

impl Figures {
    pub fn is_good(&self) -> bool {
        self.converged && self.lost == 0 && self.reasons.is_empty()
    }

    /// A village's line is its only one and so is, seen from above, the county's to each town: these ends tell the
    /// directions apart, which a town's counters do not.
    pub fn take_counters(&mut self, plan: &Plan, statuses: &[Value]) {
        for (seat, status) in plan.seats.iter().zip(statuses) {
            let [up, down] = ["bytes_up", "bytes_down"].map(|key| count(&status["link"][key]));
            match seat.unit.tier {
                Tier::County => {
                    self.bytes_up += down;
                    self.bytes_down += up;
                }
                Tier::Village => {
                    self.bytes_up += up;
                    self.bytes_down += down;
                }
                Tier::Town => {}
            }
            self.rss_bytes_max = self.rss_bytes_max.max(count(&status["rss_bytes"]));
        }
    }

    pub fn json(&self, plan: &Plan) -> Value {
        let pages = plan.seats.iter().zip(&self.pages);
        let pages: Vec<Value> = pages
            .map(|(seat, (name, http))| json!({ "unit": seat.unit.code, "name": name, "http": http }))
            .collect();
        json!({
            "nodes": self.nodes, "guides": self.guides, "drafts": self.drafts,
            "cases": self.cases, "offline_cases": self.offline_cases, "offline_villages": self.offline_villages,
            "converged": self.converged, "converge_ms": self.converge_ms, "answer_ms": self.answer_ms,
            "bytes_up": self.bytes_up, "bytes_down": self.bytes_down, "lost": self.lost,
            "ready_ms": self.ready_ms, "total_ms": self.total_ms, "rss_bytes_max": self.rss_bytes_max,
            "reasons": self.reasons.iter().map(|gap| json!({ "en": gap.text(Lang::En), "zh": gap.text(Lang::Zh) })).collect::<Vec<_>>(),
            "pages": pages,
        })
    }

    pub fn text(&self, plan: &Plan, lang: Lang) -> String {
        let labels = match lang {
            Lang::Zh => ["节点", "指南", "办件", "一致", "结果回村", "流量", "丢失", "用时", "内存"],
            Lang::En => {
                ["nodes", "guides", "cases", "converged", "answer", "traffic", "lost", "time", "memory"]
            }
        };
        let (towns, villages) = (plan.towns().count(), plan.villages().count());
        let [up, down, rss] = [self.bytes_up, self.bytes_down, self.rss_bytes_max].map(size);
        let [ready, total] = [self.ready_ms, self.total_ms].map(seconds);
        let Figures {
            nodes, guides, drafts, cases, offline_cases, offline_villages, converge_ms, lost, ..
        } = self;
        let answer = self.answer_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms} ms"));
        let said = match lang {
            Lang::Zh => [
                format!("{nodes} 个（县 1、镇 {towns}、村 {villages}），各为独立进程"),
                format!("已发布 {guides} 份，各村均已收到；草稿 {drafts} 份"),
                format!("{cases} 件，其中 {offline_cases} 件在 {offline_villages} 个断线的村登记"),
                if self.converged {
                    format!("是，恢复线路后 {converge_ms} 毫秒")
                } else {
                    "否".to_owned()
                },
                answer,
                format!("上行 {up}，下行 {down}（含入网后的全部同步）"),
                format!("{lost} 件"),
                format!("共 {total}，其中启动和入网 {ready}"),
                format!("最大的节点 {rss}"),
            ],
            Lang::En => [
                format!("{nodes} (1 county, {towns} towns, {villages} villages), a process each"),
                format!("{guides} published and at every village; {drafts} stay drafts"),
                format!(
                    "{cases}, of them {offline_cases} filed at {offline_villages} villages that were cut off"
                ),
                if self.converged {
                    format!("yes, {converge_ms} ms after the lines were mended")
                } else {
                    "no".to_owned()
                },
                answer,
                format!("{up} up, {down} down (all sync since enrolment)"),
                lost.to_string(),
                format!("{total}, of it {ready} to start and enrol"),
                format!("{rss} for the largest node"),
            ],
        };
        pairs(labels.into_iter().zip(said))
    }

    /// Where the pages of the nodes are, and who can sign in there.
    pub fn addresses(&self, plan: &Plan, lang: Lang) -> String {
        let rows = plan.seats.iter().zip(&self.pages).map(|(seat, (name, http))| {
            [name.clone(), http.clone(), people::of(seat.unit.tier, &seat.unit.code.to_string())]
        });
        let heads = match lang {
            Lang::Zh => ["机构", "网页", "可登录的用户"],
            Lang::En => ["unit", "pages", "who can sign in"],
        };
        let password = people::PASSWORD;
        let with = either(lang, format!("密码都是 {password}"), format!("with the password {password}"));
        indented(&format!("{}\n{with}", table(heads, rows)))
    }

    /// Why this is no success.
    pub fn fault(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("没有全部一致，丢失 {} 件：{}", self.lost, listed(&self.reasons, lang)),
            Lang::En => {
                format!("not everything converged, {} lost:{}", self.lost, listed(&self.reasons, lang))
            }
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", ms as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::super::plan::Folder;
    use super::*;

    #[test]
    fn bytes_are_counted_once_a_line() {
        let plan = Plan::read(None, &Folder::open(None).unwrap(), 1, 1).unwrap();
        let status = |up: u64, down: u64, rss: u64| json!({ "link": { "bytes_up": up, "bytes_down": down }, "rss_bytes": rss });
        let mut figures = Figures { converged: true, ..Figures::default() };
        // The village sends 10 and gets 70; the town sends 20 on and gets 100 from the county.
        figures.take_counters(&plan, &[status(100, 20, 5), status(90, 110, 9), status(10, 70, 7)]);
        assert_eq!((figures.bytes_up, figures.bytes_down, figures.rss_bytes_max), (30, 170, 9));
        assert!(figures.is_good());
        figures.lost = 1;
        assert!(!figures.is_good());
        let json = figures.json(&plan);
        for key in [
            "nodes",
            "guides",
            "cases",
            "offline_cases",
            "converged",
            "converge_ms",
            "bytes_up",
            "bytes_down",
            "lost",
        ] {
            assert!(!json[key].is_null(), "{key}");
        }
        assert!(
            figures.text(&plan, Lang::Zh).contains("断线的村")
                && figures.text(&plan, Lang::En).contains("cut off")
        );
        assert_eq!(
            (size(1_023), size(2_048), size(3 << 20)),
            ("1023 B".into(), "2.0 KiB".into(), "3.0 MiB".into())
        );
    }
}
