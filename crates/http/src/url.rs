//! As much of an address as has to be known of it.

/// The parts of an address: `https`, `files.grouplens.org:443`, `/datasets/ml-1m.zip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    scheme: &'a str,
    /// Host and, if it is given, port.
    pub authority: &'a str,
    /// With the query.
    path: &'a str,
}

impl<'a> Url<'a> {
    /// The parts of an absolute address of HTTP.
    pub fn parse(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        // A name and a password in front of the host would make another host of it for some readers.
        let plain = !authority.is_empty() && !authority.contains('@');
        let printable = url.chars().all(|c| c.is_ascii_graphic() && c != '\\');
        (known && plain && printable).then_some(Self { scheme, authority, path })
    }

    /// Whether it is asked through TLS.
    pub fn is_https(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https")
    }

    /// Whether nobody on the way can read or change what is sent.
    pub fn is_safe(&self) -> bool {
        self.is_https() || self.is_loopback()
    }

    /// Whether it is of this machine.
    pub fn is_loopback(&self) -> bool {
        let host = match self.authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => self.authority.split(':').next().unwrap_or_default(),
        };
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Where a `Location` leads to that was found here.
    pub fn join(&self, location: &str) -> String {
        let Self { scheme, authority, path } = self;
        let location = location.split('#').next().unwrap_or_default();
        if location.contains("://") {
            return location.to_owned();
        }
        if location.starts_with("//") {
            return format!("{scheme}:{location}");
        }
        if location.starts_with('/') {
            return format!("{scheme}://{authority}{location}");
        }
        let path = path.split('?').next().unwrap_or_default();
        let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
        format!("{scheme}://{authority}{folder}{location}")
    }
}

/// The last part of an address's path: `ml-1m.zip`.
pub fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_safe() {
        for (url, safe) in [
            ("https://a.org/x", true),
            ("HTTPS://a.org", true),
            ("http://a.org/x", false),
            ("http://127.0.0.1:80/x", true),
            ("http://[::1]:80/x", true),
            ("http://localhost/x", true),
            ("http://127.0.0.1.a.org/x", false),
            ("http://localhost.a.org/x", false),
        ] {
            assert_eq!(Url::parse(url).unwrap().is_safe(), safe, "{url}");
        }
        for url in ["a.org/x", "ftp://a.org/x", "https://", "https://a@b.org/x", "https://a b/x"] {
            assert_eq!(Url::parse(url), None, "{url}");
        }
    }

    #[test]
    fn a_location_is_taken_from_where_it_was_found() {
        let here = Url::parse("https://a.org:8080/x/y.zip?z=/1").unwrap();
        for (location, url) in [
            ("https://b.org/q#f", "https://b.org/q"),
            ("//b.org/q", "https://b.org/q"),
            ("/q", "https://a.org:8080/q"),
            ("q.zip", "https://a.org:8080/x/q.zip"),
        ] {
            assert_eq!(here.join(location), url);
        }
        assert_eq!(Url::parse("http://a.org").unwrap().join("q"), "http://a.org/q");
    }

    #[test]
    fn a_file_is_called_as_the_path_ends() {
        assert_eq!(file_name("https://a.org/x/y.zip?download=1"), "y.zip");
        assert_eq!(file_name("https://a.org/x/"), "");
    }
}
