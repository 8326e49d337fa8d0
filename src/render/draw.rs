//! Pictures of numbers: bars by week, a ring of shares, a campaign's progress. A [`Drawing`] in, an SVG or a PNG out.
//!
//! Nothing here reads a clock, a file or a system font, so the same drawing always gives the same bytes. Words arrive
//! as they are shown; numbers only give lengths. A picture's template has its looks, and this file its layout.
#![allow(clippy::float_arithmetic, reason = "pixels, not money")]

use std::f64::consts::TAU;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use png::{BitDepth, ColorType, Encoder, Filter};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::render::lettering::{FONTS, fitted, measured};

/// Points across a picture, and from its edge to its content.
const WIDTH: u32 = 800;

const MARGIN: f64 = 40.0;

/// The right end of the space between the margins.
const RIGHT: f64 = 760.0;

const ROOM: f64 = RIGHT - MARGIN;

/// Pixels per point: sharp on a phone.
const SCALE: u32 = 2;

/// Type sizes, as in the templates. Nothing is smaller than the first.
const SMALL: f64 = 20.0;

const NAME: f64 = 22.0;

const TITLE: f64 = 28.0;

/// The colours of Okabe and Ito, which colour-blind people can tell apart, with two greys, each with the colour of text
/// on it. Light and dark alternate, so that neighbours differ in grey as well; white gaps and numbers help too.
const COLOURS: [(&str, &str); 9] = [
    ("#0072b2", "#ffffff"),
    ("#e69f00", INK),
    ("#009e73", INK),
    ("#f0e442", INK),
    ("#d55e00", INK),
    ("#56b4e9", INK),
    ("#3d444d", "#ffffff"),
    ("#cc79a7", INK),
    ("#b8bec6", INK),
];

const INK: &str = "#1b1f24";

/// A picture to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawing {
    /// What people did, week by week.
    Bars(Bars),
    /// How a whole is shared.
    Ring(Ring),
    /// A campaign's progress.
    Progress(Progress),
    /// A sum over time.
    Course(Course),
}

/// A stack of people for each week. Without columns it is an empty chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// The title.
    pub title: String,
    /// The weeks, oldest first. Made for at most 12, or as many groups.
    pub columns: Vec<Column>,
    /// How many columns beside each other share the label of their last one.
    pub group: usize,
    /// The people, in the order of the legend and, from the top, of each stack. Made for at most 9.
    pub series: Vec<Series>,
    /// The marks of the value axis, with the one of zero.
    pub axis: Vec<Mark>,
}

/// A week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The text under it. Left out of every second week, or more, if weeks are narrow.
    pub label: String,
    /// The text over it. If weeks are narrow, only over the highest and the newest.
    pub total: String,
}

/// A person's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The person's name.
    pub name: String,
    /// Their sum over all weeks.
    pub total: String,
    /// One for each column; a missing one is zero.
    pub values: Vec<u64>,
}

/// A line across the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its value.
    pub at: u64,
    /// Its label.
    pub label: String,
}

/// A whole and its parts. Without a part above zero it is an empty ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// The title.
    pub title: String,
    /// The text in the middle: the whole.
    pub centre: String,
    /// The parts, clockwise from the top. Made for at most 9.
    pub parts: Vec<PicturePart>,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PicturePart {
    /// Its owner's name.
    pub name: String,
    /// Its size.
    pub value: u64,
    /// Its size, in words.
    pub label: String,
}

/// A campaign's money and its goal. Without a goal the bar is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The title.
    pub title: String,
    /// What has been paid.
    pub paid: u64,
    /// What has been promised in addition.
    pub promised: u64,
    /// The goal.
    pub goal: u64,
    /// The minimum.
    pub minimum: Option<u64>,
    /// The texts under the bar. The first ones explain it and have its signs: what is paid; then, if there is any, what
    /// is promised; then the minimum, if there is one.
    pub lines: Vec<String>,
    /// How much of the goal has been paid.
    pub percent: String,
}

/// A sum over time, as a line with steps. Places in time are days, counted from the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The title.
    pub title: String,
    /// How many days the picture is wide, at least one.
    pub days: u32,
    /// What the sum was from a day on.
    pub steps: Vec<(u32, u64)>,
    /// What the sum is to reach.
    pub goal: u64,
    /// The day up to which the sum is known.
    pub today: u32,
    /// The last day.
    pub deadline: Option<u32>,
    /// The texts under the first and the last day.
    pub ends: (String, String),
    /// The marks of the value axis, with the one of zero.
    pub axis: Vec<Mark>,
    /// The texts under the chart. The first ones explain it and have its signs: the sum, the goal, today and, if there
    /// is one, the deadline.
    pub lines: Vec<String>,
}

impl Drawing {
    /// More rows or parts than this are drawn beyond the card.
    const MOST: u32 = 50;

    /// The picture as SVG. It is well-formed for any words, and its size does not depend on them.
    pub fn svg(&self) -> String {
        let (name, template, values) = match self {
            Self::Bars(bars) => ("bars.svg", include_str!("pictures/bars.svg"), bars.values()),
            Self::Ring(ring) => ("ring.svg", include_str!("pictures/ring.svg"), ring.values()),
            Self::Progress(progress) => ("progress.svg", include_str!("pictures/progress.svg"), progress.values()),
            Self::Course(course) => ("course.svg", include_str!("pictures/course.svg"), course.values()),
        };
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        // The templates are built in, and tests fill each: this can't fail because of what people wrote.
        environment.render_named_str(name, template, context! { height => self.height(), ..values }).unwrap_or_default()
    }

    /// The picture as PNG. `None` only if there is no memory for it.
    pub fn png(&self) -> Option<Vec<u8>> {
        let options =
            Options { font_family: "DejaVu Sans".to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
        let tree = Tree::from_str(&self.svg(), &options).ok()?;
        let (width, height) = self.size();
        let mut pixels = Pixmap::new(width, height)?;
        let scale = SCALE as f32;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        // Flat colours compress best without a filter.
        encoder.set_filter(Filter::NoFilter);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&pixels.take_demultiplied()).ok()?;
        writer.finish().ok()?;
        Some(file)
    }

    /// Width and height of the PNG, in its own pixels.
    pub fn size(&self) -> (u32, u32) {
        (WIDTH * SCALE, self.height() * SCALE)
    }

    /// Height in points: it depends on the number of things, never on their words.
    fn height(&self) -> u32 {
        match self {
            Self::Bars(bars) => {
                500 + 46 * count(bars.series.len().div_ceil(2)) + if bars.series.is_empty() { 0 } else { 20 }
            }
            Self::Ring(ring) => 150 + (PART * count(ring.parts.len())).max(2 * RING),
            Self::Progress(progress) => {
                280 + 44 * count(progress.lines.len()) + if progress.has_goal_within() { 36 } else { 0 }
            }
            Self::Course(course) => 510 + 44 * count(course.lines.len()),
        }
    }
}

/// The layout of a chart's bars.
struct Plot {
    left: f64,
    /// From one column's middle to the next one's.
    pitch: f64,
    /// The value that is as high as the chart.
    top: f64,
}

impl Plot {
    /// The zero line of the value axis, and how far above it the highest value is.
    const BASE: f64 = 432.0;
    const HEIGHT: f64 = 300.0;

    fn middle(&self, column: usize) -> f64 {
        self.left + self.pitch * (column as f64 + 0.5)
    }

    fn width(&self) -> f64 {
        (self.pitch * 0.7).min(96.0)
    }

    fn length(&self, value: f64) -> f64 {
        value / self.top * Self::HEIGHT
    }

    /// A text in the middle of a column, shifted if needed so that it stays on the card.
    fn label(&self, column: usize, y: f64, class: &str, text: &str) -> Value {
        let half = measured(text, SMALL) / 2.0;
        let x = self.middle(column).max(MARGIN - 4.0 + half).min(RIGHT + 4.0 - half);
        context! { x => at(x), y => at(y), class, text }
    }
}

impl Bars {
    /// White between the blocks of a stack.
    const GAP: f64 = 2.0;
    /// Room for a week's label.
    const LABEL: f64 = 160.0;

    fn values(&self) -> Value {
        let marks: Vec<String> = self.axis.iter().map(|mark| fitted(&mark.label, SMALL, 150.0)).collect();
        let gutter = marks.iter().map(|label| measured(label, SMALL) + 14.0).fold(0.0, f64::max);
        let left = MARGIN + gutter;
        let sums: Vec<f64> = (0..self.columns.len()).map(|column| self.values_of(column).sum()).collect();
        let highest = self.axis.iter().map(|mark| mark.at as f64).chain(sums.iter().copied()).fold(0.0, f64::max);
        let top = if highest > 0.0 { highest } else { 1.0 };
        let plot = Plot { left, pitch: (RIGHT - left) / self.columns.len().max(1) as f64, top };
        let lines = self.axis.iter().zip(&marks).map(|(mark, label)| {
            context! { y => at(Plot::BASE - plot.length(mark.at as f64)), is_base => mark.at == 0, label }
        });
        let blocks = (0..self.columns.len()).flat_map(|column| self.stack(&plot, column));
        let rows = self.series.len().div_ceil(2);
        let legend = self.series.iter().enumerate().map(|(place, series)| {
            let (x, row) = if place < rows { (MARGIN, place) } else { (MARGIN + 376.0, place - rows) };
            let total = fitted(&series.total, SMALL, 180.0);
            let name = fitted(&series.name, NAME, 284.0 - measured(&total, SMALL));
            let (colour, ink) = colour(place);
            context! { x, y => at(524.0 + 46.0 * row as f64), colour, ink, number => self.number(place), name, total }
        });
        context! {
            title => fitted(&self.title, TITLE, ROOM),
            left => at(left),
            marks => list(lines),
            blocks => list(blocks),
            labels => list(self.labels(&plot, &sums)),
            legend => list(legend),
        }
    }

    fn values_of(&self, column: usize) -> impl Iterator<Item = f64> {
        self.series.iter().map(move |series| series.values.get(column).map_or(0.0, |value| *value as f64))
    }

    /// A person's number, which links blocks and legend. A single person needs none.
    fn number(&self, place: usize) -> Option<String> {
        (self.series.len() > 1).then(|| (place + 1).to_string())
    }

    /// The blocks of a column, from the top.
    fn stack(&self, plot: &Plot, column: usize) -> Vec<Value> {
        let heights: Vec<f64> = self.values_of(column).map(|value| plot.length(value)).collect();
        let mut y = Plot::BASE - heights.iter().sum::<f64>();
        let shown: Vec<usize> =
            heights.iter().enumerate().filter(|(_, height)| **height > 0.0).map(|(place, _)| place).collect();
        let width = plot.width();
        let (left, right) = (plot.middle(column) - width / 2.0, plot.middle(column) + width / 2.0);
        let mut blocks = Vec::new();
        for place in &shown {
            let whole = heights[*place];
            // A sliver keeps half of itself.
            let height = if shown.last() == Some(place) { whole } else { (whole - Self::GAP).max(whole / 2.0) };
            let round = if shown.first() == Some(place) { height.min(width / 2.0).min(6.0) } else { 0.0 };
            let bottom = y + height;
            let outline = format!(
                "M{left:.2} {bottom:.2}V{:.2}Q{left:.2} {y:.2} {:.2} {y:.2}H{:.2}Q{right:.2} {y:.2} {right:.2} {:.2}V{bottom:.2}Z",
                y + round,
                left + round,
                right - round,
                y + round
            );
            let (colour, ink) = colour(*place);
            let number = self.number(*place).filter(|_| height >= SMALL + 4.0 && width >= SMALL + 4.0);
            blocks.push(context! { outline, colour, ink, number, x => at(plot.middle(column)), y => at(y + height / 2.0 + 7.0) });
            y += whole;
        }
        blocks
    }

    /// The texts under and over the columns: as many as there is room for, the newest first.
    fn labels(&self, plot: &Plot, sums: &[f64]) -> Vec<Value> {
        let fit = |text: &str| fitted(text, SMALL, Self::LABEL);
        let widest = |texts: &[String]| texts.iter().map(|text| measured(text, SMALL)).fold(0.0, f64::max);
        let names: Vec<String> = self.columns.iter().map(|column| fit(&column.label)).collect();
        let totals: Vec<String> = self.columns.iter().map(|column| fit(&column.total)).collect();
        let step = (1..names.len())
            .find(|step| step.is_multiple_of(self.group.max(1)) && widest(&names) + 10.0 <= *step as f64 * plot.pitch)
            .unwrap_or(names.len())
            .max(1);
        let under =
            names.iter().enumerate().rev().step_by(step).map(|(column, name)| plot.label(column, 466.0, "grey", name));
        let over = |column: usize, total: &str| {
            plot.label(column, Plot::BASE - plot.length(sums[column]) - 12.0, "ink", total)
        };
        let mut labels: Vec<Value> = under.collect();
        if widest(&totals) + 4.0 <= plot.pitch {
            labels.extend(totals.iter().enumerate().map(|(column, total)| over(column, total)));
            return labels;
        }
        let mut highest = 0;
        for (column, sum) in sums.iter().enumerate() {
            highest = if *sum >= sums[highest] { column } else { highest };
        }
        for (column, total) in totals.iter().enumerate() {
            // The newest total must not overlap a higher column, or the highest one's total.
            let is_free = |other: usize| {
                let away = (column - other) as f64 * plot.pitch - measured(total, SMALL) / 2.0 - 8.0;
                let above = plot.length(sums[column] - sums[other]);
                let is_on_total = other == highest && away < measured(&totals[other], SMALL) / 2.0 && above > -40.0;
                (away >= plot.width() / 2.0 || above >= 0.0) && !is_on_total
            };
            if column == highest || (column + 1 == totals.len() && (0..column).all(is_free)) {
                labels.push(over(column, total));
            }
        }
        labels
    }
}

/// The outer radius of a ring; the height of a part in the legend.
const RING: u32 = 146;

const PART: u32 = 66;

impl Ring {
    const THICKNESS: f64 = 48.0;
    /// White between the parts, and the smallest visible part, along the middle of the ring.
    const GAP: f64 = 5.0;
    const LEAST: f64 = 3.0;

    fn values(&self) -> Value {
        let outer = f64::from(RING);
        let (room, needed) =
            (f64::from((PART * count(self.parts.len())).max(2 * RING)), f64::from(PART * count(self.parts.len())));
        let (x, y, radius) = (MARGIN + outer, 104.0 + room / 2.0, outer - Self::THICKNESS / 2.0);
        let inner = 2.0 * (outer - Self::THICKNESS) - 36.0;
        let size = if measured(&self.centre, 32.0) <= inner {
            32.0
        } else {
            (32.0 * inner / measured(&self.centre, 32.0)).max(SMALL)
        };
        let legend = self.parts.iter().enumerate().map(|(place, part)| {
            let (colour, ink) = colour(place);
            let left = 2.0 * outer + MARGIN + 44.0;
            context! {
                x => at(left),
                y => at(104.0 + (room - needed) / 2.0 + 27.0 + f64::from(PART) * place as f64),
                colour,
                ink,
                number => self.number(place),
                name => fitted(&part.name, NAME, RIGHT - left - 44.0),
                label => fitted(&part.label, SMALL, RIGHT - left - 44.0),
            }
        });
        context! {
            title => fitted(&self.title, TITLE, ROOM),
            x => at(x),
            y => at(y),
            radius => at(radius),
            thickness => Self::THICKNESS,
            arcs => list(self.arcs(x, y, radius)),
            centre => fitted(&self.centre, size, inner),
            centre_size => at(size),
            legend => list(legend),
        }
    }

    /// A part's number, which links ring and legend. A single part needs none.
    fn number(&self, place: usize) -> Option<String> {
        (self.parts.len() > 1).then(|| (place + 1).to_string())
    }

    /// The parts above zero around a middle, clockwise from the top.
    fn arcs(&self, x: f64, y: f64, radius: f64) -> Vec<Value> {
        let shown: Vec<(usize, f64)> = self
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.value > 0)
            .map(|(place, part)| (place, part.value as f64))
            .collect();
        let whole: f64 = shown.iter().map(|(_, value)| value).sum();
        let (gap, least) = if shown.len() > 1 { (Self::GAP, Self::LEAST) } else { (0.0, 0.0) };
        let free = (TAU * radius - (gap + least) * shown.len() as f64).max(0.0);
        let point = |length: f64| {
            let angle = length / radius;
            (x + radius * angle.sin(), y - radius * angle.cos())
        };
        let (mut arcs, mut from) = (Vec::new(), gap / 2.0);
        for (place, value) in shown {
            let length = least + free * value / whole;
            // Through its middle: the two ends alone do not define an arc of more than half a ring, or of a whole one.
            let (start, middle, end) = (point(from), point(from + length / 2.0), point(from + length));
            let outline = format!(
                "M{:.2} {:.2}A{radius} {radius} 0 0 1 {:.2} {:.2}A{radius} {radius} 0 0 1 {:.2} {:.2}",
                start.0, start.1, middle.0, middle.1, end.0, end.1
            );
            let (colour, ink) = colour(place);
            let number = self.number(place).filter(|_| length >= SMALL + 2.0);
            arcs.push(context! { outline, colour, ink, number, x => at(middle.0), y => at(middle.1 + 7.0) });
            from += length + gap;
        }
        arcs
    }
}

impl Course {
    fn values(&self) -> Value {
        let marks: Vec<String> = self.axis.iter().map(|mark| fitted(&mark.label, SMALL, 170.0)).collect();
        let left = MARGIN + marks.iter().map(|label| measured(label, SMALL) + 14.0).fold(0.0, f64::max);
        let sums = self.steps.iter().map(|(_, sum)| *sum).chain(self.axis.iter().map(|mark| mark.at));
        let highest = sums.chain([self.goal]).max().unwrap_or(0);
        let plot = Plot { left, pitch: 0.0, top: if highest > 0 { highest as f64 } else { 1.0 } };
        let x = |day: u32| left + (RIGHT - left) * f64::from(day.min(self.days)) / f64::from(self.days.max(1));
        let y = |sum: u64| Plot::BASE - plot.length(sum as f64);
        let lines = self.axis.iter().zip(&marks).map(|(mark, label)| {
            context! { y => at(y(mark.at)), is_base => mark.at == 0, label }
        });
        let mut outline = format!("M{left:.2} {:.2}", Plot::BASE);
        for (day, sum) in &self.steps {
            outline.push_str(&format!("H{:.2}V{:.2}", x(*day), y(*sum)));
        }
        outline.push_str(&format!("H{:.2}", x(self.today)));
        let area = format!("{outline}V{:.2}H{left:.2}Z", Plot::BASE);
        let tick = |day: u32, is_dashed: bool| context! { x => at(x(day)), is_dashed };
        let ticks = std::iter::once(tick(self.today, false)).chain(self.deadline.map(|day| tick(day, true)));
        let label = |middle: f64, text: &str| {
            let text = fitted(text, SMALL, Bars::LABEL);
            let half = measured(&text, SMALL) / 2.0;
            let x = middle.max(MARGIN - 4.0 + half).min(RIGHT + 4.0 - half);
            context! { x => at(x), y => 466.0, class => "grey", text }
        };
        let signs = ["sum", "goal", "today"].into_iter().chain(self.deadline.map(|_| "deadline"));
        let signs = signs.chain(std::iter::repeat(""));
        let texts = self.lines.iter().zip(signs).enumerate().map(|(row, (line, sign))| {
            context! { y => at(524.0 + 44.0 * row as f64), sign, text => fitted(line, NAME, ROOM - 44.0) }
        });
        context! {
            title => fitted(&self.title, TITLE, ROOM),
            left => at(left),
            top => at(Plot::BASE - Plot::HEIGHT),
            marks => list(lines),
            area,
            outline,
            goal_y => at(y(self.goal)),
            ticks => list(ticks),
            labels => list([label(left, &self.ends.0), label(RIGHT, &self.ends.1)]),
            lines => list(texts),
        }
    }
}

impl Progress {
    /// The top of the bar, from the top of the card.
    const BAR: f64 = 186.0;
    /// White between what is paid and what is promised, and the smallest visible length of either.
    const GAP: f64 = 4.0;
    const LEAST: f64 = 8.0;

    /// What has been paid or promised.
    fn there(&self) -> f64 {
        self.paid as f64 + self.promised as f64
    }

    /// Whether there is more than the goal, so that the goal is marked within the bar.
    fn has_goal_within(&self) -> bool {
        self.goal > 0 && self.there() > self.goal as f64
    }

    fn values(&self) -> Value {
        let minimum = self.minimum.filter(|minimum| *minimum > 0);
        let longest = self.there().max(self.goal as f64).max(minimum.map_or(0.0, |minimum| minimum as f64));
        let length = |value: f64| if longest > 0.0 { value / longest * ROOM } else { 0.0 };
        let (solid, hatched) = (COLOURS[0].0, "url(#hatch)");
        let mut blocks = Vec::new();
        let mut start = 0.0;
        if self.paid > 0 {
            let most = if self.promised > 0 { ROOM - Self::GAP - Self::LEAST } else { ROOM };
            let width = length(self.paid as f64).max(Self::LEAST).min(most);
            blocks.push(context! { x => at(MARGIN), width => at(width), fill => solid });
            start = width;
        }
        if self.promised > 0 {
            if self.paid > 0 {
                blocks.push(context! { x => at(MARGIN + start), width => Self::GAP, fill => "#ffffff" });
                start += Self::GAP;
            }
            let width = (length(self.there()) - start).max(Self::LEAST);
            blocks.push(context! { x => at(MARGIN + start), width => at(width), fill => hatched });
        }
        let tick = |value: u64, label: &str, is_dashed: bool| {
            let x = MARGIN + length(value as f64);
            let half = measured(label, SMALL) / 2.0;
            context! { x => at(x), label, label_x => at(x.max(MARGIN + half).min(RIGHT - half)), is_dashed }
        };
        let goal = self.has_goal_within().then(|| tick(self.goal, "100 %", false));
        let ticks = goal.into_iter().chain(minimum.map(|minimum| tick(minimum, "", true)));
        // The lines after those with a sign have none.
        let mut signs =
            [Some((solid, false)), (self.promised > 0).then_some((hatched, false)), minimum.map(|_| ("", true))]
                .into_iter()
                .flatten();
        let first = Self::BAR + if self.has_goal_within() { 136.0 } else { 100.0 };
        let lines = self.lines.iter().enumerate().map(|(row, line)| {
            let (fill, is_dashed) = signs.next().unwrap_or_default();
            context! { y => at(first + 44.0 * row as f64), fill, is_dashed, text => fitted(line, NAME, ROOM - 44.0) }
        });
        context! {
            title => fitted(&self.title, TITLE, ROOM),
            percent => fitted(&self.percent, 72.0, ROOM),
            y => at(Self::BAR),
            blocks => list(blocks),
            ticks => list(ticks),
            lines => list(lines),
        }
    }
}

/// A number of things, limited so that a picture's height stays sane.
fn count(things: usize) -> u32 {
    u32::try_from(things).map_or(Drawing::MOST, |things| things.min(Drawing::MOST))
}

/// The colour of a place, and of text on it.
fn colour(place: usize) -> (&'static str, &'static str) {
    COLOURS[place % COLOURS.len()]
}

/// A coordinate on the card, rounded to keep it short.
fn at(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    values.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind, with the same words and numbers everywhere.
    fn drawings(words: &str, value: u64, things: usize) -> [Drawing; 4] {
        let text = || words.to_owned();
        let series = Series { name: text(), total: text(), values: vec![value; things] };
        let part = PicturePart { name: text(), value, label: text() };
        [
            Drawing::Bars(Bars {
                title: text(),
                columns: vec![Column { label: text(), total: text() }; things],
                group: 1,
                series: vec![series; things],
                axis: vec![Mark { at: value, label: text() }; things],
            }),
            Drawing::Ring(Ring { title: text(), centre: text(), parts: vec![part; things] }),
            Drawing::Progress(Progress {
                title: text(),
                paid: value,
                promised: value,
                goal: value,
                minimum: Some(value),
                lines: vec![text(); things],
                percent: text(),
            }),
            Drawing::Course(Course {
                title: text(),
                days: 7,
                steps: vec![(3, value); things],
                goal: value,
                today: 5,
                deadline: Some(7),
                ends: (text(), text()),
                axis: vec![Mark { at: value, label: text() }; things],
                lines: vec![text(); things],
            }),
        ]
    }

    #[test]
    fn the_same_drawing_gives_the_same_bytes() {
        for (one, other) in drawings("Maya", 7, 3).iter().zip(drawings("Maya", 7, 3)) {
            let png = one.png().unwrap();
            assert_eq!(png, other.png().unwrap());
            let read = Pixmap::decode_png(&png).unwrap();
            assert_eq!((read.width(), read.height()), one.size());
        }
    }

    #[test]
    fn words_never_change_the_shape_of_a_picture() {
        let plain = drawings("Maya", 7, 2);
        let long = "x".repeat(500);
        let heap = format!("a{}", "\u{301}".repeat(500));
        let hostile = [
            "",
            "<script>&\"'</script>{{ title }}",
            "]]><!--",
            "\u{202e}סלק\u{2068}سلك",
            "👩‍👩‍👧🎉",
            "\u{200b}\u{200d}\u{feff}",
            "a\u{0}\u{7}\u{1b}\n\u{ffff}b",
            &long,
            &heap,
        ];
        for words in hostile {
            for (drawing, plain) in drawings(words, 7, 2).iter().zip(&plain) {
                let svg = drawing.svg();
                let tags = |svg: &str| svg.matches('<').count();
                assert_eq!((tags(&svg), drawing.size()), (tags(&plain.svg()), plain.size()), "{words:?}");
                assert!(
                    svg.chars()
                        .all(|c| c == '\n' || !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{ffff}')),
                    "{words:?}"
                );
                assert!(Tree::from_str(&svg, &Options::default()).is_ok(), "{words:?}");
            }
        }
    }

    #[test]
    fn no_data_and_extreme_data_give_a_picture() {
        for (value, things) in [(0, 0), (0, 3), (u64::MAX, 0), (u64::MAX, 9), (1, 60)] {
            for drawing in drawings("Maya", value, things) {
                let svg = drawing.svg();
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                assert!(drawing.png().is_some());
            }
        }
    }

    #[test]
    fn parts_fill_the_ring_however_small_they_are() {
        let part = |value| PicturePart { name: String::new(), value, label: String::new() };
        let ring = |values: &[u64]| Ring {
            title: String::new(),
            centre: String::new(),
            parts: values.iter().copied().map(part).collect(),
        };
        assert_eq!(ring(&[5, 0, 1, u64::MAX]).arcs(0.0, 0.0, 100.0).len(), 3);
        // A single part ends where it began.
        assert!(
            Drawing::Ring(ring(&[5]))
                .svg()
                .contains("M186.00 128.00A122 122 0 0 1 186.00 372.00A122 122 0 0 1 186.00 128.00")
        );
    }
}
