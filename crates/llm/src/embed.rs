//! Texts, as vectors.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::answer;
use crate::asking::{Ask, Request, Unanswered};
use crate::budget::Purse;
use crate::client::Event;
use crate::error::Problem;
use crate::question::{self, Asked, Key, digest};
use crate::tokens::tokens;
use crate::{Client, Error, Estimate, Tally};

/// What servers take in one request, in all.
const TOKENS: u64 = 100_000;

/// Vectors, a row for each text in the order of the texts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Embeddings {
    /// Numbers in a row; 0 if all texts are empty.
    pub width: usize,
    /// The rows, one after the other.
    pub values: Vec<f32>,
    /// Texts without a letter, whose rows are zero: servers refuse them.
    pub empty: u64,
    /// What it took.
    pub tally: Tally,
    /// SHA-256 of the questions' names and the vectors, in hexadecimal: what the result depends on.
    pub digest: String,
}

type Vector = Vec<f32>;

/// What is there, and what has to be asked.
#[derive(Default)]
struct Plan<'t> {
    /// Of each text; none of those that are empty.
    names: Vec<Option<Key>>,
    vectors: BTreeMap<Key, Option<Vector>>,
    missing: Vec<(Key, &'t str)>,
    repeats: u64,
    empty: u64,
}

impl Client<'_> {
    /// Has texts embedded.
    ///
    /// # Errors
    /// [`Error`]; what was answered is in the cache all the same.
    pub fn embed(&self, texts: &[&str], watch: &mut dyn FnMut(Event)) -> Result<Embeddings, Error> {
        let Plan { names, mut vectors, missing, repeats, empty } = self.plan_texts(texts)?;
        self.check_offline(missing.len(), vectors.len(), |at| missing[at].1)?;
        let mut width = vectors.values().flatten().map(Vec::len).next();
        vectors.values().flatten().try_for_each(|vector| same(&mut width, vector))?;
        let purse = Purse::new(self.budget);
        let batches = self.batches(&missing);
        self.ask_all(
            batches.len(),
            (&purse, watch),
            |at, ask| self.ask_texts(batches[at], ask),
            |at, rows: Vec<Vector>| {
                let batch = batches[at].iter().map(|(name, _)| *name);
                let kept: Vec<_> = batch.clone().zip(rows.iter().map(Vec::as_slice)).collect();
                rows.iter().try_for_each(|row| same(&mut width, row))?;
                self.cache.keep_vectors(&kept)?;
                vectors.extend(batch.zip(rows.into_iter().map(Some)));
                Ok(())
            },
            |at| batches[at].first().map_or("", |(_, text)| text),
        )?;
        let (asked, width) = (missing.len() as u64, width.unwrap_or(0));
        let cached = vectors.len() as u64 - asked;
        let mut values = Vec::with_capacity(texts.len() * width);
        let vector = |name: &Key| vectors[name].as_ref().expect("all that was missing is answered");
        for name in &names {
            match name {
                Some(name) => values.extend_from_slice(vector(name)),
                None => values.resize(values.len() + width, 0.0),
            }
        }
        let bytes: Vec<(&Key, Vec<u8>)> = vectors
            .keys()
            .map(|name| (name, vector(name).iter().flat_map(|x| x.to_le_bytes()).collect()))
            .collect();
        let digest = digest(bytes.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
        let tally = Tally { asked, cached, repeats, ..purse.tally() };
        Ok(Embeddings { width, values, empty, tally, digest })
    }

    /// What [`Client::embed`] would take.
    ///
    /// # Errors
    /// [`Error::Cache`] if the cache can't be read.
    pub fn estimate_embed(&self, texts: &[&str]) -> Result<Estimate, Error> {
        let Plan { vectors, missing, repeats, .. } = self.plan_texts(texts)?;
        let asked = missing.len() as u64;
        let tokens_in = missing.iter().map(|(_, text)| tokens(text)).sum();
        Ok(Estimate {
            requests: self.batches(&missing).len() as u64,
            asked,
            cached: vectors.len() as u64 - asked,
            repeats,
            tokens_in,
            tokens_out: 0,
            cost: self.budget.prices.cost((tokens_in, 0)),
        })
    }

    fn plan_texts<'t>(&self, texts: &[&'t str]) -> Result<Plan<'t>, Error> {
        let parameters: Map<String, Value> =
            self.dimensions.iter().map(|n| ("dimensions".to_owned(), json!(n))).collect();
        let asked = Asked {
            provider: &self.provider,
            model: &self.model,
            path: "/embeddings",
            parameters: &parameters,
        };
        let mut plan = Plan::default();
        for &text in texts {
            if text.trim().is_empty() {
                plan.empty += 1;
                plan.names.push(None);
                continue;
            }
            let name = question::key(&asked.question(&json!(text)));
            plan.names.push(Some(name));
            if plan.vectors.contains_key(&name) {
                plan.repeats += 1;
                continue;
            }
            let kept = self.cache.vector(&name)?;
            if kept.is_none() {
                plan.missing.push((name, text));
            }
            plan.vectors.insert(name, kept);
        }
        Ok(plan)
    }

    /// Texts that are asked for together.
    fn batches<'b, 't>(&self, mut missing: &'b [(Key, &'t str)]) -> Vec<&'b [(Key, &'t str)]> {
        let mut batches = Vec::new();
        while !missing.is_empty() {
            let mut sum = 0;
            let fits = |(_, text): &&(Key, &str)| {
                sum += tokens(text);
                sum <= TOKENS
            };
            let many = missing.iter().take(self.texts).take_while(fits).count().max(1);
            let (batch, rest) = missing.split_at(many);
            batches.push(batch);
            missing = rest;
        }
        batches
    }

    /// Asks for a batch, in halves if it is too much for the server.
    fn ask_texts(
        &self,
        batch: &[(Key, &str)],
        ask: &Ask<'_, Vec<Vector>>,
    ) -> Result<Vec<Vector>, Unanswered> {
        let texts: Vec<&str> = batch.iter().map(|(_, text)| *text).collect();
        let mut body = json!({ "model": self.model, "input": texts, "encoding_format": "float" });
        if let Some(dimensions) = self.dimensions {
            body["dimensions"] = json!(dimensions);
        }
        let Some((key, _)) = batch.first() else { return Ok(Vec::new()) };
        let estimate = (texts.iter().map(|text| tokens(text)).sum(), 0);
        let request = Request { path: "/embeddings", body, estimate, key };
        match ask(request, &|body| answer::vectors(body, batch.len())) {
            Err(Unanswered::Problem(Problem::Status { status: 413, .. })) if batch.len() > 1 => {
                let (first, second) = batch.split_at(batch.len() / 2);
                let mut rows = self.ask_texts(first, ask)?;
                rows.extend(self.ask_texts(second, ask)?);
                Ok(rows)
            }
            answered => answered,
        }
    }
}

/// Refuses a vector of another width than those before.
fn same(width: &mut Option<usize>, vector: &[f32]) -> Result<(), Error> {
    let (expected, found) = (*width.get_or_insert(vector.len()), vector.len());
    if expected == found { Ok(()) } else { Err(Error::Widths { expected, found }) }
}
