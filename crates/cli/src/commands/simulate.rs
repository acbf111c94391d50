//! `simulate`: feedback whose truth is known.

mod progression;

use crate::args::Global;
use crate::destination::{check_inputs, check_output_folder, overwrite};
use crate::failure::{Failure, Outcome};
use crate::input::Reading;
use crate::output::{Report, make_folder, thousands};
use foretaste::data::Keep;
use foretaste::files::{check_writable, write_file};
use foretaste::sim::{Error, Params, Table, semisynthetic};
use progression::Progression;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Make up feedback whose relevance and exposure are known.
///
/// Items are seen in proportion to their popularity, not to the user's taste, so that what is
/// missing is not missing at random. With no options, this makes the bundled sample. With --from,
/// relevance and exposure are fitted to real ratings instead (Saito et al., WSDM 2020). With --progression,
/// there are several feedbacks that build on one another, as `train --feedback` and `evaluate --feedback` read
/// them.
#[derive(Debug, clap::Args)]
pub(crate) struct Simulate {
    /// The folder to write; made if it doesn't exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace files that exist.
    #[arg(long)]
    force: bool,
    /// Number of users.
    #[arg(long, default_value_t = Params::default().users)]
    users: u32,
    /// Number of items.
    #[arg(long, default_value_t = Params::default().items)]
    items: u32,
    /// Expected number of interactions.
    #[arg(long, default_value_t = Params::default().interactions)]
    interactions: u64,
    /// Share of user–item pairs that are relevant.
    #[arg(long, default_value_t = Params::default().relevance, allow_negative_numbers = true)]
    relevance: f64,
    /// How unequally items are exposed: exposure falls with rank to this power.
    #[arg(long, default_value_t = Params::default().popularity, allow_negative_numbers = true)]
    popularity: f64,
    /// How unequally users are exposed: standard deviation of the logarithm of their activity.
    #[arg(long, default_value_t = Params::default().activity, allow_negative_numbers = true)]
    activity: f64,
    /// Expose by lists of a former recommender, too: exposure falls with an item's place in the user's
    /// list to this power.
    #[arg(long, default_value_t = Params::default().position, allow_negative_numbers = true)]
    position: f64,
    /// Share of seen but irrelevant items that are clicked all the same.
    #[arg(long, default_value_t = Params::default().noise, allow_negative_numbers = true)]
    noise: f64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = Params::default().seed)]
    seed: u64,
    #[command(flatten)]
    real: Real,
    #[command(flatten)]
    progression: Progression,
}

/// Feedback made from real ratings.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "From ratings")]
struct Real {
    /// A file of ratings, to which relevance and exposure are fitted.
    #[arg(long, value_name = "FILE", conflicts_with_all =
        ["users", "items", "interactions", "relevance", "popularity", "activity", "position",
            "noise", "progression"])]
    from: Option<PathBuf>,
    /// How unequally items are exposed: exposure is a fitted probability to this power
    /// [default: 0.5].
    #[arg(long, value_name = "P", requires = "from", allow_negative_numbers = true)]
    power: Option<f64>,
    /// What is taken off a rating: the more, the less is relevant [default: 5].
    #[arg(long, value_name = "EPSILON", requires = "from", allow_negative_numbers = true)]
    epsilon: Option<f64>,
}

/// A file to write: its name, and what writes its contents.
type File<'a> = (String, Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>);

impl Simulate {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        if let Some(ratings) = &self.real.from {
            return self.fitted(ratings, global);
        }
        let world = self.world();
        match self.progression.params(world.clone()) {
            Some(params) => self.progressing(params, global),
            None => self.made_up(world, global),
        }
    }

    fn world(&self) -> Params {
        Params {
            users: self.users,
            items: self.items,
            interactions: self.interactions,
            relevance: self.relevance,
            popularity: self.popularity,
            activity: self.activity,
            position: self.position,
            noise: self.noise,
            seed: self.seed,
            ..Params::default()
        }
    }

    fn made_up(&self, params: Params, global: &Global) -> Outcome {
        let simulation = params.check()?;
        self.check_output(&Table::ALL.map(Table::file_name))?;
        let feedback = &simulation.generate()?;
        let file = |table: Table| -> File<'_> {
            (table.file_name().to_owned(), Box::new(move |out| table.write(feedback, out)))
        };
        let counts = [
            feedback.clicks.users().len(),
            feedback.clicks.items().len(),
            feedback.clicks.interactions().nnz(),
            feedback.relevance.nnz(),
        ];
        self.write_clicks(Table::ALL.map(file).into(), counts, global)
    }

    fn fitted(&self, path: &Path, global: &Global) -> Outcome {
        let d = semisynthetic::Params::default();
        let params = semisynthetic::Params {
            power: self.real.power.unwrap_or(d.power),
            epsilon: self.real.epsilon.unwrap_or(d.epsilon),
            seed: self.seed,
            ..d
        };
        let simulation = params.check()?;
        self.check_output(&semisynthetic::Table::ALL.map(semisynthetic::Table::file_name))?;
        let keep = Keep { weights: true, times: false };
        let (ratings, _) = Reading::default().of_ratings()?.0.read(path, keep, global)?;
        let truth = &simulation.generate(&ratings).map_err(|error| match error {
            Error::NoRatings => Failure::data(format_args!("{}: {error}", path.display()))
                .help("--from takes a file with a column of ratings"),
            error => error.into(),
        })?;
        let file = |table: semisynthetic::Table| -> File<'_> {
            (table.file_name().to_owned(), Box::new(move |out| table.write(truth, out)))
        };
        let counts =
            [truth.users.len(), truth.items.len(), truth.clicks.nnz(), truth.relevance.nnz()];
        self.write_clicks(semisynthetic::Table::ALL.map(file).into(), counts, global)
    }

    fn check_output(&self, names: &[impl AsRef<Path>]) -> Outcome {
        check_output_folder(&self.output)?;
        let files: Vec<PathBuf> = names.iter().map(|name| self.output.join(name)).collect();
        check_inputs(&files, self.real.from.as_slice())?;
        if self.output.is_dir() {
            files.iter().try_for_each(|file| check_writable(file, overwrite(self.force)))?;
        }
        Ok(())
    }

    fn write_clicks(
        &self,
        files: Vec<File<'_>>,
        [users, items, clicks, relevant]: [usize; 4],
        global: &Global,
    ) -> Outcome {
        let json = json!({ "users": users, "items": items, "interactions": clicks,
            "relevant": relevant });
        self.write(files, vec![format!("{} interactions", thousands(clicks as u64))], json, global)
    }

    /// Writes the files; prints them below some lines, or for programs what came of them.
    fn write(
        &self,
        files: Vec<File<'_>>,
        above: Vec<String>,
        mut json: Value,
        global: &Global,
    ) -> Outcome {
        make_folder(&self.output)?;
        let mut rows = Vec::new();
        for (name, contents) in files {
            let path = self.output.join(name);
            write_file(&path, overwrite(self.force), contents)?;
            rows.push(vec![path.display().to_string()]);
        }
        json["output"] = self.output.display().to_string().into();
        Report { json, header: vec!["file"], rows, above }.print(global.format())
    }
}
