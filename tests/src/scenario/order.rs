//! An order's words as the command that the command line would send.
//!
//! `register GUIDE for NAME`, `ACTION CASE`, `show CASE` and `list` are said as people say them; every other command by its
//! name with `key=text` for each field, `key:=json` where it is no text, and `key.key=text` inside of one. Knows no node.

use sanji_model::identity::{self, IdKind};
use sanji_node::command::Command;
use serde_json::{Map, Value, json};

use super::phrase::is_name;

/// What a word of the scenario stands for: the number of a case, the code of a unit; none if it stands for itself.
pub type Meaning<'a> = &'a dyn Fn(&str) -> Option<String>;

pub fn command(words: &[String], user: Option<&str>, meaning: Meaning) -> Result<Command, String> {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut object = match plain[..] {
        ["register", guide, "for", applicant, ref fields @ ..] => {
            register(guide, applicant, fields, meaning)?
        }
        ["show", case] => Map::from_iter([
            ("command".to_owned(), json!("case-show")),
            ("number".to_owned(), json!(meant(case, meaning))),
        ]),
        ["list", ref fields @ ..] => object("case-list", fields, meaning)?,
        [action, case, ref fields @ ..] if is_name(case) => {
            let mut act = Map::new();
            act.insert("command".to_owned(), json!("case-act"));
            act.insert("number".to_owned(), json!(meant(case, meaning)));
            act.insert("action".to_owned(), json!(action));
            act.insert("fields".to_owned(), texts(fields, meaning)?);
            act
        }
        [name, ref fields @ ..] => object(name, fields, meaning)?,
        [] => return Err("nothing is asked".to_owned()),
    };
    if let Some(user) = user {
        object.insert("user".to_owned(), json!(user));
    }
    serde_json::from_value(Value::Object(object)).map_err(|why| format!("this is no command: {why}"))
}

fn register(
    guide: &str,
    applicant: &str,
    fields: &[&str],
    meaning: Meaning,
) -> Result<Map<String, Value>, String> {
    let mut fields = texts(fields, meaning)?;
    let given = fields.as_object_mut().and_then(|fields| fields.remove("id_number"));
    let mut object = Map::new();
    object.insert("command".to_owned(), json!("case-register"));
    object.insert("guide".to_owned(), json!(guide));
    object.insert("applicant".to_owned(), json!(applicant));
    object.insert("id_number".to_owned(), given.unwrap_or_else(|| json!(identity_number(applicant))));
    object.insert("fields".to_owned(), fields);
    Ok(object)
}

/// A command by its name.
fn object(name: &str, fields: &[&str], meaning: Meaning) -> Result<Map<String, Value>, String> {
    let mut object = Map::from_iter([("command".to_owned(), json!(name))]);
    for field in fields {
        let (key, value) = match field.split_once(":=") {
            Some((key, text)) => {
                let value = serde_json::from_str(text).map_err(|why| format!("“{field}”: {why}"))?;
                (key, value)
            }
            None => {
                let (key, text) = key_and_text(field)?;
                (key, json!(meant(text, meaning)))
            }
        };
        let mut inside = &mut object;
        let mut parts: Vec<&str> = key.split('.').collect();
        let last = parts.pop().unwrap_or(key);
        for part in parts {
            let next = inside.entry(part).or_insert_with(|| json!({}));
            inside =
                next.as_object_mut().ok_or_else(|| format!("“{field}”: “{part}” has a value already"))?;
        }
        inside.insert(last.to_owned(), value);
    }
    Ok(object)
}

/// The fields of a case or an event: every value is a text, and a dot belongs to its key.
fn texts(fields: &[&str], meaning: Meaning) -> Result<Value, String> {
    let pair = |field: &&str| {
        let (key, text) = key_and_text(field)?;
        Ok::<_, String>((key.to_owned(), json!(meant(text, meaning))))
    };
    Ok(Value::Object(fields.iter().map(pair).collect::<Result<_, _>>()?))
}

fn key_and_text(field: &str) -> Result<(&str, &str), String> {
    field.split_once('=').ok_or_else(|| format!("“{field}”: a field is written as key=text"))
}

/// A text, or texts with `;` between, with what each stands for.
fn meant(text: &str, meaning: Meaning) -> String {
    let parts = text.split(';').map(|part| meaning(part).unwrap_or_else(|| part.to_owned()));
    parts.collect::<Vec<_>>().join(";")
}

/// The resident identity number that a person of this name has in every scenario; nobody real.
fn identity_number(name: &str) -> String {
    let hash = blake3::hash(name.as_bytes());
    let byte = |n: usize| u32::from(hash.as_bytes()[n]);
    let (year, month, day) = (1950 + byte(0) % 50, 1 + byte(1) % 12, 1 + byte(2) % 28);
    let first = format!("640299{year}{month:02}{day:02}{:03}", byte(3) * 3 + byte(4) % 3);
    let whole = "0123456789X".chars().map(|check| format!("{first}{check}"));
    let mut whole = whole.filter(|number| identity::check(IdKind::Ric, number).is_ok());
    whole.next().unwrap_or(first)
}
