//! `sanji join`: this machine becomes a unit's node.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::data::{DataDir, DataError};
use sanji_node::trust::Token;
use sanji_node::{link, setup};
use serde_json::json;

use crate::args::address;
use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::table::pairs;
use crate::words::{either, port};

/// All addresses together: four handshakes over a bad line (DOMAIN §8), and a person who waits.
const JOIN_MAX: Duration = Duration::from_secs(20);

#[derive(Args, Debug)]
pub struct Join {
    /// The token from `sanji invite` / 入网令牌
    token: String,
    /// Parent to ask and to follow, host:port, repeatable; default: those of the token / 上级地址
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub parent: Vec<String>,
    /// Where other nodes reach this one, UDP and TCP; port 0 takes a free one / 节点间地址（UDP 和 TCP）
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where browsers and this program reach it, TCP / 网页地址
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
}

impl Join {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let mut token = Token::parse(&self.token).map_err(DataError::from)?;
        if !self.parent.is_empty() {
            token.addresses = self.parent;
        }
        let data = DataDir::open(&call.data()?)?;
        data.must_be_empty()?;
        let mut settings = data.settings()?;
        settings.listen = self.listen.unwrap_or(settings.listen);
        settings.http = self.http.unwrap_or(settings.http);
        settings.parents = token.addresses.clone();
        settings.lang = call.lang;
        let request = setup::join_request(&data, &token, reachable(self.listen))?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Setup)?;
        let reply = runtime.block_on(link::join(&token, &request, JOIN_MAX)).map_err(DataError::from)?;
        let identity = setup::accept_reply(&data, &token, &reply, &settings)?;

        let json = json!({
            "unit": identity.unit(), "node": identity.node(), "data": data.path(), "parents": settings.parents,
            "listen": settings.listen, "http": settings.http,
        });
        let lang = call.lang;
        let unit = identity.unit();
        let head = either(
            lang,
            format!("已入网：本机是 {unit} 的节点"),
            format!("enrolled: this is a node of {unit}"),
        );
        let labels = match lang {
            Lang::Zh => ["数据目录", "节点", "上级", "网页地址"],
            Lang::En => ["data directory", "node", "parents", "for browsers"],
        };
        let said = [
            data.path().display().to_string(),
            identity.node().short(),
            settings.parents.join(", "),
            format!("http://{}/", port(settings.http, lang)),
        ];
        let next = either(lang, "下一步：用 sanji run 启动节点", "next: start the node with `sanji run`");
        Ok(Outcome::Done { json, text: format!("{head}\n{}{next}", pairs(labels.into_iter().zip(said))) })
    }
}

/// What the county is told for others to reach this node by: only an address that says one machine and one port.
fn reachable(listen: Option<SocketAddr>) -> Option<String> {
    listen
        .filter(|address| !address.ip().is_unspecified() && address.port() != 0)
        .map(|address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_address_is_told_to_the_county() {
        let told = |text: &str| reachable(Some(text.parse().unwrap()));
        assert_eq!(told("10.1.2.3:7801").as_deref(), Some("10.1.2.3:7801"));
        assert_eq!((told("0.0.0.0:7801"), told("10.1.2.3:0"), reachable(None)), (None, None, None));
    }
}
