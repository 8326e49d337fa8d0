//! What rooms, networks and the bot itself say.

use chrono::NaiveDate;

use crate::core::ids::{LogId, MoneyId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::{CommandSummary, NamedAccount, Number, OptionHelp, Term, TopicTitle, Typed, TypedLine};

one_of! {
    /// What a setting is set to.
    pub enum SettingValue {
        /// A name.
        Name(name: String) = "name",
        /// A time zone.
        Zone(zone: Name) = "zone",
        /// An amount of money.
        Amount(amount: Amount) = "amount",
        /// A number of days.
        Days(days: usize) = "days",
        /// A length of time.
        Time(time: Minutes) = "time",
        /// A number of people.
        People(people: usize) = "people",
        /// A percentage.
        Percent(percent: Number) = "percent",
        /// Two thirds.
        TwoThirds = "two_thirds",
        /// It holds.
        On = "on",
        /// It does not hold.
        Off = "off",
    }
}

one_of! {
    /// What a setting is set to by default.
    pub enum DefaultValue {
        /// What it is set to.
        AsDefault = "as_default",
        /// It does not hold.
        Off = "default_off",
        /// It holds.
        On = "default_on",
        /// A percentage.
        Percent(percent: Number) = "default_percent",
        /// Two thirds.
        TwoThirds = "default_two_thirds",
        /// A number of days.
        Days(days: usize) = "default_days",
    }
}

one_of! {
    /// What a setting does: see [`Setting`](crate::core::fact::people::Setting).
    pub enum SettingAbout {
        /// The name.
        Name = "about_name",
        /// The time zone.
        Timezone = "about_timezone",
        /// From which amount on two people confirm.
        SecondPerson = "about_second_person",
        /// How far back logs go.
        LogWindow = "about_log_window",
        /// The most time for a day.
        DailyLimit = "about_daily_limit",
        /// How many agree to a log.
        Validators = "about_validators",
        /// The part of the voters that a rule needs.
        Quorum = "about_quorum",
        /// The part that it needs with an objection.
        ObjectionShare = "about_objection_share",
        /// How long a proposal is open.
        AgreeDays = "about_agree_days",
        /// When stewards hear of a doubt.
        FlagDays = "about_flag_days",
        /// Above which amount a movement of money is asked about.
        AskAbove = "about_ask_above",
        /// For how long a movement like an earlier one is asked about.
        RepeatDays = "about_repeat_days",
        /// Whether encryption is asked for.
        Encryption = "about_encryption",
    }
}

one_of! {
    /// What is not as the program has written it.
    pub enum Damaged {
        /// The database file.
        File = "file",
        /// Entries of the journal.
        Journal = "journal",
        /// Balances.
        Books = "books",
        /// Texts.
        Texts = "texts",
        /// Receipts.
        Files = "files",
        /// Accounts, names and payment addresses.
        People = "people",
        /// The rest.
        Rest = "rest",
    }
}

messages! {
    /// What the bot says of rooms, networks and itself.
    pub enum RoomLine {
        /// There is more than the list shows; with pages, the next one has it.
        MoreRows = "more-rows" { count: usize, pages: bool },
        /// A message was edited, and what it had recorded stands.
        EditStands = "edit-stands",
        /// A message was removed, and what it had recorded stands.
        RemovedStands = "removed-stands",
        /// A message was edited that had recorded nothing that stands.
        EditUnread = "edit-unread",
        /// How a log is made to say what an edited message says now.
        CorrectIt = "correct-it" { log: LogId, change: TypedLine },
        /// A correction can't make a log say what the edited message says.
        SendAnew = "send-anew" { log: LogId },
        /// How a log is taken back.
        UndoLog = "undo-log" { log: LogId },
        /// How a movement of money is taken back.
        UndoMoney = "undo-money" { money: MoneyId },
        /// How to answer.
        YesOrNo = "answer-yes-or-no",
        /// The same command was given just now.
        SaidBefore = "said-before",
        /// The outcome differs from the one that was shown.
        OutcomeChanged = "outcome-changed",
        /// A question was dropped.
        Dropped = "dropped",
        /// Before the everyday lines.
        HelpHead = "help-head",
        /// Before the topics.
        HelpTopics = "help-topics",
        /// A topic, and the line that shows it.
        HelpTopic = "help-topic" { line: Name, title: TopicTitle },
        /// Help finds commands by what people want to do.
        HelpByWords = "help-by-words",
        /// Before the commands of a topic.
        HelpTopicHead = "help-topic-head" { title: TopicTitle },
        /// Before the commands that some words are about.
        HelpFound = "help-found" { typed: Typed },
        /// A line that works, and the summary of this command, which it calls.
        HelpCommand = "help-command" { line: Name, summary: CommandSummary },
        /// A command that is explained, by a line that works.
        HelpAbout = "help-about" { line: Name },
        /// What it does.
        HelpSummary = "help-summary" { summary: CommandSummary },
        /// Another line that works.
        HelpExample = "help-example" { line: Name },
        /// An option; `help` is the command and option whose help is shown.
        HelpOption = "help-option" { option: Name, choices: Vec<Term>, help: OptionHelp },
        /// An option that few people need.
        HelpOtherOption = "help-other-option" { option: Name, choices: Vec<Term>, help: OptionHelp },
        /// How the command is typed.
        HelpUsage = "help-usage" { usage: Name, alias: Option<Name> },
        /// Who may call it.
        HelpRoles = "help-roles" { roles: Vec<Term> },
        /// A network began.
        NetworkCreated = "network-created" {
            network: String, currency: Name, timezone: Name, person: Name,
        } [of person],
        /// What to do next in a new network.
        NextProject = "next-project",
        /// A network.
        NetworkHead = "network-head" {
            network: String, currency: Name, timezone: Name, people: usize, projects: usize,
        },
        /// Its stewards and custodians.
        NetworkRoles = "network-roles" { stewards: Vec<Name>, custodians: Vec<Name> },
        /// Its settings.
        NetworkSettings = "network-settings" {
            second_person: Option<Amount>, log_window: Option<usize>, daily_limit: Option<Minutes>,
            validators: Option<usize>, quorum: Option<Number>,
            objection_share: Option<Number>, agree_days: Option<usize>, flag_days: Option<usize>,
            ask_above: Option<Amount>, repeat_days: Option<usize>,
            encryption_lapses: bool,
        },
        /// Before the list of all settings.
        SettingsHead = "settings-head" { network: String },
        /// A setting: what it is set to, by default and now, and what it does.
        SettingRow = "setting-row" {
            key: Term, value: Option<SettingValue>, default: Option<DefaultValue>, about: SettingAbout,
        },
        /// A due job failed and is not done.
        JobSetAside = "job-set-aside" { command: Term, options: Vec<Name>, day: NaiveDate, time: Name },
        /// A code for another room.
        LinkCode = "link-code" { code: Name },
        /// This room belongs to the network now.
        Linked = "linked" { network: String },
        /// The network that an account chose for its direct rooms.
        NetworkChosen = "network-chosen" { network: String },
        /// The bot came into a room.
        Greeting = "greeting",
        /// The room has a network.
        GreetingLinked = "greeting-linked" { network: String },
        /// The room has none.
        GreetingUnlinked = "greeting-unlinked",
        /// The room continues another.
        RoomFollowed = "room-followed" { network: String, project: Option<Name> },
        /// The answer was sent to a direct room.
        AnsweredInPrivate = "answered-in-private",
        /// No direct room can be opened.
        NoPrivateRoom = "no-private-room",
        /// A setting changed.
        SettingChanged = "setting-changed" {
            key: Term, value: SettingValue,
        },
        /// The named person, if others have nearly the same name.
        NearNames = "near-names" {
            person: Name, account: Option<NamedAccount>, platform: Name, near: Vec<Name>,
        } [of person],
        /// The machine's clock has jumped; what is due waits.
        ClockDoubted = "clock-doubted" { date: NaiveDate, time: Name, wall: NaiveDate, clock: Name },
        /// The machine's clock was right.
        ClockMoved = "clock-moved" { date: NaiveDate, time: Name },
        /// The machine's clock was wrong.
        ClockStayed = "clock-stayed" { date: NaiveDate, time: Name },
        /// A line of a file.
        FileLine = "file-line" { text: String } [writes text],
        /// The journal is whole.
        Verified = "verified" { entries: usize, head: Name },
        /// Something differs from what was written: in the file, the journal, the books, or among what lies beside
        /// them.
        NotWhole = "not-whole" {
            damaged: Vec<Damaged>,
        },
        /// The text named somebody who was erased.
        ReplyForgotten = "reply-forgotten",
        /// The last entry.
        Head = "head" { entries: usize, head: Name },
    }
}

messages! {
    /// Why the bot does nothing, for any command.
    pub enum RoomRefusal {
        /// No such command.
        UnknownCommand = "unknown-command" { typed: Typed, nearest: Option<Name> },
        /// Arguments that do not fit the command: an old registration of it, perhaps.
        BadArguments = "bad-arguments" { why: String },
        /// The room has no network.
        NoNetwork = "no-network",
        /// The author of a direct room is in several networks.
        WhichNetwork = "which-network" { networks: String },
        /// The room has a network already.
        HasNetwork = "has-network" { network: String },
        /// Only somebody who administers the room may do this.
        HostsOnly = "hosts-only",
        /// The message should have been encrypted by its author, and was not.
        NotEncrypted = "not-sealed",
        /// A command that moves money or roles was not encrypted, and its author has written encrypted messages before.
        EncryptedElsewhere = "sealed-elsewhere",
        /// The room is not in the network, and this command does not bring it in.
        RoomNeedsCode = "room-needs-code",
        /// A message that can't be decrypted.
        Unreadable = "unreadable",
        /// The message came through a bridge or relay, so its author can't be known.
        Relayed = "relayed",
        /// A command that moves money was said too long ago.
        SaidTooLongAgo = "said-too-long-ago" { said: NaiveDate },
        /// A fault of the program.
        Fault = "fault" { id: Name },
        /// Too many messages wait.
        TooBusy = "too-busy",
        /// The account exceeds its limit.
        TooMany = "too-many" { seconds: usize },
        /// The room or the network exceeds its limit.
        RoomTooMany = "room-too-many" { seconds: usize },
        /// A homeserver's clock is ahead of ours, or tells no time.
        ClockAhead = "clock-ahead",
        /// The operator restricts who may begin networks.
        FoundersOnly = "founders-only",
        /// The account has begun the most networks that it may.
        NetworksBegun = "networks-begun" { most: usize },
        /// The program keeps the most networks that it may.
        NetworksFull = "networks-full" { most: usize },
        /// The network has the most active people that it may.
        PeopleFull = "people-full" { most: usize },
        /// The network has the most rooms that it may.
        RoomsFull = "rooms-full" { most: usize },
        /// A platform sent something that its library can't read.
        NotUnderstood = "not-understood",
        /// The rest of a long list is not stored any more.
        ListGone = "list-gone",
        /// There is no list to go on with.
        NothingMore = "nothing-more",
        /// A button that no longer means anything.
        ButtonGone = "button-gone",
        /// The words are none of a command, and mean one that would change something; `alone` if nobody else should
        /// read what is typed for it.
        OtherWords = "other-words" { typed: Typed, line: TypedLine, alone: bool },
        /// The button is for somebody else.
        ButtonOfAnother = "button-of-another",
        /// A file that was named and did not come with the command.
        FileNotAttached = "file-not-attached" { option: Name },
        /// The file is too large.
        FileTooLarge = "file-too-large" { typed: Typed, megabytes: usize },
        /// A file that its platform does not hand out.
        FileNotFetched = "file-not-fetched" { typed: Typed },
        /// Neither a document nor a picture.
        FileOfOtherKind = "file-of-other-kind" { typed: Typed },
        /// No such time zone.
        UnknownZone = "unknown-zone" { typed: Typed },
        /// A link code that does not work.
        BadLinkCode = "bad-link-code",
        /// Not a number of days.
        NotDays = "not-days" { typed: Typed, most: usize },
        /// The stored journal was not read.
        NotVerified = "not-verified",
        /// There is no question to answer.
        NothingToAnswer = "nothing-to-answer",
    }
}
