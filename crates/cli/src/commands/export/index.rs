//! An index that finds items of large inner products: HNSW (Malkov, Yashunin, TPAMI 2020).

use super::{Export, Indexing, Written};
use crate::failure::{Code, Failure, Outcome};
use crate::output::{count, thousands};
use crate::vector_files::VectorFiles;
use foretaste::Query;
use foretaste::data::{ItemId, UserId};
use foretaste::io::NamedVectors;
use foretaste::model::{ScoreVectors, Scored, Scorer, recommend};
use serde_json::json;
use std::time::Instant;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

impl Export {
    /// Makes the index, tries it if that is asked for, and writes it.
    pub(super) fn write_index(
        &self,
        (scorer, vectors): (&dyn Scorer, ScoreVectors<'_>),
        named: &NamedVectors<'_>,
        files: &VectorFiles,
        mut written: Written,
    ) -> Outcome<Written> {
        let (shape, k) = (Shape::new(&self.indexing), self.indexing.k);
        let graph = Graph::new(vectors, shape)?;
        let bytes = graph.to_bytes()?;
        let measure = |users| Measured::new(&graph, scorer, vectors, (users as usize, k));
        let measured = self.indexing.measure.map(measure).transpose()?;
        files.write(named, |out| out.write_all(&bytes))?;
        let Shape { m, ef_construction, ef } = shape;
        written.json["index"] = json!({
            "library": "USearch",
            "metric": "ip",
            "m": m,
            "ef_construction": ef_construction,
            "seconds": graph.seconds,
        });
        written.above.push(format!(
            "M = {m}, efConstruction = {ef_construction}: built in {:.1} s by one thread",
            graph.seconds
        ));
        let Some(measured) = measured else { return Ok(written) };
        written.json["measured"] = json!({
            "users": measured.users,
            "k": k,
            "ef": ef,
            "recall": measured.recall,
            "queries_per_second": measured.per_second,
            "exact_queries_per_second": measured.exact_per_second,
            "exact_together_per_second": measured.exact_together_per_second,
        });
        let rate = |rate: f64| thousands(rate as u64);
        written.above.extend([
            format!(
                "recall@{k} {:.4} of exact lists for {}, ef = {ef}",
                measured.recall,
                count(measured.users as u64, "user")
            ),
            format!(
                "lists a second: {}, exact {}, by one thread; exact for all of them together {}, by \
                 all threads",
                rate(measured.per_second),
                rate(measured.exact_per_second),
                rate(measured.exact_together_per_second)
            ),
        ]);
        Ok(written)
    }
}

/// What a graph is made and searched with.
#[derive(Clone, Copy, Debug)]
struct Shape {
    m: usize,
    ef_construction: usize,
    ef: usize,
}

impl Shape {
    fn new(flags: &Indexing) -> Self {
        Self {
            m: flags.m.unwrap_or(16).into(),
            ef_construction: flags.ef_construction.unwrap_or(128).into(),
            ef: flags.ef.unwrap_or(64).into(),
        }
    }
}

/// A graph of the items.
struct Graph {
    index: Index,
    seconds: f64,
}

impl Graph {
    /// Inserts the items from the longest vector to the shortest, by one thread: the same items give the
    /// same bytes. Long ones are what most searches are for, and what they come through.
    ///
    /// Neighbours are those of large inner products. Items could be put on a sphere first, where the
    /// largest product is the smallest angle (Bachrach et al., RecSys 2014): such graphs took four times
    /// as long to build, and found less by the same effort.
    fn new(vectors: ScoreVectors<'_>, shape: Shape) -> Outcome<Self> {
        let start = Instant::now();
        let options = IndexOptions {
            dimensions: vectors.width(),
            metric: MetricKind::IP,
            quantization: ScalarKind::F32,
            connectivity: shape.m,
            expansion_add: shape.ef_construction,
            expansion_search: shape.ef,
            multi: false,
        };
        let index = Index::new(&options).map_err(failed)?;
        index.reserve(vectors.n_items()).map_err(failed)?;
        let squares = |item| vectors.item(item).iter().map(|value| value * value).sum::<f32>();
        let lengths: Vec<f32> = (0..vectors.n_items()).map(squares).collect();
        let mut order: Vec<usize> = (0..vectors.n_items()).collect();
        order.sort_by(|&a, &b| lengths[b].total_cmp(&lengths[a]));
        for item in order {
            index.add(item as u64, &vectors.item(item)).map_err(failed)?;
        }
        Ok(Self { index, seconds: start.elapsed().as_secs_f64() })
    }

    /// The file that USearch reads, in any of its languages.
    fn to_bytes(&self) -> Outcome<Vec<u8>> {
        let mut bytes = vec![0; self.index.serialized_length()];
        self.index.save_to_buffer(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// About the best `k` items for a user's vector.
    fn best(&self, user: &[f32], k: usize) -> Outcome<Vec<ItemId>> {
        let found = self.index.search(user, k).map_err(failed)?;
        Ok(found.keys.into_iter().map(|item| ItemId(item as u32)).collect())
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(Code::Runtime, anyhow::anyhow!("USearch could not make the index: {error}"))
}

/// How much of exact lists a graph finds, and how many lists a second it makes.
#[derive(Clone, Copy, Debug)]
struct Measured {
    users: usize,
    recall: f64,
    /// One user after the other, by one thread.
    per_second: f64,
    /// The same of exact search.
    exact_per_second: f64,
    /// Of exact search for all of the users together, by all threads.
    exact_together_per_second: f64,
}

impl Measured {
    /// By lists of `k` of all items for some of the users, evenly spaced by their ids.
    fn new(
        graph: &Graph,
        scorer: &dyn Scorer,
        vectors: ScoreVectors<'_>,
        (users, k): (usize, usize),
    ) -> Outcome<Self> {
        let (all, query) = (vectors.n_users(), Query::new(k));
        let n = users.min(all);
        let users: Vec<UserId> = (0..n).map(|at| UserId((at * all / n) as u32)).collect();
        let rows: Vec<Vec<f32>> = users.iter().map(|user| vectors.user(user.index())).collect();
        let rate = |start: Instant| n as f64 / start.elapsed().as_secs_f64();

        let start = Instant::now();
        let found = rows.iter().map(|row| graph.best(row, k)).collect::<Outcome<Vec<_>>>()?;
        let per_second = rate(start);
        let start = Instant::now();
        let exact = recommend(scorer, &users, &query);
        let exact_together_per_second = rate(start);
        let one = |&user: &UserId| recommend(scorer, &[user], &query).concat();
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let alone = alone.map_err(|error| Failure::new(Code::Runtime, error))?;
        let start = Instant::now();
        let lists: Vec<Vec<Scored>> = alone.install(|| users.iter().map(one).collect());
        let exact_per_second = rate(start);

        let hits = |(found, exact): (&Vec<ItemId>, &Vec<Scored>)| {
            exact.iter().filter(|(item, _)| found.contains(item)).count()
        };
        let found: usize = found.iter().zip(&exact).map(hits).sum();
        let places: usize = lists.iter().map(Vec::len).sum();
        let recall = found as f64 / places.max(1) as f64;
        Ok(Self { users: n, recall, per_second, exact_per_second, exact_together_per_second })
    }
}
