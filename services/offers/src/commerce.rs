//! The commerce office's events.

use crate::offer::Offer;
use crate::step::{Clearance, Said, Step, Terms};
use schema::commerce::{CommerceEvent, Merchant};
use schema::{Kind, Licence};

/// What an event of the commerce office does to the registration.
pub fn step(event: &CommerceEvent) -> Step {
    match event {
        CommerceEvent::MerchantRegistered(merchant) => Step::Registered(Box::new(said(merchant))),
        CommerceEvent::MerchantRevised(merchant) => Step::Revised(Box::new(said(merchant))),
        CommerceEvent::MerchantInspected(inspection) => {
            Step::Inspected { on: inspection.on, passed: inspection.passed }
        }
        CommerceEvent::ElderPriceAgreed(agreed) => Step::ElderPriceAgreed(agreed.price_fen),
        CommerceEvent::MerchantSuspended(suspended) => Step::Suspended(suspended.reason.clone()),
        CommerceEvent::MerchantResumed(_) => Step::Resumed,
        CommerceEvent::MerchantWithdrawn(withdrawn) => Step::Withdrawn(withdrawn.reason.clone()),
        CommerceEvent::MerchantMovedIn(moved) => Step::MovedIn {
            said: Box::new(said(&moved.registration)),
            from: moved.transferred_from,
            first_registered_at: moved.first_registered_at,
            retracted: moved.retracted.clone(),
        },
        CommerceEvent::MerchantMovedOut(moved) => Step::MovedOut(moved.transferred_to),
    }
}

fn said(merchant: &Merchant) -> Said {
    let terms = Terms {
        elder_price_fen: merchant.elder_price_fen,
        elder_discount: merchant.elder_discount.clone(),
        minimum_order_fen: merchant.minimum_order_fen,
    };
    Said {
        offer: Offer {
            kind: Kind::Service,
            name: merchant.name.clone(),
            category: merchant.category.clone(),
            credit_code: merchant.credit_code.as_ref().map(|code| code.as_str().to_owned()),
            phones: merchant.phones.clone(),
            address: merchant.address.clone(),
            area: merchant.village,
            coverage: merchant.delivery.clone(),
            eligibility: merchant.eligibility.clone(),
            hours: merchant.hours.clone(),
            fees: terms.in_words(),
            capacity: merchant.meals_a_day,
            vacancy: None,
            documents: merchant.documents.clone(),
            home_visits: None,
            licence: Licence::NotRequired,
            register_number: None,
            village_name: None,
            sealed_phones: merchant.contact.as_ref().map(|contact| contact.phones.clone()).unwrap_or_default(),
        },
        terms: Some(terms),
        clearance: Clearance::NotNeeded,
        inspection: merchant.inspection.as_ref().map(|inspection| (inspection.passed, inspection.on)),
        registered_on: merchant.registered_on,
        source: merchant.source.clone(),
        doubts: merchant.doubts.clone(),
    }
}

impl Terms {
    /// The terms in one sentence, as the fees of the offer; none when nothing was said.
    pub fn in_words(&self) -> Option<String> {
        joined(&self.clauses())
    }

    /// The terms one by one, as the sentence has them.
    pub(crate) fn clauses(&self) -> Vec<String> {
        let mut terms = Vec::new();
        match self.elder_price_fen {
            Some(0) => terms.push("老年人免费".to_owned()),
            Some(price) => terms.push(format!("老年人协议价{}元", yuan(price))),
            None => {}
        }
        if let Some(discount) = self.elder_discount.as_deref().map(str::trim)
            && !matches!(discount, "" | "无" | "-" | "/")
        {
            terms.push(discount.to_owned());
        }
        match self.minimum_order_fen {
            Some(0) => terms.push("无起送价".to_owned()),
            Some(minimum) => terms.push(format!("起送价{}元", yuan(minimum))),
            None => {}
        }
        terms
    }
}

/// Clauses as one sentence; none of none.
pub(crate) fn joined(clauses: &[String]) -> Option<String> {
    (!clauses.is_empty()).then(|| clauses.join("；"))
}

/// Fen in yuan, without needless decimals.
fn yuan(fen: u32) -> String {
    match fen % 100 {
        0 => (fen / 100).to_string(),
        rest if rest % 10 == 0 => format!("{}.{}", fen / 100, rest / 10),
        rest => format!("{}.{rest:02}", fen / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchants_terms_read_as_one_sentence() {
        let terms = Terms {
            elder_price_fen: Some(1_250),
            elder_discount: Some("60岁以上8折".into()),
            minimum_order_fen: Some(1_500),
        };
        assert_eq!(terms.in_words().unwrap(), "老年人协议价12.5元；60岁以上8折；起送价15元");
        let free = Terms { elder_price_fen: Some(0), ..Terms::default() };
        assert_eq!(free.in_words().unwrap(), "老年人免费");
        assert_eq!(Terms::default().in_words(), None);
    }
}
