//! What every public type promises.

use foretaste_eval::{
    Band, Bands, Comparison, Error, Estimator, Evaluation, Evaluator, Ideal, Interval, Kind,
    Metric, Qrels, RatedSet, RatedUser, Reach, Run, RunWriter, Summary, TestSet, TestUser,
    WeightedList, Weights,
};
use std::fmt::Debug;

fn promises<T: Debug + Send + Sync>() {}

#[test]
fn public_types_are_debug_send_and_sync() {
    promises::<Band>();
    promises::<Bands>();
    promises::<Comparison>();
    promises::<Error>();
    promises::<Estimator>();
    promises::<Evaluation>();
    promises::<Evaluation<String>>();
    promises::<Evaluator<'_>>();
    promises::<Ideal<'_>>();
    promises::<Interval>();
    promises::<Kind>();
    promises::<Metric>();
    promises::<Qrels>();
    promises::<RatedSet>();
    promises::<RatedUser<'_>>();
    promises::<Run>();
    promises::<RunWriter<'_, Vec<u8>>>();
    promises::<Summary>();
    promises::<TestSet>();
    promises::<TestUser<'_>>();
    promises::<Reach>();
    promises::<WeightedList<'_>>();
    promises::<Weights>();
}
