//! The frame of every page: where one is, who one is, how the line stands, and where one can go.
//!
//! Knows no page but its address.

use sanji_model::local;
use sanji_sync::Time;
use serde_json::Value;

use super::form;
use super::gate::{Access, Visitor};
use super::words::{Tongue, say};
use super::{once, roles, sign_in, tabs};

/// Where the frame leads, for whom, in this order.
const NAV: &[(&str, &str, Access)] = &[
    ("/", "nav-home", Access::Public),
    ("/today", "nav-today", Access::Roles(roles::CASES)),
    ("/cases", "nav-cases", Access::Roles(roles::CASES)),
    ("/guides", "nav-guides", Access::Public),
    ("/bundles", "nav-bundles", Access::Roles(roles::COUNTER)),
    ("/villages", "nav-villages", Access::Roles(roles::HALL)),
    ("/report", "nav-report", Access::Roles(roles::HALL)),
    ("/progress", "nav-progress", Access::Public),
    ("/notices", "nav-notices", Access::Public),
    ("/complaints", "nav-complaints", Access::Roles(roles::COMPLAINTS)),
    ("/enquiries", "nav-enquiries", Access::Staff),
    ("/ratings", "nav-ratings", Access::Roles(roles::RATINGS)),
    ("/cards", "nav-cards", Access::Roles(roles::CARDS)),
    ("/sampling", "nav-sampling", Access::Roles(roles::SUPERVISION)),
    ("/drafts", "nav-drafts", Access::Roles(roles::DRAFTS)),
    ("/conflicts", "nav-conflicts", Access::Roles(roles::CONFLICTS)),
    ("/dashboard", "nav-dashboard", Access::Roles(roles::FIGURES)),
    ("/tree", "nav-admin", Access::Roles(roles::HALL)),
    ("/node", "nav-node", Access::Staff),
    ("/audit", "nav-audit", Access::Roles(roles::ADMINISTRATORS)),
];

/// Whether somebody may open a page of the frame; those that it does not name are not asked about.
pub(super) fn opens(visitor: &Visitor, path: &str) -> bool {
    let known = NAV.iter().find(|(href, ..)| *href == path);
    known.is_none_or(|(_, _, access)| visitor.may(*access))
}

/// What the template of the frame shows.
#[derive(Clone, Debug)]
pub struct Shell {
    pub tongue: Tongue,
    pub unit: String,
    pub name: String,
    pub person: Option<String>,
    pub roles: String,
    pub nav: Vec<Link>,
    pub tongues: Vec<Link>,
    /// The page keeps a form, which goes with whoever wants another language: `tongues` are where it is sent.
    pub keeps_form: bool,
    pub line: Option<LineShown>,
    pub behind: u64,
    pub csrf: String,
}

/// A link of the frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    pub href: String,
    pub words: String,
    /// The `lang` attribute of the words, if not the page's.
    pub tag: &'static str,
    pub is_current: bool,
}

/// The line to the unit above.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// `up`, `dialling`, `waiting`, `paused` or `stopped`.
    pub state: String,
    pub since: Option<Time>,
    /// Entries that the unit above lacks.
    pub owed: u64,
    trouble: Option<(String, String)>,
}

/// A line in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineShown {
    /// The class of its colour: `good`, `off` or `bad`.
    pub class: &'static str,
    pub words: String,
    pub owed: String,
}

impl Line {
    /// None at the top.
    pub(super) fn read(json: &Value) -> Option<Line> {
        let state = json["state"].as_str()?.to_owned();
        let sentence = |lang: &str| json["trouble"][lang].as_str().map(str::to_owned);
        Some(Line {
            state,
            since: json["since"].as_u64().map(Time),
            owed: json["owed"].as_u64().unwrap_or(0),
            trouble: sentence("zh").zip(sentence("en")),
        })
    }

    fn shown(&self, tongue: Tongue) -> LineShown {
        let (class, key) = match self.state.as_str() {
            "up" => ("good", "line-up"),
            "dialling" => ("off", "line-dialling"),
            "waiting" => ("bad", "line-down"),
            "paused" => ("off", "line-paused"),
            _ => ("bad", "line-stopped"),
        };
        let since = self.since.filter(|_| matches!(self.state.as_str(), "up" | "paused"));
        let mut words = say(tongue, key, &[]);
        if let Some(at) = since {
            words = say(tongue, "line-since", &[("line", &words), ("at", &moment(at))]);
        }
        if let Some((zh, en)) = self.trouble.as_ref().filter(|_| class == "bad") {
            let why = if tongue == Tongue::En { en } else { zh };
            words = say(tongue, "line-why", &[("line", &words), ("why", why)]);
        }
        let owed = if self.owed == 0 {
            String::new()
        } else {
            say(tongue, "owed", &[("n", &self.owed.to_string())])
        };
        LineShown { class, words, owed }
    }
}

impl Shell {
    pub(super) fn new(visitor: &Visitor) -> Shell {
        let tongue = visitor.tongue;
        let path = visitor.uri.path();
        let open = NAV.iter().filter(|(_, _, access)| visitor.may(*access));
        let nav = open.map(|(href, key, _)| Link {
            href: (*href).to_owned(),
            words: say(tongue, key, &[]),
            tag: "",
            is_current: match *href {
                "/" => path == "/",
                "/tree" => tabs::ADMINISTRATION.iter().any(|(href, ..)| is_below(path, href)),
                "/drafts" => tabs::GUIDES.iter().any(|(href, ..)| is_below(path, href)),
                href => is_below(path, href),
            },
        });
        let roles = visitor.person.iter().flat_map(|person| &person.roles);
        let roles: Vec<&str> = roles.map(|role| role.words().text(tongue.lang())).collect();
        Shell {
            tongue,
            unit: visitor.place.unit.clone(),
            name: visitor.place.name.clone(),
            person: visitor.person.as_ref().map(|person| person.name.clone()),
            roles: roles.join(if tongue == Tongue::En { ", " } else { "、" }),
            nav: nav.collect(),
            tongues: Tongue::ALL.into_iter().map(|other| tongue_link(visitor, other)).collect(),
            keeps_form: false,
            line: visitor.place.line.as_ref().map(|line| line.shown(tongue)),
            behind: visitor.place.behind,
            csrf: visitor.csrf.clone(),
        }
    }

    /// The frame of a page that keeps a form, which a link to another language would lose.
    pub(super) fn keeping_form(mut self) -> Shell {
        for (link, tongue) in self.tongues.iter_mut().zip(Tongue::ALL) {
            link.href = format!("{}?lang={tongue}", sign_in::IN);
        }
        self.keeps_form = true;
        self
    }

    pub fn zh(&self) -> bool {
        self.tongue != Tongue::En
    }

    /// Its words are not all there: the page says so.
    pub fn is_mongolian(&self) -> bool {
        self.tongue == Tongue::Mn
    }

    /// Words.
    pub fn t(&self, key: &str) -> String {
        say(self.tongue, key, &[])
    }

    /// What a form that makes something must bring back, another one each time.
    pub fn once(&self) -> String {
        once::new_key()
    }

    /// Words with one thing put into them.
    pub fn put(&self, key: &str, name: &str, value: impl ToString) -> String {
        say(self.tongue, key, &[(name, &value.to_string())])
    }
}

/// This page in another language.
fn tongue_link(visitor: &Visitor, tongue: Tongue) -> Link {
    let query = visitor.query();
    let kept = query.pairs().filter(|(name, _)| *name != "lang");
    let pairs: Vec<(&str, &str)> = kept.chain([("lang", tongue.word())]).collect();
    Link {
        href: format!("{}?{}", visitor.uri.path(), form::encode(&pairs)),
        words: tongue.name().to_owned(),
        tag: tongue.tag(),
        is_current: tongue == visitor.tongue,
    }
}

/// Whether a path is that page or one under it.
pub(super) fn is_below(path: &str, href: &str) -> bool {
    path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A time as people read it, to the minute.
pub fn moment(at: Time) -> String {
    local::date_time(at).strftime("%Y-%m-%d %H:%M").to_string()
}
