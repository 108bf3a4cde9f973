//! Users, their passwords and tokens for programs: administrators for all, everybody for themselves.

use axum::http::{Method, StatusCode};
use data_encoding::HEXLOWER;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::gate::{Access, Route};
use super::super::{Face, roles};
use super::operation::{
    Answer, Asked, Fields, Kind, Limit, Nothing, Operation, Walk, ask, get, list, page_of, route, walks,
    write,
};
use super::problem::Problem;
use crate::command::Command;
use crate::machine::TOKEN_DAYS_MAX;
use crate::password;
use crate::run::now;

const ADMINISTRATORS: Access = Access::Roles(roles::ADMINISTRATORS);

const USER: Fields = &[("id", Kind::Text), ("name", Kind::Text), ("unit", Kind::Text), ("roles", Kind::List)];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct User {
    name: String,
    /// The unit at whose nodes they act.
    unit: String,
    roles: Vec<String>,
    /// Who acts in their place while they are absent.
    #[serde(default)]
    deputy: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Absence {
    absent: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    password: String,
    /// That which one has now, when one's own is changed.
    #[serde(default)]
    old: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tokens {
    /// Whose, for administrators; one's own when left out.
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

walks!(Tokens);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// For whom it acts, for administrators; oneself when left out.
    #[serde(default)]
    user: Option<String>,
    /// What it is for.
    #[schemars(length(min = 1, max = 60), regex(pattern = r"\S"))]
    name: String,
    /// `read` or `write`.
    grant: String,
    /// How long it is good for.
    #[serde(default = "quarter")]
    #[schemars(range(min = 1, max = TOKEN_DAYS_MAX))]
    days: u64,
}

fn quarter() -> u64 {
    90
}

pub(super) fn routes() -> Vec<Route> {
    [users(), tokens()].into_iter().flatten().collect()
}

fn users() -> Vec<Route> {
    vec![
        get::<Nothing>(
            "/api/v1/me",
            Access::Staff,
            "me",
            ("本人与本机", "Who one is, and where"),
            Answer::object(&[("unit", Kind::Text), ("user", Kind::Object)]).hiding(without_stamp),
            |asked| Command::Here { user: asked.user },
        ),
        list::<Walk>(
            "/api/v1/users",
            ADMINISTRATORS,
            "user_list",
            ("用户", "Users with their roles"),
            Answer::page(USER),
            |row| super::text(&row["id"]),
            |_| true,
            |_| Command::UserList,
        ),
        list::<Walk>(
            "/api/v1/staff",
            ADMINISTRATORS,
            "staff_list",
            ("本机构人员", "The people of this unit, and who of them can sign in"),
            Answer::page(&[("id", Kind::Text), ("name", Kind::Text), ("has_password", Kind::Flag)]),
            |row| super::text(&row["id"]),
            |_| true,
            |_| Command::StaffList,
        ),
        write::<User>(
            (Method::PUT, "/api/v1/users/{id}"),
            ADMINISTRATORS,
            "user_put",
            ("新增或修改用户", "Make a user, or change one"),
            Answer::object(USER),
            |asked| {
                let (id, by) = (asked.named("id"), asked.user);
                let User { name, unit, roles, deputy } = asked.body;
                Command::UserAdd { id, name, unit, roles, deputy, user: by }
            },
        ),
        write::<Nothing>(
            (Method::DELETE, "/api/v1/users/{id}"),
            ADMINISTRATORS,
            "user_disable",
            ("停用用户", "A user acts no more; what they did stands"),
            Answer::object(USER),
            |asked| Command::UserDisable { id: asked.named("id"), user: asked.user },
        ),
        write::<Absence>(
            (Method::PUT, "/api/v1/users/{id}/absence"),
            ADMINISTRATORS,
            "user_absence",
            ("请假或返岗", "A post is left to its deputy, or taken again"),
            Answer::object(USER),
            |asked| {
                let id = asked.named("id");
                Command::UserAbsent { id, absent: asked.body.absent, user: asked.user }
            },
        ),
        route(
            Method::PUT,
            "/api/v1/users/{id}/password",
            Access::Staff,
            Operation::new::<Nothing, NewPassword>(
                "password_put",
                ("设置密码", "Set a password"),
                Answer::object(&[("id", Kind::Text), ("unit", Kind::Text)]),
                StatusCode::OK,
            ),
            set_password,
        ),
    ]
}

fn tokens() -> Vec<Route> {
    vec![
        route(
            Method::GET,
            "/api/v1/tokens",
            Access::Staff,
            Operation::new::<Tokens, Nothing>(
                "token_list",
                ("接口令牌", "Tokens, without their secrets"),
                Answer::page(&[("token", Kind::Text), ("user", Kind::Text), ("good", Kind::Flag)]),
                StatusCode::OK,
            ),
            list_tokens,
        ),
        route(
            Method::POST,
            "/api/v1/tokens",
            Access::Staff,
            Operation::new::<Nothing, NewToken>(
                "token_new",
                ("新建接口令牌", "Make a token; its secret is in this answer only"),
                Answer::object(&[("token", Kind::Text), ("secret", Kind::Text), ("until", Kind::Whole)]),
                StatusCode::CREATED,
            ),
            new_token,
        ),
        write::<Nothing>(
            (Method::DELETE, "/api/v1/tokens/{token}"),
            Access::Staff,
            "token_end",
            ("停用接口令牌", "End a token"),
            Answer::object(&[("token", Kind::Text), ("ended", Kind::Flag)]),
            |asked| Command::TokenEnd { token: asked.named("token"), user: asked.user },
        ),
    ]
}

/// What sessions are told apart by is nothing for programs.
fn without_stamp(here: &mut Value) {
    if let Some(user) = here["user"].as_object_mut() {
        user.remove("stamp");
    }
}

/// Whoever changes their own must know that which they have: a token that got lost is not enough.
async fn set_password(face: Face, asked: Asked<Nothing, NewPassword>) -> Result<Value, Problem> {
    let (id, by) = (asked.named("id"), asked.user.unwrap_or_default());
    let NewPassword { password: text, old } = asked.body;
    password::check(&id, &text).map_err(Problem::Password)?;
    if id == by {
        let at = now();
        if let Some(minutes) = face.sessions.passwords.shut_for(&id, asked.visitor.from, at) {
            return Err(Problem::Shut(minutes));
        }
        face.sessions.passwords.count(&id, asked.visitor.from, at);
        let hash = ask(&face, Command::Credential { id: id.clone() }).await?.as_str().map(str::to_owned);
        let old = old.unwrap_or_default();
        match hashing(move || password::verify(&old, hash.as_deref())).await? {
            true => face.sessions.passwords.was_right(&id, asked.visitor.from),
            false => return Err(Problem::OldPassword),
        }
    }
    let hash = hashing(move || password::hash(&text)).await?;
    let hash = hash.map_err(|why| Problem::Failed(format!("hashing a password: {why:?}")))?;
    ask(&face, Command::PasswordSet { id, hash, user: Some(by) }).await
}

async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    super::super::hashing::hashing(work).await.ok_or(Problem::Stopping)
}

async fn list_tokens(face: Face, asked: Asked<Tokens>) -> Result<Value, Problem> {
    let is_administrator = asked.visitor.may(ADMINISTRATORS);
    let of = asked.query.user.clone().filter(|_| is_administrator).or(asked.user);
    let rows = match ask(&face, Command::TokenList { id: of }).await? {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    page_of(rows, |row| super::text(&row["token"]), asked.query.after.as_deref(), asked.query.limit.0)
}

async fn new_token(face: Face, asked: Asked<Nothing, NewToken>) -> Result<Value, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|why| Problem::Failed(why.to_string()))?;
    let text = HEXLOWER.encode(&random);
    let NewToken { user, name, grant, days } = asked.body;
    let id = user.or(asked.user.clone()).unwrap_or_default();
    let secret = blake3::hash(text.as_bytes()).to_hex().to_string();
    let mut made = ask(&face, Command::TokenAdd { id, name, grant, secret, days, user: asked.user }).await?;
    made["secret"] = json!(text);
    Ok(made)
}
