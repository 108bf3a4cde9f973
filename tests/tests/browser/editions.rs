//! Guides as a browser prints them: the longest short edition on one A4 page, the full one with nothing over its edge.

use std::path::Path;

use sanji_model::guide::{Element, Guide, Material, Step};
use sanji_node::edition::{TextLang, Wanted, render};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Browser, screenshots};

/// Counts what is wrong and writes it into the title: things over the page's edge, text wider than its box in a chart, and
/// whether the sheet of the short edition hides anything.
const MEASURE: &str = "<script>
const page = document.querySelector('article').getBoundingClientRect();
const over = [...document.querySelectorAll('article *')].filter(e => e.getBoundingClientRect().right > page.right + 1);
const wide = [...document.querySelectorAll('.chart text[text-anchor]')].filter(e => e.getComputedTextLength() > 148);
const lines = [...document.querySelectorAll('.l')].filter(e => e.scrollWidth > e.clientWidth + 1);
const sheet = document.querySelector('.sheet');
const hidden = sheet && sheet.scrollHeight > sheet.clientHeight ? 1 : 0;
document.title = `over ${over.length} wide ${wide.length} lines ${lines.length} hidden ${hidden}`;
</script>";

/// Far longer than anything in the sample of real guides, in Chinese and in capitals, which are the widest letters.
fn longest() -> Guide {
    let mut guide = Guide::default();
    for element in Element::ALL {
        // Those with a type of their own refuse it.
        let text = "具有本县户籍或者持有本县居住证的申请人，ABCDEFGHIJKLMNOPQRSTUVWXYZ，\n".repeat(40);
        let _ = guide.set_text(*element, &text);
    }
    guide.set_text(Element::Name, &"对因保护野生动物造成财产损失的补偿".repeat(8)).expect("a name");
    let code = json!({ "handling": "11659901009990119C465990100199901" });
    guide.set_value(Element::Code, code).expect("a code");
    let material = |n: usize| Material {
        name: format!("第{n}种材料：{}", "WWWW身份证件".repeat(10)),
        when: Some("由代理人办理的".repeat(6)),
        originals: Some(1),
        copies: Some(2),
        later: Some(true),
        certificate: Some(true),
        note: Some("须加盖公章".repeat(30)),
        ..Material::default()
    };
    guide.set_value(Element::Materials, (0..60).map(material).map(json).collect()).expect("rows");
    let step = |n: usize| Step {
        name: "WWWWMMMM组织入户调查与专家评审".repeat(4),
        way: Some(if n < 17 { "窗口办理" } else { "网上办理" }.repeat(30)),
        role: Some(sanji_model::case::Role::Reviewer),
        tier: Some(sanji_model::organisation::Tier::County),
        working_days: "10000.5".parse().ok(),
        special: Some(true),
        ..Step::default()
    };
    guide.set_value(Element::Procedure, (0..30).map(step).map(json).collect()).expect("rows");
    let fees: Value = vec![json!({ "name": "测绘费".repeat(40), "standard": "80元".repeat(50) }); 8].into();
    guide.set_value(Element::Fees, fees).expect("rows");
    let limit = json!({ "promised": { "number": 20, "unit": "working_day" } });
    guide.set_value(Element::TimeLimit, limit).expect("a limit");
    guide.case_type = Some(sanji_model::case::CaseType::Promised);
    guide.visits = Some(10);
    guide.tiers = sanji_model::organisation::Tier::ALL.iter().copied().collect();
    let upright = "ᠭᠠᠷᠴᠠᠭ ᠰᠠᠷ\u{180e}ᠠ ".repeat(300);
    for element in [Element::Name, Element::Conditions, Element::Materials, Element::PlaceAndHours] {
        guide.translations.entry("mn".to_owned()).or_default().insert(element, upright.clone());
    }
    guide
}

fn json(row: impl serde::Serialize) -> Value {
    serde_json::to_value(row).expect("a row is JSON")
}

struct Desk {
    folder: TempDir,
    browser: Browser,
    answer: Value,
}

impl Desk {
    fn new(guide: &Guide) -> Desk {
        let id = "0195b8f27c1e7d33a1112f0d4c5b6a79";
        let published = json!({
            "guide": id, "version": 1_000, "published_at": 1_770_652_800_000_u64, "published_by": "640202",
            "effective_on": "2026-02-10", "cancels_on": "2027-02-10",
        });
        let answer = json!({ "id": id, "state": "in_force", "published": published, "guide": guide });
        let browser = Browser { profile: TempDir::new().expect("a folder") };
        Desk { folder: TempDir::new().expect("a folder"), browser, answer }
    }

    /// What was measured in the page, and how many sheets of paper it takes.
    fn print(&self, name: &str, wanted: &Wanted) -> (String, usize) {
        let page = render(&self.answer, wanted).expect("a page");
        let measured = self.file("measured.html", &page.replace("</body>", &format!("{MEASURE}</body>")));
        let dom = self.browser.dom(&measured);
        let title = dom.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        let title = title.expect("a title").0.to_owned();
        let pdf = self.folder.path().join("page.pdf");
        let url = self.file("page.html", &page);
        let print = format!("--print-to-pdf={}", pdf.display());
        self.browser.run(&[print, "--no-pdf-header-footer".to_owned(), url.clone()]);
        self.browser.picture(&url, &screenshots().join(format!("guide-{name}.png")));
        (title, sheets(&pdf))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the folder is writable");
        format!("file://{}", path.display())
    }
}

/// Page objects of a PDF.
fn sheets(pdf: &Path) -> usize {
    let bytes = std::fs::read(pdf).expect("it was printed");
    let text = String::from_utf8_lossy(&bytes);
    text.match_indices("/Type /Page").filter(|(at, mark)| !text[at + mark.len()..].starts_with('s')).count()
}

#[test]
fn the_longest_guide_is_one_sheet_in_short_and_whole_in_full() {
    let desk = Desk::new(&longest());
    let good = "over 0 wide 0 lines 0 hidden 0";
    for (lang, text) in [("zh", "zh"), ("en", "zh"), ("zh", "mn")] {
        let wanted = |short| Wanted {
            short,
            lang: lang.parse().expect("a language"),
            text: TextLang::parse(text).expect("a tag"),
            base: "http://county.example.gov.cn:7800".to_owned(),
            links: None,
        };
        let name = format!("short-{lang}-{text}");
        assert_eq!(desk.print(&name, &wanted(true)), (good.to_owned(), 1), "{name}");
        let (measured, sheets) = desk.print(&format!("full-{lang}-{text}"), &wanted(false));
        assert_eq!(measured, good, "full, {lang}, {text}");
        assert!(sheets > 3, "all of it is there: {sheets}");
    }
}

#[test]
fn a_guide_that_says_next_to_nothing_prints_too() {
    let mut guide = Guide::default();
    guide.set_text(Element::Name, "出生登记").expect("a name");
    let wanted = Wanted {
        short: true,
        lang: "zh".parse().expect("a language"),
        text: TextLang::Chinese,
        base: "http://localhost".to_owned(),
        links: None,
    };
    let (measured, sheets) = Desk::new(&guide).print("empty", &wanted);
    assert_eq!((measured.as_str(), sheets), ("over 0 wide 0 lines 0 hidden 0", 1));
}
