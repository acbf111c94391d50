//! The data of an experiment: what is learnt from, what decides, what is reported on.

use crate::args::Global;
use crate::commands::evaluate::choice::check_lengths;
use crate::extra::Extra;
use crate::failure::{Failure, Outcome};
use crate::input::{Beside, Making, Reading};
use crate::learning::{Learning, hold_out, refuse_second_valid};
use crate::material::{Tested, others};
use foretaste::data::{Dataset, Error as DataError, Keep, Split, SplitMethod, k_core, split};
use foretaste::eval::Reach;
use foretaste_experiment::{
    DataPlan, Learner, Material, MethodPlan, Plan, SeenFeedback, SplitPlan, default_metrics,
    select_for,
};

/// What a plan is about, and how much of its test part lists can hold.
pub(super) fn material(plan: &Plan, global: &Global) -> Outcome<(Material, Reach)> {
    let data = &plan.data;
    let lessons = plan.methods.iter().map(MethodPlan::lessons).collect::<Result<Vec<_>, _>>()?;
    let learners = plan.methods.iter().zip(&lessons);
    let learners = learners.flat_map(|(plan, all)| all.iter().map(|one| (&plan.method, one)));
    let learning = Learning { beside: beside(data), ..Learning::default() };
    let all = plan.seen.contains(&SeenFeedback::All);
    let Parts { train, valid, test, lower } =
        parts((data, &learning), (learners.clone(), all), global)?;
    let others = others(&train, &plan.seen)?;
    let train = select_for(train, learners, false)?;
    if test.interactions().nnz() == 0 {
        return Err(Failure::data(format_args!("{}: the test part is empty", data.path.display())));
    }
    if plan.searches() && valid.is_none() {
        let what = "a search for parameters needs a validation part to choose by";
        return Err(Failure::data(format_args!("{}: {what}", data.path.display()))
            .help("`valid = 0.1` in [split] holds one out, also of a folder without a valid.csv"));
    }
    if plan.search.refit && valid.is_none() {
        let message = format!("{}: refit: there is no validation part", data.path.display());
        return Err(Failure::usage(message).help("leave it out: all rows are trained on"));
    }
    if plan.metrics != default_metrics() {
        check_lengths(&plan.metrics, train.items().len())?;
    }
    let (metrics, seen) = (&plan.metrics, &plan.seen);
    let tested = Tested { test: &test, lower, metrics, seen, others, path: &data.path };
    let extra = Extra::at(data.extra.clone()).read(&train, global)?;
    let (material, reach) = crate::material::material((train, valid), tested, global)?;
    Ok((material.with_extra(extra.rows), reach))
}

struct Parts {
    train: Dataset,
    valid: Option<Dataset>,
    test: Dataset,
    /// Held-out rows of feedbacks before the target.
    lower: Vec<(String, Dataset)>,
}

/// What there is to learn from beside one feedback.
pub(super) fn beside(data: &DataPlan) -> Beside {
    Beside {
        feedback: data.feedback.clone(),
        item_features: data.item_features.clone(),
        user_features: data.user_features.clone(),
        item_tags: data.item_tags.clone(),
        user_tags: data.user_tags.clone(),
        making: Making {
            item_texts: data.item_texts.clone(),
            user_texts: data.user_texts.clone(),
            text_numbers: data.text_numbers,
            pca: data.pca,
        },
    }
}

fn parts<'a>(
    (data, learning): (&DataPlan, &Learning),
    (learners, all): (impl Iterator<Item = Learner<'a>> + Clone, bool),
    global: &Global,
) -> Outcome<Parts> {
    let reading = Reading::from(&data.read);
    if !data.path.is_dir() {
        return of_file((data, learning), (learners, all), &reading, global);
    }
    if data.k_core > 1 {
        let message = format!("{}: is a folder, split already", data.path.display());
        return Err(Failure::usage(message).help("leave out k_core, or name a file"));
    }
    let whole = learning.read(&data.path, learners, all, (&reading, Keep::default()), global)?;
    let (_, test) = whole.read_test(&data.path, &reading, global)?;
    let lower = whole.read_lower_tests(&data.path, &reading, global)?;
    let (train, valid) = match data.split {
        Some(SplitPlan::Valid { valid, seed }) => {
            let said = format!("valid = {valid} in [split]");
            refuse_second_valid(&said, whole.valid.as_deref())?;
            let (train, valid) = hold_out(&whole.data, valid, &said, seed)
                .map_err(|failure| failure.about_data(&data.path))?;
            (train, Some(valid))
        }
        _ => {
            let valid = whole.read_valid(&reading, global)?;
            (whole.data, valid)
        }
    };
    Ok(Parts { train, valid, test, lower })
}

fn of_file<'a>(
    (data, learning): (&DataPlan, &Learning),
    (learners, all): (impl Iterator<Item = Learner<'a>> + Clone, bool),
    reading: &Reading,
    global: &Global,
) -> Outcome<Parts> {
    let (by, seed) = match data.split {
        Some(SplitPlan::Parts { by, seed }) => (by, seed),
        _ => (SplitMethod::Random { valid: 0.1, test: 0.2 }, 42),
    };
    let by_time = !matches!(by, SplitMethod::Random { .. });
    let keep = Keep { weights: false, times: by_time };
    let mut whole = learning.read(&data.path, learners, all, (reading, keep), global)?.data;
    if data.k_core > 1 {
        whole = k_core(&whole, data.k_core, data.k_core)?;
    }
    let Split { train, valid, test } = split(&whole, by, seed).map_err(|error| match error {
        DataError::NoTimes => Failure::from(error).about(&data.path).help(
            "columns = \"user=1,item=2,time=4\" names the column of times; by = \"random\" needs none",
        ),
        _ => error.into(),
    })?;
    if train.interactions().nnz() == 0
        || valid.as_ref().is_some_and(|part| part.interactions().nnz() == 0)
    {
        let message = format!("{}: the split leaves a part empty", data.path.display());
        return Err(Failure::data(message).help("users have too few interactions for these shares"));
    }
    Ok(Parts { train, valid, test, lower: Vec::new() })
}
