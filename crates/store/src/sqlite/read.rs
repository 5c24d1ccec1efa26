//! Rows back into types.

use std::sync::Arc;

use clock::Wall;
use rusqlite::{Connection, Row, types::Type};

use super::query::NamedValue;
use crate::{
    Began, Binding, BindingKey, CallId, Charge, Direction, End, LegRecord, Record, State, Subscription,
    Voicemail, commit,
};

/// What a start reads at `now`, and the records of calls up to `floor` that died with their process.
pub(super) fn load(
    connection: &Connection,
    floor: Option<CallId>,
    now: Wall,
) -> rusqlite::Result<(State, Vec<Record>)> {
    let open = "SELECT * FROM open_calls WHERE id <= ?1 ORDER BY id";
    let open = all(connection, open, [floor.map(|call| call.0.cast_signed())], |row| {
        Ok(commit::lost(call(row, "id")?, began(row)?))
    });
    let lost: Vec<Record> = open?;
    let mut bindings = bindings(connection)?;
    bindings.retain(|binding| commit::honoured(binding, now));
    let state = State {
        bindings,
        pointers: all(connection, "SELECT team, member FROM pointers ORDER BY team", [], |row| {
            Ok((text(row, "team")?, row.get("member")?))
        })?,
        values: values(connection)?,
        lost: lost.iter().map(|record| record.call).collect(),
        last_call: last_call(connection)?,
        subscriptions: subscriptions(connection)?,
        messages: messages(connection)?,
    };
    Ok((state, lost))
}

/// Highest call id ever used.
pub(super) fn last_call(connection: &Connection) -> rusqlite::Result<Option<CallId>> {
    let sql =
        "SELECT max(id) FROM (SELECT max(id) AS id FROM open_calls UNION ALL SELECT max(id) FROM calls)";
    let id: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(id.map(|id| CallId(id.cast_unsigned())))
}

/// Every named value, by name.
pub(super) fn values(connection: &Connection) -> rusqlite::Result<Vec<NamedValue>> {
    all(connection, "SELECT name, value FROM named_values ORDER BY name", [], |row| {
        Ok((text(row, "name")?, blob(row, "value")?))
    })
}

/// Every binding, by phone and instance.
pub(super) fn bindings(connection: &Connection) -> rusqlite::Result<Vec<Binding>> {
    all(connection, "SELECT * FROM present_bindings ORDER BY phone, instance", [], |row| {
        Ok(Binding {
            key: BindingKey { phone: text(row, "phone")?, instance: text(row, "instance")? },
            contact: text(row, "contact")?,
            path: text(row, "path")?,
            flow: text(row, "flow")?,
            behind_nat: row.get("behind_nat")?,
            call_id: text(row, "call_id")?,
            cseq: row.get("cseq")?,
            q: row.get("q")?,
            agent: text(row, "agent")?,
            expires: wall(row, "expires")?,
            interval_s: row.get("interval_s")?,
        })
    })
}

fn subscriptions(connection: &Connection) -> rusqlite::Result<Vec<Subscription>> {
    all(connection, "SELECT * FROM subscriptions ORDER BY tag", [], |row| {
        Ok(Subscription {
            tag: text(row, "tag")?,
            phone: text(row, "phone")?,
            device: text(row, "device")?,
            flow: text(row, "flow")?,
            event: text(row, "event")?,
            watched: text(row, "watched")?,
            entity: text(row, "entity")?,
            call_id: text(row, "call_id")?,
            remote_tag: text(row, "remote_tag")?,
            local_party: text(row, "local_party")?,
            remote_party: text(row, "remote_party")?,
            cseq: row.get("cseq")?,
            target: text(row, "target")?,
            routes: text(row, "routes")?,
            began: wall(row, "began")?,
            expires: wall(row, "expires")?,
        })
    })
}

/// Every voicemail, the oldest first.
fn messages(connection: &Connection) -> rusqlite::Result<Vec<Voicemail>> {
    all(connection, "SELECT * FROM voicemails ORDER BY at, file", [], voicemail)
}

/// The end of a call, unless it died with its process.
pub(super) fn end(row: &Row<'_>) -> rusqlite::Result<Option<End>> {
    let at = row.get::<_, Option<i64>>("ended")?.map(Wall::from_unix_micros);
    let lasted_ms = row.get::<_, Option<i64>>("lasted_ms")?.map(i64::cast_unsigned);
    Ok(at.zip(lasted_ms).map(|(at, lasted_ms)| End { at, lasted_ms }))
}

pub(super) fn began(row: &Row<'_>) -> rusqlite::Result<Began> {
    Ok(Began {
        at: wall(row, "at")?,
        from: text(row, "caller")?,
        to: text(row, "called")?,
        direction: direction(row)?,
        version: row.get("version")?,
        sip_call_id: text(row, "sip_call_id")?,
    })
}

pub(super) fn leg(row: &Row<'_>) -> rusqlite::Result<LegRecord> {
    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(LegRecord {
        party: text(row, "party")?,
        number: text(row, "dialled")?,
        started_ms: row.get("started_ms")?,
        rang_ms: row.get("rang_ms")?,
        answered_ms: row.get("answered_ms")?,
        ended_ms: row.get("ended_ms")?,
        status: row.get("status")?,
        sip_call_id: text(row, "sip_call_id")?,
        packets: (count("received")?, count("sent")?),
        charge: charge(row)?,
    })
}

fn charge(row: &Row<'_>) -> rusqlite::Result<Option<Charge>> {
    let cost: Option<i64> = row.get("cost")?;
    let payer: Option<Arc<str>> = row.get("payer")?;
    let charge = cost.zip(payer);
    Ok(charge.map(|(cost, payer)| Charge { billionths: cost.cast_unsigned(), payer }))
}

pub(super) fn voicemail(row: &Row<'_>) -> rusqlite::Result<Voicemail> {
    Ok(Voicemail {
        call: call(row, "call")?,
        mailbox: text(row, "mailbox")?,
        from: text(row, "caller")?,
        at: wall(row, "at")?,
        lasted_ms: row.get("lasted_ms")?,
        file: text(row, "file")?,
        interrupted: row.get("interrupted")?,
        heard: row.get("heard")?,
    })
}

pub(super) fn call(row: &Row<'_>, column: &str) -> rusqlite::Result<CallId> {
    row.get::<_, i64>(column).map(|id| CallId(id.cast_unsigned()))
}

pub(super) fn wall(row: &Row<'_>, column: &str) -> rusqlite::Result<Wall> {
    row.get(column).map(Wall::from_unix_micros)
}

pub(super) fn text(row: &Row<'_>, column: &str) -> rusqlite::Result<Arc<str>> {
    row.get(column)
}

pub(super) fn blob(row: &Row<'_>, column: &str) -> rusqlite::Result<Arc<[u8]>> {
    row.get(column)
}

fn direction(row: &Row<'_>) -> rusqlite::Result<Direction> {
    match row.get_ref("direction")?.as_str()? {
        "inbound" => Ok(Direction::Inbound),
        "outbound" => Ok(Direction::Outbound),
        "internal" => Ok(Direction::Internal),
        "rehearsal" => Ok(Direction::Rehearsal),
        other => {
            let what = format!("`{other}` is no direction");
            Err(rusqlite::Error::FromSqlConversionFailure(0, Type::Text, what.into()))
        }
    }
}

pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map(values, read)?.collect()
}
