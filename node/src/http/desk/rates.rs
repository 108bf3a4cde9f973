//! How units deal with complaints, in figures.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::gate::Visitor;
use super::super::shell::Shell;
use super::super::{Face, page};
use crate::command::Command;

#[derive(Template)]
#[template(path = "desk-rates.html")]
struct RatesPage {
    shell: Shell,
    rows: Vec<Row>,
}

struct Row {
    unit: String,
    code: String,
    counts: [u64; 3],
    rates: [String; 3],
}

pub(super) async fn rates(State(face): State<Face>, visitor: Visitor) -> Response {
    let answer = match page::ask(&face, &visitor, Command::ComplaintRates).await {
        Ok(answer) => answer,
        Err(response) => return response,
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let row = |line: &serde_json::Value| {
        let rates = &line["rates"];
        let rate =
            |key: &str| rates[key].as_f64().map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}%"));
        Row {
            unit: text(&line["name"]),
            code: text(&line["unit"]),
            counts: ["dispatched", "replied", "overdue"].map(|key| rates[key].as_u64().unwrap_or(0)),
            rates: ["in_time_rate", "call_back_rate", "satisfied_rate"].map(rate),
        }
    };
    let rows = answer.as_array().into_iter().flatten().map(row).collect();
    page::show(&RatesPage { shell: visitor.shell(), rows })
}
