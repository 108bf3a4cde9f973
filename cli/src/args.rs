//! The command line as it is parsed: what is common to all commands, and the list of nouns.
//!
//! Each noun's own arguments stand in its file. A wrong usage ends the process here, with exit code 2.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};
use sanji_model::lang::Lang;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::{
    api, backup, calendar, case, complaint, demo, doctor, due, enquiry, guide, id, init, invite, join, list,
    org, parameters, restore, revoke, run, status, supervision, sync, user, verify,
};

/// Three-tier government service, offline too / 三级政务服务同步节点
#[derive(Parser, Debug)]
#[command(
    name = "sanji",
    version,
    max_term_width = 110,
    disable_help_flag = true,
    disable_version_flag = true
)]
#[command(disable_help_subcommand = true, next_help_heading = "Common / 通用")]
pub struct Cli {
    /// Data directory; default ~/.local/share/sanji / 数据目录
    #[arg(long, global = true, env = "SANJI_DATA", value_name = "DIR", hide_env_values = true)]
    data: Option<PathBuf>,

    /// Print one JSON document / 输出 JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// Language of messages: zh or en / 语言
    #[arg(long, global = true, env = "SANJI_LANG", value_name = "LANG", hide_env_values = true)]
    lang: Option<Lang>,

    /// Print this help / 显示帮助
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,

    /// Print the version / 显示版本
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,

    #[command(subcommand)]
    pub noun: Noun,
}

#[derive(Subcommand, Debug)]
pub enum Noun {
    /// A whole county on this machine, to look at and to test / 在本机演示整个县
    Demo(demo::Demo),
    /// Make a county / 建立县级节点
    Init(init::Init),
    /// The organisation: county, towns, villages / 机构
    #[command(subcommand)]
    Org(org::Org),
    /// Days off and worked weekends / 放假安排
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Limits and warnings that the county sets / 参数
    #[command(subcommand)]
    Parameters(parameters::Parameters),
    /// Make an enrolment token for a unit's node / 生成入网令牌
    Invite(invite::Invite),
    /// Enrol this machine with a token / 凭令牌入网
    Join(join::Join),
    /// Run the node in the foreground / 运行节点
    Run(run::Run),
    /// Service guides / 办事指南
    #[command(subcommand)]
    Guide(guide::Guide),
    /// Lists, which switch how cases are handled / 清单
    #[command(subcommand)]
    List(list::List),
    /// Bundles: several items as one matter / 一件事
    #[command(subcommand)]
    Bundle(list::Bundle),
    /// Cases / 办件
    #[command(subcommand)]
    Case(case::Case),
    /// Warnings and cards of the supervision / 预警与督办
    Cards(supervision::Cards),
    /// Rated cases and where their loops stand / 好差评
    Ratings(supervision::Ratings),
    /// Figures and indicators / 统计
    Stats(supervision::Stats),
    /// The cases that a unit registered in a month / 台账
    Ledger(supervision::Ledger),
    /// How much each list has: cards by level, ratings by stage, disputes / 各清单件数
    Counts(supervision::Counts),
    /// Draw the items to be inspected this month / 抽查
    Sample(supervision::Sample),
    /// Publish what a year's inspections are drawn from / 公布抽查种子
    Seed(supervision::Seed),
    /// Complaints and the hotline / 投诉和热线
    #[command(subcommand)]
    Complaint(complaint::Complaint),
    /// List complaints, or how units deal with them / 投诉列表和办理情况
    Complaints(complaint::Complaints),
    /// Enquiries / 咨询
    #[command(subcommand)]
    Enquiry(enquiry::Enquiry),
    /// The link to the unit above / 与上级的同步
    #[command(subcommand)]
    Sync(sync::Sync),
    /// How the node is / 节点状态
    Status(status::Status),
    /// What needs somebody, and what to do / 检查并提示处理办法
    Doctor(doctor::Doctor),
    /// This node in one file / 备份
    Backup(backup::Backup),
    /// Take a backup back into an empty directory / 恢复备份
    Restore(restore::Restore),
    /// End a node's right to write and to connect / 吊销节点
    Revoke(revoke::Revoke),
    /// Recompute every chain, signature and row / 全面校验
    Verify(verify::Verify),
    /// When a limit in working days ends / 计算办理期限
    Due(due::Due),
    /// People and their roles / 用户
    #[command(subcommand)]
    User(user::User),
    /// Identity numbers / 证件号码
    #[command(subcommand)]
    Id(id::Id),
    /// The API for programs / 程序接口
    #[command(subcommand)]
    Api(api::Api),
}

impl Noun {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        match self {
            Noun::Demo(demo) => demo.run(call),
            Noun::Init(init) => init.run(call),
            Noun::Org(org) => org.run(call),
            Noun::Calendar(calendar) => calendar.run(call),
            Noun::Parameters(parameters) => parameters.run(call),
            Noun::Invite(invite) => invite.run(call),
            Noun::Join(join) => join.run(call),
            Noun::Run(run) => run.run(call),
            Noun::Guide(guide) => guide.run(call),
            Noun::Cards(cards) => cards.run(call),
            Noun::Ratings(ratings) => ratings.run(call),
            Noun::Stats(stats) => stats.run(call),
            Noun::Ledger(ledger) => ledger.run(call),
            Noun::Counts(counts) => counts.run(call),
            Noun::Sample(sample) => sample.run(call),
            Noun::Seed(seed) => seed.run(call),
            Noun::List(list) => list.run(call),
            Noun::Bundle(bundle) => bundle.run(call),
            Noun::Case(case) => case.run(call),
            Noun::Complaint(complaint) => complaint.run(call),
            Noun::Complaints(complaints) => complaints.run(call),
            Noun::Enquiry(enquiry) => enquiry.run(call),
            Noun::Sync(sync) => sync.run(call),
            Noun::Status(status) => status.run(call),
            Noun::Doctor(doctor) => doctor.run(call),
            Noun::Backup(backup) => backup.run(call),
            Noun::Restore(restore) => restore.run(call),
            Noun::Revoke(revoke) => revoke.run(call),
            Noun::Verify(verify) => verify.run(call),
            Noun::Due(due) => due.run(call),
            Noun::User(user) => user.run(call),
            Noun::Id(id) => id.run(call),
            Noun::Api(api) => api.run(call),
        }
    }
}

impl Cli {
    /// What every command needs to know.
    pub fn call(&self) -> Call {
        let system = || std::env::var("LANG").ok().and_then(|text| text.parse().ok());
        Call { data: self.data.clone(), lang: self.lang.or_else(system).unwrap_or_default(), json: self.json }
    }
}

/// `host:port`, as parents are named. Names are resolved when they are dialled.
pub fn address(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => {
            Ok(text.to_owned())
        }
        Some(_) | None => Err("write it as host:port, such as 10.1.2.3:7801 / 请写作 主机:端口".to_owned()),
    }
}

/// `KEY=VALUE`.
pub fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        Some(_) | None => Err("write it as KEY=VALUE / 请写作 键=值".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    fn refused(words: &str) -> ErrorKind {
        Cli::try_parse_from(words.split(' ')).unwrap_err().kind()
    }

    fn parsed(words: &str) -> Cli {
        Cli::try_parse_from(words.split(' ')).unwrap()
    }

    #[test]
    fn the_definition_is_sound_and_every_help_is_in_both_languages() {
        fn check(command: &clap::Command) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.contains(" / "), "{} has no help in both languages", command.get_name());
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains(" / "), "{} {}: {help}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        Cli::command().debug_assert();
        check(&Cli::command());
    }

    #[test]
    fn common_arguments_stand_anywhere() {
        for words in ["sanji --json --lang en --data /x status", "sanji status --data /x --lang en --json"] {
            let cli = parsed(words);
            assert!(cli.json);
            assert_eq!((cli.call().data, cli.call().lang), (Some("/x".into()), Lang::En));
        }
        assert_eq!(refused("sanji --lang fr status"), ErrorKind::ValueValidation);
    }

    #[test]
    fn fields_repeat_and_keep_what_follows_the_first_equals_sign() {
        let cli = parsed("sanji case act 1 note --field text=a=b --field applicant.phone= --as wang");
        let Noun::Case(case::Case::Act(act)) = cli.noun else { panic!("another command") };
        let fields: Vec<(&str, &str)> = act.field.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(fields, [("text", "a=b"), ("applicant.phone", "")]);
        assert_eq!(act.user.as_deref(), Some("wang"));
        assert_eq!(refused("sanji case act 1 note --field text"), ErrorKind::ValueValidation);
        assert_eq!(refused("sanji case act 1 note --field =x"), ErrorKind::ValueValidation);
    }

    #[test]
    fn addresses_are_checked_before_anything_happens() {
        let cli = parsed("sanji join t0ken --parent a.example:7801 --parent [::1]:7801 --listen 0.0.0.0:0");
        let Noun::Join(join) = cli.noun else { panic!("another command") };
        assert_eq!(join.parent, ["a.example:7801", "[::1]:7801"]);
        for bad in ["a.example", "a.example:0", ":7801", "a.example:70000"] {
            assert_eq!(
                refused(&format!("sanji invite 640202001 --parent {bad}")),
                ErrorKind::ValueValidation,
                "{bad}"
            );
        }
        assert_eq!(refused("sanji init --unit 640202 --name x --http nowhere"), ErrorKind::ValueValidation);
    }

    #[test]
    fn due_takes_a_date_and_days_or_a_batch() {
        parsed("sanji due --from 2018-10-15 --days 7");
        parsed("sanji due --batch lines.csv --calendar days.csv");
        assert_eq!(refused("sanji due --from 2018-10-15"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("sanji due --from 2018-10-15 --days 7 --batch x"), ErrorKind::ArgumentConflict);
        assert_eq!(refused("sanji due --from 2018-02-30 --days 7"), ErrorKind::ValueValidation);
        assert_eq!(refused("sanji due --from 2018-10-15 --days -1"), ErrorKind::UnknownArgument);
        parsed("sanji due --from 2018-10-15 --days 3650");
        assert_eq!(refused("sanji due --from 2018-10-15 --days 3651"), ErrorKind::ValueValidation);
        assert_eq!(refused("sanji id check passport 1"), ErrorKind::ValueValidation);
    }
}
