//! Starts the service, or asks one that runs whether it is healthy.

use std::{env, error::Error, net::Ipv4Addr, process::ExitCode};

use service::{client, config::Config, logging, server};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    select,
    signal::unix::{SignalKind, signal},
};

type Result = std::result::Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result {
    let config = Config::from_env(|key| Some(env::var_os(key)?.to_string_lossy().into_owned()))?;
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let runtime = Runtime::new()?;
    let result = match arguments.as_slice() {
        [] => runtime.block_on(start(config)),
        [word] if word == "healthcheck" => runtime.block_on(check_health(config.port)),
        _ => Err(format!("unknown arguments {arguments:?}: the only one is healthcheck").into()),
    };
    // A name lookup that hangs cannot be interrupted, and must not hold up the exit.
    runtime.shutdown_background();
    result
}

async fn start(config: Config) -> Result {
    logging::init();
    // From here on a signal stops the service; until then, PID 1 would ignore it.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, config.port))
        .await
        .map_err(|error| format!("cannot listen on port {}: {error}", config.port))?;
    let stop = async move {
        select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(server::serve(listener, config, stop).await?)
}

/// Asks the service that runs in this container, so that the image needs no shell or curl.
async fn check_health(port: u16) -> Result {
    let url = format!("http://127.0.0.1:{port}/healthz");
    let answer = client::probe(&client::new(), &url).await;
    answer.map_err(|error| format!("unhealthy: {error}").into())
}
