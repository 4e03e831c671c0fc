//! The program as a container runs it: arguments, environment, output, signals and exit codes.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn service(port: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    command.env_clear().env("PORT", port);
    command
}

fn assert_fails(output: Output, words: &str) {
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty());
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains(words), "{stderr}");
}

#[test]
fn a_bad_port_is_one_line_and_exit_code_1() {
    assert_fails(service("http").output().unwrap(), r#"not "http""#);
}

#[test]
fn a_typo_does_not_start_the_service() {
    let output = service("8080").arg("healthchek").output().unwrap();
    assert_fails(output, r#"unknown arguments ["healthchek"]"#);
}

#[test]
fn starts_logs_and_stops() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let port = address.port().to_string();
    drop(listener);

    let mut child = service(&port).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert_eq!(lines.next().unwrap()["msg"], "listening");

    let healthy = service(&port).arg("healthcheck").status().unwrap();
    assert_eq!(healthy.code(), Some(0));
    assert_eq!(lines.next().unwrap()["path"], "/healthz");

    let mut connection = TcpStream::connect(address).unwrap();
    let request = b"GET /nowhere?q=1 HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n\r\n";
    connection.write_all(request).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");

    let line = lines.next().unwrap();
    assert_eq!(line["level"], "info");
    assert_eq!(line["msg"], "request");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["path"], "/nowhere");
    assert_eq!(line["status"], 404);
    assert!(line["ms"].is_u64(), "{line}");
    assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");

    let kill = format!("kill -TERM {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(lines.next().unwrap()["msg"], "stopping");
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let gone = service(&port).arg("healthcheck").output().unwrap();
    assert_fails(gone, "unhealthy: ");
}
