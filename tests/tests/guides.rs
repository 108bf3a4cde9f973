//! Guides on several machines. The accidents these prevent: a guide that lacks something is published; somebody below the
//! county publishes; a village uses yesterday's version; of two editors one is overwritten in silence.

#[path = "guides/apart.rs"]
mod apart;
#[path = "guides/forged.rs"]
mod forged;
#[path = "guides/life.rs"]
mod life;
#[path = "guides/midnight.rs"]
mod midnight;
#[path = "guides/names.rs"]
mod names;
#[path = "guides/outdated.rs"]
mod outdated;
#[path = "guides/refused.rs"]
mod refused;

use sanji_node::command::Command;
use sanji_tests::lone::GUIDE;

/// A step of the one guide's life.
fn step(step: &str, user: Option<&str>) -> Command {
    Command::GuideStep {
        id: GUIDE.into(),
        step: step.into(),
        effective: None,
        reason: Some("按意见修改".into()),
        user: user.map(str::to_owned),
    }
}

fn edit(field: &str, text: &str) -> Command {
    Command::GuideEdit { id: GUIDE.into(), field: field.into(), text: text.into(), user: None }
}

fn show() -> Command {
    Command::GuideShow { id: GUIDE.into(), version: None }
}

fn import() -> Command {
    let text = include_str!("../src/sim/guide.jsonl").to_owned();
    Command::GuideImport { text, file: "guide.jsonl".into(), user: None }
}

fn user(id: &str, unit: &str, roles: &[&str]) -> Command {
    Command::UserAdd {
        id: id.into(),
        name: format!("用户{id}"),
        unit: unit.into(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        user: None,
        deputy: None,
    }
}

fn stop(what: &str, reason: Option<&str>, effective: Option<&str>) -> Command {
    Command::GuideStop {
        id: GUIDE.into(),
        what: what.into(),
        effective: effective.map(str::to_owned),
        reason: reason.map(str::to_owned),
        user: None,
    }
}
