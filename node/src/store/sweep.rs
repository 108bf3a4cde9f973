//! Rows follow the day: a new day wakes the cases about which time alone changes something, another calendar or a clock
//! that goes back wakes all of them.
//!
//! What is woken is brought up to date like what lags behind the journal, step by step. Reads no clock.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::Date;
use sanji_model::calendar::{Almanac, Calendar};
use sanji_model::parameters::Versions;
use sanji_sync::{DocId, NodeId, UnitCode};

use super::kv::{Batch, Kv, KvError, Order, Span, Visit};
use super::{Store, StoreError, keys, views};

/// The cases whose rows are to be made anew.
#[derive(Debug, Default)]
pub(super) struct Woken {
    queue: VecDeque<DocId>,
    /// A name of the calendar and the parameters by which rows are made.
    calendar: String,
    /// Day and calendar are to be written down once the queue is empty.
    unwritten: bool,
}

/// The day as of which all rows were made at last, and the calendar by which.
pub(super) fn read(kv: &dyn Kv) -> Result<(Date, Woken), KvError> {
    let bytes = kv.get(keys::TODAY)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let (day, calendar) = text.split_once(' ').unwrap_or_default();
    let woken = Woken { calendar: calendar.to_owned(), ..Woken::default() };
    Ok((day.parse().unwrap_or(Date::MIN), woken))
}

impl Store {
    /// Due dates in rows follow this calendar and these limits from now on, and events are attributed by these seats.
    pub fn set_directory(
        &mut self,
        calendar: Calendar,
        parameters: Versions,
        units: BTreeMap<NodeId, UnitCode>,
        county: Option<UnitCode>,
    ) -> Result<(), StoreError> {
        self.units = units;
        self.county = county;
        self.set_calendar(calendar, parameters)
    }

    /// The calendar, on the day as of which rows are made.
    pub fn almanac(&self) -> &Almanac {
        &self.almanac
    }

    /// Rows are made as of this day from now on.
    pub fn set_today(&mut self, today: Date) -> Result<(), StoreError> {
        let before = self.almanac.today;
        if before == today {
            return Ok(());
        }
        self.almanac = self.almanac.on(today);
        match today > before {
            true => self.woken.queue.extend(views::cases::woken(&*self.kv, today)?),
            false => self.wake_all()?,
        }
        self.woken.unwritten = true;
        Ok(())
    }

    fn set_calendar(&mut self, calendar: Calendar, parameters: Versions) -> Result<(), StoreError> {
        let fingerprint = calendar.fingerprint() + &parameters.fingerprint();
        self.almanac = Almanac::new(calendar, self.almanac.today).with(parameters);
        if self.woken.calendar != fingerprint {
            self.woken.calendar = fingerprint;
            self.woken.unwritten = true;
            self.wake_all()?;
        }
        Ok(())
    }

    fn wake_all(&mut self) -> Result<(), StoreError> {
        let queue = &mut self.woken.queue;
        queue.clear();
        // Complaints and enquiries have limits in their rows, too.
        for prefix in [keys::CASE_ROW, keys::COMPLAINT_ROW, keys::ENQUIRY_ROW] {
            self.kv.scan(&Span::prefix([prefix]), Order::Forwards, &mut |key, _| {
                queue.extend(key[1..].try_into().map(DocId));
                Visit::Continue
            })?;
        }
        Ok(())
    }

    /// Whether rows stand as of an earlier day.
    pub(super) fn has_woken(&self) -> bool {
        !self.woken.queue.is_empty() || self.woken.unwritten
    }

    /// Makes the rows of up to `max` woken cases anew.
    pub(super) fn sweep(&mut self, max: usize) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for _ in 0..max {
            let Some(doc) = self.woken.queue.pop_front() else { break };
            self.make_anew(&doc, &mut batch)?;
        }
        if self.woken.queue.is_empty() && self.woken.unwritten {
            let line = format!("{} {}", self.almanac.today, self.woken.calendar);
            batch.put(keys::TODAY, line.into_bytes());
            self.woken.unwritten = false;
        }
        if !batch.is_empty() {
            self.kv.apply(batch)?;
        }
        Ok(())
    }

    fn make_anew(&mut self, doc: &DocId, batch: &mut Batch) -> Result<(), StoreError> {
        let Some(meta) = views::meta(&*self.kv, doc)? else { return Ok(()) };
        let context = self.context(&meta);
        let kv = &*self.kv;
        if let Some(document) = self.documents.load(kv, doc)? {
            let refreshed = views::refresh(kv, doc, meta.scope, document, &context, batch)?;
            self.overview.take(*doc, meta.scope, refreshed);
        }
        Ok(())
    }
}
