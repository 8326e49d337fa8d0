//! Which claims a rule selects, what they weigh, and what a rule makes of an income with them.
//!
//! A distribution needs every claim; a preview or an estimate only needs the sum of each person's claims. These sums
//! are updated with every new log, so an answer costs the same after a million logs as after a thousand. Anything else
//! that touches a claim drops the sums, and the next question computes them again.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use chrono::NaiveDate;

use crate::core::books::movement::Movement;
use crate::core::books::state::Books;
use crate::core::books::tally::{ClaimSums, MissingRate, Selected, Sum, add};
use crate::core::budget::{BudgetLine, OpenLine};
use crate::core::contribution::{Contribution, money_owed};
use crate::core::distribution::fill::{Claim, ClaimSet, Claimant, fill_claims};
use crate::core::distribution::run::{
    BucketTotal, DistributionInput, DistributionOutcome, Selection, distribute, distribute_to_people,
};
use crate::core::distribution::share::BucketResult;
use crate::core::fact::work::Logged;
use crate::core::ids::{MilestoneId, MoneyId, PersonId, ProjectId, TextRef};
use crate::core::log::{Log, LogStanding};
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Destination, Lifetime, Weigh};
use crate::core::rule::definition::Rule;
use crate::core::split::SplitError;

/// Why an outcome can't be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoOutcome {
    /// A claim has no rate.
    Rate(MissingRate),
    /// The numbers are too large.
    TooLarge,
}

impl From<SplitError> for NoOutcome {
    fn from(_: SplitError) -> Self {
        NoOutcome::TooLarge
    }
}

impl From<MissingRate> for NoOutcome {
    fn from(missing: MissingRate) -> Self {
        NoOutcome::Rate(missing)
    }
}

/// A distribution as it would be confirmed now.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The version of the project's rule that it runs, from 1.
    pub version: u32,
    /// The incomes that it shares.
    pub incomes: Vec<(MoneyId, Amount)>,
    /// The money that it shares.
    pub input: DistributionInput,
    /// What the rule makes of it.
    pub outcome: DistributionOutcome,
}

/// Incomes with the same version of the rule and the same milestone are shared together.
type Group = (u32, Option<MilestoneId>);

/// What a person or a fund would get of an income.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstimatePart<T> {
    /// Who.
    pub to: T,
    /// What they would be owed.
    pub owed: Minor,
    /// What would be held because it is in doubt.
    pub held: Minor,
}

/// What would become of an income, by person and fund.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShareEstimate {
    /// The funds, in the order of the rule.
    pub funds: Vec<EstimatePart<String>>,
    /// The people, in the order of the rule and their first claims.
    pub people: Vec<EstimatePart<PersonId>>,
    /// What no bucket takes; below zero: to recover.
    pub undistributed: Minor,
}

impl ShareEstimate {
    /// The outcome of a distribution, summed up by person and fund.
    pub fn of(outcome: &DistributionOutcome) -> Self {
        let mut share_estimate = ShareEstimate { undistributed: outcome.undistributed, ..ShareEstimate::default() };
        let mut places = HashMap::new();
        for share in &outcome.shares {
            match &share.given {
                BucketResult::Fund(name) => {
                    share_estimate.funds.push(EstimatePart { to: name.clone(), owed: share.placed, held: Minor::ZERO })
                }
                BucketResult::Person(person) => share_estimate.add(&mut places, *person, share.placed, Minor::ZERO),
                BucketResult::Claims(parts) => {
                    for (claim, part) in parts {
                        let (owed, held) = if claim.held { (Minor::ZERO, *part) } else { (*part, Minor::ZERO) };
                        share_estimate.add(&mut places, claim.person, owed, held);
                    }
                }
            }
        }
        share_estimate
    }

    fn add(&mut self, places: &mut HashMap<PersonId, usize>, to: PersonId, owed: Minor, held: Minor) {
        let place = *places.entry(to).or_insert(self.people.len());
        match self.people.get_mut(place) {
            Some(part) => {
                part.owed += owed;
                part.held += held;
            }
            None => self.people.push(EstimatePart { to, owed, held }),
        }
    }

    /// The sum of all parts, held ones included.
    pub fn given(&self) -> Minor {
        let funds: Minor = self.funds.iter().map(|part| part.owed).sum();
        funds + self.people.iter().map(|part| part.owed + part.held).sum::<Minor>()
    }

    /// What a person gets, held or not.
    pub fn of_person(&self, person: PersonId) -> Minor {
        self.people.iter().filter(|part| part.to == person).map(|part| part.owed + part.held).sum()
    }
}

impl Books {
    /// Forgets the sums of every project, because something other than a new log has touched claims.
    pub(super) fn drop_tallies(&mut self) {
        self.tallies.0.values_mut().for_each(|tally| *tally = OnceLock::new());
    }

    /// Makes room for the sums of a project.
    pub(super) fn begin_tally(&mut self, project: ProjectId) {
        self.tallies.0.insert(project, OnceLock::new());
    }

    /// Adds the latest log to the sums of its project, if there are any yet.
    pub(super) fn tally_last_log(&mut self) {
        let Some(log) = self.logs.last() else { return };
        let Some(project) = self.projects.get(&log.project) else { return };
        let selected = self.select(&project.rule, log);
        let (person, in_doubt) = (log.person, log.is_flagged());
        let id = log.id;
        let Some(tally) = self.tallies.0.get_mut(&log.project).and_then(OnceLock::get_mut) else { return };
        match (selected, tally) {
            (Ok(Some(selected)), Ok(buckets)) => add(&mut buckets[selected.place], person, (id, selected, in_doubt)),
            (Err(missing), tally @ Ok(_)) => *tally = Err(missing),
            _ => {}
        }
    }

    /// The exact value of a log in sixtieths of a minor unit, without what was reimbursed.
    ///
    /// # Errors
    /// [`MissingRate`] if it is work without a rate.
    pub fn open_value(&self, log: &Log) -> Result<i128, MissingRate> {
        let (role, rate) = match &log.contribution {
            Contribution::Work { role, .. } => (role.as_str(), self.rate_for(log.rated_as, role, log.date)),
            _ => ("", None),
        };
        let exact =
            log.contribution.exact_value(rate).ok_or_else(|| MissingRate { role: role.to_owned(), date: log.date })?;
        Ok(exact - i128::from(log.reimbursed) * 60)
    }

    /// The most that a claim can still receive under `until paid` with a cap, whatever bucket has paid
    /// it so far; below zero when it has received more than that.
    ///
    /// # Errors
    /// [`MissingRate`] if it is work without a rate.
    pub fn room(&self, log: &Log, cap: BasisPoints) -> Result<Minor, MissingRate> {
        let value = money_owed(self.open_value(log)? + i128::from(log.reimbursed) * 60);
        let ceiling = cap.of(value).unwrap_or(Minor::MAX);
        Ok(ceiling - log.received - log.reimbursed)
    }

    /// A log's weight and room in a bucket that selects it. `None` if the log is closed there.
    fn measure(&self, to: &Destination, log: &Log) -> Result<Option<(i64, Option<Minor>)>, MissingRate> {
        let Destination::Claims { weigh, lifetime, cap, factors, .. } = to else {
            let line = log
                .line
                .and_then(|line| self.line(line))
                .filter(|line| *to == Destination::Budget && self.is_open_to(line, log.person));
            return Ok(log.contribution.minutes().filter(|_| line.is_some()).map(|minutes| (minutes.0, None)));
        };
        // Weights are bounded by LARGEST_MINOR, a day's minutes and the largest factor, inside i64.
        let bounded = |weight: i128| i64::try_from(weight).unwrap_or(i64::MAX);
        Ok(match (lifetime, weigh) {
            (Lifetime::Once, _) if !log.shared_in.is_empty() => None,
            (Lifetime::UntilPaid, _) => {
                let room = self.room(log, *cap)?.max(Minor::ZERO);
                Some((room.0, Some(room)))
            }
            (_, Weigh::Person) => Some((1, None)),
            (_, Weigh::Minutes) => Some((log.contribution.minutes().map_or(0, |minutes| minutes.0), None)),
            (_, Weigh::Value) => {
                let factor = factors.get(&log.contribution.kind()).copied().unwrap_or(1);
                Some((bounded(self.open_value(log)?.max(0) * i128::from(factor)), None))
            }
        })
    }

    /// Whether a line of a milestone may still give a person something.
    pub fn is_open_to(&self, line: &BudgetLine, person: PersonId) -> bool {
        (line.room() + line.held()).is_positive()
            && (line.parts.is_empty() || line.parts.iter().any(|(of, _)| self.canonical_id(*of) == person))
    }

    /// What is held for lines of a project's milestones until somebody does the work.
    pub fn held_for_lines(&self, project: ProjectId) -> Amount {
        self.commodity.minor(self.lines_of(project).map(BudgetLine::held).sum())
    }

    fn lines_of(&self, project: ProjectId) -> impl Iterator<Item = &BudgetLine> {
        self.lines
            .iter()
            .filter(move |line| self.milestone(line.milestone).is_some_and(|milestone| milestone.project == project))
    }

    /// The first milestone of a project that income can still be planned for.
    pub fn coming_milestone(&self, project: ProjectId) -> Option<MilestoneId> {
        self.lines_of(project).find(|line| line.room().is_positive()).map(|line| line.milestone)
    }

    /// The bucket of a rule that selects a log, with the log's weight and room in it. `None` if the log has no open
    /// claim.
    ///
    /// # Errors
    /// [`MissingRate`] if it is work without a rate.
    pub fn select(&self, rule: &Rule, log: &Log) -> Result<Option<Selected>, MissingRate> {
        if !log.claims() {
            return Ok(None);
        }
        let subject = log.subject();
        let Some((place, bucket)) = rule.buckets.iter().enumerate().find(|(_, bucket)| bucket.selects(&subject)) else {
            return Ok(None);
        };
        Ok(self.measure(&bucket.to, log)?.filter(|(weight, _)| *weight > 0).map(|(weight, room)| Selected {
            place,
            weight,
            room,
        }))
    }

    /// The open claims of a project that a rule selects, with the place of the bucket, in the order they were logged.
    fn claims<'a>(
        &'a self,
        project: ProjectId,
        rule: &'a Rule,
    ) -> impl Iterator<Item = Result<(usize, Claim), MissingRate>> + 'a {
        self.logs.iter().filter(move |log| log.project == project).filter_map(move |log| {
            let claim = |Selected { place, weight, room }| {
                (place, Claim { log: log.id, person: log.person, weight, room, held: log.is_flagged() })
            };
            self.select(rule, log).map(|selected| selected.map(claim)).transpose()
        })
    }

    /// What a rule makes of a project's money.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large.
    pub fn outcome(
        &self,
        project: ProjectId,
        rule: &Rule,
        input: DistributionInput,
    ) -> Result<DistributionOutcome, NoOutcome> {
        let mut pools: Vec<ClaimSet> = rule.buckets.iter().map(|_| ClaimSet::default()).collect();
        for selected in self.claims(project, rule) {
            let (place, claim) = selected?;
            pools[place].add(claim);
        }
        let mut outcome = distribute(rule, input, |place| {
            let pool = std::mem::take(&mut pools[place]);
            match rule.buckets.get(place).map(|bucket| &bucket.to) {
                Some(Destination::Budget) => Selection::Lines(self.open_lines(project, input.milestone, &pool)),
                _ => Selection::Claims(pool),
            }
        })?;
        // A rule's text never changes, but a person that it names may have been joined to another since.
        for share in &mut outcome.shares {
            if let BucketResult::Person(person) = &mut share.given {
                *person = self.canonical_id(*person);
            }
        }
        Ok(outcome)
    }

    /// The lines of a project's milestones, with the logs on each. Income of a milestone can be planned for lines of
    /// that milestone only. Without such income, what is left over can be planned for lines of any milestone that has
    /// had income. What is held for other lines stays theirs.
    fn open_lines(&self, project: ProjectId, milestone: Option<MilestoneId>, pool: &ClaimSet) -> Vec<OpenLine> {
        let had_income = |of: MilestoneId| {
            let mut standing = self.money.iter().filter(|money| money.undone_by.is_none());
            standing.any(|money| match money.movement {
                Movement::Income { milestone, distribution, .. } => milestone == Some(of) && distribution.is_some(),
                _ => false,
            })
        };
        let open = |line: &BudgetLine| {
            // People who were joined to each other have their parts together.
            let mut parts: Vec<(PersonId, i64, Minor)> = Vec::new();
            for &(person, weight) in &line.parts {
                let person = self.canonical_id(person);
                match parts.iter_mut().find(|(known, ..)| *known == person) {
                    Some((_, sum, _)) => *sum += weight,
                    None => {
                        let given = line
                            .given
                            .iter()
                            .filter(|(to, _)| self.canonical_id(**to) == person)
                            .map(|(_, given)| given)
                            .sum();
                        parts.push((person, weight, given));
                    }
                }
            }
            let logs = pool.claims().filter(|claim| self.log(claim.log).is_some_and(|log| log.line == Some(line.id)));
            let takes_more =
                milestone.map_or_else(|| had_income(line.milestone), |milestone| milestone == line.milestone);
            OpenLine {
                line: line.id,
                planned: line.planned.max(line.given()),
                held: line.held(),
                room: if takes_more { line.room() } else { Minor::ZERO },
                parts,
                logs: logs.cloned().collect(),
            }
        };
        self.lines_of(project).map(open).collect()
    }

    /// The sums of the claims that a project's rule selects.
    fn tally(&self, project: ProjectId) -> Result<&Vec<HashMap<PersonId, Sum>>, NoOutcome> {
        let tally = self.tallies.0.get(&project).zip(self.projects.get(&project));
        let (tally, state) = tally.ok_or(NoOutcome::TooLarge)?;
        tally
            .get_or_init(|| self.sums(project, &state.rule))
            .as_ref()
            .map_err(|missing| NoOutcome::Rate(missing.clone()))
    }

    fn sums(&self, project: ProjectId, rule: &Rule) -> ClaimSums {
        let mut buckets: Vec<HashMap<PersonId, Sum>> = rule.buckets.iter().map(|_| HashMap::new()).collect();
        for log in self.logs.iter().filter(|log| log.project == project) {
            if let Some(selected) = self.select(rule, log)? {
                add(&mut buckets[selected.place], log.person, (log.id, selected, log.is_flagged()));
            }
        }
        Ok(buckets)
    }

    /// What a project's rule would make of an input, by person. `more` is a claim that somebody might still make.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large.
    pub fn share_estimate(
        &self,
        project: ProjectId,
        input: DistributionInput,
        more: Option<(PersonId, Selected)>,
    ) -> Result<ShareEstimate, NoOutcome> {
        let state = self.projects.get(&project).ok_or(NoOutcome::TooLarge)?;
        if state.rule.is_budget() {
            return Ok(ShareEstimate::of(&self.outcome(project, &state.rule, input)?));
        }
        let sums = self.tally(project)?;
        let next = self.logs.next();
        self.outlook_of(
            &state.rule,
            input,
            |place| {
                let mut takers: Vec<(&PersonId, Sum)> =
                    sums[place].iter().map(|(person, sum)| (person, sum.clone())).collect();
                if let Some((person, selected)) = more.as_ref().filter(|(_, selected)| selected.place == place) {
                    match takers.iter_mut().find(|(taker, _)| *taker == person) {
                        Some((_, sum)) => sum.add(next, *selected, false),
                        None => takers.push((person, Sum::of(next, *selected, false))),
                    }
                }
                takers
            },
            |place, person| {
                let mut claims = self.claims_of(project, &state.rule, place, person)?;
                let more = more.filter(|(whose, selected)| *whose == person && selected.place == place);
                claims.extend(more.map(|(_, Selected { weight, room, .. })| Claim {
                    log: next,
                    person,
                    weight,
                    room,
                    held: false,
                }));
                Ok(claims)
            },
        )
    }

    /// What another rule would make of an input of the project, by person.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large.
    pub fn share_estimate_under(
        &self,
        project: ProjectId,
        rule: &Rule,
        input: DistributionInput,
    ) -> Result<ShareEstimate, NoOutcome> {
        if rule.is_budget() {
            return Ok(ShareEstimate::of(&self.outcome(project, rule, input)?));
        }
        let sums = self.sums(project, rule)?;
        let takers = |place: usize| sums[place].iter().map(|(person, sum)| (person, sum.clone())).collect();
        self.outlook_of(rule, input, takers, |place, person| self.claims_of(project, rule, place, person))
    }

    fn outlook_of<'a>(
        &self,
        rule: &Rule,
        input: DistributionInput,
        takers: impl Fn(usize) -> Vec<(&'a PersonId, Sum)>,
        claims_of: impl Fn(usize, PersonId) -> Result<Vec<Claim>, MissingRate>,
    ) -> Result<ShareEstimate, NoOutcome> {
        let mut share_estimate = ShareEstimate::default();
        let mut places = HashMap::new();
        let mut in_doubt = Vec::new();
        let (given, undistributed) = distribute_to_people(rule, input, |place| {
            let mut sums = takers(place);
            sums.sort_unstable_by_key(|(_, sum)| sum.first);
            in_doubt.extend(sums.iter().filter(|(_, sum)| sum.in_doubt).map(|(person, _)| (place, **person)));
            sums.into_iter()
                .map(|(person, sum)| Claimant { person: *person, weight: sum.weight, room: sum.room })
                .collect()
        })?;
        share_estimate.undistributed = undistributed;
        for (place, whole) in given {
            match whole {
                BucketTotal::Fund(name, owed) => {
                    share_estimate.funds.push(EstimatePart { to: name, owed, held: Minor::ZERO })
                }
                BucketTotal::People(parts) => {
                    for (person, part) in parts {
                        // Which of a person's claims a part is for matters only if one of them is in doubt.
                        let held = match in_doubt.contains(&(place, person)) {
                            false => Minor::ZERO,
                            true => {
                                let own = fill_claims(part, claims_of(place, person)?, false)?;
                                own.iter().filter(|(claim, _)| claim.held).map(|(_, part)| part).sum()
                            }
                        };
                        share_estimate.add(&mut places, self.canonical_id(person), part - held, held);
                    }
                }
            }
        }
        Ok(share_estimate)
    }

    fn claims_of(
        &self,
        project: ProjectId,
        rule: &Rule,
        place: usize,
        person: PersonId,
    ) -> Result<Vec<Claim>, MissingRate> {
        let mut own = Vec::new();
        for selected in self.claims(project, rule) {
            let (at, claim) = selected?;
            if at == place && claim.person == person {
                own.push(claim);
            }
        }
        Ok(own)
    }

    /// Everyone who holds an open claim that the project's rule selects, people who have left included, and everyone
    /// who is about to have one through a pool.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large.
    pub fn holders_of_claims(&self, project: ProjectId) -> Result<Vec<PersonId>, NoOutcome> {
        let mut holders: Vec<PersonId> =
            self.tally(project)?.iter().flat_map(|bucket| bucket.keys().copied()).collect();
        if self.projects.get(&project).is_some_and(|state| state.rule.is_budget()) {
            let named = self
                .lines_of(project)
                .flat_map(|line| line.parts.iter().map(move |(person, _)| (line, self.canonical_id(*person))));
            holders.extend(named.filter(|(line, person)| self.is_open_to(line, *person)).map(|(_, person)| person));
        }
        holders.extend(self.backers_of(project));
        // A machine has no vote.
        holders.retain(|holder| self.machine(*holder).is_none());
        holders.sort_unstable();
        holders.dedup();
        Ok(holders)
    }

    /// The money that a distribution of an income by the rule in use would share. What is held for lines of milestones
    /// is left out if the rule knows none.
    pub fn input(&self, project: ProjectId, income: Amount) -> DistributionInput {
        let (spent, held) = self
            .projects
            .get(&project)
            .map_or((Minor::ZERO, Minor::ZERO), |state| (state.spent.minor, self.set_apart(project, &state.rule)));
        DistributionInput {
            income: income.minor,
            carried: self.undistributed(project).minor + spent - held,
            spent,
            milestone: None,
        }
    }

    /// What a rule does not share of a project's account: the money held for lines of milestones, if it knows none.
    fn set_apart(&self, project: ProjectId, rule: &Rule) -> Minor {
        if rule.is_budget() { Minor::ZERO } else { self.held_for_lines(project).minor }
    }

    /// The distributions that a confirmation would make now: one for each version of the rule and each milestone of the
    /// waiting incomes, the oldest version first. What one leaves over is there for the next.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large.
    pub fn planned(&self, project: ProjectId) -> Result<Vec<Planned>, NoOutcome> {
        let state = self.projects.get(&project).ok_or(NoOutcome::TooLarge)?;
        let mut by_version: BTreeMap<Group, Vec<(MoneyId, Amount)>> = BTreeMap::new();
        for (&income, &amount) in &state.waiting {
            by_version.entry((self.version_of(income), self.milestone_of(income))).or_default().push((income, amount));
        }
        if by_version.is_empty() {
            by_version.insert((state.version(), None), Vec::new());
        }
        let several = by_version.len() > 1;
        let mut after = several.then(|| self.clone());
        let mut planned: Vec<Planned> = Vec::new();
        let mut spent = state.spent.minor;
        let mut carried = self.undistributed(project).minor + spent;
        for ((version, milestone), incomes) in by_version {
            let place = usize::try_from(version).unwrap_or(0).saturating_sub(1);
            let rule = &state.versions.get(place).ok_or(NoOutcome::TooLarge)?.rule;
            let books = after.as_ref().unwrap_or(self);
            let apart = books.set_apart(project, rule);
            let income = incomes.iter().map(|(_, amount)| amount.minor).sum();
            let input = DistributionInput { income, carried: carried - apart, spent, milestone };
            let outcome = books.outcome(project, rule, input)?;
            if let Some(after) = &mut after {
                after
                    .credit_claims(rule, &outcome.shares, self.distributions.next(), true, 1)
                    .map_err(|_| NoOutcome::TooLarge)?;
                after.plan_lines(&outcome.planned, 1).map_err(|_| NoOutcome::TooLarge)?;
            }
            (carried, spent) = (outcome.undistributed + apart, Minor::ZERO);
            planned.push(Planned { version, incomes, input, outcome });
        }
        Ok(planned)
    }

    /// The claim that one more log of a person would make under the project's rule, if it would make one.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if there is no such project.
    pub fn one_more(
        &self,
        project: ProjectId,
        person: PersonId,
        contribution: Contribution,
        date: NaiveDate,
    ) -> Result<Option<Selected>, NoOutcome> {
        let state = self.projects.get(&project).ok_or(NoOutcome::TooLarge)?;
        let said = Logged::plain(self.logs.next(), person, project, date, TextRef(self.head), contribution);
        let log = Log::of(&said, person, self.last_at, LogStanding::Counts);
        Ok(self.select(&state.rule, &log)?)
    }
}
