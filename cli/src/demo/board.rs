//! The live table of a demonstration: a line a node on a terminal, drawn again in place; elsewhere a line a step.
//!
//! Asks the nodes itself, a few times a second, and only for what it shows.

use std::io::IsTerminal as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use super::agreement::owed;
use super::node::Node;
use super::plan::Plan;
use crate::ask::Call;
use crate::outcome::complain;
use crate::table::table;
use crate::words::{NOTHING, count, tier};

const DRAW_EVERY: Duration = Duration::from_millis(200);

pub struct Board {
    began: Instant,
    /// Steps are told: to people always, to whoever reads JSON only on a terminal.
    speaks: bool,
    live: Option<Live>,
}

struct Live {
    bars: MultiProgress,
    shown: Arc<Shown>,
    drawer: Mutex<Option<JoinHandle<()>>>,
}

/// What the drawing thread shares.
struct Shown {
    lang: Lang,
    lines: Vec<ProgressBar>,
    rows: Mutex<Rows>,
    changed: Condvar,
    /// Whether the nodes are being stopped: from then on the table stays as it is.
    ending: Box<dyn Fn() -> bool + Send + Sync>,
}

struct Rows {
    seats: Vec<Row>,
    closed: bool,
}

struct Row {
    name: String,
    tier: String,
    node: Option<Arc<Node>>,
}

impl Board {
    pub fn open(
        call: &Call,
        plan: &Plan,
        began: Instant,
        ending: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Board {
        let terminal = std::io::stderr().is_terminal();
        let live = terminal.then(|| Live::open(call.lang, plan, Box::new(ending)));
        Board { began, speaks: terminal || !call.json, live }
    }

    /// Tells a step.
    pub fn line(&self, text: &str) {
        let text = format!("[{:5.1} s] {text}", self.began.elapsed().as_secs_f64());
        match &self.live {
            _ if !self.speaks => {}
            // Failing to draw is no failure of what is drawn.
            Some(live) if live.is_open() => drop(live.bars.println(text)),
            Some(_) | None => complain(&text),
        }
    }

    /// Whether people see the table change.
    pub fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Prints something else without disturbing the table.
    pub fn aside(&self, print: impl FnOnce()) {
        match &self.live {
            Some(live) => live.bars.suspend(print),
            None => print(),
        }
    }

    /// From now on the node of this seat is shown.
    pub fn show(&self, seat: usize, node: Arc<Node>) {
        if let Some(live) = &self.live {
            live.shown.lock().seats[seat].node = Some(node);
        }
    }

    /// Draws a last time and leaves the table standing.
    pub fn close(&self) {
        if let Some(live) = &self.live {
            live.close();
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.close();
    }
}

impl Live {
    fn open(lang: Lang, plan: &Plan, ending: Box<dyn Fn() -> bool + Send + Sync>) -> Live {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let style =
            ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let line = |_| bars.add(ProgressBar::new(1).with_style(style.clone()));
        let row = |seat: &super::plan::Seat| {
            let indent = "  ".repeat(usize::from(seat.unit.tier.number().saturating_sub(4)));
            let tier = tier(&Value::from(seat.unit.tier.word()), lang);
            Row { name: format!("{indent}{}", seat.unit.name), tier, node: None }
        };
        let rows = Rows { seats: plan.seats.iter().map(row).collect(), closed: false };
        // One line more for the headings.
        let lines = (0..=plan.seats.len()).map(line).collect();
        let shown = Arc::new(Shown { lang, lines, rows: Mutex::new(rows), changed: Condvar::new(), ending });
        let draw = shown.clone();
        let drawer =
            std::thread::Builder::new().name("board".to_owned()).spawn(move || draw.keep_drawing()).ok();
        Live { bars, shown, drawer: Mutex::new(drawer) }
    }

    fn is_open(&self) -> bool {
        !self.shown.lock().closed
    }

    fn close(&self) {
        self.shown.lock().closed = true;
        self.shown.changed.notify_all();
        let drawer = self.drawer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(drawer) = drawer {
            // It does nothing but draw.
            let _ = drawer.join();
        }
    }
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_drawing(&self) {
        loop {
            self.draw();
            let rows = self.lock();
            let waited = self.changed.wait_timeout_while(rows, DRAW_EVERY, |rows| !rows.closed);
            if waited.is_ok_and(|(rows, _)| rows.closed) {
                break;
            }
        }
        self.draw();
        self.lines.iter().for_each(ProgressBar::abandon);
    }

    fn draw(&self) {
        let seats: Vec<(String, String, Option<Arc<Node>>)> = self
            .lock()
            .seats
            .iter()
            .map(|row| (row.name.clone(), row.tier.clone(), row.node.clone()))
            .collect();
        let rows = seats.into_iter().map(|(name, tier, node)| {
            let status = node.map(|node| node.ask(Command::Status).unwrap_or_default());
            let [guides, cases, owed, link] = cells(status.as_ref(), self.lang);
            [name, tier, guides, cases, owed, link]
        });
        let heads = match self.lang {
            Lang::Zh => ["单位", "层级", "指南", "办件", "待传", "线路"],
            Lang::En => ["unit", "tier", "guides", "cases", "owed", "line"],
        };
        let text = table(heads, rows);
        // Nodes that were told to stop have not failed.
        if (self.ending)() {
            return;
        }
        self.lines.iter().zip(text.lines()).for_each(|(line, text)| line.set_message(text.to_owned()));
    }
}

/// Guides, cases, owed entries and the state of the line upwards.
fn cells(status: Option<&Value>, lang: Lang) -> [String; 4] {
    let Some(status) = status else {
        let waiting = match lang {
            Lang::Zh => "尚未启动",
            Lang::En => "not started yet",
        };
        return [NOTHING.to_owned(), NOTHING.to_owned(), NOTHING.to_owned(), waiting.to_owned()];
    };
    let number = |key: &str| count(&status[key]).to_string();
    [number("guides"), number("cases"), owed(status).to_string(), line(status, lang).to_owned()]
}

fn line(status: &Value, lang: Lang) -> &'static str {
    match (status["parent"]["state"].as_str(), lang) {
        (Some("up"), Lang::Zh) => "● 已连接",
        (Some("up"), Lang::En) => "● up",
        (Some("paused"), Lang::Zh) => "○ 已断开（手动）",
        (Some("paused"), Lang::En) => "○ paused by hand",
        (Some(_), Lang::Zh) => "○ 未连接",
        (Some(_), Lang::En) => "○ down",
        (None, _) if status["parent"].is_null() && status["unit"].is_string() => NOTHING,
        (None, Lang::Zh) => "无应答",
        (None, Lang::En) => "no answer",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_is_one_line_of_words() {
        let status = json!({
            "unit": "640202001", "guides": 10, "cases": 7, "parent": { "state": "paused", "owed": 3 },
            "children": [{ "owed": 2 }],
        });
        assert_eq!(cells(Some(&status), Lang::En), ["10", "7", "5", "○ paused by hand"]);
        assert_eq!(cells(None, Lang::Zh)[3], "尚未启动");
        assert_eq!(line(&json!({ "unit": "640202", "parent": null }), Lang::Zh), NOTHING);
        assert_eq!(line(&Value::Null, Lang::En), "no answer");
    }
}
