//! Guides and lists through the built binary, in every form of file: out, in again, and refused with the place.

mod county;

use county::{County, demo};
use serde_json::json;

#[test]
fn an_export_in_every_form_imports_as_nothing_new() {
    let county = County::new();
    for name in ["g.jsonl", "g.csv", "g.xlsx"] {
        let out = county.path(name);
        let said = county.json(&["guide", "export", "--out", &out]);
        assert_eq!((said["guides"].as_u64(), said["files"][0].as_str()), (Some(10), Some(out.as_str())));
        let again = county.json(&["guide", "import", &out]);
        let counts = ["imported", "updated", "unchanged"].map(|key| again[key].as_u64());
        assert_eq!(counts, [Some(0), Some(0), Some(10)], "{name}");
        let found = county.json(&["guide", "check", &out]);
        let errors = found.as_array().unwrap().iter().filter(|problem| problem["severity"] == "error");
        assert_eq!(errors.count(), 0, "{name}: {found}");
    }
    let out = county.path("g.csv");
    assert_eq!(county.refused(&["guide", "export", "--out", &out])["code"], "FILE_EXISTS");
    // The form that is said counts, not the name.
    let odd = county.path("lines.txt");
    county.json(&["guide", "export", "--format", "jsonl", "--out", &odd]);
    assert_eq!(county.refused(&["guide", "import", &odd])["code"], "FILE_KIND");
    assert_eq!(county.json(&["guide", "import", &odd, "--format", "jsonl"])["unchanged"], 10);
}

#[test]
fn a_bad_cell_refuses_the_whole_file_and_names_its_place() {
    let county = County::new();
    let before = county.json(&["guide", "list"]);
    let file = county.path("bad.csv");
    std::fs::write(&file, "事项名称,承诺办结时限\n新事项,5个工作日\n,3个工作日\n").unwrap();
    let error = county.refused(&["guide", "import", &file]);
    assert_eq!(
        (error["code"].as_str(), error["problems"][0]["line"].as_u64()),
        (Some("GUIDE_NO_NAME"), Some(3))
    );
    assert_eq!(county.json(&["guide", "list"]), before, "nothing of it was taken");
    std::fs::write(county.file("bad.xlsx"), "no workbook").unwrap();
    let error = county.refused(&["guide", "import", &county.path("bad.xlsx")]);
    assert_eq!(error["code"], "SHEET_WORKBOOK");
    std::fs::write(&file, "事项名称,承诺办结时限,用不上的\n新事项,按规定办理,甲\n").unwrap();
    let said = county.json(&["guide", "import", &file]);
    let told: Vec<&str> =
        said["problems"].as_array().unwrap().iter().filter_map(|p| p["key"].as_str()).collect();
    assert_eq!((said["imported"].as_u64(), told), (Some(1), vec!["用不上的", "承诺办结时限"]));
}

#[test]
fn published_versions_go_into_the_tables_of_the_national_exchange() {
    let county = County::new();
    county.json(&["guide", "publish", "生育登记"]);
    let out = county.path("up");
    let words = ["guide", "export", "--format", "national", "--out", &out, "--batch", "B-7"];
    let said = county.json(&words);
    assert_eq!((said["guides"].as_u64(), said["batch"].as_str()), (Some(1), Some("B-7")));
    let basic = std::fs::read_to_string(county.file("up/up_task_general_basic.csv")).unwrap();
    assert!(basic.starts_with("\"rowguid\",\"catalog_code\",\"task_code\""), "{basic}");
    assert!(!basic.contains("\"'"), "codes and dates are to the letter: {basic}");
    let row = basic.lines().find(|line| line.contains("生育登记")).unwrap();
    assert!(row.contains("\"11659901009990143W4659901005001\""), "{row}");
    let material = std::fs::read_to_string(county.file("up/up_task_general_material.csv")).unwrap();
    assert!(material.contains("\"结婚证\"") && material.contains("\"I\"") && material.contains("\"B-7\""));
    assert_eq!(
        county.refused(&["guide", "import", &county.path("up/up_task_general_basic.csv")])["code"],
        "SHEET_NATIONAL"
    );
}

#[test]
fn cases_are_exported_batch_by_batch_and_archived_one_by_one() {
    let county = County::new();
    county.json(&["guide", "publish", "生育登记"]);
    let who = ["--applicant", "王小明", "--id-number", "11010519491231002X"];
    let case = county.json(&[&["case", "register", "--guide", "生育登记"][..], &who].concat());
    let out = county.path("up_pro");
    let said = county.json(&["case", "export", &out]);
    assert_eq!((said["written"].as_bool(), said["inserted"].as_u64()), (Some(true), Some(2)));
    let batch = said["batch"].as_str().unwrap();
    let accept =
        std::fs::read_to_string(county.file("up_pro").join(batch).join("up_pro_accept.csv")).unwrap();
    assert!(accept.contains("\"生育登记\",\"王小明\",\"111\",\"11010519491231002X\""), "{accept}");
    let again = county.json(&["case", "export", &out, "--since", batch]);
    assert_eq!((again["written"].as_bool(), again["batch"].as_str()), (Some(false), Some(batch)));

    let (number, file) = (case["number"].as_str().unwrap(), county.path("case.zip"));
    let said = county.json(&["case", "archive-package", number, &file]);
    let seal = said["seal"].as_str().unwrap();
    let checked = county.json(&["case", "archive-check", &file, "--seal", seal]);
    assert_eq!((checked["number"].as_str(), checked["state"].as_str()), (Some(number), Some("registered")));
    assert_eq!(county.refused(&["case", "archive-package", number, &file])["code"], "FILE_EXISTS");
    assert_eq!(
        county.refused(&["case", "archive-check", &file, "--seal", "00000000"])["code"],
        "PACKAGE_OTHER"
    );
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(county.refused(&["case", "archive-check", &file])["code"], "PACKAGE_CHANGED");
}

#[test]
fn lists_and_bundles_are_imported_published_asked_and_ended() {
    let county = County::new();
    let said = county.json(&["list", "import", &demo("lists.csv")]);
    assert_eq!((said["imported"].as_u64(), &said["problems"]), (Some(4), &json!([])));
    county.json(&["bundle", "import", &demo("bundles.jsonl")]);
    assert_eq!(county.json(&["list", "list"]).as_array().map(Vec::len), Some(4));
    assert_eq!(county.json(&["list", "switches", "生育登记"])["lists"], json!([]));
    county.json(&["list", "publish", "青禾县即办事项清单（第一批）"]);
    let held = county.json(&["list", "switches", "生育登记"]);
    assert_eq!(
        (held["lists"][0]["kind"].as_str(), held["lists"][0]["version"].as_u64()),
        (Some("on_the_spot"), Some(1))
    );
    county.json(&["bundle", "publish", "老年人一件事"]);
    let bundle = county.json(&["bundle", "show", "老年人一件事"]);
    let card =
        bundle["materials"].as_array().unwrap().iter().find(|row| row["name"] == "居民身份证").unwrap();
    assert_eq!(card["items"], json!(["高龄津贴申请", "城乡居民基本养老保险参保登记"]));
    county.json(&["list", "end", "青禾县即办事项清单（第一批）"]);
    assert_eq!(county.json(&["list", "switches", "生育登记"])["lists"], json!([]));
    assert_eq!(county.refused(&["list", "show", "别的"])["code"], "LIST_NOT_FOUND");
}
