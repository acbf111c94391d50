//! One file, from its server to a part that is whole.

use std::io::Read;

use foretaste_files::plain;
use foretaste_http::ureq::Body;
use foretaste_http::ureq::http::Response;
use foretaste_http::{header, is_timeout};

use crate::fetch::Event;
use crate::http::Client;
use crate::part::{Origin, Part};
use crate::{Download, Error, SizeBy};

/// How often an interrupted body is asked for again, as long as each time brings something.
const TRIES: u32 = 5;

/// Where nothing says how large a file is, it is no larger than this.
const LARGEST: u64 = 1 << 37;

/// Brings what is missing.
pub(crate) fn complete(
    part: &mut Part,
    download: &Download,
    client: &Client<'_>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<(), Error> {
    let mut tries = TRIES;
    loop {
        let before = part.bytes();
        let error = match attempt(part, download, client, watch) {
            Ok(()) => return part.sync(),
            Err(error) => error,
        };
        let interrupted = matches!(error, Error::Interrupted { .. } | Error::Stalled { .. });
        if !interrupted || part.bytes() <= before || tries == 0 {
            return Err(error);
        }
        tries -= 1;
        watch(Event::Again { error: &error });
    }
}

fn attempt(
    part: &mut Part,
    download: &Download,
    client: &Client<'_>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<(), Error> {
    let url = &download.url;
    // Without a validator, the checksum tells in the end whether the parts belong together.
    let joins = part.origin.validator().is_some() || download.checksum().is_some();
    if joins && part.bytes() > 0 {
        if part.is_whole() {
            return Ok(());
        }
        let range = Some((part.bytes(), part.origin.validator()));
        let response = client.get(url, range, watch)?;
        match response.status().as_u16() {
            206 if goes_on(&response, part) => {
                watch(Event::Resumed { at: part.bytes() });
                return receive(part, response, download, client, watch);
            }
            200 => return afresh(part, response, download, client, watch),
            // The part may be longer than the file, or the server may have sent another range.
            206 | 416 => {}
            _ => return Err(status(url, &response)),
        }
    }
    let response = client.get(url, None, watch)?;
    match response.status().as_u16() {
        200 => afresh(part, response, download, client, watch),
        _ => Err(status(url, &response)),
    }
}

/// Whether a body begins where the part ends, in a file of the same size.
fn goes_on(response: &Response<Body>, part: &Part) -> bool {
    let range = header(response, "content-range").and_then(|range| range.strip_prefix("bytes "));
    let Some((range, total)) = range.and_then(|range| range.split_once('/')) else { return false };
    let from = range.split('-').next().and_then(|from| from.trim().parse().ok());
    from == Some(part.bytes()) && (total == "*" || total.parse().ok() == part.origin.bytes)
}

/// Takes a file from its beginning.
fn afresh(
    part: &mut Part,
    response: Response<Body>,
    download: &Download,
    client: &Client<'_>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<(), Error> {
    let url = &download.url;
    let text = |name| header(&response, name).map(str::to_owned);
    let page = text("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if page && !download.file_name().ends_with(".html") {
        return Err(Error::Page { url: url.clone() });
    }
    let bytes = text("content-length").and_then(|length| length.parse().ok());
    if let (Some(expected), Some(found)) = (download.bytes, bytes)
        && expected != found
    {
        let by = SizeBy::Registry;
        return Err(Error::OtherSize { url: url.clone(), expected, by, found });
    }
    part.restart(Origin {
        url: url.clone(),
        etag: text("etag"),
        last_modified: text("last-modified"),
        date: text("date"),
        bytes: bytes.or(download.bytes),
    })?;
    receive(part, response, download, client, watch)
}

/// Takes a body to the end of a part.
fn receive(
    part: &mut Part,
    response: Response<Body>,
    download: &Download,
    client: &Client<'_>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<(), Error> {
    let url = &download.url;
    let total = part.origin.bytes;
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        watch(Event::Received { bytes: part.bytes(), total });
        let got = part.bytes();
        let interrupted = |problem| Error::Interrupted { url: url.clone(), got, total, problem };
        let read = match body.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if is_timeout(&error) => return Err(client.stalled(url, got)),
            Err(error) => return Err(interrupted(plain(&error))),
        };
        match (read, total) {
            (0, Some(total)) if got < total => {
                return Err(interrupted("the server ended the connection".to_owned()));
            }
            (0, _) => return Ok(()),
            _ => {}
        }
        let (expected, by) = most(total, download);
        let found = got + read as u64;
        if found > expected {
            return Err(Error::OtherSize { url: url.clone(), expected, by, found });
        }
        part.append(&buffer[..read])?;
    }
}

/// How much may come of a file whose part has this size, and who says so.
fn most(total: Option<u64>, download: &Download) -> (u64, SizeBy) {
    match total {
        Some(total) if download.bytes == Some(total) => (total, SizeBy::Registry),
        Some(total) => (total, SizeBy::Server),
        None => (LARGEST, SizeBy::Limit),
    }
}

fn status(url: &str, response: &Response<Body>) -> Error {
    Error::Status { url: url.to_owned(), status: response.status().to_string() }
}
