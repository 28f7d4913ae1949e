//! The columns of an office's list.

use crate::cell;
use crate::gazetteer::Gazetteer;
use crate::sheet::Line;
use crate::whose::Whose;
use schema::finding::FormColumn;
use schema::identity_number::{self, Within};
use schema::limits::length;
use schema::{AreaCode, PersonalField};
use std::borrow::Cow;

/// One column, by the name that the office's own form prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name on the form.
    pub name: &'static str,
    /// The name in English, for reports.
    pub name_en: &'static str,
    /// Other names under which clerks hand it in.
    pub aliases: &'static [&'static str],
    /// Without this column in the header, the whole file is refused. A blank cell is another matter: the row function
    /// says which cells must be filled.
    pub required: bool,
    /// Holds personal data: compared only under the person's key, and sealed wherever it is kept.
    pub personal: bool,
    /// The name of a column that does instead when this required one is missing.
    pub instead: Option<&'static str>,
    /// Helps to understand another column where a list happens to have it; a list that lacks it lacks nothing.
    pub is_hint: bool,
    /// Holds the number of something: a credit code, a licence, a team.
    pub numbers: bool,
    /// How many characters a cell may have.
    pub most: usize,
    /// Its heading may stand over several columns (开放时间 over 上午 and 下午); their cells are read one after the other,
    /// each behind its own heading.
    pub in_parts: bool,
    /// Holds telephone numbers, and whose. Several columns of the file may be this one (手机 and 固定电话); their cells are
    /// read as one list.
    pub telephones: Option<Whose>,
    /// Holds how many places there are, which clerks may say beside how many are free.
    pub of_places: bool,
}

impl Column {
    /// A column without which the file is refused.
    pub const fn required(name: &'static str, name_en: &'static str) -> Self {
        Column {
            name,
            name_en,
            aliases: &[],
            required: true,
            personal: false,
            instead: None,
            is_hint: false,
            numbers: false,
            most: length::WORDS,
            in_parts: false,
            telephones: None,
            of_places: false,
        }
    }

    /// A column that may be missing.
    pub const fn optional(name: &'static str, name_en: &'static str) -> Self {
        Column { required: false, ..Column::required(name, name_en) }
    }

    /// A column that no form asks for and that helps to understand another.
    pub const fn hint(name: &'static str, name_en: &'static str) -> Self {
        Column { is_hint: true, ..Column::optional(name, name_en) }
    }

    /// The same column, also known by these names.
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Column { aliases, ..self }
    }

    /// The same column, for which another does when it is missing.
    pub const fn or(self, instead: &'static Column) -> Self {
        Column { instead: Some(instead.name), ..self }
    }

    /// The same column, for telephone numbers of the service.
    pub const fn of_telephones(self) -> Self {
        Column { telephones: Some(Whose::Service), ..self }
    }

    /// The same column, for telephone numbers of who answers for the service: whatever column's heading speaks of a person
    /// and a telephone.
    pub const fn of_contacts_telephones(self) -> Self {
        Column { telephones: Some(Whose::Contact), personal: true, ..self }
    }

    /// Whether several columns of the file may be this one.
    pub(crate) fn gathers(&self) -> bool {
        self.telephones.is_some()
    }

    /// As what its cells are sealed, if it holds personal data.
    pub fn sealed_as(&self) -> Option<PersonalField> {
        match (self.personal, self.telephones) {
            (false, _) => None,
            (true, Some(Whose::Contact)) => Some(PersonalField::ContactPhone),
            (true, Some(Whose::Service | Whose::SomebodyElse) | None) => Some(PersonalField::ContactName),
        }
    }

    /// The same column, whose heading may stand over several of the file.
    pub const fn of_parts(self) -> Self {
        Column { in_parts: true, ..self }
    }

    /// The column as an argument of a finding.
    pub fn on_form(&self) -> FormColumn {
        FormColumn { name: self.name.to_owned(), english: self.name_en.to_owned() }
    }

    /// The same column, holding personal data: somebody's name.
    pub const fn personal(self) -> Self {
        Column { personal: true, most: length::NAME, ..self }
    }

    /// The same column, holding how many places there are.
    pub const fn of_places(self) -> Self {
        Column { of_places: true, ..self }
    }

    /// The same column, holding numbers of something.
    pub const fn numbers(self) -> Self {
        Column { numbers: true, most: length::NUMBER, ..self }
    }

    /// The same column, whose cells have at most so many characters.
    pub const fn at_most(self, most: usize) -> Self {
        Column { most, ..self }
    }

    /// The last four characters of an identity number that stands in a cell of the column. A credit code in its own
    /// column is none, whatever its digits say.
    pub fn identity_number_in(&self, text: &str) -> Option<String> {
        match self.numbers {
            true if cell::credit::credit_code(text).value.is_some() => None,
            true => identity_number::last_four_in(text, Within::Numbers),
            false => identity_number::last_four_in(text, Within::Text),
        }
    }
}

/// Where a row says in which community it lies.
#[derive(Clone, Copy, Debug)]
pub struct PlaceColumns {
    /// The column of the code. Names are understood in it as well.
    pub code: &'static Column,
    /// The columns that name the divisions above, the widest first.
    pub above: &'static [&'static Column],
    /// The column that names the community: read where the code is blank, compared with it where it is not.
    pub name: &'static Column,
    /// The column of the address, which may tell villages of one name apart.
    pub address: &'static Column,
}

impl PlaceColumns {
    /// The division that a row says it stands in, if that can be told.
    pub fn read(&self, line: &Line, areas: &Gazetteer, within: Option<AreaCode>) -> Option<AreaCode> {
        let (_, text) = self.of(line);
        cell::area::area(&text, areas, within, line.cell(self.address)).value
    }

    /// What a row says of its community, and in which column: its code, or else its names from the county down; or those
    /// of its town, when it says no more.
    pub fn of<'l>(&self, line: &'l Line) -> (&'static Column, Cow<'l, str>) {
        let code = line.cell(self.code);
        if !cell::is_blank(code) && cell::area::is_code(&cell::normalise(code)) {
            return (self.code, Cow::Borrowed(code));
        }
        let column = if cell::is_blank(code) { self.name } else { self.code };
        let name = line.cell(column);
        let above = self.above.iter().map(|column| line.cell(column)).filter(|name| !cell::is_blank(name));
        if cell::is_blank(name) {
            let town = self.above.last().filter(|town| !cell::is_blank(line.cell(town)));
            return match town {
                Some(town) => (town, Cow::Owned(above.collect::<Vec<_>>().join(" "))),
                None => (self.code, Cow::Borrowed("")),
            };
        }
        (column, Cow::Owned(above.chain([name]).collect::<Vec<_>>().join(" ")))
    }
}

/// How it stands, where a list has a column for that.
pub const STATE: Column = Column::hint("运营状态", "Operating status").also(&[
    "状态",
    "营业状态",
    "经营状态",
    "服务状态",
    "运行状态",
    "开放状态",
    "使用状态",
    "登记状态",
    "是否营业",
    "是否运营",
    "是否开放",
    "是否启用",
    "是否正常运营",
    "运营情况",
    "营业情况",
    "运行情况",
]);

/// What a clerk has to say besides: looked at for whether it is in operation.
pub const REMARK: Column =
    Column::hint("备注", "Remarks").also(&["备注说明", "说明", "情况说明", "其他说明", "备注栏", "备注(说明)"]);

/// 空余名额: how many places are free, where a list has a column for that.
pub const VACANCY: Column = Column::hint("空余名额", "Free places")
    .also(&[
        "空余床位",
        "空余床位数",
        "空余床位或名额",
        "空余名额数",
        "空余数",
        "空床",
        "空床数",
        "空床位",
        "空床位数",
        "空位",
        "空位数",
        "空闲床位",
        "空闲床位数",
        "剩余床位",
        "剩余床位数",
        "剩余名额",
        "剩余名额数",
        "尚余名额",
        "尚余床位",
        "余位",
        "可用床位",
        "可用床位数",
        "可入住床位",
        "可入住床位数",
        "现有空床",
        "现有空床数",
        "当前空床数",
        "剩余结对名额",
        "尚可结对数",
        "还可结对数",
    ])
    .of_places();

/// 空余统计日期: on which day so many were free.
pub const VACANCY_ON: Column = Column::hint("空余统计日期", "Free places counted on").also(&[
    "空床统计日期",
    "空床更新日期",
    "空床统计时间",
    "余位更新日期",
    "名额更新日期",
    "名额统计日期",
    "空余更新日期",
    "空余床位更新日期",
    "空余名额更新日期",
    "床位更新日期",
    "床位统计日期",
]);

/// 所需材料: what a person must bring, where a list has a column for that.
pub const DOCUMENTS: Column = Column::hint("所需材料", "What to bring").also(&[
    "需带证件",
    "所需证件",
    "办理材料",
    "申请材料",
    "所需资料",
    "需要材料",
    "需提供材料",
    "需携带材料",
    "需携带证件",
    "携带证件",
    "携带材料",
    "提交材料",
    "办理所需材料",
    "申请所需材料",
    "材料清单",
    "证件要求",
    "凭证",
    "所需证明",
]);

/// 县区: the county, where a list names it beside the community.
pub const COUNTY: Column = Column::hint("所在县区", "County").also(&[
    "县区",
    "区县",
    "县(区)",
    "区(县)",
    "县市区",
    "县(市、区)",
    "所属县区",
    "所属区县",
    "所在区县",
    "所在县(区)",
    "所属县(区)",
]);

/// 乡镇: the town, where a list names it beside the community.
pub const TOWN: Column = Column::hint("所在乡镇", "Town").also(&[
    "乡镇",
    "镇街",
    "街镇",
    "街道",
    "乡镇街道",
    "乡镇(街道)",
    "镇(街道)",
    "乡(镇)",
    "乡镇名称",
    "所属乡镇",
    "所属镇街",
    "所在镇街",
    "所在乡镇街道",
    "所属乡镇街道",
    "所在街道",
]);

/// 村（社区）: the community, where a list names it beside its code or in its place.
pub const COMMUNITY: Column = Column::hint("所在村居", "Village or community").also(&[
    "村居",
    "村社",
    "村",
    "社区",
    "村(社区)",
    "村(居)",
    "行政村",
    "所在村",
    "所在社区",
    "所在村社",
    "所在村(社区)",
    "所在村(居)",
    "所属村居",
    "所属村社",
    "所属社区",
    "所属村",
    "所属村(社区)",
    "所属村(居)",
    "村居名称",
    "村社名称",
    "村名",
    "社区名称",
    "村(社区)名称",
    "村(居)名称",
]);

/// What lists call the column of a community's code, whatever the form of the office prints.
pub const CODES_OF_VILLAGES: &[&str] = &[
    "村居代码",
    "村社代码",
    "所在村居代码",
    "所在村社代码",
    "所在地代码",
    "活动地代码",
    "村代码",
    "社区代码",
    "村(社区)代码",
    "村(居)代码",
    "行政区划代码",
    "区划代码",
    "统计用区划代码",
    "统计区划代码",
    "村级代码",
    "村居编码",
    "村社编码",
    "区划编码",
    "12位区划代码",
    "所在地区划代码",
    "所在村代码",
    "所在社区代码",
    "所在村(社区)代码",
    "行政村代码",
    "地区代码",
    "所在地编码",
];

/// What lists call the column of the service's telephone numbers.
pub const TELEPHONES: &[&str] = &[
    "电话",
    "联系电话",
    "联络电话",
    "电话号码",
    "联系方式",
    "服务电话",
    "咨询电话",
    "热线电话",
    "站点电话",
    "固定电话",
    "座机",
    "办公电话",
    "手机",
    "手机号",
    "手机号码",
    "移动电话",
    "联系手机",
    "预约电话",
    "订餐电话",
];
