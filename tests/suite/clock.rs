//! The clock on a machine whose clocks a test moves separately.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use fairshare::clock::{BOUND, Clock, Machine, Turn};
use fairshare::core::entry::Entry;
use fairshare::core::time::Timestamp;
use proptest::prelude::*;

use crate::world::{World, block_on, journals};

/// The wall clock, the count, and the time since the machine was started.
type Hands = (Timestamp, Duration, Option<Duration>);

/// A machine that a test controls.
#[derive(Clone)]
struct Moved(Arc<Mutex<Hands>>);

impl Moved {
    fn new(up: Option<Duration>) -> Self {
        Self(Arc::new(Mutex::new((start(), Duration::from_secs(1000), up))))
    }

    /// Time passes on all clocks.
    fn pass(&self, seconds: u64) {
        let mut hands = self.0.lock().unwrap();
        hands.0 += TimeDelta::seconds(seconds.cast_signed());
        hands.1 += Duration::from_secs(seconds);
        hands.2 = hands.2.map(|up| up + Duration::from_secs(seconds));
    }

    /// The machine sleeps: its count stands still.
    fn sleep(&self, seconds: u64) {
        let mut hands = self.0.lock().unwrap();
        hands.0 += TimeDelta::seconds(seconds.cast_signed());
        hands.2 = hands.2.map(|up| up + Duration::from_secs(seconds));
    }

    /// The wall clock is set.
    fn set(&self, by: TimeDelta) {
        self.0.lock().unwrap().0 += by;
    }
}

impl Machine for Moved {
    fn wall(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn count(&self) -> Duration {
        self.0.lock().unwrap().1
    }

    fn up(&self) -> Option<Duration> {
        self.0.lock().unwrap().2
    }
}

fn start() -> Timestamp {
    "2026-01-05T14:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + TimeDelta::seconds(seconds)
}

fn running() -> (Moved, Clock) {
    let machine = Moved::new(None);
    (machine.clone(), Clock::of(machine))
}

/// Hours, days and years, there and back.
const JUMPS: [TimeDelta; 6] = [
    TimeDelta::hours(3),
    TimeDelta::days(12),
    TimeDelta::days(1200),
    TimeDelta::hours(-3),
    TimeDelta::days(-12),
    TimeDelta::days(-1200),
];

#[test]
fn a_clock_that_jumps_is_doubted_and_time_goes_on_by_the_count() {
    for jump in JUMPS {
        let (machine, clock) = running();
        machine.pass(60);
        machine.set(jump);
        assert_eq!((clock.now(), clock.is_doubted()), (after(60), true));
        machine.pass(60);
        assert_eq!((clock.now(), clock.is_doubted()), (after(120), true));
        assert_eq!(clock.turns(), [Turn::Doubted { wall: after(60) + jump, now: after(60) }]);
        assert_eq!(clock.turns(), [], "the stewards are told once");
    }
}

#[test]
fn a_clock_that_comes_back_was_wrong() {
    for jump in JUMPS {
        let (machine, clock) = running();
        machine.set(jump);
        assert!(clock.is_doubted());
        machine.pass(600);
        machine.set(-jump);
        assert_eq!((clock.now(), clock.is_doubted()), (after(600), false));
        assert_eq!(clock.turns()[1..], [Turn::Stayed(after(600))]);
    }
}

#[test]
fn another_source_says_which_is_right() {
    for jump in JUMPS {
        let (machine, clock) = running();
        machine.set(jump);
        assert!(clock.is_doubted());
        clock.hear("homeserver", after(0) + jump + TimeDelta::seconds(3));
        assert_eq!((clock.now(), clock.is_doubted()), (after(0) + jump, false), "the machine's clock");
        assert_eq!(clock.turns()[1..], [Turn::Moved(after(0) + jump)]);

        let (machine, clock) = running();
        machine.set(jump);
        assert!(clock.is_doubted());
        machine.pass(20);
        clock.hear("homeserver", after(18));
        assert_eq!((clock.now(), clock.is_doubted()), (after(20), false), "the count");
        assert_eq!(clock.turns()[1..], [Turn::Stayed(after(20))]);
        machine.pass(3600);
        assert_eq!(
            (clock.now(), clock.is_doubted()),
            (after(3620), false),
            "and the wall clock is wrong for as long as it is off by that"
        );
        machine.set(TimeDelta::days(1));
        assert_eq!((clock.now(), clock.is_doubted()), (after(3620), true), "but not for any other reason");
    }
}

#[test]
fn a_source_that_says_something_else_settles_nothing() {
    let (machine, clock) = running();
    machine.set(TimeDelta::days(12));
    assert!(clock.is_doubted());
    clock.hear("homeserver", after(0) + TimeDelta::days(3));
    assert_eq!((clock.now(), clock.is_doubted()), (after(0), true));
}

/// If the count stood still with its virtual machine, earlier messages would confirm it.
#[test]
fn what_was_heard_before_the_jump_does_not_count() {
    let (machine, clock) = running();
    clock.hear("homeserver", after(0));
    machine.set(TimeDelta::hours(5));
    assert!(clock.is_doubted());
}

#[test]
fn a_machine_that_slept_and_knows_for_how_long_is_not_doubted() {
    let machine = Moved::new(Some(Duration::from_secs(5000)));
    let clock = Clock::of(machine.clone());
    machine.pass(60);
    machine.sleep(8 * 3600);
    assert_eq!((clock.now(), clock.is_doubted()), (after(60 + 8 * 3600), false));
    machine.set(TimeDelta::hours(8));
    assert_eq!((clock.now(), clock.is_doubted()), (after(60 + 8 * 3600), true), "it did not sleep again");

    let (machine, clock) = running();
    machine.sleep(8 * 3600);
    assert!(clock.is_doubted(), "where the system does not know, another source has to say so");
}

#[test]
fn the_operator_is_believed() {
    let (machine, clock) = running();
    machine.set(TimeDelta::days(400));
    assert!(clock.is_doubted());
    clock.trust();
    assert_eq!((clock.now(), clock.is_doubted()), (after(0) + TimeDelta::days(400), false));
}

#[test]
fn a_clock_that_is_behind_what_was_written_is_doubted_from_the_start() {
    let (machine, clock) = running();
    clock.remember(after(86_400));
    assert_eq!((clock.now(), clock.is_doubted()), (after(86_400), true));
    machine.pass(10);
    assert_eq!(clock.now(), after(86_410), "it goes on from there");
    clock.hear("homeserver", after(11));
    assert_eq!((clock.now(), clock.is_doubted()), (after(10), false), "what was written was stamped by a wrong clock");
}

#[test]
fn a_clock_that_is_months_ahead_at_the_start_is_doubted_if_somebody_can_be_asked() {
    for (down, others, doubted) in [(20, true, false), (90, true, true), (90, false, false)] {
        let (_, clock) = running();
        if others {
            clock.expect_others();
        }
        clock.remember(after(0) - TimeDelta::days(down));
        assert_eq!(clock.is_doubted(), doubted, "{down} days");
    }
}

proptest! {
    /// Whatever the wall clock does within the bound, time never goes back, and finally follows it.
    #[test]
    fn small_differences_are_followed_and_time_never_goes_back(steps in prop::collection::vec((1_u64..100, -60_i64..=60), 1..60)) {
        let (machine, clock) = running();
        let mut last = clock.now();
        for (passed, set) in steps {
            machine.pass(passed);
            let off = (machine.wall() - clock.now()).num_seconds();
            machine.set(TimeDelta::seconds(set.clamp(-100 - off, 100 - off)));
            let now = clock.now();
            prop_assert!(now >= last && !clock.is_doubted());
            prop_assert!((machine.wall() - now).abs() <= BOUND);
            last = now;
        }
        for _ in 0..300 {
            machine.pass(10);
            clock.now();
        }
        prop_assert!((machine.wall() - clock.now()).abs() <= TimeDelta::seconds(1), "{} {}", machine.wall(), clock.now());
    }
}

/// A script whose clock is wrong for a moment.
fn moment(wrong: &str) -> String {
    format!(
        "@clock 2026-01-05T09:00:00-05:00\nana> !network init Net1 timezone:America/Montreal\nana> !project new alpha\nana> !role grant ana \
         custodian\nana> !pool open printer 4000 deadline:2026-01-10\nana> !schedule set summary daily\nana> !timer start wiring\n\
         {wrong}ana> !log 1h while-wrong\n@clock 2026-01-05T09:10:00-05:00\nana> !log 2h after\nana> !log list\nana> !pool show\n"
    )
}

/// Whatever the clock shows for a moment, nothing happens too early and nothing gets that timestamp.
#[test]
fn a_clock_that_was_wrong_for_a_moment_in_a_script_leaves_no_trace() {
    block_on(async {
        for wrong in [
            "@clock 2026-01-05T20:00:00-05:00\n",
            "@clock 2026-01-15T09:00:00-05:00\n",
            "@clock 2026-01-15T09:00:00-05:00\n@clock 2026-01-15T09:05:00-05:00\n",
            "@clock 2036-01-05T09:00:00-05:00\n",
            "@clock 2026-01-05T04:00:00-05:00\n",
            "@clock 2025-12-25T09:00:00-05:00\n",
            "@clock 2001-01-05T09:00:00-05:00\n",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.sqlite");
            let mut world = World::open(&path, "a").await;
            let said = world.run(&moment(wrong)).await;
            world.close().await;
            assert_eq!(said.matches("bot (to ana)> My computer's clock jumped").count(), 1, "{wrong}{said}");
            assert_eq!(said.matches("2026-01-05  ana     work").count(), 2, "{wrong}{said}");
            assert!(
                said.contains("4000.00 CAD to go") || said.contains("5 days left"),
                "the pool is open: {wrong}{said}"
            );
            for early in ["enough money", "Net1 · ", "your timer has run"] {
                assert!(!said.contains(early), "{early}: {wrong}{said}");
            }
            let last = after(600);
            for (payload, _) in journals(&path).await {
                let entry = Entry::parse(&payload).unwrap();
                assert!((start()..=last).contains(&entry.at), "{wrong}{payload}");
            }
        }
    });
}
