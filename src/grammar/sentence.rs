//! What a sentence says besides its text: a day, a task, and perhaps a person or project that it is for.

use crate::core::name::Name;
use crate::grammar::line::{Quotes, Word};
use crate::grammar::spec::{Opt, folded};
use crate::grammar::values;
use crate::grammar::values::whole_value;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// The last words of a text: `for beta`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// All of them.
    pub words: String,
    /// What stands behind `for`.
    pub named: String,
    /// Whether it says where: `on beta`. That is no person.
    pub is_place: bool,
}

/// What stands before a person or a project that an entry is for, and before a project that it is in.
const FOR: [&str; 3] = ["for", "pour", "para"];

const IN: [&str; 5] = ["on", "in", "sur", "dans", "en"];

/// What a sentence ends in, if it is `for` or `on` and a few words outside of quotes.
pub(super) fn aim(words: &[&Word]) -> Option<Aim> {
    const MOST_WORDS: usize = 4;
    let at = words.iter().rposition(|word| FOR.iter().chain(&IN).any(|known| *known == folded(&word.text)))?;
    let behind = &words[at + 1..];
    let is_plain = words[at..].iter().all(|word| word.quotes == Quotes::None);
    let texts = |words: &[&Word]| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let named = texts(behind).trim_end_matches(['.', ',', ';', '!']).to_owned();
    let is_aim = is_plain && (1..=MOST_WORDS).contains(&behind.len()) && !named.is_empty();
    let is_place = IN.contains(&&*folded(&words[at].text));
    is_aim.then(|| Aim { words: texts(&words[at..]), named, is_place })
}

/// Takes the day from the beginning or the end of a sentence.
///
/// # Errors
/// [`TypedRefusal::OptionTwice`] if it names two, [`TypedRefusal::PartOfAValue`] if more words may belong to it.
pub(super) fn take_day(option: &Opt, words: &mut Vec<&Word>) -> Result<Option<String>, Refusal> {
    let plain = words.iter().take_while(|word| word.quotes == Quotes::None).count();
    let texts: Vec<&str> = words[..plain].iter().map(|word| word.text.as_str()).collect();
    if let Some(taken) = values::at_start(&texts) {
        whole_value(option, &texts)?;
        words.drain(..taken);
        return Ok(Some(texts[..taken].join(" ")));
    }
    let is_quoted = |word: &&Word| word.quotes != Quotes::None;
    let behind_quotes = words.iter().rposition(is_quoted).map_or(0, |at| at + 1);
    let texts: Vec<&str> = words[behind_quotes..].iter().map(|word| word.text.as_str()).collect();
    let Some(taken) = values::at_end(&texts) else { return Ok(None) };
    if values::has_day_before(&texts, taken) {
        return Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into());
    }
    words.truncate(words.len() - taken);
    Ok(Some(texts[texts.len() - taken..].join(" ")))
}

/// Takes the task that a sentence names, as in `fixing #1`. Inside of the sentence its number stays where it is.
///
/// # Errors
/// [`TypedRefusal::OptionTwice`] if it names several.
pub(super) fn take_task(option: &Opt, words: &mut Vec<&Word>) -> Result<Option<String>, Refusal> {
    let number = |word: &&Word| {
        let text = word.text.trim_matches([',', '.', ';', ':', '(', ')', '!', '?']);
        let digits = text.strip_prefix('#')?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (word.quotes == Quotes::None && is_number).then(|| text.to_owned())
    };
    let named: Vec<(usize, String)> =
        words.iter().enumerate().filter_map(|(at, word)| Some((at, number(word)?))).collect();
    let Some((at, task)) = named.first().cloned() else { return Ok(None) };
    if named.iter().any(|(_, other)| *other != task) {
        return Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into());
    }
    if at == 0 || at + 1 == words.len() {
        words.remove(at);
    }
    Ok(Some(task))
}
