//! Users: who works where and as what; adding and changing one, absence, disabling, and a new password.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::Role;
use sanji_model::lang::Say as _;
use sanji_model::refusal::Refusal as Rule;
use sanji_model::user::{NotUser, UserId};
use serde_json::Value;

use super::answer::{list_of, plain};
use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::hashing::{new_password, set_password};
use super::shell::{Link, Shell};
use super::units::roles_of;
use super::{Face, page, roles, tabs, tokens, tree};
use crate::command::Command;
use crate::refusal::Refusal;

const ADMINISTRATORS: Access = Access::Roles(roles::ADMINISTRATORS);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/users", ADMINISTRATORS, list),
        Route::get("/users/new", ADMINISTRATORS, new),
        Route::post("/users/new", ADMINISTRATORS, add),
        Route::get("/users/{id}", ADMINISTRATORS, one),
        Route::post("/users/{id}", ADMINISTRATORS, change),
        Route::post("/users/{id}/disable", ADMINISTRATORS, disable),
        Route::post("/users/{id}/absence", ADMINISTRATORS, absence),
        Route::post("/users/{id}/password", ADMINISTRATORS, password),
        Route::post("/users/{id}/tokens/end", ADMINISTRATORS, end_token),
    ]
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    shell: Shell,
    tabs: Vec<Link>,
    query: String,
    rows: Vec<Row>,
    of: usize,
    done: String,
}

struct Row {
    id: String,
    name: String,
    unit: String,
    unit_name: String,
    roles: String,
    disabled: bool,
    absent: bool,
    deputy: String,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let users = page::ask(&face, &visitor, Command::UserList).await?;
    let units = units(&face, &visitor).await?;
    let (shell, query) = (visitor.shell(), visitor.query().get("q").to_owned());
    let row = |user: &Value| {
        let unit = plain(&user["unit"]);
        let known = units.iter().find(|(code, _)| *code == unit);
        Row {
            id: plain(&user["id"]),
            name: plain(&user["name"]),
            unit_name: known.map(|(_, name)| name.trim().to_owned()).unwrap_or_default(),
            unit,
            roles: roles_of(&user["roles"], &shell),
            disabled: user["disabled"] == true,
            absent: user["absent"] == true,
            deputy: plain(&user["deputy"]),
        }
    };
    let wanted = |row: &Row| {
        [&row.id, &row.name, &row.unit, &row.unit_name, &row.roles].iter().any(|text| text.contains(&query))
    };
    let rows: Vec<Row> = list_of(&users).iter().map(row).filter(wanted).collect();
    let (tabs, done) = (tabs::shown(tabs::ADMINISTRATION, &visitor), tabs::done(&visitor));
    Ok(page::show(&UsersPage { tabs, query, of: list_of(&users).len(), rows, done, shell }))
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    shell: Shell,
    tabs: Vec<Link>,
    /// None while the user is not there yet.
    known: Option<Known>,
    filled: Filled,
    /// Code, and name behind as many blanks as the unit is deep.
    units: Vec<(String, String)>,
    /// Word, name, and whether it is chosen.
    roles: Vec<(&'static str, &'static str, bool)>,
    faults: Faults,
    done: String,
}

struct Known {
    disabled: bool,
    absent: bool,
    /// None for somebody of another unit, whose node has them.
    tokens: Option<Vec<tokens::Row>>,
}

/// The form as it is or was filled in.
#[derive(Default)]
struct Filled {
    id: String,
    name: String,
    unit: String,
    roles: Vec<String>,
    deputy: String,
}

impl Filled {
    fn of_user(user: &Value) -> Filled {
        Filled {
            id: plain(&user["id"]),
            name: plain(&user["name"]),
            unit: plain(&user["unit"]),
            roles: list_of(&user["roles"]).iter().map(plain).collect(),
            deputy: plain(&user["deputy"]),
        }
    }

    fn of_form(id: &str, fields: &Fields) -> Filled {
        Filled {
            id: id.to_owned(),
            name: fields.get("name").to_owned(),
            unit: fields.get("unit").to_owned(),
            roles: fields
                .pairs()
                .filter(|(key, _)| *key == "role")
                .map(|(_, role)| role.to_owned())
                .collect(),
            deputy: fields.get("deputy").to_owned(),
        }
    }

    fn command(&self, user: Option<String>) -> Command {
        Command::UserAdd {
            id: self.id.clone(),
            name: self.name.clone(),
            unit: self.unit.clone(),
            roles: self.roles.clone(),
            deputy: Some(self.deputy.clone()).filter(|id| !id.is_empty()),
            user,
        }
    }
}

async fn new(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let filled = Filled { unit: visitor.query().get("unit").to_owned(), ..Filled::default() };
    shown(&face, &visitor, None, filled, Faults::default()).await
}

async fn add(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let (shell, id) = (visitor.shell(), fields.get("id").to_ascii_lowercase());
    let filled = Filled::of_form(&id, &fields);
    let mut faults = faults_of(&filled, &shell);
    if found(&face, &visitor, &id).await?.is_some() {
        faults.add("id", shell.t("adm-user-there"));
    }
    // Somebody may be added now and get a password when they come.
    if fields.raw("new").len() + fields.raw("again").len() > 0 {
        faults = faults.with(new_password(&shell, &id, &fields));
    }
    if faults.is_empty()
        && let Err(refusal) = page::attempt(&face, &visitor, filled.command(visitor.user())).await?
    {
        faults.add(field_of(&refusal), refusal.text(shell.tongue.lang()));
    }
    if !faults.is_empty() {
        return shown(&face, &visitor, None, filled, faults).await;
    }
    if !fields.raw("new").is_empty() {
        set_password(&face, &visitor, &id, fields.raw("new"), visitor.user().as_deref()).await?;
    }
    Ok(back(&face, &visitor, &id, "saved"))
}

async fn one(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let user = must_find(&face, &visitor, &id).await?;
    shown(&face, &visitor, Some(&user), Filled::of_user(&user), Faults::default()).await
}

async fn change(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let user = must_find(&face, &visitor, &id).await?;
    let (shell, filled) = (visitor.shell(), Filled::of_form(&id, &fields));
    let mut faults = faults_of(&filled, &shell);
    if faults.is_empty()
        && let Err(refusal) = page::attempt(&face, &visitor, filled.command(visitor.user())).await?
    {
        faults.add(field_of(&refusal), refusal.text(shell.tongue.lang()));
    }
    if !faults.is_empty() {
        return shown(&face, &visitor, Some(&user), filled, faults).await;
    }
    // Saving takes nobody's absence away.
    if user["absent"] == true {
        let command = Command::UserAbsent { id: id.clone(), absent: true, user: visitor.user() };
        page::ask(&face, &visitor, command).await?;
    }
    Ok(back(&face, &visitor, &id, "saved"))
}

async fn disable(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Response> {
    let command = Command::UserDisable { id: id.clone(), user: visitor.user() };
    act(&face, &visitor, &id, command, "disabled").await
}

async fn absence(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let absent = fields.get("absent") == "yes";
    let command = Command::UserAbsent { id: id.clone(), absent, user: visitor.user() };
    act(&face, &visitor, &id, command, "absent").await
}

async fn act(
    face: &Face,
    visitor: &Visitor,
    id: &str,
    command: Command,
    done: &str,
) -> Result<Response, Response> {
    match page::attempt(face, visitor, command).await? {
        Ok(_) => Ok(back(face, visitor, id, done)),
        Err(refusal) => {
            let user = must_find(face, visitor, id).await?;
            let faults = Faults::one("", refusal.text(visitor.tongue.lang()));
            shown(face, visitor, Some(&user), Filled::of_user(&user), faults).await
        }
    }
}

async fn end_token(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let command = Command::TokenEnd { token: fields.get("token").to_owned(), user: visitor.user() };
    act(&face, &visitor, &id, command, "token-ended").await
}

async fn password(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let user = must_find(&face, &visitor, &id).await?;
    let mut faults = new_password(&visitor.shell(), &id, &fields);
    // One's own wants the old one: an open browser must not be enough to take a name over.
    if visitor.user().is_some_and(|own| own == id) {
        faults.add("new", visitor.shell().t("adm-password-own"));
    }
    if !faults.is_empty() {
        return shown(&face, &visitor, Some(&user), Filled::of_user(&user), faults).await;
    }
    set_password(&face, &visitor, &id, fields.raw("new"), visitor.user().as_deref()).await?;
    Ok(back(&face, &visitor, &id, "password"))
}

fn back(face: &Face, visitor: &Visitor, id: &str, done: &str) -> Response {
    page::done(face, visitor, &format!("/users/{id}"), done)
}

fn faults_of(filled: &Filled, shell: &Shell) -> Faults {
    let mut faults = Faults::default();
    if let Err(why) = filled.id.parse::<UserId>() {
        faults.add("id", why.text(shell.tongue.lang()));
    }
    if filled.name.is_empty() {
        faults.add("name", shell.t("adm-user-name-missing"));
    }
    if filled.unit.is_empty() {
        faults.add("unit", shell.t("adm-user-unit-missing"));
    }
    if filled.roles.is_empty() {
        faults.add("role", shell.t("adm-user-role-missing"));
    }
    faults
}

/// The field that a refusal is about.
fn field_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Rule(Rule::User(NotUser::Id(_))) => "id",
        Refusal::Rule(Rule::UnknownUnit(_)) => "unit",
        _ => "",
    }
}

async fn shown(
    face: &Face,
    visitor: &Visitor,
    user: Option<&Value>,
    filled: Filled,
    faults: Faults,
) -> Result<Response, Response> {
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let usual = Role::ALL.iter().filter(|role| **role != Role::Public);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is_chosen = |role: &Role| filled.roles.iter().any(|word| word == role.word());
    let known = match user {
        None => None,
        Some(user) => {
            let is_here = user["unit"] == visitor.place.unit.as_str();
            let tokens = match is_here {
                true => Some(tokens::rows(face, visitor, plain(&user["id"])).await?),
                false => None,
            };
            Some(Known { disabled: user["disabled"] == true, absent: user["absent"] == true, tokens })
        }
    };
    let page = UserPage {
        tabs: tabs::shown(tabs::ADMINISTRATION, visitor),
        known,
        units: units(face, visitor).await?,
        roles: usual.map(|role| (role.word(), role.words().text(lang), is_chosen(role))).collect(),
        done: tabs::done(visitor),
        filled,
        faults,
        shell,
    };
    Ok(page::show_as(status, &page))
}

async fn found(face: &Face, visitor: &Visitor, id: &str) -> Result<Option<Value>, Response> {
    let users = page::ask(face, visitor, Command::UserList).await?;
    Ok(list_of(&users).iter().find(|user| user["id"] == id).cloned())
}

async fn must_find(face: &Face, visitor: &Visitor, id: &str) -> Result<Value, Response> {
    let unknown = || match id.parse::<UserId>() {
        Ok(id) => Refusal::Rule(Rule::User(NotUser::Unknown(id))),
        Err(why) => Refusal::Rule(Rule::User(NotUser::Id(why))),
    };
    found(face, visitor, id).await?.ok_or_else(|| page::refusal_page(visitor, &unknown()))
}

/// Code and name of every unit in the order of the tree, names set in by depth.
pub(super) async fn units(face: &Face, visitor: &Visitor) -> Result<Vec<(String, String)>, Response> {
    let units = page::ask(face, visitor, Command::OrgList).await?;
    let line = |(depth, unit): (usize, &Value)| {
        (plain(&unit["code"]), format!("{}{}", "\u{3000}".repeat(depth), plain(&unit["name"])))
    };
    Ok(tree::in_order(list_of(&units)).into_iter().map(line).collect())
}
