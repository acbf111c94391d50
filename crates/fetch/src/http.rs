//! Requests, and where their redirects may lead.

use std::time::Duration;

use foretaste_http::ureq::http::Response;
use foretaste_http::ureq::{Agent, Body, Error as Failure};
use foretaste_http::{Timeouts, Url, agent, header, said};

use crate::fetch::Event;
use crate::{DataSet, Error};

/// Redirects that are followed.
const HOPS: usize = 5;

/// Asks the hosts of a data set.
pub(crate) struct Client<'a> {
    agent: Agent,
    set: &'a DataSet,
    pub(crate) timeout: Duration,
}

impl<'a> Client<'a> {
    /// Proxies are those of the environment.
    pub(crate) fn new(set: &'a DataSet, timeout: Duration) -> Self {
        let agent = agent(Timeouts::of_silence(timeout), true);
        Self { agent, set, timeout }
    }

    /// Asks for a file, of which the first bytes may be there; follows redirects as far as they are
    /// permitted.
    pub(crate) fn get(
        &self,
        url: &str,
        range: Option<(u64, Option<&str>)>,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<Response<Body>, Error> {
        let mut at = url.to_owned();
        for _ in 0..=HOPS {
            let mut request = self.agent.get(&at);
            if let Some((from, validator)) = range {
                request = request.header("Range", format!("bytes={from}-"));
                if let Some(validator) = validator {
                    request = request.header("If-Range", validator);
                }
            }
            let response = request.call().map_err(|error| self.failure(&at, error))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let to = self.permitted(&at, header(&response, "location").unwrap_or_default())?;
            watch(Event::Redirected { to: &to });
            at = to;
        }
        let why = "after so many redirects that it is not followed";
        Err(Error::Redirect { from: url.to_owned(), to: at, why })
    }

    /// Where a redirect leads, if it may.
    fn permitted(&self, from: &str, location: &str) -> Result<String, Error> {
        let refused =
            |to: &str, why| Err(Error::Redirect { from: from.to_owned(), to: to.to_owned(), why });
        let Some(here) = Url::parse(from).filter(|_| !location.is_empty()) else {
            return refused(location, "which is no address");
        };
        let to = here.join(location);
        let Some(there) = Url::parse(&to) else { return refused(&to, "which is no address") };
        if !there.is_safe() || (here.is_https() && !there.is_https()) {
            return refused(&to, "which is not https");
        }
        let ours = self.set.downloads.iter().filter_map(|one| Url::parse(&one.url));
        let named = self.set.redirects.iter().map(String::as_str);
        let known = |host: &str| host.eq_ignore_ascii_case(there.authority);
        if !ours.map(|url| url.authority).chain(named).any(known) {
            return refused(&to, "a host that the registry does not name");
        }
        Ok(to)
    }

    /// What keeps an answer from coming.
    fn failure(&self, url: &str, error: Failure) -> Error {
        match said(&error) {
            None => self.stalled(url, 0),
            Some(problem) => Error::Unreachable { url: url.to_owned(), problem },
        }
    }

    pub(crate) fn stalled(&self, url: &str, got: u64) -> Error {
        Error::Stalled { url: url.to_owned(), seconds: self.timeout.as_secs(), got }
    }
}
