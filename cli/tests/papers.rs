//! Papers through the built binary: looked at, issued, issued again, verified; and nothing is recorded where nothing was written.

mod county;

use county::{County, demo};

/// A county with a published guide and a case that was received.
fn received() -> (County, String) {
    let county = County::new();
    let lines = std::fs::read_to_string(demo("guides.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let guide = first["要素"]["name"].as_str().unwrap_or("高龄津贴申请").to_owned();
    county.json(&["guide", "publish", &guide]);
    let applied =
        ["case", "register", "--guide", &guide, "--applicant", "王小明", "--id-number", "11010519491231002X"];
    let number = county.json(&applied)["number"].as_str().unwrap().to_owned();
    county.json(&["case", "act", &number, "receive", "--field", "materials=身份证;户口簿"]);
    (county, number)
}

fn prints(county: &County, number: &str) -> u64 {
    county.json(&["case", "show", number])["papers"][0]["prints"].as_u64().unwrap()
}

#[test]
fn a_paper_is_looked_at_issued_and_issued_again() {
    let (county, number) = received();
    let file = county.path("receipt.html");
    let print =
        |more: &[&str]| county.json(&[&["case", "print", &number, "--output", &file][..], more].concat());
    let look = print(&["--preview"]);
    assert!(look["copy"].is_null() && look["code"].is_null());
    assert_eq!(prints(&county, &number), 0);

    let words = ["case", "print", &number, "--output", &file];
    assert_eq!(county.refused(&words)["code"], "FILE_EXISTS");
    assert_eq!(prints(&county, &number), 0, "what was not written is not recorded");
    let first = print(&["--force", "--paper", "收件凭证"]);
    assert_eq!((first["copy"].as_u64(), first["reprint"].as_bool()), (Some(1), Some(false)));
    let page = std::fs::read_to_string(county.file("receipt.html")).unwrap();
    assert!(page.contains("青禾县政务服务中心") && page.contains("王小明") && page.contains("户口簿"));
    let second = print(&["--force", "--paper", "receive"]);
    assert_eq!((second["copy"].as_u64(), second["reprint"].as_bool()), (Some(2), Some(true)));
    assert!(std::fs::read_to_string(county.file("receipt.html")).unwrap().contains("补打"));
    assert_eq!(prints(&county, &number), 2);
    assert_eq!(county.refused(&["case", "print", &number, "--paper", "decision"])["code"], "PAPER_NOT_MADE");

    let code = first["code"].as_str().unwrap();
    let found = county.json(&["case", "verify-paper", code]);
    assert_eq!((found["finding"].as_str(), found["number"].as_str()), (Some("authentic"), Some(&*number)));
    let tampered = format!("{}{}", &code[..180], if code.ends_with('A') { "Q" } else { "A" });
    let output = county.run(&["case", "verify-paper", &tampered, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(county.refused(&["case", "verify-paper", "nonsense"])["code"], "PAPER_CODE");
}

#[test]
fn a_pdf_has_a_font_or_says_what_to_install() {
    let (county, number) = received();
    let file = county.path("receipt.pdf");
    let no_font = ["case", "print", &number, "--pdf", "--font", "/nowhere/x.ttc", "--output", &file];
    let error = county.refused(&no_font);
    assert_eq!(error["code"], "FONT_UNREADABLE");
    assert_eq!(prints(&county, &number), 0);
    let made = county.json(&["case", "print", &number, "--pdf", "--output", &file]);
    let bytes = std::fs::read(county.file("receipt.pdf")).unwrap();
    assert_eq!((made["bytes"].as_u64(), &bytes[..5]), (Some(bytes.len() as u64), &b"%PDF-"[..]));
}

#[test]
fn a_printed_guide_overwrites_nothing_unasked() {
    let county = County::new();
    let lines = std::fs::read_to_string(demo("guides.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let guide = first["要素"]["name"].as_str().unwrap_or("高龄津贴申请").to_owned();
    let file = county.path("guide.html");
    let words = ["guide", "print", &guide, "--output", &file];
    county.json(&words);
    assert_eq!(county.refused(&words)["code"], "FILE_EXISTS");
    county.json(&[&words[..], &["--force"]].concat());
}
