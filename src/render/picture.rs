//! Pictures in the reader's language: the drawing, and its description for people who can't see it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::split::{rounded, rounded_down, split_number};
use crate::core::time::{DayRange, Minutes};
use crate::grammar::catalog::Catalog;
use crate::grammar::notation::duration;
use crate::message::field::Field;
use crate::message::picture::{CourseOf, CoursePicture, Picture};
use crate::render::compose::sentence;
use crate::render::draw::{Bars, Column, Course, Drawing, Mark, PicturePart, Progress, Ring, Series};
use crate::render::language;
use crate::render::safe::shown;

/// The most lines across the bars, and how many minutes may lie between them.
const LINES: i64 = 5;

const STEPS: [i64; 14] = [15, 30, 60, 120, 300, 600, 1200, 3000, 6000, 12_000, 30_000, 60_000, 120_000, 300_000];

/// The powers of ten that steps of money have, in units.
const POWERS: u32 = 13;

/// The most changes of a sum that its description names.
const STEPS_SAID: usize = 6;

/// A picture, described in a sentence.
pub fn alt(picture: &Picture, language: &str, catalog: &Catalog) -> String {
    let count = |number: usize| Field::Count(i64::try_from(number).unwrap_or(i64::MAX));
    match picture {
        Picture::Hours { weeks, people, others, .. } => {
            let sum = |minutes: &[Minutes]| minutes.iter().map(|minutes| minutes.0).sum::<i64>();
            let parts: Vec<String> = match (people.as_slice(), others) {
                // For one person, the weeks are more useful than their sum.
                ([(name, minutes)], None) => {
                    let worked = weeks.iter().zip(minutes).filter(|(_, minutes)| minutes.0 > 0);
                    let weekly = worked.map(|(week, minutes)| {
                        format!("{} {}", language::short_date(*week, language), duration(minutes.0))
                    });
                    std::iter::once(shown(&name.0)).chain(weekly).collect()
                }
                _ => {
                    let rest =
                        others.iter().map(|(count, minutes)| (others_named(*count, language, catalog), sum(minutes)));
                    let named = people.iter().map(|(name, minutes)| (shown(&name.0), sum(minutes))).chain(rest);
                    named.map(|(name, minutes)| format!("{name} {}", duration(minutes))).collect()
                }
            };
            let day = |day: Option<&chrono::NaiveDate>| day.map_or(Field::Nothing, |day| Field::Date(*day));
            let all =
                people.iter().map(|(_, minutes)| minutes).chain(others.iter().map(|(_, minutes)| minutes)).flatten();
            let fields = [
                ("since", day(weeks.first())),
                ("until", day(weeks.last().filter(|_| weeks.len() > 1))),
                ("people", count(people.len() + others.as_ref().map_or(0, |(count, _)| *count))),
                ("time", Field::Minutes(all.map(|minutes| minutes.0).sum())),
                ("parts", Field::Name(parts.join(", "))),
            ];
            sentence("picture-hours", &fields, language, catalog)
        }
        Picture::Shares { title, parts, others, total, coming } => {
            let named = named(parts, others.as_ref(), language, catalog);
            let percents = percents(&named);
            let part = |((name, amount), percent): (&(String, Amount), i64)| {
                format!("{name} {} ({percent} %)", language::amount(*amount, language))
            };
            let all: Vec<String> = named.iter().zip(percents).map(part).collect();
            let fields = [
                ("title", Field::Name(title.0.clone())),
                ("total", Field::Amount(*total)),
                ("parts", Field::Name(all.join(", "))),
            ];
            sentence(if *coming { "picture-coming" } else { "picture-shares" }, &fields, language, catalog)
        }
        Picture::Course(course) => course_alt(course, language, catalog),
        Picture::Months { months } => months_alt(months, language, catalog),
        Picture::Pool { pool, paid, goal, .. } => {
            let percent = percent(paid.minor, goal.minor, language);
            let parts = pool_lines(picture, language, catalog).join(". ");
            let fields = [
                ("pool", Field::Name(pool.0.clone())),
                ("percent", Field::Name(percent)),
                ("parts", Field::Name(parts)),
            ];
            sentence("picture-pool", &fields, language, catalog)
        }
    }
}

/// A sum over time, described.
fn course_alt(course: &CoursePicture, language: &str, catalog: &Catalog) -> String {
    let CoursePicture { of, sum, steps, goal, today, deadline, .. } = course;
    let step = |(day, amount): &(NaiveDate, Amount)| {
        format!("{} {}", language::short_date(*day, language), language::amount(*amount, language))
    };
    let shown: Vec<String> = steps.iter().rev().take(STEPS_SAID).rev().map(step).collect();
    let fields = [
        ("of", Field::Name(of.0.clone())),
        ("steps", if shown.is_empty() { Field::Nothing } else { Field::Name(shown.join(", ")) }),
        ("goal", Field::Amount(*goal)),
        ("today", Field::Date(*today)),
        ("deadline", deadline.map_or(Field::Nothing, Field::Date)),
    ];
    let key = match sum {
        CourseOf::Paid => "picture-paid-in",
        CourseOf::PaidBack => "picture-paid-back",
    };
    sentence(key, &fields, language, catalog)
}

/// Money by month, described.
fn months_alt(months: &[(NaiveDate, Amount, Amount)], language: &str, catalog: &Catalog) -> String {
    let (came, went): (Vec<Minor>, Vec<Minor>) = months.iter().map(|(_, came, went)| (came.minor, went.minor)).unzip();
    let Some((first, some, _)) = months.first() else { return String::new() };
    let last = months.last().map_or(*first, |(last, ..)| *last);
    let fields = [
        ("since", Field::DayRange(DayRange::month_of(*first))),
        ("until", Field::DayRange(DayRange::month_of(last))),
        ("came", Field::Amount(some.with(came.iter().sum()))),
        ("went", Field::Amount(some.with(went.iter().sum()))),
    ];
    sentence("picture-months", &fields, language, catalog)
}

/// A picture to be drawn.
pub fn drawing(picture: &Picture, language: &str, catalog: &Catalog) -> Drawing {
    let size = |number: i64| u64::try_from(number).unwrap_or(0);
    match picture {
        Picture::Hours { of, weeks, people, others } => {
            let series = |name: String, minutes: &[Minutes]| Series {
                name,
                total: duration(minutes.iter().map(|minutes| minutes.0).sum()),
                values: minutes.iter().map(|minutes| size(minutes.0)).collect(),
            };
            let mut all: Vec<Series> = people.iter().map(|(name, minutes)| series(shown(&name.0), minutes)).collect();
            all.extend(others.iter().map(|(count, minutes)| series(others_named(*count, language, catalog), minutes)));
            let totals: Vec<i64> = (0..weeks.len())
                .map(|week| {
                    all.iter()
                        .filter_map(|series| series.values.get(week))
                        .map(|value| i64::try_from(*value).unwrap_or(0))
                        .sum()
                })
                .collect();
            let columns = weeks.iter().zip(&totals).map(|(week, total)| Column {
                label: language::short_date(*week, language),
                total: if *total > 0 { duration(*total) } else { String::new() },
            });
            Drawing::Bars(Bars {
                title: sentence(
                    "hours-by-week",
                    &[("of", of.as_ref().map_or(Field::Nothing, |of| Field::Name(of.0.clone())))],
                    language,
                    catalog,
                ),
                columns: columns.collect(),
                group: 1,
                series: all,
                axis: axis(totals.iter().copied().max().unwrap_or(0), &STEPS, duration),
            })
        }
        Picture::Course(picture) => course(picture, language, catalog),
        Picture::Months { months } => in_and_out(months, language, catalog),
        Picture::Shares { title, parts, others, total, coming } => {
            let parts = named(parts, others.as_ref(), language, catalog);
            let percents = percents(&parts);
            let part = |((name, amount), percent): ((String, Amount), i64)| PicturePart {
                name,
                value: size(amount.minor.0),
                label: format!("{} · {percent} %", language::amount(amount, language)),
            };
            let all: Vec<PicturePart> = parts.into_iter().zip(percents).map(part).collect();
            let named = [("title", Field::Name(title.0.clone())), ("total", Field::Amount(*total))];
            Drawing::Ring(Ring {
                title: sentence(if *coming { "shares-coming" } else { "shares-of" }, &named, language, catalog),
                centre: language::amount(*total, language),
                parts: all,
            })
        }
        Picture::Pool { pool, paid, promised, goal, minimum, .. } => {
            let lines = pool_lines(picture, language, catalog);
            Drawing::Progress(Progress {
                title: pool.0.clone(),
                paid: size(paid.minor.0),
                promised: size(promised.minor.0),
                goal: size(goal.minor.0),
                minimum: minimum.map(|minimum| size(minimum.minor.0)),
                lines,
                percent: format!("{} %", percent(paid.minor, goal.minor, language)),
            })
        }
    }
}

/// The texts under a pool's bar.
fn pool_lines(picture: &Picture, language: &str, catalog: &Catalog) -> Vec<String> {
    let Picture::Pool { paid, promised, goal, minimum, backers, days, .. } = picture else { return Vec::new() };
    let amount = |name, amount: Amount| (name, Field::Amount(amount));
    let say = |key, fields: &[(&'static str, Field)]| sentence(key, fields, language, catalog);
    let count = |number: usize| Field::Count(i64::try_from(number).unwrap_or(i64::MAX));
    let mut lines = vec![say("pool-paid", &[amount("paid", *paid), amount("goal", *goal)])];
    lines.extend(promised.minor.is_positive().then(|| say("pool-promised", &[amount("promised", *promised)])));
    lines.extend(minimum.map(|minimum| say("pool-minimum", &[amount("minimum", minimum)])));
    lines.push(say("pool-backers", &[("backers", count(*backers)), ("days", days.map_or(Field::Nothing, count))]));
    lines
}

/// Parts by name, with the others as one.
fn named(
    parts: &[(Name, Amount)],
    others: Option<&(usize, Amount)>,
    language: &str,
    catalog: &Catalog,
) -> Vec<(String, Amount)> {
    let others = others.map(|(count, amount)| (others_named(*count, language, catalog), *amount));
    parts.iter().map(|(name, amount)| (shown(&name.0), *amount)).chain(others).collect()
}

/// The parts of the whole, in percent that sum to a hundred.
fn percents(parts: &[(String, Amount)]) -> Vec<i64> {
    let weights: Vec<i128> = parts.iter().map(|(_, amount)| i128::from(amount.minor.max(Minor::ZERO))).collect();
    split_number(100, &weights).unwrap_or_else(|_| vec![0; parts.len()])
}

fn others_named(count: usize, language: &str, catalog: &Catalog) -> String {
    sentence("others", &[("count", Field::Count(i64::try_from(count).unwrap_or(i64::MAX)))], language, catalog)
}

/// A part of a whole in whole percent, or in tenths below ten; rounded down, so that a goal does not look reached too
/// early.
fn percent(part: Minor, whole: Minor, language: &str) -> String {
    if whole <= Minor::ZERO {
        return "0".to_owned();
    }
    let of = |steps: i64| rounded_down(part.max(Minor::ZERO).into(), steps.into(), whole.into()).unwrap_or(i64::MAX);
    let tenths = of(1000);
    if tenths >= 100 || tenths == 0 {
        of(100).to_string()
    } else {
        language::number(&Decimal::new(tenths, 1).to_string(), language)
    }
}

/// A sum over time.
fn course(picture: &CoursePicture, language: &str, catalog: &Catalog) -> Drawing {
    let CoursePicture { of, sum, since, steps, goal, today, deadline } = picture;
    let place = |day: NaiveDate| u32::try_from((day - *since).num_days()).unwrap_or(0);
    let end = deadline.unwrap_or(*today).max(*today);
    let size = |minor: Minor| u64::try_from(minor.0).unwrap_or(0);
    let say = |key, fields: &[(&'static str, Field)]| sentence(key, fields, language, catalog);
    let now = steps.last().map_or(goal.with(Minor::ZERO), |(_, amount)| *amount);
    let highest = steps.iter().map(|(_, amount)| amount.minor).chain([goal.minor]).max().unwrap_or(Minor::ZERO);
    let (title, said) = match sum {
        CourseOf::Paid => ("course-paid-in", "pool-paid"),
        CourseOf::PaidBack => ("course-paid-back", "machine-paid-back"),
    };
    let mut lines = vec![
        say(said, &[("paid", Field::Amount(now)), ("goal", Field::Amount(*goal))]),
        say("course-goal", &[("goal", Field::Amount(*goal))]),
        say("course-today", &[("date", Field::Date(*today))]),
    ];
    lines.extend(deadline.map(|deadline| say("course-deadline", &[("date", Field::Date(deadline))])));
    Drawing::Course(Course {
        title: say(title, &[("of", Field::Name(of.0.clone()))]),
        days: place(end).max(1),
        steps: steps.iter().map(|(day, amount)| (place(*day), size(amount.minor))).collect(),
        goal: size(goal.minor),
        today: place(*today),
        deadline: deadline.map(place),
        ends: (language::short_date(*since, language), language::short_date(end, language)),
        axis: axis_of_money(*goal, highest, language),
        lines,
    })
}

/// Money that came in and went out: two columns a month.
fn in_and_out(months: &[(NaiveDate, Amount, Amount)], language: &str, catalog: &Catalog) -> Drawing {
    let size = |amount: Amount| u64::try_from(amount.minor.0).unwrap_or(0);
    let say = |key| sentence(key, &[], language, catalog);
    let sum = |of: fn(&(NaiveDate, Amount, Amount)) -> Amount| {
        let sum: Minor = months.iter().map(|month| of(month).minor).sum();
        months.first().map_or_else(String::new, |(_, some, _)| language::amount(some.with(sum), language))
    };
    let column = |label: String| Column { label, total: String::new() };
    let highest = months.iter().flat_map(|(_, came, went)| [*came, *went]).max_by_key(|amount| amount.minor);
    Drawing::Bars(Bars {
        title: say("money-by-month"),
        columns: months
            .iter()
            .flat_map(|(day, ..)| [column(String::new()), column(language::short_month(*day, language))])
            .collect(),
        group: 2,
        series: vec![
            Series {
                name: say("money-in"),
                total: sum(|(_, came, _)| *came),
                values: months.iter().flat_map(|(_, came, _)| [size(*came), 0]).collect(),
            },
            Series {
                name: say("money-out"),
                total: sum(|(_, _, went)| *went),
                values: months.iter().flat_map(|(_, _, went)| [0, size(*went)]).collect(),
            },
        ],
        axis: highest.map_or_else(Vec::new, |highest| axis_of_money(highest, highest.minor, language)),
    })
}

/// Lines across a chart of money, at round sums of its unit.
fn axis_of_money(like: Amount, highest: Minor, language: &str) -> Vec<Mark> {
    let unit = like.commodity.unit();
    let steps: Vec<i64> = (0..POWERS)
        .filter_map(|power| 10_i64.checked_pow(power))
        .flat_map(|power| [1, 2, 5].map(|step| power.saturating_mul(step).saturating_mul(unit)))
        .collect();
    axis(highest.0, &steps, |minor| {
        let whole = like.with(Minor(minor)).number();
        language::number(whole.split_once('.').map_or(whole.as_str(), |(units, _)| units), language)
    })
}

/// Lines across a chart whose highest value this is, at one of these steps.
fn axis(highest: i64, steps: &[i64], label: impl Fn(i64) -> String) -> Vec<Mark> {
    let count = |step: i64| rounded(highest.into(), 1, step.into()).unwrap_or(i64::MAX);
    let longest = steps.last().copied().unwrap_or(1);
    let step = steps.iter().copied().find(|step| count(*step) <= LINES).unwrap_or(longest);
    let top = (1..=LINES + 1).find(|line| line.saturating_mul(step) >= highest).unwrap_or(LINES + 1);
    let mark = |line: i64| Mark {
        at: u64::try_from(line.saturating_mul(step)).unwrap_or(0),
        label: if line == 0 { "0".to_owned() } else { label(line.saturating_mul(step)) },
    };
    (0..=top).map(mark).collect()
}
