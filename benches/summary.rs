//! The cost of a summary of two hundred people: deciding it, putting it into words, and drawing its pictures. Quoted as
//! ratios, to one plain pass over the same logs and to a blank picture of the same size, in the same run.

mod figures;

use fairshare::platform::Platform;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write;

use anyhow::Context;
use chrono::{Days, NaiveDate};
use fairshare::commands::context::{Author, CommandContext, Moment};
use fairshare::core::books::state::Books;
use fairshare::core::contribution::Contribution;
use fairshare::core::entry::{Entry, Fact};
use fairshare::core::fact::people::{NetworkCreated, PersonAdded};
use fairshare::core::fact::rule::{ProjectCreated, RateSet};
use fairshare::core::fact::work::{Logged, TaskOpened, TaskTaken};
use fairshare::core::ids::{Hash, PersonId, ProjectId, TaskId, TextRef};
use fairshare::core::money::{Commodity, Minor};
use fairshare::core::rule::build::Numbers;
use fairshare::core::rule::preset::Preset;
use fairshare::core::time::{Minutes, Timestamp};
use fairshare::directory::{Account, Directory, RoomKey};
use fairshare::incoming::EncryptionTrust;
use fairshare::message::reply::Reply;
use fairshare::render::picture;
use figures::{median, ratio, timed};
use serde_json::json;

const PEOPLE: u32 = 200;
const WEEKS: u64 = 12;
const TASKS: u32 = 400;
const SIZES: [u32; 2] = [20_000, 200_000];
const ROUNDS: usize = 9;

const PROJECT: ProjectId = ProjectId(1);
const NO_TEXT: TextRef = TextRef(Hash([0; 32]));

/// A network whose people work on the tasks of one project, a few hours every week.
struct Network {
    books: Books,
    /// The first day of it.
    first: NaiveDate,
}

impl Network {
    fn begin() -> anyhow::Result<Self> {
        let money = Commodity::iso("CAD").context("CAD")?;
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).context("a Monday")?;
        let mut network = Self { books: Books::empty("n", money), first };
        network.take(NetworkCreated {
            name: "n".into(),
            currency: "CAD".into(),
            scale: 2,
            timezone: chrono_tz::UTC,
        })?;
        for person in 1..=PEOPLE {
            network.take(PersonAdded {
                person: PersonId(person),
                handle: format!("person{person}"),
                agreed: Vec::new(),
                marks: Vec::new(),
            })?;
        }
        let rule = Preset::Service.rule(Vec::new(), &Numbers::default())?;
        network.take(ProjectCreated { project: PROJECT, name: "p".into(), rule_hash: rule.hash(), rule })?;
        network.take(RateSet {
            role: "work".into(),
            person: None,
            per_hour: money.minor(Minor(3_000)),
            from: first,
        })?;
        for task in (1..=TASKS).map(TaskId) {
            network.take(TaskOpened { task, project: PROJECT, title: NO_TEXT, estimate: None })?;
            if task.0 % 2 == 0 {
                network.take(TaskTaken { task, person: PersonId(1 + task.0 % PEOPLE) })?;
            }
        }
        Ok(network)
    }

    fn take(&mut self, fact: impl Into<Fact>) -> anyhow::Result<()> {
        let at = self.first.and_time(chrono::NaiveTime::MIN).and_utc();
        let entry = Entry {
            network: "n".into(),
            seq: self.books.seq + 1,
            at,
            said: None,
            by: Some(PersonId(1)),
            fact: fact.into(),
        };
        Ok(self.books.apply(&entry, &entry.payload())?)
    }

    /// Grows to so many logs, of all people, weeks and tasks.
    fn grow(&mut self, to: u32) -> anyhow::Result<()> {
        for number in self.books.logs.next().0..=to {
            let day = u64::from(number).wrapping_mul(31) % (7 * WEEKS);
            self.take(Logged {
                log: self.books.logs.next(),
                person: PersonId(1 + number * 7 % PEOPLE),
                project: PROJECT,
                task: Some(TaskId(1 + number * 13 % TASKS)),
                date: self.first + Days::new(day),
                what: NO_TEXT,
                contribution: Contribution::Work {
                    minutes: Minutes(i64::from(1 + number * 37 % 240)),
                    role: "work".into(),
                },
                gift: false,
                waiting: None,
                validations: 0,
                line: None,
            })?;
        }
        Ok(())
    }

    /// The least that a summary could cost: one pass, one sum by person.
    fn plain_pass(&self) -> BTreeMap<PersonId, i64> {
        let mut sums = BTreeMap::new();
        for log in &self.books.logs {
            *sums.entry(log.person).or_default() += log.contribution.minutes().map_or(0, |minutes| minutes.0);
        }
        sums
    }

    /// The last day, asked about by the first person.
    fn moment(&self) -> Moment {
        let today = self.first + Days::new(7 * WEEKS - 1);
        let at: Timestamp = today.and_time(chrono::NaiveTime::MIN).and_utc();
        let (platform, id) = (Platform::Console, "person1".to_owned());
        let room = RoomKey { platform, id: "lobby".to_owned() };
        Moment {
            at,
            now: at,
            today,
            said: None,
            said_on: today,
            event: "1".to_owned(),
            author: Author { account: Account { platform, id: id.clone() }, name: id, person: Some(PersonId(1)) },
            places: vec![room.clone()],
            room,
            host: false,
            direct: false,
            bars_founding: false,
            encryption: EncryptionTrust::default(),
            sentence: None,
            files: BTreeMap::new(),
            due: None,
            question: None,
            project: Some(PROJECT),
            seed: [0; 32],
            verification: None,
        }
    }
}

fn main() -> anyhow::Result<()> {
    // `cargo test` builds benches too and runs them with --test; there is nothing to measure then.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let mut out = std::io::stdout();
    let catalog = std::sync::Arc::new(fairshare::commands::registry::catalog()?);
    let registry = fairshare::commands::registry::Registry::new(catalog.clone());
    let command = catalog.command("summary").context("the command")?;
    let directory = Directory::default();
    let mut network = Network::begin()?;
    for size in SIZES {
        network.grow(size)?;
        let moment = network.moment();
        let (mut pass, mut decided, mut worded, mut drawn, mut blank) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            pass.push(timed(|| network.plain_pass()).0);
            let context =
                CommandContext { books: &network.books, directory: &directory, moment: &moment, catalog: &catalog };
            let (took, decision) = timed(|| registry.decide(command, context, json!({ "project": PROJECT })));
            decided.push(took);
            let action = decision.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
            let decision = action.decision().context("a summary only reads")?.clone();
            anyhow::ensure!(decision.pictures.len() == 2, "hours and shares are drawn");
            let reply = Reply::of(decision.lines, decision.pictures, decision.long_part);
            worded.push(timed(|| fairshare::render::text::text(&reply, "en", &catalog)).0);
            let drawings: Vec<_> =
                reply.pictures().iter().map(|picture| picture::drawing(picture, "en", &catalog)).collect();
            let (took, pictures) = timed(|| drawings.iter().map(|drawing| drawing.png()).collect::<Option<Vec<_>>>());
            pictures.context("all of them can be drawn")?;
            drawn.push(took);
            let (took, nothing) = timed(|| drawings.iter().try_for_each(|drawing| blank_picture(drawing.size())));
            nothing?;
            blank.push(took);
        }
        let (pass, decided, worded, drawn, blank) =
            (median(pass), median(decided), median(worded), median(drawn), median(blank));
        writeln!(
            out,
            "{PEOPLE} people, {size} logs: a plain pass {pass:?}; decided {decided:?}, ratio {}",
            ratio(decided, pass)
        )?;
        writeln!(
            out,
            "  in words {worded:?}; two blank pictures {blank:?}; two pictures {drawn:?}, ratio {}",
            ratio(drawn, blank)
        )?;
    }
    Ok(())
}

/// A blank picture, drawn and compressed like any other.
fn blank_picture((width, height): (u32, u32)) -> anyhow::Result<()> {
    let pixels = resvg::tiny_skia::Pixmap::new(width, height).context("memory")?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels.take_demultiplied())?;
    black_box(file);
    Ok(())
}
