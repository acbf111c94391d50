//! What is compared: model files, and methods to train.

use crate::args::Global;
use crate::commands::train::fit;
use crate::failure::{Failure, Outcome};
use crate::input;
use foretaste::{Method, Recommender, Registry};
use foretaste_experiment::{
    DEFAULT_EVERY, Entry, Error, Learner, Learns, Material, Measured, Runs, check_names, named,
    settings, validation_metric,
};
use std::path::{Path, PathBuf};

/// Something to compare.
#[derive(Debug)]
pub(crate) enum Run {
    /// A method to train.
    Method(Entry),
    /// A model that was trained before.
    File { name: String, path: PathBuf },
}

impl Run {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Method(Entry { name, .. }) | Self::File { name, .. } => name,
        }
    }

    /// The method, if it is one to train.
    pub(crate) fn method(&self) -> Option<&Method> {
        match self {
            Self::Method(entry) => Some(&entry.method),
            Self::File { .. } => None,
        }
    }

    /// The method, and what it learns from.
    pub(crate) fn learner(&self) -> Option<Learner<'_>> {
        match self {
            Self::Method(entry) => Some((&entry.method, &entry.learns)),
            Self::File { .. } => None,
        }
    }

    /// The file that it is read from, or that its method reads besides the data.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Method(entry) => entry.method.side_file(),
            Self::File { path, .. } => Some(path.clone()),
        }
    }

    /// Tells files from methods; a method's name is a method even if there is such a file.
    pub(crate) fn parse(
        texts: &[String],
        registry: &Registry,
        learns: &Learns,
    ) -> Outcome<Vec<Self>> {
        let runs = texts.iter().map(|text| Self::parse_one(text, registry, learns));
        let runs: Vec<Self> = runs.collect::<Outcome<_>>()?;
        check_names(runs.iter().map(Self::name))?;
        Ok(runs)
    }

    fn parse_one(text: &str, registry: &Registry, learns: &Learns) -> Outcome<Self> {
        let (name, run) = named(text);
        match Entry::parse(registry, text, learns) {
            Ok(entry) => Ok(Self::Method(entry)),
            Err(Error::UnknownMethod { .. }) if Path::new(text).exists() => {
                Ok(Self::of_file(None, text))
            }
            Err(Error::UnknownMethod { .. }) if Path::new(run).exists() => {
                Ok(Self::of_file(Some(name), run))
            }
            Err(error @ Error::UnknownMethod { .. }) => {
                Err(Failure::from(error).help("and no file of this name"))
            }
            Err(error) => Err(Failure::from(error).about_run(text)),
        }
    }

    /// A file is called what its name is up to the last dot.
    fn of_file(name: Option<&str>, path: &str) -> Self {
        let path = PathBuf::from(path);
        let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self::File { name: name.map_or_else(stem, str::to_owned), path }
    }
}

/// Loads or trains, and measures, everything, in order.
pub(crate) fn measure(
    runs: &[Run],
    material: &Material,
    seeds: &[u64],
    data: &Path,
    global: &Global,
) -> Outcome<Vec<Runs>> {
    // Models first: what can't be compared is said before hours of training.
    let mut models = Vec::new();
    for run in runs {
        models.push(match run {
            Run::File { path, .. } => {
                let model = input::model(path, global)?;
                material.check_model(
                    &path.display().to_string(),
                    &model,
                    &data.display().to_string(),
                )?;
                Some(model)
            }
            Run::Method(_) => None,
        });
    }
    let mut measured = Vec::new();
    for (run, model) in runs.iter().zip(models) {
        let of_run = match (run, model) {
            (_, Some(model)) => vec![Measured::of(&model, None, material)?],
            (Run::Method(entry), _) => settings::with_seeds(&entry.method, seeds)
                .iter()
                .map(|method| Ok(train((method, &entry.learns), material, global)?.1))
                .collect::<Outcome<_>>()
                .map_err(|failure| match failure.is_divergence() {
                    true => failure.about(Path::new(&entry.name)),
                    false => failure.about_data(data),
                })?,
            (Run::File { .. }, None) => Vec::new(),
        };
        measured.push((run.name().to_owned(), of_run));
    }
    Ok(measured)
}

/// Trains a method and measures the model.
pub(crate) fn train(
    learner: Learner<'_>,
    material: &Material,
    global: &Global,
) -> Outcome<(Recommender, Measured)> {
    let metric = validation_metric(&material.held_out[0].metrics);
    let (train, valid) = ((material.train.clone(), material.extra()), material.valid.as_ref());
    let (model, seconds) = fit(learner, train, valid, (metric, DEFAULT_EVERY), global)?;
    let measured = Measured::of(&model, Some(seconds.as_secs_f64()), material)?;
    Ok((model, measured))
}
