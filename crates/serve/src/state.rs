//! What all requests share: the model that is served, and what finds its lists.

use crate::api::json_body;
use crate::error::Refusal;
use crate::lists::{Queue, Wanted};
use crate::loaded::{Loaded, Source};
use crate::metrics::Metrics;
use crate::reload::Reloads;
use crate::restrict::Filters;
use crate::{Error, Options};
use arc_swap::ArcSwap;
use axum::body::{Body, Bytes};
use axum::http::Response;
use rayon::ThreadPool;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// KiB of lists that may wait for their clients to take them: some hundred of the longest answers.
const UNTAKEN: usize = 256 << 10;

/// Text that has a place until it is written.
struct Held {
    text: String,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) current: ArcSwap<Loaded>,
    pub(crate) reloads: Reloads,
    pub(crate) filters: Filters,
    pub(crate) queue: Queue,
    pub(crate) pool: Arc<ThreadPool>,
    pub(crate) metrics: Metrics,
    /// Requests that may be answered at once.
    pub(crate) permits: Semaphore,
    /// KiB of lists that may wait for their clients to take them.
    untaken: Arc<Semaphore>,
    draining: AtomicBool,
}

impl State {
    /// Loads the model.
    pub(crate) fn new(options: Options, source: Source) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .thread_name(|n| format!("lists-{n}"))
            .build()?;
        let (reloads, loaded) = Reloads::first(source, &pool)?;
        Ok(Self {
            current: ArcSwap::from_pointee(loaded),
            reloads,
            filters: Filters::default(),
            queue: Queue::default(),
            pool: Arc::new(pool),
            metrics: Metrics::new(),
            permits: Semaphore::new(options.max_inflight),
            untaken: Arc::new(Semaphore::new(UNTAKEN)),
            draining: AtomicBool::new(false),
            options,
        })
    }

    /// The model that is served now.
    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        self.current.load_full()
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Puts lists into the queue and waits for them.
    pub(crate) async fn lists(
        &self,
        wanted: Wanted,
        reply: oneshot::Receiver<Result<String, Refusal>>,
    ) -> Result<String, Refusal> {
        let most = self.options.max_inflight;
        self.queue.push(wanted, most).inspect_err(|_| _ = self.metrics.shed.inc())?;
        // Whoever was dropped unanswered had no time left.
        reply.await.unwrap_or_else(|_| Err(Refusal::timeout()))
    }

    /// An answer of lists, if there is room for what clients have not taken yet.
    pub(crate) fn hold(&self, text: String) -> Result<Response<Body>, Refusal> {
        let size = u32::try_from(text.len() / 1024 + 1).unwrap_or(u32::MAX);
        let place = Arc::clone(&self.untaken).try_acquire_many_owned(size).map_err(|_| {
            self.metrics.shed.inc();
            Refusal::overloaded()
        })?;
        Ok(json_body(Body::from(Bytes::from_owner(Held { text, _place: place }))))
    }

    /// Does some work on the pool and waits for it: a runtime's threads only wait.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (to, from) = oneshot::channel();
        self.pool.spawn(move || {
            if !to.is_closed() {
                // What panics is told as such; the message is on stderr.
                let done = catch_unwind(AssertUnwindSafe(work));
                let _ = to.send(done.map_err(|_| Refusal::internal()));
            }
        });
        from.await.unwrap_or_else(|_| Err(Refusal::internal()))
    }
}
