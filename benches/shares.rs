//! The cost of shares after a million contributions: all of them by person and by claim, one more log, and an estimate.
//! Quoted as ratios, to one plain pass over the same logs or to the same question after fewer of them, in the same run.

#![allow(clippy::integer_division, reason = "logs are numbered in whole turns")]

mod figures;

use std::collections::HashMap;
use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use chrono::{Days, NaiveDate};
use fairshare::core::books::claims::ShareEstimate;
use fairshare::core::books::state::Books;
use fairshare::core::contribution::Contribution;
use fairshare::core::distribution::run::DistributionInput;
use fairshare::core::entry::{Entry, Fact};
use fairshare::core::fact::people::{NetworkCreated, PersonAdded};
use fairshare::core::fact::rule::{ProjectCreated, RateSet};
use fairshare::core::fact::work::Logged;
use fairshare::core::ids::{Hash, LogId, PersonId, ProjectId, TextRef};
use fairshare::core::money::{Commodity, Minor};
use fairshare::core::rule::build::Numbers;
use fairshare::core::rule::preset::Preset;
use fairshare::core::time::{Minutes, Timestamp};
use figures::{median, ratio, timed};

const PEOPLE: u32 = 1_000;
const FEW: u32 = 1_000;
const SIZES: [u32; 3] = [250_000, 500_000, 1_000_000];
const ROUNDS: usize = 9;
/// Logs that are timed together, since one alone is too quick for a clock.
const AT_ONCE: u32 = 50;
/// Estimates that are timed together.
const LOOKS: u32 = 20;

const PROJECT: ProjectId = ProjectId(1);
const NO_TEXT: TextRef = TextRef(Hash([0; 32]));

/// A network under the `service` preset that grows log by log.
struct Network {
    books: Books,
    money: Commodity,
    /// The payload that is hashed for every entry: as long as a real one, which would take longer to write than to
    /// apply.
    payload: String,
}

impl Network {
    fn begin() -> anyhow::Result<Self> {
        let money = Commodity::iso("CAD").context("CAD")?;
        let mut network = Self { books: Books::empty("n", money), money, payload: String::new() };
        network.take(NetworkCreated {
            name: "n".into(),
            currency: "CAD".into(),
            scale: 2,
            timezone: chrono_tz::UTC,
        })?;
        for person in 1..=PEOPLE {
            network.take(PersonAdded {
                person: PersonId(person),
                handle: format!("p{person}"),
                agreed: Vec::new(),
                marks: Vec::new(),
            })?;
        }
        let rule = Preset::Service.rule(Vec::new(), &Numbers::default())?;
        network.take(ProjectCreated { project: PROJECT, name: "p".into(), rule_hash: rule.hash(), rule })?;
        // Every role was raised once, and every hundredth person has a rate of their own.
        for (role, per_hour) in [("work", 3_000), ("support", 2_500), ("initiation", 4_000)] {
            network.rate(role, None, per_hour, 0)?;
            network.rate(role, None, per_hour + 500, 180)?;
        }
        for person in (1..=PEOPLE).step_by(100) {
            network.rate("work", Some(PersonId(person)), 4_500, 0)?;
        }
        network.payload = network.entry(network.log(1)).payload();
        Ok(network)
    }

    fn rate(&mut self, role: &str, person: Option<PersonId>, per_hour: i64, day: u64) -> anyhow::Result<()> {
        self.take(RateSet { role: role.into(), person, per_hour: self.money.minor(Minor(per_hour)), from: day_of(day) })
    }

    fn entry(&self, fact: impl Into<Fact>) -> Entry {
        Entry {
            network: "n".into(),
            seq: self.books.seq + 1,
            at: Timestamp::UNIX_EPOCH,
            said: None,
            by: Some(PersonId(1)),
            fact: fact.into(),
        }
    }

    fn take(&mut self, fact: impl Into<Fact>) -> anyhow::Result<()> {
        Ok(self.books.apply(&self.entry(fact), &self.payload)?)
    }

    /// The log of a number. Each thousand logs has one by everybody, in its own order. Seventy of a hundred people
    /// work, twenty support, five initiated it, and five gave material or money.
    fn log(&self, number: u32) -> Logged {
        let turn = u64::from((number - 1) / PEOPLE);
        let person = u32::try_from((u64::from(number) * (7 + 10 * turn) + turn) % u64::from(PEOPLE)).unwrap_or(0);
        let minutes = Minutes(i64::from(1 + number * 37 % 240));
        let value = self.money.minor(Minor(i64::from(100 + number * 53 % 20_000)));
        let work = |role: &str| Contribution::Work { minutes, role: role.into() };
        let contribution = match person % 100 {
            0..70 => work("work"),
            70..90 => work("support"),
            90..95 => work("initiation"),
            95 | 96 => Contribution::Expense { value },
            97 => Contribution::Material { quantity: 1.into(), unit: "m".into(), value },
            _ => Contribution::Cash { value },
        };
        Logged {
            log: self.books.logs.next(),
            person: PersonId(person + 1),
            project: PROJECT,
            task: None,
            date: day_of(turn % 365),
            what: NO_TEXT,
            contribution,
            gift: false,
            waiting: None,
            validations: 0,
            line: None,
        }
    }

    fn grow(&mut self, to: u32) -> anyhow::Result<()> {
        (self.books.logs.next().0..=to).try_for_each(|number| self.take(self.log(number)))
    }

    /// An income so large that every bucket has something to split: it pays costs and support, part of the investments
    /// and of initiation, and leaves something for work.
    fn input(&self) -> DistributionInput {
        let logs = i64::try_from(self.books.logs.len()).unwrap_or(0);
        self.books.input(PROJECT, self.money.minor(Minor(1_800 * logs)))
    }

    /// The least that shares by value could cost: one pass, one sum by person.
    fn plain_pass(&self) -> HashMap<PersonId, i128> {
        let mut sums = HashMap::new();
        for log in &self.books.logs {
            if let Contribution::Work { minutes, role } = &log.contribution
                && let Some(rate) = self.books.rate_for(log.person, role, log.date)
            {
                *sums.entry(log.person).or_default() += i128::from(minutes.0) * i128::from(rate.minor);
            }
        }
        sums
    }

    fn figures(&mut self) -> anyhow::Result<Figures> {
        let rule = self.books.projects.get(&PROJECT).context("the project")?.rule.clone();
        let input = self.input();
        let (mut pass, mut shares, mut people, mut look, mut log) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (took, _) = timed(|| self.plain_pass());
            pass.push(took);
            let (took, outcome) = timed(|| self.books.outcome(PROJECT, &rule, input));
            shares.push(took);
            let outcome = outcome.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            anyhow::ensure!(
                outcome.shares.iter().all(|share| share.placed.is_positive()),
                "a bucket has nothing to split"
            );
            let (took, share_estimate) = timed(|| self.books.share_estimate_under(PROJECT, &rule, input));
            people.push(took);
            let share_estimate = share_estimate.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            anyhow::ensure!(
                share_estimate == ShareEstimate::of(&outcome),
                "people have other shares than their claims"
            );
            anyhow::ensure!(
                share_estimate.given() + share_estimate.undistributed == input.income,
                "shares do not sum to the income"
            );
        }
        let more = || {
            self.books.one_more(
                PROJECT,
                PersonId(1),
                Contribution::Work { minutes: Minutes(60), role: "work".into() },
                day_of(0),
            )
        };
        let ahead = || self.books.share_estimate(PROJECT, input, more()?.map(|selected| (PersonId(1), selected)));
        // The first one computes the sums; the next ones find them.
        ahead().map_err(|error| anyhow::anyhow!("{error:?}"))?;
        for _ in 0..ROUNDS {
            look.push(timed(|| (0..LOOKS).for_each(|_| drop(black_box(ahead())))).0 / LOOKS);
        }
        for _ in 0..ROUNDS {
            let from = self.books.logs.next().0;
            let entries: Vec<Entry> = (from..from + AT_ONCE)
                .zip(0..)
                .map(|(number, place)| {
                    let mut entry = self.entry(Logged { log: LogId(number), ..self.log(number) });
                    entry.seq += place;
                    entry
                })
                .collect();
            let (took, applied) = timed(|| entries.iter().try_for_each(|entry| self.books.apply(entry, &self.payload)));
            applied?;
            log.push(took / AT_ONCE);
        }
        Ok(Figures {
            pass: median(pass),
            shares: median(shares),
            people: median(people),
            look: median(look),
            log: median(log),
        })
    }
}

/// The medians of one size.
struct Figures {
    pass: Duration,
    shares: Duration,
    people: Duration,
    look: Duration,
    log: Duration,
}

fn day_of(day: u64) -> NaiveDate {
    NaiveDate::default() + Days::new(day)
}

fn main() -> anyhow::Result<()> {
    // `cargo test` builds benches too and runs them with --test; there is nothing to measure then.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let mut out = std::io::stdout();
    let mut network = Network::begin()?;
    network.grow(FEW)?;
    let few = network.figures()?;
    let mut sizes = Vec::new();
    for size in SIZES {
        network.grow(size)?;
        let figures = network.figures()?;
        writeln!(
            out,
            "{size} contributions: a plain pass {:?}; shares by person, counted anew {:?}, ratio {}; by claim {:?}, ratio {}",
            figures.pass,
            figures.people,
            ratio(figures.people, figures.pass),
            figures.shares,
            ratio(figures.shares, figures.pass)
        )?;
        sizes.push((size, figures));
    }
    let Some((most, many)) = sizes.pop() else { return Ok(()) };
    for (size, figures) in &sizes {
        writeln!(
            out,
            "time for one of {size} contributions to one of {most}: {}",
            ratio(figures.shares / *size, many.shares / most)
        )?;
    }
    writeln!(
        out,
        "one log more behind {most} to behind {FEW}: {} ({:?}, {:?})",
        ratio(many.log, few.log),
        many.log,
        few.log
    )?;
    writeln!(
        out,
        "a look ahead behind {most} to behind {FEW}: {} ({:?}, {:?})",
        ratio(many.look, few.look),
        many.look,
        few.look
    )?;
    Ok(())
}
