//! The whole HTTP interface, with the request log around it.

use std::{any::Any, collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header::ALLOW},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::info;

use crate::{
    client::{self, Client},
    config::Config,
    upstreams::{self, Report},
};

#[derive(Clone)]
struct App {
    config: Arc<Config>,
    client: Client,
}

pub fn router(config: Config) -> Router {
    let routes = Router::new()
        .route("/", get(about))
        .route("/healthz", get(health))
        .route("/upstreams", get(neighbours))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(App {
            config: Arc::new(config),
            client: client::new(),
        });
    with_middleware(routes)
}

/// What surrounds every route. The layer added last comes first.
fn with_middleware(routes: Router) -> Router {
    routes
        .layer(CatchPanicLayer::custom(internal_error))
        .layer(middleware::from_fn(log_request))
}

async fn about(State(App { config, .. }): State<App>) -> Json<Value> {
    Json(json!({ "service": config.name, "language": "rust", "version": config.version }))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn neighbours(State(app): State<App>) -> Json<BTreeMap<String, Report>> {
    Json(upstreams::ask(&app.client, &app.config.upstreams).await)
}

async fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "not found")
}

async fn method_not_allowed() -> impl IntoResponse {
    let response = error(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    ([(ALLOW, "GET, HEAD")], response)
}

/// Answers for a handler that panicked, giving nothing away: the panic hook has logged the reason.
fn internal_error(_: Box<dyn Any + Send>) -> Response {
    error(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

async fn log_request(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let ms = began.elapsed().as_millis() as u64;
    info!(%method, path, status, ms, "request");
    response
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::header::CONTENT_TYPE,
    };
    use tower::ServiceExt;

    use super::*;

    fn service() -> Router {
        router(Config {
            port: 8080,
            name: "orders".into(),
            version: "1.2.3".into(),
            upstreams: vec![],
        })
    }

    async fn ask(routes: Router, method: &str, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        routes.oneshot(request).await.unwrap()
    }

    async fn body(response: Response) -> Value {
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        let bytes = to_bytes(response.into_body(), 1024).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn every_route() {
        let about = json!({ "service": "orders", "language": "rust", "version": "1.2.3" });
        let not_found = json!({ "error": "not found" });
        for (path, status, expected) in [
            ("/", 200, about.clone()),
            ("/?verbose=1", 200, about),
            ("/healthz", 200, json!({ "status": "ok" })),
            ("/upstreams", 200, json!({})),
            ("/nowhere", 404, not_found.clone()),
            ("/healthz/", 404, not_found.clone()),
            ("/%zz", 404, not_found.clone()),
            ("//", 404, not_found),
        ] {
            let response = ask(service(), "GET", path).await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(body(response).await, expected, "{path}");
        }
    }

    #[tokio::test]
    async fn head_has_no_body() {
        let response = ask(service(), "HEAD", "/healthz").await;
        assert_eq!(response.status(), 200);
        let bytes = to_bytes(response.into_body(), 1024).await.unwrap();
        assert!(bytes.is_empty());
    }

    #[tokio::test]
    async fn other_methods() {
        for (method, path) in [("POST", "/"), ("DELETE", "/healthz"), ("PUT", "/upstreams")] {
            let response = ask(service(), method, path).await;
            assert_eq!(response.status(), 405, "{method} {path}");
            assert_eq!(response.headers()[ALLOW], "GET, HEAD");
            assert_eq!(
                body(response).await,
                json!({ "error": "method not allowed" })
            );
        }
        assert_eq!(ask(service(), "POST", "/nowhere").await.status(), 404);
    }

    #[tokio::test]
    async fn a_panic_gives_nothing_away() {
        let routes = Router::new().route("/", get(async || panic!("secret") as ()));
        let response = ask(with_middleware(routes), "GET", "/").await;
        assert_eq!(response.status(), 500);
        assert_eq!(body(response).await, json!({ "error": "internal error" }));
    }
}
