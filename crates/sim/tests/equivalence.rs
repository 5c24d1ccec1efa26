//! What `explain` says is what parties see, and a change of how plans are carried out does not go unseen.

use sim::{
    equivalence,
    plant::{OF_PLANS, Planted},
    world::World,
};

#[test]
fn parties_see_what_explain_says() {
    for seed in 0..60 {
        if let Some(difference) = equivalence::play(seed, &|_| ()).wrong {
            panic!("{difference}");
        }
    }
}

#[test]
fn a_planted_change_of_plans_is_caught() {
    for fault in OF_PLANS {
        let is_caught = |seed| {
            let prepare = |world: &mut World| world.plant(Planted::new(fault));
            equivalence::play(seed, &prepare).wrong.is_some()
        };
        assert!((0..500).any(is_caught), "{fault:?} is not caught");
    }
}
