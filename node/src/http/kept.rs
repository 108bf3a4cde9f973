//! A form that comes when its session is over: its fields go through the sign-in page and are offered to be sent again.
//!
//! The node keeps nothing of it, and passwords go nowhere. It is offered to the user whose session made it and to nobody
//! else: the token that it brought is of the cookie and of them.

use askama::Template;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::form::{CSRF, Fields};
use super::gate::{FORM_BYTES_MAX, Visitor};
use super::page;
use super::shell::Shell;
use super::sign_in::{self, inside};

/// The field that says where a kept form goes, that which says that something secret is not kept, and what stands before
/// the names of its own fields.
const TO: &str = "form";
const LOST: &str = "form-lost";
const OWN: &str = "form.";

/// What is typed unseen.
const SECRETS: &[&str] = &["password", "old", "new", "again", "code"];

/// A form on its way through the sign-in page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Kept {
    to: String,
    fields: Vec<(String, String)>,
    /// It had a password, which is not kept.
    is_lossy: bool,
}

impl Kept {
    /// None of a form that no session made.
    fn posted(to: &Uri, fields: &Fields) -> Option<Kept> {
        let is_secret = |name: &str| SECRETS.contains(&name);
        let own = fields.pairs().filter(|(name, _)| !is_secret(name));
        let kept = Kept {
            to: inside(&to.to_string()).to_owned(),
            fields: own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            is_lossy: fields.pairs().any(|(name, value)| is_secret(name) && !value.is_empty()),
        };
        (!fields.raw(CSRF).is_empty() && to.path() != sign_in::OUT).then_some(kept)
    }

    /// As the sign-in page brings it back.
    pub fn brought(fields: &Fields) -> Option<Kept> {
        let own = fields.pairs().filter_map(|(name, value)| Some((name.strip_prefix(OWN)?, value)));
        let fields_of = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let to = fields.some(TO)?;
        Some(Kept { to: inside(&to).to_owned(), fields: fields_of, is_lossy: fields.has(LOST) })
    }

    /// The fields of the sign-in page that keep it.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let own = self.fields.iter().map(|(name, value)| (format!("{OWN}{name}"), value.clone()));
        let lost = self.is_lossy.then(|| (LOST.to_owned(), "1".to_owned()));
        [(TO.to_owned(), self.to.clone())].into_iter().chain(lost).chain(own).collect()
    }

    /// Whether a page that this visitor had before they signed in anew made it.
    pub fn is_of(&self, visitor: &Visitor) -> bool {
        let brought = self.fields.iter().find(|(name, _)| name == CSRF).map(|(_, value)| value.as_str());
        brought.is_some() && brought == visitor.csrf_before.as_deref()
    }

    /// To be sent with one click.
    pub fn offered(self, visitor: &Visitor) -> Response {
        let (shell, hidden) = (visitor.shell().keeping_form(), self.hidden());
        let fields = self.fields.into_iter().filter(|(name, _)| name != CSRF).collect();
        page::show(&KeptPage { shell, to: self.to, fields, hidden, is_lossy: self.is_lossy })
    }
}

#[derive(Template)]
#[template(path = "kept.html")]
struct KeptPage {
    shell: Shell,
    to: String,
    fields: Vec<(String, String)>,
    /// What keeps it while it is shown in another language.
    hidden: Vec<(String, String)>,
    is_lossy: bool,
}

/// Says that nothing was done, beside the form to sign in with, which keeps what was sent. Files are not kept.
pub(super) async fn sign_in_first(visitor: &Visitor, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let is_file = text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("multipart/"));
    let came_from = text(header::REFERER).and_then(|from| from.parse::<Uri>().ok());
    let back = came_from.and_then(|from| from.path_and_query().map(ToString::to_string)).unwrap_or_default();
    if is_file {
        return sign_in::again(visitor, "session-over-file", inside(&back), None);
    }
    match to_bytes(body, FORM_BYTES_MAX).await {
        Ok(bytes) => match Kept::posted(&visitor.uri, &Fields::read(&bytes)) {
            Some(kept) => sign_in::again(visitor, "session-over-kept", "/", Some(kept)),
            None => sign_in::again(visitor, "session-over", inside(&back), None),
        },
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_goes_through_the_sign_in_page_and_leaves_its_password_behind() {
        let fields = Fields::read(b"csrf=ab&name=%E6%9D%8E&role=a&role=b&new=secret");
        let kept = Kept::posted(&"/users/new?x=1".parse().unwrap(), &fields).unwrap();
        assert!(kept.is_lossy && !kept.hidden().iter().any(|(_, value)| value == "secret"));
        let back = Kept::brought(&Fields::of(kept.hidden())).unwrap();
        assert_eq!(back, kept);
        assert_eq!(back.to, "/users/new?x=1");
        assert_eq!(back.fields.iter().filter(|(name, _)| name == "role").count(), 2);
    }

    #[test]
    fn a_form_goes_nowhere_but_to_this_node() {
        let brought = Kept::brought(&Fields::read(b"form=https%3A%2F%2Fevil.example%2F&form.csrf=a"));
        assert_eq!(brought.unwrap().to, "/");
        let nobodys = Fields::read(b"name=x");
        assert_eq!(Kept::posted(&"/users/new".parse().unwrap(), &nobodys), None);
    }
}
