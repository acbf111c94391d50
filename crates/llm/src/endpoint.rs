//! Where a server is, and what may be sent to it.

use std::time::Duration;

use foretaste_http::Url;

use crate::{Error, Secret, Transport};

/// A server and how it lets us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The address that `/chat/completions` and `/embeddings` are behind: `http://localhost:11434/v1`.
    base_url: String,
    key: Option<Secret>,
}

impl Endpoint {
    /// A server by its address, with the key that it wants, if it wants one.
    ///
    /// # Errors
    /// [`Error::Address`] for what is no address of HTTP, or has a query; [`Error::OpenKey`] if the key
    /// would be sent to another machine without TLS.
    pub fn new(base_url: &str, key: Option<Secret>) -> Result<Self, Error> {
        let base_url = base_url.trim_end_matches('/');
        let url = base_url.to_owned();
        let Some(parsed) = Url::parse(base_url) else {
            return Err(Error::Address { url, problem: "is no address of http or https" });
        };
        if base_url.contains(['?', '#']) {
            return Err(Error::Address { url, problem: "has a query, behind which nothing fits" });
        }
        if key.is_some() && !parsed.is_safe() {
            return Err(Error::OpenKey { url });
        }
        Ok(Self { base_url: url, key })
    }

    /// Its address.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The key that it wants.
    pub fn key(&self) -> Option<&Secret> {
        self.key.as_ref()
    }
}

/// A transport to a server, over HTTP; no answer takes longer than `timeout`.
///
/// # Errors
/// [`Error::NoHttp`] if this is built without the feature `http`.
pub fn connect(endpoint: Endpoint, timeout: Duration) -> Result<Box<dyn Transport>, Error> {
    #[cfg(feature = "http")]
    return Ok(Box::new(crate::http::Http::new(endpoint, timeout)));
    #[cfg(not(feature = "http"))]
    {
        let _ = (endpoint, timeout);
        Err(Error::NoHttp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leaves_the_machine_through_tls_alone() {
        let key = || Some(Secret::new("sk-1").unwrap());
        for (url, key, said) in [
            ("https://a.org/v1/", key(), None),
            ("http://127.0.0.1:11434/v1", key(), None),
            ("http://192.168.1.5:8000/v1", None, None),
            ("http://192.168.1.5:8000/v1", key(), Some("without TLS")),
            ("a.org/v1", None, Some("no address")),
            ("https://me:pass@a.org/v1", None, Some("no address")),
            ("https://a.org/v1?x=1", None, Some("query")),
        ] {
            let made = Endpoint::new(url, key);
            match said {
                None => assert!(!made.unwrap().base_url().ends_with('/')),
                Some(said) => {
                    let error = made.unwrap_err().to_string();
                    assert!(error.contains(said) && !error.contains("sk-1"), "{error}");
                }
            }
        }
    }
}
