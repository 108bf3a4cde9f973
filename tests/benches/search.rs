//! How long a guide takes to be found among 1,500, for each kind of query; what that costs in memory, on the disk and at
//! start.
//!
//! `cargo bench -p sanji-tests --bench search` prints a table for guides of the reference length and for the longest
//! (DOMAIN §8). A real node is asked, in this process: what the loop adds is in the figures.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use sanji_node::command::Command;
use sanji_node::data::DataDir;
use sanji_node::store::views::Overview;
use sanji_tests::figures::row;
use sanji_tests::handbook::{Handbook, Length};
use sanji_tests::nodes::{County, UnitRow, ask};

/// Below the county there are no drafts.
const UNITS: [UnitRow<'_>; 2] =
    [("990101", "测试县", "county", ""), ("990101001", "测试镇", "town", "990101")];
const TOWN: usize = 1;
const GUIDES: usize = 1_500;
/// Queries of each kind.
const ASKED: usize = 200;
/// Of the catalogue, so that its memory can be told from noise.
const COPIES: usize = 10;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (name, length) in [("9-24 KB", Length::REFERENCE), ("64 KB", Length::STRESS)] {
        runtime.block_on(measure(name, length));
    }
}

async fn measure(name: &str, length: Length) {
    let county = County::start(&UNITS).await;
    county.publish_all(Handbook::new(1, length).lines(GUIDES)).await;
    county
        .wait(0, "all are listed", |status| status["guides"] == GUIDES as u64 && status["behind"] == 0)
        .await;
    println!("\n{GUIDES} guides of {name}");
    println!("{:<28}{:>8}{:>10}{:>10}{:>10}", "query", "found", "p50 ms", "p99 ms", "max ms");
    let mut slowest = 0.0_f64;
    for (kind, queries) in kinds() {
        let (mut took, mut found) = (Vec::with_capacity(ASKED), 0);
        for n in 0..ASKED {
            let text = queries(n);
            let begun = Instant::now();
            let hits = ask(&county.nodes[TOWN], Command::GuideSearch { text, all: false, limit: 50 }).await;
            took.push(begun.elapsed().as_secs_f64() * 1_000.0);
            found += hits.as_array().expect("a list").len();
        }
        took.sort_by(f64::total_cmp);
        let at = |share: f64| took[((ASKED - 1) as f64 * share) as usize];
        slowest = slowest.max(at(0.99));
        println!("{kind:<28}{:>8}{:>10.2}{:>10.2}{:>10.2}", found / ASKED, at(0.5), at(0.99), at(1.0));
    }
    row(
        "s",
        &format!("search among 1,500 guides of {name}, slowest kind"),
        &format!("p99 {slowest:.1} ms"),
        "p99 < 20 ms",
    );
    let folders = county.stopped().await;
    let data = DataDir::open(folders[TOWN].path()).expect("it is stopped");
    let settings = data.settings().expect("its settings");
    let begun = Instant::now();
    let (store, _) = data.store(&settings, &mut |_| {}).expect("it opens");
    let open = begun.elapsed().as_secs_f64() * 1_000.0;
    let begun = Instant::now();
    let overview = Overview::load(store.kv()).expect("readable");
    let load = begun.elapsed().as_secs_f64() * 1_000.0;
    let before = resident();
    let copies = vec![overview.catalogue.clone(); COPIES];
    let memory = (resident() - before) / COPIES as f64;
    let text = copies[0].bytes() as f64 / f64::from(1 << 20);
    row(
        "s",
        &format!("its texts in memory, {name}"),
        &format!("{memory:.1} MiB ({text:.1} MiB of text)"),
        "",
    );
    row(
        "s",
        &format!("at start: rows and texts of the guides, {name}"),
        &format!("{load:.0} ms of {open:.0} ms to open the store"),
        "",
    );
}

type Queries = Box<dyn Fn(usize) -> String>;

/// Each kind with its queries, of which no two that follow each other are the same.
fn kinds() -> Vec<(&'static str, Queries)> {
    let names: Vec<String> =
        Handbook::new(1, Length::REFERENCE).take(GUIDES).map(|guide| guide.name().to_owned()).collect();
    let name = move |n: usize| names[n * 37 % names.len()].clone();
    let one_of = |words: &'static [&'static str]| move |n: usize| words[n % words.len()].to_owned();
    vec![
        ("code", Box::new(|n| format!("{:012}", 109_001_000 + n * 7))),
        ("beginning of a code", Box::new(|n| format!("{:09}", 109_001 + n % 2))),
        ("name", Box::new(name)),
        ("word of a name", Box::new(one_of(&["残疾人", "补领", "许可", "养老"]))),
        ("pinyin initials", Box::new(one_of(&["csdj", "cjrz", "yldj", "zdbg"]))),
        ("pinyin in full", Box::new(one_of(&["chushengdengji", "canjirenzheng", "weifangzhuxiao", "hukou"]))),
        ("material", Box::new(one_of(&["户口簿", "营业执照", "诊断证明", "近期免冠照片"]))),
        (
            "two words",
            Box::new(one_of(&["登记 出生医学证明", "补领 授权委托书", "证 承诺书", "许可 健康证明"])),
        ),
        ("one character", Box::new(one_of(&["登", "一", "证", "丁"]))),
        ("what is nowhere", Box::new(one_of(&["航天发射", "核设施建造", "远洋运输", "hangtianfashe"]))),
    ]
}

/// MiB of this process.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0) / 1_024.0
}
