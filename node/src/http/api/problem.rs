//! Why a program gets no answer, as `application/problem+json` (RFC 9457): the machine's refusals with a status, and what the
//! API itself says no to.
//!
//! Knows no operation.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanji_model::lang::{Lang, Say};
use serde_json::{Value, json};

use super::super::replay::KeyTrouble;
use super::super::words::Tongue;
use super::fault::Fault;
use crate::guide_file::NoGuideFile;
use crate::paper::NoPdf;
use crate::password::NoPassword;
use crate::refusal::Refusal;

/// The media type of problems.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// How long somebody should wait whom there is no room for, seconds.
const WAIT_SECONDS: u64 = 600;

/// What the API says no to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    Refused(Refusal),
    /// No token, or none that is good.
    Token,
    Role,
    /// The user's roles see what is their own unit's only.
    OwnUnit,
    ReadOnly,
    NoRoute,
    /// The case was not rated.
    NoRating,
    Method,
    /// The body is not JSON by its header.
    MediaType,
    /// The body is no JSON, or says what the operation does not know; where, as a JSON pointer.
    Body {
        pointer: String,
        fault: Fault,
    },
    /// The same of a query.
    Query {
        parameter: String,
        fault: Fault,
    },
    /// A cursor that no page named as `next`.
    Cursor(String),
    TooLong,
    /// A key for repeating that is too short or too long, or has other characters.
    KeyText,
    /// The same key came with another request.
    KeyOther,
    /// The first request with this key is being done.
    KeyRunning,
    /// Nobody knows what became of the first request with this key.
    KeyUnknown,
    /// There is no room for more keys now.
    KeysFull,
    Password(NoPassword),
    /// The password that somebody has now is another one.
    OldPassword,
    /// Too many wrong passwords; minutes until another may be tried.
    Shut(u64),
    /// Too many wrong proofs of a case; the same.
    ProofShut(u64),
    /// A file that is none of this kind.
    File(NoGuideFile),
    Pdf(NoPdf),
    Stopping,
    /// A fault of this program or its machine, in English for the log.
    Failed(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        Problem::Refused(refusal)
    }
}

impl From<KeyTrouble> for Problem {
    fn from(trouble: KeyTrouble) -> Problem {
        match trouble {
            KeyTrouble::Other => Problem::KeyOther,
            KeyTrouble::Running => Problem::KeyRunning,
            KeyTrouble::Unknown => Problem::KeyUnknown,
            KeyTrouble::Full => Problem::KeysFull,
            KeyTrouble::Failed(why) => Problem::Failed(why),
        }
    }
}

impl Problem {
    pub fn status(&self) -> StatusCode {
        match self {
            Problem::Refused(refusal) => status_of(refusal.code()),
            Problem::Token => StatusCode::UNAUTHORIZED,
            Problem::Role | Problem::OwnUnit | Problem::ReadOnly => StatusCode::FORBIDDEN,
            Problem::NoRoute | Problem::NoRating => StatusCode::NOT_FOUND,
            Problem::Method => StatusCode::METHOD_NOT_ALLOWED,
            Problem::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::KeyRunning | Problem::KeyUnknown => StatusCode::CONFLICT,
            Problem::KeysFull | Problem::Shut(_) | Problem::ProofShut(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Body { .. }
            | Problem::Query { .. }
            | Problem::Cursor(_)
            | Problem::KeyText
            | Problem::KeyOther
            | Problem::Password(_)
            | Problem::File(_)
            | Problem::OldPassword => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::Pdf(_) | Problem::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body in somebody's language.
    pub fn body(&self, lang: Lang) -> Value {
        let (status, code) = (self.status(), self.code());
        let mut body = json!({
            "type": format!("urn:sanji:problem:{code}"), "title": title(status, lang), "status": status.as_u16(),
            "detail": self.text(lang), "code": code,
        });
        match self {
            Problem::Body { pointer, fault } => {
                body["errors"] = json!([error("pointer", &place_of(pointer, fault), fault, &body["detail"])]);
            }
            Problem::Query { parameter, fault } => {
                body["errors"] =
                    json!([error("parameter", &named_by(parameter, fault), fault, &body["detail"])]);
            }
            Problem::Refused(Refusal::File(problems)) | Problem::File(NoGuideFile::Problems(problems)) => {
                body["problems"] = json!(problems);
            }
            _ => {}
        }
        body
    }

    pub fn response(&self, tongue: Tongue) -> Response {
        if let Problem::Failed(why) = self {
            tracing::error!(why, "the API cannot answer");
        }
        let mut response = said(self.status(), &self.body(tongue.lang()));
        let headers = response.headers_mut();
        match self {
            Problem::Token => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sanji\""));
            }
            Problem::KeysFull => {
                headers.insert(header::RETRY_AFTER, WAIT_SECONDS.into());
            }
            Problem::Shut(minutes) | Problem::ProofShut(minutes) => {
                headers.insert(header::RETRY_AFTER, (minutes * 60).into());
            }
            _ => {}
        }
        response
    }
}

/// The place where something is missing is where it should be; what is there twice is known by its name.
fn place_of(pointer: &str, fault: &Fault) -> String {
    match fault {
        Fault::Missing(field) | Fault::Twice(field) => format!("{pointer}/{field}"),
        _ => pointer.to_owned(),
    }
}

fn named_by(parameter: &str, fault: &Fault) -> String {
    match fault {
        Fault::Missing(field) | Fault::Twice(field) => field.clone(),
        // How a path says that it is the whole.
        _ if parameter == "." => String::new(),
        _ => parameter.to_owned(),
    }
}

fn error(kind: &str, place: &str, fault: &Fault, detail: &Value) -> Value {
    let mut error = json!({ kind: place, "detail": detail });
    if let Some(said) = fault.technical() {
        error["technical"] = json!(said);
    }
    error
}

/// A problem's body as an answer.
pub(super) fn said(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// What is not there is 404; what this person, unit or node may not do 403; what does not fit how things stand 409; the
/// rest is what was asked.
fn status_of(code: &str) -> StatusCode {
    let ends = |endings: &[&str]| endings.iter().any(|ending| code.ends_with(ending));
    match code {
        "NO_SUCH_NODE" | "PAPER_NOT_MADE" | "USER_UNKNOWN" | "GUIDE_NOT_PUBLISHED" => StatusCode::NOT_FOUND,
        "NOT_COUNTY" | "NO_AUTHORITY" | "UNIT_AUTHORITY" | "CASE_PLACE" | "USER_UNIT" | "USER_DISABLED"
        | "NODE_REVOKED" | "DESK_COUNTY_ONLY" | "DESK_PERSON" | "NOT_RELATED" => StatusCode::FORBIDDEN,
        "CORRECTION_ANSWERED"
        | "NUMBER_TWICE"
        | "AMBIGUOUS"
        | "LIST_NOT_PUBLISHED"
        | "REVOKE_UNCONFIRMED"
        | "REVOKE_COUNTY"
        | "NOBODY_ABOVE"
        | "NUMBERS_USED_UP"
        | "GUIDE_NOT_IN_FORCE"
        | "USER_LAST"
        | "CASE_NOTHING_TO_CHECK"
        | "NO_ADDRESS"
        | "NOT_PLACED" => StatusCode::CONFLICT,
        _ if ends(&["_NOT_FOUND"]) => StatusCode::NOT_FOUND,
        _ if ends(&["_ROLE"]) => StatusCode::FORBIDDEN,
        _ if ends(&["_TRANSITION", "_CUSTODY", "_STATE", "_HOLDER", "_AGAIN", "_OPEN"]) => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn title(status: StatusCode, lang: Lang) -> &'static str {
    let (zh, en) = match status.as_u16() {
        401 => ("需要令牌", "A token is needed"),
        403 => ("没有权限", "Not allowed"),
        404 => ("不存在", "Not found"),
        405 => ("方法不适用", "Method not allowed"),
        409 => ("与现状冲突", "Conflict"),
        413 => ("内容过大", "Too large"),
        415 => ("类型不支持", "Unsupported media type"),
        422 => ("内容不符合要求", "Not as it should be"),
        429 => ("请求过多", "Too many requests"),
        503 => ("暂时不能提供", "Not available now"),
        _ => ("内部错误", "Internal error"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

impl Say for Problem {
    fn code(&self) -> &'static str {
        match self {
            Problem::Refused(refusal) => refusal.code(),
            Problem::Token => "API_TOKEN",
            Problem::Role => "ROLE",
            Problem::OwnUnit => "OWN_UNIT_ONLY",
            Problem::ReadOnly => "TOKEN_READ_ONLY",
            Problem::NoRoute => "API_NO_ROUTE",
            Problem::NoRating => "RATING_NOT_FOUND",
            Problem::Method => "API_METHOD",
            Problem::MediaType => "API_MEDIA_TYPE",
            Problem::Body { .. } => "API_BODY",
            Problem::Query { .. } => "API_QUERY",
            Problem::Cursor(_) => "API_CURSOR",
            Problem::TooLong => "API_TOO_LONG",
            Problem::KeyText => "IDEMPOTENCY_KEY",
            Problem::KeyOther => "IDEMPOTENCY_OTHER",
            Problem::KeyRunning => "IDEMPOTENCY_RUNNING",
            Problem::KeyUnknown => "IDEMPOTENCY_UNKNOWN",
            Problem::KeysFull => "IDEMPOTENCY_FULL",
            Problem::Password(why) => why.code(),
            Problem::OldPassword => "PASSWORD_OLD",
            Problem::Shut(_) => "PASSWORD_SHUT",
            Problem::ProofShut(_) => "PROOF_SHUT",
            Problem::File(_) => "FILE",
            Problem::Pdf(why) => why.code(),
            Problem::Stopping => "NODE_STOPPING",
            Problem::Failed(_) => "INTERNAL",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let either = |zh: &str, en: &str| match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        };
        match self {
            Problem::Refused(refusal) => refusal.text(lang),
            Problem::Password(why) => why.text(lang),
            Problem::Pdf(why) => why.text(lang),
            Problem::Token => either(
                "请在 Authorization 请求头中给出有效的接口令牌（Bearer）；令牌可在“接口令牌”页新建",
                "give a token that is good in the header Authorization, as Bearer; a user makes one on the page of tokens",
            ),
            Problem::Role => either(
                "令牌所属用户没有相应角色",
                "the token's user has no role for this; ask an administrator",
            ),
            Problem::OwnUnit => either(
                "令牌所属用户的角色只能查看本机构，请去掉参数“unit”",
                "the roles of the token's user see their own unit only; leave the parameter “unit” out",
            ),
            Problem::ReadOnly => {
                either("该令牌只能读取；办理请用读写令牌", "this token may read only; use one that may write")
            }
            Problem::NoRoute => either(
                "没有这个接口，请对照 /api/v1/openapi.json",
                "there is no such resource; see /api/v1/openapi.json",
            ),
            Problem::NoRating => either("这件办件还没有评价", "this case was not rated"),
            Problem::Method => either(
                "该接口不支持这个方法，请对照 /api/v1/openapi.json",
                "this resource has no such method; see /api/v1/openapi.json",
            ),
            Problem::MediaType => {
                either("请求内容应为 application/json", "send the body as application/json")
            }
            Problem::Body { pointer, fault } => match place_of(pointer, fault).as_str() {
                "" => fault.text(&either("请求内容", "the body"), lang),
                place => fault.text(&format!("“{place}”"), lang),
            },
            Problem::Query { parameter, fault } => match named_by(parameter, fault).as_str() {
                "" => fault.text(&either("查询参数", "the query"), lang),
                name => {
                    fault.text(&either(&format!("参数“{name}”"), &format!("the parameter “{name}”")), lang)
                }
            },
            Problem::Cursor(text) => match lang {
                Lang::Zh => format!("续页标记“{text}”无效：请填写上一页给出的 next"),
                Lang::En => format!("no page named “{text}” as its next: give what the page before named"),
            },
            Problem::TooLong => {
                either("请求内容过大，请分几次提交", "the body is too long; send it in parts")
            }
            Problem::KeyText => either(
                "Idempotency-Key 应为 16 至 128 个可见的英文字符，例如一个 UUID",
                "an Idempotency-Key has 16 to 128 visible ASCII characters, such as a UUID",
            ),
            Problem::KeyOther => either(
                "这个 Idempotency-Key 已用于另一个请求；新的请求请用新的键",
                "this Idempotency-Key came with another request before; take a new one for a new request",
            ),
            Problem::KeyRunning => either(
                "同一个键的请求正在办理，请稍后用同样的内容再试",
                "the first request with this key is being done; ask again in a moment with the same body",
            ),
            Problem::KeyUnknown => either(
                "同一个键的请求办理时节点中断，结果未知：请先查看是否已办成；如未办成，请换新的键重试",
                "the node stopped while it did the first request with this key, and what became of it is not known: look whether it was done, and if not, ask again with a new key",
            ),
            Problem::KeysFull => either(
                "24 小时内使用的键过多，请稍后再试",
                "too many keys are in use for 24 hours; try again later",
            ),
            Problem::OldPassword => either("原密码不正确", "the password that you have now is another one"),
            Problem::Shut(minutes) => match lang {
                Lang::Zh => format!("密码错误次数过多，请 {minutes} 分钟后再试"),
                Lang::En => format!("too many wrong passwords; try again in {minutes} minutes"),
            },
            Problem::ProofShut(minutes) => match lang {
                Lang::Zh => format!("该编号输错次数过多，请 {minutes} 分钟后再试"),
                Lang::En => format!("too many wrong tries of this number; try again in {minutes} minutes"),
            },
            Problem::File(why) => match why {
                NoGuideFile::Kind => either(
                    "文件名应以 .jsonl、.csv 或 .xlsx 结尾",
                    "name the file *.jsonl, *.csv or *.xlsx, as what it is",
                ),
                NoGuideFile::NotUtf8 => either(
                    "文件不是 UTF-8 文字，请另存为 UTF-8 后再提交",
                    "the file is no UTF-8 text; save it as UTF-8",
                ),
                NoGuideFile::Problems(problems) => Refusal::File(problems.clone()).text(lang),
            },
            Problem::Stopping => either("节点正在停止，请稍后再试", "the node is stopping; try again later"),
            Problem::Failed(_) => {
                either("节点内部出错，请联系管理员", "a fault of the node; tell its administrator")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_all_that_the_standard_asks_for() {
        let fault = Fault::Missing("guide".into());
        let body = Problem::Body { pointer: "/fields".into(), fault }.body(Lang::En);
        assert_eq!(body["type"], "urn:sanji:problem:API_BODY");
        assert_eq!((body["status"].as_u64(), body["code"].as_str()), (Some(422), Some("API_BODY")));
        assert_eq!(
            body["errors"],
            json!([{ "pointer": "/fields/guide", "detail": "“/fields/guide” is missing" }])
        );
        assert_eq!(body["detail"], "“/fields/guide” is missing");
        assert!(Problem::KeyUnknown.body(Lang::Zh)["detail"].as_str().unwrap().contains("换新的键"));
    }

    #[test]
    fn refusals_have_the_status_of_what_they_mean() {
        let status = |code| status_of(code).as_u16();
        assert_eq!(
            [status("CASE_NOT_FOUND"), status("USER_UNKNOWN"), status("UNIT_UNKNOWN")],
            [404, 404, 422]
        );
        assert_eq!([status("CASE_ROLE"), status("NOT_COUNTY"), status("USER_ROLE")], [403; 3]);
        assert_eq!([status("CASE_TRANSITION"), status("CASE_CUSTODY"), status("DESK_STATE")], [409; 3]);
        assert_eq!([status("ID_CHECK"), status("BAD_ARGUMENT"), status("CASE_FIELD")], [422; 3]);
    }
}
