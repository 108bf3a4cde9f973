//! Files for USB sticks through the API: the person's own process has the file, the node seals and opens it.
//!
//! Bytes stream both ways through bounded channels; the work, which waits and costs CPU, runs on a thread for that.

use std::io::{self, Read, Write};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream::poll_fn;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::gate::{Access, Route};
use super::{Face, problem, stopping};
use crate::bundle::{self, BundleError};
use crate::run::now;

/// What the API answers an export with, besides the file: entries in it, and the node that it is for.
pub const ENTRIES_HEADER: &str = "sanji-entries";
pub const NODE_HEADER: &str = "sanji-node";

/// Pieces that wait between the two sides.
const PIECES_MAX: usize = 4;
/// Bytes of a piece: a frame's worth.
const PIECE_BYTES: usize = 64 * 1024;

/// What an export is asked for with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportAsk {
    pub unit: String,
    /// The first digits of a node's id, where the unit has several.
    #[serde(default)]
    pub node: Option<String>,
    /// Not only what that node is not known to hold.
    #[serde(default)]
    pub everything: bool,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/sync/export", Access::Owner, export),
        Route::post("/api/v1/sync/import", Access::Owner, import),
    ]
}

async fn export(State(face): State<Face>, axum::Json(ask): axum::Json<ExportAsk>) -> Response {
    let (asker, identity) = (face.asker, face.identity);
    let mut carrier = asker.clone();
    let begun = on_a_thread(move || bundle::begin(&mut carrier, ask.unit, ask.node, ask.everything)).await;
    let packing = match begun {
        Some(Ok(packing)) => packing,
        Some(Err(error)) => return refused(&error),
        None => return stopping(),
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (ENTRIES_HEADER, packing.entries().to_string()),
        (NODE_HEADER, packing.node().to_string()),
    ];
    let (pieces, mut waiting) = mpsc::channel::<io::Result<Bytes>>(PIECES_MAX);
    let mut carrier = asker;
    tokio::task::spawn_blocking(move || {
        let mut out = io::BufWriter::with_capacity(PIECE_BYTES, Outlet(pieces.clone()));
        if let Err(error) = bundle::write(&mut carrier, &identity, packing, now(), &mut out) {
            // The answer has begun: breaking it off is how the other side learns that it is not whole.
            let _ = pieces.blocking_send(Err(io::Error::other(error.to_json().to_string())));
        }
    });
    (headers, Body::from_stream(poll_fn(move |cx| waiting.poll_recv(cx)))).into_response()
}

async fn import(State(face): State<Face>, body: Body) -> Response {
    let (pieces, waiting) = mpsc::channel::<Bytes>(PIECES_MAX);
    let (mut carrier, identity) = (face.asker, face.identity);
    let work =
        on_a_thread(move || bundle::read(&mut carrier, &identity, Inlet { waiting, piece: Bytes::new() }));
    let feed = async move {
        let mut body = body.into_data_stream();
        // To the end, even if a fault was found: the other side hears the answer only when it has said everything.
        while let Some(Ok(piece)) = body.next().await {
            let _ = pieces.send(piece).await;
        }
    };
    let (done, ()) = tokio::join!(work, feed);
    match done {
        Some(Ok(arrived)) => axum::Json(arrived.to_json()).into_response(),
        Some(Err(error)) => refused(&error),
        None => stopping(),
    }
}

/// None when the runtime is going down.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

fn refused(error: &BundleError) -> Response {
    problem(StatusCode::UNPROCESSABLE_ENTITY, error.to_json())
}

/// Where the file goes.
struct Outlet(mpsc::Sender<io::Result<Bytes>>);

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        match self.0.blocking_send(Ok(piece)) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the file comes from.
struct Inlet {
    waiting: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Inlet {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.waiting.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let bytes = self.piece.len().min(out.len());
        out[..bytes].copy_from_slice(&self.piece.split_to(bytes));
        Ok(bytes)
    }
}
