//! People at a node's pages: they sign in, open pages and send forms, as a browser without script does.
//!
//! Knows pages by their addresses and forms by their fields only.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sanji_model::case::Role;
use sanji_node::command::Command;
use serde_json::Value;

use crate::processes::Node;

/// What test people sign in with.
pub const PASSWORD: &str = "shui-dong-gou-27";

/// Argon2id of it with the least work that there is: the work is in the hash, so signing in is quick.
pub fn quick_hash() -> String {
    use argon2::password_hash::{PasswordHasher as _, SaltString};
    let params = argon2::Params::new(8, 1, 1, None).expect("the least parameters");
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let salt = SaltString::encode_b64(&[3; 16]).expect("16 bytes are a salt");
    hasher.hash_password(PASSWORD.as_bytes(), &salt).expect("it hashes").to_string()
}

/// Adds a user of `unit` at the county, with a password.
pub fn employ(county: &Node, id: &str, name: &str, unit: &str, roles: &[Role]) {
    county.ask(Command::UserAdd {
        id: id.to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        roles: roles.iter().map(|role| role.word().to_owned()).collect(),
        deputy: None,
        user: None,
    });
    county.ask(Command::PasswordSet { id: id.to_owned(), hash: quick_hash(), user: None });
}

/// A user of the unit for every role, called as both: `guide-editor-640202`.
pub fn one_a_role(county: &Node, unit: &str) -> BTreeMap<Role, String> {
    let employed = |role: &Role| {
        let id = format!("{}-{unit}", role.word().replace('_', "-"));
        employ(county, &id, role.words().zh, unit, &[*role]);
        (*role, id)
    };
    Role::ALL.iter().map(employed).collect()
}

/// Somebody with a browser, signed in or not.
pub struct Visitor {
    base: String,
    agent: ureq::Agent,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Seen {
    pub status: u16,
    /// Where a redirect leads.
    pub to: String,
    pub kind: String,
    pub body: String,
}

impl Seen {
    /// The hidden field of the first form that has one.
    pub fn csrf(&self) -> String {
        let after = self.body.split_once("name=\"csrf\" value=\"").map_or("", |(_, rest)| rest);
        after.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Visitor {
    pub fn new(node: &Node) -> Visitor {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).max_redirects(0);
        let base = format!("http://{}", node.http);
        // Test nodes speak English unless they are asked otherwise.
        let cookies = BTreeMap::from([("sanji_lang".to_owned(), "zh".to_owned())]);
        Visitor { base, agent: agent.build().into(), cookies: cookies.into() }
    }

    pub fn signed_in(node: &Node, user: &str) -> Visitor {
        let visitor = Visitor::new(node);
        let seen = visitor.post("/sign-in", &[("user", user), ("password", PASSWORD)]);
        assert_eq!((seen.status, seen.to.as_str()), (303, "/"), "{user}: {seen:?}");
        visitor
    }

    /// The same browser: another of its tabs.
    pub fn again(&self) -> Visitor {
        Visitor { base: self.base.clone(), agent: self.agent.clone(), cookies: self.cookies.clone() }
    }

    pub fn get(&self, path: &str) -> Seen {
        let request = self.agent.get(format!("{}{path}", self.base)).header("cookie", self.cookie());
        self.read(request.call().unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Sends a form as it stands on no page: without what it must bring back, unless that is among the fields.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie());
        let sent = request.send_form(fields.iter().copied());
        self.read(sent.unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Sends what no form of a page is.
    pub fn send(&self, path: &str, kind: &str, body: &str) -> Seen {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie());
        let sent = request.header("content-type", kind).send(body);
        self.read(sent.unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Opens the page and sends its form.
    pub fn fill(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.get(page).csrf();
        assert!(!csrf.is_empty(), "{page} has no form");
        self.post(path, &[&[("csrf", csrf.as_str())], fields].concat())
    }

    fn cookie(&self) -> String {
        let cookies = self.cookies.borrow();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn read(&self, mut response: ureq::http::Response<ureq::Body>) -> Seen {
        let headers = response.headers().clone();
        let text =
            |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        for line in headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let (name, value) =
                line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        let kind = text("content-type");
        // A stream of events has no end.
        let body = match kind.starts_with("text/event-stream") {
            true => String::new(),
            false => {
                let bytes =
                    response.body_mut().with_config().limit(1 << 26).read_to_vec().expect("all of it");
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        Seen { status: response.status().as_u16(), to: text("location"), kind, body }
    }
}

/// A program with a token that acts for `user`.
pub fn token(node: &Node, user: &str, grant: &str) -> String {
    let secret = format!("secret-of-{user}-{grant}");
    let hash = blake3::hash(secret.as_bytes()).to_hex().to_string();
    let said: Value = node.ask(Command::TokenAdd {
        id: user.to_owned(),
        name: "测试".to_owned(),
        grant: grant.to_owned(),
        secret: hash,
        days: 1,
        user: None,
    });
    assert!(said["token"].is_string(), "{said}");
    secret
}

/// The status of a program's request with a token, and what came.
pub fn call(node: &Node, token: &str, method: &str, path: &str, body: &str) -> Seen {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .allow_non_standard_methods(true);
    let agent: ureq::Agent = agent.build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", node.http))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_owned())
        .expect("a request");
    let response = agent.run(request).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    Visitor::new(node).read(response)
}
