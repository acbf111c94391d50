//! Completions of prompts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer;
use crate::asking::Request;
use crate::budget::Purse;
use crate::client::Event;
use crate::question::{self, Asked, Key, digest};
use crate::tokens::{PER_MESSAGE, tokens};
use crate::{Chat, Client, Error, Estimate, Tally};

/// What an answer may take where no parameter says so.
const ANSWER: u64 = 1024;

/// Completions, in the order of the questions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Completions {
    /// What the model said; empty where it said nothing.
    pub texts: Vec<String>,
    /// How many ended because they had got too long.
    pub cut: u64,
    /// What it took.
    pub tally: Tally,
    /// SHA-256 of the questions' names and the answers, in hexadecimal: what the result depends on.
    pub digest: String,
}

#[derive(Default)]
struct ChatPlan {
    /// Of all questions.
    names: Vec<Key>,
    /// Those that are in the cache.
    answers: BTreeMap<Key, Option<Value>>,
    /// The others, with the first place where each is asked.
    missing: Vec<(Key, usize)>,
    repeats: u64,
}

impl Client<'_> {
    /// Has questions completed.
    ///
    /// # Errors
    /// [`Error`]; what was answered is in the cache all the same.
    pub fn chat(&self, chats: &[Chat], watch: &mut dyn FnMut(Event)) -> Result<Completions, Error> {
        let ChatPlan { names, mut answers, missing, repeats } = self.plan(chats);
        let cached = (answers.len() - missing.len()) as u64;
        self.check_offline(missing.len(), answers.len(), |at| &chats[missing[at].1].user)?;
        let purse = Purse::new(self.budget);
        self.ask_all(
            missing.len(),
            (&purse, watch),
            |at, ask| {
                let (name, chat) = (&missing[at].0, &chats[missing[at].1]);
                ask(self.chat_request(chat, name), &answer::completion)
            },
            |at, mut answer: Value| {
                let (name, chat) = (missing[at].0, &chats[missing[at].1]);
                if let Some(secret) = self.transport.key() {
                    secret.hide_in(&mut answer);
                }
                self.cache.keep_completion(&name, &self.chat_question(chat), &answer)?;
                answers.insert(name, Some(answer));
                Ok(())
            },
            |at| chats[missing[at].1].user.as_str(),
        )?;
        let asked = missing.len() as u64;
        let tally = Tally { asked, cached, repeats, ..purse.tally() };
        let text = |name: &Key| {
            let answer = answers.get(name).and_then(Option::as_ref);
            answer.and_then(answer::text).expect("all that was missing is answered")
        };
        let texts = names.iter().map(|name| text(name).to_owned()).collect();
        let cut = answers.values().flatten().filter(|answer| answer::is_cut(answer)).count() as u64;
        let digest = digest(answers.keys().map(|name| (name, text(name).as_bytes())));
        Ok(Completions { texts, cut, tally, digest })
    }

    /// What [`Client::chat`] would take.
    pub fn estimate_chat(&self, chats: &[Chat]) -> Estimate {
        let ChatPlan { answers, missing, repeats, .. } = self.plan(chats);
        let (mut tokens_in, mut tokens_out) = (0, 0);
        for (name, at) in &missing {
            let (input, output) = self.chat_request(&chats[*at], name).estimate;
            (tokens_in, tokens_out) = (tokens_in + input, tokens_out + output);
        }
        let asked = missing.len() as u64;
        let cost = self.budget.prices.cost((tokens_in, tokens_out));
        let cached = answers.len() as u64 - asked;
        Estimate { requests: asked, asked, cached, repeats, tokens_in, tokens_out, cost }
    }

    /// The questions by name, and which of them have to be asked.
    fn plan(&self, chats: &[Chat]) -> ChatPlan {
        let names: Vec<Key> = chats.iter().map(|c| question::key(&self.chat_question(c))).collect();
        let mut plan = ChatPlan::default();
        for (at, name) in names.iter().enumerate() {
            if plan.answers.contains_key(name) {
                plan.repeats += 1;
                continue;
            }
            let kept = self.cache.completion(name).filter(|kept| answer::text(kept).is_some());
            if kept.is_none() {
                plan.missing.push((*name, at));
            }
            plan.answers.insert(*name, kept);
        }
        ChatPlan { names, ..plan }
    }

    fn chat_question(&self, chat: &Chat) -> Value {
        let asked = Asked {
            provider: &self.provider,
            model: &self.model,
            path: "/chat/completions",
            parameters: &self.parameters,
        };
        asked.question(&chat.messages())
    }

    fn chat_request<'b>(&self, chat: &Chat, key: &'b Key) -> Request<'b> {
        let mut body = Value::Object(self.parameters.clone());
        body["model"] = json!(self.model);
        body["messages"] = chat.messages();
        let texts = chat.system.iter().chain([&chat.user]);
        let input = texts.map(|text| tokens(text) + PER_MESSAGE).sum();
        let limits = ["max_tokens", "max_completion_tokens"];
        let limit = limits.iter().filter_map(|name| self.parameters.get(*name)?.as_u64()).max();
        let estimate = (input, limit.unwrap_or(ANSWER));
        Request { path: "/chat/completions", body, estimate, key }
    }
}
