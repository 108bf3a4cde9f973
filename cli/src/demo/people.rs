//! People of a demonstration, so that whoever looks at its pages can sign in: agents at villages, clerks at towns, and at
//! the county one for each hand that a case goes through, since nobody does two of them (受审分离, DOMAIN §1).

use sanji_model::case::Role;
use sanji_model::organisation::Tier;
use sanji_node::command::Command;
use sanji_node::password;

use super::county::County;
use crate::failure::Failure;

/// What all of them sign in with. Nodes of a demonstration listen on loopback only and end with it.
pub const PASSWORD: &str = "sanji-yanshi-2026";

const COUNTY: &[(&str, &str, &[Role])] = &[
    ("admin", "系统管理员", &[Role::Administrator, Role::GuideEditor, Role::GuideApprover]),
    ("shouli", "受理员", &[Role::Clerk]),
    ("chengban", "承办人", &[Role::Handler]),
    ("shenhe", "审核人", &[Role::Reviewer]),
    ("jueding", "首席代表", &[Role::Decider]),
    ("chujian", "出件员", &[Role::Issuer, Role::Archivist]),
    ("jiancha", "监察员", &[Role::Supervisor]),
    ("tousu", "投诉专员", &[Role::ComplaintsOfficer, Role::Caller]),
];

/// The demonstration's guides are handled at towns, each stage by other hands.
const TOWN: &[(&str, &str, Role)] = &[
    ("clerk", "镇受理员", Role::Clerk),
    ("chengban", "镇承办人", Role::Handler),
    ("shenhe", "镇审核人", Role::Reviewer),
    ("jueding", "镇决定人", Role::Decider),
    ("chujian", "镇出件员", Role::Issuer),
];

/// Employs them, and waits until every unit's people can sign in there.
pub fn employ(county: &County) -> Result<(), Failure> {
    let hash = password::hash(PASSWORD).map_err(|error| Failure::Setup(error.into()))?;
    for (seat, place) in county.plan().seats.iter().enumerate() {
        let unit = place.unit.code.to_string();
        let one = |id: &str, name: &str, roles: &[Role]| {
            county.ask(
                county.root(),
                Command::UserAdd {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    unit: unit.clone(),
                    roles: roles.iter().map(|role| role.word().to_owned()).collect(),
                    deputy: None,
                    user: None,
                },
            )?;
            let command = Command::PasswordSet { id: id.to_owned(), hash: hash.clone(), user: None };
            county.ask(county.root(), command)
        };
        match place.unit.tier {
            Tier::County if seat == county.root() => {
                for (id, name, roles) in COUNTY {
                    one(id, name, roles)?;
                }
            }
            Tier::County => {}
            Tier::Town => {
                for (id, name, role) in TOWN {
                    one(&format!("{id}-{unit}"), name, &[*role])?;
                }
            }
            Tier::Village => drop(one(&format!("agent-{unit}"), "代办员", &[Role::Agent])?),
        }
    }
    Ok(())
}

/// Whoever may sign in at a unit's pages, for its line in the list.
pub fn of(tier: Tier, unit: &str) -> String {
    match tier {
        Tier::County => COUNTY.iter().map(|(id, _, _)| *id).collect::<Vec<_>>().join(" "),
        Tier::Town => TOWN.iter().map(|(id, ..)| format!("{id}-{unit}")).collect::<Vec<_>>().join(" "),
        Tier::Village => format!("agent-{unit}"),
    }
}
