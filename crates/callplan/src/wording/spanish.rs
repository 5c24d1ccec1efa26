//! Phrases in Spanish.

use std::sync::Arc;

use super::{Day, Phrase, name_of, nth};

const DAYS: &str = "lunes martes miércoles jueves viernes sábado domingo";
const MONTHS: &str =
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre";
const NUMBERS: &str = "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince \
                       dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro \
                       veinticinco veintiséis veintisiete veintiocho veintinueve";
const TENS: &str = "cero diez veinte treinta cuarenta cincuenta";

/// What comes with the switch, in the order of [`Shipped::SAID`](crate::Shipped::SAID).
pub(super) const SHIPPED: [&str; 3] = [
    "Por favor, deje su mensaje después de la señal.",
    "Gracias, hasta luego.",
    "Tiene una llamada. Para aceptarla, pulse uno. Para rechazarla, pulse dos.",
];

/// What is said to who looks somebody up.
pub(super) const LOOKING_UP: [&str; 4] = [
    "Por favor, marque las primeras letras de un nombre con las teclas de su teléfono y después pulse almohadilla.",
    "No hay nadie con ese nombre.",
    "No hay nadie más con ese nombre.",
    "Hay varias personas con ese nombre. Por favor, marque más letras.",
];

/// How somebody of the directory is offered.
pub(super) fn offer(name: &str) -> String {
    format!("Para {name}, pulse 1.")
}

/// A phrase as it is said.
pub(super) fn text(phrase: Phrase, names: &[Arc<str>]) -> String {
    let weekday = |day: u8| nth(DAYS, day);
    match phrase {
        Phrase::Open => "Estamos abiertos.".to_owned(),
        Phrase::ClosedNow => "Ahora estamos cerrados.".to_owned(),
        Phrase::ClosedToday => "Hoy estamos cerrados.".to_owned(),
        Phrase::ClosedFor(name) => format!("Hoy estamos cerrados: {}.", name_of(names, name)),
        Phrase::Until(Day::Today) => "Estamos abiertos hasta".to_owned(),
        Phrase::Until(Day::Tomorrow) => "Estamos abiertos hasta mañana a".to_owned(),
        Phrase::Until(Day::On(day)) => format!("Estamos abiertos hasta el {} a", weekday(day)),
        Phrase::Until(Day::Far(day)) => format!("Estamos abiertos hasta el {}", weekday(day)),
        Phrase::Opens(Day::Today) => "Abrimos hoy a".to_owned(),
        Phrase::Opens(Day::Tomorrow) => "Abrimos mañana a".to_owned(),
        Phrase::Opens(Day::On(day)) => format!("Abrimos el {} a", weekday(day)),
        Phrase::Opens(Day::Far(day)) => format!("Abrimos el {}", weekday(day)),
        Phrase::DayOfMonth(1) => "primero".to_owned(),
        Phrase::DayOfMonth(day) => number(day.into()),
        Phrase::Month(month) => format!("de {} a", nth(MONTHS, month.saturating_sub(1))),
        Phrase::Time(minute) => format!("{}.", time(minute)),
    }
}

/// A time of day by the clock of twelve hours, with the part of the day that it belongs to.
fn time(minute: u16) -> String {
    let (hour, rest) = (minute / 60 % 24, minute % 60);
    let part = match hour {
        0 | 20.. => "de la noche",
        1..6 => "de la madrugada",
        6..12 => "de la mañana",
        12 if rest == 0 => "del mediodía",
        12..20 => "de la tarde",
    };
    let hour = match hour % 12 {
        1 => "la una".to_owned(),
        0 => "las doce".to_owned(),
        hour => format!("las {}", number(hour)),
    };
    match rest {
        0 => format!("{hour} {part}"),
        15 => format!("{hour} y cuarto {part}"),
        30 => format!("{hour} y media {part}"),
        rest => format!("{hour} y {} {part}", number(rest)),
    }
}

/// A number below sixty.
fn number(number: u16) -> String {
    let tens = nth(TENS, number / 10);
    match number % 10 {
        _ if number < 30 => nth(NUMBERS, number).to_owned(),
        0 => tens.to_owned(),
        ones => format!("{tens} y {}", nth(NUMBERS, ones)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_told_as_people_tell_them() {
        let table = [
            (5, "las doce y cinco de la noche"),
            (60, "la una de la madrugada"),
            (555, "las nueve y cuarto de la mañana"),
            (720, "las doce del mediodía"),
            (725, "las doce y cinco de la tarde"),
            (810, "la una y media de la tarde"),
            (1065, "las cinco y cuarenta y cinco de la tarde"),
            (1282, "las nueve y veintidós de la noche"),
            (1440, "las doce de la noche"),
        ];
        for (minute, expected) in table {
            assert_eq!(time(minute), expected, "{minute}");
        }
        let days = [1, 2, 21, 31].map(|day| text(Phrase::DayOfMonth(day), &[]));
        assert_eq!(days, ["primero", "dos", "veintiuno", "treinta y uno"]);
    }
}
