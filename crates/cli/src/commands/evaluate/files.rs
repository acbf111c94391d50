//! What is written beside the report: figures of each user, files for trec_eval.

use super::Evaluate;
use crate::args::Global;
use crate::destination::{Destination, check_inputs, check_output_folder, overwrite};
use crate::failure::{Failure, Outcome};
use crate::output::make_folder;
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable, Interactions, UserId};
use foretaste::eval::{Evaluation, Metric, RunWriter, TestSet, write_qrels, write_run};
use foretaste::files::{check_writable, write_file};
use foretaste::model::Scorer;
use std::io;
use std::path::{Path, PathBuf};

fn trec_files(args: &Evaluate) -> Option<[PathBuf; 2]> {
    args.trec.as_ref().map(|folder| [folder.join("run.txt"), folder.join("qrels.txt")])
}

/// Where the figures of users go.
pub(super) fn per_user(args: &Evaluate) -> Option<Destination> {
    args.per_user.as_deref().map(|path| Destination::at(path, overwrite(args.force)))
}

/// Refuses what can't be written, or would replace what is read, before any work is done.
pub(super) fn check(args: &Evaluate, global: &Global) -> Outcome {
    args.target.check(args.data.as_deref())?;
    let named = [Some(args.model.as_path()), args.train.as_deref(), args.test.as_deref()];
    let log = args.unbiased.log(args.data.as_deref())?;
    let beside = [args.unbiased.file(), log.as_deref()];
    let named = named.into_iter().chain(beside).flatten().map(Path::to_owned);
    let inputs: Vec<PathBuf> =
        args.data.iter().flat_map(|data| args.target.inputs(data)).chain(named).collect();
    let files = trec_files(args).into_iter().flatten().collect::<Vec<_>>();
    if let Some(file) = files.iter().find(|file| args.per_user.as_ref() == Some(*file)) {
        let message = format!("{}: is what --trec writes", file.display());
        return Err(Failure::usage(message).help("name another file for --per-user"));
    }
    if let Some(path) = &args.per_user {
        Destination::new(path, args.force, &inputs, global)?;
    }
    let Some(folder) = &args.trec else { return Ok(()) };
    check_output_folder(folder)?;
    check_inputs(&files, &inputs)?;
    if folder.is_dir() {
        files.iter().try_for_each(|file| check_writable(file, overwrite(args.force)))?;
    }
    Ok(())
}

/// Users with test interactions who are not among `users`, by the indices of the test data.
pub(super) fn unknown_users(users: &IdTable, test: &Dataset) -> Vec<UserId> {
    let known = test.users().indices_in(users);
    let users = (0..test.users().len() as u32).map(UserId);
    users
        .filter(|user| known[user.index()].is_none() && !test.interactions().row(*user).is_empty())
        .collect()
}

/// A line a user, a column a metric; a cell is empty where the metric has no value for the user.
/// `unknown` are those who are not among `users`, as they come in the evaluation.
pub(super) fn write_per_user(
    args: &Evaluate,
    users: &IdTable,
    test: &Dataset,
    unknown: &[UserId],
    evaluation: &Evaluation,
) -> Outcome {
    let Some(file) = per_user(args) else { return Ok(()) };
    let known = evaluation.users().len() - unknown.len();
    let name = |n: usize| match evaluation.users()[n] {
        Some(user) => users.name(user.0).unwrap_or_default().into_owned(),
        None => test.users().name(unknown[n - known].0).unwrap_or_default().into_owned(),
    };
    file.write(|out| evaluation.write_per_user(out, name))
}

/// The lists up to the largest cut-off, and the held-out pairs.
pub(super) fn write_trec(
    args: &Evaluate,
    model: &Recommender,
    (users, scorer): (&IdTable, &dyn Scorer),
    mask: &[&Interactions],
    test_set: &TestSet,
    test: &Dataset,
    metrics: &[Metric],
) -> Outcome {
    let Some([run, qrels]) = trec_files(args) else { return Ok(()) };
    make_folder(run.parent().expect("a file in a folder"))?;
    let k = metrics.iter().filter_map(|metric| metric.cutoff()).max().unwrap_or(10);
    let to_io = |error: foretaste::eval::Error| io::Error::other(error.to_string());
    write_file(&run, overwrite(args.force), |out| {
        let mut writer = RunWriter::new(out, &model.info().method, users, model.items());
        write_run(&mut writer, scorer, mask, test_set.known_users(), k).map_err(to_io)?;
        writer.finish().map(drop).map_err(to_io)
    })?;
    write_file(&qrels, overwrite(args.force), |out| write_qrels(out, test, false).map_err(to_io))?;
    Ok(())
}
