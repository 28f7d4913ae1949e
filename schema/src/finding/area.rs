//! Which division is meant, and what is doubtful about it.

use super::NamedArea;
use crate::area::AreaCode;
use crate::areas::AreaChangeKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A division that is no longer there, and how it ended, as far as the changes say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Its code.
    pub code: AreaCode,
    /// What it was called; empty when that is not known.
    pub name: String,
    /// The division above it that ended, if it was not itself that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// What sort of change it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AreaChangeKind>,
    /// In which year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
}

impl Ended {
    /// `大李官营村委会2024年撤并`
    fn zh(&self) -> String {
        let how = self.kind.zip(self.year).map(|(kind, year)| {
            let within = self.within.as_deref().unwrap_or_default();
            format!("{within}{year}年{}", kind.zh())
        });
        format!("{}{}", self.name, how.unwrap_or_default())
    }

    fn en(&self) -> String {
        let how = self.kind.zip(self.year).map(|(kind, year)| {
            let within = self.within.as_deref().unwrap_or_default();
            format!("{within}, {} in {year}", kind.en())
        });
        format!("{}{}", self.name, how.unwrap_or_default())
    }
}

fn unknown_remedy_zh(above: Option<&String>) -> String {
    match above {
        Some(above) => format!("代码前段是{above}，请核对后面几位；也可以只填乡镇代码（前9位）"),
        None => "请按统计用区划代码核对".to_owned(),
    }
}

fn unknown_remedy_en(above: Option<&String>) -> String {
    match above {
        Some(above) => {
            format!("its beginning is {above}; check the digits after that, or give the town's code (first 9)")
        }
        None => "check it against the statistical division codes".to_owned(),
    }
}

/// The first of several divisions; `…` when there are more.
fn some(areas: &[NamedArea], count: u32) -> String {
    let more = if u32::try_from(areas.len()).is_ok_and(|shown| shown < count) { "…" } else { "" };
    format!("{}{more}", NamedArea::listed(areas))
}

/// `是不是：…？` before a remedy, when there is something to suggest.
fn similar_zh(similar: &[NamedArea]) -> String {
    if similar.is_empty() { String::new() } else { format!("是不是：{}？", NamedArea::listed(similar)) }
}

fn similar_en(similar: &[NamedArea]) -> String {
    if similar.is_empty() { String::new() } else { format!("did you mean {}? ", NamedArea::listed(similar)) }
}

finding_codes! {
    /// Which division is meant, and what is doubtful about it.
    pub enum AreaFinding {
        /// A name instead of a code.
        "AREA_BY_NAME" ByName {
            /// What it was taken for.
            area: NamedArea,
        } => format!("没有填代码，按名称登记为{area}"), format!("a name instead of a code; taken for {area}");
            "如不是这个村（社区），请改填代码", "if another one is meant, enter its code";
        /// A name beside the code of another division.
        "AREA_NAME_DIFFERS" NameDiffers {
            /// The division of the code.
            area: NamedArea,
        } => format!("名称和代码不一致，按代码登记为{area}"), format!("name and code do not agree; by the code it is {area}");
            "请核对名称和代码", "check the name and the code";
        /// A town, and no community in it.
        "AREA_TOWN_ONLY" TownOnly {
            /// The town.
            area: NamedArea,
        } => format!("没有写村（社区），按{area}登记"), format!("no village is given; registered as {area}");
            "如在某个村（社区），请补填村名或代码", "if it lies in one village, give its name or code";
        /// A name that several divisions have.
        "AREA_NAME_AMBIGUOUS" NameAmbiguous {
            /// The name, as written.
            name: String,
            /// How many have it.
            count: u32,
            /// The first of them.
            areas: Vec<NamedArea>,
        } => format!("“{name}”有{count}个，看不出是哪一个"), format!("{count} divisions are called {name:?}");
            format!("请写明乡镇，或填其中一个的代码：{}", some(areas, *count)),
            format!("name the town as well, or enter the code of one: {}", some(areas, *count));
        /// A name that no division has.
        "AREA_NAME_UNKNOWN" NameUnknown {
            /// The name, as written.
            name: String,
            /// Divisions with names like it.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            similar: Vec<NamedArea>,
        } => format!("区划目录里没有叫“{name}”的村（社区）或乡镇"), format!("no division is called {name:?}");
            format!("{}请填12位区划代码，或写全乡镇和村名", similar_zh(similar)),
            format!("{}enter the code of 12 digits, or the names of town and village", similar_en(similar));
        /// An area served with exceptions, which were taken out.
        "COVERAGE_EXCEPTED" Excepted {
            /// The first of what was taken out.
            areas: Vec<NamedArea>,
            /// How many were.
            count: u32,
        } => format!("除外的没有登记为服务范围：{}；其余逐个登记", some(areas, *count)),
            format!("what is excepted is not part of the area served: {}; the rest is listed", some(areas, *count));
            "请核对服务范围", "check the area served";
        /// An area served with a limit that was not understood.
        "COVERAGE_UNCLEAR" CoverageUnclear {
            /// The words.
            words: String,
        } => format!("“{words}”里的限制看不准，服务范围按“未知”登记"),
            format!("the limit in {words:?} was not understood; the area served is registered as not known");
            "请逐个写出服务的村（社区）或其代码", "list the villages that are served, or their codes";
        /// A code that became a number.
        "AREA_CODE_AS_NUMBER" CodeAsNumber =>
            "区划代码被表格变成了数字，后几位已经丢失",
            "the spreadsheet turned the division code into a number and lost its last digits";
            "请把这一列设为“文本”格式，重新填写12位代码", "format the column as text and enter the 12 digits again";
        /// Not a code.
        "AREA_CODE_MALFORMED" CodeMalformed =>
            "不是区划代码（应为12位数字；9位表示乡镇街道，6位表示县区）",
            "not a division code: 12 digits, or 9 for a town, or 6 for a county";
            "请按统计用区划代码填写", "enter the statistical division code";
        /// A code that no division has.
        "AREA_CODE_UNKNOWN" CodeUnknown {
            /// The code.
            area: AreaCode,
            /// The name of the division above that is known.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            above: Option<String>,
        } => format!("区划目录里没有代码{area}"), format!("no division has the code {area}");
            unknown_remedy_zh(above.as_ref()), unknown_remedy_en(above.as_ref());
        /// A code that is no longer in use, of a division that has another now.
        "AREA_CODE_REPLACED" CodeReplaced {
            /// The division as it was.
            old: Ended,
            /// The division of today.
            area: NamedArea,
        } => format!("代码{}已不再使用（{}），按现行代码登记为{area}", old.code, old.zh()),
            format!("the code {} is no longer in use ({}); registered under the present one, {area}", old.code, old.en());
            format!("请改填现行代码{}", area.code), format!("enter the present code {}", area.code);
        /// A code that is no longer in use, of a division that went over into several.
        "AREA_CODE_DIVIDED" CodeDivided {
            /// The division as it was.
            old: Ended,
            /// The first of those that came after it.
            areas: Vec<NamedArea>,
            /// How many came after it.
            count: u32,
        } => format!("代码{}已不再使用（{}），其范围现属：{}", old.code, old.zh(), some(areas, *count)),
            format!("the code {} is no longer in use ({}); what it was is now in {}", old.code, old.en(), some(areas, *count));
            "请填现行代码，或写明乡镇和村名", "enter the present code, or the names of town and village";
        /// A code that is no longer in use, of a division after which nothing came.
        "AREA_CODE_ABOLISHED" CodeAbolished {
            /// The division as it was.
            old: Ended,
        } => format!("代码{}已不再使用（{}），没有后续区划的记录", old.code, old.zh()),
            format!("the code {} is no longer in use ({}), and nothing is known to have come after it", old.code, old.en());
            "请填所在村（社区）的现行代码", "enter the present code of the village where it is";
        /// Divisions served that lie beyond the county of the provider.
        "COVERAGE_BEYOND_COUNTY" BeyondCounty {
            /// The first of them.
            areas: Vec<NamedArea>,
            /// How many there are.
            count: u32,
            /// The city or the province to register it with.
            register_with: NamedArea,
        } => format!("服务范围超出了所在的县区：{}", some(areas, *count)),
            format!("what is served lies beyond the county of the provider: {}", some(areas, *count));
            format!("跨县区的服务请在上一级登记：所在地填{register_with}；只在本县区服务的，请核对代码"),
            format!("register a service for several counties with {register_with}, as its place; otherwise check the codes");
        /// A place outside the area that the clerk acts for.
        "AREA_NOT_YOURS" NotYours {
            /// That area.
            area: AreaCode,
        } => format!("不在您负责的区域（{area}）内"), format!("it is outside the area you act for ({area})");
            "请核对代码，或由当地经办人登记", "check the code, or leave it to the clerk of that area";
    }
}
