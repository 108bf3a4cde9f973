//! Cases go from a node into a folder of batches for the national exchange, and each of them into an archive package.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sanji_model::case::feed::BatchId;
use sanji_model::case::package::File;
use sanji_model::lang::Say as _;
use sanji_model::local;
use sanji_node::command::Command;
use sanji_node::feed::{Delivered, Delivery, FeedError, FeedFolder, Tally};
use sanji_node::package;
use sanji_tests::lone::{COUNTY, Founder, GUIDE, Lone, NOW, VILLAGE, unit};
use serde_json::Value;

fn county_with_cases() -> (Lone, Vec<String>) {
    let mut county = Founder::new().county();
    county.publish(GUIDE);
    let numbers = ["王小明", "李小红", "赵刚"].map(|name| county.file_case(name)).into();
    (county, numbers)
}

fn receive(county: &mut Lone, number: &str) {
    let fields = [("materials".to_owned(), "身份证".to_owned())].into();
    let number = number.to_owned();
    county.ask(Command::CaseAct { number, action: "receive".into(), fields, user: None });
}

/// Everything of the node into a batch that is not finished.
fn filled(county: &mut Lone, folder: &Path, since: Option<BatchId>) -> Result<Delivery, FeedError> {
    let page = county.ask(Command::CaseExport { after: None, user: None });
    assert_eq!((page["next"].is_null(), page["unreadable"].as_array().map(Vec::len)), (true, Some(0)));
    let read = |value: &Value| value.as_str().unwrap().to_owned();
    let mut delivery = FeedFolder::open(folder)?.begin(unit(&read(&page["unit"])), since)?;
    for case in page["cases"].as_array().unwrap() {
        let rows = serde_json::from_value(case["rows"].clone()).unwrap();
        delivery.add(read(&case["id"]).parse().unwrap(), read(&case["number"]).parse().unwrap(), rows)?;
    }
    Ok(delivery)
}

fn export(county: &mut Lone, folder: &Path, since: Option<BatchId>) -> Result<Delivered, FeedError> {
    filled(county, folder, since)?.finish(local::date_time(NOW))
}

fn table(folder: &Path, batch: &BatchId, name: &str) -> String {
    fs::read_to_string(folder.join(batch.to_string()).join(format!("{name}.csv"))).unwrap()
}

#[test]
fn each_batch_tells_what_the_one_before_did_not() {
    let (mut county, numbers) = county_with_cases();
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("up_pro");
    let first = export(&mut county, &folder, None).unwrap();
    let tally = |inserted, updated, deleted| Tally { inserted, updated, deleted };
    assert_eq!((first.written, first.cases, first.tally), (true, 3, tally(6, 0, 0)));
    let one = first.batch.unwrap();
    let accept = table(&folder, &one, "up_pro_accept");
    assert!(accept.starts_with("\"row_guid\",\"project_no\",\"task_code\",\"task_version\""), "{accept}");
    assert_eq!((accept.lines().count(), accept.matches("\"I\"").count()), (4, 3));
    assert!(
        accept.contains("王小明")
            && accept.contains("11010519491231002X")
            && accept.contains(&one.to_string())
    );
    assert_eq!(table(&folder, &one, "up_pro_result").lines().count(), 1, "a heading and no row");
    for path in [folder.clone(), folder.join(one.to_string())] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
    }
    for file in fs::read_dir(folder.join(one.to_string())).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    let again = export(&mut county, &folder, None).unwrap();
    assert_eq!((again.written, again.batch.as_ref()), (false, Some(&one)), "nothing is told twice");

    receive(&mut county, &numbers[1]);
    let second = export(&mut county, &folder, None).unwrap();
    let two = second.batch.clone().unwrap();
    assert_eq!((second.cases, second.tally, two.number()), (1, tally(2, 0, 0), 2), "a step and a material");
    let process = table(&folder, &two, "up_pro_process");
    assert!(
        process.contains("收件") && !process.contains("登记") && process.contains(&numbers[1]),
        "{process}"
    );

    // The receiver lost it: from the first on it is the same batch, and no second one.
    let repeated = export(&mut county, &folder, Some(one.clone())).unwrap();
    assert_eq!((repeated.written, repeated.batch.as_ref()), (false, Some(&two)));
    receive(&mut county, &numbers[2]);
    let wider = export(&mut county, &folder, Some(one)).unwrap();
    assert_eq!((wider.cases, wider.batch.map(|batch| batch.number())), (2, Some(3)));
    assert!(!export(&mut county, &folder, None).unwrap().written, "the latest is followed");
}

#[test]
fn an_interrupted_export_leaves_no_batch_and_is_made_again() {
    let (mut county, _) = county_with_cases();
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("up_pro");
    let delivery = filled(&mut county, &folder, None).unwrap();
    assert_eq!(FeedFolder::open(&folder).unwrap_err().code(), "FEED_BUSY");
    // The process ends here.
    drop(delivery);
    assert!(folder.join(".part").exists());
    assert_eq!(FeedFolder::open(&folder).unwrap().batches().unwrap(), []);
    assert!(!folder.join(".part").exists(), "names and numbers do not lie about");
    let done = export(&mut county, &folder, None).unwrap();
    assert_eq!((done.written, done.cases), (true, 3));
    let other = export(&mut county, &temp.path().join("other"), None).unwrap();
    assert_eq!(done.batch, other.batch, "a batch is named by what is in it");
}

#[test]
fn a_table_that_is_lost_or_altered_is_found_before_anything_follows_it() {
    let (mut county, numbers) = county_with_cases();
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("up_pro");
    let one = export(&mut county, &folder, None).unwrap().batch.unwrap();
    receive(&mut county, &numbers[0]);
    let two = export(&mut county, &folder, None).unwrap().batch.unwrap();
    let accept = folder.join(two.to_string()).join("up_pro_process.csv");
    let whole = fs::read(&accept).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    for spoil in [None, Some(altered)] {
        match &spoil {
            None => fs::remove_file(&accept).unwrap(),
            Some(bytes) => fs::write(&accept, bytes).unwrap(),
        }
        let found = export(&mut county, &folder, None).unwrap_err();
        assert_eq!(found.code(), "FEED_TABLE");
        assert!(found.to_string().contains(&format!("--since {one}")), "{found}");
        // The receiver has it: what follows goes on.
        let on = export(&mut county, &folder, Some(two.clone())).unwrap();
        assert_eq!((on.written, on.batch.as_ref()), (false, Some(&two)));
        // It does not: the batch is made again, the same but for its time.
        let again = export(&mut county, &folder, Some(one.clone())).unwrap();
        assert_eq!((again.written, again.batch.as_ref()), (true, Some(&two)));
        assert_eq!(fs::read(&accept).unwrap(), whole);
        assert!(!export(&mut county, &folder, None).unwrap().written, "nothing is told twice");
    }
    fs::remove_file(folder.join(one.to_string()).join("tables.json")).unwrap();
    let found = export(&mut county, &folder, None).unwrap_err();
    assert!(found.code() == "FEED_TABLE" && found.to_string().contains("empty folder"), "{found}");
}

#[test]
fn handlers_have_their_names_and_no_cell_runs_as_a_formula() {
    let mut county = Founder::new().county();
    county.publish(GUIDE);
    county.ask(Command::UserAdd {
        id: "zhang".into(),
        name: "张受理".into(),
        unit: COUNTY.into(),
        roles: vec!["clerk".into()],
        deputy: None,
        user: None,
    });
    let registered = county.ask(Command::CaseRegister {
        guide: GUIDE.into(),
        applicant: "=HYPERLINK(王)".into(),
        id_number: "11010519491231002X".into(),
        fields: Default::default(),
        user: Some("zhang".into()),
    });
    assert!(registered["number"].is_string());
    let temp = tempfile::tempdir().unwrap();
    let one = export(&mut county, temp.path(), None).unwrap().batch.unwrap();
    let accept = table(temp.path(), &one, "up_pro_accept");
    assert!(accept.contains("\"'=HYPERLINK(王)\"") && accept.contains("\"张受理\""), "{accept}");
    let process = table(temp.path(), &one, "up_pro_process");
    assert!(process.contains("\"张受理\"") && !process.contains("zhang"), "{process}");
}

#[test]
fn a_folder_that_does_not_fit_is_refused_and_left_as_it_is() {
    let (mut county, numbers) = county_with_cases();
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("up_pro");
    let one = export(&mut county, &folder, None).unwrap().batch.unwrap();
    let other = FeedFolder::open(&folder).unwrap().begin(unit(VILLAGE), None).unwrap_err();
    assert_eq!(other.code(), "FEED_OTHER_UNIT");
    let unknown: BatchId = "000009-0123456789abcdef01234567".parse().unwrap();
    assert_eq!(export(&mut county, &folder, Some(unknown)).unwrap_err().code(), "FEED_NO_BATCH");

    // A node that lost cases does not take them from the receiver.
    let empty = FeedFolder::open(&folder).unwrap().begin(unit("990101"), None).unwrap();
    let said = empty.finish(local::date_time(NOW)).unwrap();
    assert_eq!((said.written, said.missing), (false, 3));

    let manifest = folder.join(one.to_string()).join("manifest.jsonl");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace(&numbers[0], &numbers[1])).unwrap();
    assert_eq!(export(&mut county, &folder, None).unwrap_err().code(), "FEED_DAMAGED");
}

#[test]
fn a_case_becomes_a_package_that_is_checked_without_a_node() {
    let (mut county, numbers) = county_with_cases();
    receive(&mut county, &numbers[0]);
    county.ask(Command::PaperIssue { number: numbers[0].clone(), paper: None, user: None });
    let said = county.ask(Command::CasePackage { number: numbers[0].clone(), user: None });
    let files = package::contents(&said, None).unwrap();
    let bytes = package::write(&files);
    assert_eq!(package::check(&bytes).unwrap().files, files);
    let text = |name: &str| {
        let file: &File = files.iter().find(|file| file.name == name).unwrap();
        String::from_utf8(file.bytes.clone()).unwrap()
    };
    assert!(text("case.json").contains("王小明") && text("events.jsonl").lines().count() == 3);
    assert_eq!(text("signed.jsonl").lines().count(), 3, "an entry an event");
    assert!(text("nodes.json").contains(COUNTY));
    let papers: Value = serde_json::from_str(&text("papers.json")).unwrap();
    assert_eq!((&papers[0]["name"], &papers[0]["as_printed"]), (&"收件凭证".into(), &true.into()));
    assert!(text("papers/01-receipt.html").contains("王小明"));
    let again = county.ask(Command::CasePackage { number: numbers[0].clone(), user: None });
    assert_eq!(again, said, "the same case gives the same bytes");
    let unknown = Command::CasePackage { number: "123456".into(), user: None };
    assert_eq!(county.refused(unknown), "CASE_NOT_FOUND");
}
