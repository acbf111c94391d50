//! What an experiment is: data, methods, seeds, metrics.

use crate::learns::is_ours;
use crate::search::Range;
use crate::settings::{self, Setting};
use crate::{Error, Learns, SeenFeedback};
use foretaste::Method;
use foretaste::data::SplitMethod;
use foretaste::eval::Metric;
use foretaste::io::{FeedbackNames, ReadOptions};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// An experiment, every value of it checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The headline of its report; empty for one that is made up from the methods.
    pub title: String,
    /// What the data is.
    pub data: DataPlan,
    /// What is measured; the first decides which method is the best.
    pub metrics: Vec<Metric>,
    /// What lists leave out, each for columns of its own; of none, what users have of the target.
    pub seen: Vec<SeenFeedback>,
    /// The seeds of the trainings.
    pub seeds: Vec<u64>,
    /// The seed of the bootstrap.
    pub bootstrap_seed: u64,
    /// What the others are held against, if not the best.
    pub baseline: Option<String>,
    /// The methods.
    pub methods: Vec<MethodPlan>,
    /// How parameters are chosen.
    pub search: SearchPlan,
}

/// Where the data comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct DataPlan {
    /// A file, or a folder with train.csv, test.csv and, optionally, valid.csv.
    pub path: PathBuf,
    /// How files are read.
    pub read: ReadOptions,
    /// Several feedbacks, weakest first: the last is what is recommended for.
    pub feedback: Option<FeedbackNames>,
    /// What methods learn from that say nothing else.
    pub learns: Learns,
    /// Vectors of items.
    pub item_features: Option<PathBuf>,
    /// Vectors of users.
    pub user_features: Option<PathBuf>,
    /// Texts of items, of which vectors are made; not beside [`DataPlan::item_features`].
    pub item_texts: Option<PathBuf>,
    /// Texts of users, likewise.
    pub user_texts: Option<PathBuf>,
    /// How many numbers a vector of a text has, if that is said.
    pub text_numbers: Option<u32>,
    /// How many numbers are made of vectors that have more, if that is said.
    pub pca: Option<u32>,
    /// Tags of items.
    pub item_tags: Option<PathBuf>,
    /// Tags of users.
    pub user_tags: Option<PathBuf>,
    /// What users are said to prefer, of methods that use it.
    pub extra: Option<PathBuf>,
    /// Keep only users and items with so many interactions among themselves; 1 keeps all.
    pub k_core: u32,
    /// What is held out; `None` as the default has it of a file, and of a folder what it has.
    pub split: Option<SplitPlan>,
}

/// What of the data is held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SplitPlan {
    /// Parts of a file.
    Parts {
        /// How it is split.
        by: SplitMethod,
        /// The seed of that.
        seed: u64,
    },
    /// Of a folder, whose test part stays as it is, rows of the training part to validate on.
    Valid {
        /// The share of each user's rows, above 0 and below 1.
        valid: f64,
        /// The seed of the choice.
        seed: u64,
    },
}

/// A method of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodPlan {
    /// What it is called.
    pub name: String,
    /// The method, with the parameters that are given.
    pub method: Method,
    /// What it learns from.
    pub learns: Learns,
    /// The parameters that are searched for.
    pub ranges: Vec<(String, Range)>,
    /// How many trials the search has.
    pub trials: u32,
}

/// How parameters are chosen, and when trainings are validated. Test rows have no part in it.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPlan {
    /// The metric on the validation part.
    pub metric: Metric,
    /// The seed of the draws; also that of the trainings of trials.
    pub seed: u64,
    /// Epochs between two validations.
    pub every: u32,
    /// Whether what is compared is trained on validation rows, too, once parameters are chosen: what was
    /// searched for as many epochs as were best.
    pub refit: bool,
}

impl MethodPlan {
    /// All that its trainings may learn from: if that is searched for, each choice.
    ///
    /// # Errors
    /// Those of [`settings::learner`].
    pub fn lessons(&self) -> Result<Vec<Learns>, Error> {
        let Some((name, range)) = self.ranges.iter().find(|(name, _)| is_ours(name)) else {
            return Ok(vec![self.learns.clone()]);
        };
        let of = |value| Ok(self.drawn(vec![(name.clone(), value)])?.1);
        range.ends().into_iter().map(of).collect()
    }

    /// The method and what it learns from, with parameters that were drawn.
    ///
    /// # Errors
    /// Those of [`settings::learner`].
    pub fn drawn(&self, mut drawn: Vec<Setting>) -> Result<(Method, Learns), Error> {
        settings::learner(&self.method, &mut drawn, &self.learns)
    }
}

impl Plan {
    /// Everything that decides what comes out, for the record.
    pub fn to_json(&self) -> Value {
        let method = |plan: &MethodPlan| {
            let ranges: serde_json::Map<String, Value> =
                plan.ranges.iter().map(|(name, range)| (name.clone(), json!(range))).collect();
            let mut json = json!({ "name": plan.name, "method": plan.method.to_json(),
                "search": ranges, "trials": plan.trials });
            for (name, value) in plan.learns.settings() {
                json[name] = value;
            }
            json
        };
        let mut validation = json!({ "metric": self.search.metric, "every": self.search.every,
            "seed": self.search.seed });
        if self.search.refit {
            validation["refit"] = true.into();
        }
        json!({
            "metrics": self.metrics,
            "seeds": self.seeds,
            "bootstrap_seed": self.bootstrap_seed,
            "baseline": self.baseline,
            "k_core": self.data.k_core,
            "split": self.data.split,
            "methods": self.methods.iter().map(method).collect::<Vec<_>>(),
            "validation": validation,
        })
    }

    /// Whether parameters are searched for.
    pub fn searches(&self) -> bool {
        self.methods.iter().any(|plan| !plan.ranges.is_empty())
    }
}
