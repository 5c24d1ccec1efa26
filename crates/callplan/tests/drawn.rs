//! Plans drawn: in letters and as a picture.

mod larch;

use callplan::{
    PlanId, Site,
    shown::{svg, tree},
};
use larch::{larch, larch_with};

/// A plan with every kind of step and every way out of one.
fn varied() -> Site {
    larch_with(
        r#"[plans.long]
        steps = [
          { when = "caller withheld", reject = "decline" },
          { when = "contact.known", play = "welcome", then = "plan:main" },
          { when = "hours:office", ring = "group:sales", busy = "voicemail:sales", declined = "hangup" },
          { forward = "+12025550160", for = "25s", busy = { play = "closed", then = "voicemail:sales" } },
          { goto = "menu:round" },
        ]
        [menus.round]
        greeting = "welcome"
        keys = { 1 = "plan:long", 2 = "menu:round", 3 = { ring = "person:cho", busy = "voicemail:support", else = "hangup" } }
        silence = { after = "6s", then = "hangup" }
        invalid = { repeat = 2, then = "voicemail:reception" }
        [numbers]
        "+12025550105" = { plan = "long" }"#,
    )
}

fn page(site: &Site, plan: &str, width: usize) -> String {
    let plan = site.plan_called(plan).expect("it is there");
    let lines = tree(site, &[plan], width);
    lines.iter().map(|line| line.iter().map(|it| &*it.text).collect::<String>() + "\n").collect()
}

#[test]
fn a_plan_is_drawn_in_letters() {
    insta::assert_snapshot!("small", page(&larch(), "main", 100));
    insta::assert_snapshot!("varied", page(&varied(), "long", 100));
}

/// Goal: a narrow terminal breaks no line of the drawing.
#[test]
fn a_page_is_as_wide_as_it_may_be() {
    for width in [60, 72, 100] {
        let page = page(&varied(), "long", width);
        let widest = page.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= width, "{widest} of {width}:\n{page}");
        assert!(widest > width / 2);
    }
}

/// Goal: whatever a call may come to is drawn, and drawn once.
#[test]
fn everything_is_drawn_once() {
    let site = varied();
    let plans: Vec<PlanId> = site.numbers.iter().map(|number| number.plan).collect();
    let letters: String = tree(&site, &plans, 1000)
        .iter()
        .map(|line| line.iter().map(|it| &*it.text).collect::<String>() + "\n")
        .collect();
    let picture = svg(&site, &plans).expect("it is small");
    let mut steps = 0;
    for node in 0..site.nodes.len() {
        let name = site.node_name(callplan::NodeId::from(node));
        let drawn = letters.matches(&format!(" {name}  ")).count();
        let pictured = picture.matches(&format!(">{name}</text>")).count();
        assert!(drawn <= 1 && drawn == pictured, "{name}: {drawn} and {pictured}\n{letters}");
        steps += drawn;
    }
    // What nobody dials is not among them: people's plans, phones', groups' without a way to them.
    assert!(steps > 25 && !letters.contains("phone:lobby"), "{steps}\n{letters}");
    assert_eq!(picture.matches("class=\"box\"").count(), steps + site.numbers.len());
}

#[test]
fn lines_of_a_picture_carry_their_words() {
    let site = varied();
    let picture = svg(&site, &[site.plan("long").expect("it is there")]).expect("it is small");
    for words in [
        ">busy<",
        ">declined<",
        ">else, 30s<",
        ">else, 25s<",
        ">otherwise<",
        ">key 1<",
        ">↺ key 2<",
        ">silence 6s<",
        ">wrong key 3 times<",
        ">+12025550105<",
    ] {
        assert!(picture.contains(words), "{words}: {picture}");
    }
}

/// Goal: names are text, whatever they hold, and the picture asks for nothing from elsewhere.
#[test]
fn a_picture_stands_alone() {
    let site = larch_with("[numbers]\n\"+12025550105\" = { label = \"<script>&']]>\", person = \"ana\" }");
    let picture = svg(&site, &[site.plan_called("+12025550105").expect("it is there")]).expect("it is small");
    assert!(picture.contains("&lt;script&gt;&amp;&apos;]]&gt;"), "{picture}");
    assert!(!picture.contains("<script") && !picture.contains("href") && !picture.contains("url("));
    assert_eq!(picture.matches("http").count(), 1, "the name space alone");
    let opened = picture.matches('<').count() - picture.matches("</").count();
    assert_eq!(opened, picture.matches("</").count() + picture.matches("/>").count());
}

#[test]
fn too_much_is_no_picture() {
    let steps = "{ ring = \"person:ana\" },\n".repeat(400);
    let site = larch_with(&format!(
        "[plans.long]\nsteps = [\n{steps}{{ voicemail = \"sales\" }}]\n[numbers]\n\"+12025550105\" = {{ plan = \"long\" }}"
    ));
    let error = svg(&site, &[site.plan("long").expect("it is there")]).expect_err("it is too large");
    assert_eq!(
        error.to_string(),
        "this would be a picture of 401 steps, and 400 are the most: name a plan that leads to fewer"
    );
}
