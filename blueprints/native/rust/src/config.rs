//! What the environment configures.

use crate::upstreams::Upstream;

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub port: u16,
    pub name: String,
    pub version: String,
    pub upstreams: Vec<Upstream>,
}

impl Config {
    /// Reads the configuration through `get`, which looks into the environment outside of tests.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        // A variable that is empty counts as one that is not set.
        let get = |key| get(key).filter(|value| !value.is_empty());
        Ok(Self {
            port: get("PORT").map_or(Ok(8080), |value| parse_port(&value))?,
            name: get("SERVICE_NAME").unwrap_or_else(|| "service".into()),
            version: get("SERVICE_VERSION").unwrap_or_else(|| "dev".into()),
            upstreams: parse_upstreams(&get("UPSTREAMS").unwrap_or_default()),
        })
    }
}

fn parse_port(value: &str) -> Result<u16, String> {
    value
        .parse()
        .ok()
        .filter(|port| *port > 0 && !value.starts_with('+'))
        .ok_or_else(|| format!("PORT must be a number from 1 to 65535, not {value:?}"))
}

/// Reads `name=url,name=url`. An entry without a URL stays: asking it shows what is wrong.
fn parse_upstreams(value: &str) -> Vec<Upstream> {
    value
        .split(',')
        .map(|entry| entry.split_once('=').unwrap_or((entry, "")))
        .map(|(name, url)| Upstream::new(name.trim(), url.trim()))
        .filter(|upstream| !upstream.name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(values: &[(&str, &str)]) -> Result<Config, String> {
        Config::from_env(|key| {
            let (_, value) = values.iter().find(|(name, _)| *name == key)?;
            Some(value.to_string())
        })
    }

    #[test]
    fn defaults() {
        let expected = Config {
            port: 8080,
            name: "service".into(),
            version: "dev".into(),
            upstreams: vec![],
        };
        assert_eq!(config(&[]), Ok(expected.clone()));
        assert_eq!(config(&[("PORT", ""), ("SERVICE_NAME", "")]), Ok(expected));
    }

    #[test]
    fn everything_set() {
        let upstreams = " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd";
        let config = config(&[
            ("PORT", "9090"),
            ("SERVICE_NAME", "orders"),
            ("SERVICE_VERSION", "1.2.3"),
            ("UPSTREAMS", upstreams),
        ]);
        let expected = Config {
            port: 9090,
            name: "orders".into(),
            version: "1.2.3".into(),
            upstreams: vec![
                Upstream::new("users", "http://users:8080/healthz"),
                Upstream::new("stock", "http://stock:8080/?a=b"),
                Upstream::new("odd", ""),
            ],
        };
        assert_eq!(config, Ok(expected));
    }

    #[test]
    fn bad_ports() {
        for port in ["http", "0", "65536", "-1", "+80", "80 80", " 80", "8080\n"] {
            let error = config(&[("PORT", port)]).expect_err(port);
            assert_eq!(
                error,
                format!("PORT must be a number from 1 to 65535, not {port:?}")
            );
            assert!(!error.contains('\n'), "{error:?} is more than one line");
        }
    }
}
