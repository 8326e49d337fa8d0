//! Delivers replies: in order within a lane, and again until they arrive or are too old.
//!
//! A reply is a row that was committed with its effect. Each platform has a [`Deliver`]. Each lane (a room, a person's
//! private answers) is a task, so an unreachable room delays no other.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::gauge::Gauge;
use crate::platform::Platform;
use crate::store::rows::OutboxRow;

/// After how many days the outbox gives up an undelivered reply.
const TOO_OLD_DAYS: i64 = 7;

/// The first and the longest wait before a reply is tried again.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// The longest wait that a platform may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How many rows a platform is handed at once.
const AT_ONCE: usize = 256;

/// Why a row was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryError {
    /// It may work later; not before this wait, if the platform asks for one.
    Transient(String, Option<Duration>),
    /// It never will.
    Permanent(String),
    /// The room is gone, or the bot may not use it any more.
    Gone(String),
}

/// How many of the rows arrived, and what stopped the next one.
pub type Delivered = (usize, Option<DeliveryError>);

/// Delivers replies on a platform.
pub trait Deliver: Send + Sync + 'static {
    /// Delivers rows of one lane, in order.
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>>;
}

/// Delivers rows one after the other, for a platform that accepts one at a time.
pub async fn singly<'a, F>(rows: &'a [OutboxRow], send: impl Fn(&'a OutboxRow) -> F) -> Delivered
where
    F: Future<Output = Result<(), DeliveryError>>,
{
    for (number, row) in rows.iter().enumerate() {
        if let Err(error) = send(row).await {
            return (number, Some(error));
        }
    }
    (rows.len(), None)
}

/// The outcome of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryReport {
    /// They arrived.
    Delivered(Vec<i64>),
    /// This row will never arrive.
    Undeliverable(i64, String),
    /// This row, and all others in its room, will never arrive.
    Gone(i64, String),
}

/// The number of lanes from which on idle ones are removed.
const MANY_LANES: usize = 1024;

/// The lanes.
pub struct Outbox {
    platforms: HashMap<Platform, Arc<dyn Deliver>>,
    lanes: HashMap<String, (mpsc::UnboundedSender<OutboxRow>, Gauge)>,
    delivery_reports: mpsc::UnboundedSender<DeliveryReport>,
    unsettled: Gauge,
    clock: Clock,
}

impl Outbox {
    /// An outbox to these platforms. The receiver gets the delivery reports.
    pub fn new(
        platforms: HashMap<Platform, Arc<dyn Deliver>>,
        clock: Clock,
        unsettled: Gauge,
    ) -> (Self, mpsc::UnboundedReceiver<DeliveryReport>) {
        let (delivery_reports, told) = mpsc::unbounded_channel();
        (Self { platforms, lanes: HashMap::new(), delivery_reports, unsettled, clock }, told)
    }

    /// Sends committed rows on their way.
    pub fn send(&mut self, rows: Vec<OutboxRow>) {
        self.unsettled.add(rows.len());
        if self.lanes.len() >= MANY_LANES {
            // Only this function hands rows to lanes, so an idle lane gets none while it is removed.
            self.lanes.retain(|_, (_, waiting)| !waiting.is_zero());
        }
        for row in rows {
            let Some(platform) = self.platforms.get(&row.platform) else {
                // Its platform isn't running. The row stays for when it is, but no longer than any other.
                if self.clock.now() - row.at >= TimeDelta::days(TOO_OLD_DAYS) {
                    let _ = self
                        .delivery_reports
                        .send(DeliveryReport::Undeliverable(row.id, "its platform is not running".to_owned()));
                }
                self.unsettled.sub(1);
                continue;
            };
            let (lane, waiting) = self.lanes.entry(format!("{} {}", row.platform, row.lane)).or_insert_with(|| {
                let (sender, rows) = mpsc::unbounded_channel();
                let waiting = Gauge::default();
                let lane = Lane {
                    platform: platform.clone(),
                    delivery_reports: self.delivery_reports.clone(),
                    unsettled: self.unsettled.clone(),
                    waiting: waiting.clone(),
                    clock: self.clock.clone(),
                };
                tokio::spawn(lane.run(rows));
                (sender, waiting)
            });
            waiting.add(1);
            if lane.send(row).is_err() {
                waiting.sub(1);
                self.unsettled.sub(1);
            }
        }
    }
}

struct Lane {
    platform: Arc<dyn Deliver>,
    delivery_reports: mpsc::UnboundedSender<DeliveryReport>,
    unsettled: Gauge,
    waiting: Gauge,
    clock: Clock,
}

impl Lane {
    async fn run(self, mut incoming: mpsc::UnboundedReceiver<OutboxRow>) {
        let mut rows = Vec::with_capacity(AT_ONCE);
        while incoming.recv_many(&mut rows, AT_ONCE).await > 0 {
            self.deliver(std::mem::take(&mut rows)).await;
        }
    }

    async fn deliver(&self, rows: Vec<OutboxRow>) {
        let mut left = rows.as_slice();
        let mut wait = BACK_OFF.0;
        while !left.is_empty() {
            let (arrived, stopped) = self.platform.deliver(left).await;
            let (done, rest) = left.split_at(arrived.min(left.len()));
            if !done.is_empty() {
                wait = BACK_OFF.0;
            }
            self.settle(done.len(), DeliveryReport::Delivered(done.iter().map(|row| row.id).collect()));
            left = rest;
            let (Some(error), Some((next, others))) = (stopped, left.split_first()) else { continue };
            match error {
                DeliveryError::Transient(why, not_before)
                    if self.clock.now() - next.at < TimeDelta::days(TOO_OLD_DAYS) =>
                {
                    let pause = not_before.map_or(wait, |asked| asked.min(LONGEST_ASKED));
                    tracing::warn!(reply = next.id, %why, "reply not delivered, trying again in {pause:?}");
                    tokio::time::sleep(pause).await;
                    if not_before.is_none() {
                        wait = wait.saturating_mul(2).min(BACK_OFF.1);
                    }
                }
                DeliveryError::Gone(why) => {
                    tracing::error!(reply = next.id, %why, "the room of a reply is gone");
                    self.settle(1, DeliveryReport::Gone(next.id, why));
                    left = others;
                    wait = BACK_OFF.0;
                }
                DeliveryError::Transient(why, _) | DeliveryError::Permanent(why) => {
                    tracing::error!(reply = next.id, %why, "reply can't be delivered");
                    self.settle(1, DeliveryReport::Undeliverable(next.id, why));
                    left = others;
                    wait = BACK_OFF.0;
                }
            }
        }
    }

    fn settle(&self, count: usize, report: DeliveryReport) {
        if count > 0 {
            // The engine is gone only when the process ends. Then the rows are still in the store.
            let _ = self.delivery_reports.send(report);
            self.unsettled.sub(count);
            self.waiting.sub(count);
        }
    }
}
