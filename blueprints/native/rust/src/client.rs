//! The HTTP client, for the neighbours and for the health probe.

use std::{error::Error, time::Duration};

use axum::{body::Bytes, http::Uri};
use http_body_util::Empty;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

/// How long whoever is asked may take to answer.
pub const LIMIT: Duration = Duration::from_secs(2);

pub type Client = legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// Returns a client that trusts the certificates of the system it runs on.
pub fn new() -> Client {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build();
    // No connection is kept: a fresh one shows whether the other side is there now.
    legacy::Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector)
}

/// Asks for a URL and says what is wrong unless it answers in time, itself and with a success.
pub async fn probe(client: &Client, url: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let uri: Uri = url.parse()?;
    let response = timeout(LIMIT, client.get(uri)).await??;
    if !response.status().is_success() {
        return Err(format!("it answered {}", response.status()).into());
    }
    Ok(())
}
