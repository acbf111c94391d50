//! What an experiment is: data, methods, seeds, metrics.

use crate::search::Range;
use foretaste::Method;
use foretaste::data::SplitMethod;
use foretaste::eval::Metric;
use foretaste::io::{FeedbackNames, ReadOptions};
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
    /// Whether methods of one feedback learn from the union of all.
    pub union: bool,
    /// Vectors of items.
    pub item_features: Option<PathBuf>,
    /// Vectors of users.
    pub user_features: Option<PathBuf>,
    /// Tags of items.
    pub item_tags: Option<PathBuf>,
    /// Keep only users and items with so many interactions among themselves; 1 keeps all.
    pub k_core: u32,
    /// How a file is split, and the seed of that; a folder is split already.
    pub split: Option<(SplitMethod, u64)>,
}

/// A method of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodPlan {
    /// What it is called.
    pub name: String,
    /// The method, with the parameters that are given.
    pub method: Method,
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
}

impl Plan {
    /// Everything that decides what comes out, for the record.
    pub fn to_json(&self) -> Value {
        let method = |plan: &MethodPlan| {
            let ranges: serde_json::Map<String, Value> =
                plan.ranges.iter().map(|(name, range)| (name.clone(), json!(range))).collect();
            json!({ "name": plan.name, "method": plan.method.to_json(), "search": ranges,
                "trials": plan.trials })
        };
        json!({
            "metrics": self.metrics,
            "seeds": self.seeds,
            "bootstrap_seed": self.bootstrap_seed,
            "baseline": self.baseline,
            "k_core": self.data.k_core,
            "split": self.data.split.map(|(by, seed)| json!({ "by": by, "seed": seed })),
            "methods": self.methods.iter().map(method).collect::<Vec<_>>(),
            "validation": { "metric": self.search.metric, "every": self.search.every,
                "seed": self.search.seed },
        })
    }

    /// Whether parameters are searched for.
    pub fn searches(&self) -> bool {
        self.methods.iter().any(|plan| !plan.ranges.is_empty())
    }
}
