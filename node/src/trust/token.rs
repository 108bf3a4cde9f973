//! The one-time enrolment token: what a person carries from `sanji invite` to `sanji join`, as text or as a QR code.
//!
//! `sanji1` and then base32 without padding of a CBOR array and its CRC-32. Base32, because it survives being read out,
//! typed in capitals, broken into lines, and makes the small alphanumeric kind of QR code when capitalised. The checksum
//! tells a typing error from a wrong token. Knows no connection and does not judge whether the token is still good: that
//! is the county's, by the county's clock.

use std::fmt;

use minicbor::{Decode, Encode};
use sanji_model::lang::{Lang, Say};
use sanji_sync::{Time, UnitCode};

use super::authority::Fingerprint;

const PREFIX: &str = "sanji";
const VERSION: char = '1';
/// Characters of a token's text: 8 addresses of 100 bytes and then some; bounds what a hostile paste costs.
const TEXT_CHARS_MAX: usize = 4096;
/// Parent addresses in a token, tried in turn; more would not fit a QR code that a phone reads.
pub const ADDRESSES_MAX: usize = 8;

/// 16 random bytes that prove the invitation. Never shown, never sent: what travels is derived from them.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Secret(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// Names a token without giving its secret away: a hash of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct TokenId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// An invitation of one unit's node.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Token {
    #[n(0)]
    pub unit: UnitCode,
    /// Where to ask, `host:port`, the first first; at most [`ADDRESSES_MAX`].
    #[n(1)]
    pub addresses: Vec<String>,
    /// The authority that must answer.
    #[n(2)]
    pub authority: Fingerprint,
    #[n(3)]
    pub secret: Secret,
    /// By the county's clock.
    #[n(4)]
    pub expires: Time,
}

/// Why a text is no token.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenError {
    #[error("this is not an enrolment token: one starts with “sanji1”")]
    NotAToken,
    #[error("this token is of version “{0}”, this program reads version 1")]
    OtherVersion(char),
    #[error("the token has a typing error or is cut off")]
    Typo,
    #[error("the token is whole but this program cannot read what it says")]
    Malformed,
}

impl Secret {
    /// Draws a new secret from the operating system.
    pub fn draw() -> Result<Secret, super::keys::NoRandomness> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Secret(bytes))
    }

    /// The name of the token that holds this secret.
    pub fn id(&self) -> TokenId {
        let hash = blake3::derive_key("sanji/1 join token id", &self.0);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        TokenId(id)
    }

    /// The key under which a join request is authenticated.
    pub(super) fn mac_key(&self) -> [u8; 32] {
        blake3::derive_key("sanji/1 join request mac", &self.0)
    }
}

impl Token {
    /// The text to print, in lower case; capitalise it for a QR code.
    pub fn encode(&self) -> String {
        let mut bytes = minicbor::to_vec(self).expect("writing to memory does not fail");
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        let text = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
        format!("{PREFIX}{VERSION}{text}")
    }

    /// Reads a token as a person hands it over: any case, with blanks, line ends and hyphens in between, and 0, 1 and
    /// 8 for the letters they look like.
    pub fn parse(text: &str) -> Result<Token, TokenError> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .take(TEXT_CHARS_MAX)
            .collect();
        let rest = text.strip_prefix(&PREFIX.to_ascii_uppercase()).ok_or(TokenError::NotAToken)?;
        let version = rest.chars().next().ok_or(TokenError::Typo)?;
        match version {
            VERSION => {}
            other if other.is_ascii_digit() => return Err(TokenError::OtherVersion(other)),
            _ => return Err(TokenError::NotAToken),
        }
        let bytes =
            data_encoding::BASE32_NOPAD_VISUAL.decode(&rest.as_bytes()[1..]).map_err(|_| TokenError::Typo)?;
        let (body, checksum) = bytes.split_last_chunk::<4>().ok_or(TokenError::Typo)?;
        if crc32fast::hash(body).to_be_bytes() != *checksum {
            return Err(TokenError::Typo);
        }
        let token: Token = minicbor::decode(body).map_err(|_| TokenError::Malformed)?;
        if token.addresses.is_empty() || token.addresses.len() > ADDRESSES_MAX {
            return Err(TokenError::Malformed);
        }
        Ok(token)
    }

    /// The name of this token.
    pub fn id(&self) -> TokenId {
        self.secret.id()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Say for TokenError {
    fn code(&self) -> &'static str {
        match self {
            TokenError::NotAToken => "TOKEN_NONE",
            TokenError::OtherVersion(_) => "TOKEN_VERSION",
            TokenError::Typo => "TOKEN_TYPO",
            TokenError::Malformed => "TOKEN_MALFORMED",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let (zh, todo) = match self {
            TokenError::NotAToken => (
                "这不是加入令牌：令牌以“sanji1”开头。请复制邀请命令打印的完整一行".to_owned(),
                "copy the whole line that `sanji invite` printed",
            ),
            TokenError::OtherVersion(version) => (
                format!("该令牌为第 {version} 版，本程序只识别第 1 版。请先升级本程序"),
                "update this program first",
            ),
            TokenError::Typo => (
                "令牌有输入错误或不完整。请对照原文重新输入，或扫描二维码".to_owned(),
                "compare it with the original, or scan the QR code",
            ),
            TokenError::Malformed => (
                "令牌完整，但本程序无法识别其内容。请升级本程序或重新索取令牌".to_owned(),
                "update this program or ask for a new token",
            ),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => format!("{self}; {todo}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token {
            unit: UnitCode::parse("640202001001").unwrap(),
            addresses: vec!["10.1.2.3:7443".to_owned(), "town.example:7443".to_owned()],
            authority: Fingerprint([0xa5; 32]),
            secret: Secret([9; 16]),
            expires: Time(1_790_000_000_000),
        }
    }

    #[test]
    fn a_token_survives_the_way_people_hand_it_over() {
        let text = token().encode();
        assert!(text.len() < 220, "{} characters are too many to type", text.len());
        let lines: Vec<&str> =
            (0..text.len()).step_by(8).map(|at| &text[at..text.len().min(at + 8)]).collect();
        for shape in [
            text.clone(),
            text.to_uppercase(),
            lines.join("-\n"),
            format!("  {text}\r\n"),
            text.replace('o', "0").replace('b', "8"),
        ] {
            assert_eq!(Token::parse(&shape), Ok(token()));
        }
    }

    #[test]
    fn every_single_wrong_character_is_a_typo() {
        let text = token().encode();
        for at in 6..text.len() {
            let wrong = if &text[at..=at] == "q" { "r" } else { "q" };
            let typed = format!("{}{wrong}{}", &text[..at], &text[at + 1..]);
            assert_eq!(Token::parse(&typed), Err(TokenError::Typo), "at {at}");
        }
        assert_eq!(Token::parse(&text[..text.len() - 8]), Err(TokenError::Typo));
    }

    #[test]
    fn other_texts_are_told_apart() {
        assert_eq!(Token::parse("hello"), Err(TokenError::NotAToken));
        assert_eq!(Token::parse("sanji"), Err(TokenError::Typo));
        assert_eq!(Token::parse(&token().encode().replacen('1', "2", 1)), Err(TokenError::OtherVersion('2')));
        let none = Token { addresses: Vec::new(), ..token() };
        assert_eq!(Token::parse(&none.encode()), Err(TokenError::Malformed));
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let secret = Secret([0x5a; 16]);
        let shown = format!("{:?}", Token { secret: secret.clone(), ..token() });
        assert!(shown.contains("Secret(…)") && !shown.contains("90, 90"), "{shown}");
        assert_ne!(secret.id().0, secret.0);
    }
}
