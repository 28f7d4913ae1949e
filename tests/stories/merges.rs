//! How good the merges by rule are on the demonstration, against a truth that the product never sees.

use crate::demo::demo;
use stories::matching;

#[tokio::test]
async fn merges_by_rule_are_right_and_proposals_worth_a_stewards_time() {
    let quality = matching::measure(&demo().await.steward().await).await;
    assert!(quality.precision() >= 0.99, "{quality:?}");
    assert!(quality.recall() >= 0.85, "{quality:?}");
    assert!(quality.wrong_proposals() <= 1.0 / 3.0, "{quality:?}");
}
