//! A line of a list of cases, made from the machine's row: the person is masked there already.
//!
//! Knows no template.

use jiff::civil::Date;
use sanji_model::case::{Flag, State};
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_model::organisation::Tier;
use sanji_sync::UnitCode;
use serde_json::Value;

use crate::http::answer::{list_of, named, plain};
use crate::run::now;

/// Calendar days before a limit ends from which it stands out.
const SOON_DAYS: i32 = 2;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub number: String,
    pub guide: String,
    pub applicant: String,
    pub state: String,
    /// Who holds it, and for whom it was registered.
    pub custody: String,
    pub unit: String,
    pub due: Option<Due>,
    pub flags: Vec<String>,
    /// Where all of it is saved.
    pub saved: String,
}

/// When the next limit ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Due {
    pub date: String,
    /// `bad` for what is over, `off` for what is soon, else blank.
    pub class: &'static str,
    pub days: i32,
}

impl Due {
    pub fn read(date: &Value, today: Date) -> Option<Due> {
        let date: Date = date.as_str()?.parse().ok()?;
        let days = today.until(date).map_or(0, |span| span.get_days());
        let class = match days {
            ..0 => "bad",
            0..=SOON_DAYS => "off",
            _ => "",
        };
        Some(Due { date: date.to_string(), class, days })
    }

    pub fn is_soon(&self) -> bool {
        self.days <= SOON_DAYS
    }
}

pub(super) fn today() -> Date {
    local::date(now())
}

impl Line {
    pub fn read(row: &Value, today: Date, lang: Lang) -> Line {
        let flags = list_of(&row["flags"]).iter().map(|flag| named(flag, Flag::words, lang));
        let twins = list_of(&row["duplicates"]).len();
        let double = match (twins, lang) {
            (0, _) => None,
            (_, Lang::Zh) => Some("疑似重复".to_owned()),
            (_, Lang::En) => Some("registered twice?".to_owned()),
        };
        Line {
            number: plain(&row["number"]),
            guide: plain(&row["guide_name"]),
            applicant: plain(&row["applicant"]),
            state: named(&row["state"], State::words, lang),
            custody: plain(&row["custody_name"]),
            unit: plain(&row["unit_name"]),
            due: Due::read(&row["due"], today),
            flags: flags.chain(double).collect(),
            saved: saved(list_of(&row["delivered_to"]), lang),
        }
    }

    pub fn read_all(rows: &Value, lang: Lang) -> Vec<Line> {
        let today = today();
        list_of(rows).iter().map(|row| Line::read(row, today, lang)).collect()
    }
}

/// `本机、镇、县`: here, and each tier above that has all of it.
fn saved(units: &[Value], lang: Lang) -> String {
    let tier = |unit: &Value| Some(Tier::of(&UnitCode::parse(unit.as_str()?).ok()?).words().text(lang));
    let (here, between) = match lang {
        Lang::Zh => ("本机", "、"),
        Lang::En => ("here", ", "),
    };
    let above = units.iter().skip(1).filter_map(tier);
    std::iter::once(here).chain(above).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_when_it_is_due_and_where_it_is_saved() {
        let row = json!({
            "number": "1", "guide_name": "高龄津贴", "applicant": "王**", "state": "received", "due": "2026-03-04",
            "flags": ["disputed"], "delivered_to": ["640202001001", "640202001"], "duplicates": ["2"],
        });
        let line = Line::read(&row, Date::constant(2026, 3, 3), Lang::Zh);
        assert_eq!((line.state.as_str(), line.saved.as_str()), ("已收件", "本机、镇"));
        assert_eq!(line.flags, ["争议", "疑似重复"]);
        let due = line.due.unwrap();
        assert_eq!((due.class, due.days, due.is_soon()), ("off", 1, true));
        assert_eq!(Due::read(&row["due"], Date::constant(2026, 3, 5)).unwrap().class, "bad");
        assert_eq!(Due::read(&row["due"], Date::constant(2026, 2, 1)).unwrap().class, "");
        assert_eq!(Due::read(&Value::Null, Date::constant(2026, 2, 1)), None);
    }
}
