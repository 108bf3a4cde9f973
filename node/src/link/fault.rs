//! Why two nodes do not come together, told from what QUIC and TLS report.
//!
//! Alert numbers are those of RFC 8446 §6. Knows no address.

use std::fmt;

use quinn::{ConnectionError, TransportErrorCode};
use sanji_model::lang::{Lang, Say, Words};
use sanji_sync::Hangup;

use super::event::{Close, DownReason};
use super::options::REASON_BYTES_MAX;

/// Why a handshake failed, seen from this side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HandshakeFault {
    /// The peer's certificate is not of our county's authority.
    OtherAuthority,
    /// The peer says that of ours.
    OursRefused,
    /// It came without a certificate.
    NoCertificate,
    /// A Sanji too old or too new, or no Sanji at all.
    NoCommonProtocol,
    /// The directory does not admit it; with the owner's words.
    NotAdmitted(String),
    /// We dialled ourselves.
    Itself,
    /// The peer has as many connections as it takes.
    Full,
    Silent,
    Other(String),
}

const ALERT_BAD_CERTIFICATE: u8 = 42;
const ALERT_CERTIFICATE_UNKNOWN: u8 = 46;
const ALERT_UNKNOWN_CA: u8 = 48;
const ALERT_CERTIFICATE_REQUIRED: u8 = 116;
const ALERT_NO_APPLICATION_PROTOCOL: u8 = 120;

impl From<&ConnectionError> for HandshakeFault {
    fn from(error: &ConnectionError) -> HandshakeFault {
        let is = |code: TransportErrorCode, alert| code == TransportErrorCode::crypto(alert);
        match error {
            ConnectionError::TransportError(ours) if is(ours.code, ALERT_UNKNOWN_CA) => {
                HandshakeFault::OtherAuthority
            }
            ConnectionError::TransportError(ours) if is(ours.code, ALERT_NO_APPLICATION_PROTOCOL) => {
                HandshakeFault::NoCommonProtocol
            }
            ConnectionError::TransportError(ours) => HandshakeFault::Other(short(&ours.to_string())),
            ConnectionError::ConnectionClosed(theirs) => {
                let code = theirs.error_code;
                if [
                    ALERT_BAD_CERTIFICATE,
                    ALERT_CERTIFICATE_UNKNOWN,
                    ALERT_UNKNOWN_CA,
                    ALERT_CERTIFICATE_REQUIRED,
                ]
                .into_iter()
                .any(|alert| is(code, alert))
                {
                    HandshakeFault::OursRefused
                } else if is(code, ALERT_NO_APPLICATION_PROTOCOL) {
                    HandshakeFault::NoCommonProtocol
                } else if code == TransportErrorCode::CONNECTION_REFUSED {
                    HandshakeFault::Full
                } else {
                    HandshakeFault::Other(short(&theirs.to_string()))
                }
            }
            ConnectionError::ApplicationClosed(theirs) => match Close::of_code(theirs.error_code) {
                Some(Close::NotAdmitted) => HandshakeFault::NotAdmitted(text(&theirs.reason)),
                Some(Close::JoinsFull) => HandshakeFault::Full,
                _ => HandshakeFault::Other(text(&theirs.reason)),
            },
            ConnectionError::TimedOut => HandshakeFault::Silent,
            ConnectionError::VersionMismatch => HandshakeFault::NoCommonProtocol,
            ConnectionError::Reset | ConnectionError::LocallyClosed | ConnectionError::CidsExhausted => {
                HandshakeFault::Other(error.to_string())
            }
        }
    }
}

/// The same told from what TCP and TLS report.
impl From<&std::io::Error> for HandshakeFault {
    fn from(error: &std::io::Error) -> HandshakeFault {
        use rustls::{AlertDescription as Alert, CertificateError, Error};
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match tls {
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                HandshakeFault::OtherAuthority
            }
            Some(Error::AlertReceived(
                Alert::BadCertificate
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::CertificateRequired,
            )) => HandshakeFault::OursRefused,
            Some(Error::NoApplicationProtocol | Error::AlertReceived(Alert::NoApplicationProtocol)) => {
                HandshakeFault::NoCommonProtocol
            }
            Some(other) => HandshakeFault::Other(short(&other.to_string())),
            None if error.kind() == std::io::ErrorKind::TimedOut => HandshakeFault::Silent,
            None => HandshakeFault::Other(short(&error.to_string())),
        }
    }
}

/// Why an established connection ended.
pub(super) fn down_reason(error: &ConnectionError) -> DownReason {
    match error {
        // Whoever closes one connection says why first; without a reason it was the whole endpoint.
        ConnectionError::LocallyClosed => DownReason::Here { close: Close::Shutdown, why: String::new() },
        ConnectionError::ApplicationClosed(theirs) => {
            DownReason::There { close: Close::of_code(theirs.error_code), why: text(&theirs.reason) }
        }
        ConnectionError::TimedOut => DownReason::Silent,
        ConnectionError::ConnectionClosed(_)
        | ConnectionError::TransportError(_)
        | ConnectionError::VersionMismatch
        | ConnectionError::Reset
        | ConnectionError::CidsExhausted => DownReason::Broken(match HandshakeFault::from(error) {
            // The peer reads our certificate after we count the connection as up.
            HandshakeFault::OursRefused => HandshakeFault::OursRefused.to_string(),
            HandshakeFault::Other(why) => why,
            _ => short(&error.to_string()),
        }),
    }
}

/// A peer's reason, made harmless: readable characters, bounded.
pub(super) fn text(reason: &[u8]) -> String {
    short(&String::from_utf8_lossy(reason).replace(char::is_control, " "))
}

/// At most [`REASON_BYTES_MAX`] bytes, cut between characters.
pub(super) fn short(text: &str) -> String {
    text[..text.floor_char_boundary(REASON_BYTES_MAX)].to_owned()
}

/// A peer's reason in a person's language: what Sanji itself says is known in both.
pub(super) fn reason(why: &str, lang: Lang) -> String {
    let known = SAID.into_iter().find(|(said, _)| lang == Lang::Zh && said.to_string() == why);
    match known {
        Some((_, zh)) => zh.to_owned(),
        None if lang == Lang::Zh && why == REVOKED => "该节点已被吊销".to_owned(),
        None => why.to_owned(),
    }
}

/// What a node that was revoked is told; it travels.
pub const REVOKED: &str = "the node was revoked";

/// Why a session is ended travels in English.
const SAID: [(Hangup, &str); 11] = [
    (Hangup::Version, "双方没有共同的协议版本"),
    (Hangup::NotRelated, "对方机构既不是上级也不是下级"),
    (Hangup::BadFrame, "对方违反协议：消息无法读取"),
    (Hangup::BadBatch, "对方违反协议：批次校验不符"),
    (Hangup::Gap, "对方违反协议：条目不连续"),
    (Hangup::NoAuthority, "对方写入了无权写入的范围"),
    (Hangup::WrongScope, "对方发送了不应持有的范围"),
    (Hangup::Revoked, "对方节点已被吊销"),
    (Hangup::OutOfTurn, "对方违反协议：消息顺序有误"),
    (Hangup::Silent, "对方没有应答"),
    (Hangup::Stopping, "节点正在停止"),
];

/// In English, for logs.
impl fmt::Display for HandshakeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Say for HandshakeFault {
    fn code(&self) -> &'static str {
        match self {
            HandshakeFault::OtherAuthority => "LINK_OTHER_AUTHORITY",
            HandshakeFault::OursRefused => "LINK_CERTIFICATE_REFUSED",
            HandshakeFault::NoCertificate => "LINK_NO_CERTIFICATE",
            HandshakeFault::NoCommonProtocol => "LINK_PROTOCOL",
            HandshakeFault::NotAdmitted(_) => "LINK_NOT_ADMITTED",
            HandshakeFault::Itself => "LINK_ITSELF",
            HandshakeFault::Full => "LINK_FULL",
            HandshakeFault::Silent => "LINK_NO_ANSWER",
            HandshakeFault::Other(_) => "LINK_FAILED",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let words = match self {
            HandshakeFault::OtherAuthority => Words::new(
                "对方证书不是由本县机构签发的，请检查地址",
                "the peer's certificate is not of this county's authority; check the address",
            ),
            HandshakeFault::OursRefused => Words::new(
                "对方不接受本机证书，请检查地址或重新加入",
                "the peer does not accept this node's certificate; check the address, or join anew",
            ),
            HandshakeFault::NoCertificate => {
                Words::new("对方没有节点证书", "the peer has no certificate; it must join first")
            }
            HandshakeFault::NoCommonProtocol => Words::new(
                "双方没有共同的协议版本，请升级较旧的一方",
                "there is no common protocol version; update the older side",
            ),
            HandshakeFault::NotAdmitted(_) => {
                Words::new("名录不允许连接", "the directory does not admit the node")
            }
            HandshakeFault::Itself => Close::Itself.words(),
            HandshakeFault::Full => Words::new(
                "对方连接数已满，稍后会自动重试",
                "the peer has no connection free; this is tried again",
            ),
            HandshakeFault::Silent => Words::new(
                "没有应答，请检查网络、地址和防火墙（UDP 和 TCP）",
                "there is no answer; check the network, the address and the firewall (UDP and TCP)",
            ),
            HandshakeFault::Other(_) => Words::new("连接失败", "the connection failed"),
        };
        let said = words.text(lang);
        match (self, lang) {
            (HandshakeFault::NotAdmitted(why) | HandshakeFault::Other(why), Lang::Zh) => {
                format!("{said}：{}", reason(why, lang))
            }
            (HandshakeFault::NotAdmitted(why) | HandshakeFault::Other(why), Lang::En) => {
                format!("{said}: {why}")
            }
            _ => said.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sanji_itself_gives_as_a_reason_is_said_in_chinese() {
        assert!(SAID.iter().all(|(why, zh)| reason(&why.to_string(), Lang::Zh) == *zh));
        let away = HandshakeFault::NotAdmitted(REVOKED.to_owned());
        assert_eq!(away.text(Lang::Zh), "名录不允许连接：该节点已被吊销");
        assert_eq!(away.text(Lang::En), "the directory does not admit the node: the node was revoked");
        assert_eq!(reason("something else", Lang::Zh), "something else");
    }
}
