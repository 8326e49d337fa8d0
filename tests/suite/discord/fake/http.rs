//! As much of HTTP/1.1 as a client that sends JSON and files needs.

use std::io::{Error, ErrorKind, Result};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A request as it came.
pub struct Ask {
    /// GET, POST, PUT, ...
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, after the question mark.
    pub query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An uploaded file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its number in the request's own list of attachments.
    pub index: u64,
    /// Its name.
    pub filename: String,
    /// Its content type.
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Ask {
    /// The next request of a connection.
    pub async fn read(stream: &mut BufReader<TcpStream>) -> Result<Self> {
        let first = line(stream).await?;
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(Error::other(format!("`{first}` asks for nothing")));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
        let mut headers = Vec::new();
        while let Some((name, value)) = line(stream).await?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut ask = Self { method, path, query, headers, body: Vec::new() };
        ask.read_body(stream).await?;
        Ok(ask)
    }

    async fn read_body(&mut self, stream: &mut BufReader<TcpStream>) -> Result<()> {
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = line(stream).await?;
                let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
                    .map_err(Error::other)?;
                let begun = self.body.len();
                self.body.resize(begun + size, 0);
                stream.read_exact(&mut self.body[begun..]).await?;
                if size == 0 {
                    break;
                }
                line(stream).await?;
            }
            while !line(stream).await?.is_empty() {}
        } else if let Some(length) = self.header("content-length") {
            let length = length.parse().map_err(Error::other)?;
            self.body.resize(length, 0);
            stream.read_exact(&mut self.body).await?;
        }
        Ok(())
    }

    /// A header, by its lowercase name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The JSON of the body, and its files; null if there is none.
    pub fn content(&self) -> std::result::Result<(Value, Vec<File>), String> {
        let kind = self.header("content-type").unwrap_or_default();
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"));
        if self.body.is_empty() {
            return Ok((Value::Null, Vec::new()));
        }
        let Some((_, boundary)) = kind.split_once("boundary=") else {
            let body = json(&self.body)?;
            return if kind.starts_with("application/json") {
                Ok((body, Vec::new()))
            } else {
                Err(format!("JSON said to be `{kind}`"))
            };
        };
        let (mut body, mut files) = (Value::Null, Vec::new());
        for (head, bytes) in parts(&self.body, boundary.trim_matches('"')) {
            let name = field(&head, "name").ok_or("a part without a name")?;
            if name == "payload_json" {
                body = json(bytes)?;
                continue;
            }
            let index = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
            let index = index.ok_or_else(|| format!("a part called `{name}`"))?;
            let filename = field(&head, "filename").ok_or_else(|| format!("`{name}` without a file name"))?;
            let content_type = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-type:").map(str::trim).map(str::to_owned)
            });
            let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
            files.push(File { index, filename, content_type, bytes: bytes.to_vec() });
        }
        Ok((body, files))
    }
}

/// One line, without its end.
async fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The parts of a form: their heads, and their contents.
fn parts<'a>(mut body: &'a [u8], boundary: &str) -> Vec<(String, &'a [u8])> {
    let (delimiter, mut parts) = (format!("--{boundary}"), Vec::new());
    while let Some(start) = find(body, delimiter.as_bytes()) {
        let rest = &body[start + delimiter.len()..];
        // What follows the last delimiter is its end, or nothing.
        let (Some(head), Some(end)) = (find(rest, b"\r\n\r\n"), find(rest, delimiter.as_bytes())) else { break };
        let content = rest.get(head + 4..end.saturating_sub(2)).unwrap_or_default();
        parts.push((String::from_utf8_lossy(&rest[..head]).into_owned(), content));
        body = &rest[end..];
    }
    parts
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A field in the head of a part.
fn field(head: &str, name: &str) -> Option<String> {
    let quoted = format!("{name}=\"");
    head.split([';', '\n']).find_map(|piece| Some(piece.trim().strip_prefix(&quoted)?.strip_suffix('"')?.to_owned()))
}

/// Writes a redirect.
pub async fn write_redirect(stream: &mut BufReader<TcpStream>, url: &str) -> Result<()> {
    stream.write_all(format!("HTTP/1.1 302 \r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
    stream.flush().await
}

/// Writes a file.
pub async fn write_file(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> Result<()> {
    let head =
        format!("HTTP/1.1 200 \r\ncontent-type: application/octet-stream\r\ncontent-length: {}\r\n\r\n", bytes.len());
    stream.write_all(&[head.as_bytes(), bytes].concat()).await?;
    stream.flush().await
}

/// Writes one answer; null is none.
pub async fn write(stream: &mut BufReader<TcpStream>, status: u16, body: &Value) -> Result<()> {
    let answer = match body {
        Value::Null => format!("HTTP/1.1 {status} \r\n\r\n"),
        body => {
            let body = body.to_string();
            format!(
                "HTTP/1.1 {status} \r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
    };
    // In one piece: otherwise the body would wait for the acknowledgement of the head.
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await
}
