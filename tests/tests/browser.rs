//! The local pages as a browser shows them, in both languages, with the screenshots kept in `target/screenshots/`.
//!
//! The accident it prevents: a page that answers 200 and shows nothing, half of it in the other language, or a layout
//! that the content security policy leaves without its styles.

#[path = "browser/county.rs"]
mod county_people;
#[path = "browser/editions.rs"]
mod editions;
#[path = "browser/every_page.rs"]
mod every_page;
#[path = "browser/guides.rs"]
mod guides;
#[path = "browser/village.rs"]
mod village;
#[path = "browser/window.rs"]
mod window;

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output, Stdio};

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_tests::people::{Visitor, employ};
use sanji_tests::processes::{COUNTY, Ground, Node, TOWN, binary};
use tempfile::TempDir;

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 1000;

struct Browser {
    profile: TempDir,
}

impl Browser {
    fn run(&self, arguments: &[String]) -> Output {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let fixed = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            &profile,
        ];
        let mut process = Process::new("chromium");
        let output = process.args(fixed).args(arguments).stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| {
            panic!("chromium does not start ({error}): tests/run installs it, or apt-get install chromium")
        });
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// The document as it is after loading.
    fn dom(&self, url: &str) -> String {
        String::from_utf8(self.run(&["--dump-dom".to_owned(), url.to_owned()]).stdout)
            .expect("a page is UTF-8")
    }

    /// A picture of the page; its width and height.
    fn picture(&self, url: &str, to: &Path) -> (u32, u32) {
        self.run(&[
            format!("--screenshot={}", to.display()),
            format!("--window-size={WIDTH},{HEIGHT}"),
            url.to_owned(),
        ]);
        let png = std::fs::read(to).expect("the screenshot is there");
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{} is no picture", to.display());
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
        (number(16), number(20))
    }
}

fn screenshots() -> PathBuf {
    let folder = binary().ancestors().nth(2).expect("target/PROFILE/sanji").join("screenshots");
    std::fs::create_dir_all(&folder).expect("target is writable");
    folder
}

/// A county with a town that is linked and has filed a case.
fn county(ground: &Ground) -> (Node, Node) {
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    town.wait_linked();
    town.wait_guides(1);
    town.file_case("测试人");
    county.wait("with the town's case", |status| status["cases"] == 1);
    (county, town)
}

#[test]
fn the_status_page_speaks_both_languages_and_looks_like_something() {
    let ground = Ground::new();
    let (county, town) = county(&ground);
    employ(&county, "li", "李", COUNTY, &[Role::Clerk]);
    employ(&county, "wang", "王", TOWN, &[Role::Clerk]);
    town.wait("the clerk is there", |_| town.ask(Command::StaffList)[0]["has_password"] == true);
    let clerk = Visitor::signed_in(&county, "li");
    let zh = clerk.get("/node?lang=zh").body;
    for words in
        ["测试县", "测试镇", "县级", "办件", "已发布指南", "下级节点", "已连接", "同步范围", "lang=\"zh-CN\""]
    {
        assert!(zh.contains(words), "{words} is missing: {zh}");
    }
    let en = clerk.get("/node?lang=en").body;
    for words in ["测试县", "cases", "published guides", "Nodes below", ">up<", "Scopes", "lang=\"en\""] {
        assert!(en.contains(words), "{words} is missing: {en}");
    }
    // No name of a person is on a page about the machine.
    assert!(!zh.contains("测试人") && !en.contains("测试人"));
    assert!(!zh.contains("最近办件的保存情况"), "the county has nowhere to send to");

    town.ask(Command::SyncPause);
    let offline = town.file_case("测试人");
    let page = Visitor::signed_in(&town, "wang").get("/node?lang=zh").body;
    for words in ["最近办件的保存情况", "1 件办件的最新内容仅保存在本机", "1 件尚未全部送达测试县", "✓"]
    {
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    assert!(page.contains("已手动暂停") && page.contains("待上传条目") && !page.contains(&offline), "{page}");

    let browser = Browser { profile: TempDir::new().unwrap() };
    let folder = screenshots();
    for (lang, node) in [("zh", &county), ("en", &county), ("zh", &town)] {
        let url = format!("http://{}/?lang={lang}", node.http);
        let size =
            browser.picture(&url, &folder.join(format!("home-{}-{lang}.png", node.http.replace(':', "-"))));
        assert_eq!(size, (WIDTH, HEIGHT));
    }
}
