//! Each request as a statement with bound parameters; writing a row twice means what once does.

use rusqlite::{Connection, ErrorCode, params};

use super::contacts;
use crate::{Began, Binding, CallId, Direction, LegRecord, Record, Request, Subscription, Voicemail, commit};

/// Writes one row within the group's transaction.
pub(super) fn row(connection: &Connection, row: &Request) -> rusqlite::Result<()> {
    match row {
        Request::Load | Request::AskCaller(..) => Ok(()),
        Request::PutBinding(_, it) => put_binding(connection, it),
        Request::DropBinding(_, key) => {
            let sql = "INSERT INTO binding_changes (phone, instance) VALUES (?1, ?2)";
            run(connection, sql, params![&*key.phone, &*key.instance])
        }
        Request::PutSubscription(_, it) => put_subscription(connection, it),
        Request::DropSubscription(tag) => {
            run(connection, "DELETE FROM subscriptions WHERE tag = ?1", params![&**tag])
        }
        Request::Began(call, it) => began(connection, *call, it),
        Request::Record(it) => record(connection, it),
        Request::Voicemail(it) => voicemail(connection, it),
        Request::HeardVoicemail(mailbox, file) => {
            let sql = "UPDATE voicemails SET heard = 1 WHERE mailbox = ?1 AND file = ?2";
            run(connection, sql, params![&**mailbox, &**file])
        }
        Request::DropVoicemail(mailbox, file) => {
            let sql = "DELETE FROM voicemails WHERE mailbox = ?1 AND file = ?2";
            run(connection, sql, params![&**mailbox, &**file])
        }
        Request::Pointer(group, at) => {
            run(connection, "INSERT OR REPLACE INTO pointers VALUES (?1, ?2)", params![&**group, at])
        }
        Request::Put(_, name, value) => {
            run(connection, "INSERT OR REPLACE INTO named_values VALUES (?1, ?2)", params![&**name, &**value])
        }
        Request::PutContacts(import, them) => {
            them.iter().try_for_each(|contact| contacts::put(connection, *import, contact))
        }
        Request::FinishContacts(import, at) => contacts::finish(connection, *import, *at),
        Request::EraseContact(number, it) => contacts::erase(connection, number, it),
    }
}

/// Whether `cause` lies in the row and would come again, rather than in the disk or a lock.
pub(super) fn row_at_fault(cause: &rusqlite::Error) -> bool {
    matches!(cause, rusqlite::Error::ToSqlConversionFailure(_))
        || matches!(
            cause.sqlite_error_code(),
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
        )
}

/// The word a direction is stored as.
pub(super) fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
        Direction::Internal => "internal",
        Direction::Rehearsal => "rehearsal",
    }
}

pub(super) fn run(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(values).map(drop)
}

fn put_binding(connection: &Connection, it: &Binding) -> rusqlite::Result<()> {
    let sql = "INSERT INTO binding_changes
        (phone, instance, contact, path, flow, behind_nat, call_id, cseq, q, agent, expires, interval_s)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let values = params![
        &*it.key.phone,
        &*it.key.instance,
        &*it.contact,
        &*it.path,
        &*it.flow,
        it.behind_nat,
        &*it.call_id,
        it.cseq,
        it.q,
        &*it.agent,
        it.expires.unix_micros(),
        it.interval_s
    ];
    run(connection, sql, values)
}

fn put_subscription(connection: &Connection, it: &Subscription) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO subscriptions
        (tag, phone, device, flow, event, watched, entity, call_id, remote_tag, local_party, remote_party, cseq,
        target, routes, began, expires)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    let values = params![
        &*it.tag,
        &*it.phone,
        &*it.device,
        &*it.flow,
        &*it.event,
        &*it.watched,
        &*it.entity,
        &*it.call_id,
        &*it.remote_tag,
        &*it.local_party,
        &*it.remote_party,
        it.cseq,
        &*it.target,
        &*it.routes,
        it.began.unix_micros(),
        it.expires.unix_micros()
    ];
    run(connection, sql, values)
}

fn began(connection: &Connection, call: CallId, it: &Began) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO open_calls (id, at, caller, called, direction, version, sip_call_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let values = params![
        call.0.cast_signed(),
        it.at.unix_micros(),
        &*it.from,
        &*it.to,
        direction_word(it.direction),
        it.version,
        &*it.sip_call_id
    ];
    run(connection, sql, values)
}

fn record(connection: &Connection, it: &Record) -> rusqlite::Result<()> {
    let call = it.call.0.cast_signed();
    run(connection, "DELETE FROM open_calls WHERE id = ?1", [call])?;
    let sql = "INSERT OR REPLACE INTO calls (id, at, caller, called, direction, version, sip_call_id,
        person, answered, ended, lasted_ms, outcome, cause, ended_by, path, events, journal)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    let values = params![
        call,
        it.began.at.unix_micros(),
        &*it.began.from,
        &*it.began.to,
        direction_word(it.began.direction),
        it.began.version,
        &*it.began.sip_call_id,
        &*it.person,
        it.answered.map(clock::Wall::unix_micros),
        it.end.map(|end| end.at.unix_micros()),
        it.end.map(|end| end.lasted_ms.cast_signed()),
        it.outcome,
        it.cause,
        it.ended_by,
        &*it.path,
        &*it.events,
        &*it.journal
    ];
    run(connection, sql, values)?;
    if let Some(number) = commit::talked_with(it) {
        // Whoever has no name changes nothing of who was it last.
        let sql = "INSERT INTO talked (number, agent, at) VALUES (?1, ?2, ?3) ON CONFLICT (number) DO UPDATE
            SET agent = excluded.agent, at = excluded.at WHERE excluded.agent <> '' AND excluded.at >= at";
        run(connection, sql, params![number, &*it.agent, commit::talked_at(it).unix_micros()])?;
    }
    (0_i64..).zip(&it.legs).try_for_each(|(number, it_leg)| leg(connection, call, number, it_leg))
}

fn leg(connection: &Connection, call: i64, number: i64, it: &LegRecord) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO legs
        (call, number, party, dialled, started_ms, rang_ms, answered_ms, ended_ms, status, sip_call_id,
        received, sent, cost, payer)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let values = params![
        call,
        number,
        &*it.party,
        &*it.number,
        it.started_ms,
        it.rang_ms,
        it.answered_ms,
        it.ended_ms,
        it.status,
        &*it.sip_call_id,
        it.packets.0.cast_signed(),
        it.packets.1.cast_signed(),
        it.charge.as_ref().map(|charge| charge.billionths.cast_signed()),
        it.charge.as_ref().map(|charge| &*charge.payer)
    ];
    run(connection, sql, values)
}

fn voicemail(connection: &Connection, it: &Voicemail) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO voicemails
        (mailbox, file, call, caller, at, lasted_ms, interrupted, heard) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = params![
        &*it.mailbox,
        &*it.file,
        it.call.0.cast_signed(),
        &*it.from,
        it.at.unix_micros(),
        it.lasted_ms,
        it.interrupted,
        it.heard
    ];
    run(connection, sql, values)
}
