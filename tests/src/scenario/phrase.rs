//! What a line of a scenario says. Knows no county: whether a place or a case exists shows when it is played.

use jiff::civil::DateTime;
use sanji_model::case::Role;
use sanji_model::list::ListKind;
use sanji_sync::Time;

use super::claim::{self, Clause};
use super::guide::NewGuide;
use crate::sim::Shape;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// China's civil time is ahead of UTC by this.
const CHINA_MS: i64 = 8 * HOUR_MS as i64;

pub enum Phrase {
    County(Box<Shape>),
    Person {
        id: String,
        name: String,
        roles: Vec<Role>,
        place: String,
    },
    /// Days off and worked weekends that the county takes in, as lines of a file.
    Calendar(Vec<String>),
    /// One of each role at the county, a clerk in each town, an agent in each village.
    UsualPeople,
    Guide(NewGuide),
    List {
        kind: ListKind,
        name: String,
        items: Vec<String>,
    },
    /// What comes of it gets these names: the case or event, and the parts of a bundle in order.
    Ask {
        ask: Ask,
        names: Vec<String>,
    },
    Refused {
        code: String,
        ask: Ask,
    },
    /// Another program, which keeps no rule, acts in this role.
    Breach {
        ask: Ask,
    },
    Shows {
        ask: Ask,
        clauses: Vec<Clause>,
    },
    Claim {
        places: Places,
        case: String,
        clauses: Vec<Clause>,
    },
    Happens(Happening),
}

/// What happens to nodes, lines and the day.
pub enum Happening {
    Cut { place: String, other: Option<String> },
    Mend { place: String, other: Option<String> },
    SecondParent { place: String, parent: String },
    Clock { place: String, off_ms: i64 },
    Stop { place: String, power: bool },
    Start(String),
    BackUp(String),
    Restore(String),
    Revoke(String),
    After(u64),
    Until(Time),
    Settle,
}

/// Somebody asks something of a node.
pub struct Ask {
    pub place: String,
    pub user: Option<String>,
    /// The command's words, as they stand there.
    pub words: Vec<String>,
}

pub enum Places {
    /// Every node that holds the case and is up.
    Everywhere,
    These(Vec<String>),
}

/// Reads a line. There is at least one word.
pub fn parse(words: &[String]) -> Result<Phrase, String> {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    let own = |text: &str| text.to_owned();
    Ok(match plain[..] {
        ["county", "with", ..] => county(&plain[2..])?,
        ["person", id, name, ":", ref rest @ ..] => person(id, name, rest)?,
        ["usual", "people"] => Phrase::UsualPeople,
        ["calendar", ref days @ ..] => Phrase::Calendar(
            days.split(|word| *word == ",").map(|day| format!("{}\n", day.join(","))).collect(),
        ),
        ["guide", name, ref rest @ ..] => Phrase::Guide(NewGuide::read(name, rest)?),
        ["list", kind, name, ":", ref items @ ..] => {
            let items = items.split(|word| *word == ",").map(|item| item.join(" ")).collect();
            Phrase::List {
                kind: kind.parse::<ListKind>().map_err(|e| format!("{e}"))?,
                name: own(name),
                items,
            }
        }
        ["refused", code, ":", ref rest @ ..] => {
            let (places, user, rest) = scene(rest)?;
            Phrase::Refused { code: own(code), ask: ask(places, user, rest)? }
        }
        ["against", "the", "rules", ref rest @ ..] => {
            let (places, user, rest) = scene(rest)?;
            Phrase::Breach { ask: ask(places, user, rest)? }
        }
        ["everywhere" | "at", ..] => said(&plain)?,
        _ => match happening(&plain)? {
            Some(happening) => Phrase::Happens(happening),
            None => return Err(format!("nobody knows what “{}” means", plain.join(" "))),
        },
    })
}

fn happening(words: &[&str]) -> Result<Option<Happening>, String> {
    let own = |text: &str| text.to_owned();
    Ok(Some(match *words {
        ["cut", place] => Happening::Cut { place: own(place), other: None },
        ["cut", place, "from", other] => Happening::Cut { place: own(place), other: Some(own(other)) },
        ["mend", place] => Happening::Mend { place: own(place), other: None },
        ["mend", place, "to", other] => Happening::Mend { place: own(place), other: Some(own(other)) },
        ["second", "parent", "of", place, ":", parent] => {
            Happening::SecondParent { place: own(place), parent: own(parent) }
        }
        ["clock", "of", place, ":", ref rest @ ..] => {
            Happening::Clock { place: own(place), off_ms: clock(rest)? }
        }
        ["stop", place] => Happening::Stop { place: own(place), power: false },
        ["power", "cut", "at", place] => Happening::Stop { place: own(place), power: true },
        ["start", place] => Happening::Start(own(place)),
        ["back", "up", place] => Happening::BackUp(own(place)),
        ["restore", place] => Happening::Restore(own(place)),
        ["revoke", place] => Happening::Revoke(own(place)),
        ["after", number, unit] => Happening::After(span(number, unit)?),
        ["until", date, time] => Happening::Until(moment(date, time)?),
        ["settle"] => Happening::Settle,
        _ => return Ok(None),
    }))
}

/// `at PLACES [as USER]: …`, a claim when it begins with a case and an order otherwise.
fn said(words: &[&str]) -> Result<Phrase, String> {
    let (places, user, rest) = scene(words)?;
    if rest.first().is_some_and(|word| is_name(word)) {
        let clauses = claim::read(&rest[1..])?;
        return Ok(Phrase::Claim { places, case: rest[0].to_owned(), clauses });
    }
    if let Some(at) = rest.iter().position(|word| *word == "shows") {
        let clauses = claim::read_shown(&rest[at + 1..])?;
        return Ok(Phrase::Shows { ask: ask(places, user, &rest[..at])?, clauses });
    }
    let arrow = rest.iter().position(|word| *word == "->").unwrap_or(rest.len());
    let names = rest.iter().skip(arrow + 1).filter(|word| **word != ",").map(|name| (*name).to_owned());
    let names: Vec<String> = names.collect();
    if let Some(other) = names.iter().find(|name| !is_name(name)) {
        return Err(format!("“{other}” is no name: a capital letter first, a digit last"));
    }
    Ok(Phrase::Ask { ask: ask(places, user, &rest[..arrow])?, names })
}

/// Where, as whom, and what follows the colon.
fn scene<'a>(words: &'a [&'a str]) -> Result<(Places, Option<String>, &'a [&'a str]), String> {
    let colon = words.iter().position(|word| *word == ":").ok_or("a colon stands between where and what")?;
    let (place, rest) = (&words[..colon], &words[colon + 1..]);
    if rest.is_empty() {
        return Err("nothing stands behind the colon".to_owned());
    }
    let (place, user) = match place {
        [place @ .., "as", user] => (place, Some((*user).to_owned())),
        place => (place, None),
    };
    let places = match place {
        ["everywhere"] => Places::Everywhere,
        ["at", places @ ..] => {
            Places::These(places.iter().filter(|word| **word != ",").map(|p| (*p).to_owned()).collect())
        }
        _ => return Err("where: `at PLACE`, `at PLACE, PLACE` or `everywhere`".to_owned()),
    };
    Ok((places, user, rest))
}

fn ask(places: Places, user: Option<String>, words: &[&str]) -> Result<Ask, String> {
    match places {
        Places::These(places) if places.len() == 1 => {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            Ok(Ask { place: places.concat(), user, words })
        }
        Places::These(_) | Places::Everywhere => Err("one place at a time does something".to_owned()),
    }
}

/// Names of cases and events begin with a capital letter and end with a digit: `C1`, `E2`.
pub fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.ends_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
}

fn county(words: &[&str]) -> Result<Phrase, String> {
    let [towns, "town" | "towns", "and", villages, "village" | "villages", "from", date, time] = words else {
        return Err("county with N towns and M villages from YYYY-MM-DD HH:MM".to_owned());
    };
    let count = |text: &str| text.parse::<usize>().map_err(|_| format!("“{text}” is no number"));
    Ok(Phrase::County(Box::new(Shape {
        begin: moment(date, time)?,
        towns: count(towns)?,
        villages: count(villages)?,
        ..Shape::calm()
    })))
}

fn person(id: &str, name: &str, rest: &[&str]) -> Result<Phrase, String> {
    let [roles @ .., "at", place] = rest else {
        return Err("person ID NAME: ROLE, ROLE at PLACE".to_owned());
    };
    let roles = roles
        .iter()
        .filter(|word| **word != ",")
        .map(|role| role.parse::<Role>().map_err(|e| format!("{e}")));
    Ok(Phrase::Person {
        id: id.to_owned(),
        name: name.to_owned(),
        roles: roles.collect::<Result<_, _>>()?,
        place: (*place).to_owned(),
    })
}

fn clock(words: &[&str]) -> Result<i64, String> {
    let ms = |number: &str, unit: &str| span(number, unit).map(u64::cast_signed);
    match words {
        ["right"] => Ok(0),
        [number, unit, "ahead"] => ms(number, unit),
        [number, unit, "behind"] => Ok(-ms(number, unit)?),
        _ => Err("clock of PLACE: N days ahead, N days behind or right".to_owned()),
    }
}

fn span(number: &str, unit: &str) -> Result<u64, String> {
    let number: u64 = number.parse().map_err(|_| format!("“{number}” is no number"))?;
    let unit = match unit {
        "minute" | "minutes" => MINUTE_MS,
        "hour" | "hours" => HOUR_MS,
        "day" | "days" => DAY_MS,
        other => return Err(format!("“{other}” is no unit of time; use minutes, hours or days")),
    };
    Ok(number * unit)
}

/// A moment of China's civil time.
fn moment(date: &str, time: &str) -> Result<Time, String> {
    let text = format!("{date}T{time}:00");
    let civil: DateTime =
        text.parse().map_err(|_| format!("“{date} {time}” is no moment: YYYY-MM-DD HH:MM"))?;
    let since = civil.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    let ms = since.as_millis() - i128::from(CHINA_MS);
    u64::try_from(ms).map(Time).map_err(|_| format!("{date} lies before 1970"))
}
