//! Serving requests until told to stop.

use std::{io, pin::pin, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    select,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use crate::{config::Config, routes::router};

/// How long the head of a request may take, counted from the answer before it: an idle connection is closed, too.
/// `axum::serve` knows no such limit, hence the loop below.
const HEAD_LIMIT: Duration = Duration::from_secs(5);

/// How long requests that have begun may take once the service is told to stop.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(4);

/// The pause before the next try when the system has no file descriptor or memory left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers requests until `stop` is ready, then finishes those that have begun.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    info!(address = %listener.local_addr()?, "listening");
    let routes = TowerToHyperService::new(router(config));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = http.serve_connection(TokioIo::new(stream), routes.clone());
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        debug!(%error, "connection broken off");
                    }
                });
            }
            Err(error) => {
                warn!(%error, "cannot accept");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    info!("stopping");
    drop(listener);
    if timeout(SHUTDOWN_LIMIT, connections.shutdown())
        .await
        .is_err()
    {
        warn!("gave up on requests in flight");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use axum::{Router, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::{Notify, oneshot},
        time::Instant,
    };

    use super::*;
    use crate::upstreams::Upstream;

    fn config(upstreams: Vec<Upstream>) -> Config {
        Config {
            port: 8080,
            name: "orders".into(),
            version: "1.2.3".into(),
            upstreams,
        }
    }

    /// Sends a request on a connection of its own, and waits until the other side closes that.
    async fn answer(mut connection: TcpStream) -> String {
        let request = b"GET /upstreams HTTP/1.1\r\nHost: orders\r\n\r\n";
        connection.write_all(request).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn finishes_what_it_began() {
        let (asked, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (asked, release) = (asked.clone(), release.clone());
            get(async move || {
                asked.notify_one();
                release.notified().await;
            })
        };
        let neighbour = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Upstream::new(
            "slow",
            &format!("http://{}", neighbour.local_addr().unwrap()),
        );
        tokio::spawn(async { axum::serve(neighbour, Router::new().route("/", slow)).await });

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, config(vec![upstream]), async {
            let _ = stopped.await;
        }));
        let idle = TcpStream::connect(address).await.unwrap();
        let busy = tokio::spawn(answer(TcpStream::connect(address).await.unwrap()));

        asked.notified().await;
        stop.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        release.notify_one();

        let answer = busy.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains(r#"{"slow":{"status":"ok","ms":"#),
            "{answer}"
        );
        timeout(SHUTDOWN_LIMIT / 2, serving)
            .await
            .expect("an idle connection holds it up")
            .unwrap()
            .unwrap();
        drop(idle);
    }

    /// Time is paused: it leaps to the next timer whenever everything waits.
    #[tokio::test(start_paused = true)]
    async fn waits_for_nobody_forever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, config(vec![]), pending()));
        let health = "GET /healthz HTTP/1.1\r\nHost: orders\r\n\r\n";
        for (request, answered) in [
            ("", false),
            ("GET /healthz HTTP/1.1\r\nHo", false),
            (health, true),
        ] {
            let began = Instant::now();
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            timeout(2 * HEAD_LIMIT, client.read_to_string(&mut answer))
                .await
                .expect("the connection is still open")
                .unwrap();
            assert_eq!(
                answer.starts_with("HTTP/1.1 200 OK\r\n"),
                answered,
                "{answer}"
            );
            assert!(
                began.elapsed() >= HEAD_LIMIT,
                "{request:?} was not waited for"
            );
        }
    }
}
