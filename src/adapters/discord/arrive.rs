//! Interactions as they come, each taken once and in Discord's order.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use chrono::DateTime;
use serenity::all::{Attachment, ComponentInteraction, Guild, Interaction};
use tokio::sync::mpsc;

use crate::adapters::discord::hub::{DiscordHub, lock};
use crate::adapters::discord::open::OpenInteraction;
use crate::adapters::discord::platform::{PLATFORM, RETRY_AFTER, TOKEN_LIFETIME, key};
use crate::adapters::discord::read::{InteractionFields, Wants};
use crate::adapters::discord::reply_target::{AnswerManner, ReplyTarget};
use crate::adapters::discord::{fetch, read};
use crate::incoming::{Attached, Content, Inbound, SystemEvent};
use crate::limits::{Admission, Speech};
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;

/// How many interactions are remembered, so that a repeated one is recognised.
const SEEN: usize = 4096;

/// Takes interactions until no more can come, each once. The library reports most of them twice, and after a resumed
/// connection Discord repeats some.
pub async fn take_all(hub: Arc<DiscordHub>, mut arriving: mpsc::UnboundedReceiver<Interaction>) {
    let (mut seen, mut order) = (HashSet::new(), VecDeque::new());
    while let Some(interaction) = arriving.recv().await {
        if !seen.insert(interaction.id()) {
            continue;
        }
        order.push_back(interaction.id());
        if let Some(old) = (order.len() > SEEN).then(|| order.pop_front()).flatten() {
            seen.remove(&old);
        }
        hub.take(interaction);
    }
}

impl DiscordHub {
    /// Hands over what the engine decides. The rest is done at once, in a task of its own.
    fn take(self: &Arc<Self>, interaction: Interaction) {
        let Some(common) = InteractionFields::of(&interaction) else { return };
        let wants = match read::wants(&interaction, &self.catalog) {
            Wants::Decision(said, manner) => return self.hand_over(&interaction, &common, said, manner),
            wants => wants,
        };
        let (hub, interaction) = (self.clone(), interaction.clone());
        tokio::spawn(async move {
            let Some(common) = InteractionFields::of(&interaction) else { return };
            match wants {
                Wants::Choices { command, option, typed } => hub.complete(&common, command, option, typed).await,
                Wants::Form(command, filled) => hub.open_form(&common, &command, &filled).await,
                Wants::Page(reply, page) => hub.turn(&common, reply, page).await,
                Wants::Decision(..) | Wants::Nothing => hub.refuse(&common, RoomRefusal::ButtonGone.into()).await,
            }
        });
    }

    fn hand_over(
        self: &Arc<Self>,
        interaction: &Interaction,
        common: &InteractionFields<'_>,
        said: Content,
        manner: AnswerManner,
    ) {
        let mut inbound = common.inbound(said, manner, self.clock.now());
        inbound.context.bars_founding = self.bars_founding(common);
        // Discord shows an error where there is no answer, so each interaction over a limit is answered. It goes no
        // further.
        if let Admission::Refused(refusal) | Admission::Dropped(refusal) =
            self.intake.limits().admit(&Speech::of(&inbound))
        {
            return self.refuse_in_task(interaction, refusal);
        }
        let press = if let Interaction::Component(press) = interaction { Some(press) } else { None };
        let (question, pressed) = match &inbound.content {
            Content::Answer(asked, yes) => (self.question(asked), Some(*yes)),
            _ => (None, None),
        };
        let open = Arc::new(OpenInteraction::new(question, pressed));
        let target = common.target(manner);
        if press.is_some_and(|press| self.is_used(press, common)) {
            // The message already shows the answer to this press as well. The deferral changes nothing in it.
            let hub = self.clone();
            tokio::spawn(async move { hub.defer(&open, &target).await });
            return;
        }
        lock(&self.open).insert(target.id, open.clone());
        let attachments = read::attachments(interaction);
        if self.waits_for(&inbound, &attachments) {
            tokio::spawn(self.clone().hand_over_with_files(inbound, attachments));
            tokio::spawn(self.clone().look_after(open, target));
            return;
        }
        // Files that come later name the event that they belong to.
        let with_event = |(option, file)| (option, file, inbound.clone());
        let to_come: Vec<(String, Attachment, Inbound)> = attachments.into_iter().map(with_event).collect();
        for (option, attachment, _) in &to_come {
            let missing = Attached { name: fetch::name(attachment), bytes: None };
            inbound.context.files.insert(option.clone(), missing);
        }
        if self.intake.try_push(inbound).is_err() {
            lock(&self.open).remove(&target.id);
            return self.refuse_in_task(interaction, RoomRefusal::TooBusy.into());
        }
        tokio::spawn(self.clone().look_after(open, target));
        for (_, attachment, with) in to_come {
            tokio::spawn(self.clone().bring(attachment, with));
        }
    }

    /// Whether a user has used the buttons of a message.
    fn is_used(&self, press: &ComponentInteraction, common: &InteractionFields<'_>) -> bool {
        lock(&self.used).contains(&(press.message.id.get(), common.user().get()))
    }

    /// Whether a command has to wait for its files.
    fn waits_for(&self, inbound: &Inbound, attachments: &[(String, Attachment)]) -> bool {
        let command =
            if let Content::Call(call) = &inbound.content { self.catalog.command(&call.command) } else { None };
        let may_come_later = |(option, _): &(String, Attachment)| {
            command.and_then(|command| command.option(option)).is_some_and(|option| option.later)
        };
        !attachments.iter().all(may_come_later)
    }

    /// Hands over a file after its command, or reports that it does not come.
    async fn bring(self: Arc<Self>, attachment: Attachment, with: Inbound) {
        let name = fetch::name(&attachment);
        let fetched = self.files.fetch(vec![("file".to_owned(), attachment)]).await;
        let event = with.event.clone();
        let happened = match fetched.map(|files| files.into_values().next()) {
            Ok(Some(file)) => SystemEvent::FileArrived { event, file },
            Ok(None) => SystemEvent::FileLost { event, name, is_too_large: false },
            Err(refusal) => {
                let is_too_large = matches!(refusal, Refusal::Room(RoomRefusal::FileTooLarge { .. }));
                SystemEvent::FileLost { event, name, is_too_large }
            }
        };
        let said = Content::System(happened);
        let mut inbound = Inbound::unsaid(format!("{} file", with.event), with.room, said, self.clock.now());
        inbound.context.within = with.context.within;
        self.intake.push(inbound).await;
    }

    /// Hands over a command with its files once they are here; as a refusal, if one of them can't be fetched. By then
    /// Discord may have been told that the bot is thinking, so the refusal is delivered like every outcome.
    async fn hand_over_with_files(self: Arc<Self>, mut inbound: Inbound, attachments: Vec<(String, Attachment)>) {
        match self.files.fetch(attachments).await {
            Ok(files) => inbound.context.files = files,
            Err(refusal) => inbound.content = Content::Refused(refusal, true),
        }
        self.intake.push(inbound).await;
    }

    /// Refuses an interaction in a task of its own.
    fn refuse_in_task(self: &Arc<Self>, interaction: &Interaction, refusal: Refusal) {
        let (hub, interaction) = (self.clone(), interaction.clone());
        tokio::spawn(async move {
            let Some(common) = InteractionFields::of(&interaction) else { return };
            hub.refuse(&common, refusal).await;
        });
    }

    /// Whether neither a user nor their guild is among those that may found networks.
    fn bars_founding(&self, common: &InteractionFields<'_>) -> bool {
        let is_listed = |id: &String| self.founders.contains(id);
        let guild = common.places().last().map(|place| place.id.clone());
        !self.founders.is_empty()
            && !is_listed(&common.user().to_string())
            && !guild.is_some_and(|guild| is_listed(&guild))
    }

    /// Tells Discord that the bot is thinking, if the answer takes longer. Forgets the interaction when it can't be
    /// answered any more.
    async fn look_after(self: Arc<Self>, open: Arc<OpenInteraction>, target: ReplyTarget) {
        tokio::time::sleep(self.patience.engine).await;
        while !self.defer(&open, &target).await && open.since.elapsed() < self.patience.first_answer {
            tokio::time::sleep(RETRY_AFTER).await;
        }
        tokio::time::sleep(TOKEN_LIFETIME.saturating_sub(open.since.elapsed())).await;
        lock(&self.open).remove(&target.id);
    }

    /// Greets a guild that the bot is in, once.
    pub fn greet(&self, guild: &Guild) {
        let Some(channel) = guild.system_channel_id else { return };
        let joined_at = guild.joined_at.unix_timestamp();
        let event = format!("{PLATFORM} greeting {} {joined_at}", guild.id);
        let joined = Content::System(SystemEvent::BotJoined);
        let mut inbound = Inbound::unsaid(event, key(channel), joined, self.clock.now());
        // Discord reports the guild at each start, however long ago the bot joined it.
        let said_at = DateTime::from_timestamp(joined_at, 0);
        inbound.said_at = said_at.map_or(inbound.said_at, |at| at.min(inbound.said_at));
        inbound.context.within = vec![key(guild.id)];
        if self.intake.try_push(inbound).is_err() {
            tracing::warn!(guild = %guild.id, "too much waits for a greeting; it is said at the next start");
        }
    }
}
