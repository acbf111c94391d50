//! What is counted, for Prometheus. No label has an id.

use crate::lists::Who;
use axum::http::{Method, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use std::time::Duration;

/// Seconds of requests.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0];
/// Lists of a batch.
const LISTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What a request is counted under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: String,
    status: u16,
}

/// What its time is counted under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// All that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    batch: Histogram,
    pub(crate) queue_depth: Gauge,
    pub(crate) in_flight: Gauge,
    pub(crate) connections: Gauge,
    pub(crate) shed: Counter,
    pub(crate) timeouts: Counter,
    pub(crate) reloads: Counter,
    pub(crate) reload_failures: Counter,
    pub(crate) unknown_users: Counter,
    pub(crate) unknown_items: Counter,
    folded: Counter,
    strangers: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("foretaste");
        let of_requests: fn() -> Histogram = || Histogram::new(SECONDS);
        let (all, times) = (Family::default(), Family::new_with_constructor(of_requests));
        let batch = Histogram::new(LISTS);
        let r = &mut registry;
        Self {
            requests: known(r, "requests", "Requests by route, method and status", all),
            seconds: known(r, "request_seconds", "Seconds of requests by route", times),
            batch: known(r, "batch_lists", "Lists that were found together", batch),
            queue_depth: new(r, "queue_depth", "Requests that wait for their lists"),
            in_flight: new(r, "in_flight", "Requests that are being answered"),
            connections: new(r, "connections", "Connections that are open"),
            shed: new(r, "shed", "Requests that were refused, being too many at once"),
            timeouts: new(r, "timeouts", "Requests that were not answered in time"),
            reloads: new(r, "reloads", "Models that were taken in place of another"),
            reload_failures: new(r, "reload_failures", "Files that were no model to take"),
            unknown_users: new(r, "unknown_users", "Users who were asked for and are not known"),
            unknown_items: new(r, "unknown_items", "Items that were named and are not known"),
            folded: new(r, "folded", "Lists of people who were folded in"),
            strangers: new(r, "strangers", "Popular lists, of people of whom nothing is known"),
            registry,
        }
    }

    /// All of it in Prometheus' text.
    pub(crate) fn text(&self) -> String {
        let mut all = String::new();
        // A string takes everything.
        let _ = text::encode(&mut all, &self.registry);
        all
    }

    pub(crate) fn request(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        // Methods of somebody's own are one.
        let method = match *method {
            Method::GET | Method::POST | Method::HEAD | Method::OPTIONS => method.as_str(),
            _ => "other",
        };
        let (route, method, status) = (route.to_owned(), method.to_owned(), status.as_u16());
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { route, method, status }).inc();
    }

    pub(crate) fn batch(&self, lists: usize) {
        if lists > 0 {
            self.batch.observe(lists as f64);
        }
    }

    /// Counts those whom the model does not know.
    pub(crate) fn lists(&self, who: &[Who]) {
        let count = |kind: fn(&Who) -> bool| who.iter().filter(|who| kind(who)).count() as u64;
        self.folded.inc_by(count(|who| matches!(who, Who::History(_))));
        self.strangers.inc_by(count(|who| matches!(who, Who::Stranger(_))));
    }
}

fn known<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn new<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    known(registry, name, help, M::default())
}
