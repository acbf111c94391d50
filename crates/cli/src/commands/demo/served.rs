//! A model of the bundled data behind HTTP.

use super::Demo;
use crate::args::Global;
use crate::failure::Outcome;
use std::net::SocketAddr;

/// What is served: its scores are sums over what a user clicked, so that the page has reasons to show.
#[cfg(feature = "serve")]
const SERVED: &str = "ials";

#[cfg(feature = "serve")]
impl Demo {
    /// Trains, and serves until a signal comes.
    pub(super) fn served(&self, addr: SocketAddr, global: &Global) -> Outcome {
        use crate::commands::serve::{options, serve};
        use foretaste::Recommender;
        use foretaste::io::{ReadOptions, read_interactions_from};
        use foretaste::mf::Silent;
        use foretaste_experiment::{Entry, Learns, settings};
        use foretaste_serve::Files;

        let (clicks, _) =
            read_interactions_from(super::CLICKS, "interactions.csv", &ReadOptions::default())?;
        let Entry { method, .. } = Entry::parse(global.registry(), SERVED, &Learns::default())?;
        let method = settings::with_seed(&method, self.seed).unwrap_or(method);
        let model = Recommender::fit(&method, clicks, &mut Silent)?;
        let model = self.beside("model", &model.to_bytes()?)?;
        let items = self.beside("items.csv", super::ITEMS)?;
        let files = Files { model, titles: Some(items.clone()), attributes: Some(items) };
        serve(files, options(addr, global), global)
    }
}

#[cfg(not(feature = "serve"))]
impl Demo {
    #[allow(clippy::unused_self, reason = "as where it serves")]
    pub(super) fn served(&self, _: SocketAddr, _: &Global) -> Outcome {
        Err(crate::commands::serve::without())
    }
}
