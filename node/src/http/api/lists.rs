//! Lists and bundles for programs: what is there, taking one in, publishing and ending it, and what holds for an item.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::gate::{Access, Route};
use super::super::roles;
use super::guides::FileText;
use super::operation::{Answer, Fields, Kind, Walk, get, list, write};
use crate::command::Command;

const KEEPERS: Access = Access::Roles(roles::LIST_KEEPERS);

const ROW: Fields = &[("id", Kind::Text), ("kind", Kind::Text), ("name", Kind::Text), ("state", Kind::Text)];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Version {
    #[serde(default)]
    version: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    /// A code or a name, or a guide here.
    item: String,
    /// `YYYY-MM-DD`; today when left out.
    #[serde(default)]
    date: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    /// `YYYY-MM-DD`; the list's own day, or today, when left out.
    #[serde(default)]
    effective: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct End {
    /// The first day on which it no longer holds, `YYYY-MM-DD`; today when left out.
    #[serde(default)]
    on: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        list::<Walk>(
            "/api/v1/lists",
            Access::Roles(roles::LISTS),
            "list_list",
            ("清单", "Lists"),
            Answer::page(ROW),
            name,
            |_| true,
            |_| Command::ListList { bundles: false },
        ),
        list::<Walk>(
            "/api/v1/bundles",
            Access::Staff,
            "bundle_list",
            ("一件事", "Bundles of items that are one matter"),
            Answer::page(ROW),
            name,
            |_| true,
            |_| Command::ListList { bundles: true },
        ),
        get::<Version>(
            "/api/v1/lists/{id}",
            Access::Staff,
            "list_show",
            ("清单或一件事的内容", "A list or bundle with its items"),
            Answer::object(&[("id", Kind::Text), ("name", Kind::Text), ("items", Kind::List)]),
            |asked| Command::ListShow { id: asked.named("id"), version: asked.query.version },
        ),
        write::<FileText>(
            (Method::POST, "/api/v1/lists"),
            KEEPERS,
            "list_import",
            ("导入清单", "Take in lists, JSON lines"),
            Answer::object(&[("lists", Kind::List), ("problems", Kind::List)]),
            |asked| {
                let command =
                    Command::ListImport { text: asked.body.text, file: asked.body.file, bundles: false };
                command.in_name(asked.user)
            },
        )
        .for_files(),
        write::<Publication>(
            (Method::POST, "/api/v1/lists/{id}/publication"),
            KEEPERS,
            "list_publish",
            ("发布清单", "Publish a list"),
            Answer::object(&[("id", Kind::Text), ("version", Kind::Whole)]),
            |asked| {
                let command = Command::ListPublish { id: asked.named("id"), effective: asked.body.effective };
                command.in_name(asked.user)
            },
        ),
        write::<End>(
            (Method::POST, "/api/v1/lists/{id}/end"),
            KEEPERS,
            "list_end",
            ("终止清单", "End a list"),
            Answer::object(&[("id", Kind::Text), ("ends", Kind::Text)]),
            |asked| Command::ListEnd { id: asked.named("id"), on: asked.body.on }.in_name(asked.user),
        ),
        get::<Item>(
            "/api/v1/switches",
            Access::Roles(roles::CASES),
            "list_switches",
            ("事项适用的清单", "Which lists hold an item"),
            Answer::object(&[("item", Kind::Text), ("date", Kind::Text), ("lists", Kind::List)]),
            |asked| Command::ListSwitches { item: asked.query.item, date: asked.query.date },
        ),
    ]
}

fn name(row: &Value) -> String {
    match row["version"].as_u64() {
        Some(version) => format!("{}:{version}", super::text(&row["id"])),
        None => super::text(&row["id"]),
    }
}
