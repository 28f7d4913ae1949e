//! Fixed answers, so that pages can be rendered without a directory. Names are hostile on purpose.

use chassis::answers::{Answers, Asker};
use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::{Value, json};

/// Answers every query of the pages with the same community, resource and merge.
pub struct Fixed;

pub const HOSTILE: &str = "<script>alert('前村')</script>&\"食堂\"";
pub const RESOURCE: &str = "13030652-7a3f-8d0e-9a43-0f2a5b1c9d11";
/// What else its provider offers there.
pub const OTHER: &str = "13030652-7a3f-8d0e-9a43-0f2a5b1c9d12";
pub const MERGE: &str = "13030611-7a3f-8d0e-9a43-0f2a0d9f7c52";

fn area() -> Value {
    json!({
        "code": "130306100209", "name": "大李官营村委会", "level": "VILLAGE",
        "path": [
            { "code": "130000000000", "name": "河北省" }, { "code": "130300000000", "name": "秦皇岛市" },
            { "code": "130306000000", "name": "抚宁区" }, { "code": "130306100000", "name": "抚宁镇" },
            { "code": "130306100209", "name": "大李官营村委会" },
        ],
        "children": { "nodes": [] },
    })
}

fn edge(
    name: &str,
    category: &str,
    verdict: &str,
    open: Value,
    phones: Value,
    reasons: Value,
    level: (&str, &str),
) -> Value {
    json!({
        "cursor": name, "verdict": verdict, "isOpen": open, "reasons": reasons,
        "nearness": match level.0 { "VILLAGE" => "COMMUNITY", level => level },
        "reachedBy": { "code": "1", "name": level.1, "level": level.0 },
        "node": { "id": RESOURCE, "name": name, "category": category, "phones": phones, "address": "抚宁镇大李官营村文化路48号",
                  "fees": "每餐8元，80岁以上免配送费", "hours": "每天 10:30-12:30 17:00-18:30" },
    })
}

fn services() -> Value {
    let unknown = json!([{ "code": "CONDITION_UNKNOWN", "message": "需要是低保对象，登记表没有说明您是不是" }]);
    json!({
        "totalCount": 5, "pageInfo": { "hasNextPage": true, "endCursor": "c=5" },
        "facets": { "categories": [{ "category": "助餐", "count": 2 }, { "category": "康复护理", "count": 1 }] },
        "elsewhereInTown": [{ "id": OTHER, "name": HOSTILE, "category": "助浴", "area": { "name": "小李官营村委会" } }],
        "edges": [
            edge(HOSTILE, "助餐", "YES", json!(true), json!(["+863355669699"]), json!([{ "code": "FOR_ELDERS", "message": "面向60岁以上老年人" }]), ("VILLAGE", "大李官营村委会")),
            edge("北张各庄老年食堂", "助餐", "UNKNOWN", json!(false), json!(["+8615057812656", "+863354089616"]), unknown, ("TOWN", "抚宁镇")),
            edge("抚宁康护中心", "康复护理", "YES", json!(null), json!([]), json!([]), ("COUNTY", "抚宁区")),
            edge("抚宁镇卫生院家庭病床", "康复护理", "NO", json!(true), json!(["+863355669699"]), json!([{ "code": "TOO_YOUNG", "message": "80岁及以上才能享受，您填的是78岁" }]), ("TOWN", "抚宁镇")),
            edge("青年志愿者结对探访", "探访关爱", "YES", json!(true), json!(["+8618695546417"]), json!([]), ("VILLAGE", "大李官营村委会")),
        ],
    })
}

fn source(id: &str, office: &str, name: &str, row: i64) -> Value {
    json!({ "id": id, "office": office, "name": name, "sourceFile": format!("{}.csv", office.to_lowercase()), "sourceRow": row })
}

fn resource() -> Value {
    let mut resource = json!({
        "id": RESOURCE, "redirectedFrom": null, "status": "SHOWN", "kind": "SERVICE", "name": HOSTILE, "category": "助餐",
        "provider": { "name": "前村食堂有限公司", "creditCode": "91130306778470657R" }, "phones": ["+863355669699"],
        "address": "抚宁镇大李官营村文化路48号", "area": area(), "coverage": [{ "code": "130306100000", "name": "抚宁镇" }],
        "audiences": ["ELDERS"], "minimumAge": 60, "maximumAge": null, "conditions": ["LIVES_ALONE", "LOW_INCOME"], "eligibilityNote": "慢病患者优先",
        "hours": "每天 10:30-12:30 17:00-18:30",
        "schedules": [
            { "rrule": "FREQ=DAILY", "dtstart": null, "opensAt": "10:30:00", "durationMinutes": 120, "except": [] },
            { "rrule": "FREQ=DAILY", "dtstart": null, "opensAt": "17:00:00", "durationMinutes": 90, "except": ["2027-02-06"] },
        ],
        "isOpen": true, "fees": "每餐8元", "homeVisits": true,
        "licence": { "standing": "IN_FORCE", "number": "PDY145578554", "expires": "2033-10-18" },
        "sources": [source("a", "COMMERCE", HOSTILE, 12), source("b", "WOMENS_FEDERATION", "前村暖阳食堂", 345)],
        "sameProvider": [{ "id": OTHER, "category": "日间照料", "name": HOSTILE }],
        "changedAt": "2026-11-23T02:00:05Z",
        "provenance": [
            { "field": "name", "rule": "most_recent", "winner": { "id": "a", "office": "COMMERCE" }, "losing": [{ "value": "前村暖阳食堂", "registration": { "id": "b", "office": "WOMENS_FEDERATION" } }] },
            { "field": "phones", "rule": "union", "winner": null, "losing": [{ "value": ["+8615057812656"], "registration": { "id": "b", "office": "WOMENS_FEDERATION" } }] },
            { "field": "hours", "rule": "agreed", "winner": { "id": "a", "office": "COMMERCE" }, "losing": [] },
        ],
    });
    let places = json!({ "capacity": 150, "vacancy": 3, "vacancyAsOf": "2026-11-20", "documents": ["ELDER_CARD"], "documentsNote": null });
    for (field, value) in places.as_object().into_iter().flatten() {
        resource[field] = value.clone();
    }
    resource
}

fn merge(status: &str) -> Value {
    json!({
        "id": MERGE, "status": status, "probability": 0.934, "reason": null, "decidedAt": "2026-11-23T02:00:05Z", "proposedAt": null,
        "decidedBy": { "kind": "RULE", "name": "above_proposal_threshold" }, "undo": null,
        "members": [{ "office": "COMMERCE", "name": HOSTILE, "resource": { "id": "a" } }, { "office": "WOMENS_FEDERATION", "name": "前村暖阳食堂", "resource": { "id": "b" } }],
        "evidence": [
            { "comparison": "name", "level": "similar", "weight": 4.2, "left": HOSTILE, "right": "前村暖阳食堂" },
            { "comparison": "phones", "level": "different", "weight": -2.1, "left": "+863355669699", "right": "+8615057812656" },
            { "comparison": "area", "level": "same_village", "weight": 3.0, "left": "大李官营村", "right": "大李官营村" },
            { "comparison": "address", "level": "missing", "weight": 0.0, "left": "文化路48号", "right": null },
        ],
    })
}

/// A proposal of two registrations that are one resource already.
fn settled() -> Value {
    let mut merge = merge("PROPOSED");
    merge["members"][1]["resource"] = merge["members"][0]["resource"].clone();
    merge
}

fn member(name: &str, office: &str) -> Value {
    json!({
        "name": name, "office": office, "sourceFile": "commerce.csv", "sourceRow": 12, "status": "REGISTERED", "category": "助餐",
        "address": "抚宁镇大李官营村文化路48号", "phones": ["+863355669699"], "area": area(), "coverage": [{ "code": "130306100000", "name": "抚宁镇" }],
        "audiences": ["ALL"], "minimumAge": null, "maximumAge": null, "conditions": [], "hours": "每天 10:30-12:30", "fees": null, "capacity": 150,
        "creditCode": null, "licence": { "standing": "NOT_REQUIRED", "number": null, "expires": null }, "registeredOn": "2025-04-15", "resource": { "id": RESOURCE },
    })
}

fn change(cursor: &str, kind: &str) -> Value {
    json!({
        "cursor": cursor, "kind": kind, "at": "2026-11-23T02:00:05Z", "name": HOSTILE, "category": "助餐", "area": area(), "office": "COMMERCE",
        "resourceId": RESOURCE, "mergeId": null, "registrations": [],
    })
}

fn answer(query: &str) -> Value {
    let counters = json!({ "registrations": 3734, "resources": 3033, "merges": 640, "proposals": 112, "undone": 3, "position": "p0" });
    let page = |nodes: Value, total: i64| json!({ "totalCount": total, "pageInfo": { "hasNextPage": false, "endCursor": null }, "nodes": nodes });
    if query.contains("recentChanges") {
        json!({ "counters": counters, "recentChanges": { "nodes": [change("c3", "REGISTERED"), change("c2", "WITHDRAWN")] } })
    } else if query.contains("coverage(") {
        let kind = |category: &str, none: i64| {
            json!({ "category": category, "own": 3, "town": 2, "wider": 1, "none": none,
            "without": [{ "code": "130306100209", "name": HOSTILE }],
            "people": [{ "none": { "persons": { "shown": "129-132" }, "notCounted": 2 } }, { "none": { "persons": null, "notCounted": 7 } }] })
        };
        let population = json!([
            { "group": "SIXTY_AND_OVER", "name": "60周岁及以上老年人", "persons": { "shown": "1204-1212" }, "notCounted": 2,
              "countedFrom": "2024-12-31", "countedTo": "2025-12-31", "sources": [HOSTILE] },
            { "group": "LIVING_ALONE", "name": "独居老年人", "persons": { "shown": "<5" }, "notCounted": 6,
              "countedFrom": "2025-12-31", "countedTo": "2025-12-31", "sources": ["年报"] },
        ]);
        let list = json!({ "name": "国家基本养老服务清单", "issuedBy": "中共中央办公厅、国务院办公厅", "document": "意见附件",
            "inForceFrom": "2023-05-21", "unconfirmed": "未逐字核对" });
        let owed = json!([
            { "name": "探访服务", "kindName": "关爱服务", "owedTo": { "words": "独居老年人" }, "fulfilledBy": ["探访关爱"], "unconfirmed": HOSTILE,
              "communities": { "own": 3, "town": 2, "wider": 1, "none": 4 },
              "people": { "none": { "persons": { "shown": "<5" }, "notCounted": 0 } }, "list": list },
            { "name": "高龄津贴", "kindName": "物质帮助", "owedTo": { "words": "80周岁及以上老年人" }, "fulfilledBy": [], "unconfirmed": null,
              "communities": null, "people": null, "list": list },
        ]);
        let unanswered = json!([{ "category": null, "count": { "shown": "<5" } }, { "category": "助浴", "count": { "shown": "10-14" } }]);
        let child = json!({ "area": { "code": "130306100000", "name": "抚宁镇" }, "communities": 65, "categories": [{ "none": 0 }, { "none": 7 }] });
        json!({ "area": area(), "coverage": { "communities": 6, "categories": [kind("助餐", 0), kind("助浴", 7)], "children": [child],
            "population": population, "basicServices": owed, "unanswered": unanswered } })
    } else if query.contains("availableServices") {
        json!({ "area": area(), "availableServices": services() })
    } else if query.contains("areas(") {
        json!({ "areas": { "totalCount": 2, "nodes": [area(), { "code": "130322100201", "name": "大李官营村委会", "level": "VILLAGE", "path": [{ "code": "130322000000", "name": "昌黎县" }] }] } })
    } else if query.contains("area(code") {
        json!({ "area": area() })
    } else if query.contains("resource(id") {
        json!({ "resource": resource() })
    } else if query.contains("merge(id") {
        json!({ "merge": merge("IN_FORCE"), "pair": { "members": [member(HOSTILE, "COMMERCE"), member("前村暖阳食堂", "WOMENS_FEDERATION")] } })
    } else if query.contains("mergeHistory") {
        json!({ "mergeHistory": page(json!([merge("PROPOSED"), settled(), merge("REFUSED")]), 3) })
    } else if query.contains("handIns(") {
        json!({ "handIns": page(json!([{ "id": RESOURCE, "file": "commerce.csv", "rowCount": 934, "receivedAt": "2026-11-23T02:00:05Z", "completedAt": "2026-11-23T02:00:06Z",
            "by": "shangwu", "registered": 930, "revised": 1, "unchanged": 0, "refused": 3, "warned": 20 }]), 1) })
    } else if query.contains("handIn(") {
        json!({ "handIn": { "office": "COMMERCE", "file": "commerce.csv", "receivedAt": "2026-11-23T02:00:05Z",
            "stillAbsent": [{ "id": "a", "name": HOSTILE, "area": { "name": "前村村委会" }, "resource": { "id": RESOURCE } }], "absentWithdrawn": [] } })
    } else if query.contains("registrations(") {
        json!({ "registrations": page(json!([{ "id": "a", "name": HOSTILE, "category": "助餐", "area": area(), "sourceFile": "commerce.csv", "sourceRow": 12,
            "status": "REGISTERED", "statusReason": null, "notShown": null,
            "licence": { "standing": "LAPSED", "number": "PDY1", "expires": "2026-03-08" },
            "withheld": [{ "everything": false, "audience": "CHILDREN", "reason": "AWAITS_CLEARANCE" }], "doubts": [{ "code": "HOURS_UNKNOWN" }],
            "resource": { "id": RESOURCE, "name": HOSTILE, "sources": [source("a", "COMMERCE", HOSTILE, 12), source("b", "WOMENS_FEDERATION", "前村暖阳食堂", 345)] } }]), 1) })
    } else {
        json!({ "counters": counters })
    }
}

impl Answers for Fixed {
    fn ask(&self, query: &str, _variables: Value, _asker: Asker) -> BoxFuture<'_, Value> {
        let data = answer(query);
        async move { json!({ "data": data }) }.boxed()
    }

    fn follow(&self, _query: &str, variables: Value, _asker: Asker) -> BoxStream<'static, Value> {
        let after = variables.get("after").and_then(Value::as_str).unwrap_or_default().to_owned();
        let all = ["c1", "c2", "c3", "c4", "c5"];
        let items: Vec<Value> = all
            .into_iter()
            .filter(|cursor| *cursor > after.as_str())
            .map(|cursor| json!({ "data": { "directoryChanges": change(cursor, "REGISTERED") } }))
            .collect();
        futures::stream::iter(items).chain(futures::stream::pending()).boxed()
    }
}
