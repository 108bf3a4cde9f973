//! A program with a token: one request, one answer.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use sanji_model::case::Role;
use sanji_tests::people::{employ, token};
use sanji_tests::processes::{COUNTY, Ground, Node};
use serde_json::Value;

/// A second of patience is an hour for a node in the same machine; the test machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Program {
    base: String,
    secret: String,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub kind: String,
    pub replayed: bool,
    pub json: Value,
}

impl Said {
    /// The code of a problem, after a look whether it is one.
    pub fn problem(&self) -> &str {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        assert!(["type", "title", "detail"].iter().all(|key| self.json[*key].is_string()), "{self:?}");
        self.json["code"].as_str().expect("a code")
    }

    pub fn rows(&self) -> &[Value] {
        self.json["rows"].as_array().unwrap_or_else(|| panic!("{self:?}"))
    }
}

impl Program {
    pub fn new(node: &Node, secret: &str) -> Program {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        Program {
            base: format!("http://{}/api/v1", node.http),
            secret: secret.to_owned(),
            agent: agent.build().into(),
        }
    }

    pub fn get(&self, path: &str) -> Said {
        self.ask("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Said {
        self.ask("POST", path, &[("content-type", "application/json")], &body.to_string())
    }

    /// A write that may be repeated.
    pub fn once(&self, key: &str, path: &str, body: &Value) -> Said {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.ask("POST", path, &headers, &body.to_string())
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !self.secret.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.secret));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).expect("a request");
        let mut answer = self.agent.run(request).unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (kind, replayed) = (text("content-type"), text("idempotent-replayed") == "true");
        let body = answer.body_mut().read_to_string().expect("all of it");
        let status = answer.status().as_u16();
        Said { status, kind, replayed, json: serde_json::from_str(&body).unwrap_or_default() }
    }

    /// Listens behind a cursor until an event of this name comes: its id and data.
    pub fn listen(&self, last: Option<&str>, wanted: &str, meanwhile: impl FnOnce()) -> (String, Value) {
        let mut request = self.agent.get(format!("{}/changes", self.base));
        request = request.header("authorization", format!("Bearer {}", self.secret));
        request = request.header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.call().expect("a stream");
        assert_eq!(answer.status(), 200);
        meanwhile();
        let (mut name, mut id) = (String::new(), String::new());
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            let line = line.expect("the stream goes on");
            match line.split_once(": ") {
                Some(("event", text)) => name = text.to_owned(),
                Some(("id", text)) => id = text.to_owned(),
                Some(("data", text)) if name == wanted => {
                    return (id, serde_json::from_str(text).expect("data is JSON"));
                }
                _ => {}
            }
        }
        panic!("the stream ended without {wanted}");
    }
}

/// A county with a clerk, whose program may write.
pub fn county(ground: &Ground) -> (Node, Program) {
    let county = ground.county("county");
    employ(&county, "li", "李四", COUNTY, &[Role::Clerk]);
    let program = Program::new(&county, &token(&county, "li", "write"));
    (county, program)
}
