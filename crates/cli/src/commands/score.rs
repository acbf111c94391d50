//! `score`: the scores of given pairs.

use crate::args::Global;
use crate::cells::NOTHING;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Pair, pairs};
use crate::output::{Format, Report, count, thousands};
use crate::table_file::{Stop, TableFile};
use foretaste::Recommender;
use foretaste::data::{ItemId, UserId};
use foretaste::io::{Cells, Rows, TableFormat, TableWriter};
use foretaste::model::score_pairs;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;

/// Print what the model thinks of pairs of users and items, in the order of their file.
///
/// A score is the number that `recommend` prints for the pair. Of a pair whose user or item the model
/// does not know it is empty, and these are counted. The file is read a part at a time, however long
/// it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Score {
    /// The model file.
    model: PathBuf,
    /// A file of users and items, - for stdin: the first two columns, or those that its header or the
    /// fields of its JSON lines name.
    pairs: PathBuf,
    /// Write the scores to a file, as user,item,score, instead of printing them: the ending says how,
    /// .csv or .jsonl, each also with .gz, or .parquet.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there already.
    #[arg(long, requires = "output")]
    force: bool,
    /// Fail if the model does not know a user or item, instead of leaving the score empty.
    #[arg(long)]
    strict: bool,
}

/// Pairs that are held in memory at once.
const AT_ONCE: usize = 1 << 16;

/// Some pairs with their scores.
type Scores<'a> = (&'a [Pair], Vec<Option<f32>>);

/// What was found so far.
#[derive(Default)]
struct Counts {
    pairs: u64,
    /// Pairs of users, or else items, that the model does not know.
    users: u64,
    items: u64,
}

impl Counts {
    fn unknown(&self) -> u64 {
        self.users + self.items
    }
}

impl Score {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let inputs = [self.model.clone(), self.pairs.clone()];
        let file = |path: &PathBuf| TableFile::new(path, self.force, &inputs, global);
        let file = self.output.as_ref().map(file).transpose()?;
        let model = input::model(&self.model, global)?;
        let counts = match &file {
            None => {
                let mut first = true;
                self.each_part(&model, |part| {
                    Ok(print(&part, global.format(), std::mem::take(&mut first))?)
                })?
            }
            Some(file) => {
                let mut counts = Counts::default();
                file.write(|write| {
                    counts = self.each_part(&model, |part| write_rows(&part, write))?;
                    Ok(())
                })?;
                counts
            }
        };
        if counts.unknown() > 0 {
            let (path, unknown) = (input::name(&self.pairs), thousands(counts.unknown()));
            global.note(format_args!(
                "note: {path}: no score for {unknown} of {}: the model does not know {}",
                count(counts.pairs, "pair"),
                match (counts.users, counts.items) {
                    (_, 0) => "the user".to_owned(),
                    (0, _) => "the item".to_owned(),
                    (users, items) => format!(
                        "the user of {}, of {} more the item",
                        thousands(users),
                        thousands(items)
                    ),
                }
            ));
        }
        match file.filter(|file| !file.is_stdout()) {
            Some(file) => report(&file, &counts, global.format()),
            None => Ok(()),
        }
    }

    /// Reads and scores some pairs at a time.
    fn each_part(
        &self,
        model: &Recommender,
        mut take: impl FnMut(Scores<'_>) -> Result<(), Stop>,
    ) -> Result<Counts, Stop> {
        let mut counts = Counts::default();
        let mut part: Vec<Pair> = Vec::new();
        let mut score = |part: &mut Vec<Pair>| -> Result<(), Stop> {
            let scores = self.scores(model, part, &mut counts)?;
            take((part, scores))?;
            part.clear();
            Ok(())
        };
        pairs::<Stop>(&self.pairs, |pair| {
            part.push(pair);
            if part.len() == AT_ONCE { score(&mut part) } else { Ok(()) }
        })?;
        if !part.is_empty() {
            score(&mut part)?;
        }
        Ok(counts)
    }

    fn scores(
        &self,
        model: &Recommender,
        pairs: &[Pair],
        counts: &mut Counts,
    ) -> Outcome<Vec<Option<f32>>> {
        let find = |pair: &Pair| (model.user(&pair.user), model.item(&pair.item));
        let found: Vec<(Option<UserId>, Option<ItemId>)> = pairs.par_iter().map(find).collect();
        let is_unknown =
            |(user, item): &(Option<UserId>, Option<ItemId>)| user.is_none() || item.is_none();
        if let (true, Some(at)) = (self.strict, found.iter().position(is_unknown)) {
            let Pair { line, user, item } = &pairs[at];
            let (what, id, ids) = match found[at].0 {
                None => ("user", user, model.users()),
                Some(_) => ("item", item, model.items()),
            };
            let path = input::name(&self.pairs);
            let message = format_args!("{path}:{line}: the model has no {what} \"{id}\"");
            return Err(Failure::data(message).help(input::examples(ids, what)));
        }
        counts.pairs += found.len() as u64;
        counts.users += found.iter().filter(|(user, _)| user.is_none()).count() as u64;
        let no_item = |(user, item): &&(Option<_>, Option<_>)| user.is_some() && item.is_none();
        counts.items += found.iter().filter(no_item).count() as u64;
        let known: Vec<(UserId, ItemId)> =
            found.iter().filter_map(|(user, item)| user.zip(*item)).collect();
        let mut scores = score_pairs(model.scorer(), &known).into_iter();
        Ok(found.iter().map(|pair| if is_unknown(pair) { None } else { scores.next() }).collect())
    }
}

fn print((pairs, scores): &Scores<'_>, format: Format, first: bool) -> Outcome {
    let rows = pairs.iter().zip(scores);
    if format == Format::Json {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut writer = TableWriter::new(&mut out, TableFormat::JsonLines);
        writer.write(&table(pairs, scores))?;
        return Ok(writer.finish()?);
    }
    let nothing = if format == Format::Csv { "" } else { NOTHING };
    let row = |(pair, score): (&Pair, &Option<f32>)| {
        let score = score.map_or(nothing.to_owned(), |score| format.score(score));
        vec![pair.user.clone(), pair.item.clone(), score]
    };
    let header = vec!["user", "item", "score"];
    Report { json: Value::Null, header, rows: rows.map(row).collect(), above: Vec::new() }
        .print_part(format, first)
}

fn write_rows(
    (pairs, scores): &Scores<'_>,
    write: &mut dyn FnMut(&Rows<'_>) -> io::Result<()>,
) -> Result<(), Stop> {
    Ok(write(&table(pairs, scores))?)
}

fn table<'a>(pairs: &'a [Pair], scores: &[Option<f32>]) -> Rows<'a> {
    let columns = vec![
        ("user", Cells::Text(pairs.iter().map(|pair| Some(&*pair.user)).collect())),
        ("item", Cells::Text(pairs.iter().map(|pair| Some(&*pair.item)).collect())),
        ("score", Cells::Scores(scores.to_vec())),
    ];
    Rows { columns }
}

/// What was written.
fn report(file: &TableFile, counts: &Counts, format: Format) -> Outcome {
    let (unknown, file) = (counts.unknown(), file.path().display().to_string());
    let row = vec![format.count(counts.pairs), format.count(unknown), file.clone()];
    let json = json!({ "pairs": counts.pairs, "without_score": unknown, "output": file });
    let header = vec!["pairs", "without_score", "file"];
    Report { json, header, rows: vec![row], above: Vec::new() }.print(format)
}
