//! `sanji init`: a county from nothing.

use std::net::SocketAddr;

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::data::DataDir;
use sanji_node::run::now;
use sanji_node::setup;
use sanji_sync::UnitCode;
use serde_json::json;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::table::pairs;
use crate::words::{either, port};

#[derive(Args, Debug)]
pub struct Init {
    /// The county's code, 6 digits / 县级行政区划代码
    #[arg(long, value_name = "CODE")]
    unit: UnitCode,
    /// Name of the county's service centre / 政务服务中心名称
    #[arg(long)]
    name: String,
    /// Where other nodes reach this one, UDP and TCP; port 0 takes a free one / 节点间地址（UDP 和 TCP）
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where browsers and this program reach it, TCP / 网页地址
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
}

impl Init {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let data = DataDir::open(&call.data()?)?;
        data.must_be_empty()?;
        let mut settings = data.settings()?;
        settings.listen = self.listen.unwrap_or(settings.listen);
        settings.http = self.http.unwrap_or(settings.http);
        settings.lang = call.lang;
        let identity = setup::found_county(&data, self.unit, &self.name, &settings, now())?;
        let json = json!({
            "unit": identity.unit(), "name": self.name.trim(), "node": identity.node(), "data": data.path(),
            "listen": settings.listen, "http": settings.http,
        });
        let lang = call.lang;
        let head = either(
            lang,
            format!("已建立县级节点：{} {}", self.unit, self.name.trim()),
            format!("county made: {} {}", self.unit, self.name.trim()),
        );
        let labels = match lang {
            Lang::Zh => ["数据目录", "节点", "节点间地址", "网页地址"],
            Lang::En => ["data directory", "node", "for other nodes", "for browsers"],
        };
        let said = [
            data.path().display().to_string(),
            identity.node().short(),
            format!("{}, UDP + TCP", port(settings.listen, lang)),
            format!("http://{}/", port(settings.http, lang)),
        ];
        let next = either(
            lang,
            "下一步：用 sanji org import 文件.csv 导入镇、村，然后用 sanji run 启动节点",
            "next: import towns and villages with `sanji org import FILE.csv`, then start the node with `sanji run`",
        );
        Ok(Outcome::Done { json, text: format!("{head}\n{}{next}", pairs(labels.into_iter().zip(said))) })
    }
}
