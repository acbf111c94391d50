//! Lists of many requests at once: what waits is taken together, found together, and written.
//!
//! Requests come one by one, and lists are found several times faster together
//! ([`Catalogue`](foretaste::model::Catalogue)). So handlers put what they want into a queue, and one thread
//! takes whatever is there: nothing waits for company, and while lists are found, company gathers.
//! Users of the model come before people who are folded in, which takes longer.

use crate::api::cannot_fold;
use crate::error::Refusal;
use crate::loaded::Loaded;
use crate::metrics::Metrics;
use crate::restrict::Compiled;
use foretaste::data::{Interactions, ItemId, UserId, printable_json};
use foretaste::io::list_lines;
use foretaste::model::{Histories, Scored, Scorer, recommend};
use foretaste::{Seen, Whose};
use rayon::ThreadPool;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// Lists that are found together.
const AT_ONCE: usize = 64;

/// Somebody with a list.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// A user of the model.
    User(UserId),
    /// Somebody with these items, ascending.
    History(Vec<ItemId>),
    /// Nobody whom the model knows; the name that was asked for, if there is one.
    Stranger(Option<String>),
}

/// Lists that a request waits for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) who: Vec<Who>,
    pub(crate) k: usize,
    pub(crate) with_seen: bool,
    pub(crate) may: Arc<Compiled>,
    /// Items that the request named and the model does not know.
    pub(crate) unknown: Vec<String>,
    pub(crate) deadline: Instant,
    pub(crate) reply: oneshot::Sender<Result<String, Refusal>>,
}

/// What waits.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    wanted: VecDeque<Wanted>,
    closed: bool,
}

impl Queue {
    /// Puts something in, unless so many wait already.
    pub(crate) fn push(&self, wanted: Wanted, most: usize) -> Result<(), Refusal> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.closed || waiting.wanted.len() >= most {
            return Err(Refusal::overloaded());
        }
        waiting.wanted.push_back(wanted);
        self.filled.notify_one();
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).wanted.len()
    }

    /// Nothing comes any more: whoever works ends.
    pub(crate) fn close(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.filled.notify_all();
    }

    /// What waits, about [`AT_ONCE`] lists of it; `None` once it is closed and empty.
    fn take(&self) -> Option<Vec<Wanted>> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = |waiting: &mut Waiting| waiting.wanted.is_empty() && !waiting.closed;
        let waiting = self.filled.wait_while(waiting, empty);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let (mut taken, mut lists) = (Vec::new(), 0);
        while lists < AT_ONCE
            && let Some(wanted) = waiting.wanted.pop_front()
        {
            lists += wanted.who.len();
            taken.push(wanted);
        }
        (!taken.is_empty()).then_some(taken)
    }

    /// Finds lists until the queue is closed.
    pub(crate) fn work(&self, pool: &ThreadPool, metrics: &Metrics) {
        while let Some(taken) = self.take() {
            let now = Instant::now();
            // Whoever waits no longer, or not long enough, is not found anything.
            let waits = |wanted: &Wanted| wanted.deadline > now && !wanted.reply.is_closed();
            let taken: Vec<Wanted> = taken.into_iter().filter(waits).collect();
            metrics.batch(taken.iter().map(|wanted| wanted.who.len()).sum());
            pool.install(|| answer(taken, metrics));
        }
    }
}

/// Answers all, those alike together.
fn answer(mut wanted: Vec<Wanted>, metrics: &Metrics) {
    wanted.sort_by_key(key);
    let mut wanted = wanted.into_iter().peekable();
    while let Some(first) = wanted.next() {
        let mut alike = vec![first];
        while let Some(next) = wanted.next_if(|next| key(next) == key(&alike[0])) {
            alike.push(next);
        }
        // What panics has answered nobody: they are told, and the next are answered.
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lists(&alike)));
        let found = found.unwrap_or_else(|_| Err(Refusal::internal()));
        match found {
            Ok(texts) => {
                for (wanted, text) in alike.into_iter().zip(texts) {
                    metrics.lists(&wanted.who);
                    // Nobody is told if nobody waits.
                    let _ = wanted.reply.send(Ok(text));
                }
            }
            Err(refusal) => {
                alike.into_iter().for_each(|wanted| drop(wanted.reply.send(Err(refusal.clone()))));
            }
        }
    }
}

/// What is the same for lists that are found together: model, what may be listed, nearly k; and who comes later.
fn key(wanted: &Wanted) -> (bool, usize, usize, usize, bool) {
    let folds = wanted.who.iter().any(|who| matches!(who, Who::History(_)));
    let of = (Arc::as_ptr(&wanted.loaded) as usize, Arc::as_ptr(&wanted.may) as usize);
    (folds, of.0, of.1, wanted.k.next_power_of_two().max(16), wanted.with_seen)
}

/// The bodies of the answers of requests that are alike.
fn lists(alike: &[Wanted]) -> Result<Vec<String>, Refusal> {
    let Wanted { loaded, with_seen, may, .. } = &alike[0];
    let model = &loaded.recommender;
    let seen = if *with_seen { Seen::None } else { Seen::All };
    let all: Vec<&Who> = alike.iter().flat_map(|wanted| &wanted.who).collect();
    let mut found: Vec<Vec<Scored>> = vec![Vec::new(); all.len()];
    // A list of fewer items begins one of more.
    let query = may.query(alike.iter().map(|wanted| wanted.k).max().unwrap_or_default());

    let users = |who: &Who| if let Who::User(user) = who { Some(*user) } else { None };
    let (places, users): (Vec<usize>, Vec<UserId>) =
        all.iter().enumerate().filter_map(|(n, who)| Some((n, users(who)?))).unzip();
    if !users.is_empty() {
        let had: Vec<&Interactions> = model.left_out(seen).collect();
        let lists = loaded.catalogue.recommend(model.scorer(), &users, &query.exclude(&had));
        places.into_iter().zip(lists).for_each(|(place, list)| found[place] = list);
    }

    let (mut starts, mut items, mut rows) = (vec![0], Vec::new(), vec![0; all.len()]);
    for (n, who) in all.iter().enumerate() {
        if let Who::History(history) = who {
            rows[n] = starts.len() as u32 - 1;
            items.extend_from_slice(history);
            starts.push(items.len());
        }
    }
    let histories = Interactions::from_rows(starts, items, model.items().len());
    let histories = histories.map_err(|_| Refusal::internal())?;
    let folded: Option<Box<dyn Scorer + '_>> = match histories.n_users() {
        0 => None,
        n => {
            let scorer = model.model().fold_in(&Histories::new(&histories));
            let scorer = scorer.map_err(|error| cannot_fold(&error))?;
            let had: &[&Interactions] = if *with_seen { &[] } else { &[&histories] };
            let rows: Vec<UserId> = (0..n as u32).map(UserId).collect();
            let lists = loaded.catalogue.recommend(&*scorer, &rows, &query.exclude(had));
            let places = (0..all.len()).filter(|&n| matches!(all[n], Who::History(_)));
            places.zip(lists).for_each(|(place, list)| found[place] = list);
            Some(scorer)
        }
    };

    let mut popular = None;
    for (list, _) in found.iter_mut().zip(&all).filter(|(_, who)| matches!(who, Who::Stranger(_))) {
        let common = || recommend(&loaded.popular, &[UserId(0)], &query).pop().unwrap_or_default();
        list.clone_from(popular.get_or_insert_with(common));
    }

    let lengths = alike.iter().flat_map(|wanted| wanted.who.iter().map(|_| wanted.k));
    found.iter_mut().zip(lengths).for_each(|(list, k)| list.truncate(k));
    let line = |n: usize| {
        let (whose, name) = match (all[n], &folded) {
            (Who::User(user), _) => (Whose::User(*user), Some(model.user_name(*user))),
            (Who::History(history), Some(scorer)) => {
                (Whose::FoldedIn(&**scorer, UserId(rows[n]), history.len() as u32), None)
            }
            (Who::History(_), None) => (Whose::Stranger, None),
            (Who::Stranger(name), _) => (Whose::Stranger, name.clone()),
        };
        model.list_line(whose, name, &found[n], loaded.titles.as_ref())
    };
    let lines: Vec<_> = (0..all.len()).map(line).collect();
    let mut texts = list_lines(&lines).into_iter();
    Ok(alike.iter().map(|wanted| body(wanted, texts.by_ref().take(wanted.who.len()))).collect())
}

/// `{"model": …, "lists": […], "unknown_items": […]}`, of lists that are text already.
fn body(wanted: &Wanted, lists: impl Iterator<Item = String>) -> String {
    let lists: Vec<String> = lists.collect();
    let mut body =
        format!("{{\"model\":\"{}\",\"lists\":[{}]", wanted.loaded.fingerprint, lists.join(","));
    if !wanted.unknown.is_empty() {
        let unknown = serde_json::to_string(&wanted.unknown).expect("texts are plain data");
        body.push_str(",\"unknown_items\":");
        body.push_str(&printable_json(unknown));
    }
    body.push('}');
    body
}
