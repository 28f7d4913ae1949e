//! What a cell or a field was found to hold.

use super::FormColumn;
use crate::Category;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why no rules came of opening hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoursDoubt {
    /// Words that were not understood.
    Words,
    /// Times without days.
    NoDays,
    /// Days without times.
    NoTimes,
    /// A span that ends before it begins.
    EndsBeforeItBegins,
    /// A time that may be in the forenoon or in the afternoon.
    HalfOfDay,
    /// A day with two sayings about it.
    DaysTwice,
}

impl HoursDoubt {
    fn zh(self) -> &'static str {
        match self {
            HoursDoubt::Words => "开放时间看不准，按“时间待核实”登记，原文已保留",
            HoursDoubt::NoDays => "只有钟点，没有说哪几天，按“时间待核实”登记，原文已保留",
            HoursDoubt::NoTimes => "只有日子，没有钟点，按“时间待核实”登记，原文已保留",
            HoursDoubt::EndsBeforeItBegins => "结束早于开始，可能是下午没按24小时写，按“时间待核实”登记，原文已保留",
            HoursDoubt::HalfOfDay => "看不出是上午还是下午（下午请按24小时写），按“时间待核实”登记，原文已保留",
            HoursDoubt::DaysTwice => "同一天写了两种时间，看不出以哪个为准，按“时间待核实”登记，原文已保留",
        }
    }

    fn en(self) -> &'static str {
        match self {
            HoursDoubt::Words => "the hours were not understood; registered as unknown, the words are kept",
            HoursDoubt::NoDays => "times without days; registered as unknown, the words are kept",
            HoursDoubt::NoTimes => "days without times; registered as unknown, the words are kept",
            HoursDoubt::EndsBeforeItBegins => {
                "it ends before it begins, perhaps the afternoon was meant; registered as unknown, the words are kept"
            }
            HoursDoubt::HalfOfDay => "forenoon or afternoon cannot be told; registered as unknown, the words are kept",
            HoursDoubt::DaysTwice => "two times are given for one day; registered as unknown, the words are kept",
        }
    }
}

/// `是不是…？` before a remedy, when there is something to suggest.
fn suggested_zh(suggestion: Option<&String>) -> String {
    suggestion.map(|meant| format!("是不是{meant}？")).unwrap_or_default()
}

fn suggested_en(suggestion: Option<&String>) -> String {
    suggestion.map(|meant| format!("did you mean {meant}? ")).unwrap_or_default()
}

finding_codes! {
    /// What a cell or a field was found to hold.
    pub enum CellFinding {
        /// Nothing, where something must stand.
        "MISSING" Missing {
            /// The column.
            column: FormColumn,
        } => format!("{}没有填写", column.name), format!("{} is missing", column.english);
            format!("请补填{}", column.name), format!("fill in {} ({})", column.name, column.english);
        /// Too little in the row, where no column says so itself.
        "INCOMPLETE" Incomplete =>
            "这一行缺少必须填写的内容", "the row lacks something that must be filled";
            "请对照表头补填", "fill in what the header asks for";
        /// More cells than the header has.
        "ROW_SHIFTED" RowShifted =>
            "这一行比表头多出单元格，内容错了位（常见的是内容里的逗号没有加引号）",
            "the row has more cells than the header, so what stands in it is shifted (often by a comma that is not quoted)";
            "请把含逗号的内容用双引号括起来，或另存为xlsx再交", "quote what holds a comma, or save the table as XLSX";
        /// Words that say that it is not in operation.
        "NOT_OPERATING" NotOperating {
            /// The words.
            words: String,
        } => format!("写着“{words}”，是否在提供服务按“待核实”登记"),
            format!("it says {words:?}; whether it is in operation is registered as to be checked");
            "如已停办，请从名单删去或办理注销；如正常提供服务，请改正", "withdraw it if it is closed, or correct the words if it is not";
        /// More text than a cell or a field may have.
        "TEXT_TOO_LONG" TextTooLong {
            /// How many characters a cell may have.
            most: u32,
        } => format!("内容超过{most}字"), format!("more than {most} characters");
            "请写得短一些，或分成几行登记", "shorten it, or register several rows";
        /// More findings in one cell, or in a row as a whole, than are listed.
        "FINDINGS_LEFT_OUT" FindingsLeftOut {
            /// How many are not listed.
            count: u32,
        } => format!("这里还有{count}处问题，没有一一列出"), format!("{count} more findings here are not listed");
            "请先改正列出的几处，再预检一次", "correct those that are listed, then check the file again";
        /// The identity number of a person (GB 11643).
        "IDENTITY_NUMBER" IdentityNumber {
            /// All that is said of it.
            last_four: String,
        } => format!("这里写有公民身份号码（末四位{last_four}），不能登记，也没有保存"),
            format!("an identity number stands here (its last four: {last_four}); it was neither taken in nor kept");
            "请删去身份证号后再交", "remove the identity number and hand it in again";
        /// Shown in place of whatever was found where something of the registration was retracted: it may quote that.
        "RETRACTED" Retracted =>
            "这条登记有内容已撤下，这里原来写的不再显示", "something of this registration was retracted, so what stood here is not shown any more";
            "请在原件上核对", "look it up in the file itself";
        /// What a broken formula left, e.g. `#REF!`.
        "FORMULA_BROKEN" FormulaBroken =>
            "单元格里是公式错误，不是内容", "the cell holds an error of a formula, not a value";
            "请把公式改成实际内容后再交", "replace the formula by its value";
        /// A category that is in no catalogue; kept as written.
        "CATEGORY_UNKNOWN" CategoryUnknown {
            /// The category.
            category: String,
        } => format!("“{category}”不在服务类别目录里，已按原文登记"),
            format!("{category:?} is not in the catalogue of categories; registered as written");
            format!("如系笔误，请改为：{}", Category::KNOWN.join("、")),
            format!("if it is a slip, use one of: {}", Category::KNOWN.join(", "));
        /// A telephone number in scientific notation.
        "PHONE_AS_NUMBER" PhoneAsNumber =>
            "电话被表格变成了科学计数，后几位已经丢失", "the spreadsheet turned the number into scientific notation";
            "请把这一列设为“文本”格式后重新填写", "format the column as text and enter it again";
        /// A short number of a hotline.
        "PHONE_NOT_REACHABLE" PhoneNotReachable =>
            "这是服务热线短号，打不到提供者本身，没有登记",
            "a short hotline number does not reach this provider; it was left out";
            "请填提供者自己的固定电话或手机", "give the provider's own number";
        /// A number with an extension.
        "PHONE_EXTENSION" PhoneExtension =>
            "只登记了总机号码，分机号只保留在原文里",
            "only the main number was registered; the extension is kept in the words";
            "如有直拨号码，请改填直拨号码", "if there is a direct number, give that one";
        /// A fax number.
        "PHONE_FAX" PhoneFax =>
            "传真号码打不通电话，没有登记", "a fax number cannot be called; it was left out";
            "请填可以拨打的电话", "give a number that can be called";
        /// Something that is not a telephone number.
        "PHONE_UNKNOWN" PhoneUnknown =>
            "有看不懂的电话号码，没有登记",
            "what stands here is not, or not only, a telephone number; that part was left out";
            "请填带区号的完整号码或11位手机号；多个号码用顿号隔开",
            "give whole numbers with their area code, separated by commas";
        /// A mobile number that is taken for a person's own.
        "MOBILE_KEPT" MobileKept =>
            "这里填的手机号按个人号码处理：已加密，只供办事人员使用，不对外公布",
            "a mobile number given here counts as a person's own: it is sealed, kept for the desk and shown to nobody else";
            "如是对外服务的号码，请在号码后注明“（服务电话）”或“（公开）”",
            "if it is the service's, write （服务电话） or （公开） behind it";
        /// `长期` where a last day was asked for.
        "DATE_OPEN_ENDED" DateOpenEnded =>
            "写的是长期有效，没有到期日，按“有效期未知”登记",
            "it says that it holds without end; registered as not known until when";
            "如有到期日，请按年-月-日填写", "if there is a last day, write it as 2030-03-05";
        /// A year of two digits.
        "DATE_SHORT_YEAR" DateShortYear {
            /// The year that it was taken for.
            year: u16,
        } => format!("年份只写了两位，按{year}年登记"), format!("a year of two digits, taken as {year}");
            "请写四位年份", "write the year with four digits";
        /// A day that no calendar has.
        "DATE_IMPOSSIBLE" DateImpossible =>
            "没有这一天", "there is no such day"; "请按年-月-日填写，如2025-03-05", "write it as 2025-03-05";
        /// Not a day.
        "DATE_UNKNOWN" DateUnknown =>
            "看不出是哪一天，已按空白登记", "not a day; registered as if blank";
            "请按年-月-日填写，如2025-03-05", "write it as 2025-03-05";
        /// `2025.1`: January, or October whose zero was dropped.
        "DATE_AMBIGUOUS" DateAmbiguous =>
            "可能是1月，也可能是10月丢了0，已按空白登记",
            "January, or October whose zero was dropped; registered as if blank";
            "请按年-月-日填写，如2025-10-01", "write it as 2025-10-01";
        /// A credit code that became a number.
        "CREDIT_CODE_AS_NUMBER" CreditCodeAsNumber =>
            "统一社会信用代码被表格变成了数字，后几位已经丢失",
            "the spreadsheet turned the credit code into a number and lost its last digits";
            "请把这一列设为“文本”格式，按营业执照重新填写18位代码；没有可以留空",
            "format the column as text and enter the 18 characters again, or leave it blank";
        /// An old registration number of fifteen digits.
        "CREDIT_CODE_OLD" CreditCodeOld =>
            "这是15位的旧注册号，不是统一社会信用代码，没有登记",
            "this is an old registration number of 15 digits, not a credit code; it was left out";
            "请按营业执照（登记证书）核对；没有可以留空", "check it against the licence, or leave it blank";
        /// A credit code of another length.
        "CREDIT_CODE_LENGTH" CreditCodeLength {
            /// How many characters it has.
            length: u32,
        } => format!("统一社会信用代码应为18位，这里是{length}位"),
            format!("a credit code has 18 characters, this has {length}");
            "请按营业执照（登记证书）核对；没有可以留空", "check it against the licence, or leave it blank";
        /// A character that no credit code has.
        "CREDIT_CODE_CHARACTER" CreditCodeCharacter {
            /// The character.
            character: char,
            /// The code that is right when letters are read as the digits they resemble.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            suggestion: Option<String>,
        } => format!("统一社会信用代码里不会有“{character}”"), format!("{character:?} does not occur in a credit code");
            format!("{}请按营业执照（登记证书）核对；没有可以留空", suggested_zh(suggestion.as_ref())),
            format!("{}check it against the licence, or leave it blank", suggested_en(suggestion.as_ref()));
        /// A wrong check character.
        "CREDIT_CODE_CHECK" CreditCodeCheck {
            /// What it should be by the first seventeen.
            expected: char,
            /// What it is.
            found: char,
        } => format!("统一社会信用代码校验位不对：按前17位应为{expected}，写的是{found}"),
            format!("the check character is wrong: by the first 17 it should be {expected}, it is {found}");
            "请按营业执照逐位核对（常见的是错一位或两位颠倒）；没有可以留空",
            "compare it with the licence character by character (one wrong, or two swapped), or leave it blank";
        /// An age that nobody reaches.
        "AGE_IMPOSSIBLE" AgeImpossible =>
            "没有这样的年龄", "nobody reaches that age";
            "请填0到130之间的周岁", "give full years between 0 and 130";
        /// Fewer than none.
        "NUMBER_NEGATIVE" NumberNegative =>
            "不能是负数", "it cannot be negative"; "请核对后填写", "check it and enter it again";
        /// Not one number.
        "NUMBER_UNKNOWN" NumberUnknown =>
            "看不出是多少，已按空白登记", "not a number; registered as if blank";
            "请只填一个数字", "enter one number only";
        /// Two numbers of places of which nothing says which is which, or that contradict one another.
        "PLACES_UNCLEAR" PlacesUnclear =>
            "看不出哪个是总数、哪个是空余，或前后不一致；空余数没有登记", "which number is of all places and which of the free ones cannot be told";
            "请写成“50张（空3张）”，或分成“床位数”“空余床位”两列", "write 50张（空3张）, or use a column for each";
        /// More are free than there are.
        "VACANCY_ABOVE_CAPACITY" VacancyAboveCapacity {
            /// So many are free, it says.
            free: u32,
            /// Of so many.
            all: u32,
        } => format!("空余{free}比总数{all}还多；空余数没有登记"), format!("{free} free of {all} cannot be; what is free was left out");
            "请核对总数和空余数", "check both numbers";
        /// Free on a day that has not come.
        "VACANCY_AHEAD" VacancyAhead {
            /// The day.
            day: NaiveDate,
        } => format!("空余数的日期{day}还没有到；空余数没有登记"), format!("{day} has not come yet; what is free was left out");
            "请填统计空余数的日期", "give the day on which they were counted";
        /// Neither yes nor no.
        "YES_NO_UNKNOWN" YesNoUnknown =>
            "看不出是“是”还是“否”", "neither yes nor no"; "请填“是”或“否”", "enter 是 or 否";
        /// A time that no clock shows.
        "HOURS_IMPOSSIBLE" HoursImpossible {
            /// The time, as written.
            time: String,
        } => format!("没有“{time}”这个时间"), format!("no clock shows {time}");
            "请核对后按0:00-24:00填写", "check it; times run from 0:00 to 24:00";
        /// Hours of which no rules came.
        "HOURS_UNKNOWN" HoursUnknown {
            /// Why not.
            why: HoursDoubt,
        } => why.zh(), why.en();
            "请写成“周一至周五 8:00-12:00,14:00-17:30”这样", "write it as 周一至周五 8:00-12:00,14:00-17:30";
        /// Hours that differ on holidays.
        "HOURS_HOLIDAYS" HoursHolidays =>
            "钟点已登记；节假日的安排只保留在原文里", "the hours were taken; what holds on holidays is only in the words";
            "如节假日不同，可在节前单独变更登记", "if holidays differ, revise the registration before each";
        /// Groups that were not understood.
        "AUDIENCE_UNKNOWN" AudienceUnknown =>
            "服务对象里有看不懂的说法，原文已保留", "not all of whom this is for was understood; the words are kept";
            "可用：老年人、儿童、妇女、残疾人、全体居民，及特困、低保、独居、空巢、失能等",
            "use 老年人, 儿童, 妇女, 残疾人, 全体居民, and conditions such as 特困, 低保, 独居, 空巢, 失能";
        /// Groups with different conditions.
        "AUDIENCE_PARTLY" AudiencePartly =>
            "各类对象的条件不同，只登记了共同部分，原文已保留",
            "the groups have different conditions; only what they share was taken, the words are kept";
            "如条件不同，请分两行登记", "register groups with different conditions as two rows";
        /// A limit that no field holds: an exclusion, a grade, circumstances that must hold together.
        "AUDIENCE_LIMITED" AudienceLimited =>
            "服务对象里另有限制（如“除外”、等级、须同时具备），没有对应的栏目，符合与否按“待核实”显示，原文已保留",
            "there is a limit on whom it is for that no field holds (an exclusion, a grade, several at once); who may use it is shown as to be checked, the words are kept";
            "如没有这样的限制，请只写服务对象",
            "if there is no such limit, name only the groups";
        /// What stood before stays, since what the cell says now was not understood.
        "EARLIER_KEPT" EarlierKept =>
            "这次填写的看不懂，沿用原来登记的内容", "what is written now was not understood; what was registered before stays";
            "请改成看得懂的写法；要删去原来的内容，请填“删除”", "write it so that it can be read; to take back what stands, enter 删除";
        /// The result of an inspection that was not understood.
        "INSPECTION_RESULT_UNKNOWN" InspectionResultUnknown =>
            "检查结果看不懂，未登记", "the result was not understood; it was left out";
            "请填“合格”或“不合格”", "enter 合格 (passed) or 不合格 (failed)";
    }
}
