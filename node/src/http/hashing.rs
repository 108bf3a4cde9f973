//! Passwords are hashed on threads for that, two at a time, since each takes 19 MiB.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sanji_model::lang::Say as _;
use tokio::sync::Semaphore;

use super::form::{Faults, Fields};
use super::gate::Visitor;
use super::shell::Shell;
use super::{Face, page, stopping};
use crate::command::Command;
use crate::password;

static HASHING: Semaphore = Semaphore::const_new(2);

/// What is wrong with the fields `new` and `again` as the password of `user`.
pub(super) fn new_password(shell: &Shell, user: &str, fields: &Fields) -> Faults {
    let mut faults = Faults::default();
    if let Err(why) = password::check(user, fields.raw("new")) {
        faults.add("new", why.text(shell.tongue.lang()));
    }
    if fields.raw("new") != fields.raw("again") {
        faults.add("again", shell.t("password-differs"));
    }
    faults
}

/// Sets a password; answers the stamp of what it is now.
pub(super) async fn set_password(
    face: &Face,
    visitor: &Visitor,
    user: &str,
    text: &str,
    by: Option<&str>,
) -> Result<String, Response> {
    let text = text.to_owned();
    let hash = hashing(move || password::hash(&text)).await.ok_or_else(stopping)?;
    let hash = hash.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    let stamp = password::stamp(&hash);
    let command = Command::PasswordSet { id: user.to_owned(), hash, user: by.map(str::to_owned) };
    page::ask(face, visitor, command).await.map(|_| stamp)
}

/// None when the node is stopping.
pub(super) async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _one_of_two = HASHING.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}
