//! Who may pass: every route stands with whom it is for, and one gate asks before a handler runs.
//!
//! Pages know people by a cookie, programs by a token; neither door takes the other's key. Knows no page.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Router, body::Body};
use sanji_model::case::Role;
use sanji_model::staff::Grant;
use serde::Deserialize;
use serde_json::Value;

use super::api::{Operation, Problem};
use super::form::{self, Fields};
use super::shell::{Line, Shell};
use super::words::Tongue;
use super::{Face, authorised, cookie, hear, kept, page, problem, stopping};
use crate::command::Command;
use crate::refusal::Refusal;
use crate::run::now;

/// The cookie of a session, and that of the language.
pub(super) const SESSION_COOKIE: &str = "sanji_session";
pub(super) const TONGUE_COOKIE: &str = "sanji_lang";

/// What the script of live pages sends.
const LIVE_HEADER: &str = "x-live";

/// A language stays chosen for a year.
const TONGUE_SECONDS: u64 = 366 * 86_400;

/// Whom a route is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Whoever stands at the counter.
    Public,
    /// Whoever signed in.
    Staff,
    /// Who signed in with one of these roles.
    Roles(&'static [Role]),
    /// Whoever can read this machine's data directory: the command line.
    Owner,
}

/// A way in: one method of one path, for whom, and what answers.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    /// What the API's document says of it; none of a page.
    pub operation: Option<Operation>,
    /// Bytes that a request may have.
    room: usize,
    answer: MethodRouter<Face>,
}

impl Route {
    pub fn get<T: 'static>(path: &'static str, access: Access, handler: impl Handler<T, Face>) -> Route {
        Route::new(Method::GET, path, access, handler)
    }

    pub fn post<T: 'static>(path: &'static str, access: Access, handler: impl Handler<T, Face>) -> Route {
        Route::new(Method::POST, path, access, handler)
    }

    /// One that the API's document describes.
    pub(super) fn described<T: 'static>(
        method: Method,
        path: &'static str,
        access: Access,
        operation: Operation,
        handler: impl Handler<T, Face>,
    ) -> Route {
        let route = Route::new(method, path, access, handler);
        Route { operation: Some(operation), ..route }
    }

    /// Whether it changes nothing, so that a token that may read is enough.
    pub(super) fn only_reads(&self) -> bool {
        self.method.is_safe() || self.operation.is_some_and(|operation| operation.only_reads)
    }

    fn new<T: 'static>(
        method: Method,
        path: &'static str,
        access: Access,
        handler: impl Handler<T, Face>,
    ) -> Route {
        let room = if access == Access::Owner { OWNER_BYTES_MAX } else { FORM_BYTES_MAX };
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Route { method, path, access, operation: None, room, answer: on(filter, handler) }
    }

    /// Whole files come in here.
    pub(super) fn for_files(self) -> Route {
        Route { room: OWNER_BYTES_MAX, ..self }
    }
}

/// Bytes of one request from the machine's owner: a guide file of a whole county (1,500 guides of 64 KB, DOMAIN §8 stress)
/// and some; and of a form.
const OWNER_BYTES_MAX: usize = 128 << 20;
pub(super) const FORM_BYTES_MAX: usize = 2 << 20;

/// The routes behind their gates.
pub(super) fn guarded(routes: Vec<Route>, face: &Face) -> Router<Face> {
    let behind = |router: Router<Face>, route: Route| {
        let gate = from_fn_with_state((face.clone(), route.access, route.only_reads()), pass);
        let heard = from_fn_with_state(route.room, hear::out);
        let answer = route.answer.layer(DefaultBodyLimit::max(route.room)).layer(heard);
        router.route(route.path, answer.layer(gate))
    };
    routes.into_iter().fold(Router::new(), behind)
}

/// Somebody who signed in, or for whom a program acts.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Person {
    pub id: String,
    /// Of the password that they have now; none while they have none.
    #[serde(default)]
    stamp: Option<String>,
    pub name: String,
    /// Their own and those of posts whose holders are absent.
    pub roles: Vec<Role>,
}

impl Person {
    pub fn is_one_of(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

/// Who asks, in which language, and where: what the gate knows when it lets a request pass.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub person: Option<Person>,
    pub tongue: Tongue,
    /// What forms of this session must bring back; blank without one.
    pub csrf: String,
    /// What they brought back before the same user signed in anew.
    pub(super) csrf_before: Option<String>,
    /// The secret of the session's cookie, also of one that is over.
    pub(super) session: Option<String>,
    /// What was done on the page before, to be said once.
    pub(super) done: Option<String>,
    pub(super) from: IpAddr,
    pub(super) place: Place,
    /// Where the answer is shown, with its query.
    pub(super) uri: Uri,
}

/// Where the node is and how its line stands, for the head of every page.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub unit: String,
    pub name: String,
    pub tier: String,
    pub line: Option<Line>,
    pub behind: u64,
}

impl Visitor {
    /// One without a session.
    pub(super) fn new(person: Option<Person>, tongue: Tongue, place: Place, uri: Uri) -> Visitor {
        Visitor {
            person,
            tongue,
            csrf: String::new(),
            csrf_before: None,
            session: None,
            done: None,
            from: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            place,
            uri,
        }
    }

    /// Whether a page of this visitor made the form that brought this back.
    pub(super) fn made(&self, csrf: &str) -> bool {
        csrf == self.csrf || self.csrf_before.as_deref() == Some(csrf)
    }

    /// For commands that ask who acts.
    pub fn user(&self) -> Option<String> {
        self.person.as_ref().map(|person| person.id.clone())
    }

    pub fn may(&self, access: Access) -> bool {
        match (access, &self.person) {
            (Access::Public, _) | (Access::Staff, Some(_)) => true,
            (Access::Roles(roles), Some(person)) => person.is_one_of(roles),
            (Access::Staff | Access::Roles(_), None) | (Access::Owner, _) => false,
        }
    }

    /// What stands behind the `?` of the address.
    pub fn query(&self) -> Fields {
        Fields::read(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// The frame of a page.
    pub fn shell(&self) -> Shell {
        Shell::new(self)
    }
}

impl FromRequestParts<Face> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Face) -> Result<Visitor, Response> {
        parts
            .extensions
            .get::<Visitor>()
            .cloned()
            .ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

async fn pass(
    State((face, access, only_reads)): State<(Face, Access, bool)>,
    mut request: Request,
    next: Next,
) -> Response {
    if access == Access::Owner {
        return match authorised(request.headers(), &face.token) {
            true => next.run(request).await,
            false => problem(StatusCode::UNAUTHORIZED, super::token_wanted()),
        };
    }
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let is_api = uri.path().starts_with("/api/");
    let known = match is_api {
        true => by_token(&face, only_reads, uri, &headers).await,
        false => by_cookie(&face, uri, &headers).await,
    };
    let mut visitor = match known {
        Ok(visitor) => visitor,
        Err(response) => return response,
    };
    if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        visitor.from = address.ip();
    }
    if !is_api && !method.is_safe() && is_from_elsewhere(&headers) {
        return page::refused_page(&visitor, StatusCode::FORBIDDEN, "form-elsewhere");
    }
    if visitor.may(access) {
        // A part of the page that is fetched again says nothing of it.
        if method == Method::GET && !headers.contains_key(LIVE_HEADER) {
            let said = |secret: &String| face.sessions.take_note(secret, visitor.uri.path());
            visitor.done = visitor.session.as_ref().and_then(said);
        }
        let chosen = visitor.query().get("lang").parse::<Tongue>().ok().filter(|_| !is_api);
        request.extensions_mut().insert(visitor.clone());
        let mut response = next.run(request).await;
        if !is_api && is_servers_own(&response) {
            response = unread(&visitor, &method, response.status());
        }
        let mut response = with_headers(response);
        if let Some(tongue) = chosen {
            let (name, value) = cookie::set(TONGUE_COOKIE, tongue.word(), Some(TONGUE_SECONDS));
            response.headers_mut().append(name, value);
        }
        return response;
    }
    match (is_api, &visitor.person, method.is_safe()) {
        (true, None, _) => Problem::Token.response(visitor.tongue),
        (true, Some(_), _) => Problem::Role.response(visitor.tongue),
        (false, None, true) => {
            let to = form::encode(&[("to", &visitor.uri.to_string())]);
            Redirect::to(&format!("/sign-in?{to}")).into_response()
        }
        (false, None, false) => kept::sign_in_first(&visitor, request).await,
        (false, Some(_), _) => page::refused_page(&visitor, StatusCode::FORBIDDEN, "role-missing"),
    }
}

/// Whether the server could not even read the request, and said so in English of its own: no page says no in plain text.
fn is_servers_own(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    response.status().is_client_error() && kind.is_some_and(|kind| kind.starts_with("text/plain"))
}

fn unread(visitor: &Visitor, method: &Method, status: StatusCode) -> Response {
    let key = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "form-too-long",
        _ if method.is_safe() => "nothing-here",
        _ => "form-broken",
    };
    page::refused_page(visitor, status, key)
}

/// No page and no resource has this address.
pub(super) async fn nothing_here(State(face): State<Face>, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/api/") {
        return with_headers(Problem::NoRoute.response(spoken(&headers, &face)));
    }
    match by_cookie(&face, uri, &headers).await {
        Ok(visitor) => page::refused_page(&visitor, StatusCode::NOT_FOUND, "nothing-here"),
        Err(response) => response,
    }
}

/// The address is there, not with this method. Whoever follows it as a link, as one to another language from a form that
/// came back, is led to the page on which the form stood: a step up.
pub(super) async fn not_so(
    State(face): State<Face>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if uri.path().starts_with("/api/") {
        return with_headers(Problem::Method.response(spoken(&headers, &face)));
    }
    if !method.is_safe() {
        return with_headers(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    let up = uri.path().rsplit_once('/').map_or("/", |(up, _)| if up.is_empty() { "/" } else { up });
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::to(&format!("{up}{query}")).into_response()
}

/// A browser says where a form stood; one that stood on another site is nobody's wish.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::HeaderName::from_static("sec-fetch-site")).is_some_and(|site| site == "cross-site") {
        return true;
    }
    let host = text(header::HOST).unwrap_or_default();
    text(header::ORIGIN).is_some_and(|origin| origin.split_once("://").is_none_or(|(_, from)| from != host))
}

/// Who a session is of that has just begun.
pub(super) async fn newly_signed_in(
    face: &Face,
    visitor: &Visitor,
    secret: &str,
) -> Result<Visitor, Response> {
    let (_, line) = cookie::set(SESSION_COOKIE, secret, None);
    let known = by_cookie(face, visitor.uri.clone(), &[(header::COOKIE, line)].into_iter().collect()).await?;
    Ok(Visitor { tongue: visitor.tongue, ..known })
}

async fn by_cookie(face: &Face, uri: Uri, headers: &HeaderMap) -> Result<Visitor, Response> {
    let secret = cookie::read(headers, SESSION_COOKIE);
    let session = secret.as_ref().and_then(|secret| face.sessions.find(secret, now()));
    let tongue = asked_tongue(&uri, headers, face);
    let user = session.as_ref().map(|session| session.user.clone());
    let begun_with = session.as_ref().map(|session| session.stamp.clone());
    let (person, place) = match here(face, user).await? {
        Ok((Some(person), place)) if person.stamp == begun_with => (Some(person), place),
        Ok((None, place)) => (None, place),
        // Disabled, moved or with another password since they signed in: they are nobody any more.
        Ok((Some(_), _)) | Err(_) => {
            if let Some(secret) = &secret {
                face.sessions.end(secret);
            }
            here(face, None).await?.unwrap_or_default()
        }
    };
    let visitor = Visitor { session: secret, ..Visitor::new(person, tongue, place, uri) };
    Ok(match session.filter(|_| visitor.person.is_some()) {
        Some(session) => Visitor { csrf: session.csrf, csrf_before: session.csrf_before, ..visitor },
        None => visitor,
    })
}

pub(super) async fn by_token(
    face: &Face,
    only_reads: bool,
    uri: Uri,
    headers: &HeaderMap,
) -> Result<Visitor, Response> {
    let tongue = spoken(headers, face);
    let visitor = |person, place| Visitor::new(person, tongue, place, uri.clone());
    let Some(secret) = super::bearer(headers) else { return Ok(visitor(None, Place::default())) };
    let secret = blake3::hash(secret.as_bytes()).to_hex().to_string();
    let found = match face.asker.ask(Command::TokenFind { secret }).await {
        Some(Ok(found)) => found,
        Some(Err(refusal)) => return Err(Problem::from(refusal).response(tongue)),
        None => return Err(Problem::Stopping.response(tongue)),
    };
    let Some(user) = found["user"].as_str() else { return Ok(visitor(None, Place::default())) };
    if let Some(token) = found["token"].as_str() {
        face.sessions.token_used(token, now());
    }
    let grant: Option<Grant> = found["grant"].as_str().and_then(|word| word.parse().ok());
    if !only_reads && grant != Some(Grant::Write) {
        return Err(Problem::ReadOnly.response(tongue));
    }
    let (person, place) = here(face, Some(user.to_owned())).await?.unwrap_or_default();
    Ok(visitor(person, place))
}

type Found = (Option<Person>, Place);

async fn here(face: &Face, user: Option<String>) -> Result<Result<Found, Refusal>, Response> {
    let answer = match face.asker.ask(Command::Here { user }).await {
        None => return Err(stopping()),
        Some(Err(refusal)) => return Ok(Err(refusal)),
        Some(Ok(answer)) => answer,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = Place {
        unit: text(&answer["unit"]),
        name: text(&answer["name"]),
        tier: text(&answer["tier"]),
        line: Line::read(&answer["line"]),
        behind: answer["behind"].as_u64().unwrap_or(0),
    };
    Ok(Ok((Person::deserialize(&answer["user"]).ok(), place)))
}

/// What the address asks for, else what was chosen before, else the node's.
fn asked_tongue(uri: &Uri, headers: &HeaderMap, face: &Face) -> Tongue {
    let asked = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let chosen = || cookie::read(headers, TONGUE_COOKIE).and_then(|word| word.parse().ok());
    asked.get("lang").parse().ok().or_else(chosen).unwrap_or_else(|| face.lang.into())
}

/// What a program is answered in.
fn spoken(headers: &HeaderMap, face: &Face) -> Tongue {
    accepted_tongue(headers).unwrap_or_else(|| face.lang.into())
}

/// The first language of `Accept-Language` that is spoken here, by its weight.
fn accepted_tongue(headers: &HeaderMap) -> Option<Tongue> {
    let text = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let wish = |part: &str| {
        let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
        let tongue: Tongue = tag.trim().split('-').next()?.to_ascii_lowercase().parse().ok()?;
        let weight: f32 = weight.trim().parse().ok()?;
        (weight > 0.0).then_some((tongue, weight))
    };
    let wishes: Vec<(Tongue, f32)> = text.split(',').filter_map(wish).collect();
    // Of equal ones the first.
    wishes.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(tongue, _)| *tongue)
}

/// What every answer says to browsers, unless the handler knows better.
fn with_headers(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in page::headers() {
        response.headers_mut().entry(name).or_insert(header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_its_language_in_a_header() {
        let tongue = |text: &str| {
            accepted_tongue(&[(header::ACCEPT_LANGUAGE, text.parse().unwrap())].into_iter().collect())
        };
        assert_eq!(tongue("zh-CN,zh;q=0.9,en;q=0.8"), Some(Tongue::Zh));
        assert_eq!(tongue("fr, en;q=0.4, zh-Hans;q=0.5"), Some(Tongue::Zh));
        assert_eq!(tongue("en-GB"), Some(Tongue::En));
        assert_eq!([tongue("fr"), tongue("*"), tongue("en;q=0"), tongue("")], [None; 4]);
    }

    #[test]
    fn a_form_from_another_site_is_noticed() {
        let headers = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect::<HeaderMap>()
        };
        let host = ("host", "10.1.2.3:7800");
        assert!(!is_from_elsewhere(&headers(&[host])));
        assert!(!is_from_elsewhere(&headers(&[host, ("origin", "http://10.1.2.3:7800")])));
        assert!(is_from_elsewhere(&headers(&[host, ("origin", "http://10.1.2.3:9")])));
        assert!(is_from_elsewhere(&headers(&[host, ("origin", "null")])));
        assert!(is_from_elsewhere(&headers(&[host, ("sec-fetch-site", "cross-site")])));
    }
}
