//! What a form makes is made once, however often the form comes: by a double click, a reload, "back" and again.
//!
//! Such a form brings a key in a hidden field, a new one each time it is shown. What was answered is kept with the keys of
//! programs ([`replay`](super::replay)), so that a restart in between makes nothing twice either. Knows no form.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::form::Fields;
use super::gate::Visitor;
use super::replay::{Begun, Key, KeyTrouble};
use super::{Face, page};
use crate::command::Command;
use crate::refusal::Refusal;

/// The hidden field.
pub(super) const ONCE: &str = "once";

/// What a page says was done when its form came before: nothing.
pub(super) const AGAIN: &str = "again";

/// What the machine said to a form.
pub(super) struct Said {
    pub answer: Value,
    /// It said so before: this time nothing was done.
    pub again: bool,
}

impl Said {
    /// What the page that comes next says was done.
    pub fn deed<'a>(&self, deed: &'a str) -> &'a str {
        if self.again { AGAIN } else { deed }
    }
}

/// A key for a form that is shown; blank, and then of no use, where there is no randomness.
pub(super) fn new_key() -> String {
    let mut random = [0; 16];
    match getrandom::fill(&mut random) {
        Ok(()) => HEXLOWER.encode(&random),
        Err(_) => String::new(),
    }
}

/// What the machine answers to what a form asks for, or why it does not want to; a form that came before gets the answer
/// that it got then, whatever it says now. A refused one can be mended and sent again.
pub(super) async fn attempt(
    face: &Face,
    visitor: &Visitor,
    fields: &Fields,
    command: Command,
) -> Result<Result<Said, Refusal>, Response> {
    let user = visitor.user().unwrap_or_default();
    let Some(key) = Key::new(&user, fields.raw(ONCE), &[visitor.uri.path().as_bytes()]) else {
        let said = page::attempt(face, visitor, command).await?;
        return Ok(said.map(|answer| Said { answer, again: false }));
    };
    // Seen to its end though the browser hangs up, as it does on the first of two clicks.
    let done = tokio::spawn(done(face.clone(), key, command)).await;
    match done.unwrap_or_else(|why| Err(KeyTrouble::Failed(why.to_string()))) {
        Ok(Some(said)) => Ok(said),
        Ok(None) => Err(page::refused_page(visitor, StatusCode::SERVICE_UNAVAILABLE, "node-stopping")),
        Err(KeyTrouble::Other | KeyTrouble::Running | KeyTrouble::Unknown) => Ok(Err(Refusal::FormOutcome)),
        Err(KeyTrouble::Full) => Ok(Err(Refusal::FormsFull)),
        Err(KeyTrouble::Failed(why)) => {
            tracing::error!(why, "a form cannot be taken");
            Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

/// None while the node stops: whether it was done is then not known.
async fn done(face: Face, key: Key, command: Command) -> Result<Option<Result<Said, Refusal>>, KeyTrouble> {
    let _others_wait = face.replays.forms.lock().await;
    if let Begun::Again { body, .. } = face.replays.begin(&key).await? {
        return Ok(Some(Ok(Said { answer: body, again: true })));
    }
    let said = face.asker.ask(command).await;
    let kept = match &said {
        Some(Ok(answer)) => face.replays.finish(&key, StatusCode::OK, answer).await,
        Some(Err(_)) => face.replays.free(&key).await,
        None => Ok(()),
    };
    if let Err(trouble) = kept {
        tracing::error!(?trouble, "what a form was answered is not kept");
    }
    Ok(said.map(|said| said.map(|answer| Said { answer, again: false })))
}
