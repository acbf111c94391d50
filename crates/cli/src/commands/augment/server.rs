//! Who is asked, and what may be spent.

use crate::args::Global;
use crate::failure::{Code, Failure, Outcome};
use crate::output::Format;
use crate::progress::{Bar, asking};
use crate::signals::LastWords;
use foretaste_llm::{
    Budget, Cache, Client, Endpoint, Estimate, Event, Offline, Prices, Secret, Tally, Transport,
    connect,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who is asked.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Language model")]
pub(super) struct Server {
    /// The server's address, behind which are /chat/completions and /embeddings:
    /// http://localhost:11434/v1.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The model's name, as the server has it.
    #[arg(long, value_name = "NAME")]
    llm_model: String,
    /// Whose the model is: what tells it in the cache from another of the same name.
    #[arg(long, value_name = "NAME", default_value = "")]
    provider: String,
    /// The variable of the environment that holds the key; no key is sent unless one is named.
    #[arg(long, value_name = "VAR", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// The file that holds the key.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The folder where answers are kept; made if it doesn't exist.
    #[arg(long, value_name = "DIR", default_value = "llm-cache")]
    cache: PathBuf,
    /// Ask nothing: what is not in the cache is an error.
    #[arg(long)]
    offline: bool,
    /// Say how many requests, tokens and what cost there would be, and ask nothing.
    #[arg(long, conflicts_with = "offline")]
    pub(super) dry_run: bool,
    /// Requests at the same time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// How long an answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 120,
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// What a million tokens cost, asked and answered, in any currency: 0.15,0.6.
    #[arg(long, value_name = "IN,OUT", value_parser = prices)]
    price: Option<(f64, f64)>,
    /// End before more than this is spent, by --price.
    #[arg(long, value_name = "COST", requires = "price", value_parser = amount)]
    max_cost: Option<f64>,
    /// End before more tokens than this are used, asked and answered.
    #[arg(long, value_name = "N")]
    max_tokens: Option<u64>,
}

fn amount(text: &str) -> Result<f64, String> {
    let number =
        text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "a number from 0".to_owned())
}

fn prices(text: &str) -> Result<(f64, f64), String> {
    let (input, output) = text.split_once(',').ok_or("write IN,OUT, as 0.15,0.6")?;
    Ok((amount(input)?, amount(output)?))
}

impl Server {
    /// The files that are read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.key_file.iter().cloned()
    }

    /// What brings questions to the server; nothing does where nothing is asked.
    pub(super) fn transport(&self) -> Outcome<Box<dyn Transport>> {
        if self.offline || self.dry_run {
            return Ok(Box::new(Offline));
        }
        let Some(url) = &self.base_url else {
            return Err(Failure::usage("there is no --base-url: whom is to be asked?").help(
                "--base-url http://localhost:11434/v1 names a server; --offline takes answers from \
                 the cache, --dry-run says what a run would take",
            ));
        };
        let endpoint = Endpoint::new(url, self.key()?)?;
        Ok(connect(endpoint, Duration::from_secs(self.timeout))?)
    }

    fn key(&self) -> Outcome<Option<Secret>> {
        let named = |failure: Failure, name: &str| failure.about(Path::new(name));
        match (&self.key_env, &self.key_file) {
            (Some(name), _) => {
                let text = std::env::var(name).map_err(|_| {
                    Failure::usage(format_args!("--key-env {name}: there is no such variable"))
                        .help(format_args!("set {name}, or name another"))
                })?;
                Secret::new(&text).map(Some).map_err(|error| named(error.into(), name))
            }
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Failure::io(Code::Usage, path, &error))?;
                let name = path.display().to_string();
                Secret::new(&text).map(Some).map_err(|error| named(error.into(), &name))
            }
            (None, None) => Ok(None),
        }
    }

    /// What asks. The cache is opened for what is to be done with it.
    pub(super) fn client<'a>(&self, transport: &'a dyn Transport) -> Outcome<Client<'a>> {
        let cache = match (transport.reaches_out(), self.cache.exists()) {
            (true, _) => Cache::open(&self.cache)?,
            (false, false) if self.dry_run => Cache::none(),
            (false, _) => Cache::read(&self.cache)?,
        };
        let (input, output) = self.price.unwrap_or_default();
        let prices = Prices { input, output };
        let budget = Budget { tokens: self.max_tokens, cost: self.max_cost, prices };
        Ok(Client::new(transport, &self.llm_model, cache)
            .of_provider(&self.provider)
            .by_threads(self.concurrency.into())
            .within(budget))
    }

    /// What a run would take, in columns and as JSON.
    pub(super) fn estimated(&self, estimate: &Estimate, format: Format) -> (Columns, Value) {
        let Estimate { requests, asked, cached, repeats, tokens_in, tokens_out, cost, .. } =
            *estimate;
        let columns = vec![
            ("questions", format.count(asked + cached)),
            ("cached", format.count(cached)),
            ("requests", format.count(requests)),
            ("tokens in, about", format.count(tokens_in)),
            ("tokens out, at most", format.count(tokens_out)),
            ("cost, at most", self.cost(cost, format)),
        ];
        let json = json!({ "dry_run": true, "requests": requests, "asked": asked, "cached": cached,
            "repeats": repeats, "tokens_in": tokens_in, "tokens_out": tokens_out,
            "cost": self.price.map(|_| cost) });
        (columns, json)
    }

    /// What a run took, in columns and as JSON.
    pub(super) fn took(&self, tally: &Tally, digest: &str, format: Format) -> (Columns, Value) {
        let Tally { requests, asked, cached, repeats, tokens_in, tokens_out, cost, .. } = *tally;
        let columns = vec![
            ("requests", format.count(requests)),
            ("cached", format.count(cached)),
            ("tokens", format.count(tokens_in + tokens_out)),
            ("cost", self.cost(cost, format)),
        ];
        let json = json!({ "requests": requests, "asked": asked, "cached": cached,
            "repeats": repeats, "tokens_in": tokens_in, "tokens_out": tokens_out,
            "tokens_estimated": tally.estimated, "cost": self.price.map(|_| cost),
            "model": self.llm_model, "provider": self.provider, "answers_sha256": digest });
        (columns, json)
    }

    /// A cost where there are prices.
    fn cost(&self, cost: f64, format: Format) -> String {
        format.number_or_nothing(self.price.map(|_| cost), 4)
    }
}

/// Names and cells of a row.
pub(super) type Columns = Vec<(&'static str, String)>;

/// A row as a report has it.
pub(super) fn row_of(columns: Columns) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let (header, row) = columns.into_iter().unzip();
    (header, vec![row])
}

/// Puts what is known of the asking beside the rest.
pub(super) fn joined(mut json: Value, more: Value) -> Value {
    if let (Value::Object(all), Value::Object(more)) = (&mut json, more) {
        all.extend(more);
    }
    json
}

/// Shows what happens while questions are asked.
pub(super) struct Watch<'a> {
    bar: Bar,
    global: &'a Global,
    _last_words: Option<LastWords>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(global: &'a Global) -> Self {
        let last = "note: what was answered is kept: the same command goes on from there";
        let _last_words = (!global.quiet).then(|| LastWords::new(last));
        Self { bar: asking(global.quiet), global, _last_words }
    }

    pub(super) fn show(&mut self, event: Event) {
        match event {
            Event::Answered { done, of } => self.bar.set(done as u64, of as u64),
            Event::Again { problem, wait } => {
                let seconds = wait.as_secs_f64();
                let line = format!("note: {problem}; asking again in {seconds:.0} s");
                self.bar.aside(|| self.global.note(line));
            }
            _ => {}
        }
    }
}
