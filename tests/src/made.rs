//! Made-up work of a county: cases with their events and some guides, written by the real model under real writers,
//! signed and in order of arrival. Names and numbers of nobody.
//!
//! For benchmarks and for training the codec's dictionary. Knows no node and no disk.

use std::collections::BTreeMap;

use automerge::AutoCommit;
use automerge::transaction::CommitOptions;
use sanji_model::case::{Action, By, Case, CaseType, Event, EventId, GuidePin, Known, NewCase, Role, Terms};
use sanji_model::identity::IdKind;
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_sync::log::{ChangeBytes, Writer, genesis, next_link};
use sanji_sync::vector::{Head, Heads};
use sanji_sync::{DocId, Entry, Epoch, Link, LogId, Scope, Shelf, Time, UnitCode};

use crate::sim::Dice;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
const AWAY: u64 = 100 * DAY;

/// How much work, and in which order it arrives.
#[derive(Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    /// Six digits of the made-up county.
    pub county: &'static str,
    pub villages: u64,
    pub cases: u64,
    /// Events of a case, at least and at most.
    pub events: (u64, u64),
    /// Days over which cases begin; 0 for one case after another, each to its end.
    pub days: u64,
    /// New cases that begin, with six events each, after every other case but for its last event is long done: what a
    /// node missed that was away for some time.
    pub news: u64,
    /// Which half of the texts is used, so that what is measured is not what was trained on.
    pub texts: usize,
}

/// One change before it is in a log.
struct Done {
    at: u64,
    node: usize,
    village: usize,
    doc: DocId,
    change: Vec<u8>,
}

struct Place {
    unit: UnitCode,
    writer: Writer,
}

/// Entries in order of arrival, as a store would have them.
#[derive(Default)]
pub struct Made {
    pub entries: Vec<Entry>,
    places: BTreeMap<LogId, Vec<usize>>,
}

impl Made {
    /// Does the work of a plan.
    pub fn of(plan: &Plan) -> Made {
        Office::new(plan).work(plan)
    }

    /// The heads after the first `count` entries.
    pub fn heads(&self, count: usize) -> Heads {
        let mut heads = Heads::default();
        for entry in &self.entries[..count] {
            heads.set(entry.log, Head { height: entry.height, link: entry.link });
        }
        heads
    }
}

impl Shelf for Made {
    fn entry(&self, log: &LogId, height: u64) -> Option<(u64, Entry)> {
        let place = *self.places.get(log)?.get(usize::try_from(height).ok()? - 1)?;
        Some((place as u64, self.entries[place].clone()))
    }

    fn link(&self, log: &LogId, height: u64) -> Option<Link> {
        self.entry(log, height).map(|(_, entry)| entry.link)
    }
}

/// Villages first, then the town, then the county.
struct Office {
    places: Vec<Place>,
    guides: Vec<GuidePin>,
    numbers: BTreeMap<(UnitCode, u64), u16>,
    dice: Dice,
    now: u64,
}

impl Office {
    fn new(plan: &Plan) -> Office {
        let mut dice = Dice::new(plan.seed);
        let (county, town) = (plan.county.to_owned(), format!("{}001", plan.county));
        let codes = (1..=plan.villages).map(|n| format!("{town}{n:03}")).chain([town.clone(), county]);
        let place = |code: String| Place {
            unit: UnitCode::parse(&code).expect("digits"),
            writer: Writer::new(ed25519_dalek::SigningKey::from_bytes(&dice.bytes()), Epoch(1)),
        };
        let places = codes.map(place).collect();
        let now = 1_780_000_000_000 + dice.below(300) * DAY;
        let mut office = Office { places, guides: Vec::new(), numbers: BTreeMap::new(), dice, now };
        for (n, name) in half(&GUIDES, plan.texts).iter().enumerate() {
            let guide = GuidePin {
                document: office.id(now - 40 * DAY),
                code: format!("{}{n:04}", 11_640_000 + office.dice.below(9_999)),
                name: (*name).to_owned(),
                version: 1 + office.dice.below(4) as u32,
                case_type: if n % 3 == 0 { CaseType::OnTheSpot } else { CaseType::Promised },
                materials_needed: true,
                terms: Terms::default(),
            };
            office.guides.push(guide);
        }
        office
    }

    fn work(mut self, plan: &Plan) -> Made {
        let mut done = Vec::new();
        let begun = self.now;
        for n in 0..plan.cases {
            match plan.days {
                0 => self.now += MINUTE + self.dice.below(10 * MINUTE),
                days => self.now = begun + n * days * DAY / plan.cases + self.dice.below(DAY / 3),
            }
            self.case(plan, plan.events, &mut done);
        }
        self.now += if plan.news > 0 { AWAY } else { 0 };
        for _ in 0..plan.news {
            self.now += MINUTE + self.dice.below(10 * MINUTE);
            self.case(plan, (6, 6), &mut done);
        }
        if plan.days > 0 || plan.news > 0 {
            done.sort_by_key(|change| change.at);
        }
        let mut made = Made::default();
        for change in done {
            self.append(change, &mut made);
        }
        made
    }

    fn case(&mut self, plan: &Plan, (least, most): (u64, u64), done: &mut Vec<Done>) {
        let village = self.dice.below(plan.villages) as usize;
        let (town, county) = (plan.villages as usize, plan.villages as usize + 1);
        let doc_id = self.id(self.now);
        let new = self.registration(doc_id, village, plan);
        let mut doc = AutoCommit::new();
        let mut last = new.event.clone();
        let change =
            self.commit(&mut doc, village, self.now, |doc| Case::create(doc, &new).expect("a new case"));
        done.push(Done { at: self.now, node: village, village, doc: doc_id, change });
        let begun = self.now;
        let count = least + self.dice.below(most - least + 1);
        for n in 1..count {
            let (action, role, node) = match n {
                1 => (Known::Receive, Role::Agent, village),
                2 if self.dice.chance(40) => (Known::Note, Role::Agent, village),
                2 => (Known::HandOver, Role::Agent, village),
                3 => (Known::Accept, Role::Clerk, town),
                4 if self.dice.chance(30) => (Known::Decide, Role::Decider, county),
                4 => (Known::Decide, Role::Decider, town),
                n if n + 1 == count => (Known::Deliver, Role::Agent, village),
                n => [
                    (Known::Handle, Role::Handler, town),
                    (Known::Review, Role::Reviewer, town),
                    (Known::Issue, Role::Issuer, town),
                    (Known::Note, Role::Agent, village),
                    (Known::Rate, Role::Agent, village),
                    (Known::Conclude, Role::Clerk, town),
                ][(n % 6) as usize],
            };
            let pause = if n == 1 { 5 * MINUTE } else { DAY };
            self.now +=
                if plan.days == 0 { MINUTE } else { self.dice.below(pause) } + self.dice.below(MINUTE);
            if plan.news > 0 && n + 1 == count && (least, most) == plan.events {
                self.now = begun + AWAY;
            }
            let event = Event {
                id: self.event(),
                at: Time(self.now),
                action: Action::Known(action),
                by: self.by(node, role),
                seen: vec![last],
                fields: self.fields(action, plan),
            };
            last = event.id.clone();
            let append = |doc: &mut AutoCommit| Case::append(doc, &event).expect("a case takes events");
            let change = self.commit(&mut doc, node, self.now, append);
            done.push(Done { at: self.now, node, village, doc: doc_id, change });
        }
        if self.now >= begun + AWAY {
            self.now = begun;
        }
    }

    fn registration(&mut self, id: DocId, village: usize, plan: &Plan) -> NewCase {
        let unit = self.places[village].unit;
        let date = local::date(Time(self.now));
        let number = self.numbers.entry((unit, self.now / DAY)).or_default();
        *number += 1;
        let number = CaseNumber::new(unit, date, 0, *number).expect("few cases a day");
        let guide = self.dice.below(self.guides.len() as u64) as usize;
        let mut fields = BTreeMap::new();
        if self.dice.chance(80) {
            fields.insert(
                "applicant.phone".into(),
                format!("1{:010}", 3_000_000_000 + self.dice.below(6_999_999_999)),
            );
        }
        if self.dice.chance(60) {
            let (group, house) = (1 + self.dice.below(12), 1 + self.dice.below(200));
            fields.insert("applicant.address".into(), format!("{group}组{house}号"));
        }
        if self.dice.chance(30) {
            fields.insert("text".into(), self.pick(half(&NOTES, plan.texts)).to_owned());
        }
        let given = if self.dice.chance(60) { 2 } else { 1 };
        let name = (0..given).fold(self.pick(&FAMILY).to_owned(), |name, _| name + self.pick(&GIVEN));
        NewCase {
            id,
            number,
            unit,
            holder: unit,
            parent: None,
            origin: None,
            guide: self.guides[guide].clone(),
            applicant: name,
            id_kind: IdKind::Ric,
            id_number: self.id_number(plan.county),
            fields,
            by: self.by(village, Role::Agent),
            event: self.event(),
            at: Time(self.now),
        }
    }

    fn fields(&mut self, action: Known, plan: &Plan) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::new();
        let (notes, materials) = (half(&NOTES, plan.texts), half(&MATERIALS, plan.texts));
        if action == Known::Receive {
            let count = 1 + self.dice.below(3) as usize;
            let first = self.dice.below(materials.len() as u64) as usize;
            let names: Vec<&str> = materials.iter().cycle().skip(first).take(count).copied().collect();
            fields.insert("materials".into(), names.join(";"));
        } else if action == Known::Note || self.dice.chance(40) {
            fields.insert("text".into(), self.pick(notes).to_owned());
        }
        fields
    }

    fn commit(
        &self,
        doc: &mut AutoCommit,
        node: usize,
        at: u64,
        edit: impl FnOnce(&mut AutoCommit),
    ) -> Vec<u8> {
        doc.set_actor(self.places[node].writer.actor().as_slice().into());
        edit(doc);
        doc.commit_with(CommitOptions::default().with_time((at / 1_000) as i64))
            .expect("something was written");
        doc.get_last_local_change().expect("just committed").raw_bytes().to_vec()
    }

    fn append(&self, done: Done, made: &mut Made) {
        let writer = &self.places[done.node].writer;
        let scope = Scope::Cases(self.places[done.village].unit);
        let log = LogId { scope, node: writer.node(), epoch: writer.epoch };
        let places = made.places.entry(log).or_default();
        let prev = places.last().map_or_else(|| genesis(&log), |place| made.entries[*place].link);
        let height = places.len() as u64 + 1;
        let link = next_link(&prev, &done.doc, &done.change);
        let signature = Some(writer.sign(&log, height, &link));
        places.push(made.entries.len());
        let change = ChangeBytes::from(done.change);
        made.entries.push(Entry { log, height, doc: done.doc, change, link, signature });
    }

    fn by(&self, node: usize, role: Role) -> By {
        let place = &self.places[node];
        By { unit: place.unit, node: place.writer.node().short(), user: None, instead_of: None, role }
    }

    /// An id as a node draws it: version 7.
    fn id(&mut self, at: u64) -> DocId {
        let mut id: [u8; 16] = self.dice.bytes()[..16].try_into().expect("16 of 32");
        id[..6].copy_from_slice(&at.to_be_bytes()[2..]);
        id[6] = 0x70 | id[6] & 0x0f;
        id[8] = 0x80 | id[8] & 0x3f;
        DocId(id)
    }

    fn event(&mut self) -> EventId {
        let hex = self.id(self.now).to_string();
        let text = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
        text.parse().expect("a UUID")
    }

    /// Of valid form (GB 11643), of nobody.
    fn id_number(&mut self, county: &str) -> String {
        let (year, month, day) =
            (1945 + self.dice.below(60), 1 + self.dice.below(12), 1 + self.dice.below(28));
        let digits = format!("{county}{year:04}{month:02}{day:02}{:03}", self.dice.below(1_000));
        let sum = digits.bytes().fold(0u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
        format!("{digits}{}", &"10X98765432"[sum as usize..=sum as usize])
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        list[self.dice.below(list.len() as u64) as usize]
    }
}

fn half<'a>(list: &'a [&'static str], which: usize) -> &'a [&'static str] {
    let (a, b) = list.split_at(list.len() / 2);
    if which == 0 { a } else { b }
}

const FAMILY: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "马", "赵", "吴", "周", "徐", "孙", "朱", "胡", "林", "郭", "何",
    "高", "罗", "郑", "梁", "谢", "宋", "唐",
];
const GIVEN: [&str; 32] = [
    "建", "国", "秀", "英", "伟", "芳", "志", "强", "桂", "兰", "磊", "静", "玉", "梅", "海", "涛", "丽",
    "春", "生", "晓", "燕", "明", "红", "军", "平", "霞", "文", "华", "婷", "勇", "杰", "娟",
];
const GUIDES: [&str; 16] = [
    "城乡居民基本养老保险参保登记",
    "高龄津贴申领",
    "残疾人证办理",
    "农村危房改造申请",
    "个体工商户设立登记",
    "生育登记",
    "临时救助申请",
    "林木采伐许可",
    "城乡居民医疗保险参保登记",
    "宅基地使用申请",
    "特困人员认定",
    "就业困难人员认定",
    "食品小作坊登记",
    "户口迁移",
    "老年人优待证申领",
    "农机购置补贴申请",
];
const MATERIALS: [&str; 16] = [
    "身份证",
    "申请表",
    "户口簿",
    "银行卡复印件",
    "一寸照片",
    "授权委托书",
    "结婚证",
    "收入证明",
    "居民身份证原件",
    "登记表",
    "不动产权证书",
    "村委会证明",
    "近期免冠照片",
    "诊断证明",
    "营业执照",
    "租赁合同",
];
const NOTES: [&str; 20] = [
    "材料已当面核对",
    "申请人不识字，由代办员代填",
    "符合条件，同意",
    "已电话告知申请人",
    "原件已退还",
    "请补充户口簿首页",
    "情况属实",
    "已入户核查",
    "系统已登记",
    "由其子代领",
    "证件已邮寄",
    "资料齐全，予以受理",
    "经审核，准予办理",
    "申请人自取",
    "地址有误，已更正",
    "待上级审批",
    "照片不清晰，已重拍",
    "本人到场签字",
    "联系电话已变更",
    "同意按规定发放",
];
