//! Applies a decision to books, directory and batch.

use crate::commands::context::{CommandContext, Moment};
use crate::commands::decision::Decision;
use crate::core::books::state::Books;
use crate::core::entry::Fact;
use crate::core::fact::people::{PeopleFact, Setting};
use crate::core::money::NO_COMMODITY;
use crate::directory::{Directory, DirectoryChange, RoomKey};
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::record::Origin;
use crate::engine::recurring::moved_with_zone;
use crate::engine::state::EngineState;
use crate::store::state::Network;

impl EngineState {
    /// Journals a decision's facts, makes its changes, and collects its notices and news. `told` is the room that has
    /// the answer, so it hears no news of it.
    ///
    /// # Errors
    /// A fault if the books can't apply a fact.
    pub fn apply(
        &mut self,
        network_id: &str,
        moment: &Moment,
        decision: Decision,
        told: Option<&RoomKey>,
        builder: &mut BatchBuilder,
    ) -> Result<(), Fault> {
        let origin = Origin { at: moment.at, said: moment.said, by: decision.author.or(moment.author.person) };
        let known = self.networks.get(network_id).unwrap_or(&self.empty_network);
        let decision = decision.marked(moment, &known.directory);
        if !decision.facts.is_empty() && !self.networks.contains_key(network_id) {
            self.begin_network(network_id, builder);
        }
        for fact in &decision.facts {
            self.journal(network_id, origin, fact.clone(), builder)?;
        }
        for change in decision.changes {
            self.change(network_id, change, builder);
        }
        let registry = self.registry.clone();
        let news = self.networks.get(network_id).map(|network| {
            let (books, directory) = (&network.books, &network.directory);
            let context = CommandContext { books, directory, moment, catalog: &registry.catalog };
            registry.news(context, &decision.facts, told)
        });
        let (news, mut changes) = news.unwrap_or_default();
        if decision.facts.iter().any(moves_zone) {
            let network = self.networks.get(network_id);
            changes.extend(network.into_iter().flat_map(|network| moved_with_zone(network, moment.at)));
        }
        for change in changes {
            self.change(network_id, change, builder);
        }
        builder.notices.extend(decision.notices.into_iter().chain(news).map(|notice| (moment.at, notice)));
        Ok(())
    }

    fn begin_network(&mut self, id: &str, builder: &mut BatchBuilder) {
        builder.touched.insert(id.to_owned());
        let network = Network { books: Books::empty(id, NO_COMMODITY), directory: Directory::default() };
        self.networks.insert(id.to_owned(), network);
        self.change(id, DirectoryChange::Seal, builder);
    }
}

fn moves_zone(fact: &Fact) -> bool {
    let Fact::People(PeopleFact::SettingChanged(changed)) = fact else { return false };
    matches!(changed.setting, Setting::Timezone(_))
}
