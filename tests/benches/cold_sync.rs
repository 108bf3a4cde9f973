//! A node that has nothing takes 10,000 cases of 6 changes from its parent, over loopback, as real processes; and what the
//! parent's disk and automerge could do at most with the same bytes.
//!
//! `cargo build --release -p sanji && cargo bench -p sanji-tests --bench cold_sync`. Knows nothing of lines that are weak.

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use automerge::{AutoCommit, Change};
use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_node::data::DataDir;
use sanji_node::store::files::{Files, RealFiles};
use sanji_sync::{Entry, Scope};
use sanji_tests::figures::{row, used, zstd_19};
use sanji_tests::load::{Pen, cases, desk, preload};
use sanji_tests::processes::{Ground, Node, TOWN, VILLAGE};

const CHANGES: usize = 6;

fn main() {
    let wanted: u64 = std::env::var("SANJI_BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &county);
    town.wait_linked();
    village.wait_linked();
    town.ask(Command::SyncPause);
    let (county_data, town_data, village_data) =
        (county.data.clone(), town.data.clone(), village.data.clone());
    for node in [town, village, county] {
        assert!(node.stop().success());
    }
    let desks =
        [desk(&village_data, Role::Agent), desk(&town_data, Role::Clerk), desk(&county_data, Role::Clerk)];
    let scope = Scope::Cases(desks[0].unit);
    let mut pen = Pen::new(&desks);
    let begun = Instant::now();
    let entries: Vec<Entry> =
        cases(1, 0..wanted, CHANGES, &desks).into_iter().map(|m| pen.sign(scope, m)).collect();
    let raw: Vec<u8> = entries.iter().flat_map(|e| e.change.iter().copied()).collect();
    eprintln!(
        "{} changes made and signed in {:.1} s, {:.1} MB",
        entries.len(),
        begun.elapsed().as_secs_f64(),
        raw.len() as f64 / 1e6
    );
    let begun = Instant::now();
    preload(&county_data, [entries.clone()]);
    eprintln!("preloaded in {:.1} s", begun.elapsed().as_secs_f64());

    let county = Node::start(&county_data);
    let town = Node::start(&town_data);
    let before = [used(county.pid()), used(town.pid())];
    let frames_before = frames(&county);
    let begun = Instant::now();
    town.ask(Command::SyncResume);
    county.wait("acknowledged by the town", |s| {
        let town = &s["children"][0];
        town["unit"] == TOWN
            && town["state"] == "up"
            && town["owed"] == 0
            && s["scopes"].as_array().is_some_and(|l| l.len() > 1)
    });
    let acked = begun.elapsed().as_secs_f64();
    let at_ack = [used(county.pid()), used(town.pid())];
    town.wait("materialised", |s| s["cases"] == wanted && s["behind"] == 0);
    let shown = begun.elapsed().as_secs_f64();
    let after = [used(county.pid()), used(town.pid())];
    let bytes = frames(&county) - frames_before;
    let changes = entries.len() as f64;
    let floor = zstd_19(&raw) as f64;
    row(
        "b",
        "cold sync, 10,000 cases × 6: acknowledged durable",
        &format!("{:.0} changes/s ({acked:.2} s)", changes / acked),
        "≥ 100,000",
    );
    row(
        "b",
        "documents and rows caught up",
        &format!("{:.0} changes/s ({shown:.2} s)", changes / shown),
        "≥ 10,000",
    );
    row(
        "b",
        "CPU until acknowledged, sender / receiver",
        &format!("{:.2} / {:.2} s", at_ack[0].0 - before[0].0, at_ack[1].0 - before[1].0),
        "",
    );
    row("b", "peak memory, sender / receiver", &format!("{:.0} / {:.0} MB", after[0].1, after[1].1), "");
    row(
        "b",
        "bytes of frames against zstd -19 of the raw changes",
        &format!("{:.2} ({:.2} of {:.2} MB)", bytes / floor, bytes / 1e6, floor / 1e6),
        "≤ 0.70",
    );
    assert!(town.stop().success());
    assert!(county.stop().success());
    limits(&ground, &town_data, &entries, changes / acked, changes / (shown));
}

/// What the same disk and automerge do at most with what the town stored.
fn limits(ground: &Ground, town: &Path, entries: &[Entry], acked: f64, shown: f64) {
    let changes = entries.len() as f64;
    let files = RealFiles::open(town.join("journal")).expect("its journal");
    let mut records = Vec::new();
    {
        let data = DataDir::open(town).expect("it is stopped");
        let (store, _) = data.store(&data.settings().expect("settings"), &mut |_| {}).expect("it opens");
        let start = store.journal().start();
        for item in store.journal().scan(start) {
            let (at, record) = item.expect("nothing is damaged");
            if at.segment == record.next.segment {
                records.push((at.segment, at.offset, record.next.offset - at.offset));
            }
        }
    }
    let names = files.list().expect("its segments");
    let mut out = RealFiles::open(ground.data("limit")).expect("a folder");
    out.create("limit").expect("a file");
    let stored: Vec<Vec<u8>> = records
        .iter()
        .map(|(segment, offset, len)| {
            let name = names.iter().find(|n| n.contains(&format!("{segment:08}"))).expect("a segment");
            let mut bytes = vec![0; *len as usize];
            files.read_at(name, *offset, &mut bytes).expect("readable");
            bytes
        })
        .collect();
    let begun = Instant::now();
    for bytes in &stored {
        out.append("limit", bytes).expect("appended");
        out.sync("limit").expect("synced");
    }
    let append = changes / begun.elapsed().as_secs_f64();
    let mut by_doc = std::collections::BTreeMap::<_, Vec<&Entry>>::new();
    for entry in entries {
        by_doc.entry(entry.doc).or_default().push(entry);
    }
    let mut saving = std::time::Duration::ZERO;
    let begun = Instant::now();
    for changes in by_doc.values() {
        let mut doc = AutoCommit::new();
        let read = changes.iter().map(|e| Change::from_bytes(e.change.to_vec()).expect("a change"));
        doc.apply_changes(read.collect::<Vec<_>>()).expect("applies");
        let now = Instant::now();
        std::hint::black_box(doc.save());
        saving += now.elapsed();
    }
    let apply = changes / (begun.elapsed() - saving).as_secs_f64();
    let save = changes / begun.elapsed().as_secs_f64();
    let megabytes = stored.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    row(
        "g",
        "raw append + fdatasync of the same records",
        &format!("{append:.0} changes/s ({} records, {megabytes:.1} MB)", stored.len()),
        "",
    );
    row("g", "acknowledged ingest against it", &format!("{:.0} %", 100.0 * acked / append), "≥ 40 %");
    row(
        "g",
        "automerge apply of the same changes (with save)",
        &format!("{apply:.0} ({save:.0}) changes/s"),
        "",
    );
    row(
        "g",
        "materialised ingest against apply (apply and save)",
        &format!("{:.0} % ({:.0} %)", 100.0 * shown / apply, 100.0 * shown / save),
        "≥ 60 %",
    );
}

fn frames(node: &Node) -> f64 {
    let link = &node.status()["link"];
    (link["frame_bytes_up"].as_u64().unwrap_or(0) + link["frame_bytes_down"].as_u64().unwrap_or(0)) as f64
}
