//! What an operator must know of what happened: logged, counted, shown, and kept over restarts until somebody has seen it.
//!
//! Codes, units and short node ids only; no names of people.

use minicbor::{Decode, Encode};
use sanji_model::lang::many;
use sanji_sync::{Epoch, Incident, LogId, NodeId, Proof, Time};
use serde_json::{Value, json};

use super::{Done, FACT_FORK, FACT_PROOF, Machine};
use crate::store::record::Fact;
use crate::store::{Store, keys};

/// Before the kind and the key of an incident that is kept.
const FACT_INCIDENT: &str = "incident/";
/// Incidents kept in memory for the operator.
const INCIDENTS_KEPT: usize = 200;

/// An incident as it is kept: one of each kind and log, the last.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Kept {
    #[n(0)]
    at: Time,
    #[n(1)]
    incident: Incident,
}

impl Machine {
    pub(super) fn report(&mut self, now: Time, incident: Incident) {
        let kind = kind(&incident);
        let count = self.incident_counts.entry(kind).or_default();
        *count += 1;
        if *count <= 10 || count.is_power_of_two() {
            tracing::error!(incident = kind, count = *count, "{}", in_short(&incident));
        }
        if let Incident::Fork { log, height, .. } = &incident {
            let name = format!("{FACT_FORK}{}", hex(log));
            self.facts.push(Fact { name, value: Some(height.to_be_bytes().to_vec()) });
        }
        let name = fact_name(&incident);
        if name.is_some() {
            // The last of its kind stands for all, in memory as on the disk.
            self.incidents.retain(|(_, other)| fact_name(other) != name);
        }
        if let Some(name) = name {
            let value = minicbor::to_vec(Kept { at: now, incident: incident.clone() });
            self.facts.push(Fact { name, value: Some(value.expect("writing to memory cannot fail")) });
        }
        if self.incidents.len() == INCIDENTS_KEPT {
            self.incidents.pop_front();
        }
        self.incidents.push_back((now, incident));
    }

    /// A person has seen the incidents: they are shown no more.
    pub(super) fn incidents_seen(&mut self) -> Done {
        let seen = self.incidents.len();
        self.incidents.clear();
        let kept = self.store.facts().filter(|(name, _)| name.starts_with(FACT_INCIDENT));
        let names: Vec<String> = kept.map(|(name, _)| name.to_owned()).collect();
        self.facts.extend(names.into_iter().map(|name| Fact { name, value: None }));
        Ok(json!({ "seen": seen }))
    }
}

/// The incidents that nobody has seen yet.
pub(super) fn kept(store: &Store) -> Vec<(Time, Incident)> {
    let kept = store.facts().filter(|(name, _)| name.starts_with(FACT_INCIDENT));
    let mut kept: Vec<(Time, Incident)> = kept
        .filter_map(|(_, value)| minicbor::decode::<Kept>(value).ok())
        .map(|kept| (kept.at, kept.incident))
        .collect();
    kept.sort_by_key(|(at, _)| *at);
    kept
}

/// The fact that keeps the proof of two pasts.
pub(super) fn proven(proof: &Proof) -> Fact {
    let value = minicbor::to_vec(proof).expect("writing to memory cannot fail");
    Fact { name: format!("{FACT_PROOF}{}", hex(&proof.log)), value: Some(value) }
}

/// The proofs of two pasts that were kept.
pub(super) fn proofs(store: &Store) -> Vec<Proof> {
    let kept = store.facts().filter(|(name, _)| name.starts_with(FACT_PROOF));
    kept.filter_map(|(_, value)| minicbor::decode(value).ok()).collect()
}

/// As JSON, with sentences that say what to do.
pub(super) fn incident_json(at: Time, incident: &Incident) -> Value {
    let (en, zh) = words(incident);
    let mut json = json!({ "at": at, "kind": kind(incident), "en": en, "zh": zh });
    match incident {
        Incident::Fork { log, height, from } | Incident::NoAuthority { log, height, from } => {
            json["log"] = json!(log.to_string());
            json["height"] = json!(height);
            json["from"] = json!(from);
        }
        Incident::OwnLogBehind { log, held, here, new_epoch } => {
            json["log"] = json!(log.to_string());
            json["held"] = json!(held);
            json["here"] = json!(here);
            json["epoch"] = json!(new_epoch);
        }
        Incident::GaveWay { log, from, upto, to, new_epoch } => {
            json["log"] = json!(log.to_string());
            json["from_height"] = json!(from);
            json["upto"] = json!(upto);
            json["to"] = json!(to);
            json["epoch"] = json!(new_epoch);
        }
        Incident::CutOff { log, from, upto } => {
            json["log"] = json!(log.to_string());
            json["from_height"] = json!(from);
            json["upto"] = json!(upto);
        }
        Incident::Damaged { entries, new_epoch } => {
            json["entries"] = json!(entries);
            json["epoch"] = json!(new_epoch);
        }
        Incident::Mended { log, from, upto, new_epoch } => {
            json["log"] = json!(log.to_string());
            json["from_height"] = json!(from);
            json["upto"] = json!(upto);
            json["epoch"] = json!(new_epoch);
        }
        Incident::TwoMachines { node } => json["node"] = json!(node),
        Incident::NotAnew { log, doc } => {
            json["log"] = json!(log.to_string());
            json["document"] = json!(doc);
        }
    }
    json
}

fn kind(incident: &Incident) -> &'static str {
    match incident {
        Incident::Fork { .. } => "fork",
        Incident::NoAuthority { .. } => "no_authority",
        Incident::OwnLogBehind { .. } => "own_log_behind",
        Incident::GaveWay { .. } => "gave_way",
        Incident::CutOff { .. } => "cut_off",
        Incident::TwoMachines { .. } => "two_machines",
        Incident::NotAnew { .. } => "not_anew",
        Incident::Damaged { .. } => "damaged",
        Incident::Mended { .. } => "mended",
    }
}

/// Under which fact it is kept. What a hostile peer can bring about without end is not.
fn fact_name(incident: &Incident) -> Option<String> {
    let key = match incident {
        Incident::NoAuthority { .. } => return None,
        Incident::Fork { log, .. }
        | Incident::OwnLogBehind { log, .. }
        | Incident::GaveWay { log, .. }
        | Incident::Mended { log, .. }
        | Incident::CutOff { log, .. } => hex(log),
        Incident::Damaged { .. } => String::new(),
        Incident::TwoMachines { node } => node.to_string(),
        Incident::NotAnew { doc, .. } => doc.to_string(),
    };
    Some(format!("{FACT_INCIDENT}{}/{key}", kind(incident)))
}

fn hex(log: &LogId) -> String {
    data_encoding::HEXLOWER.encode(&keys::log_bytes(log))
}

/// For the log.
fn in_short(incident: &Incident) -> String {
    match incident {
        Incident::Fork { log, height, from } => {
            format!("two pasts of {log} at {height}, seen from {}", from.short())
        }
        Incident::NoAuthority { log, height, from } => {
            format!("{log} {height} refused, sent by {}", from.short())
        }
        Incident::OwnLogBehind { log, held, here, new_epoch } => {
            format!("others hold {log} up to {held}, here up to {here}: epoch {}", new_epoch.0)
        }
        Incident::GaveWay { log, from, upto, to, .. } => {
            format!("{log} {from}-{upto} gave way to what {} holds", to.short())
        }
        Incident::CutOff { log, from, upto } => format!("{log} {from}-{upto} lies beyond a revocation"),
        Incident::Damaged { entries, new_epoch } => {
            format!("the journal is damaged, {entries} own entries lie behind: epoch {}", new_epoch.0)
        }
        Incident::Mended { log, from, upto, new_epoch } => {
            format!("{log} {from}-{upto} behind damage written anew in epoch {}", new_epoch.0)
        }
        Incident::TwoMachines { node } => format!("two processes use the key of {}", node.short()),
        Incident::NotAnew { log, doc } => format!("a change of {doc} in {log} could not be written anew"),
    }
}

/// (en, zh)
fn words(incident: &Incident) -> (String, String) {
    let writer = |node: &NodeId| node.short();
    match incident {
        Incident::Fork { log, .. } => {
            let node = writer(&log.node);
            (
                format!(
                    "node {node} has written two pasts of {}: its disk was put back, or a copy of it runs on a second machine. Nothing is lost: the node writes anew what gave way. Find out whether there is a second machine; if so stop it, and enrol it anew with an invitation of its own",
                    log.scope
                ),
                format!(
                    "节点 {node} 在 {} 中写出了两份不同的记录：其磁盘被还原过，或其副本在另一台机器上运行。没有数据丢失，被替换的内容会由该节点重新写入。请查明是否有第二台机器；如有，请停用它，并用新的邀请令牌重新入网",
                    log.scope
                ),
            )
        }
        Incident::NoAuthority { .. } => (
            "an entry was refused because its writer had no authority to write there".into(),
            "写入者无权写入该范围，条目已被拒绝".into(),
        ),
        Incident::OwnLogBehind { log, new_epoch, .. } if log.epoch > *new_epoch => {
            let (theirs, ours) = (log.epoch.0, new_epoch.0);
            (
                format!(
                    "others hold entries of this node of epoch {theirs}, which this machine never reached: it writes in epoch {ours}. Either its disk is older than the one that was last at work, or a second machine works with this identity. The entries were taken, and nothing is lost. If you put back a disk or a backup, nothing is left to do; if not, find out which machine is the right one, stop the other, and enrol it anew"
                ),
                format!(
                    "其他节点持有本节点纪元 {theirs} 的记录，而本机从未到过该纪元（现为纪元 {ours}）：本机磁盘比最近使用的旧，或另有一台机器使用同一身份。这些记录已取回，没有数据丢失。如刚还原过磁盘或备份，无需处理；否则请查明哪台是在用的机器，停用另一台并重新入网"
                ),
            )
        }
        Incident::OwnLogBehind { new_epoch: Epoch(epoch), .. } => (
            format!(
                "others held entries that this node wrote and had lost: they were taken back, and it writes in epoch {epoch} now. If you put back a disk or a backup, nothing is left to do; if not, look for a second machine with this identity and stop it"
            ),
            format!(
                "其他节点持有本节点写入但已丢失的条目：已取回，本节点现以纪元 {epoch} 写入。如刚还原过磁盘或备份，无需处理；否则请查找使用同一身份的另一台机器并停用它"
            ),
        ),
        Incident::GaveWay { from, upto, new_epoch: Some(Epoch(epoch)), .. } => {
            let n = upto + 1 - from;
            let entries = many(n, "entry", "entries");
            (
                format!(
                    "{entries} of this node stood against others that it is known for elsewhere: the others were taken back, and what stood against them was written anew in epoch {epoch}. Nothing is lost; what was written first stays in the journal. If you did not put back a disk, a copy of it runs on a second machine: stop it, and enrol it anew"
                ),
                format!(
                    "本节点的 {n} 条记录与其他节点持有的本节点记录冲突：已取回对方所持的记录，并将这 {n} 条以纪元 {epoch} 重新写入。没有数据丢失，原记录仍保存在日志中。如未还原过磁盘，则有副本在另一台机器上运行：请停用它并重新入网"
                ),
            )
        }
        Incident::GaveWay { log, from, upto, new_epoch: None, .. } => {
            let (n, node) = (upto + 1 - from, writer(&log.node));
            let entries = many(n, "entry", "entries");
            (
                format!(
                    "{entries} of node {node} gave way to what the unit above holds; it stays in the journal, and that node writes it anew when it is linked. Find out whether a second machine uses its identity"
                ),
                format!(
                    "节点 {node} 的 {n} 条记录已让位于上级持有的记录；原记录仍保存在日志中，该节点连接后会重新写入。请查明是否有第二台机器使用其身份"
                ),
            )
        }
        Incident::CutOff { log, from, upto } => {
            let (n, node) = (upto + 1 - from, writer(&log.node));
            let entries = many(n, "entry", "entries");
            (
                format!(
                    "node {node} was revoked: {entries} beyond its cut-off count no more and stay in the journal; look through the unit's paper for cases that must be entered again"
                ),
                format!(
                    "节点 {node} 已被吊销：其截止点之后写入的 {n} 条记录不再有效，但仍保存在日志中；请核对该机构的纸质凭证，必要时重新录入"
                ),
            )
        }
        Incident::NotAnew { doc, .. } => (
            format!(
                "what this node had written into {doc} counts no more, and it could not write it anew, as a node that was revoked cannot. The old entry stays in the journal: keep this disk, and look at the case with its unit"
            ),
            format!(
                "本节点写入 {doc} 的内容已不再有效，且未能重新写入（例如节点已被吊销）。原记录仍保存在日志中：请保留此磁盘，并与相关机构核对该办件"
            ),
        ),
        Incident::Damaged { entries: 0, new_epoch: Epoch(epoch) } => (
            format!(
                "the journal on this node's disk is damaged. What the damaged place held comes back from other nodes that have it; what nobody else has must be entered again from paper. This node writes in epoch {epoch} now. Check the disk, and replace it if it goes on"
            ),
            format!(
                "本节点磁盘上的日志已损坏。损坏处的内容会从持有它的其他节点取回；其他节点没有的，请按纸质材料重新录入。本节点现以纪元 {epoch} 写入。请检查磁盘，如再次损坏请更换"
            ),
        ),
        Incident::Damaged { entries, new_epoch: Epoch(epoch) } => (
            format!(
                "the journal on this node's disk is damaged; entries of this node behind the damaged place: {entries}. They are kept, and are not shown before a unit above was reached: then what others hold comes back and the rest is written anew. Do not enter them again before that. What the damaged place itself held and nobody else has must be entered again from paper. This node writes in epoch {epoch} now. Check the disk, and replace it if it goes on"
            ),
            format!(
                "本节点磁盘上的日志已损坏，损坏处之后有本节点的记录 {entries} 条。这些记录仍保留，但在连上上级之前不显示：届时其他节点已有的会取回，其余的会重新写入，在此之前请勿重复录入。损坏处本身的内容如其他节点也没有，请按纸质材料重新录入。本节点现以纪元 {epoch} 写入。请检查磁盘，如再次损坏请更换"
            ),
        ),
        Incident::Mended { log, from, upto, .. } if from > upto => (
            format!(
                "everything of {} that lay behind damage in this node's journal came back from other nodes",
                log.scope
            ),
            format!("{} 中位于本节点日志损坏处之后的记录，已全部从其他节点取回", log.scope),
        ),
        Incident::Mended { log, from, upto, new_epoch: Epoch(epoch) } => (
            format!(
                "of {} other nodes brought back what they hold behind the damage in this node's journal; heights {from} to {upto}, which nobody else had, were written anew in epoch {epoch}, without those that the damaged place itself held: look through the unit's paper for cases that must be entered again",
                log.scope
            ),
            format!(
                "{} 中位于本节点日志损坏处之后的记录：其他节点已有的已取回；其他节点没有的（第 {from} 至 {upto} 条）已以纪元 {epoch} 重新写入，损坏处本身的内容除外。请核对该机构的纸质材料，必要时重新录入",
                log.scope
            ),
        ),
        Incident::TwoMachines { node } => {
            let node = writer(node);
            (
                format!(
                    "two machines are connected in turn with the certificate of node {node}: stop one of them and enrol it anew with an invitation of its own. Until then both write, and nothing is lost"
                ),
                format!(
                    "有两台机器轮流使用节点 {node} 的证书连接：请停用其中一台，并用新的邀请令牌重新入网。在此之前两台的内容都会保留"
                ),
            )
        }
    }
}
