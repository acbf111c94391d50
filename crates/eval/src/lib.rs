//! Ranking metrics with intervals, by trec_eval's definitions.
//!
//! The same list scored by different toolkits gives different figures under the same name, so the
//! definitions are part of this crate's interface: each [`Kind`] states its formula, and a golden
//! test holds them against `trec_eval` itself. What departs from trec_eval has a name of its own
//! (`recall_min@k`, `ndcg_clip@k`, …).
//!
//! The flow: a held-out matrix becomes a [`TestSet`]; [`evaluate`] ranks all items for each of its
//! users by a [`foretaste_model::Scorer`], hides what was seen in training, and returns an
//! [`Evaluation`] with one value per user and [`Metric`]. From it come means with bootstrap
//! intervals ([`Evaluation::summary`]) and comparisons with tests ([`compare`], [`holm`]); what no list
//! can hold is known before ([`TestSet::reach`]). Lists from elsewhere
//! are scored by the same functions: [`evaluate_run`] reads the text formats of trec_eval, and
//! [`write_run`] and [`write_qrels`] write them, so that any figure can be checked by other tools.
//!
//! Probabilities are held against what happened by reliability diagrams ([`Calibration`]), those of models of
//! several feedbacks by [`level_reliability`].
//!
//! # Conventions
//! - Averages run over every user with at least one relevant test item, whoever computes them and
//!   however users weigh. A user without a list scores 0 and is counted
//!   ([`Evaluation::users_without_list`]). `arp` and `novelty` say what lists are like, not what they
//!   find: they run over the lists that there are. Saito's metrics of rated items run over every user
//!   who rated any.
//! - A relevant item that can't be listed, because the model does not know it or because it is
//!   masked, stays in R, the number of relevant items: it is a miss.
//! - Ties are broken by item id, ascending.

mod auc;
mod bands;
mod bootstrap;
mod calibration;
mod catalogue;
mod comparison;
mod error;
mod evaluate;
mod evaluation;
mod kind;
mod levels;
mod metric;
mod per_user;
mod ranking;
mod rated;
mod reach;
mod saito;
mod significance;
mod test_set;
mod trec;
pub mod unbiased;

pub use auc::auc;
pub use bands::{Band, Bands};
pub use bootstrap::{Interval, RESAMPLES, bootstrap_means};
pub use calibration::{Bin, Calibration, Mass, Reliability};
pub use catalogue::{coverage, gini};
pub use comparison::{Comparison, compare};
pub use error::Error;
pub use evaluate::{Evaluator, evaluate};
pub use evaluation::{Evaluation, Summary};
pub use kind::Kind;
pub use levels::{Among, BINS, LevelPairs, LevelReliability, SAMPLE, level_reliability};
pub use metric::{Estimator, Metric};
pub use ranking::{Ideal, ap, ap_min, f1, hit, ndcg, ndcg_clip, precision, recall, recall_min, rr};
pub use rated::{RatedSet, RatedUser, evaluate_rated};
pub use reach::Reach;
pub use saito::{dcg_saito, map_saito, recall_saito};
pub use significance::{holm, paired_t, wilcoxon};
pub use test_set::{TestSet, TestUser};
pub use trec::{
    Qrels, Run, RunWriter, escape_id, evaluate_run, unescape_id, write_qrels, write_run,
};
pub use unbiased::{WeightedList, Weights, ips, popularity_propensities, snips};
