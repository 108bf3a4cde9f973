//! Signing in and out, one's own password, and the first password of a fresh node.
//!
//! A name and a password are wrong together: nobody learns which.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

use super::form::{Faults, Posted};
use super::gate::{Access, Route, SESSION_COOKIE, Visitor};
use super::hashing::{hashing, new_password, set_password};
use super::kept::Kept;
use super::shell::Shell;
use super::{Face, cookie, gate, page, stopping};
use crate::command::Command;
use crate::password;
use crate::run::now;

/// Where one signs in.
pub(super) const IN: &str = "/sign-in";

/// Where one signs out.
pub(super) const OUT: &str = "/sign-out";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(IN, Access::Public, sign_in),
        Route::post(IN, Access::Public, sign_in_done),
        Route::post(OUT, Access::Staff, sign_out),
        Route::get("/me", Access::Staff, me),
        Route::post("/me/password", Access::Staff, password_done),
        Route::get("/setup", Access::Public, setup),
        Route::post("/setup", Access::Public, setup_done),
    ]
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    shell: Shell,
    user: String,
    to: String,
    fault: String,
    /// Fields of a form that is kept.
    kept: Vec<(String, String)>,
}

/// Somebody has to sign in first, says `key`; on to `to` then, or with the form.
pub(super) fn again(visitor: &Visitor, key: &str, to: &str, kept: Option<Kept>) -> Response {
    let fault = visitor.shell().t(key);
    let page = SignInPage::new(visitor, String::new(), to.to_owned(), fault, kept.as_ref());
    page::show_as(StatusCode::FORBIDDEN, &page)
}

impl SignInPage {
    fn new(visitor: &Visitor, user: String, to: String, fault: String, kept: Option<&Kept>) -> SignInPage {
        let shell = match kept {
            Some(_) => visitor.shell().keeping_form(),
            None => visitor.shell(),
        };
        SignInPage { shell, user, to, fault, kept: kept.map(Kept::hidden).unwrap_or_default() }
    }
}

async fn sign_in(State(face): State<Face>, visitor: Visitor) -> Response {
    if visitor.person.is_some() {
        return Redirect::to("/").into_response();
    }
    if face.asker.nobody_can_sign_in().await {
        return Redirect::to("/setup").into_response();
    }
    let to = visitor.query().get("to").to_owned();
    page::show(&SignInPage::new(&visitor, String::new(), to, String::new(), None))
}

async fn sign_in_done(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let shell = visitor.shell();
    let (user, at) = (fields.get("user").to_ascii_lowercase(), now());
    let kept = Kept::brought(&fields);
    let passwords = &face.sessions.passwords;
    let again = |fault: String, status: StatusCode| {
        let to = fields.get("to").to_owned();
        page::show_as(status, &SignInPage::new(&visitor, user.clone(), to, fault, kept.as_ref()))
    };
    // Nobody signs in yet: what keeps the form is wanted in another language.
    if let Some(kept) = kept.as_ref().filter(|_| visitor.query().has("lang")) {
        return match kept.is_of(&visitor) {
            true => kept.clone().offered(&visitor),
            false => again(shell.t("session-over-kept"), StatusCode::FORBIDDEN),
        };
    }
    if let Some(minutes) = passwords.shut_for(&user, visitor.from, at) {
        let fault = shell.put("sign-in-shut", "minutes", minutes);
        return again(fault, StatusCode::TOO_MANY_REQUESTS);
    }
    passwords.count(&user, visitor.from, at);
    let hash = match face.asker.ask(Command::Credential { id: user.clone() }).await {
        Some(answer) => answer.unwrap_or(Value::Null),
        None => return stopping(),
    };
    let hash = hash.as_str().map(str::to_owned);
    let (text, stamp) =
        (fields.raw("password").to_owned(), hash.as_deref().map(password::stamp).unwrap_or_default());
    if !hashing(move || password::verify(&text, hash.as_deref())).await.unwrap_or(false) {
        let fault = shell.t("sign-in-wrong");
        return again(fault, StatusCode::UNPROCESSABLE_ENTITY);
    }
    passwords.was_right(&user, visitor.from);
    if let Some(old) = &visitor.session {
        face.sessions.end(old);
    }
    let to = inside(fields.get("to"));
    let Some(kept) = kept else { return begin(&face, &visitor, &user, &stamp, to) };
    let Some(secret) = new_session(&face, &visitor, &user, &stamp) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let signed_in = cookie::set(SESSION_COOKIE, &secret, None);
    match gate::newly_signed_in(&face, &visitor, &secret).await {
        Ok(person) if kept.is_of(&person) => ([signed_in], kept.offered(&person)).into_response(),
        // Somebody else's form is none of theirs.
        Ok(_) => ([signed_in], Redirect::to(to)).into_response(),
        Err(response) => response,
    }
}

async fn sign_out(State(face): State<Face>, visitor: Visitor, _: Posted) -> Response {
    if let Some(secret) = &visitor.session {
        face.sessions.end(secret);
    }
    ([cookie::set(SESSION_COOKIE, "", Some(0))], Redirect::to("/")).into_response()
}

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    shell: Shell,
    user: String,
    faults: Faults,
    done: bool,
}

async fn me(visitor: Visitor) -> Response {
    let user = visitor.user().unwrap_or_default();
    let done = visitor.done.is_some();
    page::show(&MePage { shell: visitor.shell(), user, faults: Faults::default(), done })
}

async fn password_done(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let (shell, user) = (visitor.shell(), visitor.user().unwrap_or_default());
    let (old, at) = (fields.raw("old").to_owned(), now());
    let mut faults = new_password(&shell, &user, &fields);
    let passwords = &face.sessions.passwords;
    if let Some(minutes) = passwords.shut_for(&user, visitor.from, at) {
        faults.add("old", shell.put("sign-in-shut", "minutes", minutes));
    } else if faults.is_empty() {
        passwords.count(&user, visitor.from, at);
        let hash = match page::ask(&face, &visitor, Command::Credential { id: user.clone() }).await {
            Ok(hash) => hash.as_str().map(str::to_owned),
            Err(response) => return response,
        };
        match hashing(move || password::verify(&old, hash.as_deref())).await.unwrap_or(false) {
            true => passwords.was_right(&user, visitor.from),
            false => faults.add("old", shell.t("password-old-wrong")),
        }
    }
    if !faults.is_empty() {
        return page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &MePage { shell, user, faults, done: false });
    }
    // Whoever knew the old one is out; this browser stays.
    match set_password(&face, &visitor, &user, fields.raw("new"), Some(&user)).await {
        Ok(stamp) => match new_session(&face, &visitor, &user, &stamp) {
            Some(secret) => {
                face.sessions.leave_note(&secret, "/me", "password");
                ([cookie::set(SESSION_COOKIE, &secret, None)], Redirect::to("/me")).into_response()
            }
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Err(response) => response,
    }
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    /// Id and name of those who could be first.
    people: Vec<(String, String)>,
    user: String,
    faults: Faults,
}

/// The first start: while nobody of this unit can sign in, whoever knows the code that only the machine's owner can read
/// sets the first password.
async fn setup(State(face): State<Face>, visitor: Visitor) -> Response {
    match people(&face, &visitor).await {
        Err(response) => response,
        Ok(None) => Redirect::to("/sign-in").into_response(),
        Ok(Some(people)) => page::show(&SetupPage {
            shell: visitor.shell(),
            people,
            user: String::new(),
            faults: Faults::default(),
        }),
    }
}

async fn setup_done(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let people = match people(&face, &visitor).await {
        Err(response) => return response,
        Ok(None) => return Redirect::to("/sign-in").into_response(),
        Ok(Some(people)) => people,
    };
    const SETUP: &str = "(setup)";
    let (shell, user, at) = (visitor.shell(), fields.get("user").to_owned(), now());
    let mut faults = new_password(&shell, &user, &fields);
    if !people.iter().any(|(id, _)| *id == user) {
        faults.add("user", shell.t("setup-user-missing"));
    }
    if let Some(minutes) = face.sessions.passwords.shut_for(SETUP, visitor.from, at) {
        faults.add("code", shell.put("sign-in-shut", "minutes", minutes));
    } else if blake3::hash(fields.get("code").as_bytes()) != blake3::hash(face.setup_code().as_bytes()) {
        face.sessions.passwords.count(SETUP, visitor.from, at);
        faults.add("code", shell.t("setup-code-wrong"));
    }
    if !faults.is_empty() {
        return page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &SetupPage { shell, people, user, faults });
    }
    match set_password(&face, &visitor, &user, fields.raw("new"), None).await {
        Ok(stamp) => {
            // It opens nothing any more; one that cannot be removed does no harm.
            let _ = std::fs::remove_file(&face.setup_code);
            begin(&face, &visitor, &user, &stamp, "/")
        }
        Err(response) => response,
    }
}

/// Signed in, on to `to`.
fn begin(face: &Face, visitor: &Visitor, user: &str, stamp: &str, to: &str) -> Response {
    match new_session(face, visitor, user, stamp) {
        Some(secret) => ([cookie::set(SESSION_COOKIE, &secret, None)], Redirect::to(to)).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The secret of a new session; none where there is no randomness.
fn new_session(face: &Face, visitor: &Visitor, user: &str, stamp: &str) -> Option<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).ok()?;
    Some(face.sessions.begin(user, stamp, visitor.session.as_deref(), now(), random))
}

/// An address of this node; anything else is the first page.
pub(super) fn inside(to: &str) -> &str {
    // Browsers drop tabs and line ends out of an address, and a backslash is a slash to them.
    let is_plain = to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let is_inside = to.starts_with('/') && !to.starts_with("//") && is_plain;
    if is_inside { to } else { "/" }
}

/// Who of this unit could be the first to sign in; none if somebody can.
async fn people(face: &Face, visitor: &Visitor) -> Result<Option<Vec<(String, String)>>, Response> {
    let people = page::ask(face, visitor, Command::StaffList).await?;
    let people = people.as_array().cloned().unwrap_or_default();
    if people.iter().any(|one| one["has_password"] == true && one["disabled"] != true) {
        return Ok(None);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let able = people.iter().filter(|one| one["disabled"] != true);
    Ok(Some(able.map(|one| (text(&one["id"]), text(&one["name"]))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_one_stays_at_this_node() {
        assert_eq!(inside("/cases?state=30"), "/cases?state=30");
        for outside in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "cases",
            "/a\r\nset-cookie: x",
            "/\t/evil",
            "/\u{1}x",
        ] {
            assert_eq!(inside(outside), "/", "{outside:?}");
        }
    }
}
