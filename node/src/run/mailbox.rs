//! Between the link's tasks and the loop: frames are opened and verified there, and wait only as far as there is room.
//!
//! Knows no machine.

use std::sync::Arc;

use sanji_sync::{Frame, Opened};
use tokio::sync::{Semaphore, mpsc};

use super::{INBOX_KIB_MAX, Mail};
use crate::link::{Inbox, LinkEvent, Opener};

/// Opens frames in the link's tasks.
pub(super) struct FrameOpener;

impl Opener for FrameOpener {
    type Frame = Opened;
    fn open(&self, _lane: u8, bytes: Vec<u8>) -> Result<Opened, String> {
        Frame::open(&bytes).map_err(|bad| bad.to_string())
    }
}

/// Puts the link's events into the inbox, as long as there is room for what they hold.
pub(super) struct Mailbox {
    pub mail: mpsc::Sender<Mail>,
    /// In KiB.
    pub room: Arc<Semaphore>,
}

impl Inbox<Opened> for Mailbox {
    async fn deliver(&self, event: LinkEvent<Opened>) {
        // A closed inbox means that the node is stopping.
        if let Ok(room) = self.room.acquire_many(weight(&event)).await {
            // The loop gives it back when it takes the event.
            room.forget();
            let _ = self.mail.send(Mail::Link(event)).await;
        }
    }
}

/// KiB that an event holds in memory: a batch is larger than it was on the wire.
pub(super) fn weight(event: &LinkEvent<Opened>) -> u32 {
    match event {
        LinkEvent::Frame { frame: Opened::Batch { verified, .. }, .. } => {
            let bytes: usize = verified.entries.iter().map(|e| e.change.len() + 256).sum();
            u32::try_from(bytes >> 10).map_or(INBOX_KIB_MAX, |kib| kib.clamp(1, INBOX_KIB_MAX))
        }
        LinkEvent::Frame { bytes, .. } => {
            u32::try_from(bytes >> 10).map_or(INBOX_KIB_MAX, |k| k.clamp(1, INBOX_KIB_MAX))
        }
        LinkEvent::Up { .. } | LinkEvent::Down { .. } | LinkEvent::Join(_) => 1,
    }
}
