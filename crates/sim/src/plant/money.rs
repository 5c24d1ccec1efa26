//! What may go wrong with what calls cost.

use store::Request;

use super::Fault;

/// Those that spoil rows of the store.
pub(super) const OF_MONEY: [Fault; 3] = [Fault::ChargeLost, Fault::ChargeDoubled, Fault::LedgerBehind];

/// What a fault makes of a row.
pub(super) fn spoils(fault: Fault, row: Request) -> Request {
    match (fault, row) {
        (Fault::ChargeLost, Request::Record(mut record)) => {
            record.legs.iter_mut().for_each(|leg| leg.charge = None);
            Request::Record(record)
        }
        (Fault::ChargeDoubled, Request::Record(mut record)) => {
            let charges = record.legs.iter_mut().filter_map(|leg| leg.charge.as_mut());
            charges.for_each(|charge| charge.billionths *= 2);
            Request::Record(record)
        }
        (Fault::LedgerBehind, Request::Put(ticket, name, value)) if name.starts_with("spent:") => {
            let day = value.split(|byte| *byte == b' ').next().unwrap_or_default();
            Request::Put(ticket, name, [day, b" 0.00"].concat().into())
        }
        (_, row) => row,
    }
}
