//! Invitations and joining, as the county decides them. A town only passes requests on.

use minicbor::{Decode, Encode};
use sanji_model::directory::{self, NodeEntry, put_node};
use sanji_sync::{NodeId, Scope, Time, UnitCode};
use serde_json::json;

use super::cases::unit_code;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::store::record::Fact;
use crate::trust::{
    Authority, Fingerprint, Granted, JoinRefusal, JoinReply, JoinRequest, SeatGrant, Secret, Token, TokenId,
    Validity,
};

/// An invitation that was given out: the county's own durable note under `invitation/<token id>`.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
struct Invitation {
    #[n(0)]
    unit: UnitCode,
    #[n(1)]
    secret: Secret,
    #[n(2)]
    expires: Time,
    /// The node that used it. It alone may ask again, since an answer can be lost on its way.
    #[n(3)]
    used: Option<NodeId>,
}

impl Machine {
    pub(super) fn invite(&mut self, now: Time, unit: &str, parents: Vec<String>, valid_hours: u32) -> Done {
        if !self.is_root() {
            return Err(Refusal::NotRoot.into());
        }
        let unit = unit_code(unit)?;
        self.directory.organisation.require(&unit)?;
        let addresses = if parents.is_empty() { self.addresses_above(unit) } else { parents };
        if addresses.is_empty() {
            return Err(Refusal::NoAddress(unit).into());
        }
        if let Some(bad) = addresses.iter().find(|a| !is_address(a)) {
            return Err(Refusal::BadArgument {
                what: "address",
                text: bad.clone(),
                wanted_en: "an address is written as host:port",
                wanted_zh: "地址应写作 主机:端口",
            }
            .into());
        }
        let secret = Secret(self.bytes());
        let expires = now.plus_ms(u64::from(valid_hours) * 3_600_000);
        let authority = Fingerprint::of(&self.member.authority_certificate);
        let token = Token { unit, addresses: addresses.clone(), authority, secret: secret.clone(), expires };
        self.note(&token.id(), &Invitation { unit, secret, expires, used: None });
        Ok(json!({ "token": token.encode(), "unit": unit, "addresses": addresses, "expires": expires }))
    }

    /// The county's answer to a request. Refusals change nothing.
    pub(super) fn join(
        &mut self,
        now: Time,
        request: &JoinRequest,
        steps: &mut Vec<Step>,
    ) -> Result<JoinReply, StoreError> {
        match self.grant(now, request, steps) {
            Ok(Ok(granted)) => Ok(JoinReply::Granted(granted)),
            Ok(Err(why)) => {
                tracing::warn!(unit = %request.unit(), node = request.node().short(), ?why, "enrolment refused");
                Ok(why.into())
            }
            Err(error) => Err(error),
        }
    }

    fn grant(
        &mut self,
        now: Time,
        request: &JoinRequest,
        steps: &mut Vec<Step>,
    ) -> Result<Result<Granted, JoinRefusal>, StoreError> {
        let refused = |why| Ok(Err(why));
        let Some(mut invitation) = self.invitation(&request.token()) else {
            return refused(JoinRefusal::TokenUnknown);
        };
        if let Err(why) = request.verify(&invitation.secret) {
            return refused(why);
        }
        if invitation.unit != request.unit() {
            return refused(JoinRefusal::Tampered);
        }
        if self.directory.organisation.unit(&invitation.unit).is_none() {
            return refused(JoinRefusal::UnitUnknown);
        }
        match invitation.used {
            Some(node) if node != request.node() => return refused(JoinRefusal::UsedAlready),
            None if now > invitation.expires => return refused(JoinRefusal::Expired),
            Some(_) | None => {}
        }
        let mut serial = [0; 8];
        serial[1..].copy_from_slice(&self.bytes()[..7]);
        let grant = SeatGrant {
            node: request.node(),
            unit: invitation.unit,
            root: false,
            serial: u64::from_be_bytes(serial),
            validity: Validity::of_node(now),
        };
        let signed = self.member.authority.as_ref().map(|authority: &Authority| authority.sign(&grant));
        let Some(Ok(certificate)) = signed else { return refused(JoinRefusal::RootUnreachable) };
        let entry = NodeEntry {
            unit: grant.unit,
            since: now,
            addresses: request.listen().map(str::to_owned).into_iter().collect(),
            certificate: Fingerprint::of(&certificate).to_string(),
            revoked: None,
        };
        let written = self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
            Ok(put_node(doc, &grant.node, &entry)?)
        });
        match written {
            Ok(_) => {}
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Refused(_)) => return refused(JoinRefusal::RootUnreachable),
        }
        invitation.used = Some(grant.node);
        self.note(&request.token(), &invitation);
        Ok(Ok(Granted {
            certificate: certificate.to_vec(),
            authority: self.member.authority_certificate.clone(),
            root: self.member.root_certificate.clone(),
            parent: self.hub.tree().parent(&grant.unit),
        }))
    }

    fn note(&mut self, token: &TokenId, invitation: &Invitation) {
        let value = minicbor::to_vec(invitation).expect("writing to memory cannot fail");
        self.facts.push(Fact { name: fact_name(token), value: Some(value) });
    }

    fn invitation(&self, token: &TokenId) -> Option<Invitation> {
        let name = fact_name(token);
        let in_turn = self.facts.iter().rev().find(|fact| fact.name == name).and_then(|f| f.value.as_deref());
        minicbor::decode(in_turn.or_else(|| self.store.fact(&name))?).ok()
    }

    /// Where nodes of the units above can be reached, nearest first.
    fn addresses_above(&self, unit: UnitCode) -> Vec<String> {
        let mut addresses = Vec::new();
        for above in self.hub.tree().ancestors(unit) {
            if above == self.hub.unit() {
                addresses.extend(self.link.addresses.iter().cloned());
                continue;
            }
            let nodes = self.directory.nodes.values().filter(|n| n.unit == above && n.revoked.is_none());
            addresses.extend(nodes.flat_map(|n| n.addresses.iter().cloned()));
        }
        // “Every interface” is where a node listens, not where anybody reaches it.
        addresses.retain(|a| !a.starts_with("0.0.0.0:") && !a.starts_with("[::]:"));
        addresses.dedup();
        addresses.truncate(crate::trust::token::ADDRESSES_MAX);
        addresses
    }

    /// Who may connect: a node that was not revoked. One that the directory does not name yet is let in on its
    /// certificate, since the directory may still be on its way.
    pub fn revoked_nodes(&self) -> Vec<NodeId> {
        self.directory.nodes.iter().filter(|(_, n)| n.revoked.is_some()).map(|(id, _)| *id).collect()
    }
}

fn fact_name(token: &TokenId) -> String {
    format!("invitation/{token}")
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0))
}
