//! `sanji user`: who may act where, and as what.

use clap::Subcommand;
use sanji_model::case::Role;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::password;
use sanji_sync::UnitCode;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::guide::Who;
use crate::outcome::Outcome;
use crate::table::table;
use crate::words::{either, items, plain, role};

#[derive(Subcommand, Debug)]
pub enum User {
    /// Make a user, or change one, at the county / 新增或修改用户
    Add {
        /// Login name: lower-case letters, digits, dots, hyphens / 用户名
        id: String,
        /// The person's name / 姓名
        #[arg(long)]
        name: String,
        /// The unit at whose nodes they act / 机构代码
        #[arg(long, value_name = "CODE")]
        unit: UnitCode,
        /// What they may do, repeatable, such as guide_editor / 角色
        #[arg(long, required = true, value_name = "ROLE")]
        role: Vec<Role>,
        /// Who acts in their place while they are absent (B岗) / 替岗人
        #[arg(long, value_name = "USER")]
        deputy: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// A post is left to its deputy until its holder is back / 请假，由替岗人代办
    Absent {
        /// Login name / 用户名
        id: String,
        /// They are back / 已返岗
        #[arg(long)]
        back: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Set a user's password, asked for twice without showing it / 设置密码
    Password {
        /// Login name / 用户名
        id: String,
        /// Read it from standard input, one line / 从标准输入读取
        #[arg(long)]
        stdin: bool,
        #[command(flatten)]
        who: Who,
    },
    /// List users with their roles / 列出用户
    List,
    /// A user acts no more; what they did stands / 停用用户
    Disable {
        /// Login name / 用户名
        id: String,
        #[command(flatten)]
        who: Who,
    },
}

impl User {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let command = match self {
            User::Add { id, name, unit, role, deputy, who } => {
                let roles = role.into_iter().map(|role| role.word().to_owned()).collect();
                Command::UserAdd { id, name, unit: unit.to_string(), roles, deputy, user: who.user }
            }
            User::Absent { id, back, who } => Command::UserAbsent { id, absent: !back, user: who.user },
            User::Password { id, stdin, who } => {
                let hash = hashed(&id, stdin, lang)?;
                let json = call.value(Command::PasswordSet { id, hash, user: who.user })?;
                let id = plain(&json["id"]);
                let text = either(lang, format!("已设置密码：{id}"), format!("the password of {id} is set"));
                return Ok(Outcome::Done { json, text });
            }
            User::Disable { id, who } => Command::UserDisable { id, user: who.user },
            User::List => {
                let json = call.list(Command::UserList)?;
                return Ok(Outcome::Done { text: list(&json, lang), json });
            }
        };
        let json = call.value(command)?;
        let id = plain(&json["id"]);
        let text = match json["disabled"] == true {
            true => either(lang, format!("已停用：{id}"), format!("disabled: {id}")),
            false => either(lang, format!("已保存：{id}"), format!("saved: {id}")),
        };
        Ok(Outcome::Done { json, text })
    }
}

/// Asks for a password and hashes it here, so that it goes nowhere.
fn hashed(id: &str, stdin: bool, lang: Lang) -> Result<String, Failure> {
    let ask = |words: String| rpassword::prompt_password(words).map_err(Failure::Terminal);
    let text = match stdin {
        true => {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map_err(Failure::Terminal)?;
            line.trim_end_matches(['\n', '\r']).to_owned()
        }
        false => {
            let text = ask(either(lang, "新密码：", "New password: "))?;
            if ask(either(lang, "再输一次：", "Once more: "))? != text {
                return Err(Failure::PasswordsDiffer);
            }
            text
        }
    };
    password::check(id, &text).map_err(Failure::Password)?;
    password::hash(&text).map_err(|error| Failure::Setup(error.into()))
}

fn list(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["用户名", "姓名", "机构", "角色", ""],
        Lang::En => ["id", "name", "unit", "roles", ""],
    };
    let row = |user: &Value| {
        let roles: Vec<String> = items(&user["roles"]).map(|word| role(word, lang)).collect();
        let disabled =
            if user["disabled"] == true { either(lang, "已停用", "disabled") } else { String::new() };
        [
            plain(&user["id"]),
            plain(&user["name"]),
            plain(&user["unit"]),
            roles.join(&either(lang, "、", ", ")),
            disabled,
        ]
    };
    table(heads, items(json).map(row))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn users_stand_with_their_roles_in_words() {
        let json = json!([{ "id": "li", "name": "李", "unit": "640202", "roles": ["guide_editor", "guide_approver"], "disabled": true }]);
        assert!(
            list(&json, Lang::Zh).contains("li      李    640202  指南编制员、指南审定员  已停用"),
            "{}",
            list(&json, Lang::Zh)
        );
        assert!(list(&json, Lang::En).contains("guide editor, guide approver"));
    }
}
