//! One module a command.

pub(crate) mod align;
pub(crate) mod augment;
pub(crate) mod compare;
pub(crate) mod compress;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod experiment;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod methods;
pub(crate) mod model;
pub(crate) mod recommend;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod similar;
pub(crate) mod simulate;
pub(crate) mod split;
pub(crate) mod train;
pub(crate) mod tune;

use crate::args::{Args, Command};
use crate::failure::{Code, Failure, Outcome};

/// Runs the command on as many threads as it was told to.
pub(crate) fn run(args: &Args) -> Outcome {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.global.threads.into()).build();
    let pool = pool.map_err(|error| {
        Failure::new(Code::Runtime, error).help("--threads takes a smaller number")
    })?;
    let global = &args.global;
    pool.install(|| match &args.command {
        Command::Demo(demo) => demo.run(global),
        Command::Inspect(inspect) => inspect.run(global),
        Command::Split(split) => split.run(global),
        Command::Methods(methods) => methods.run(global),
        Command::Train(train) => train.run(global),
        Command::Evaluate(evaluate) => evaluate.run(global),
        Command::Compare(compare) => compare.run(global),
        Command::Tune(tune) => tune.run(global),
        Command::Experiment(experiment) => experiment.run(global),
        Command::Recommend(recommend) => recommend.run(global),
        Command::Score(score) => score.run(global),
        Command::Similar(similar) => similar.run(global),
        Command::Explain(explain) => explain.run(global),
        Command::Serve(serve) => serve.run(global),
        Command::Export(export) => export.run(global),
        Command::Compress(compress) => compress.run(global),
        Command::Align(align) => align.run(global),
        Command::Model(model) => model.run(global),
        Command::Simulate(simulate) => simulate.run(global),
        Command::Fetch(fetch) => fetch.run(global),
        Command::Augment(augment) => augment.run(global),
        Command::Completions(completions) => completions.run(global),
        Command::Man(man) => man.run(global),
    })
}
