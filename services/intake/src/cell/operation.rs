//! Whether it is in operation, as names, a column of its own and remarks say: `老年食堂（已停业）`, `筹建中`, `暂停服务`.

use super::{fold, is_blank};

const STOPPED: &[&str] = &[
    "停业",
    "歇业",
    "休业",
    "停用",
    "停办",
    "停运",
    "关停",
    "停止服务",
    "停止运营",
    "停止营业",
    "停止开放",
    "停止运行",
    "暂停",
    "暂不开放",
    "暂不营业",
    "暂不服务",
    "暂未",
    "关闭",
    "关门",
    "撤销",
    "注销",
    "吊销",
    "拆除",
    "拆迁",
    "筹建",
    "筹备",
    "在建",
    "建设中",
    "拟建",
    "待建",
    "规划中",
    "装修",
    "改造",
    "维修",
    "修缮",
    "未运营",
    "未启用",
    "待启用",
    "未开业",
    "未营业",
    "未投入",
    "未使用",
    "待运营",
    "尚未",
    "即将",
    "整顿",
    "搬迁",
    "迁址",
    "空置",
    "闲置",
    "不再",
    "已取消",
    "已终止",
    "已解散",
    "停止",
    "休整",
    "已停",
    "停诊",
    "倒闭",
    "转让",
    "失联",
    "非正常",
    "不营业",
    "不运营",
];

/// Words that say that it is only now and then.
const AT_TIMES: &[&str] = &[
    "节",
    "假",
    "周",
    "每",
    "期间",
    "晚",
    "夜",
    "冬",
    "夏",
    "雨",
    "午",
    "防止",
    "不暂停",
    "不停业",
    "未停业",
    "不关闭",
    "无障碍改造",
];

const OPEN: &[&str] = &[
    "正常",
    "正常营业",
    "正常运营",
    "正常运行",
    "正常开放",
    "营业",
    "营业中",
    "在营",
    "运营",
    "运营中",
    "在运营",
    "运行",
    "运行中",
    "正常服务",
    "服务中",
    "开业",
    "存续",
    "在业",
    "启用",
    "已启用",
    "使用中",
    "在用",
    "开放",
    "开放中",
    "试运营",
    "试营业",
    "是",
    "有效",
    "已运营",
    "已开业",
    "已建成",
    "建成",
    "已投入使用",
    "投入使用",
    "良好",
    "1",
    "√",
    "活跃",
    "已建",
    "y",
    "yes",
];

/// What a cell says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Nothing that speaks against it.
    Going,
    /// That it is not in operation, or words that are not understood in a column that says so.
    InDoubt(String),
}

fn stops(text: &str) -> bool {
    STOPPED.iter().any(|word| text.contains(word)) && !AT_TIMES.iter().any(|word| text.contains(word))
}

/// A name: what stands in brackets, or at its end behind 已 and the like.
pub(crate) fn in_name(name: &str) -> Operation {
    let text = fold(name).replace(['[', '【', '〔'], "(").replace([']', '】', '〕'], ")");
    let bracketed = text.split('(').skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
    const ENDS: &[&str] = &[
        "已停业",
        "已停用",
        "已关闭",
        "已关停",
        "已撤销",
        "已注销",
        "已停办",
        "已停运",
        "已拆除",
        "已歇业",
        "已停止服务",
        "暂停服务",
        "暂停营业",
        "暂停开放",
        "暂停运营",
        "停止服务",
        "停止运营",
        "停止营业",
        "筹建中",
        "筹备中",
        "在建中",
        "建设中",
        "装修中",
        "改造中",
        "未启用",
        "未运营",
        "未开业",
        "停业中",
        "-停业",
        "—停业",
        "-在建",
        "-筹建",
        "-暂停",
        "停业整顿",
    ];
    let at_end = ENDS.iter().find(|word| text.ends_with(**word));
    match bracketed.into_iter().find(|inside| stops(inside)).or(at_end.copied()) {
        Some(words) => Operation::InDoubt(words.trim_start_matches(['-', '—']).to_owned()),
        None => Operation::Going,
    }
}

/// A column that says how it stands: what is not understood there is in doubt.
pub(crate) fn in_state(written: &str) -> Operation {
    let text = fold(written);
    if is_blank(written) || OPEN.contains(&text.as_str()) { Operation::Going } else { Operation::InDoubt(text) }
}

/// A remark: only what plainly says that it is not in operation.
pub(crate) fn in_remark(written: &str) -> Operation {
    let text = fold(written);
    let mut clauses = text.split([',', '。', ';', '、', '(', ')']);
    match clauses.find(|clause| stops(clause) && clause.chars().count() <= 20) {
        Some(clause) => Operation::InDoubt(clause.to_owned()),
        None => Operation::Going,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_or_not_yet_open_is_in_doubt() {
        for name in [
            "北村老年食堂（已停业）",
            "北村老年食堂(停业)",
            "北村日间照料站【暂停服务】",
            "南村幸福院（筹建中）",
            "南村幸福院（在建）",
            "南村卫生室（已撤销）",
            "南村卫生室（装修改造，暂停营业）",
            "南村幸福院已停用",
            "南村食堂-停业",
            "南村幸福院建设中",
            "志愿队（休整）",
        ] {
            assert_ne!(in_name(name), Operation::Going, "{name}");
        }
        for name in [
            "北村老年食堂",
            "夕阳红理发店（大新庄）",
            "装修队便民服务点",
            "改造提升驿站",
            "北村食堂（节假日暂停服务）",
            "关门山村卫生室",
            "和平社区（一期）",
            "维修服务部",
            "家电维修",
            "停车场便民站",
            "康复站（新建）",
        ] {
            assert_eq!(in_name(name), Operation::Going, "{name}");
        }
        for state in ["已停业", "停业", "暂停", "筹建", "否", "未运营", "注销", "其他", "半停业", "0"]
        {
            assert_ne!(in_state(state), Operation::Going, "{state}");
        }
        for state in ["", "/", "正常", "营业中", "正常 运营", "是", "已启用", "试运营", "在业"] {
            assert_eq!(in_state(state), Operation::Going, "{state}");
        }
        for remark in ["已停业", "该站点已撤销", "2025年3月起暂停服务", "目前筹建中，预计明年开放", "正在装修"]
        {
            assert_ne!(in_remark(remark), Operation::Going, "{remark}");
        }
        for remark in ["", "节假日暂停服务", "每周一停业", "家政、送餐", "新增", "老旧小区", "春节期间关门", "未停业"]
        {
            assert_eq!(in_remark(remark), Operation::Going, "{remark}");
        }
    }
}
