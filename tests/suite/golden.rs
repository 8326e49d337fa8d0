//! Golden journals: payloads, hashes and the digest of their books, kept for ever. A program that read one differently
//! would change what people were promised. A changed fact needs a new version, not a new golden journal.

use fairshare::core::books::state::Books;
use fairshare::core::check;
use fairshare::core::entry::{Entry, Fact};
use fairshare::core::fact::people::PeopleFact;
use fairshare::core::ids::Hash;
use fairshare::store::sqlite::store::SqliteStore;

use crate::world::{World, block_on, root};

/// Rows of `seq hash payload`, and a last one of `digest` and the digest of the books.
fn read(text: &str) -> (Vec<(Hash, String)>, Hash) {
    let mut rows: Vec<&str> = text.lines().collect();
    let digest = rows.pop().unwrap().strip_prefix("digest ").unwrap().parse().unwrap();
    let row = |row: &str| {
        let mut parts = row.splitn(3, ' ');
        parts.next();
        (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().to_owned())
    };
    (rows.into_iter().map(row).collect(), digest)
}

fn fold(rows: &[(Hash, String)]) -> Books {
    let entries: Vec<Entry> = rows.iter().map(|(_, payload)| Entry::parse(payload).unwrap()).collect();
    let Fact::People(PeopleFact::NetworkCreated(created)) = &entries[0].fact else {
        panic!("a journal begins with its network")
    };
    let mut books = Books::empty(&entries[0].network, created.commodity().unwrap());
    for (entry, (hash, payload)) in entries.iter().zip(rows) {
        books.apply(entry, payload).unwrap();
        assert_eq!(books.head, *hash, "entry {}", entry.seq);
    }
    books
}

/// Runs a script in its own network; returns its journal in the form that [`read`] reads.
fn play(script: &str) -> String {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("golden.sqlite");
        let mut world = World::open(&file, "golden").await;
        world.run(script).await;
        world.close().await;
        let store = SqliteStore::open(&file).await.unwrap();
        let network = store.networks().await.unwrap().remove(0);
        let rows = store.journal(&network).await.unwrap();
        let text: String = rows.iter().map(|row| format!("{} {} {}\n", row.seq, row.hash, row.payload)).collect();
        let books = fairshare::store::replay::fold(&network, &rows).unwrap();
        format!("{text}digest {}\n", check::digest(&books))
    })
}

/// Each script beside a journal shows how it was made. An existing journal is never overwritten, even with `BLESS=1`.
#[test]
fn golden_journals_give_the_same_books_for_ever() {
    let mut kinds = std::collections::BTreeSet::new();
    for file in std::fs::read_dir(root().join("tests/golden")).unwrap() {
        let script = file.unwrap().path();
        if script.extension().is_none_or(|extension| extension != "script") {
            continue;
        }
        let path = script.with_extension("journal");
        if std::env::var_os("BLESS").is_some() && !path.exists() {
            std::fs::write(&path, play(&std::fs::read_to_string(&script).unwrap())).unwrap();
        }
        let (rows, digest) = read(&std::fs::read_to_string(&path).unwrap());
        let books = fold(&rows);
        assert_eq!(check::digest(&books), digest, "{}", path.display());
        assert_eq!(check::broken(&books), [], "{}", path.display());
        kinds.extend(rows.iter().map(|(_, payload)| Entry::parse(payload).unwrap().fact.kind()));
    }
    let missing: Vec<_> = Fact::kinds().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "no golden journal has: {missing:?}");
}
