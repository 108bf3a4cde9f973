//! The county of a demonstration: from empty folders to every node enrolled and running, then asked as a whole.
//!
//! Knows the order in which a county comes about, not what is done with it.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sanji_model::lang::Words;
use sanji_node::command::Command;
use serde_json::Value;

use super::board::Board;
use super::children::Children;
use super::guides::{self, Import};
use super::node::Node;
use super::plan::Plan;
use super::trouble::{Gap, Trouble};
use crate::ask::Call;
use crate::failure::Failure;

/// Loopback, any free port, which the node keeps.
const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
/// Between two looks at all nodes while waiting.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// A wait in which nothing moves for so long has failed.
const STALL: Duration = Duration::from_secs(20);

pub struct County<'a> {
    plan: &'a Plan,
    children: &'a Children,
    /// As [`Plan::seats`].
    nodes: Vec<Arc<Node>>,
    pub imports: Vec<Import>,
}

impl<'a> County<'a> {
    pub fn raise(
        plan: &'a Plan,
        children: &'a Children,
        board: &Board,
        call: &Call,
        given_guides: Option<&std::path::Path>,
    ) -> Result<County<'a>, Failure> {
        let raising = Raising { plan, children, board, call };
        let root = &plan.seats[0].unit;
        let code = root.code.as_str();
        children.tell(code, &[&["init", "--unit", code, "--name", &root.name][..], &ANYWHERE].concat())?;
        children.tell(code, &["org", "import", &plan.file.to_string_lossy()])?;
        let imports = guides::import(children, code, given_guides)?;
        let mut nodes = vec![raising.start(0)?];
        for tier in [plan.towns().collect::<Vec<_>>(), plan.villages().collect()] {
            let joined = in_parallel(&tier, |seat| raising.enrol(*seat, &nodes))?;
            nodes.extend(joined);
        }
        Ok(County { plan, children, nodes, imports })
    }

    pub fn root(&self) -> usize {
        0
    }

    pub fn plan(&self) -> &Plan {
        self.plan
    }

    pub fn count(&self) -> u64 {
        self.nodes.len() as u64
    }

    pub fn ask(&self, seat: usize, command: Command) -> Result<Value, Failure> {
        self.nodes[seat].ask(command)
    }

    /// The status of every node.
    pub fn look(&self) -> Result<Vec<Value>, Failure> {
        self.nodes.iter().map(|node| node.ask(Command::Status)).collect()
    }

    /// Names of units with the addresses of their pages.
    pub fn pages(&self) -> Vec<(String, String)> {
        self.nodes.iter().map(|node| (node.name.clone(), format!("http://{}/", node.http))).collect()
    }

    /// Looks at all nodes until no gap is left. As long as something moves it goes on.
    pub fn wait(
        &self,
        zh: &'static str,
        en: &'static str,
        gaps: &mut dyn FnMut(&[Value]) -> Vec<Gap>,
    ) -> Result<(), Failure> {
        let mut before = Vec::new();
        let mut moved = Instant::now();
        loop {
            if self.children.are_told_to_end() {
                return Err(Trouble::Interrupted.into());
            }
            let left = gaps(&self.look()?);
            if left.is_empty() {
                return Ok(());
            }
            if left != before {
                (before, moved) = (left, Instant::now());
            } else if moved.elapsed() > STALL {
                let waiting = Words::new(zh, en);
                return Err(Trouble::Stalled { waiting, seconds: STALL.as_secs(), gaps: left }.into());
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

struct Raising<'a> {
    plan: &'a Plan,
    children: &'a Children,
    board: &'a Board,
    call: &'a Call,
}

impl Raising<'_> {
    /// A token from the county, whose only address is the node above: a village's request goes through its town.
    fn enrol(&self, seat: usize, nodes: &[Arc<Node>]) -> Result<Arc<Node>, Failure> {
        let place = &self.plan.seats[seat];
        let unit = place.unit.code.as_str();
        let parents = place.parent.map(|parent| nodes[parent].link.clone()).into_iter().collect();
        let invited = nodes[0].ask(Command::Invite { unit: unit.to_owned(), parents, valid_hours: 1 })?;
        let token = invited["token"].as_str().unwrap_or_default();
        self.children.tell(unit, &[&["join", token][..], &ANYWHERE].concat())?;
        self.start(seat)
    }

    fn start(&self, seat: usize) -> Result<Arc<Node>, Failure> {
        let unit = &self.plan.seats[seat].unit;
        let ready = self.children.start(unit.code.as_str())?;
        let data = self.children.data(unit.code.as_str());
        let node = Arc::new(Node::new(unit.name.clone(), ready, data, self.call.lang));
        self.board.show(seat, node.clone());
        Ok(node)
    }
}

/// Does the work for all items on a few threads, since starting a process is half waiting for the disk; results in
/// their order, or the first failure.
pub fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let threads = std::thread::available_parallelism().map_or(2, NonZero::get) * 2;
    let next = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((at, item)) = taken else { break };
                    let result = work(item);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    let stop = result.is_err();
                    done.push((at, result));
                    if stop || done.iter().any(|(_, result)| result.is_err()) {
                        break;
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_in_parallel_keeps_its_order_and_ends_at_a_failure() {
        let items: Vec<u64> = (0..50).collect();
        assert_eq!(
            in_parallel(&items, |n| Ok(n * 2)).unwrap(),
            items.iter().map(|n| n * 2).collect::<Vec<_>>()
        );
        let failed = in_parallel(&items, |n| if *n == 7 { Err(Failure::Internal) } else { Ok(*n) });
        assert!(matches!(failed, Err(Failure::Internal)));
        assert!(in_parallel(&[] as &[u64], |n| Ok(*n)).unwrap().is_empty());
    }
}
