//! A small HTTP service that knows its name, its health and its neighbours.
//!
//! Everything is configured by the environment: `PORT`, `SERVICE_NAME`, `SERVICE_VERSION` and
//! `UPSTREAMS`.

pub mod client;
pub mod config;
pub mod logging;
pub mod routes;
pub mod server;
pub mod upstreams;
