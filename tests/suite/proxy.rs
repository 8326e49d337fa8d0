//! A proxy in front of a homeserver that makes trouble for a test: answers of its own, late ones, lost ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::listen::listen;
use crate::watchdog::HUNG;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// Headers that are about one connection, or that the client makes itself.
const OF_A_CONNECTION: &[&str] = &[
    "host",
    "connection",
    "keep-alive",
    "accept-encoding",
    "content-encoding",
    "content-length",
    "transfer-encoding",
    "expect",
];

/// A request on its way.
pub struct Ask {
    /// GET, POST, PUT, ...
    pub method: String,
    /// The path, decoded.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
    target: String,
    headers: Vec<(String, String)>,
}

/// What happens to a request.
pub enum Act {
    /// It is forwarded.
    Pass,
    /// It is answered with a status, a body and further headers, and not forwarded.
    Status(u16, Value, Vec<(String, String)>),
    /// It is forwarded later.
    Delay(Duration),
    /// It is forwarded, and the connection is closed instead of an answer: it takes effect unnoticed.
    PassThenDrop,
    /// It is forwarded when it is released, even if the client has given up by then.
    Hold,
    /// It is answered with this at once, and forwarded when it is released.
    AnswerLater(Value),
    /// The connection is closed, and it is not forwarded.
    Refuse,
}

/// The rule for requests.
type Rule = Arc<dyn Fn(&Ask) -> Act + Send + Sync>;

/// What an answer consists of.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What all connections share.
struct Line {
    upstream: String,
    client: Client,
    rule: Mutex<Rule>,
    seen: Mutex<Vec<String>>,
    /// One for each held request, in their order; dropping the sender releases the request.
    held: watch::Sender<Vec<oneshot::Sender<()>>>,
}

/// A running proxy; its connections end when it is dropped.
pub struct Proxy {
    line: Arc<Line>,
    url: String,
    running: JoinHandle<()>,
}

impl Proxy {
    /// Starts one that passes everything.
    pub async fn start(upstream: &str) -> Self {
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let line = Arc::new(Line {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client,
            rule: Mutex::new(Arc::new(|_| Act::Pass)),
            seen: Mutex::default(),
            held: watch::Sender::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let running = tokio::spawn(accept(listener, line.clone()));
        Self { line, url, running }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets the rule for requests from now on.
    pub fn rule(&self, rule: impl Fn(&Ask) -> Act + Send + Sync + 'static) {
        *self.line.rule.lock().unwrap() = Arc::new(rule);
    }

    /// Method and path of each request so far.
    pub fn seen(&self) -> Vec<String> {
        self.line.seen.lock().unwrap().clone()
    }

    /// How many requests are held.
    pub fn held(&self) -> usize {
        self.line.held.borrow().len()
    }

    /// Waits until so many requests are held.
    pub async fn until_held(&self, count: usize) {
        let mut held = self.line.held.subscribe();
        let enough = tokio::time::timeout(HUNG, held.wait_for(|held| held.len() >= count)).await.is_ok();
        assert!(enough, "{} requests are held, not {count}; seen: {:#?}", self.held(), self.seen());
    }

    /// Releases all held requests.
    pub fn release(&self) {
        self.line.held.send_modify(Vec::clear);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Serves all connections.
async fn accept(listener: TcpListener, line: Arc<Line>) {
    listen(listener, |stream| serve(stream, line.clone())).await;
}

/// Serves one connection until either side closes it.
async fn serve(stream: TcpStream, line: Arc<Line>) {
    let mut stream = BufReader::new(stream);
    while let Ok(ask) = read(&mut stream).await {
        let Some(answer) = line.obey(ask).await else { return };
        if write(&mut stream, answer).await.is_err() {
            return;
        }
    }
}

impl Line {
    /// Applies the rule to a request; the connection is closed if there is no answer.
    async fn obey(self: &Arc<Self>, ask: Ask) -> Option<Answer> {
        self.seen.lock().unwrap().push(format!("{} {}", ask.method, ask.path));
        let rule = self.rule.lock().unwrap().clone();
        match rule(&ask) {
            Act::Pass => self.forward(&ask).await.ok(),
            Act::Status(status, body, headers) => Some(json_answer(status, &body, headers)),
            Act::Delay(duration) => {
                tokio::time::sleep(duration).await;
                self.forward(&ask).await.ok()
            }
            Act::PassThenDrop => {
                self.forward(&ask).await.ok();
                None
            }
            Act::Hold => {
                self.hold().await.ok();
                self.forward(&ask).await.ok()
            }
            Act::AnswerLater(body) => {
                let (released, line) = (self.hold(), self.clone());
                tokio::spawn(async move {
                    released.await.ok();
                    line.forward(&ask).await.ok();
                });
                Some(json_answer(200, &body, Vec::new()))
            }
            Act::Refuse => None,
        }
    }

    /// Holds a request; the returned receiver ends when it is released.
    fn hold(&self) -> oneshot::Receiver<()> {
        let (release, released) = oneshot::channel();
        self.held.send_modify(|held| held.push(release));
        released
    }

    /// Asks the homeserver.
    async fn forward(&self, ask: &Ask) -> reqwest::Result<Answer> {
        let method = Method::from_bytes(ask.method.as_bytes()).unwrap();
        let mut request =
            self.client.request(method, format!("{}{}", self.upstream, ask.target)).body(ask.body.clone());
        for (name, value) in ask.headers.iter().filter(|(name, _)| !OF_A_CONNECTION.contains(&name.as_str())) {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
    }
}

/// An answer by the proxy itself.
fn json_answer(status: u16, body: &Value, mut headers: Vec<(String, String)>) -> Answer {
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    Answer { status, headers, body: body.to_string().into_bytes() }
}

/// Reads one request.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Ask> {
    let first = read_line(stream).await?;
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(std::io::Error::other(format!("`{first}` asks for nothing")));
    };
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let body = read_body(stream, &headers).await?;
    let path = target.split('?').next().unwrap_or_default();
    let (method, target, path) = (method.to_owned(), target.to_owned(), decoded(path));
    Ok(Ask { method, path, body, target, headers })
}

/// Reads a body, with a declared length or in chunks.
async fn read_body(stream: &mut BufReader<TcpStream>, headers: &[(String, String)]) -> std::io::Result<Vec<u8>> {
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = read_line(stream).await?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16);
            let (size, begun) = (size.map_err(std::io::Error::other)?, body.len());
            if size == 0 {
                break;
            }
            body.resize(begun + size, 0);
            stream.read_exact(&mut body[begun..]).await?;
            read_line(stream).await?;
        }
        while !read_line(stream).await?.is_empty() {}
    } else if let Some(length) = header("content-length") {
        body.resize(length.parse().map_err(std::io::Error::other)?, 0);
        stream.read_exact(&mut body).await?;
    }
    Ok(body)
}

/// Reads one line, without its end.
async fn read_line(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Writes one answer.
async fn write(stream: &mut BufReader<TcpStream>, answer: Answer) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} \r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in answer.headers.iter().filter(|(name, _)| !OF_A_CONNECTION.contains(&name.as_str())) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // In one piece: otherwise the body would wait for the acknowledgement of the head.
    stream.write_all(&[head.as_bytes(), &answer.body].concat()).await?;
    stream.flush().await
}

/// A path without its percent signs.
fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
