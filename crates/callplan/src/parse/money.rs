//! `[money]`: the currency, and amounts of it in other tables.

use std::sync::Arc;

use super::{
    deck,
    merge::Sections,
    place::{Findings, Place},
    reader::Reader,
    table::{Table, Value},
};
use crate::{
    finding::Code,
    money::{Amount, Currency, Money},
};

/// Where a config speaks of what calls may cost.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spending {
    /// The first `per_day`.
    pub(crate) cap: Option<Place>,
    /// `max_exposure_per_hour`.
    pub(crate) exposure: Option<Place>,
    /// There is a table `[money]`, whatever came of it.
    pub(crate) is_rated: bool,
}

impl<'a> Reader<'a> {
    /// Reads `[money]`; without it nothing is rated.
    pub(crate) fn money(&mut self, sections: &mut Sections<'a>) -> Option<Money> {
        let mut table = sections.find("money")?;
        self.spending.is_rated = true;
        let currency = table.need("currency", "write its three letters: currency = \"USD\"", self.found);
        let currency = currency.and_then(|value| currency_of(value, self.found));
        let file = table.need("deck", "write what calls cost: deck = \"rates/2026.csv\"", self.found);
        table.finish(self.found);
        let file = file?;
        let (text, rows) =
            self.text_file(file, "a rate deck is a CSV file; its first line names the columns")?;
        let deck = deck::read(text, &rows, self.found);
        let file = file.as_text().unwrap_or_default().into();
        Some(Money { currency: currency?, deck: Arc::new(deck), file })
    }

    /// Reads `per_day` of a table that limits what people spend.
    pub(crate) fn per_day(&mut self, table: &mut Table<'a>) -> Option<Option<Amount>> {
        let value = table.take("per_day")?;
        self.spending.cap.get_or_insert(value.place);
        bound(value, self.found)
    }
}

/// How much somebody may spend: an amount, or `"off"`, which sets a bound of elsewhere aside.
pub(crate) fn bound(value: Value<'_>, found: &mut Findings) -> Option<Option<Amount>> {
    let text = value.text("an amount in quotes: \"25.00\"", found)?;
    if text == "off" {
        return Some(None);
    }
    let amount = Amount::parse(text);
    if amount.is_none() {
        let mend = "write digits and a point, without a currency: \"25.00\"";
        found.report(Code::BadAmount, value.place, format!("\"{text}\" is no amount of money"), mend);
    }
    amount.map(Some)
}

fn currency_of(value: Value<'_>, found: &mut Findings) -> Option<Currency> {
    let text = value.text("a currency's three letters: \"USD\"", found)?;
    let currency = Currency::parse(text);
    if currency.is_none() {
        let mend = "write its three capital letters: \"USD\", \"EUR\"";
        found.report(Code::BadCurrency, value.place, format!("\"{text}\" is no currency"), mend);
    }
    currency
}
