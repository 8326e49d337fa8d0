//! What a refusal advises works: every whole command in a refusal of the transcripts is said by the person who was
//! refused, in the state in which they were refused.

use std::collections::BTreeSet;

use crate::transcripts::{self, Chat, is_reply};
use crate::world::{World, block_on, copy};

/// Advice that is for somebody else, whom the refusal names by role or handle: who is refused passes it on.
const FOR_OTHERS: &[(&str, &str)] = &[
    ("bad-one-time-code", "!link me"),
    ("flag-first", "!flag resolve"),
    ("flagged-already", "!flag resolve"),
    ("has-left", "!join"),
    ("has-not-joined", "!join"),
    ("no-rate", "!rate set"),
    ("nobody-yet", "!link me"),
    ("payment-open", "!payout failed"),
    ("payment-open", "!payout paid"),
    ("redirect-circle", "!payout redirect off"),
    ("second-person-needed", "!payout confirm"),
];

/// Advice that only works later, or after something else that its own refusal names.
const LATER: &[(&str, &str)] = &[
    // It needs a file, which no text has.
    ("no-receipt", "!receipt add"),
    // The project has no rate yet.
    ("nothing-shared-yet", "!payout preview"),
    ("nothing-to-share", "!payout preview"),
    // Nobody can be paid in that way either.
    ("only-euros", "!payout export csv"),
    // It is said in a private room.
    ("no-bank", "!pay-to"),
    ("no-debtor", "!pay-to"),
    ("pay-to-in-private", "!pay-to"),
    ("other-words", "!pay-to"),
    // A network is begun in a room that has none.
    ("other-words", "!network init"),
    // The room is in no network.
    ("unknown-command", "!summary"),
    // A timer that has just begun can't be stopped, only dropped.
    ("timer-runs", "!timer stop"),
];

/// Refusals of a command that was only named, without its options.
const NAMED_ONLY: &[&str] = &["missing-option", "paid-what", "preset-or-file", "which-of", "nothing-to-correct"];

/// A command that a refusal named and that was refused in its turn.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    refusal: &'static str,
    advice: String,
    refused_as: &'static str,
    chat: String,
}

impl Failure {
    fn is_known(&self) -> bool {
        let is_listed = |list: &[(&str, &str)]| {
            list.iter().any(|(refusal, advice)| self.refusal == *refusal && self.advice.starts_with(advice))
        };
        is_listed(FOR_OTHERS) || is_listed(LATER) || NAMED_ONLY.contains(&self.refused_as)
    }
}

/// The commands between the backticks of a refusal that can be said as they are. The form of a command is none.
fn advised(words: &str) -> Vec<String> {
    let codes = words.split('`').skip(1).step_by(2).filter(|code| code.starts_with('!'));
    codes.filter(|code| !code.contains(['<', '[', '…']) && !code.ends_with(':')).map(str::to_owned).collect()
}

/// Runs a chat, and tries what its refusals advise, each in a copy of its own.
async fn failures(chat: &Chat, tried: &mut BTreeSet<(&'static str, String)>) -> Vec<Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.sqlite");
    let mut world = World::open(&path, "advice").await;
    let (mut clock, mut room) = (String::new(), String::new());
    let mut failures = Vec::new();
    for line in chat.lines.iter().filter(|line| !is_reply(line)) {
        match line {
            line if line.starts_with("@clock") => clock.clone_from(line),
            line if line.starts_with("@room") => room.clone_from(line),
            _ => {}
        }
        world.refusals();
        world.hear(line).await;
        let Some((speaker, _)) = line.split_once("> ") else { continue };
        let (name, nature) = speaker.split_once(" (").unwrap_or((speaker, ""));
        let speaker = if nature == "alone)" { speaker } else { name };
        for (key, words) in world.refusals() {
            for advice in advised(&words).into_iter().filter(|advice| tried.insert((key, advice.clone()))) {
                let apart = tempfile::tempdir().unwrap();
                let (mut other, _) = copy(&path, apart.path()).await;
                other.run(&format!("{clock}\n{room}\n")).await;
                other.refusals();
                other.hear(&format!("{speaker}> {advice}")).await;
                failures.extend(other.refusals().into_iter().map(|(refused_as, _)| Failure {
                    refusal: key,
                    advice: advice.clone(),
                    refused_as,
                    chat: chat.name.clone(),
                }));
                other.close().await;
            }
        }
    }
    world.close().await;
    failures.into_iter().filter(|failure| !failure.is_known()).collect()
}

#[test]
fn what_a_refusal_advises_is_not_refused() {
    let (mut found, mut tried) = (Vec::new(), BTreeSet::new());
    for chat in transcripts::chats() {
        found.extend(block_on(failures(&chat, &mut tried)));
    }
    assert!(tried.len() > 100 || std::env::var_os("TRANSCRIPT").is_some(), "{} were tried", tried.len());
    found.sort();
    let shown = |Failure { refusal, advice, refused_as, chat }: &Failure| {
        format!("{refusal} advises `{advice}`: {refused_as} ({chat})")
    };
    assert!(found.is_empty(), "{}", found.iter().map(shown).collect::<Vec<_>>().join("\n"));
}
