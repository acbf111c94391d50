//! Requests, until there is an answer or no hope of one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::answer::{self, clipped};
use crate::budget::{Purse, Tokens};
use crate::client::Event;
use crate::error::{Fate, Problem};
use crate::pool::{self, Message};
use crate::question::Key;
use crate::retry::{self, TRIES};
use crate::{Client, Error};

/// Refusals in a row after which no more is asked.
const REFUSALS: usize = 5;
/// How much of a question an error shows.
const SHOWN: usize = 60;
/// The longest wait in one go: after it, whether to go on is asked.
const NAP: Duration = Duration::from_millis(500);

/// A request, and what it may take.
pub(crate) struct Request<'a> {
    pub(crate) path: &'a str,
    pub(crate) body: Value,
    pub(crate) estimate: Tokens,
    pub(crate) key: &'a Key,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    Problem(Problem),
    Budget(Error),
    /// Others have ended it all.
    Halted,
}

/// What reads an answer's body.
pub(crate) type Reader<'a, A> = &'a dyn Fn(&[u8]) -> Result<(A, Option<Tokens>), Problem>;

/// What asks a request.
pub(crate) type Ask<'a, A> = dyn Fn(Request<'_>, Reader<'_, A>) -> Result<A, Unanswered> + 'a;

impl Client<'_> {
    /// Refuses to ask for what is missing where nobody can be asked.
    pub(crate) fn check_offline<'b>(
        &self,
        missing: usize,
        of: usize,
        question: impl Fn(usize) -> &'b str,
    ) -> Result<(), Error> {
        if missing == 0 || self.transport.reaches_out() {
            return Ok(());
        }
        Err(Error::Missing { missing, of, first: clipped(question(0), SHOWN) })
    }

    /// Asks questions by several threads; `ask` is given what asks a request of it, `take` the answers.
    pub(crate) fn ask_all<'b, T: Send, A>(
        &self,
        jobs: usize,
        (purse, watch): (&Purse, &mut dyn FnMut(Event)),
        ask: impl Fn(usize, &Ask<'_, A>) -> Result<T, Unanswered> + Sync,
        mut take: impl FnMut(usize, T) -> Result<(), Error>,
        question: impl Fn(usize) -> &'b str,
    ) -> Result<(), Error> {
        let (mut done, in_a_row) = (0, AtomicUsize::new(0));
        let mut refused: BTreeMap<usize, Problem> = BTreeMap::new();
        let ended = pool::run(
            jobs,
            self.concurrency,
            |job, say: &dyn Fn(Event), halted| {
                let answered = ask(job, &|request: Request<'_>, read: Reader<'_, A>| {
                    self.ask(&request, purse, read, say, halted)
                });
                let ends = match &answered {
                    Ok(_) => {
                        in_a_row.store(0, Ordering::SeqCst);
                        false
                    }
                    Err(Unanswered::Problem(problem)) => {
                        let before = in_a_row.fetch_add(1, Ordering::SeqCst);
                        problem.fate() == Fate::End || before + 1 >= REFUSALS
                    }
                    Err(_) => true,
                };
                halted.fetch_or(ends, Ordering::SeqCst);
                answered
            },
            |message| match message {
                Message::Note(event) => {
                    watch(event);
                    Ok(())
                }
                Message::Done(job, Ok(answer)) => {
                    done += 1;
                    take(job, answer)?;
                    watch(Event::Answered { done, of: jobs });
                    Ok(())
                }
                Message::Done(_, Err(Unanswered::Halted)) => Ok(()),
                Message::Done(_, Err(Unanswered::Budget(error))) => Err(error),
                Message::Done(job, Err(Unanswered::Problem(problem))) => {
                    refused.insert(job, problem);
                    Ok(())
                }
            },
        );
        ended?;
        if refused.is_empty() { Ok(()) } else { Err(unanswered(&refused, jobs, &question)) }
    }

    /// Asks until there is an answer, or no hope of one.
    fn ask<A>(
        &self,
        request: &Request<'_>,
        purse: &Purse,
        read: Reader<'_, A>,
        say: &dyn Fn(Event),
        halted: &AtomicBool,
    ) -> Result<A, Unanswered> {
        let body = request.body.to_string();
        for attempt in 0..TRIES {
            let most = request.estimate;
            purse.reserve(most).map_err(Unanswered::Budget)?;
            let reply = self.transport.post(request.path, body.as_bytes());
            let answered = reply.as_ref().map_err(|failure| failure.clone().into());
            let answered =
                answered.and_then(|r| answer::body(r, self.transport.key())).and_then(read);
            let problem = match answered {
                Ok((answer, used)) => {
                    purse.settle(most, used, most);
                    return Ok(answer);
                }
                Err(problem) => problem,
            };
            // Whoever was cut off may have been heard.
            let heard = matches!(problem, Problem::Failure(_) | Problem::Content(_));
            purse.settle(most, None, if heard { (most.0, 0) } else { (0, 0) });
            if problem.fate() != Fate::Again || attempt + 1 == TRIES {
                return Err(Unanswered::Problem(problem));
            }
            let reply = reply.as_ref().ok();
            let retry_after = reply.and_then(|reply| reply.retry_after.as_deref());
            let date = reply.and_then(|reply| reply.date.as_deref());
            let wait = retry::wait(retry_after, date, attempt, request.key).map_err(|seconds| {
                let status = reply.map_or(0, |reply| reply.status);
                Unanswered::Problem(Problem::Later { status, seconds: seconds as u64 })
            })?;
            say(Event::Again { problem, wait });
            self.pause(wait, halted)?;
        }
        Err(Unanswered::Halted)
    }

    fn pause(&self, mut wait: Duration, halted: &AtomicBool) -> Result<(), Unanswered> {
        while !wait.is_zero() {
            if halted.load(Ordering::SeqCst) {
                return Err(Unanswered::Halted);
            }
            let nap = wait.min(NAP);
            (self.pause)(nap);
            wait -= nap;
        }
        Ok(())
    }
}

fn unanswered<'b>(
    refused: &BTreeMap<usize, Problem>,
    of: usize,
    question: impl Fn(usize) -> &'b str,
) -> Error {
    // What ends it all is what matters.
    let ending = refused.iter().find(|(_, problem)| problem.fate() == Fate::End);
    let (at, problem) =
        ending.or(refused.first_key_value()).expect("there is one that was just inserted");
    let of = if ending.is_some() { 1 } else { of };
    let about_all = ending.is_some() || matches!(problem, Problem::Failure(_));
    let question = if about_all { String::new() } else { clipped(question(*at), SHOWN) };
    Error::Unanswered { failed: refused.len(), of, question, problem: problem.clone() }
}
