//! The command line: reads arguments and configuration, and runs a command.

use fairshare::platform::Platform;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

use fairshare::adapters::console::prompt::{self, Seat};
use fairshare::adapters::console::screen::Screen;
use fairshare::adapters::console::script::{Console, Manner};
use fairshare::adapters::date;
use fairshare::adapters::date::Server;
use fairshare::adapters::discord::adapter::Discord;
use fairshare::adapters::matrix::adapter::Matrix;
use fairshare::adapters::matrix::session::Session;
use fairshare::clock::Clock;
use fairshare::config::Config;
use fairshare::core::entry::Entry;
use fairshare::engine::entropy::Entropy;
use fairshare::engine::run::{Deps, Engine};
use fairshare::intake::Intake;
use fairshare::limits::Limits;
use fairshare::outbox::{Deliver, Outbox};
use fairshare::store::error::StoreError;
use fairshare::store::replay::fold;
use fairshare::store::sqlite::backup::BackedUp;
use fairshare::store::sqlite::store::SqliteStore;
use fairshare::{export, private, ticker};

/// Contribution accounts for open value networks, kept from chat.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A configuration file; config/default.toml says what can be in it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// The database file, in place of the configuration's.
    #[arg(long, global = true)]
    db: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// A room in this terminal, or a script from standard input (the default).
    Console,
    /// Lives in the rooms that the configuration names, until it is stopped.
    Run {
        /// Believe the machine's clock, although it differs much from the last run's or no server agrees with it.
        #[arg(long)]
        trust_clock: bool,
    },
    /// Replays the journal from the first entry and compares everything that is stored with it. docs/TRUST.md says
    /// what that can find.
    Verify {
        /// The network's id or name, where the file has several.
        #[arg(long)]
        network: Option<String>,
        /// A head that was posted or noted: whether it is in the journal. Its first eight digits are enough.
        #[arg(long, value_parser = head_digits)]
        head: Option<String>,
    },
    /// The ledger.
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// The books for another program.
    Export {
        /// Which one.
        format: Format,
        /// The network's id or name, where the file has several.
        #[arg(long)]
        network: Option<String>,
    },
    /// Copies the database to a new file, verified, also while the bot runs. Restoring is copying it back.
    Backup {
        /// The new file. An existing one is never overwritten.
        file: PathBuf,
    },
    /// Opens a database from now on although commits are missing from it, as the message that names this command says.
    AcceptLoss,
    /// The manual of all commands, as docs/commands.md has it.
    Manual,
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Every balance that is not zero: assets as held, liabilities as owed.
    Balances {
        /// As JSON: a list of objects with account, commodity and amount.
        #[arg(long)]
        json: bool,
        /// The network's id or name, where the file has several.
        #[arg(long)]
        network: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A journal for hledger.
    Hledger,
    /// A file for beancount.
    Beancount,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(arguments()).await {
        Ok(code) => code,
        Err(error) => {
            // Standard error may be closed; the error can't be reported anywhere else.
            let _ = writeln!(std::io::stderr(), "fairshare: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The commands by what they are for, as the help shows them.
const COMMANDS: [(&str, &[&str]); 4] = [
    ("Use it", &["console", "run"]),
    ("Check it", &["verify", "ledger"]),
    ("Keep it and take it along", &["backup", "export", "accept-loss"]),
    ("Read about it", &["manual", "help"]),
];

/// The arguments that the program was called with.
fn arguments() -> Arguments {
    let mut all = Arguments::command();
    all.build();
    let mut listed = String::new();
    for (title, names) in COMMANDS {
        // Writing to a String can't fail.
        let _ = writeln!(listed, "{title}:");
        for command in names.iter().filter_map(|name| all.find_subcommand(name)) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(listed, "  {:<12} {about}", command.get_name());
        }
        listed.push('\n');
    }
    let template = format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{listed}Options:\n{{options}}");
    let matches = Arguments::command().help_template(template).get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::load(arguments.config.as_deref())?;
    let database = arguments.db.clone().unwrap_or_else(|| config.database.clone());
    let filter = EnvFilter::new(&config.log).add_directive(fairshare::adapters::discord::platform::UNLOGGED.parse()?);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match arguments.command.unwrap_or(Command::Console) {
        Command::Console => console(&config, &database).await,
        Command::Run { trust_clock } => live(&config, &database, trust_clock).await,
        Command::Verify { network, head } => verify(&database, network.as_deref(), head.as_deref()).await,
        Command::Ledger { command: LedgerCommand::Balances { json, network } } => {
            balances(&database, network.as_deref(), json).await
        }
        Command::Export { format, network } => exported(&database, network.as_deref(), format).await,
        Command::Backup { file } => {
            let BackedUp { networks, entries } = SqliteStore::back_up(&database, &file).await?;
            writeln!(std::io::stdout(), "{}: whole, with {entries} entries of {networks} networks", file.display())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::AcceptLoss => {
            SqliteStore::accept_loss(&database).await?;
            writeln!(std::io::stdout(), "{} can be opened as it is; what is missing is lost", database.display())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Manual => {
            std::io::stdout().write_all(
                fairshare::grammar::manual::markdown(&fairshare::commands::registry::catalog()?).as_bytes(),
            )?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Fresh random bytes each time: hashes of a secret that this run drew from the system, and a count.
fn entropy() -> anyhow::Result<Entropy> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| anyhow::anyhow!("the system gives no random bytes, without which no salt is safe: {error}"))?;
    let mut count = 0_u64;
    Ok(Box::new(move || {
        count += 1;
        Sha256::new().chain_update(secret).chain_update(count.to_be_bytes()).finalize().into()
    }))
}

async fn console(config: &Config, database: &Path) -> anyhow::Result<ExitCode> {
    let catalog = Arc::new(fairshare::commands::registry::catalog()?);
    let mut entropy = entropy()?;
    let run: String = entropy().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let clock = Clock::default();
    let intake = Arc::new(Intake::new(Limits::new(config.limits, catalog.clone())));
    let store = SqliteStore::open(database).await?;
    let has_network = !store.networks().await?.is_empty();
    let at_terminal = std::io::stdin().is_terminal();
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_colours = std::io::stdout().is_terminal()
        && !is_set("NO_COLOR")
        && std::env::var("TERM").is_ok_and(|terminal| terminal != "dumb");
    let name = std::env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "me".to_owned());
    if at_terminal {
        std::io::stdout().write_all(prompt::welcome(&name, has_network).as_bytes())?;
    }
    let screen = Screen::new(catalog.clone(), Box::new(std::io::stdout()));
    let platforms = HashMap::from([(Platform::Console, Arc::new(screen.clone()) as Arc<dyn Deliver>)]);
    let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
    let deps = Deps { catalog: catalog.clone(), intake: intake.clone(), outbox, clock: clock.clone(), entropy };
    let engine = Engine::start(store, deps).await?;
    let faults = engine.faults();
    let running = tokio::spawn(engine.run());
    let timer = tokio::spawn(ticker::run(intake.clone(), clock.clone(), Vec::new()));
    let manner = Manner { prefix: config.prefix.clone(), bot: config.bot.clone() };
    let mut console = Console::new(intake.clone(), clock, screen, manner, run);
    let spoken = async {
        if at_terminal {
            let seat = Seat { name, has_accounts: has_network, has_colours };
            prompt::run(&mut console, catalog, &seat, &database.with_extension("history")).await
        } else {
            console.script(tokio::io::BufReader::new(tokio::io::stdin())).await.map_err(anyhow::Error::from)
        }
    };
    tokio::pin!(running);
    let spoken = tokio::select! {
        spoken = spoken => spoken,
        // The engine ends by itself only when the store fails.
        ended = &mut running => {
            ended.context("the engine stopped")??;
            anyhow::bail!("the engine stopped");
        }
    };
    timer.abort();
    intake.close();
    running.await.context("the engine stopped")??;
    spoken?;
    Ok(if faults.load(Ordering::Relaxed) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A platform in a running program: it ends by itself only when it can't go on.
type Living = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Runs as a bot on every platform that is configured; ends when it is told to, or when no platform is left.
async fn live(config: &Config, database: &Path, trust_clock: bool) -> anyhow::Result<ExitCode> {
    if config.matrix.is_none() && config.discord.is_none() {
        anyhow::bail!(
            "there is nowhere to live: the configuration has neither a [matrix] nor a [discord] section; config/matrix.toml and config/discord.toml are some to begin with"
        )
    }
    for secret in config.secrets() {
        if let Some(warning) = private::warning(&secret) {
            tracing::warn!("{warning}");
        }
    }
    let catalog = Arc::new(fairshare::commands::registry::catalog()?);
    let (clock, intake) = (Clock::default(), Arc::new(Intake::new(Limits::new(config.limits, catalog.clone()))));
    clock.expect_others();
    let store = SqliteStore::open(database).await?;
    let (stop, stopped) = watch::channel(false);
    let mut platforms: HashMap<Platform, Arc<dyn Deliver>> = HashMap::new();
    let (mut lives, mut caught_up): (Vec<Living>, _) = (Vec::new(), Vec::new());
    if let Some(settings) = config.matrix.clone() {
        let cursors = store.cursors(fairshare::adapters::matrix::hub::PLATFORM).await?;
        let session = Session::open(&settings).await?;
        let ground = fairshare::adapters::matrix::adapter::MatrixDeps {
            catalog: catalog.clone(),
            intake: intake.clone(),
            clock: clock.clone(),
            prefix: config.prefix.clone(),
            bot: config.bot.clone(),
            patience: fairshare::adapters::matrix::adapter::PATIENCE,
        };
        let matrix = Matrix::new(&session, &settings, ground);
        platforms.insert(fairshare::adapters::matrix::hub::PLATFORM, matrix.deliver());
        let (caught_up_sender, receiver) = watch::channel(false);
        caught_up.push(receiver);
        let stopped = stopped.clone();
        lives.push(Box::pin(async move {
            match matrix.run(cursors, caught_up_sender, stopped).await {
                fairshare::adapters::matrix::sync::SyncEnded::Stopped => Ok(()),
                ended @ fairshare::adapters::matrix::sync::SyncEnded::LoggedOut(_) => {
                    session.put_away(&settings)?;
                    Err(anyhow::anyhow!("Matrix: {ended}"))
                }
            }
        }));
    }
    if let Some(settings) = &config.discord {
        let cursors = store.cursors(fairshare::adapters::discord::platform::PLATFORM).await?;
        let patience = fairshare::adapters::discord::platform::Patience::default();
        let ground = fairshare::adapters::discord::adapter::DiscordDeps {
            catalog: catalog.clone(),
            intake: intake.clone(),
            clock: clock.clone(),
            patience,
        };
        let discord = Discord::new(settings, ground, &cursors)?;
        platforms.insert(fairshare::adapters::discord::platform::PLATFORM, discord.deliver());
        let (caught_up_sender, receiver) = watch::channel(false);
        caught_up.push(receiver);
        let stopped = stopped.clone();
        lives.push(Box::pin(async move {
            // If nobody reads the link, it is not needed.
            let invite = |link| drop(writeln!(std::io::stdout(), "Invite the bot to a Discord server: {link}"));
            match discord.run(caught_up_sender, stopped, invite).await {
                fairshare::adapters::discord::adapter::ConnectionEnded::Stopped => Ok(()),
                ended => Err(anyhow::anyhow!("Discord: {ended}")),
            }
        }));
    }
    let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
    let deps = Deps { catalog, intake: intake.clone(), outbox, clock: clock.clone(), entropy: entropy()? };
    let running = tokio::spawn(Engine::start(store, deps).await?.run());
    if trust_clock {
        clock.trust();
    }
    let asking = tokio::spawn(date::watch(clock.clone(), servers(config)));
    let timer = tokio::spawn(ticker::run(intake.clone(), clock, caught_up));
    tokio::spawn(async move {
        asked_to_stop().await;
        stop.send_replace(true);
    });
    tokio::pin!(running);
    let ended = tokio::select! {
        ended = all_ended(lives) => ended,
        ended = &mut running => {
            ended.context("the engine stopped")??;
            anyhow::bail!("the engine stopped");
        }
    };
    timer.abort();
    asking.abort();
    intake.close();
    running.await.context("the engine stopped")??;
    ended.map(|()| ExitCode::SUCCESS)
}

/// The servers that can say what time it is.
fn servers(config: &Config) -> Vec<Server> {
    let homeserver = config.matrix.as_ref().map(|matrix| Server::homeserver(&matrix.homeserver));
    let discord = config.discord.as_ref().map(|discord| Server::discord(discord.rest_proxy.as_deref()));
    homeserver.into_iter().chain(discord).collect()
}

/// Waits until no platform is left. While others run, the end of one is only logged.
async fn all_ended(lives: Vec<Living>) -> anyhow::Result<()> {
    let mut living: JoinSet<anyhow::Result<()>> = lives.into_iter().collect();
    let mut result = Ok(());
    while let Some(ended) = living.join_next().await {
        let ended = ended.context("a platform stopped").flatten();
        if let Err(error) = &ended {
            tracing::error!("{error:#}; {} left", living.len());
        }
        result = result.and(ended);
    }
    result
}

/// Waits for Ctrl-C, or for the signal that service managers stop a program with.
async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = tokio::signal::ctrl_c() => return,
        }
    }
    // Without a handler the system ends the program itself.
    let _ = tokio::signal::ctrl_c().await;
}

/// The network that is named, or the file's only one.
async fn chosen(store: &SqliteStore, wanted: Option<&str>) -> anyhow::Result<String> {
    let networks = store.networks().await?;
    let mut named = Vec::new();
    for id in &networks {
        // A network with a damaged journal has only its id.
        let rows = store.journal(id).await.unwrap_or_default();
        let name = fold(id, &rows).map(|books| books.name).unwrap_or_default();
        if wanted.is_none_or(|wanted| wanted == id || wanted == name) {
            named.push((id.clone(), name));
        }
    }
    match named.as_slice() {
        [] if networks.is_empty() => {
            anyhow::bail!(
                "this file has no network yet; `fairshare` opens the console, where `!network init` begins one"
            )
        }
        [] => anyhow::bail!("no network here is called `{}`", wanted.unwrap_or_default()),
        [(id, _)] => Ok(id.clone()),
        several => anyhow::bail!(
            "this file has several networks; say which with --network: {}",
            several.iter().map(|(id, name)| format!("{name} ({id})")).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The first digits of a head, or all of them.
fn head_digits(typed: &str) -> Result<String, String> {
    let digits = typed.trim().to_lowercase();
    let is_hash = (8..=64).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hash {
        Ok(digits)
    } else {
        Err("a head is 8 to 64 hexadecimal digits, as `ledger head` and the weekly summary show them".to_owned())
    }
}

/// The advice for a file that is not whole.
const NOT_WHOLE: &str = "NOT WHOLE: stop fairshare and keep this file as it is. Compare its head with heads that were posted (fairshare verify --head), \
    and go back to the last backup that is whole. docs/TRUST.md says what the findings mean.";

async fn verify(database: &Path, network: Option<&str>, head: Option<&str>) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(database.is_file(), "there is no file {}", database.display());
    let mut out = std::io::stdout();
    let (whole, known) = match verified(database, network, head, &mut out).await {
        // Data that the database can't read is damage, not a mistake of the caller.
        Err(error) if error.is::<StoreError>() => {
            writeln!(out, "  broken: the file can't be read: {error}")?;
            (false, false)
        }
        found => found?,
    };
    match whole {
        true => writeln!(
            out,
            "whole: the file, every entry, and every text, receipt and row beside the journal are as fairshare has written them. \
            Whether entries are missing at the end, or all was written anew, only a head kept elsewhere can tell: fairshare verify --head"
        )?,
        false => writeln!(out, "{NOT_WHOLE}")?,
    }
    Ok(if whole && known { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the findings. Returns whether everything is as it was written, and whether the head is in a journal.
async fn verified(
    database: &Path,
    network: Option<&str>,
    head: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<(bool, bool)> {
    let store = SqliteStore::open_to_read(database).await?;
    let broken = store.verify_file().await?;
    for what in &broken {
        writeln!(out, "  broken: {what}")?;
    }
    let networks = match network {
        Some(network) => vec![chosen(&store, Some(network)).await?],
        None => store.networks().await?,
    };
    let mut whole = broken.is_empty();
    let mut known = head.is_none();
    for network in &networks {
        let found = store.verify_network(network).await?;
        writeln!(out, "network {network}: {} entries, head {}, books {}", found.entries, found.head, found.digest)?;
        for what in &found.broken {
            writeln!(out, "  broken: {what}")?;
        }
        for what in &found.unchecked {
            writeln!(out, "  not checked: {what}")?;
        }
        whole &= found.broken.is_empty();
        if let Some(head) = head {
            let (entries, count) = store.entries_of(network, head).await?;
            for (seq, at) in &entries {
                writeln!(out, "  head {head}: entry {seq} of {at}; {} came after it", count - seq)?;
            }
            known |= !entries.is_empty();
        }
    }
    if let (Some(head), false) = (head, known) {
        writeln!(
            out,
            "head {head}: NOT in the journal. If this network had it once, entries were cut off or written anew"
        )?;
    }
    Ok((whole, known))
}

async fn balances(database: &Path, network: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let store = SqliteStore::open_to_read(database).await?;
    let id = chosen(&store, network).await?;
    let balances = store.books(&id).await?.shown_balances();
    let mut rows: Vec<_> = balances.into_iter().map(|(account, amount)| (account.to_string(), amount)).collect();
    rows.sort();
    let mut out = std::io::stdout();
    if json {
        let rows: Vec<_> = rows.iter().map(|(account, amount)| serde_json::json!({"account": account, "commodity": amount.commodity.code(), "amount": amount.number()})).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
    } else {
        let width = rows.iter().map(|(_, amount)| amount.number().len()).max().unwrap_or(0);
        for (account, amount) in rows {
            writeln!(out, "{:>width$} {}  {account}", amount.number(), amount.commodity.code())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn exported(database: &Path, network: Option<&str>, format: Format) -> anyhow::Result<ExitCode> {
    let store = SqliteStore::open_to_read(database).await?;
    let id = chosen(&store, network).await?;
    let rows = store.journal(&id).await?;
    let books = store.books(&id).await?;
    let directory = store.directory(&id).await?;
    let entries = rows.iter().map(|row| Entry::parse(&row.payload)).collect::<Result<Vec<_>, _>>()?;
    let text = match format {
        Format::Hledger => export::hledger(&books, &directory, &entries),
        Format::Beancount => export::beancount(&books, &directory, &entries),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
