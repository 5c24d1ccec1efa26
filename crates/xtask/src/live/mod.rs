//! The stages that run the built daemon on loopback addresses of their own.

mod carriers;
mod cast;
mod expect;
mod kamailio;
mod measure;
mod phones;
mod scanners;
mod scene;
#[cfg(test)]
mod shown;

use std::path::Path;

pub(crate) use carriers::carriers;
pub(crate) use kamailio::kamailio;
pub(crate) use phones::{Matrix, phones};

use xtask::{
    daemon::{Daemon, build},
    net::Net,
    packages,
    shell::top,
};

use self::{cast::Cast, scene::Scene};
use crate::report::{Outcome, Report};

/// How much of the load is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// As the scenes say.
    Full,
    /// Scenes that load are left out.
    None,
}

/// Plays the SIPp scenes whose name contains one of `names`, or all, each against a daemon of its own; after them come
/// the scanners.
pub(crate) fn scenes(report: &mut Report, names: &[&str], load: Load) {
    let mut binary = None;
    let ready = report.stage("SIPp, espeak-ng, and the daemon built for release", || {
        let ready = packages::install(&packages::SIPP).and_then(|()| packages::install(&packages::SPEECH));
        let ready = ready.and_then(|()| build());
        match ready {
            Ok(path) => {
                binary = Some(path);
                Outcome::passed()
            }
            Err(why) => Outcome::failed(why),
        }
    });
    let (true, Some(binary)) = (ready, binary) else { return };
    let folder = top().join("scenarios/sipp");
    let scenes = match scene::read_all(&folder) {
        Ok(scenes) => scenes,
        Err(why) => {
            report.stage("scenes", || Outcome::failed(why));
            return;
        }
    };
    let wanted = |scene: &Scene| names.is_empty() || names.iter().any(|name| scene.name.contains(name));
    let (loads, plays): (Vec<_>, Vec<_>) = scenes.into_iter().filter(wanted).partition(Scene::loads);
    let nets = Net::lanes();
    let stages = |scenes: Vec<Scene>| -> Vec<_> {
        scenes.into_iter().map(|scene| (format!("scene {}", scene.name), scene)).collect()
    };
    let play = |net, scene: &Scene| play(net, &binary, &folder, scene).into();
    report.together(&nets, &stages(plays), play);
    if load == Load::Full {
        report.together(&nets[..1], &stages(loads), play);
    }
    scanners::scanners(report, &binary, names);
}

fn play(net: Net, binary: &Path, folder: &Path, scene: &Scene) -> Result<(), String> {
    let pieces = ["site"].into_iter().chain(scene.pieces.iter().map(String::as_str));
    let sites: Vec<_> = pieces.map(|piece| folder.join(piece)).collect();
    let daemon = Daemon::start_in(net, binary, &sites, &scene.name)?;
    let played = Cast::new(&daemon, folder).play(scene).and_then(|()| expect::check(&daemon, scene));
    let played = played.and_then(|()| if scene.is_over { expect::is_over(binary, &daemon) } else { Ok(()) });
    let ended = daemon.stop();
    played.and(ended)
}
