//! A model as it is served, with all that answers need, made ready.

use crate::Error;
use crate::attributes::Attributes;
use crate::find::Index;
use crate::restrict::Compiled;
use foretaste::baselines::Popularity;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::io::{Titles, read_titles};
use foretaste::model::{Catalogue, Error as ModelError, Histories, ModelFile, Query};
use foretaste::{ItemSet, Recommender, Registry, Similarity};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Where a model and what is said of its items come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) registry: &'static Registry,
    pub(crate) model: PathBuf,
    pub(crate) titles: Option<PathBuf>,
    pub(crate) attributes: Option<PathBuf>,
}

/// A model, and all that answers need. A request holds one throughout, so that no answer is of two.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) recommender: Recommender,
    pub(crate) catalogue: Catalogue,
    pub(crate) fingerprint: String,
    pub(crate) at: SystemTime,
    pub(crate) titles: Option<Titles>,
    pub(crate) attributes: Option<Attributes>,
    /// What those get of whom nothing is known.
    pub(crate) popular: Popularity,
    /// The number of users of each item.
    pub(crate) counts: Vec<u32>,
    /// What is listed for nobody, unless asked for: nobody had it.
    pub(crate) cold: Option<ItemSet>,
    /// What restricts lists if a request says nothing.
    pub(crate) usual: Arc<Compiled>,
    /// Items by what is in their ids and titles.
    pub(crate) index: Index,
    pub(crate) can: Abilities,
}

/// What a method can do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    pub(crate) fold_in: bool,
    pub(crate) similar: bool,
    pub(crate) explain: bool,
}

impl Source {
    /// Reads everything. In parallel on the current rayon pool.
    pub(crate) fn load(&self) -> Result<Loaded, Error> {
        let read = std::fs::read(&self.model);
        let bytes = read.map_err(|source| {
            foretaste::Error::from(ModelError::Read { path: self.model.clone(), source })
        })?;
        let recommender = Recommender::from_bytes_by(self.registry, &bytes, &self.model)?;
        let fingerprint = ModelFile::stated_fingerprint(&bytes).unwrap_or_default();
        drop(bytes);
        let titles = self.titles.as_ref().map(|path| titles(path, &recommender)).transpose()?;
        let attributes = self.attributes.as_ref();
        let attributes = attributes.map(|path| Attributes::read(path, &recommender)).transpose()?;
        let cold = recommender.cold_items();
        let counts = recommender.seen().item_counts();
        let loaded = Loaded {
            catalogue: Catalogue::new(recommender.scorer()),
            popular: Popularity::fit(recommender.seen()),
            usual: Arc::new(Compiled { allow: None, deny: cold.clone() }),
            index: Index::new(&recommender, titles.as_ref(), &counts),
            can: Abilities::default(),
            at: SystemTime::now(),
            recommender,
            fingerprint,
            titles,
            attributes,
            counts,
            cold,
        };
        Ok(Loaded { can: loaded.try_out(), ..loaded })
    }
}

impl Loaded {
    /// One of everything, so that what is made when it is first asked for is there: what the method can do.
    fn try_out(&self) -> Abilities {
        let model = &self.recommender;
        let (n_users, n_items) = (model.users().len(), model.items().len());
        if n_users == 0 || n_items == 0 {
            return Abilities::default();
        }
        self.catalogue.recommend(model.scorer(), &[UserId(0)], &Query::new(1));
        let history = Interactions::from_rows(vec![0, 1], vec![ItemId(0)], n_items);
        let folded =
            history.is_ok_and(|history| model.model().fold_in(&Histories::new(&history)).is_ok());
        Abilities {
            fold_in: folded,
            similar: model.similar(ItemId(0), 1, Similarity::Cosine).is_some(),
            explain: model.explain(UserId(0), ItemId(0)).is_some(),
        }
    }

    pub(crate) fn title(&self, item: ItemId) -> Option<String> {
        let titles = self.titles.as_ref()?;
        titles.get(&self.recommender.item_name(item)).map(str::to_owned)
    }
}

/// Titles, of which one at least is of an item of the model.
fn titles(path: &PathBuf, model: &Recommender) -> Result<Titles, Error> {
    let titles = read_titles(path)?;
    let known = titles.iter().any(|(id, _)| model.item(id).is_some());
    match known {
        true => Ok(titles),
        false => Err(Error::Strange {
            file: path.clone(),
            reason: "there is no title for any item of the model".to_owned(),
        }),
    }
}
