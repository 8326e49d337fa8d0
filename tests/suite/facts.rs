//! What each kind of fact carries and touches, compared with the golden journals.

use std::collections::BTreeMap;

use fairshare::core::entry::Entry;
use serde_json::Value;

use crate::world::root;

/// Every kind. `money`: it can move money; `texts`: it can refer to texts or files; `words`: it has its author's own
/// words; `pool`: it happens to a pool; `guarded`: nobody may do it in another's name; `claims`: it touches what
/// claims there are.
const KINDS: &[(&str, &str)] = &[
    // people
    ("network-created", ""),
    ("setting-changed", "guarded claims"),
    ("person-added", ""),
    ("person-identified", "guarded"),
    ("person-returned", "claims"),
    ("person-left", "guarded claims"),
    ("person-erased", "money guarded claims"),
    ("role-granted", "guarded"),
    ("role-revoked", "guarded"),
    ("people-joined", "money guarded claims"),
    // rule
    ("project-created", "guarded claims"),
    ("rule-proposed", "guarded"),
    ("rule-agreed", "guarded"),
    ("rule-objected", "texts words guarded"),
    ("rule-adopted", "guarded claims"),
    ("rule-lapsed", "guarded claims"),
    ("milestone-added", "guarded claims"),
    ("line-planned", "texts guarded claims"),
    ("rate-set", "guarded claims"),
    // work
    ("task-opened", "texts words"),
    ("task-taken", ""),
    ("task-dropped", ""),
    ("task-done", ""),
    ("task-accepted", ""),
    ("logged", "texts"),
    ("log-validated", "claims"),
    ("claims-given", "guarded claims"),
    ("gifts-set", "guarded claims"),
    ("receipt-kept", "texts"),
    ("log-confirmed", "claims"),
    ("log-corrected", "money texts words claims"),
    ("log-undone", "money claims"),
    ("log-flagged", "texts words claims"),
    ("flag-kept", "money guarded claims"),
    ("flag-struck", "money guarded claims"),
    // money
    ("cash-received", "money guarded claims"),
    ("income-recorded", "money texts guarded"),
    ("income-refunded", "money texts guarded claims"),
    ("distribution-approved", "guarded claims"),
    ("distributed", "money guarded claims"),
    ("distribution-reversed", "money texts words guarded claims"),
    ("redirect-set", "guarded claims"),
    ("batch-opened", "texts guarded claims"),
    ("batch-paid", "guarded claims"),
    ("payment-failed", "guarded claims"),
    ("paid-out", "money texts guarded"),
    ("cost-reimbursed", "money texts guarded claims"),
    ("fund-spent", "money texts guarded"),
    ("undo-approved", "guarded claims"),
    ("money-undone", "money texts words guarded claims"),
    // pool
    ("pool-opened", "pool guarded"),
    ("pledged", "pool guarded"),
    ("pledge-withdrawn", "money pool guarded"),
    ("pledge-lapsed", "pool guarded"),
    ("pool-paid", "money texts pool guarded"),
    ("pool-topped-up", "money pool guarded"),
    ("pool-closed", "pool guarded"),
    ("pool-settled", "money pool guarded"),
    ("pool-given", "money texts pool guarded claims"),
    ("pool-cancelled", "money texts words pool guarded"),
    // equipment
    ("equipment-added", "guarded"),
    ("terms-set", "guarded"),
    ("terms-proposed", "guarded"),
    ("terms-agreed", "guarded"),
    ("certified", "guarded"),
    ("equipment-bought", "money texts pool guarded"),
    ("stock-added", ""),
    ("stock-removed", "texts words"),
    ("billed", "money texts"),
    ("bill-paid", "money texts guarded"),
    ("bill-undone", "money texts words"),
    ("machine-shared", "money guarded"),
    ("machine-share-reversed", "money guarded"),
    ("handed-over", "money guarded"),
    ("hand-over-undone", "money guarded"),
    ("stake-transferred", "money guarded"),
    ("equipment-retired", "money texts guarded"),
    ("subscription-started", "guarded"),
    ("subscription-ended", "guarded"),
];

/// The entries of every golden journal.
fn golden() -> Vec<(Entry, Value)> {
    let files = std::fs::read_dir(root().join("tests/golden")).unwrap().map(|file| file.unwrap().path());
    let journals = files.filter(|path| path.extension().is_some_and(|extension| extension == "journal"));
    let texts: Vec<String> = journals.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let rows = texts.iter().flat_map(|text| text.lines()).filter_map(|row| row.splitn(3, ' ').nth(2));
    rows.map(|payload| (Entry::parse(payload).unwrap(), serde_json::from_str(payload).unwrap())).collect()
}

#[test]
fn every_fact_carries_what_its_kind_says() {
    let kinds: BTreeMap<&str, Vec<&str>> = KINDS.iter().map(|(kind, is)| (*kind, is.split(' ').collect())).collect();
    let mut seen = BTreeMap::new();
    for (Entry { fact, .. }, payload) in golden() {
        let (kind, _) = fact.kind();
        let is = |what: &str| kinds[kind].contains(&what);
        let moves_money = fact.transaction().is_some();
        assert!(is("money") || !moves_money, "{kind} moves money");
        assert!(is("texts") || fact.refers_to().is_empty(), "{kind} refers to texts");
        assert_eq!(fact.words().is_some(), is("words"), "{kind}: words");
        assert_eq!(fact.pool().is_some(), is("pool"), "{kind}: pool");
        assert_eq!(fact.is_guarded(), is("guarded") || moves_money, "{kind}: guarded");
        assert_eq!(fact.touches_claims(), is("claims"), "{kind}: claims");
        // The postings are all the money that the fact states, not a part of it.
        let body = &payload["body"];
        let stated =
            [&body["transaction"], &body["taken_back"]["transaction"]].into_iter().find(|stated| !stated.is_null());
        let stated = stated.filter(|stated| **stated != Value::Array(Vec::new()));
        assert_eq!(fact.transaction().map(|posted| serde_json::to_value(posted).unwrap()).as_ref(), stated, "{kind}");
        let (money, texts) = seen.entry(kind).or_insert((false, false));
        *money |= moves_money;
        *texts |= !fact.refers_to().is_empty();
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), kinds.keys().copied().collect::<Vec<_>>());
    for (kind, (money, texts)) in seen {
        assert_eq!(texts, kinds[kind].contains(&"texts"), "{kind}");
        // These can move money, but do so in no golden journal.
        let moves = money || ["log-corrected", "log-undone", "pool-settled"].contains(&kind);
        assert_eq!(moves, kinds[kind].contains(&"money"), "{kind}");
    }
}
