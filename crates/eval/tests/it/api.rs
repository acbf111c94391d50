//! What every public type promises.

use foretaste_eval::{
    Comparison, Error, Evaluation, Ideal, Interval, Kind, Metric, Qrels, Run, RunWriter, Summary,
    TestSet, TestUser, UnknownUsers,
};
use std::fmt::Debug;

fn promises<T: Debug + Send + Sync>() {}

#[test]
fn public_types_are_debug_send_and_sync() {
    promises::<Comparison>();
    promises::<Error>();
    promises::<Evaluation>();
    promises::<Evaluation<String>>();
    promises::<Ideal<'_>>();
    promises::<Interval>();
    promises::<Kind>();
    promises::<Metric>();
    promises::<Qrels>();
    promises::<Run>();
    promises::<RunWriter<'_, Vec<u8>>>();
    promises::<Summary>();
    promises::<TestSet>();
    promises::<TestUser<'_>>();
    promises::<UnknownUsers>();
}
