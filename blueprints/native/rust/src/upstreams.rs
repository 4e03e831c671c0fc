//! Asking the neighbours.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::{task::JoinSet, time::Instant};

use crate::client::{Client, probe};

#[derive(Clone, Debug, PartialEq)]
pub struct Upstream {
    pub name: String,
    pub url: String,
}

impl Upstream {
    pub fn new(name: &str, url: &str) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
        }
    }
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    Unreachable,
}

#[derive(Debug, Serialize)]
pub struct Report {
    pub status: Status,
    pub ms: u64,
}

/// Asks all of them at once, so that it takes as long as the slowest one.
pub async fn ask(client: &Client, upstreams: &[Upstream]) -> BTreeMap<String, Report> {
    let mut reports = JoinSet::new();
    for Upstream { name, url } in upstreams.iter().cloned() {
        let client = client.clone();
        reports.spawn(async move { (name, report(&client, &url).await) });
    }
    reports.join_all().await.into_iter().collect()
}

async fn report(client: &Client, url: &str) -> Report {
    let began = Instant::now();
    let status = match probe(client, url).await {
        Ok(()) => Status::Ok,
        Err(_) => Status::Unreachable,
    };
    Report {
        status,
        ms: began.elapsed().as_millis() as u64,
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use axum::{Router, http::StatusCode, response::Redirect, routing::get};
    use tokio::{
        io::AsyncWriteExt,
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::client::{self, LIMIT};

    async fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        (listener, url)
    }

    /// A neighbour that speaks HTTP.
    async fn neighbour() -> String {
        let routes = Router::new()
            .route("/live", get(async || "alive"))
            .route("/failing", get(async || StatusCode::INTERNAL_SERVER_ERROR))
            .route("/moved", get(async || Redirect::to("/live")))
            .route("/slow", get(pending::<()>));
        let (listener, url) = listen().await;
        tokio::spawn(async { axum::serve(listener, routes).await });
        url
    }

    /// A neighbour that says the same to everyone, and then either nothing more or goodbye.
    async fn speaker(words: &'static str, hold: bool) -> String {
        let (listener, url) = listen().await;
        tokio::spawn(async move {
            let mut held: Vec<TcpStream> = vec![];
            while let Ok((mut connection, _)) = listener.accept().await {
                let _ = connection.write_all(words.as_bytes()).await;
                if hold {
                    held.push(connection);
                }
            }
        });
        url
    }

    #[tokio::test]
    async fn every_kind_of_neighbour() {
        let neighbour = neighbour().await;
        let (closed, dead) = listen().await;
        drop(closed);
        let endless = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nand so on";
        let upstreams = [
            ("live", format!("{neighbour}/live")),
            ("endless", speaker(endless, true).await),
            ("dead", dead),
            ("failing", format!("{neighbour}/failing")),
            ("moved", format!("{neighbour}/moved")),
            ("slow", format!("{neighbour}/slow")),
            ("slower", format!("{neighbour}/slow")),
            ("half", speaker("HTTP/1.1 200 OK\r\nServer: ", true).await),
            ("nonsense", speaker("what?\r\n", false).await),
            ("empty", "".into()),
            ("relative", "/healthz".into()),
            ("schemeless", "users:8080".into()),
            ("invalid", "http://a b:port".into()),
            ("strange", "gopher://127.0.0.1/".into()),
        ]
        .map(|(name, url)| Upstream::new(name, &url));

        let began = Instant::now();
        let reports = ask(&client::new(), &upstreams).await;
        let took = began.elapsed();

        assert!(
            took < 2 * LIMIT,
            "took {took:?}: they are not asked at once"
        );
        assert_eq!(reports.len(), upstreams.len());
        for (name, report) in &reports {
            let expected = match name.as_str() {
                "live" | "endless" => Status::Ok,
                _ => Status::Unreachable,
            };
            assert_eq!(report.status, expected, "{name}");
        }
        let slow = Duration::from_millis(reports["slow"].ms);
        assert!(slow >= LIMIT, "slow was given up after {slow:?}");
    }
}
