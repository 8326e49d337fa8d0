//! Checks whether what is stored is what the program wrote, as far as the journal can tell.
//!
//! The journal is replayed from its first entry. It says which texts and files must lie beside it, and who people are.
//! Comparing finds what is missing, unknown or changed. A database hands its rows to an [`Audit`].

use std::collections::{BTreeMap, BTreeSet};

use crate::core::books::state::Books;
use crate::core::check;
use crate::core::check::{Area, Finding, Verification};
use crate::core::entry::{Entry, Fact};
use crate::core::fact::people::{Mark, PeopleFact};
use crate::core::fact::work::WorkFact;
use crate::core::ids::{PersonId, TextRef};
use crate::directory::{Account, Known};
use crate::store::replay::first_commodity;
use crate::store::rows::JournalRow;

/// Texts, or files: those that are stored, and those that the journal refers to.
#[derive(Default)]
struct Contents {
    /// Entries refer to them.
    wanted: BTreeSet<TextRef>,
    /// They are stored.
    stored: BTreeSet<TextRef>,
    /// How many are stored twice.
    twice: usize,
    /// How many are not what was hashed.
    forged: usize,
}

impl Contents {
    fn take(&mut self, named: TextRef, found: TextRef) {
        self.forged += usize::from(named != found);
        self.twice += usize::from(!self.stored.insert(named));
    }

    fn findings(&self, area: Area, what: &str, erased: &BTreeSet<TextRef>, is_read: bool) -> Vec<Finding> {
        // If the journal can't be read to its end, it is unknown what should be there.
        let count = |found: usize| if is_read { found } else { 0 };
        let missing = self.wanted.iter().filter(|text| !self.stored.contains(text) && !erased.contains(text)).count();
        let found = [
            (self.forged, "not what was hashed"),
            (self.twice, "stored more than once"),
            (count(self.stored.difference(&self.wanted).count()), "in no entry of the journal"),
            (count(missing), "missing, and nobody has had them erased"),
        ];
        let found = found.into_iter().filter(|(count, _)| *count > 0);
        found.map(|(count, how)| Finding::new(area, format!("{what} beside the journal: {count} {how}"))).collect()
    }
}

/// A replay of a network's journal, and what is found beside it. Hand over the entries first.
pub struct Audit {
    network: String,
    books: Books,
    /// Whether every entry so far was read and fits.
    is_read: bool,
    texts: Contents,
    files: Contents,
    erased: BTreeSet<TextRef>,
    /// Marks whose rows are there.
    seen: BTreeSet<(PersonId, Mark)>,
    /// Rows without a salt in a network that has marks, and all rows of a network without marks.
    unmarked: usize,
    found: Vec<Finding>,
}

impl Audit {
    /// Before the first entry of a network.
    pub fn new(network: &str) -> Self {
        Self {
            network: network.to_owned(),
            books: Books::empty(network, first_commodity(&[])),
            is_read: true,
            texts: Contents::default(),
            files: Contents::default(),
            erased: BTreeSet::new(),
            seen: BTreeSet::new(),
            unmarked: 0,
            found: Vec::new(),
        }
    }

    /// The books of the entries so far.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// Records a finding.
    pub fn find(&mut self, area: Area, what: impl Into<String>) {
        self.found.push(Finding::new(area, what));
    }

    /// Records that the journal can't be read any further.
    pub fn unreadable(&mut self, why: impl std::fmt::Display) {
        self.is_read = false;
        self.find(Area::Journal, format!("entry {}: it can't be read: {why}", self.books.seq + 1));
    }

    /// Takes the next entry. After an entry that does not fit, later ones can't be judged and are skipped.
    pub fn entry(&mut self, row: &JournalRow) {
        if !self.is_read {
            return;
        }
        if self.books.seq == 0 {
            self.books = Books::empty(&self.network, first_commodity(std::slice::from_ref(row)));
        }
        let before = self.found.len();
        match Entry::parse_versioned(&row.payload) {
            Err(error) => self.find(Area::Journal, format!("entry {}: {error}", row.seq)),
            Ok((entry, version)) => {
                let (kind, _) = entry.fact.kind();
                if (entry.network.as_str(), entry.seq, entry.at, kind, version)
                    != (row.network.as_str(), row.seq, row.at, row.kind.as_str(), row.version)
                {
                    let seq = row.seq;
                    self.find(Area::Journal, format!("entry {seq}: its columns do not say what its payload says"));
                }
                if let Fact::People(PeopleFact::PersonErased(erased)) = &entry.fact {
                    self.erased.extend(self.books.texts_of(erased.person));
                }
                let contents = if let Fact::Work(WorkFact::ReceiptKept(_)) = &entry.fact {
                    &mut self.files
                } else {
                    &mut self.texts
                };
                contents.wanted.extend(entry.fact.refers_to());
                if let Err(corrupt) = self.books.apply(&entry, &row.payload) {
                    self.find(Area::Journal, corrupt.to_string());
                }
            }
        }
        if self.books.head != row.hash {
            let why = "its hash does not follow from the entry before it and its payload";
            self.find(Area::Journal, format!("entry {}: {why}", row.seq));
        }
        self.is_read = self.found.len() == before;
    }

    /// Takes a stored text.
    pub fn text(&mut self, text: TextRef, salt: &[u8; 16], body: &str) {
        self.texts.take(text, TextRef::of(salt, body));
    }

    /// Takes a stored file: the reference under which it is stored, and the one that its bytes give.
    pub fn file(&mut self, named: TextRef, found: TextRef) {
        self.files.take(named, found);
    }

    /// Takes a row about who a person is.
    pub fn known(&mut self, person: PersonId, known: &Known, salt: Option<[u8; 16]>) {
        let Some(salt) = salt.filter(|_| self.is_read) else {
            self.unmarked += usize::from(self.is_read);
            return;
        };
        let mark = known.mark(&salt);
        // An account may be that of a person who was joined to this one; everything else stays under the id that it was
        // given under.
        let ids: Vec<PersonId> = match known {
            Known::Account(_) => self.books.ids_of(person).collect(),
            Known::Handle(_) | Known::Name(_) | Known::PayTo(_) => vec![person],
        };
        match ids.into_iter().find(|id| self.books.marks.get(id).is_some_and(|marks| marks.contains(&mark))) {
            Some(id) => {
                self.seen.insert((id, mark));
            }
            None => {
                let what = described(person, known);
                self.find(Area::People, format!("{what} is not what the journal has a mark of"));
            }
        }
    }

    /// Takes a finding from elsewhere.
    pub fn take(&mut self, finding: Finding) {
        self.found.push(finding);
    }

    /// The whole report.
    pub fn finish(mut self) -> Verification {
        for broken in check::broken(&self.books) {
            self.find(Area::Books, format!("{} does not hold for {}", broken.invariant, broken.on));
        }
        self.found.extend(self.texts.findings(Area::Texts, "texts", &self.erased, self.is_read));
        self.found.extend(self.files.findings(Area::Files, "files", &self.erased, self.is_read));
        let mut unchecked = Vec::new();
        if self.books.is_marked {
            for (id, what) in self.missing_marks() {
                self.find(Area::People, format!("{what} of {id} is missing or changed"));
            }
            if self.unmarked > 0 {
                self.find(Area::People, format!("{} rows about who people are have no salt", self.unmarked));
            }
        } else if self.unmarked > 0 {
            unchecked.push(format!(
                "{} rows about who people are were written by an earlier version, without a mark in the journal; they \
                 are marked when fairshare starts",
                self.unmarked
            ));
        }
        let Self { books, found, .. } = self;
        let digest = check::digest(&books);
        Verification { entries: books.seq, head: books.head, digest, broken: found, unchecked }
    }

    /// Marks of the journal whose rows are missing, one per person. Empty if the journal could not be read.
    fn missing_marks(&self) -> BTreeMap<PersonId, &'static str> {
        let mut missing = BTreeMap::new();
        if !self.is_read {
            return missing;
        }
        for (id, marks) in &self.books.marks {
            for mark in marks {
                if *mark != Mark::PayTo(None) && !self.seen.contains(&(*id, *mark)) {
                    missing.insert(*id, of_mark(mark));
                }
            }
        }
        missing
    }
}

fn described(person: PersonId, known: &Known) -> String {
    match known {
        Known::Account(Account { platform, id }) => format!("that the account {id} on {platform} is {person}"),
        Known::Handle(handle) => format!("that {person} has the handle {handle}"),
        Known::Name(_) => format!("the display name of {person}"),
        Known::PayTo(_) => format!("where {person} is paid"),
    }
}

fn of_mark(mark: &Mark) -> &'static str {
    match mark {
        Mark::Account(_) => "an account",
        Mark::Handle(_) => "the handle",
        Mark::Name(_) => "the display name",
        Mark::PayTo(_) => "the payment address",
    }
}
