//! What is written beside the report: figures of each user, files for trec_eval.

use super::Evaluate;
use crate::failure::{Failure, Outcome};
use crate::output::make_folder;
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, Overwrite, UserId, check_writable, write_file};
use foretaste::eval::{Evaluation, Metric, RunWriter, TestSet, write_qrels, write_run};
use std::io;
use std::path::PathBuf;

fn overwrite(args: &Evaluate) -> Overwrite {
    if args.force { Overwrite::Replace } else { Overwrite::Refuse }
}

fn trec_files(args: &Evaluate) -> Option<[PathBuf; 2]> {
    args.trec.as_ref().map(|folder| [folder.join("run.txt"), folder.join("qrels.txt")])
}

/// Refuses what can't be written before any work is done.
pub(super) fn check(args: &Evaluate) -> Outcome {
    if let Some(path) = &args.per_user {
        check_writable(path, overwrite(args))?;
    }
    if let Some(folder) = args.trec.as_ref().filter(|folder| folder.exists()) {
        if !folder.is_dir() {
            let message = format_args!("{}: is a file, not a folder", folder.display());
            return Err(Failure::usage(message).help("name another folder to write"));
        }
        for path in trec_files(args).into_iter().flatten() {
            check_writable(path, overwrite(args))?;
        }
    }
    Ok(())
}

/// Users with test interactions whom the model does not know, by the indices of the test data.
pub(super) fn unknown_users(model: &Recommender, test: &Dataset) -> Vec<UserId> {
    let known = test.users.indices_in(model.users());
    let users = (0..test.users.len() as u32).map(UserId);
    users
        .filter(|user| known[user.index()].is_none() && !test.interactions.row(*user).is_empty())
        .collect()
}

/// A line a user, a column a metric; a cell is empty where the metric has no value for the user.
/// `unknown` are the users whom the model does not know, as they come in the evaluation.
pub(super) fn write_per_user(
    args: &Evaluate,
    model: &Recommender,
    test: &Dataset,
    unknown: &[UserId],
    evaluation: &Evaluation,
) -> Outcome {
    let Some(path) = &args.per_user else { return Ok(()) };
    let known = evaluation.users().len() - unknown.len();
    let name = |n: usize| match evaluation.users()[n] {
        Some(user) => model.user_name(user),
        None => test.users.name(unknown[n - known].0).unwrap_or_default().into_owned(),
    };
    write_file(path, overwrite(args), |out| evaluation.write_per_user(out, name))?;
    Ok(())
}

/// The lists up to the largest cut-off, and the held-out pairs.
pub(super) fn write_trec(
    args: &Evaluate,
    model: &Recommender,
    mask: &[&Interactions],
    test_set: &TestSet,
    test: &Dataset,
    metrics: &[Metric],
) -> Outcome {
    let Some([run, qrels]) = trec_files(args) else { return Ok(()) };
    make_folder(run.parent().expect("a file in a folder"))?;
    let k = metrics.iter().filter_map(|metric| metric.cutoff()).max().unwrap_or(10);
    let to_io = |error: foretaste::eval::Error| io::Error::other(error.to_string());
    write_file(&run, overwrite(args), |out| {
        let mut writer = RunWriter::new(out, &model.info().method, model.users(), model.items());
        write_run(&mut writer, model.scorer(), mask, test_set.known_users(), k).map_err(to_io)?;
        writer.finish().map(drop).map_err(to_io)
    })?;
    write_file(&qrels, overwrite(args), |out| write_qrels(out, test, false).map_err(to_io))?;
    Ok(())
}
