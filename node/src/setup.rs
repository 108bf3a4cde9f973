//! Making a node: a county from nothing, any other unit from a token.
//!
//! A setup that is cut off is not done and can be repeated: the certificate is written last.

use sanji_config::Settings;
use sanji_model::directory::NodeEntry;
use sanji_model::organisation::{Tier, Unit, UnitKind};
use sanji_sync::{Time, UnitCode};

use crate::data::{DataDir, DataError};
use crate::refusal::Refusal;
use crate::trust::{
    Authority, Fingerprint, Identity, JoinReply, JoinRequest, Membership, NodeKey, SeatGrant, Token, Validity,
};

/// Makes a county: authority, key, certificate, and the directory's first entry.
pub fn found_county(
    data: &DataDir,
    code: UnitCode,
    name: &str,
    settings: &Settings,
    now: Time,
) -> Result<Identity, DataError> {
    data.must_be_empty()?;
    if Tier::of(&code) != Tier::County {
        let wrong = sanji_model::refusal::Refusal::WrongTier { unit: code, wanted: Tier::County };
        return Err(DataError::Refused(wrong.into()));
    }
    let name = name.trim();
    if name.is_empty() {
        return Err(DataError::Refused(Refusal::BadArgument {
            what: "name",
            text: String::new(),
            wanted_en: "a county has a name",
            wanted_zh: "县名不能为空",
        }));
    }
    let dir = data.identity_dir();
    let authority = match Authority::load(&dir)? {
        Some(authority) => authority,
        None => Authority::make(code, now)?,
    };
    authority.save(&dir)?;
    let key = own_key(data)?;
    let grant =
        SeatGrant { node: key.node(), unit: code, root: true, serial: 1, validity: Validity::of_node(now) };
    let certificate = authority.sign(&grant)?;
    let fingerprint = Fingerprint::of(&certificate);
    let membership =
        Membership::verify(key.node(), certificate.clone(), authority.certificate().clone(), certificate)?;
    let identity = Identity::new(key, membership)?;
    let (mut machine, _) = data.machine(&identity, settings, &mut |_| {})?;
    let unit = Unit { code, name: name.to_owned(), tier: Tier::County, parent: None, kind: UnitKind::Centre };
    let node = NodeEntry {
        unit: code,
        since: now,
        addresses: Vec::new(),
        certificate: fingerprint.to_string(),
        revoked: None,
    };
    machine.found(now, &[unit], &[(identity.node(), node)])?.map_err(DataError::Refused)?;
    machine.close()?;
    data.write_settings(settings)?;
    identity.save(&dir)?;
    Ok(identity)
}

/// The request that a new box makes with its token; its key is made now and kept.
pub fn join_request(data: &DataDir, token: &Token, listen: Option<String>) -> Result<JoinRequest, DataError> {
    data.must_be_empty()?;
    let key = own_key(data)?;
    Ok(JoinRequest::new(token, &key, listen))
}

/// Takes the county's answer: identity and settings are written, the box is a node.
pub fn accept_reply(
    data: &DataDir,
    token: &Token,
    reply: &JoinReply,
    settings: &Settings,
) -> Result<Identity, DataError> {
    let key = own_key(data)?;
    let membership = reply.check(token, key.node())?;
    let identity = Identity::new(key, membership)?;
    data.write_settings(settings)?;
    identity.save(&data.identity_dir())?;
    Ok(identity)
}

fn own_key(data: &DataDir) -> Result<NodeKey, DataError> {
    let dir = data.identity_dir();
    if let Some(key) = NodeKey::load(&dir)? {
        return Ok(key);
    }
    let key = NodeKey::draw().map_err(crate::trust::TrustError::from)?;
    key.save(&dir)?;
    Ok(key)
}
