//! The time by a server: the second source for a clock that is doubted. Only the operator's own homeserver and Discord
//! itself are asked, by the bot's own requests; an event's time does not count, because users can write it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::DATE;

use crate::clock::Clock;
use crate::core::time::Timestamp;

/// How often the clock is checked for doubt. While it is doubted, the servers are asked as often.
const EVERY: Duration = Duration::from_secs(20);

/// How long an answer may take: its time is that of its making.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A server to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name in the log.
    pub name: &'static str,
    /// A small resource that anybody may request.
    pub url: String,
}

impl Server {
    /// The homeserver at an address.
    pub fn homeserver(address: &str) -> Self {
        Self { name: "homeserver", url: format!("{}/_matrix/client/versions", address.trim_end_matches('/')) }
    }

    /// Discord, or the operator's proxy that passes requests on to it.
    pub fn discord(proxy: Option<&str>) -> Self {
        let address = proxy.unwrap_or("https://discord.com");
        Self { name: "Discord", url: format!("{}/api/v10/gateway", address.trim_end_matches('/')) }
    }
}

/// Asks the servers for as long as the clock is doubted, until the process ends.
pub async fn watch(clock: Clock, servers: Vec<Server>) {
    let client = match reqwest::Client::builder().timeout(TIMEOUT).build() {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "no server can be asked what time it is"),
    };
    loop {
        for server in &servers {
            if clock.is_doubted() {
                match ask(&client, &server.url).await {
                    Ok(Some(instant)) => clock.hear(server.name, instant),
                    Ok(None) => tracing::warn!(server = server.name, "it does not say what time it is"),
                    Err(error) => tracing::warn!(server = server.name, %error, "it can't be asked what time it is"),
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// The time that a server puts on its answer, whatever the answer is.
async fn ask(client: &reqwest::Client, url: &str) -> reqwest::Result<Option<Timestamp>> {
    let answer = client.get(url).send().await?;
    let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    Ok(date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// A server that gives one answer; its address.
    async fn answering(answer: &'static str) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4096];
            assert!(stream.read(&mut asked).await.unwrap() > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        format!("http://{address}/")
    }

    #[tokio::test]
    async fn an_answer_of_any_kind_says_what_time_it_is() {
        let client = reqwest::Client::new();
        for (answer, says) in [
            (
                "HTTP/1.1 200 OK\r\nDate: Mon, 05 Jan 2026 14:00:07 GMT\r\nContent-Length: 0\r\n\r\n",
                Some("2026-01-05T14:00:07Z"),
            ),
            (
                "HTTP/1.1 429 Slow down\r\ndate: Mon, 05 Jan 2026 14:00:07 GMT\r\nContent-Length: 0\r\n\r\n",
                Some("2026-01-05T14:00:07Z"),
            ),
            ("HTTP/1.1 200 OK\r\nDate: about noon\r\nContent-Length: 0\r\n\r\n", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", None),
        ] {
            let url = answering(answer).await;
            let said = ask(&client, &url).await.unwrap();
            assert_eq!(said, says.map(|instant| instant.parse().unwrap()), "{answer}");
        }
    }

    #[test]
    fn servers_are_asked_where_anybody_may_ask() {
        assert_eq!(Server::homeserver("https://example.org/").url, "https://example.org/_matrix/client/versions");
        assert_eq!(Server::discord(None).url, "https://discord.com/api/v10/gateway");
        assert_eq!(Server::discord(Some("http://127.0.0.1:3000")).url, "http://127.0.0.1:3000/api/v10/gateway");
    }
}
