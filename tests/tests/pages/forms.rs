//! What becomes of a form: one that is sent twice is done once, one whose session is over is not lost, and a page says that
//! something was done after it was done and never because an address says so.

use std::thread;

use sanji_model::case::Role;
use sanji_node::command::{Command, NewMatter};
use sanji_tests::people::{PASSWORD, Seen, Visitor, employ};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, ID_NUMBER, Node};

const START: &str = "/cases/new?guide=%E6%A8%A1%E6%8B%9F%E4%BA%8B%E9%A1%B9";

/// A hidden field of the first form that has it.
pub fn hidden(seen: &Seen, name: &str) -> String {
    let after = seen.body.split_once(&format!("name=\"{name}\" value=\"")).map_or("", |(_, rest)| rest);
    after.split('"').next().unwrap_or_default().to_owned()
}

/// All hidden fields of the form that goes to `to`.
fn hidden_of<'a>(seen: &'a Seen, to: &str) -> Vec<(&'a str, &'a str)> {
    let after = seen.body.split_once(&format!("action=\"{to}\"")).map_or("", |(_, rest)| rest);
    let form = after.split("</form>").next().unwrap_or_default();
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .filter_map(|field| {
            let (name, rest) = field.split_once("\" value=\"")?;
            Some((name, rest.split_once('"')?.0))
        })
        .collect()
}

struct Form {
    csrf: String,
    once: String,
}

impl Form {
    fn opened(visitor: &Visitor, page: &str) -> Form {
        let seen = visitor.get(page);
        let form = Form { csrf: seen.csrf(), once: hidden(&seen, "once") };
        assert!(form.once.len() == 32, "{page} has no key: {seen:?}");
        form
    }

    fn case(&self, visitor: &Visitor, applicant: &str, id_number: &str) -> Seen {
        let fields = [
            ("csrf", self.csrf.as_str()),
            ("once", &self.once),
            ("guide", GUIDE),
            ("applicant", applicant),
            ("id_number", id_number),
            ("step", "register"),
        ];
        visitor.post("/cases/new", &fields)
    }
}

fn clerk(ground: &Ground) -> (Node, Visitor) {
    let county = ground.county("county");
    employ(&county, "li", "李", COUNTY, &[Role::Clerk, Role::ComplaintsOfficer, Role::Administrator]);
    let visitor = Visitor::signed_in(&county, "li");
    (county, visitor)
}

#[test]
fn a_form_that_is_sent_twice_files_one_case_and_leads_to_it() {
    let ground = Ground::new();
    let (county, li) = clerk(&ground);
    let form = Form::opened(&li, START);
    let wrong = form.case(&li, "王小明", "110105194912310021");
    assert_eq!(wrong.status, 422, "{wrong:?}");
    // Two clicks at once, then a reload: the browser of each has the same cookie.
    let clicks: Vec<Seen> = thread::scope(|scope| {
        let clicks: Vec<_> = (0..2)
            .map(|_| {
                let (form, li) = (&form, li.again());
                scope.spawn(move || form.case(&li, "王小明", ID_NUMBER))
            })
            .collect();
        clicks.into_iter().map(|click| click.join().expect("a click is answered")).collect()
    });
    let reload = form.case(&li, "王小明", ID_NUMBER);
    for seen in [&clicks[0], &clicks[1], &reload] {
        assert!(seen.status == 303 && seen.to == clicks[0].to && seen.to.starts_with("/cases/6"), "{seen:?}");
    }
    assert_eq!(county.cases().len(), 1);
    let page = li.get(&reload.to);
    assert!(page.body.contains("没有重复登记"), "{page:?}");
    assert!(!li.get(&reload.to).body.contains("没有重复登记"), "said once");
    let other = Form::opened(&li, START).case(&li, "王小明", ID_NUMBER);
    assert!(other.status == 303 && other.to != reload.to, "a form that is opened anew is another case");
    assert_eq!(county.cases().len(), 2);
}

#[test]
fn complaints_invitations_and_steps_of_a_case_are_done_once_too() {
    let ground = Ground::new();
    let (county, li) = clerk(&ground);
    let send = |page: &str, to: &str, fields: &[(&str, &str)]| {
        let form = Form::opened(&li, page);
        let all = [&[("csrf", form.csrf.as_str()), ("once", &form.once)], fields].concat();
        (li.post(to, &all), li.post(to, &all))
    };
    let text = [("kind", "complaint"), ("text", "窗口中午没有人")];
    let (first, second) = send("/complaints/new", "/complaints/new", &text);
    assert!(first.status == 303 && first.to == second.to, "{second:?}");
    assert!(li.get(&second.to).body.contains("没有重复办理"));
    let enquiry = [("text", "几点开门")];
    let (first, second) = send("/enquiries/new", "/enquiries/new", &enquiry);
    assert!(first.status == 303 && first.to == second.to, "{second:?}");
    assert_eq!(county.status()["complaints"], 1);
    let unit = [("unit", "640202001"), ("hours", "24"), ("parents", "127.0.0.1:4510")];
    let (first, second) = send("/invitations", "/invitations", &unit);
    let token = |seen: &Seen| seen.body.split_once("code token\">").map(|(_, rest)| rest[..80].to_owned());
    assert!(token(&first).is_some() && token(&first) == token(&second), "{second:?}");
    let audit = li.get("/audit").body;
    assert_eq!(audit.matches("生成入网邀请").count(), 1, "who invited is recorded, once: {audit}");
    let number = county.file_case("王小明");
    let page = format!("/cases/{number}");
    let (first, second) = send(&page, &format!("{page}/note"), &[("text", "请带原件")]);
    assert_eq!((first.status, second.status), (303, 303), "{second:?}");
    assert_eq!(li.get(&page).body.matches("请带原件").count(), 1);
}

#[test]
fn a_step_that_somebody_else_did_first_comes_back_with_what_was_typed() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "all", "全能人", COUNTY, Role::ALL);
    let all = Visitor::signed_in(&county, "all");
    let number = county.file_case("王小明");
    let user = || Some("all".to_owned());
    let act = |action: &str, pairs: &[(&str, &str)]| {
        let fields = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (number, action) = (number.clone(), action.to_owned());
        county.ask(Command::CaseAct { number, action, fields, user: user() });
    };
    act("withdraw", &[("reason", "等候太久")]);
    act("rate", &[("level", "5")]);
    let new = || NewMatter { text: "几点开门".into(), user: user(), ..NewMatter::default() };
    let said = county.ask(Command::ComplaintRegister { kind: "complaint".into(), new: new() });
    let complaint = said["number"].as_str().expect("a number").to_owned();
    let enquiry = county.ask(Command::EnquiryRegister { new: new() });
    let enquiry = enquiry["number"].as_str().expect("a number").to_owned();
    let pages = [
        (format!("/complaints/{complaint}"), "refuse", [("reason", "打错的字也要留着"), ("where", "信访局")]),
        (format!("/enquiries/{enquiry}"), "answer", [("text", "打错的字也要留着"), ("x", "")]),
        (format!("/ratings/{number}"), "verify_rating", [("found", "打错的字也要留着"), ("x", "")]),
    ];
    let opened = pages.each_ref().map(|(page, ..)| all.get(page).csrf());
    county.ask(Command::ComplaintAct {
        number: complaint,
        action: "accept".into(),
        fields: Default::default(),
        user: user(),
    });
    let fields = [("text".to_owned(), "九点".to_owned())].into();
    county.ask(Command::EnquiryAct { number: enquiry, action: "answer".into(), fields, user: user() });
    act("verify_rating", &[("found", "属实")]);
    for ((page, action, typed), csrf) in pages.iter().zip(&opened) {
        let form = [&[("csrf", csrf.as_str()), ("action", action)], &typed[..]].concat();
        let late = all.post(page, &form);
        assert_eq!(late.status, 422, "{page}: {late:?}");
        assert!(
            late.body.contains("打错的字也要留着") && late.body.contains("role=\"alert\""),
            "{page}: {late:?}"
        );
        let nothing = all.post(page, &[("csrf", csrf), ("action", "fly")]);
        assert!(nothing.status == 422 && nothing.body.contains("没有“fly”"), "{page}: {nothing:?}");
    }
}

#[test]
fn a_form_whose_session_is_over_is_sent_after_signing_in_and_only_by_who_filled_it() {
    let ground = Ground::new();
    let (county, li) = clerk(&ground);
    employ(&county, "wang", "王", COUNTY, &[Role::Clerk]);
    let form = Form::opened(&li, START);
    assert!(county.stop().success(), "a node that stops forgets its sessions");
    let county = Node::start(&ground.data("county"));
    let over = form.case(&li, "王小明", ID_NUMBER);
    assert!(over.status == 403 && over.body.contains("您填写的内容还在"), "{over:?}");
    assert!(county.cases().is_empty(), "nothing was done");
    let sign_in = |visitor: &Visitor, page: &Seen, user: &str, password: &str| {
        let kept = hidden_of(page, "/sign-in");
        visitor.post("/sign-in", &[&kept[..], &[("user", user), ("password", password)]].concat())
    };
    let wrong = sign_in(&li, &over, "li", "wrong");
    assert_eq!(wrong.status, 422);
    let other = li.again();
    let others = sign_in(&other, &wrong, "wang", PASSWORD);
    assert!(others.status == 303 && !others.body.contains("王小明"), "it is none of theirs: {others:?}");
    let back = sign_in(&li, &wrong, "li", PASSWORD);
    assert!(back.status == 200 && back.body.contains("继续提交"), "{back:?}");
    let done = li.post("/cases/new", &hidden_of(&back, "/cases/new"));
    assert!(done.status == 303 && done.to.starts_with("/cases/6"), "{done:?}");
    assert_eq!(county.cases().len(), 1);
    // The tab in which the form stood still has it: its key leads to the case.
    let tab = form.case(&li, "王小明", ID_NUMBER);
    assert_eq!((tab.status, tab.to), (303, done.to));
}

#[test]
fn a_form_that_is_kept_goes_along_into_another_language() {
    let ground = Ground::new();
    let (county, li) = clerk(&ground);
    let form = Form::opened(&li, START);
    assert!(county.stop().success());
    let county = Node::start(&ground.data("county"));
    let over = form.case(&li, "王小明", ID_NUMBER);
    let switch = |page: &Seen, lang: &str, user: &str| {
        assert!(!page.body.contains("href=\"/cases/new?lang"), "a link would lose it: {page:?}");
        let to = format!("/sign-in?lang={lang}");
        assert!(page.body.contains(&format!("form=\"kept\" formaction=\"{to}\"")), "{page:?}");
        li.post(&to, &[&hidden_of(page, "/sign-in")[..], &[("user", user), ("password", "")]].concat())
    };
    let english = switch(&over, "en", "li");
    assert!(english.body.contains("<h1>Sign in</h1>") && english.body.contains("王小明"), "{english:?}");
    assert!(english.body.contains("name=\"user\" value=\"li\""), "{english:?}");
    // No password was tried.
    for _ in 0..6 {
        switch(&english, "en", "li");
    }
    let kept = hidden_of(&english, "/sign-in");
    let offered = li.post("/sign-in", &[&kept[..], &[("user", "li"), ("password", PASSWORD)]].concat());
    assert!(offered.status == 200 && offered.body.contains("lang=\"en\""), "{offered:?}");
    let chinese = switch(&offered, "zh", "");
    assert!(chinese.status == 200 && chinese.body.contains("继续提交"), "{chinese:?}");
    let done = li.post("/cases/new", &hidden_of(&chinese, "/cases/new"));
    assert!(done.status == 303 && done.to.starts_with("/cases/6"), "{done:?}");
    assert_eq!(county.cases().len(), 1);
}

#[test]
fn a_password_is_in_no_form_that_is_kept() {
    let ground = Ground::new();
    let (county, li) = clerk(&ground);
    let csrf = li.get("/users/new").csrf();
    assert!(county.stop().success());
    let _county = Node::start(&ground.data("county"));
    let fields =
        [("csrf", csrf.as_str()), ("id", "ma"), ("name", "马花"), ("new", "he-lan-88"), ("again", "x")];
    let over = li.post("/users/new", &fields);
    assert!(over.body.contains("马花") && !over.body.contains("he-lan-88"), "{over:?}");
    let kept = hidden_of(&over, "/sign-in");
    let back = li.post("/sign-in", &[&kept[..], &[("user", "li"), ("password", PASSWORD)]].concat());
    assert!(back.body.contains("密码没有保留"), "{back:?}");
    // A file cannot be kept, and a form that no session made is not.
    let nobody = Visitor::new(&_county).post("/users/new", &[("id", "ma"), ("name", "马花")]);
    assert!(nobody.status == 403 && !nobody.body.contains("马花"), "{nobody:?}");
}

#[test]
fn no_address_makes_a_page_say_that_something_was_done() {
    let ground = Ground::new();
    let (county, li) = clerk(&ground);
    let number = county.file_case("王小明");
    let complaint = county.ask(Command::ComplaintRegister {
        kind: "complaint".into(),
        new: serde_json::from_value(serde_json::json!({ "text": "等了一小时", "user": "li" }))
            .expect("a complaint"),
    });
    let complaint = complaint["number"].as_str().expect("a number");
    for page in [
        format!("/cases/{number}?done=accept"),
        format!("/complaints/{complaint}?done=reply"),
        "/cards?done=confirm_card".to_owned(),
        "/users?done=saved".to_owned(),
        "/users/li?done=disabled".to_owned(),
        "/revocations?done=revoked".to_owned(),
        "/tokens?done=ended".to_owned(),
        "/me?done".to_owned(),
    ] {
        let seen = li.get(&page);
        assert!(seen.status == 200 || seen.status == 403, "{page}: {seen:?}");
        assert!(!seen.body.contains("role=\"status\""), "{page}: {seen:?}");
    }
}

#[test]
fn what_a_page_cannot_be_filtered_by_stays_in_its_form_with_a_sentence_and_shows_nothing_else() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "all", "全能人", COUNTY, Role::ALL);
    let all = Visitor::signed_in(&county, "all");
    county.file_case("王小明");
    for (page, typed, sentence) in [
        ("/cases?unit=12", "value=\"12\"", "机构代码应为"),
        ("/cases?unit=640299", "value=\"640299\"", "640299"),
        ("/cases?due_before=zz", "value=\"zz\"", "日期应写作"),
        ("/cases?state=zz", "", "没有这个选项"),
        ("/cases?held=1&state=zz", "", "没有这个选项"),
        ("/cases?after=zz", "", "翻页地址已失效"),
        ("/report?month=zz", "value=\"zz\"", "月份应写作"),
        ("/report.csv?month=zz", "value=\"zz\"", "月份应写作"),
        ("/ledger?month=2026-13", "value=\"2026-13\"", "月份应写作"),
        ("/ledger?unit=12", "value=\"12\" selected", "机构代码应为"),
        ("/cards?level=zz", "", "没有这个选项"),
        ("/cards?unit=12", "value=\"12\" selected", "机构代码应为"),
        ("/ratings?stage=zz", "", "没有这个选项"),
        ("/ratings?unit=12", "value=\"12\" selected", "机构代码应为"),
        ("/complaints?state=zz", "value=\"zz\" selected", "没有这个选项"),
        ("/complaints?due_before=zz", "value=\"zz\"", "日期应写作"),
        ("/enquiries?unit=12", "value=\"12\" selected", "机构代码应为"),
        ("/dashboard?from=zz", "value=\"zz\"", "月份应写作"),
        ("/dashboard?from=2026-05&to=2026-02", "value=\"2026-02\"", "止月不能早于起月"),
        ("/dashboard?unit=12", "", "机构代码应为"),
        ("/audit?month=zz", "value=\"zz\"", "月份应写作"),
        ("/audit?unit=12", "value=\"12\" selected", "机构代码应为"),
        ("/conflicts?unit=12", "value=\"12\"", "机构代码应为"),
        ("/sampling?month=zz&seed=a", "value=\"zz\"", "月份应写作"),
        ("/drafts?after=zz", "", "翻页地址已失效"),
        ("/guides/%E6%A8%A1%E6%8B%9F%E4%BA%8B%E9%A1%B9?version=zz", "", "版本号应为数字"),
    ] {
        let seen = all.get(page);
        assert_eq!(seen.status, 422, "{page}: {seen:?}");
        assert!(seen.body.contains(typed) && seen.body.contains(sentence), "{page}: {seen:?}");
        assert!(seen.body.contains("role=\"alert\"") || typed.is_empty(), "{page}: {seen:?}");
        assert!(!seen.body.contains("王小明") && !seen.body.contains("王*"), "{page}: {seen:?}");
    }
    // A role that sees its own unit only is not shown that in the place of another.
    employ(&county, "handler", "白承办", COUNTY, &[Role::Handler]);
    let handler = Visitor::signed_in(&county, "handler");
    assert_eq!(handler.get("/cards?unit=640202001").status, 403);
    assert_eq!(handler.get("/cards").status, 200);
}

#[test]
fn the_same_content_is_published_once_and_a_table_of_something_else_is_no_file_of_guides() {
    let ground = Ground::new();
    let county = ground.county("county");
    let publish = |effective: Option<&str>| {
        county.try_ask(&Command::GuidePublish { id: GUIDE.into(), effective: effective.map(str::to_owned) })
    };
    let refused = publish(None).expect_err("nothing is changed");
    assert!(
        refused["code"] == "GUIDE_UNCHANGED" && refused["zh"].to_string().contains("第 1 版"),
        "{refused}"
    );
    let later = publish(Some("2099-01-01")).expect("another day is another version");
    assert_eq!(later["version"], 2);
    assert_eq!(publish(Some("2099-01-01")).expect_err("that day stands")["code"], "GUIDE_UNCHANGED");
}
