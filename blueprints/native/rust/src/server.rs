//! Serving requests until told to stop.

use std::{io, time::Duration};

use tokio::{net::TcpListener, select, sync::oneshot, time::sleep};
use tracing::{info, warn};

use crate::{config::Config, routes::router};

/// How long requests that have begun may take once the service is told to stop.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(4);

/// Answers requests until `stop` is ready, then finishes those that have begun.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    info!(address = %listener.local_addr()?, "listening");
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, router(config)).with_graceful_shutdown(async {
        stop.await;
        info!("stopping");
        let _ = stopping.send(());
    });
    let limit = async {
        let _ = stopped.await;
        sleep(SHUTDOWN_LIMIT).await;
    };
    select! {
        result = server => result,
        () = limit => {
            warn!("gave up on requests in flight");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{Router, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::Notify,
        time::timeout,
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
}
