//! What people say they need, and the categories of services that are for it: 吃饭 is 助餐. In the words of those who ask; what offices
//! call their services stands in [`Category`](crate::Category).

/// A need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is called first, and the other words in which people say it.
    pub words: &'static [&'static str],
    /// The category of services that are for it, one of [`KNOWN`](crate::Category::KNOWN).
    pub category: &'static str,
}

/// The needs that are known.
pub const NEEDS: &[Need] = &[
    Need {
        words: &["吃饭", "送餐", "送饭", "食堂", "饭堂", "做饭", "午饭", "老年餐", "长者饭堂", "助餐点", "订餐"],
        category: "助餐",
    },
    Need { words: &["洗澡", "擦身", "澡堂", "浴室", "沐浴"], category: "助浴" },
    Need {
        words: &["打扫", "保洁", "家政", "收拾屋子", "搞卫生", "洗衣", "保姆", "钟点工"], category: "助洁"
    },
    Need {
        words: &[
            "看病",
            "就医",
            "陪诊",
            "陪护看病",
            "取药",
            "买药",
            "拿药",
            "卫生室",
            "诊所",
            "医院",
            "大夫",
            "打针",
            "门诊",
        ],
        category: "助医",
    },
    Need {
        words: &["体检", "量血压", "血压", "血糖", "健康档案", "家庭医生", "打疫苗"], category: "健康管理"
    },
    Need {
        words: &["康复", "护理", "理疗", "按摩", "卧床", "护工", "陪护", "换药"], category: "康复护理"
    },
    Need { words: &["买菜", "买东西", "代购", "购物", "超市", "跑腿"], category: "助购" },
    Need { words: &["出门", "坐车", "接送", "轮椅", "出行"], category: "助行" },
    Need { words: &["急救", "求助", "呼叫", "紧急呼叫", "一键呼叫", "救命"], category: "助急" },
    Need {
        words: &["日托", "托老", "白天照看", "照看老人", "日间照料中心"], category: "日间照料"
    },
    Need {
        words: &["暂住", "喘息", "喘息服务", "短住", "养老院", "住养老院"], category: "短期托养"
    },
    Need { words: &["聊天", "说话", "解闷", "陪伴", "心理", "谈心", "孤单"], category: "精神慰藉" },
    Need { words: &["探望", "上门看看", "走访", "巡访", "看望"], category: "探访关爱" },
    Need { words: &["带孩子", "孩子", "托管", "看孩子", "留守儿童", "课后"], category: "儿童关爱" },
    Need {
        words: &["下棋", "打牌", "跳舞", "广场舞", "唱歌", "看书", "书法", "锻炼", "棋牌", "老年大学"],
        category: "文体活动",
    },
    Need {
        words: &["打官司", "律师", "法律", "纠纷", "维权", "遗嘱", "调解"], category: "法律援助"
    },
    Need { words: &["志愿者", "帮忙", "义工"], category: "志愿服务" },
    Need {
        words: &["理发", "剪头", "修家电", "维修", "缴费", "修水管", "修鞋", "交电费"], category: "便民服务"
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Category;
    use std::collections::BTreeSet;

    #[test]
    fn every_need_leads_to_a_category_that_is_known_and_no_word_leads_to_two() {
        let mut words = BTreeSet::new();
        for need in NEEDS {
            assert!(Category::KNOWN.contains(&need.category), "{}", need.category);
            for word in need.words {
                assert!(words.insert(word), "{word} stands twice");
                assert!(!Category::KNOWN.contains(word), "{word} is a category itself");
            }
        }
    }
}
