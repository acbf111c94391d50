//! Connections: taken, served, and ended in time.

use crate::Error;
use crate::api::{self, Shared};
use crate::loaded::Source;
use crate::options::{Files, Options};
use crate::state::State;
use axum::Router;
use foretaste::Registry;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

/// Connections that are open at once. Others wait in the system's queue.
const MOST_CONNECTIONS: usize = 2048;
/// How long the head of a request may take to come.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may be idle, or not take what is written.
const IDLE: Duration = Duration::from_secs(60);
const STUCK: Duration = Duration::from_secs(10);
/// Bytes of a head.
const HEAD_BYTES: usize = 64 << 10;
/// Before a connection is taken again after the system refused one, as it does where too many files are open.
const AFTER_REFUSAL: Duration = Duration::from_millis(50);

/// A server whose model is loaded and whose address is its own.
#[derive(Debug)]
pub struct Server {
    state: Shared,
    runtime: Runtime,
    listener: TcpListener,
    addr: SocketAddr,
    stop: watch::Sender<bool>,
}

/// Ends a server.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Takes no more connections; what is under way is answered, for [`Options::drain`] at most.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Takes the address and loads the model.
    ///
    /// # Errors
    /// [`Error::Open`] if others can reach the address and there is no token; [`Error::Bind`] if it is taken;
    /// [`Error::Model`], [`Error::Table`] and [`Error::Strange`] if a file can't be used.
    pub fn start(
        registry: &'static Registry,
        files: Files,
        options: Options,
    ) -> Result<Self, Error> {
        let addr = options.addr;
        if !addr.ip().is_loopback() && options.token.is_none() && !options.insecure {
            return Err(Error::Open(addr));
        }
        // Before the model, which takes longer to load than a taken port to be told.
        let listener = std::net::TcpListener::bind(addr);
        let listener = listener.map_err(|source| Error::Bind { addr, source })?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = runtime(options.threads)?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let Files { model, titles, attributes } = files;
        let state = State::new(options, Source { registry, model, titles, attributes })?;
        let (stop, _) = watch::channel(false);
        Ok(Self { state: Arc::new(state), runtime, listener, addr, stop })
    }

    /// The address, with the port that was found if any would do.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What is served, in a few words: the method, and how many users and items it knows.
    pub fn model(&self) -> (String, usize, usize) {
        let loaded = self.state.loaded();
        let model = &loaded.recommender;
        (model.info().method.clone(), model.users().len(), model.items().len())
    }

    /// Rows of attributes whose items the model does not know.
    pub fn unknown_attributes(&self) -> u64 {
        self.state.loaded().attributes.as_ref().map_or(0, |attributes| attributes.unknown)
    }

    /// What ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Serves until it is stopped. Whether all who were being answered got their answer in time.
    ///
    /// # Errors
    /// [`Error::System`] if the system refuses a thread.
    pub fn run(self) -> Result<bool, Error> {
        let Self { state, runtime, listener, stop, .. } = self;
        let named = |name: &str| std::thread::Builder::new().name(name.into());
        let finder = {
            let state = Arc::clone(&state);
            named("finder").spawn(move || state.queue.work(&state.pool, &state.metrics))?
        };
        if !state.options.watch.is_zero() {
            let state = Arc::clone(&state);
            named("watch").spawn(move || state.watch(state.options.watch))?;
        }
        let in_time = runtime.block_on(serve(&state, listener, stop.subscribe()));
        state.queue.close();
        // What still hangs has had its time.
        runtime.shutdown_background();
        if in_time {
            let _ = finder.join();
        }
        Ok(in_time)
    }
}

fn runtime(threads: usize) -> io::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if threads > 0 {
        builder.worker_threads(threads);
    }
    builder.thread_name("http").enable_io().enable_time().build()
}

async fn serve(state: &Shared, listener: TcpListener, mut stop: watch::Receiver<bool>) -> bool {
    let router = api::router(state);
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
            (listener.accept().await, place)
        };
        let stopped = stop.wait_for(|stop| *stop);
        let (accepted, place) = tokio::select! {
            accepted = next => accepted,
            _ = stopped => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(AFTER_REFUSAL).await;
            continue;
        };
        let connection = graceful.watch(connection(stream, router.clone()));
        let gauge = state.metrics.connections.clone();
        tokio::spawn(async move {
            gauge.inc();
            // A connection that breaks is its client's matter.
            let _ = connection.await;
            gauge.dec();
            drop(place);
        });
    }
    state.drain();
    drop(listener);
    tokio::time::timeout(state.options.drain, graceful.shutdown()).await.is_ok()
}

type Stream = TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>;

fn connection(
    stream: TcpStream,
    router: Router,
) -> http1::Connection<Stream, TowerToHyperService<Router>> {
    // Answers are small, and written whole.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_read_timeout(Some(IDLE));
    stream.set_write_timeout(Some(STUCK));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router))
}
