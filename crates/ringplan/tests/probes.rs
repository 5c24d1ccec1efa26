//! Numbers that are tried over their trunks.

mod house;

use house::Site;
use serde_json::Value;

#[test]
fn a_number_whose_carrier_brings_nothing_back_is_told() {
    let site = Site::new("probes");
    let daemon = site.serve();
    assert_eq!(site.run(&["probe"]).out, "no number was tried since the start: `ringplan probe --now`\n");
    // Nobody is at the carrier's address.
    let ran = site.run(&["probe", "--now", "+12025550100", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!((&told[0]["went"], &told[0]["trunk"]), (&"not back".into(), &"carrier".into()), "{told}");
    daemon.says("probe of +12025550100 over trunk carrier did not come back");
    let ran = site.run(&["probe"]);
    assert!(ran.code == 1 && ran.out.contains("the trunk said"), "{ran:?}");
    for (arguments, why) in [
        (&["probe", "--now", "+12025550199"][..], "is no number of ours"),
        (&["probe", "--now", "--trunk", "nowhere"], "there is no trunk nowhere"),
        (&["probe", "--now", "--from", "911"], "is no number of ours"),
    ] {
        let ran = site.run(arguments);
        assert!(ran.code == 1 && ran.err.contains(why), "{arguments:?}: {ran:?}");
    }
    daemon.stop();
}
