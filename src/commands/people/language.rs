//! `language`: in which language somebody, a room or the network is answered.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::fact::people::Role;
use crate::directory::{Preference, Scope, Write};
use crate::grammar::spec::LANGUAGES;
use crate::message::field::Term;
use crate::message::people::PeopleLine;
use crate::message::refusal::Refusal;

/// Who reads the language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Reader {
    #[default]
    Me,
    Room,
    Network,
}

/// `language`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    language: Option<String>,
    #[serde(default, rename = "for")]
    reader: Reader,
}

/// Sets a language, or says which are set.
pub fn language(scene: CommandContext, args: Language) -> Result<Decision, Refusal> {
    let ctx = scene.ctx;
    let Some(language) = args.language else {
        let known = |code: Option<&str>| Term::from(code.unwrap_or(LANGUAGES[0]));
        let of_room = scene.directory.language_of(ctx.places.iter());
        let line = PeopleLine::Languages {
            own: known(scene.directory.own_language(&ctx.author.account).or(of_room)),
            room: known(of_room),
            network: known(scene.directory.preference(Scope::Network, Preference::Language)),
            languages: LANGUAGES.iter().map(Term::from).collect(),
        }
        .into();
        return Ok(Decision::reads(vec![line]));
    };
    let scope = match args.reader {
        Reader::Me => Scope::Account(ctx.author.account.clone()),
        Reader::Room => {
            scene.may_arrange_room()?;
            Scope::Room(ctx.room.clone())
        }
        Reader::Network => {
            scene.must_be(&[Role::Steward])?;
            Scope::Network
        }
    };
    let reads = |reader| args.reader == reader;
    let line = PeopleLine::LanguageSet {
        language: Term::from(&language),
        me: reads(Reader::Me),
        room: reads(Reader::Room),
        network: reads(Reader::Network),
    }
    .into();
    let writes = vec![Write::Preference(scope, Preference::Language, Some(language))];
    Ok(Decision { writes, ..Decision::reads(vec![line]) })
}
