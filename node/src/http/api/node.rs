//! This node for programs: its state, its health, its line.

use axum::http::Method;

use super::super::gate::{Access, Route};
use super::super::roles;
use super::operation::{
    Answer, Asked, Fields, Kind, Nothing, Operation, Summary, ask, get, route, short, write,
};
use super::shapes::Status;
use crate::command::Command;

const ADMINISTRATORS: Access = Access::Roles(roles::ADMINISTRATORS);
/// Whoever keeps a hall or a counter may dial; pausing is for administrators.
const COUNTER: Access = Access::Roles(roles::COUNTER);

const LINE: Fields = &[("uplink", Kind::Text)];

pub(super) fn routes() -> Vec<Route> {
    vec![
        get::<Nothing>(
            "/api/v1/status",
            Access::Staff,
            "status",
            ("节点状态", "How this node and its lines stand"),
            Answer::object_of::<Status>(),
            |_| Command::Status,
        ),
        short::<Nothing>(
            "/api/v1/doctor",
            ADMINISTRATORS,
            "doctor",
            ("自检", "What is well and what is not"),
            Answer::page(&[
                ("check", Kind::Text),
                ("state", Kind::Text),
                ("en", Kind::Text),
                ("zh", Kind::Text),
            ]),
            |_| Command::Doctor,
        ),
        write::<Nothing>(
            (Method::POST, "/api/v1/status/incidents-seen"),
            ADMINISTRATORS,
            "incidents_seen",
            ("已阅异常", "The incidents of the status were seen"),
            Answer::object(&[("seen", Kind::Whole)]),
            |_| Command::IncidentsSeen,
        ),
        line(
            "/api/v1/sync/pause",
            ADMINISTRATORS,
            "sync_pause",
            ("暂停同步", "Pause the uplink"),
            || Command::SyncPause,
        ),
        line(
            "/api/v1/sync/resume",
            ADMINISTRATORS,
            "sync_resume",
            ("恢复同步", "Resume the uplink"),
            || Command::SyncResume,
        ),
        line("/api/v1/sync/now", COUNTER, "sync_now", ("立即同步", "Dial at once"), || Command::SyncNow),
    ]
}

fn line(
    path: &'static str,
    access: Access,
    id: &'static str,
    words: Summary,
    command: fn() -> Command,
) -> Route {
    let operation = Operation::plain(id, words, Answer::object(LINE));
    route(
        Method::POST,
        path,
        access,
        operation,
        move |face, _: Asked| async move { ask(&face, command()).await },
    )
}
