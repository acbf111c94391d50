//! `augment edges`: what users would prefer of what a model offers them, by a language model.

use super::histories::Histories;
use super::server::{Columns, Server, Watch, joined, row_of};
use crate::args::Global;
use crate::commands::recommend::list_length;
use crate::destination::Destination;
use crate::failure::{Code, Failure, Outcome};
use crate::input::{self, Reading, once};
use crate::output::{Format, Report, count};
use foretaste::data::{ItemId, UserId};
use foretaste::io::{Side, read_texts};
use foretaste::{ItemSet, Query, Recommender, Seen};
use foretaste_llm::{Chat, Choice, Client, Completions, Discarded, Template};
use serde_json::json;
use std::path::PathBuf;

/// Ask a language model which of a model's first recommendations a user would like, and which not.
///
/// Each user is a question: what they had last, and the first items of their list, in words. An answer
/// counts if it is two different ids of that list; others are discarded and counted. What counts is
/// written as user,liked,disliked, as `train --extra` reads it. User ids are not sent; ids and texts of
/// items are.
#[derive(Debug, clap::Args)]
pub(crate) struct Edges {
    /// The model file.
    model: PathBuf,
    /// The file of items' texts: id,text, or titles as in movies.csv.
    #[arg(long, value_name = "FILE")]
    item_texts: PathBuf,
    /// The file to write: user,liked,disliked.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it is there already.
    #[arg(long)]
    force: bool,
    /// A file of users, one id a line; all users of the model if it is left out.
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// Ask for the first N users alone.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// How many items are offered.
    #[arg(long, value_name = "C", default_value_t = 10, value_parser = candidates)]
    candidates: usize,
    /// How many items of a user's history are told.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = list_length)]
    history: usize,
    /// Interactions with times, by which the last are told. Models have no times: without the file, those
    /// are told that the fewest users have.
    #[arg(long, value_name = "FILE")]
    histories: Option<PathBuf>,
    /// A template in the place of the one that is built in, with {history} and {candidates}.
    #[arg(long, value_name = "FILE")]
    prompt: Option<PathBuf>,
    /// The longest answer.
    #[arg(long, value_name = "TOKENS", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    answer_tokens: u32,
    /// How random answers are.
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    temperature: f64,
    /// A parameter of the request, in JSON or as text: seed=1; null sends none, as in temperature=null. May
    /// be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    parameter: Vec<String>,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    reading: Reading,
}

fn candidates(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (2..=1000).contains(number));
    number.ok_or_else(|| "a whole number from 2 to 1000".to_owned())
}

/// Letters of an item's text that are told.
const TOLD: usize = 300;

/// Users whose lists are held in memory at once.
const AT_ONCE: usize = 8192;

/// A user, and what is offered.
#[derive(Debug)]
struct Asked {
    user: UserId,
    offered: Vec<ItemId>,
}

/// What became of the answers.
#[derive(Debug, Default)]
struct Found {
    /// User, liked, disliked.
    rows: Vec<[String; 3]>,
    form: u64,
    not_offered: u64,
    same: u64,
}

impl Edges {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let destination = Destination::new(&self.output, self.force, &self.inputs(), global)?;
        let template = self.template()?;
        let transport = self.server.transport()?;
        let model = input::model(&self.model, global)?;
        let names = self.texts(&model, global)?;
        let client = self.client(self.server.client(&*transport)?)?;
        let (asked, chats) = self.questions(&model, &names, &template, global)?;
        if asked.is_empty() {
            return Err(Failure::data("there is no user of whom anything can be asked").help(
                "--item-texts needs texts of items that users have, and of two that they lack",
            ));
        }
        let format = global.format();
        if self.server.dry_run {
            let (mut columns, json) = self.server.estimated(&client.estimate_chat(&chats), format);
            columns.insert(0, ("users", format.count(asked.len() as u64)));
            let (header, rows) = row_of(columns);
            let json = joined(json!({ "users": asked.len() }), json);
            return Report { json, header, rows, above: Vec::new() }.print(format);
        }
        let mut watch = Watch::new(global);
        let answers = client.chat(&chats, &mut |event| watch.show(event))?;
        drop(watch);
        if answers.cut > 0 {
            let cut = count(answers.cut, "answer");
            global.note(format_args!("note: {cut} cut short: --answer-tokens allows more"));
        }
        let found = read(&model, &asked, &answers);
        destination.write(|out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["user", "liked", "disliked"])?;
            found.rows.iter().try_for_each(|row| csv.write_record(row))?;
            csv.flush()
        })?;
        if destination.is_stdout() {
            return Ok(());
        }
        self.report(&found, &answers, asked.len(), format)
    }

    fn inputs(&self) -> Vec<PathBuf> {
        let some = [&self.users, &self.histories, &self.prompt].into_iter().flatten().cloned();
        let own = [self.model.clone(), self.item_texts.clone()];
        own.into_iter().chain(some).chain(self.server.inputs()).collect()
    }

    fn template(&self) -> Outcome<Template> {
        let Some(path) = &self.prompt else { return Ok(Template::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::io(Code::Usage, path, &error))?;
        Template::new(text).map_err(|error| {
            let help = error.help().unwrap_or_default();
            Failure::from(error).about(path).help(help)
        })
    }

    fn client<'a>(&self, client: Client<'a>) -> Outcome<Client<'a>> {
        let client = client
            .with_parameter("max_tokens", json!(self.answer_tokens))?
            .with_parameter("temperature", json!(self.temperature))?;
        self.parameter.iter().try_fold(client, |client, text| {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::usage(format_args!("--parameter {text}: there is no `=`"))
                    .help("write NAME=VALUE, as seed=1")
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
            Ok(client.with_parameter(name.trim(), value)?)
        })
    }

    /// The texts of the model's items, the beginnings of long ones; empty where there is none.
    fn texts(&self, model: &Recommender, global: &Global) -> Outcome<Vec<String>> {
        let mut names = vec![String::new(); model.items().len()];
        let (told, _) = read_texts(&self.item_texts, Side::Item)?;
        for (id, text) in told.ids.iter().zip(&told.texts) {
            if let Some(item) = model.item(id) {
                names[item.index()] = text.trim().chars().take(TOLD).collect();
            }
        }
        let without = names.iter().filter(|name| name.is_empty()).count();
        let file = self.item_texts.display();
        if names.len() - without < 2 {
            let message = format!("{file}: there are no texts for two items of the model");
            return Err(Failure::data(message).help(input::examples(model.items(), "item")));
        }
        if without > 0 {
            let items = count(names.len() as u64, "item");
            global
                .note(format_args!("note: {file}: no text for {without} of {items}: not offered"));
        }
        Ok(names)
    }

    /// Users in their order, without those of whom nothing can be asked.
    fn questions(
        &self,
        model: &Recommender,
        names: &[String],
        template: &Template,
        global: &Global,
    ) -> Outcome<(Vec<Asked>, Vec<Chat>)> {
        let users = self.who(model, global)?;
        let has_text = |item: ItemId| !names[item.index()].is_empty();
        let file = (self.histories.as_deref(), &self.reading);
        let histories = Histories::of(model, &users, file, (self.history, &has_text), global)?;
        let items = (0..names.len() as u32).map(ItemId).filter(|&item| has_text(item));
        let allowed = ItemSet::from_items(names.len(), items);
        let query = Query::new(self.candidates).allow(&allowed);
        let (mut asked, mut chats) = (Vec::new(), Vec::new());
        for (part, some) in users.chunks(AT_ONCE).enumerate() {
            let lists = model.recommend_where(some, &query, Seen::All);
            for (n, (&user, list)) in some.iter().zip(lists).enumerate() {
                let had = histories.at(part * AT_ONCE + n);
                if list.len() < 2 || had.is_empty() {
                    continue;
                }
                let offered: Vec<ItemId> = list.into_iter().map(|(item, _)| item).collect();
                let ids: Vec<String> = offered.iter().map(|item| model.item_name(*item)).collect();
                let name = |item: &ItemId| names[item.index()].as_str();
                let candidates = ids.iter().map(String::as_str).zip(offered.iter().map(name));
                chats.push(Chat::new(template.filled(had.iter().map(name), candidates)));
                asked.push(Asked { user, offered });
            }
        }
        let left = users.len() - asked.len();
        if left > 0 {
            let all = count(users.len() as u64, "user");
            global.note(format_args!(
                "note: {left} of {all} not asked about: no item of theirs has a text, or fewer than \
                 two can be offered"
            ));
        }
        Ok((asked, chats))
    }

    fn who(&self, model: &Recommender, global: &Global) -> Outcome<Vec<UserId>> {
        let mut users: Vec<UserId> = match &self.users {
            None => (0..model.users().len() as u32).map(UserId).collect(),
            Some(path) => {
                let (ids, unknown) = input::ids(path, Side::User, model.users())?;
                unknown.tell(false, global)?;
                let known: Vec<UserId> = ids.iter().filter_map(|one| model.user(&one.id)).collect();
                once(&known, |user| user.0, ("users", "one question"), global)
            }
        };
        users.truncate(self.limit.map_or(usize::MAX, |limit| limit as usize));
        Ok(users)
    }

    fn report(
        &self,
        found: &Found,
        answers: &Completions,
        asked: usize,
        format: Format,
    ) -> Outcome {
        let accepted = found.rows.len();
        let rate = accepted as f64 / asked as f64;
        let (more, json) = self.server.took(&answers.tally, &answers.digest, format);
        let mut columns: Columns = vec![
            ("users", format.count(asked as u64)),
            ("accepted", format.count(accepted as u64)),
            ("rate", format.number(rate, 3)),
            ("other form", format.count(found.form)),
            ("not offered", format.count(found.not_offered)),
            ("same", format.count(found.same)),
        ];
        columns.extend(more);
        columns.push(("file", self.output.display().to_string()));
        let own = json!({ "users": asked, "accepted": accepted, "acceptance_rate": rate,
            "discarded": { "form": found.form, "not_offered": found.not_offered,
                "same": found.same }, "cut": answers.cut,
            "output": self.output.display().to_string() });
        let (header, rows) = row_of(columns);
        Report { json: joined(own, json), header, rows, above: Vec::new() }.print(format)
    }
}

/// The answers that say something, and how many don't.
fn read(model: &Recommender, asked: &[Asked], answers: &Completions) -> Found {
    let mut found = Found::default();
    for (Asked { user, offered }, text) in asked.iter().zip(&answers.texts) {
        let ids: Vec<String> = offered.iter().map(|item| model.item_name(*item)).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        match Choice::read(text, &ids) {
            Ok(Choice { liked, disliked }) => {
                let [liked, disliked] = [ids[liked], ids[disliked]].map(str::to_owned);
                found.rows.push([model.user_name(*user), liked, disliked]);
            }
            Err(Discarded::NotOffered) => found.not_offered += 1,
            Err(Discarded::Same) => found.same += 1,
            Err(_) => found.form += 1,
        }
    }
    found
}
