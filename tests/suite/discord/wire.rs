//! The bot's requests on their real way: TLS to discord.com, with the library's own handling of Discord's limits.
//!
//! The program reaches the network through the test's proxy, which leads everything to the fake Discord, under a test
//! certificate that the program is told to trust. The program itself is the same as in production.

use std::net::SocketAddr;
use std::path::PathBuf;

use native_tls::Identity;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::fake::Fake;
use super::world::{Files, text};
use crate::program::Program;
use crate::proxy::{Act, Proxy};
use crate::world::block_on;

/// A certificate for discord.com that nobody else trusts, and its key.
fn certificate() -> (Vec<u8>, Vec<u8>) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "discord.com").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    let names = SubjectAlternativeName::new().dns("discord.com").build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build().to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap())
}

/// A stand-in for the network; its connections end with it.
struct Wire {
    url: String,
    trusted: PathBuf,
    running: JoinHandle<()>,
}

impl Wire {
    /// Leads connections to discord.com to an address that speaks plain HTTP.
    async fn to(upstream: SocketAddr, folder: &std::path::Path) -> Self {
        let (certificate, key) = certificate();
        let trusted = folder.join("trusted.pem");
        std::fs::write(&trusted, &certificate).unwrap();
        let acceptor = native_tls::TlsAcceptor::new(Identity::from_pkcs8(&certificate, &key).unwrap()).unwrap();
        let acceptor = tokio_native_tls::TlsAcceptor::from(acceptor);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let (mut asked, mut line) = (String::new(), String::new());
                    stream.read_line(&mut asked).await.unwrap();
                    while stream.read_line(&mut line).await.unwrap() > 2 {
                        line.clear();
                    }
                    assert!(asked.starts_with("CONNECT discord.com:443 "), "the program asks for {asked}");
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let mut sealed = acceptor.accept(stream).await.unwrap();
                    let mut plain = TcpStream::connect(upstream).await.unwrap();
                    // Either side may close without notice.
                    let _ = copy_bidirectional(&mut sealed, &mut plain).await;
                });
            }
        });
        Self { url, trusted, running }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[test]
fn requests_reach_discord_over_tls_and_outlast_its_rate_limits() {
    block_on(async {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let files = Files::new(&fake.url());
        let folder = files.database().parent().unwrap().to_owned();
        let wire = Wire::to(proxy.url().trim_start_matches("http://").parse().unwrap(), &folder).await;
        let guild = fake.guild("Sensorica");
        let channel = fake.channel(guild, "lobby");
        let limits = || {
            Act::Status(
                429,
                json!({ "message": "limited", "retry_after": 0.3, "global": false }),
                vec![("retry-after".to_owned(), "1".to_owned())],
            )
        };
        // The registration is limited once, and each interaction's first answer.
        let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
        proxy.rule(move |ask| {
            let is_limited = ask.method == "PUT" || ask.path.ends_with("/callback");
            if is_limited && seen.lock().unwrap().insert(ask.path.clone()) { limits() } else { Act::Pass }
        });
        let token = files.settings.token_file.to_str().unwrap().to_owned();
        let environment =
            [("HTTPS_PROXY", wire.url.clone()), ("SSL_CERT_FILE", wire.trusted.to_str().unwrap().to_owned())];
        let program = Program::start_in(&folder, &format!("[discord]\ntoken_file = {token:?}\n"), &environment);
        fake.until("the commands are registered", |fake| (fake.puts() == 1).then_some(())).await;
        fake.identified().await;
        let ana = fake.who(fake.person("ana"), channel).managing();
        let commands = [
            ("network init", json!({ "name": "Sensorica" }), "The network Sensorica has started"),
            ("project new", json!({ "name": "forillon" }), "The project forillon has started"),
            ("log hours", json!({ "time": "1h", "what": "wiring" }), "L1: ana, work 1h on forillon — wiring"),
            ("help", json!({}), "### What people use most"),
        ];
        for (number, (command, options, begins)) in commands.into_iter().enumerate() {
            fake.call(&ana, command, options);
            // On a slow machine the answer comes after a deferral, or as an ordinary message.
            let said = fake.until("what the room is told", |fake| fake.messages(channel).get(number).cloned()).await;
            assert!(text(&said).starts_with(begins), "{command}: {said}\n{}", program.log());
        }
        assert_eq!(fake.messages(channel).len(), 4, "each is said once");
        fake.check();
    });
}
