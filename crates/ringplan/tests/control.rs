//! A running daemon and those who ask it by its socket.

mod house;

use std::{io::Read, os::unix::net::UnixStream};

use house::Site;

/// Goal: whoever connects and says nothing keeps nobody else out. More of them come than the daemon has chairs for.
#[test]
fn silent_guests_give_way_to_who_has_a_question() {
    let site = Site::new("control-silent");
    let daemon = site.serve();
    let silent: Vec<_> = (0..40)
        .map(|_| UnixStream::connect(site.data().join("control.sock")).expect("the daemon listens"))
        .collect();
    for _ in 0..2 {
        let ran = site.run(&["phones"]);
        assert!(ran.code == 0 && ran.out.contains("ana-desk"), "{ran:?}");
    }
    // Who came first was shown out first.
    let mut first = &silent[0];
    assert_eq!(first.read(&mut [0]).expect("its end is no error"), 0);
    daemon.stop();
}

