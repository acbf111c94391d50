//! Experiment files: TOML, with the line and column of what is wrong.
//!
//! ```toml
#![doc = include_str!("example.toml")]
//! ```

mod form;
mod vectors;

use crate::error::nearest;
use crate::learns::Said;
use crate::plan::{DataPlan, MethodPlan, Plan, SearchPlan, SplitPlan};
use crate::search::{Range, check_ranges};
use crate::settings::Setting;
use crate::{
    DEFAULT_EVERY, DEFAULT_SEED, Error, Learns, LearntRows, SeenFeedback, check_names, entry,
    learns, material, settings,
};
use foretaste::Registry;
use foretaste::data::{HeldOut, SplitMethod};
use foretaste::eval::Metric;
use foretaste::io::{FeedbackNames, ReadOptions};
use form::{By, Data, File, MethodEntry, OneOrMore, Seeds, Split, Validation};
use serde_json::json;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use toml::Spanned;

/// An experiment file with all that most need.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The first of the seeds where their number is given.
const TRIALS: u32 = 20;
/// The share of validation rows.
const VALID: f64 = 0.1;

/// Reads an experiment; `path` is the file's, for messages and for what it names.
///
/// # Errors
/// [`Error::File`] with the place in the file.
pub fn read_plan(registry: &Registry, text: &str, path: &Path) -> Result<Plan, Error> {
    let source = Source { registry, text, path };
    let file: File = toml::from_str(text).map_err(|error| source.syntax(&error))?;
    source.plan(file)
}

struct Source<'a> {
    registry: &'a Registry,
    text: &'a str,
    path: &'a Path,
}

type Span = std::ops::Range<usize>;

impl Source<'_> {
    fn error(&self, span: Option<Span>, reason: impl Display, suggestion: Option<String>) -> Error {
        let start = span.map_or(0, |span| span.start).min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        Error::File {
            file: self.path.display().to_string(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            reason: reason.to_string(),
            suggestion,
        }
    }

    /// What the parser says; for an unknown key with the nearest of those it names.
    fn syntax(&self, error: &toml::de::Error) -> Error {
        let message = error.message().trim().replace('\n', ", ");
        let mut quoted = message.split('`').skip(1).step_by(2);
        let near = quoted.next().and_then(|found| nearest(found, quoted));
        let unknown = message.starts_with("unknown ");
        self.error(error.span(), &message, near.filter(|_| unknown))
    }

    fn at<T>(&self, span: Span, result: Result<T, impl Display>) -> Result<T, Error> {
        result.map_err(|error| self.error(Some(span), error, None))
    }

    fn parsed<T: FromStr<Err: Display>>(&self, text: &Spanned<String>) -> Result<T, Error> {
        self.at(text.span(), text.get_ref().parse())
    }

    fn plan(&self, file: File) -> Result<Plan, Error> {
        let metrics = self.metrics(file.metrics.as_ref())?;
        let learns = self.learns(&file.data)?;
        let methods = file.methods.get_ref().iter().map(|method| self.method(method, &learns));
        let methods: Vec<MethodPlan> = methods.collect::<Result<_, _>>()?;
        let span = file.methods.span();
        if methods.is_empty() {
            return Err(self.error(Some(span), "there is no method to compare", None));
        }
        if let Some(weights) = file.data.feedback_weights.as_ref()
            && !methods.iter().any(|plan| matches!(plan.learns.rows, LearntRows::Weighted(_)))
        {
            let reason = "feedback_weights: none of the methods learns from a union with weights: \
                          ials does";
            return Err(self.error(Some(weights.span()), reason, None));
        }
        if let Some(shuffled) = file.data.shuffled_features.as_ref().filter(|said| *said.get_ref())
            && !methods.iter().any(|plan| plan.learns.shuffled_features)
        {
            let reason = "shuffled_features: none of the methods uses features";
            return Err(self.error(Some(shuffled.span()), reason, None));
        }
        if let Some(extra) = &file.data.extra
            && !methods.iter().any(|plan| plan.method.uses().extra)
        {
            let reason = "extra: none of the methods learns from extra preferences";
            return Err(self.error(Some(extra.span()), reason, None));
        }
        let names = || methods.iter().map(|method| method.name.as_str());
        self.at(span, check_names(names()))?;
        if let Some(baseline) = &file.baseline {
            self.at(baseline.span(), entry::position(baseline.get_ref(), names()))?;
        }
        let searched = methods.iter().any(|method| !method.ranges.is_empty());
        let search = self.search(file.validation.unwrap_or_default(), &metrics, searched)?;
        Ok(Plan {
            title: file.title.unwrap_or_default(),
            data: self.data(&file.data, learns, file.split.as_ref())?,
            metrics,
            seen: self.seen(file.seen_feedback.as_ref())?,
            seeds: self.seeds(file.seeds.as_ref())?,
            bootstrap_seed: file.bootstrap_seed.unwrap_or(DEFAULT_SEED),
            baseline: file.baseline.map(Spanned::into_inner),
            methods,
            search,
        })
    }

    fn metrics(&self, names: Option<&Spanned<Vec<Spanned<String>>>>) -> Result<Vec<Metric>, Error> {
        let Some(names) = names else {
            return Ok(material::default_metrics());
        };
        let metrics = names.get_ref().iter().map(|name| self.parsed(name));
        let metrics: Vec<Metric> = metrics.collect::<Result<_, _>>()?;
        if metrics.is_empty() {
            return Err(self.error(Some(names.span()), "there is nothing to measure", None));
        }
        self.at(names.span(), material::check_metrics(&metrics))?;
        Ok(metrics)
    }

    fn seen(&self, seen: Option<&Spanned<OneOrMore>>) -> Result<Vec<SeenFeedback>, Error> {
        let Some(seen) = seen else { return Ok(Vec::new()) };
        let names = match seen.get_ref() {
            OneOrMore::One(name) => std::slice::from_ref(name),
            OneOrMore::More(names) => names,
        };
        let found: Result<Vec<SeenFeedback>, String> =
            names.iter().map(|name| name.parse()).collect();
        let distinct = |found: &Vec<SeenFeedback>| !found.is_empty() && found[1..] != found[..1];
        let found = found.ok().filter(|found| found.len() <= 2 && distinct(found));
        let form = "seen_feedback: \"target\", \"all\" or [\"target\", \"all\"]";
        found.ok_or_else(|| self.error(Some(seen.span()), form, None))
    }

    fn seeds(&self, seeds: Option<&Spanned<Seeds>>) -> Result<Vec<u64>, Error> {
        let Some(seeds) = seeds else { return Ok(vec![DEFAULT_SEED]) };
        let list: Vec<u64> = match seeds.get_ref() {
            Seeds::Count(count @ 1..=1000) => (DEFAULT_SEED..DEFAULT_SEED + count).collect(),
            Seeds::Count(_) => Vec::new(),
            Seeds::List(list) => list.clone(),
        };
        let distinct: std::collections::BTreeSet<&u64> = list.iter().collect();
        if list.is_empty() || distinct.len() < list.len() {
            let reason = "seeds: a number from 1 to 1000, or a list of distinct seeds";
            return Err(self.error(Some(seeds.span()), reason, None));
        }
        Ok(list)
    }

    /// What methods learn from that say nothing else.
    fn learns(&self, data: &Data) -> Result<Learns, Error> {
        let (Data { feedback_as, feedback_weights, .. }, mut said) = (data, Vec::new());
        if let Some(text) = feedback_as {
            said.push((learns::AS.to_owned(), json!(text.get_ref())));
        }
        if let Some(weights) = feedback_weights {
            let weights = serde_json::to_value(weights.get_ref()).unwrap_or_default();
            said.push((learns::WEIGHTS.to_owned(), weights));
        }
        let weights = feedback_weights.as_ref().map(Spanned::span);
        let span = weights.or(feedback_as.as_ref().map(Spanned::span));
        let found = Said::by(&said).map_err(|error| self.error(span, error, None))?;
        let shuffled_features = data.shuffled_features.as_ref().is_some_and(|said| *said.get_ref());
        Ok(Learns { rows: found.rows.unwrap_or_default(), shuffled_features })
    }

    fn data(
        &self,
        data: &Data,
        learns: Learns,
        split: Option<&Spanned<Split>>,
    ) -> Result<DataPlan, Error> {
        let mut read =
            ReadOptions { header: data.header, checksum: true, ..ReadOptions::default() };
        if let Some(text) = &data.columns {
            read.columns = self.parsed(text)?;
        }
        read.positive = data.positive.as_ref().map(|text| self.parsed(text)).transpose()?;
        read.format = data.layout.as_ref().map(|text| self.parsed(text)).transpose()?;
        read.delimiter = data.delimiter.as_ref().map(|text| self.parsed(text)).transpose()?;
        if let Some(text) = &data.on_bad_row {
            read.on_bad_row = self.parsed(text)?;
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let path = folder.join(&data.path);
        let of_folder = path.is_dir();
        let split = split.map(|split| match of_folder {
            true => self.valid_alone(split),
            false => self.split(split),
        });
        self.check_vectors(data)?;
        let texts = |path: &Option<Spanned<PathBuf>>| Some(folder.join(path.as_ref()?.get_ref()));
        let number = |number: &Option<Spanned<u32>>| Some(*number.as_ref()?.get_ref());
        Ok(DataPlan {
            path,
            read,
            feedback: data.feedback.as_ref().map(|names| self.feedback(names)).transpose()?,
            learns,
            item_features: data.item_features.as_ref().map(|path| folder.join(path)),
            user_features: data.user_features.as_ref().map(|path| folder.join(path)),
            item_texts: texts(&data.item_texts),
            user_texts: texts(&data.user_texts),
            text_numbers: number(&data.text_numbers),
            pca: number(&data.pca),
            item_tags: data.item_tags.as_ref().map(|path| folder.join(path)),
            user_tags: data.user_tags.as_ref().map(|path| folder.join(path)),
            extra: data.extra.as_ref().map(|path| folder.join(path.get_ref())),
            k_core: data.k_core.unwrap_or(1),
            split: split.transpose()?,
        })
    }

    fn feedback(&self, names: &Spanned<Vec<String>>) -> Result<FeedbackNames, Error> {
        self.at(names.span(), names.get_ref().join(",").parse())
    }

    /// What may be held out of a folder, which has its test part.
    fn valid_alone(&self, split: &Spanned<Split>) -> Result<SplitPlan, Error> {
        let Split { by, test, valid, seed } = split.get_ref();
        if by.is_some() || test.is_some() {
            let reason =
                "split: the data are a folder, split already: `valid` and `seed` alone are of use";
            return Err(self.error(Some(split.span()), reason, None));
        }
        let (valid, seed) = (valid.unwrap_or(VALID), seed.unwrap_or(DEFAULT_SEED));
        if valid > 0.0 && valid < 1.0 {
            return Ok(SplitPlan::Valid { valid, seed });
        }
        let reason = format!("split: valid {valid} of a folder must be above 0 and below 1");
        Err(self.error(Some(split.span()), reason, None))
    }

    fn split(&self, split: &Spanned<Split>) -> Result<SplitPlan, Error> {
        let Split { by, test, valid, seed } = split.get_ref();
        let (test, valid) = (test.unwrap_or(0.2), valid.unwrap_or(VALID));
        let legal = |share: f64| (0.0..1.0).contains(&share);
        if !legal(valid) || !legal(test) || test == 0.0 || test + valid >= 1.0 {
            let reason =
                format!("split: test {test} and valid {valid} must leave something to train on");
            return Err(self.error(Some(split.span()), reason, None));
        }
        let one = |held_out| SplitMethod::LeaveOneOut { held_out, valid: valid > 0.0 };
        let by = match by.unwrap_or(By::Random) {
            By::Random => SplitMethod::Random { valid, test },
            By::LastOne => one(HeldOut::Latest),
            By::RandomOne => one(HeldOut::Random),
            By::UserTime => SplitMethod::UserTime { valid, test },
            By::Time => SplitMethod::GlobalTime { valid, test },
        };
        Ok(SplitPlan::Parts { by, seed: seed.unwrap_or(DEFAULT_SEED) })
    }

    fn search(
        &self,
        validation: Validation,
        metrics: &[Metric],
        searched: bool,
    ) -> Result<SearchPlan, Error> {
        let metric = match &validation.metric {
            Some(name) => {
                let metric = self.parsed(name)?;
                self.at(name.span(), material::check_validation(metric))?;
                metric
            }
            None => material::validation_metric(metrics),
        };
        if let Some(every) = validation.every.as_ref().filter(|every| *every.get_ref() == 0) {
            return Err(self.error(Some(every.span()), "every: a whole number from 1", None));
        }
        let every = validation.every.map_or(DEFAULT_EVERY, Spanned::into_inner);
        let refit = validation.refit.filter(|refit| *refit.get_ref());
        if let Some(refit) = refit.as_ref().filter(|_| !searched) {
            let reason = "refit: no method has a search: nothing is chosen before it";
            return Err(self.error(Some(refit.span()), reason, None));
        }
        let seed = validation.seed.unwrap_or(DEFAULT_SEED);
        Ok(SearchPlan { metric, seed, every, refit: refit.is_some() })
    }

    fn method(&self, found: &MethodEntry, default: &Learns) -> Result<MethodPlan, Error> {
        let model = found.model.get_ref();
        let defaults = self.at(found.model.span(), settings::method(self.registry, model))?;
        let params = self.params(found)?;
        let learner = |mut params: Vec<Setting>| settings::learner(&defaults, &mut params, default);
        let (method, learns) = learner(params.clone()).map_err(|error| {
            // It is the fault of the one that alone is wrong in the same way, or of none alone.
            let alone = |setting: &Setting| learner(vec![setting.clone()]).err();
            let same = |setting| alone(setting).is_some_and(|e| e.to_string() == error.to_string());
            let at_fault = params.iter().find(|setting| same(setting));
            self.error(Some(found.span(at_fault.map_or("", |(name, _)| name))), error, None)
        })?;
        let ranges =
            found.search.iter().map(|(name, range)| (name.get_ref().clone(), range.clone()));
        let ranges: Vec<(String, Range)> = ranges.collect();
        let methods = check_ranges(&ranges, &method, &learns).map_err(|(at, reason)| {
            self.error(found.search.keys().nth(at).map(Spanned::span), reason, None)
        })?;
        for (name, _) in &params {
            self.at(found.span(name), settings::check_effects([name], &methods))?;
        }
        for method in &methods {
            let of_feedback = params.iter().find(|(name, _)| learns::is_ours(name));
            let span = found.span(of_feedback.map_or("", |(name, _)| name));
            self.at(span, Learns::of(&params, method, default))?;
        }
        let trials = match &found.trials {
            Some(trials) if *trials.get_ref() == 0 || ranges.is_empty() => {
                let reason = "trials: a whole number from 1, of a method with a search";
                return Err(self.error(Some(trials.span()), reason, None));
            }
            Some(trials) => *trials.get_ref(),
            None if ranges.is_empty() => 0,
            None => TRIALS,
        };
        let name = found.name.as_ref().map_or(model, Spanned::get_ref).clone();
        Ok(MethodPlan { name, method, learns, ranges, trials })
    }

    /// The parameters that are given, unchecked.
    fn params(&self, found: &MethodEntry) -> Result<Vec<Setting>, Error> {
        let mut params = Vec::new();
        for (name, value) in &found.params {
            let value = serde_json::to_value(value).unwrap_or_default();
            let setting = [(name.get_ref().clone(), value)];
            self.at(name.span(), entry::refuse_seed(&setting))?;
            params.extend(setting);
        }
        Ok(params)
    }
}
