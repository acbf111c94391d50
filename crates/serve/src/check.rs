//! Asking a server whether it is ready.

use crate::error::reason;
use axum::body::Body;
use axum::http::{Request, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;

/// Whether the server at an address of HTTP is ready, e.g. `http://127.0.0.1:8080`.
///
/// # Errors
/// Why it is not, in a few words.
pub fn check(url: &str, timeout: Duration) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| "this is no address".to_owned())?;
    if uri.scheme_str() != Some("http") {
        return Err("an address of a server begins with http://".to_owned());
    }
    let host = uri.host().ok_or("the address names no host")?.to_owned();
    let to = format!("{host}:{}", uri.port_u16().unwrap_or(80));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let asked = tokio::time::timeout(timeout, ask(&to, &host)).await;
        asked.unwrap_or_else(|_| Err("there was no answer in time".to_owned()))
    })
}

async fn ask(to: &str, host: &str) -> Result<(), String> {
    let stream = TcpStream::connect(to).await.map_err(|error| reason(&error))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let request = Request::get("/readyz").header("host", host).body(Body::empty());
    let request = request.map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    match response.status().is_success() {
        true => Ok(()),
        false => Err(format!("it is not ready: {}", response.status())),
    }
}
