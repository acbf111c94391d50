//! The transport over HTTP.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use foretaste_http::ureq::http::Response;
use foretaste_http::ureq::{Agent, Body};
use foretaste_http::{Timeouts, Url, agent, header, is_timeout, said};

use crate::{Endpoint, Failure, Reply, Secret, Transport};

/// How long a connection may take; an answer may take longer.
const CONNECT: Duration = Duration::from_secs(10);

/// What is read of an answer: 2,048 vectors of 4,096 numbers, as text, are less.
const LARGEST: u64 = 1 << 28;

/// Asks a server.
pub(crate) struct Http {
    agent: Agent,
    endpoint: Endpoint,
    timeout: Duration,
}

impl Http {
    /// What is on this machine is asked without a proxy.
    pub(crate) fn new(endpoint: Endpoint, timeout: Duration) -> Self {
        let connect = CONNECT.min(timeout);
        let timeouts = Timeouts { connect, silence: timeout, whole: Some(timeout) };
        let here = Url::parse(endpoint.base_url()).is_some_and(|url| url.is_loopback());
        Self { agent: agent(timeouts, !here), endpoint, timeout }
    }

    fn timed_out(&self) -> Failure {
        Failure::TimedOut { seconds: self.timeout.as_secs() }
    }

    fn body(&self, response: Response<Body>) -> Result<Vec<u8>, Failure> {
        let stated = header(&response, "content-length").and_then(|length| length.parse().ok());
        if stated.is_some_and(|length: u64| length > LARGEST) {
            return Err(Failure::TooLarge { limit: LARGEST });
        }
        let mut body = Vec::new();
        let mut reader = response.into_body().into_reader().take(LARGEST + 1);
        reader.read_to_end(&mut body).map_err(|error| match is_timeout(&error) {
            true => self.timed_out(),
            false => Failure::Cut(foretaste_files::plain(&error)),
        })?;
        match (body.len() as u64, stated) {
            (found, _) if found > LARGEST => Err(Failure::TooLarge { limit: LARGEST }),
            (found, Some(stated)) if found < stated => {
                Err(Failure::Cut(format!("{found} of {stated} B")))
            }
            _ => Ok(body),
        }
    }
}

impl Transport for Http {
    fn post(&self, path: &str, body: &[u8]) -> Result<Reply, Failure> {
        let url = format!("{}{path}", self.endpoint.base_url());
        let mut request = self.agent.post(&url).header("Content-Type", "application/json");
        if let Some(key) = self.endpoint.key() {
            request = request.header("Authorization", format!("Bearer {}", key.reveal()));
        }
        let response = request.send(body).map_err(|error| match said(&error) {
            None => self.timed_out(),
            Some(problem) => Failure::Unreachable(format!("{url}: {problem}")),
        })?;
        let text = |name| header(&response, name).map(str::to_owned);
        Ok(Reply {
            status: response.status().as_u16(),
            retry_after: text("retry-after"),
            date: text("date"),
            location: text("location"),
            content_type: text("content-type"),
            body: self.body(response)?,
        })
    }

    fn key(&self) -> Option<&Secret> {
        self.endpoint.key()
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
