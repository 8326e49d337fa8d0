//! The commands there are: each file, with its function.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::commands::context::CommandContext;
use crate::commands::decision::Action;
use crate::commands::equipment::{machine, owners, stock, subscription, terms, usage};
use crate::commands::lookalike;
use crate::commands::money::{distribution, explain, income, pay_to, payment_batch, record, redirect, spend, undo};
use crate::commands::people::{language, link, me, membership, privacy};
use crate::commands::pool::{deadline, money, open, pledge, show};
use crate::commands::room::summary::post;
use crate::commands::room::{answer, arrival, changed, clock, help, ledger, network, news, progress, schedule};
use crate::commands::rule::{agree, milestone, preview, project, rate};
use crate::commands::work::{change, claim, flag, log, log_list, receipt, task, timer};
use crate::core::books::state::Books;
use crate::core::entry::Fact;
use crate::core::ids::PersonId;
use crate::core::name::Name;
use crate::directory::{DirectoryChange, RoomKey};
use crate::grammar::catalog::{Catalog, CommonFiles, SpecError};
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::Command;
use crate::message::field::Typed;
use crate::message::notice::Notice;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;

type Decide = fn(CommandContext<'_>, Value) -> Result<Action, Refusal>;

struct Binding {
    file: &'static str,
    toml: &'static str,
    decide: Decide,
}

fn with_args<A: DeserializeOwned, D: Into<Action>>(
    context: CommandContext<'_>,
    options: Value,
    decide: fn(CommandContext<'_>, A) -> Result<D, Refusal>,
) -> Result<Action, Refusal> {
    // Options were resolved by the command's own file, so they fit its struct unless the two have drifted apart.
    let args = serde_json::from_value(options).map_err(|error| RoomRefusal::BadArguments { why: error.to_string() })?;
    decide(context, args).map(Into::into)
}

macro_rules! bind {
    ($($file:literal => $decide:path),+ $(,)?) => {
        &[$(Binding {
            file: $file,
            toml: include_str!(concat!("../../commands/", $file, ".toml")),
            decide: |context, options| with_args(context, options, $decide),
        }),+]
    };
}

const BINDINGS: &[Binding] = bind! {
    "help" => help::help,
    "more" => help::more,
    "language" => language::language,
    "network-settings" => network::settings,
    "network-show" => network::show,
    "network-init" => network::init,
    "network-link" => network::link,
    "network-set" => network::set,
    "network-use" => network::choose,
    "room-greet" => arrival::greet,
    "room-follow" => arrival::follow,
    "join" => membership::join,
    "leave" => membership::leave,
    "me" => me::me,
    "link-me" => link::link,
    "privacy-export" => privacy::export,
    "privacy-erase" => privacy::erase,
    "people-list" => membership::list,
    "person-add" => membership::add,
    "role-grant" => membership::grant,
    "role-revoke" => membership::revoke,
    "project-list" => project::list,
    "project-show" => project::show,
    "project-new" => project::new,
    "project-use" => project::bind,
    "rule-presets" => agree::presets,
    "rule-show" => agree::show,
    "rule-propose" => agree::propose,
    "rule-agree" => agree::agree,
    "rule-object" => agree::object,
    "rule-adopt" => agree::adopt,
    "rule-close" => agree::close,
    "rule-preview" => preview::preview,
    "milestone-add" => milestone::add,
    "milestone-line" => milestone::line,
    "milestone-list" => milestone::list,
    "estimate" => preview::estimate,
    "rate-set" => rate::set_rate,
    "task-list" => task::list,
    "task-show" => task::show,
    "task-open" => task::open,
    "task-take" => task::take,
    "task-drop" => task::give_back,
    "task-done" => task::done,
    "task-accept" => task::accept,
    "log-hours" => log::hours,
    "log-expense" => log::expense,
    "log-material" => log::material,
    "log-cash" => log::cash,
    "log-cite" => log::cite,
    "log-other" => log::other,
    "timer-start" => timer::start,
    "timer-stop" => timer::stop,
    "timer-status" => timer::status,
    "timer-ask" => timer::ask,
    "clock-report" => clock::report,
    "message-changed" => changed::changed,
    "log-validate" => log::validate,
    "claim-list" => claim::list,
    "claim-gift" => claim::gift,
    "receipt-add" => receipt::add,
    "receipt-show" => receipt::show,
    "receipt-keep" => receipt::arrived,
    "receipt-ask" => receipt::lost,
    "log-undo" => change::undo,
    "log-correct" => change::correct,
    "log-flag" => flag::raise,
    "log-list" => log_list::list,
    "flag-resolve" => flag::resolve,
    "flag-remind" => flag::remind,
    "summary" => post::summary,
    "summary-post" => post::post,
    "schedule-set" => schedule::set,
    "schedule-list" => schedule::list,
    "schedule-off" => schedule::off,
    "news" => news::choose,
    "income-record" => income::record,
    "income-refund" => income::refund,
    "expense-pay" => spend::pay_expense,
    "money-list" => record::list,
    "money-undo" => undo::undo,
    "books" => record::books,
    "books-check" => record::check,
    "fund-list" => spend::funds,
    "fund-show" => spend::fund,
    "fund-spend" => spend::spend,
    "payout-preview" => distribution::preview,
    "payout-confirm" => distribution::confirm,
    "payout-explain" => explain::explain,
    "payout-reverse" => distribution::reverse,
    "payout-redirect" => redirect::redirect,
    "payout-list" => distribution::list,
    "payout-export" => payment_batch::export,
    "payout-failed" => payment_batch::failed,
    "pay-to" => pay_to::keep,
    "payout-paid" => spend::pay_out,
    "pool-list" => show::list,
    "pool-show" => show::show,
    "pool-terms" => show::terms,
    "pool-open" => open::open,
    "pool-pledge" => pledge::pledge,
    "pool-withdraw" => pledge::withdraw,
    "pool-paid" => money::paid,
    "pool-topup" => money::top_up,
    "pool-buy" => money::buy,
    "pool-cancel" => open::cancel,
    "pool-remind" => deadline::remind,
    "pool-lapse" => deadline::lapse,
    "pool-close" => deadline::close,
    "pool-settle" => deadline::settle,
    "pool-news" => news::day,
    "equipment-list" => machine::list,
    "equipment-show" => machine::show,
    "equipment-statement" => machine::statement,
    "equipment-add" => machine::add,
    "equipment-terms" => terms::terms,
    "equipment-certify" => machine::certify,
    "equipment-retire" => machine::retire,
    "use-machine" => usage::log,
    "use-paid" => usage::pay,
    "use-list" => usage::list,
    "use-undo" => usage::undo,
    "stock-add" => stock::add,
    "stock-remove" => stock::remove,
    "stock-list" => stock::list,
    "stake-transfer" => owners::transfer,
    "subscription-start" => subscription::start,
    "subscription-stop" => subscription::stop,
    "subscription-renew" => subscription::renew,
    "ledger-verify" => ledger::verify,
    "ledger-head" => ledger::head,
    "yes" => answer::yes,
    "no" => answer::no,
};

/// The command files that the program was built with.
///
/// # Errors
/// Fails if a file can't be used; the contract tests hold that all can.
pub fn catalog() -> Result<Catalog, SpecError> {
    let files: Vec<(&str, &str)> = BINDINGS.iter().map(|binding| (binding.file, binding.toml)).collect();
    let common = CommonFiles {
        shared: include_str!("../../commands/_shared.toml"),
        words: include_str!("../../commands/_words.toml"),
        synonyms: include_str!("../../commands/_synonyms.toml"),
        help: include_str!("../../commands/_help.toml"),
    };
    Catalog::read(&files, &common)
}

/// The catalog, with the function of each command.
pub struct Registry {
    /// The command files.
    pub catalog: Arc<Catalog>,
    handlers: HashMap<String, Decide>,
}

impl Registry {
    /// Binds each command of the program's [`catalog`] to its function.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let handlers =
            catalog.commands().zip(BINDINGS).map(|(command, binding)| (command.name.clone(), binding.decide)).collect();
        Self { catalog, handlers }
    }

    /// The news of facts that were just journaled, with the changes to store. The room `told` has its answer already.
    pub fn news(
        &self,
        context: CommandContext<'_>,
        facts: &[Fact],
        told: Option<&RoomKey>,
    ) -> (Vec<Notice>, Vec<DirectoryChange>) {
        news::of(context, facts, told)
    }

    /// The keys of announcements about finished pools, which need not be kept.
    pub fn outdated_news(&self, books: &Books) -> HashSet<String> {
        books.pools.iter().filter(|pool| !progress::goes_on(pool)).flat_map(news::told_keys).collect()
    }

    /// Decides a command on its resolved options. The caller has checked the role.
    ///
    /// # Errors
    /// The refusal for the command's author.
    pub fn decide(
        &self,
        command: &Command,
        context: CommandContext<'_>,
        mut options: Value,
    ) -> Result<Action, Refusal> {
        // A person that a question named may have been merged or erased since.
        for option in command.options.iter().filter(|option| option.kind == OptionKind::Person) {
            if let Some(named) = options.get_mut(&option.name)
                && let Ok(person) = PersonId::deserialize(&*named)
            {
                let person = context.books.canonical_id(person);
                if command.begins_with_people() && context.books.is_erased(person) {
                    return Err(TypedRefusal::UnknownPerson {
                        typed: Typed(context.books.name_of(person).0),
                        nearest: None,
                    }
                    .into());
                }
                *named = person.0.into();
            }
        }
        // A file is there only if it comes with the command; not if its name is typed, nor if a question is answered
        // later.
        let mut files = command
            .options
            .iter()
            .filter(|option| option.kind == OptionKind::File && options.get(&option.name).is_some());
        if let Some(missing) = files.find(|option| !context.moment.files.contains_key(&option.name)) {
            return Err(RoomRefusal::FileNotAttached { option: Name::from(&missing.name) }.into());
        }
        let decide = self
            .handlers
            .get(&command.name)
            .ok_or_else(|| RoomRefusal::UnknownCommand { typed: Typed(command.name.clone()), nearest: None })?;
        let mut action = decide(context, options.clone())?;
        lookalike::tell_apart(context, command, &options, &mut action);
        Ok(action)
    }
}
