//! The stage: the simulator's county with names for its nodes, and the names that a scenario gives to cases and events.
//!
//! Plays one phrase after another. Knows no text of a scenario.

use std::collections::BTreeMap;

use sanji_model::case::{Action, Role};
use sanji_model::lang::{Lang, Say};
use sanji_model::list::ListKind;
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_node::command::Command;
use sanji_node::refusal::Refusal;
use sanji_sync::{Time, UnitCode};
use serde_json::{Value, json};

use super::claim::{self, Clause};
use super::guide::NewGuide;
use super::order;
use super::phrase::{Ask, Happening, Phrase, Places};
use crate::sim::{Breach, Shape, World};

/// The county's place among the nodes.
const COUNTY: usize = 0;
/// A scenario has no chance in it but the order of what happens at the same millisecond.
const SEED: u64 = 5;

pub struct Stage {
    world: World,
    /// `county`, `town-1`…, `village-1`…: the nodes in this order.
    places: Vec<String>,
    names: BTreeMap<String, Named>,
}

/// What a scenario gave a name to.
enum Named {
    Case {
        number: CaseNumber,
    },
    /// An event, or whatever else has an id.
    Thing {
        id: String,
    },
}

impl Named {
    /// What an answer is about: an event if it names one, else a case by its number, else whatever has an id.
    fn of(answer: &Value) -> Option<Named> {
        let number = answer["number"].as_str().and_then(|number| number.parse().ok());
        let thing = |key: &str| answer[key].as_str().map(|id| Named::Thing { id: id.to_owned() });
        thing("event").or(number.map(|number| Named::Case { number })).or_else(|| thing("id"))
    }
}

impl Stage {
    pub fn new(shape: &Shape) -> Stage {
        let towns = (1..=shape.towns).map(|n| format!("town-{n}"));
        let villages = (1..=shape.villages).map(|n| format!("village-{n}"));
        let places = std::iter::once("county".to_owned()).chain(towns).chain(villages).collect();
        Stage { world: World::new(SEED, shape), places, names: BTreeMap::new() }
    }

    pub fn play(&mut self, phrase: Phrase) -> Result<(), String> {
        match phrase {
            Phrase::County(_) => Err("the county is there already".to_owned()),
            Phrase::Person { id, name, roles, place } => self.person(id, name, &roles, &place),
            Phrase::Calendar(days) => {
                let text = std::iter::once("date,kind\n".to_owned()).chain(days).collect();
                let import = Command::CalendarImport { text, file: "calendar.csv".to_owned(), user: None };
                self.done(COUNTY, import).map(drop)
            }
            Phrase::UsualPeople => self.usual_people(),
            Phrase::Guide(guide) => self.publish(&guide),
            Phrase::List { kind, name, items } => self.publish_list(kind, name, &items),
            Phrase::Ask { ask, names } => self.ask(&ask, names),
            Phrase::Refused { code, ask } => self.refused(&code, &ask),
            Phrase::Breach { ask } => self.breach(&ask),
            Phrase::Shows { ask, clauses } => self.shows(&ask, &clauses),
            Phrase::Claim { places, case, clauses } => self.claim(&places, &case, &clauses),
            Phrase::Happens(happening) => self.happens(happening),
        }
    }

    pub fn finish(&mut self) -> Result<(), String> {
        self.world.finish().map_err(|why| self.named(why))
    }

    /// What happens to nodes and lines.
    fn happens(&mut self, happening: Happening) -> Result<(), String> {
        match happening {
            Happening::Cut { place, other } => {
                for (a, b) in self.lines(&place, other.as_deref())? {
                    self.world.cut(a, b);
                }
            }
            Happening::Mend { place, other } => {
                for (a, b) in self.lines(&place, other.as_deref())? {
                    self.world.mend(a, b);
                }
            }
            Happening::SecondParent { place, parent } => {
                let (n, parent) = (self.node(&place)?, self.node(&parent)?);
                self.world.parents(n).push(parent);
            }
            Happening::Clock { place, off_ms } => {
                let n = self.node(&place)?;
                self.world.set_clock(n, off_ms);
            }
            Happening::Stop { place, power } => {
                let n = self.node(&place)?;
                self.world.stop(n, power);
            }
            Happening::Start(place) => {
                let n = self.node(&place)?;
                self.world.start_again(n)?;
            }
            Happening::BackUp(place) => {
                let n = self.node(&place)?;
                self.world.back_up(n);
            }
            Happening::Restore(place) => {
                let n = self.node(&place)?;
                if !self.world.restore(n) {
                    return Err(format!("there is no backup of {place}"));
                }
            }
            Happening::Revoke(place) => {
                let n = self.node(&place)?;
                let told = self.world.revoke_node(n).ok_or("the county is down")?;
                told.map_err(|refusal| refused(&refusal))?;
            }
            Happening::After(ms) => self.world.wait(ms).map_err(|why| self.named(why))?,
            Happening::Until(moment) => {
                let ms = moment.0.checked_sub(self.world.now().0).ok_or("that moment has passed")?;
                self.world.wait(ms).map_err(|why| self.named(why))?;
            }
            Happening::Settle => self.world.settle().map_err(|why| self.named(why))?,
        }
        Ok(())
    }

    fn person(&mut self, id: String, name: String, roles: &[Role], place: &str) -> Result<(), String> {
        let unit = self.unit(place)?.to_string();
        let roles = roles.iter().map(|role| role.word().to_owned()).collect();
        self.done(COUNTY, Command::UserAdd { id, name, unit, roles, user: None, deputy: None }).map(drop)
    }

    /// At the county one of each role, by the role's word; in town and village N `clerk-N` and `agent-N`. Guides are published
    /// by the county's first administrator alone, who could not with another approver beside them.
    fn usual_people(&mut self) -> Result<(), String> {
        let elsewhere = |role: &&Role| matches!(role, Role::Agent | Role::Public | Role::GuideApprover);
        for role in Role::ALL.iter().filter(|role| !elsewhere(role)) {
            let name = role.words().zh.to_owned();
            self.person(role.word().to_owned(), name, &[*role], &self.places[COUNTY].clone())?;
        }
        for place in self.places.clone() {
            let (role, number) = match place.split_once('-') {
                Some(("town", number)) => (Role::Clerk, number),
                Some(("village", number)) => (Role::Agent, number),
                Some(_) | None => continue,
            };
            let (id, name) = (format!("{role}-{number}"), format!("{place}{}", role.words().zh));
            self.person(id, name, &[role], &place)?;
        }
        Ok(())
    }

    /// The county imports a guide and publishes it.
    fn publish(&mut self, guide: &NewGuide) -> Result<(), String> {
        let import =
            Command::GuideImport { text: guide.json_line(), file: "guide.jsonl".to_owned(), user: None };
        self.done(COUNTY, import)?;
        let publish = Command::GuidePublish { id: guide.name.clone(), effective: guide.from.clone() };
        self.done(COUNTY, publish).map(drop)
    }

    /// The county imports a list of items and publishes it.
    fn publish_list(&mut self, kind: ListKind, name: String, items: &[String]) -> Result<(), String> {
        let item = |item: &String| match item.rsplit_once(" within ") {
            Some((name, days)) => json!({ "name": name, "days": days }),
            None => json!({ "name": item }),
        };
        let items: Vec<Value> = items.iter().map(item).collect();
        let text = json!({ "kind": kind, "name": name, "items": items }).to_string();
        let bundles = kind == ListKind::Bundle;
        self.done(COUNTY, Command::ListImport { text, file: "list.jsonl".to_owned(), bundles })?;
        self.done(COUNTY, Command::ListPublish { id: name, effective: None }).map(drop)
    }

    fn ask(&mut self, ask: &Ask, names: Vec<String>) -> Result<(), String> {
        let (n, command) = self.command(ask)?;
        let answer = self.done(n, command)?;
        let rows = claim::rows(&answer).iter();
        let itself = Some(&answer).filter(|answer| answer["rows"].is_null());
        let parts = answer["parts"].as_array().into_iter().flatten();
        let linked = answer["linked"].as_str().map(|number| json!({ "number": number }));
        let mut answers = itself.into_iter().chain(rows).chain(parts).chain(linked.as_ref());
        for name in names {
            let answer =
                answers.next().ok_or_else(|| format!("nothing is left that could be named {name}"))?;
            let named = Named::of(answer).ok_or_else(|| format!("what could be named {name}? {answer}"))?;
            self.names.insert(name, named);
        }
        Ok(())
    }

    fn refused(&mut self, code: &str, ask: &Ask) -> Result<(), String> {
        let (n, command) = self.command(ask)?;
        match self.told(n, command)? {
            Ok(answer) => Err(format!("it must be refused with {code}, and was done: {answer}")),
            Err(refusal) if refusal.code() == code => Ok(()),
            Err(refusal) => Err(format!("it must be refused with {code}; {}", refused(&refusal))),
        }
    }

    /// What a node writes whose program keeps no rule; the user is a role here.
    fn breach(&mut self, ask: &Ask) -> Result<(), String> {
        let role = ask.user.as_deref().ok_or("as which role: `against the rules at PLACE as ROLE: …`")?;
        let role = role.parse::<Role>().map_err(|e| format!("{e}"))?;
        match self.command(&Ask { user: None, place: ask.place.clone(), words: ask.words.clone() })? {
            (n, Command::CaseAct { number, action, fields, .. }) => {
                let action = Action::parse(&action);
                self.world.breach(n, &Breach { number, action, role, fields })
            }
            (_, other) => Err(format!("only what is done to a case can break its rules: {other:?}")),
        }
    }

    fn shows(&mut self, ask: &Ask, clauses: &[Clause]) -> Result<(), String> {
        let (n, command) = self.command(ask)?;
        let answer = self.done(n, command)?;
        for clause in clauses {
            clause.check(&answer, &|word| self.meaning(word)).map_err(|why| self.named(why))?;
        }
        Ok(())
    }

    /// Every clause at every place; the error says what each place has.
    fn claim(&mut self, places: &Places, case: &str, clauses: &[Clause]) -> Result<(), String> {
        let Some(Named::Case { number }) = self.names.get(case) else {
            return Err(format!("no case was named {case}"));
        };
        let number = *number;
        let nodes = match places {
            Places::Everywhere => self.world.holders(number.unit()),
            Places::These(places) => places.iter().map(|p| self.node(p)).collect::<Result<_, _>>()?,
        };
        if nodes.is_empty() {
            return Err(format!("no node that is up holds {case}"));
        }
        let mut lines = Vec::new();
        let mut wrong = false;
        for n in nodes {
            let shown = self.told(n, Command::CaseShow { number: number.to_string() })?;
            let faults: Vec<String> = match &shown {
                Ok(shown) => clauses
                    .iter()
                    .filter_map(|clause| clause.check(shown, &|word| self.meaning(word)).err())
                    .collect(),
                Err(refusal) if refusal.code() == "CASE_NOT_FOUND" => {
                    let known = |clause: &&Clause| !matches!(clause, Clause::Unknown);
                    clauses.iter().filter(known).map(|_| "the case is not here".to_owned()).take(1).collect()
                }
                Err(refusal) => vec![refused(refusal)],
            };
            wrong |= !faults.is_empty();
            let verdict = if faults.is_empty() { "holds".to_owned() } else { faults.join("; ") };
            lines.push(format!("  {}: {verdict}", self.places[n]));
            lines.extend(shown.iter().flat_map(story));
        }
        if wrong { Err(self.named(format!("{case} is otherwise\n{}", lines.join("\n")))) } else { Ok(()) }
    }

    fn command(&self, ask: &Ask) -> Result<(usize, Command), String> {
        let command = order::command(&ask.words, ask.user.as_deref(), &|word| self.meaning(word))?;
        Ok((self.node(&ask.place)?, command))
    }

    fn done(&mut self, n: usize, command: Command) -> Result<Value, String> {
        self.told(n, command)?.map_err(|refusal| refused(&refusal))
    }

    fn told(&mut self, n: usize, command: Command) -> Result<Result<Value, Refusal>, String> {
        self.world.tell(n, command).ok_or_else(|| format!("{} is down", self.places[n]))
    }

    fn node(&self, place: &str) -> Result<usize, String> {
        let found = self.places.iter().position(|name| name == place);
        found.ok_or_else(|| format!("there is no {place}; there are {}", self.places.join(", ")))
    }

    fn unit(&self, place: &str) -> Result<UnitCode, String> {
        Ok(self.world.unit(self.node(place)?))
    }

    /// The lines between a place and another, or all that go up from it.
    fn lines(&mut self, place: &str, other: Option<&str>) -> Result<Vec<(usize, usize)>, String> {
        let n = self.node(place)?;
        match other {
            Some(other) => Ok(vec![(n, self.node(other)?)]),
            None => Ok(self.world.parents(n).iter().map(|parent| (n, *parent)).collect()),
        }
    }

    fn meaning(&self, word: &str) -> Option<String> {
        match self.names.get(word) {
            Some(Named::Case { number }) => Some(number.to_string()),
            Some(Named::Thing { id }) => Some(id.clone()),
            None => self.unit(word).ok().map(|unit| unit.to_string()),
        }
    }

    /// A text with the scenario's names in place of numbers and codes.
    fn named(&self, mut text: String) -> String {
        for (name, named) in &self.names {
            match named {
                Named::Case { number } => text = text.replace(number.as_str(), name),
                Named::Thing { id } => text = text.replace(id.as_str(), name),
            }
        }
        // The longest code first: a town's begins with its county's.
        for (n, place) in self.places.iter().enumerate().rev() {
            text = text.replace(self.world.unit(n).as_str(), place);
        }
        text
    }
}

/// Code and sentence of a refusal.
fn refused(refusal: &Refusal) -> String {
    format!("refused with {}: {}", refusal.code(), refusal.text(Lang::En))
}

/// A case as a node shows it, for whoever looks for a fault.
fn story(shown: &Value) -> Vec<String> {
    let mut lines = vec![format!(
        "    {} held by {}, due {}, flags {}",
        shown["state"], shown["custody"], shown["due"], shown["flags"]
    )];
    for event in shown["events"].as_array().into_iter().flatten() {
        let at = local::date_time(Time(event["at"].as_u64().unwrap_or_default()));
        lines.push(format!(
            "    {at} {} {} {}: {}",
            event["action"], event["by"]["unit"], event["by"]["role"], event["verdict"]["en"]
        ));
    }
    lines
}
