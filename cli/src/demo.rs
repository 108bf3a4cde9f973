//! `sanji demo`: a whole county on this machine, from nothing, with its lines cut and mended before one's eyes.
//!
//! Tells the story and measures it. Every node is a process of its own that is asked through its local API; nothing
//! here reaches into one. Knows no rule of the field.

mod agreement;
mod applicant;
mod board;
mod children;
mod county;
mod figures;
mod filing;
mod guides;
mod node;
mod people;
mod plan;
mod trouble;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use sanji_node::command::Command;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::{Outcome, say};
use crate::words::either;
use board::Board;
use children::Children;
use county::County;
use figures::Figures;
use filing::Filed;
use plan::{Folder, Plan};
pub use trouble::Trouble;

/// How long people on a terminal get to see the county with its lines cut.
const LOOK: Duration = Duration::from_secs(3);

#[derive(Args, Debug)]
pub struct Demo {
    /// Units, CSV; default: a small county of its own / 机构文件
    #[arg(long, value_name = "FILE")]
    units: Option<PathBuf>,
    /// Guides, JSON lines, besides ten of its own / 办事指南文件
    #[arg(long, value_name = "FILE")]
    guides: Option<PathBuf>,
    /// Towns / 镇数
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=30))]
    towns: u8,
    /// Villages of each town / 每镇村数
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=30))]
    villages: u8,
    /// Cases filed while lines are cut / 断线期间登记的办件数
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cases: u32,
    /// End when done, with 0 only if everything converged and nothing was lost / 完成后退出并给出结果
    #[arg(long)]
    check: bool,
    /// Keep the nodes' data in this folder, made if missing; default: a temporary one, removed / 保留数据的目录
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Demo {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let began = Instant::now();
        if let Some(guides) = &self.guides {
            crate::guide::read_guides(guides)?;
        }
        let folder = Folder::open(self.keep.as_deref())?;
        let plan = Plan::read(self.units.as_deref(), &folder, self.towns.into(), self.villages.into())?;
        let children = Children::new(folder.path(), call.lang)?;
        let board = Board::open(call, &plan, began, children.ending());
        let told = Story { demo: &self, call, plan: &plan, children: &children, board: &board, began }.tell();
        let figures = match told {
            Ok(told) => told,
            // What fails while everything is being stopped fails because of that.
            Err(_) if children.are_told_to_end() => return Err(Trouble::Interrupted.into()),
            Err(failure) => return Err(failure),
        };
        let json = figures.json(&plan);
        let text = figures.text(&plan, call.lang);
        let fault = figures.fault(call.lang);
        if !self.check {
            let text = format!("{text}\n{}", figures.addresses(&plan, call.lang));
            board.aside(|| say(&if call.json { json.to_string() } else { text }));
            board.line(&either(
                call.lang,
                "各节点仍在运行，可打开上面的地址；按 Ctrl-C 结束",
                "the nodes stay up, open the addresses above; Ctrl-C ends them",
            ));
            children.wait_for_the_end(None);
            return if figures.is_good() {
                Ok(Outcome::Silent)
            } else {
                Err(Trouble::NotConverged(figures.reasons).into())
            };
        }
        board.close();
        match figures.is_good() {
            true => Ok(Outcome::Done { json, text }),
            false => Ok(Outcome::Bad { json, text, code: "DEMO_NOT_CONVERGED".to_owned(), fault }),
        }
    }
}

struct Story<'a> {
    demo: &'a Demo,
    call: &'a Call,
    plan: &'a Plan,
    children: &'a Children,
    board: &'a Board,
    began: Instant,
}

impl<'a> Story<'a> {
    fn tell(&self) -> Result<Figures, Failure> {
        let mut figures = Figures::default();
        let county = self.raise(&mut figures)?;
        self.publish(&county, &mut figures)?;
        self.cut(&county)?;
        let filed = self.file(&county, &mut figures)?;
        self.mend(&county, &filed, &mut figures)?;
        self.answer(&county, &filed, &mut figures)?;
        figures.take_counters(self.plan, &county.look()?);
        figures.pages = county.pages();
        if !self.demo.check {
            people::employ(&county)?;
        }
        figures.total_ms = millis(self.began);
        Ok(figures)
    }

    /// Every node enrolled, running, and linked to the one above.
    fn raise(&self, figures: &mut Figures) -> Result<County<'a>, Failure> {
        let (towns, villages) = (self.plan.towns().count(), self.plan.villages().count());
        self.say(
            format!("建立县级节点，导入 {} 个机构", self.plan.units),
            format!("making the county with {} units", self.plan.units),
        );
        let county =
            County::raise(self.plan, self.children, self.board, self.call, self.demo.guides.as_deref())?;
        figures.nodes = county.count();
        figures.ready_ms = millis(self.began);
        self.say(
            format!("{towns} 个镇、{villages} 个村凭令牌入网，均已运行"),
            format!("{towns} towns and {villages} villages enrolled with tokens and running"),
        );
        Ok(county)
    }

    fn publish(&self, county: &County<'a>, figures: &mut Figures) -> Result<(), Failure> {
        for report in &county.imports {
            self.board.line(&report.text(self.call.lang));
        }
        let published = guides::publish(county)?;
        figures.guides = published;
        let imported: u64 = county.imports.iter().map(|report| report.imported).sum();
        let drafts = imported.saturating_sub(published);
        figures.drafts = drafts;
        self.say(
            format!("发布 {published} 份指南（{drafts} 份要素不全，保留为草稿），等待各村收到"),
            format!("{published} guides published ({drafts} incomplete ones stay drafts); waiting until every village has them"),
        );
        county.wait("各村收到指南", "every village has the guides", &mut |statuses| {
            agreement::gaps(self.plan, statuses, &[], published)
        })
    }

    /// One village loses its line, and one town its line to the county.
    fn cut(&self, county: &County<'a>) -> Result<(), Failure> {
        let (village, town) = (self.plan.cut_village(), self.plan.cut_town());
        for seat in [village, town] {
            county.ask(seat, Command::SyncPause)?;
        }
        let [village, town] = [village, town].map(|seat| &self.plan.seats[seat].unit.name);
        self.say(
            format!("断开线路：{village}（与其镇）、{town}（与县）"),
            format!("lines cut: {village} from its town, {town} from the county"),
        );
        county.wait("断开线路", "the lines are cut", &mut |statuses| {
            agreement::still_linked(self.plan, statuses)
        })
    }

    fn file(&self, county: &County<'a>, figures: &mut Figures) -> Result<Filed, Failure> {
        let filed = filing::file(county, self.demo.cases)?;
        figures.cases = filed.count();
        figures.offline_cases = filed.count_where(|seat| self.plan.is_cut_off(seat));
        figures.offline_villages =
            self.plan.villages().filter(|seat| self.plan.is_cut_off(*seat)).count() as u64;
        let online = figures.cases - figures.offline_cases;
        let saved: Vec<u64> =
            self.plan.seats_in_order().map(|seat| filed.held_while_cut(self.plan, seat)).collect();
        county.wait(
            "未断线的办件送达",
            "the cases of linked villages have arrived",
            &mut |statuses| agreement::missing_cases(self.plan, statuses, &saved),
        )?;
        let (cases, offline) = (figures.cases, figures.offline_cases);
        self.say(
            format!("登记 {cases} 件：县级已有 {online} 件，{offline} 件在断线的村（镇）等待"),
            format!(
                "{cases} cases filed: {online} are at the county, {offline} wait where the lines are cut"
            ),
        );
        Ok(filed)
    }

    fn mend(&self, county: &County<'a>, filed: &Filed, figures: &mut Figures) -> Result<(), Failure> {
        if self.board.is_live() && !self.demo.check {
            self.children.wait_for_the_end(Some(LOOK));
        }
        self.say("恢复线路", "lines mended");
        let mended = Instant::now();
        for seat in [self.plan.cut_village(), self.plan.cut_town()] {
            county.ask(seat, Command::SyncResume)?;
        }
        let all: Vec<u64> = self.plan.seats_in_order().map(|seat| filed.held(self.plan, seat)).collect();
        let waited = county.wait("全部一致", "everything converges", &mut |statuses| {
            agreement::gaps(self.plan, statuses, &all, figures.guides)
        });
        match waited {
            Ok(()) => figures.converged = true,
            Err(Failure::Demo(Trouble::Stalled { gaps, .. })) => figures.reasons = gaps,
            Err(failure) => return Err(failure),
        }
        figures.converge_ms = millis(mended);
        figures.lost = filed.lost(county, &mut figures.reasons)?;
        let (ms, lost) = (figures.converge_ms, figures.lost);
        match figures.converged {
            true => self.say(
                format!("{ms} 毫秒后全部一致，丢失 {lost} 件"),
                format!("everything agrees after {ms} ms, {lost} lost"),
            ),
            false => self.say(format!("{ms} 毫秒后仍未一致"), format!("no agreement after {ms} ms")),
        }
        Ok(())
    }

    /// The way down: somebody withdraws at the county's window, and the village that filed the case sees it.
    fn answer(&self, county: &County<'a>, filed: &Filed, figures: &mut Figures) -> Result<(), Failure> {
        let Some(case) = filed.answerable().filter(|_| figures.is_good()) else { return Ok(()) };
        let asked = Instant::now();
        filing::withdraw(county, county.root(), &case.number)?;
        county.wait("结果回到村", "the answer comes down", &mut |statuses| {
            agreement::gaps(self.plan, statuses, &[], figures.guides)
        })?;
        let state = filing::state_at(county, case.seat, &case.number)?;
        if state != "withdrawn" {
            figures.reasons.push(trouble::Gap::Answer { number: case.number.clone(), state });
            figures.converged = false;
            return Ok(());
        }
        let ms = millis(asked);
        figures.answer_ms = Some(ms);
        let village = &self.plan.seats[case.seat].unit.name;
        self.say(
            format!("县级窗口办理撤回，{ms} 毫秒后 {village} 已看到"),
            format!("withdrawn at the county's window; {village} sees it after {ms} ms"),
        );
        Ok(())
    }

    fn say(&self, zh: impl Into<String>, en: impl Into<String>) {
        self.board.line(&either(self.call.lang, zh, en));
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
