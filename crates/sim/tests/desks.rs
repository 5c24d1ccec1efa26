//! What a new config leaves of those who have signed in at a phone that is not theirs.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::sync::Arc;

use b2bua::switch::{Control, Input, Output};
use door::Door;
use store::{Request, State};

const EVA: &str = "[people]\neva = { ext = 105, pin_file = \"secrets/4711.pin\" }\n";
const LOBBY: &str = "[phones]\nlobby = { ext = 190 }\n";

/// Eva has signed in at the lobby's phone, as the process before has kept it.
fn signed_in() -> Door {
    let values = vec![("desk:eva".into(), Arc::from(b"lobby".as_slice()))];
    Door::kept(&format!("{EVA}{LOBBY}"), State { values, ..Door::ben() })
}

/// Who else has signed in at the lobby's phone.
fn at_lobby(door: &Door) -> Option<Arc<str>> {
    door.switch.view().phones.into_iter().find(|phone| *phone.name == *"lobby").and_then(|it| it.signed_in)
}

/// Applies this config; what the store is to keep of desks then.
fn applies(door: &mut Door, config: &str) -> Vec<(Arc<str>, Arc<[u8]>)> {
    let site = Door::with(config).switch.site().clone();
    door.switch.handle(door.now, Input::Control(Control::Apply(site)));
    let mut kept = Vec::new();
    while let Some(output) = door.switch.poll() {
        if let Output::Store(Request::Put(_, name, value)) = output
            && name.starts_with("desk:")
        {
            kept.push((name, value));
        }
    }
    kept
}

#[test]
fn who_has_signed_in_stays_over_an_apply_that_leaves_both() {
    let mut door = signed_in();
    assert_eq!(at_lobby(&door).as_deref(), Some("eva"));
    assert_eq!(
        applies(&mut door, &format!("{EVA}{LOBBY}\n[groups.two]\nmembers = [\"ana\", \"ben\"]\n")),
        []
    );
    assert_eq!(at_lobby(&door).as_deref(), Some("eva"));
}

#[test]
fn an_apply_that_takes_the_person_or_the_phone_or_gives_them_it_ends_it_for_good() {
    let others =
        [LOBBY.to_owned(), EVA.to_owned(), format!("{EVA}[phones]\nlobby = {{ person = \"eva\" }}\n")];
    for other in others {
        let mut door = signed_in();
        assert_eq!(applies(&mut door, &other), [("desk:eva".into(), Arc::from([]))], "{other}");
        assert_eq!(at_lobby(&door), None, "{other}");
        assert_eq!(applies(&mut door, &format!("{EVA}{LOBBY}")), [], "{other}");
        assert_eq!(at_lobby(&door), None, "{other}");
    }
}
