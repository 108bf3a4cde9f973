//! A form with a file: what a browser sends as `multipart/form-data`, and how the page says what became of it.
//!
//! Knows no form of file; who reads it says what is wrong with it.

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use sanji_model::lang::{Lang, Say as _};

use super::form::{CSRF, Fields};
use super::gate::Visitor;
use super::shell::Shell;
use super::{Face, page};
use crate::refusal::Refusal;

/// Bytes of such a form: a guide file of a whole county (1,500 guides, DOMAIN §8) and some.
const UPLOAD_BYTES_MAX: usize = 32 << 20;

/// A form that a page of this session made, with the file that was chosen in it.
pub(super) struct Uploaded {
    pub fields: Fields,
    pub file: Option<File>,
}

/// A file by the name that it has at the reader's.
pub(super) struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Uploaded {
    /// The file, or else what was typed into the field `text`, under a name that problems give; none if both are blank.
    pub fn given(self, typed: &str) -> Option<File> {
        let text = self.fields.raw("text").replace("\r\n", "\n");
        let typed = || File { name: typed.to_owned(), bytes: text.clone().into_bytes() };
        self.file.or_else(|| (!text.trim().is_empty()).then(typed))
    }
}

/// A form that a file is handed in with, and what became of it.
#[derive(Default)]
pub(super) struct Form {
    pub text: String,
    /// What was taken, in words.
    pub taken: String,
    /// Why nothing was.
    pub fault: String,
    pub problems: Vec<Problem>,
}

/// One thing wrong in a file: sheet or file, line and what.
pub(super) struct Problem {
    pub file: String,
    pub line: String,
    pub words: String,
}

impl Form {
    /// What a refusal means for a form with a file: the places one by one, or a sentence.
    pub fn refused(text: String, refusal: &Refusal, shell: &Shell) -> Form {
        let lang = shell.tongue.lang();
        match refusal {
            Refusal::File(problems) => {
                let n = problems.len();
                let problems = problems.iter().map(|problem| Problem::of(problem, lang)).collect();
                Form { text, fault: shell.put("adm-import-problems", "n", n), problems, ..Form::default() }
            }
            other => Form { text, fault: other.text(lang), ..Form::default() },
        }
    }

    pub fn blank(shell: &Shell) -> Form {
        Form { fault: shell.t("adm-import-blank"), ..Form::default() }
    }

    pub fn encoding(text: String, shell: &Shell) -> Form {
        Form { text, fault: shell.t("adm-import-encoding"), ..Form::default() }
    }

    pub fn is_refused(&self) -> bool {
        !self.fault.is_empty()
    }
}

impl Problem {
    pub fn of(problem: &sanji_model::problem::Problem, lang: Lang) -> Problem {
        let words = match lang {
            Lang::Zh => &problem.zh,
            Lang::En => &problem.en,
        };
        Problem {
            file: problem.sheet.clone().unwrap_or_else(|| problem.file.clone()),
            line: format!("{}{}", problem.line, problem.column.as_deref().unwrap_or_default()),
            words: words.clone(),
        }
    }
}

impl FromRequest<Face> for Uploaded {
    type Rejection = Response;

    async fn from_request(mut request: Request, face: &Face) -> Result<Uploaded, Response> {
        let visitor = request.extensions_mut().remove::<Visitor>();
        let visitor = visitor.ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
        DefaultBodyLimit::max(UPLOAD_BYTES_MAX).apply(&mut request);
        let parts = Multipart::from_request(request, face).await.map_err(IntoResponse::into_response)?;
        let uploaded = read(parts).await?;
        match visitor.made(uploaded.fields.raw(CSRF)) {
            true => Ok(uploaded),
            false => Err(page::refused_page(&visitor, StatusCode::FORBIDDEN, "session-over")),
        }
    }
}

async fn read(mut parts: Multipart) -> Result<Uploaded, Response> {
    let (mut pairs, mut file) = (Vec::new(), None);
    while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(of) => {
                let bytes = bytes(part).await?;
                // A browser sends an empty one where none was chosen.
                file = file.or((!bytes.is_empty()).then_some(File { name: of, bytes }));
            }
            None => pairs.push((name, String::from_utf8_lossy(&bytes(part).await?).into_owned())),
        }
    }
    Ok(Uploaded { fields: Fields::of(pairs), file })
}

async fn bytes(part: Field<'_>) -> Result<Vec<u8>, Response> {
    part.bytes().await.map(Into::into).map_err(IntoResponse::into_response)
}
