//! The guides' pages of a village that is cut off, as a browser shows them: found by initials, read, printed, and rolled out.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_tests::people::{Visitor, employ};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, TOWN};
use tempfile::TempDir;

use super::{Browser, county, screenshots};

#[test]
fn a_guide_is_found_and_read_and_its_rollout_seen() {
    let ground = Ground::new();
    let (county, town) = county(&ground);
    town.ask(Command::SyncPause);
    let browser = Browser { profile: TempDir::new().unwrap() };
    let page = |path: &str| format!("http://{}{path}", town.http);

    let list = browser.dom(&page("/guides?q=mnsx&lang=zh"));
    assert!(list.contains(GUIDE) && list.contains("名称拼音") && list.contains("method=\"get\""), "{list}");
    let none = browser.dom(&page("/guides?q=%E9%A3%9E%E6%9C%BA%3Cb%3E&lang=zh"));
    assert!(none.contains("没有找到") && !none.contains("飞机<b>"), "{none}");
    let refused = browser.dom(&page("/guides?q=%21&lang=en"));
    assert!(refused.contains("is not good"), "{refused}");

    let id = list.split_once("href=\"/guides/").unwrap().1.split_once('"').unwrap().0.to_owned();
    for (path, words) in [
        (format!("/guides/{id}?lang=zh"), "办事指南（完整版）"),
        (format!("/guides/{id}/short?lang=en"), "short edition"),
        (format!("/guides/{id}?lang=zh&version=9"), "GUIDE_NOT_FOUND"),
        ("/guides/nothing?lang=zh".to_owned(), "没有编号为“nothing”的办事指南"),
    ] {
        let dom = browser.dom(&page(&path));
        assert!(dom.contains(words), "{path}: {dom}");
    }
    let picture = screenshots().join("guide-served.png");
    browser.picture(&page(&format!("/guides/{id}?lang=zh")), &picture);

    employ(&county, "li", "李", COUNTY, &[Role::GuideEditor]);
    let editor = Visitor::signed_in(&county, "li");
    let rollout = editor.get(&format!("/guides/{id}/rollout?lang=zh")).body;
    let (missing, holding) = rollout.split_once("class=\"holding\"").unwrap();
    assert!(holding.contains(TOWN) && missing.contains("东村") && missing.contains("尚未入网"), "{rollout}");
    assert!(missing.contains("第 1 版：3 个下级机构中 1 个已持有"), "{rollout}");
    browser.picture(
        &format!("http://{}/guides?q=mnsx&lang=zh", county.http),
        &screenshots().join("guides-county-zh.png"),
    );
}
