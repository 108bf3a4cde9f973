//! One thing that happened to a case, as it is stored: a JSON text under its id, never changed.
//!
//! Knows no state. Fields that a newer version added are passed over here and stay in the stored text.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use sanji_sync::{Time, UnitCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::role::Role;

/// An event's name within its case: a UUID as text, up to 64 letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct EventId(String);

/// A text that cannot name an event.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an event id is up to 64 letters, digits and hyphens")]
pub struct BadEventId;

impl EventId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = BadEventId;

    fn from_str(text: &str) -> Result<EventId, BadEventId> {
        let fits =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fits { Ok(EventId(text.to_owned())) } else { Err(BadEventId) }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<EventId, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Who did it, where, in which capacity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct By {
    pub unit: UnitCode,
    /// The node's short id, for people; what binds is the signature of the log that carries the change.
    pub node: String,
    /// The login name, when somebody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The absent colleague whose post (A岗) `user` stands in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
    pub role: Role,
}

/// An event of a case, or of whatever else lives by events with actions of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Event<A = Action> {
    pub id: EventId,
    /// When it happened by the clock of the node that wrote it; order comes from `seen` first.
    pub at: Time,
    pub action: A,
    pub by: By,
    /// The heads of what its writer knew of this case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<EventId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

/// The materials of an event: a line each as [`super::Material`] reads it, with `;` between, or the word for “none needed”.
pub const MATERIALS: &str = "materials";

/// What [`MATERIALS`] holds when the guide asks for none; `无` is read as the same.
pub const NO_MATERIALS: &str = "none";

/// Whether a materials field says that none is needed.
pub fn says_none(text: &str) -> bool {
    matches!(text.trim(), NO_MATERIALS | "无")
}

/// The names in a materials field, whichever semicolon or line end is between them.
pub fn material_names(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split([';', '；', '\n']).map(|line| line.split('|').next().unwrap_or_default().trim());
    names.filter(|name| !name.is_empty() && !says_none(name))
}

impl<A: Serialize + DeserializeOwned> Event<A> {
    /// Reads a stored text; `None` when this version cannot.
    pub fn from_json(text: &str) -> Option<Event<A>> {
        serde_json::from_str(text).ok()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers always serialise")
    }
}

impl Event {
    /// The names of the materials that came with it.
    pub fn materials(&self) -> impl Iterator<Item = &str> {
        material_names(self.fields.get(MATERIALS).map_or("", String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_text_is_fixed() {
        let text = r#"{"id":"e1","at":7,"action":"receive","by":{"unit":"640202001001","node":"ab12cd34","role":"agent"},"seen":["e0"],"fields":{"materials":"身份证"}}"#;
        let event: Event = Event::from_json(text).unwrap();
        assert_eq!(event.to_json(), text);
        assert_eq!(event.action, Action::RECEIVE);
        let newer = text.replace("\"at\":7", "\"at\":7,\"witness\":\"x\"").replace("receive", "teleport");
        assert_eq!(Event::<Action>::from_json(&newer).unwrap().action, Action::Other("teleport".to_owned()));
        assert_eq!(Event::<Action>::from_json("{"), None);
        assert_eq!(Event::<Action>::from_json(&text.replace("640202001001", "1")), None);
    }

    #[test]
    fn material_names_are_split_at_any_semicolon() {
        let names = |text| material_names(text).collect::<Vec<_>>();
        assert_eq!(names("身份证; 户口簿；照片\n"), ["身份证", "户口簿", "照片"]);
        assert!(names(" ;；").is_empty() && names("none").is_empty() && names("无").is_empty());
    }

    #[test]
    fn event_ids_are_short_plain_words() {
        assert!("0195b8f2-7c1e-7d33-a111-2f0d4c5b6a79".parse::<EventId>().is_ok());
        for bad in ["", "a b", "名", &"x".repeat(65)] {
            assert_eq!(bad.parse::<EventId>(), Err(BadEventId));
        }
    }
}
