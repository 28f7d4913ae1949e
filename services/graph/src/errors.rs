//! What can be wrong with a question: a stable `extensions.code`, and words in Chinese or English.

use super::limits::Excess;
use async_graphql::{Context, Error, ErrorExtensionValues, ErrorExtensions, Response, ServerError, Value};
use chassis::http::Lang;
use directory::read_model::NoView;
use directory::scopes::OutOfScope;
use directory::segments::Damaged;
use schema::AreaCode;
use schema::eligibility::OLDEST_AGE;
use schema::position::PositionError;

/// Extensions that carry both languages from where no request is at hand, until [`finish`] chooses one.
pub(super) const ZH: &str = "zh";
/// The English one.
pub(super) const EN: &str = "en";

/// The code of what another directory holds. Its answer has the status 421.
pub const OUT_OF_SCOPE: &str = "OUT_OF_SCOPE";
/// The code of a document that is not listed, in Apollo's words. Its answer has the status 403.
pub(super) const NOT_LISTED: &str = "QUERY_NOT_IN_SAFELIST";
/// The code of a name that is not listed, in Apollo's words. Its answer has the status 404.
pub(super) const NAME_NOT_LISTED: &str = "PERSISTED_QUERY_NOT_IN_LIST";
/// The code of what is asked too often. Its answer has the status 429.
pub(super) const RATE_LIMITED: &str = "RATE_LIMITED";

/// Every code of an error and what it means whatever the question: what a question is refused for says more in its message.
pub(super) const CODES: [(&str, &str, &str); 32] = [
    ("NOT_YET", "目录尚未处理到该位置", "The directory has not got that far yet."),
    ("OUT_OF_SCOPE", "所查辖区由另一个目录负责", "Another directory holds the scope that is asked for."),
    ("BAD_POSITION", "不是位置标记，或属于另一套日志", "Not a position token, or one of another log."),
    ("BAD_CURSOR", "不是本列表返回的游标", "Not a cursor of this list."),
    ("AS_OF_TWICE", "asOf 与 asOfPosition 只能用一个", "Both asOf and asOfPosition were given."),
    ("FIRST_OUT_OF_RANGE", "first 超出范围", "More, or fewer, than can be asked for at once (first)."),
    ("LAST_OUT_OF_RANGE", "last 超出范围", "More, or fewer, than can be asked for at once (last)."),
    ("UNKNOWN_AREA", "所用区划表中没有该代码", "No division of the list has this code."),
    (
        "AREA_DIVIDED",
        "该代码的区划已拆分为几个，须选用其中一个",
        "The division was divided into several; ask for one of them.",
    ),
    ("SCHEME_NOT_CROSSED", "该代码属于另一区划表，不能直接换用", "A code of a list in which no registration is kept."),
    ("TEXT_TOO_LONG", "搜索的文字过长", "The text to look for is too long."),
    ("BAD_AGE", "不是有效的周岁年龄", "Not an age in full years."),
    (
        "PERSON_IN_ADDRESS",
        "网址中不能写个人情况，请用 POST",
        "What is known of a person must not stand in an address: ask by POST.",
    ),
    ("CONTRADICTION", "同一条件同时列为具备和不具备", "A condition is both named and denied."),
    (
        "PERSISTED_QUERY_NOT_FOUND",
        "没有这个摘要的查询，请连同查询文本再发一次",
        "No document of this digest is known: send it with its text.",
    ),
    ("PERSISTED_QUERY_MISMATCH", "摘要与查询文本不符", "The digest is not that of the text."),
    ("PERSISTED_QUERY_NOT_SUPPORTED", "不支持这种指明查询的方式", "Not a way of naming a document that is known here."),
    ("QUERY_NOT_IN_SAFELIST", "查询不在允许清单中", "The document is not among those that are answered here."),
    ("PERSISTED_QUERY_NOT_IN_LIST", "允许清单中没有这个标识", "No document that is answered here is called so."),
    ("RATE_LIMITED", "请求过于频繁", "Too many requests."),
    ("TOO_COMPLEX", "查询过大", "The question is too large."),
    ("TOO_MANY_OPERATIONS", "一个连接同时进行的操作太多", "One connection carries too many operations at a time."),
    ("DATA_LOSS", "目录的本机数据已损坏", "What this directory keeps on disk is damaged."),
    ("UNAUTHENTICATED", "须先登录", "Only for those who have signed in."),
    ("BAD_VARIABLE", "必须给出的变量没有值", "A variable that must have a value has none."),
    ("FORBIDDEN", "您的角色无权查看", "Your role may not see this."),
    ("OUTSIDE_AREA", "超出您的权限区划", "Outside the area that you are bound to."),
    ("BAD_QUERY", "查询文本有误，或与接口定义不符", "The document cannot be read, or does not fit the schema."),
    ("BAD_REQUEST", "请求不是 GraphQL 请求", "The request is no GraphQL request."),
    ("BAD_AREA_CODE", "不是行政区划代码", "Not a division code."),
    ("BAD_TIME", "不是带时差的时间", "Not a time with its offset."),
    ("BAD_DATE", "不是日期", "Not a day."),
];

/// What is wrong with a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The directory or the centre has not got that far.
    NotYet,
    /// Another directory holds what is asked for.
    OutOfScope(OutOfScope),
    /// Not a position token, or one of another log.
    BadPosition(PositionError),
    /// Not a cursor of this list.
    BadCursor,
    /// Both `asOf` and `asOfPosition`.
    AsOfTwice,
    /// More, or fewer, than can be asked for at once.
    FirstOutOfRange {
        /// How many were asked for.
        first: i32,
        /// How many can be.
        most: i32,
    },
    /// The same, from the end.
    LastOutOfRange {
        /// How many were asked for.
        last: i32,
        /// How many can be.
        most: i32,
    },
    /// No division of the list has this code.
    UnknownArea {
        /// The code asked for.
        code: AreaCode,
        /// The division in which it lay, if that went over into others while nothing says where in them it lies.
        lay_in: Option<Divided>,
    },
    /// The division of this code went over into several, and the code does not say which is meant.
    AreaDivided {
        /// The code asked for.
        code: AreaCode,
        /// What became of it.
        divided: Divided,
    },
    /// A code of a list in which no registration is kept.
    SchemeNotCrossed {
        /// The code asked for.
        code: AreaCode,
        /// The division of the declared list that has the same name in the same city, if exactly one has.
        suggestion: Option<(AreaCode, String)>,
    },
    /// More text to look for than any name has.
    TextTooLong {
        /// The most, in characters.
        most: usize,
    },
    /// Not an age in full years.
    BadAge(i32),
    /// Not an age in full months.
    BadAgeMonths(i32),
    /// The age in months is not of the age in years.
    AgesDiffer {
        /// In full years.
        years: u8,
        /// In full months.
        months: u16,
    },
    /// Not a grade of disability.
    BadDisabilityGrade(i32),
    /// What is known of a person stands in an address, which is kept and passed on.
    PersonInAddress,
    /// A condition both named and denied.
    Contradiction(String),
    /// A document named by a digest that is not known here: send it with its text.
    PersistedQueryNotFound,
    /// A digest of another text, or none.
    PersistedQueryMismatch,
    /// Not the way of naming a document that is known here.
    PersistedQueryNotSupported,
    /// A document that is not among those that are answered here.
    NotListed,
    /// The name of none of the documents that are answered here.
    NameNotListed,
    /// This client asks too often.
    RateLimited {
        /// In how many seconds it may ask again.
        again: u64,
    },
    /// A question that is too large.
    TooComplex(Excess),
    /// More operations over one connection than it may carry at a time.
    TooManyOperations(usize),
    /// What is asked for cannot be read from disk; the directory is to be made anew.
    Damaged,
    /// Only for those who have signed in.
    Unauthenticated,
    /// A variable that must have a value has none, or null.
    BadVariable {
        /// Its name.
        name: String,
        /// Its type, as the operation declares it.
        of: String,
    },
    /// Not for this caller.
    Forbidden,
    /// A list of a division outside the area that the caller is bound to.
    OutsideArea {
        /// That area.
        own: AreaCode,
    },
}

/// The most full months of somebody of so many full years.
fn months(years: u8) -> u16 {
    u16::from(years) * 12 + 11
}

/// A division that went over into several, or in which a code lay that did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divided {
    /// Its code and name.
    pub old: (AreaCode, String),
    /// The year of the change.
    pub year: Option<i32>,
    /// The codes and names of what it went over into.
    pub into: Vec<(AreaCode, String)>,
}

impl From<Damaged> for Fault {
    fn from(Damaged: Damaged) -> Fault {
        Fault::Damaged
    }
}

impl Fault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::NotYet => "NOT_YET",
            Fault::OutOfScope(_) => OUT_OF_SCOPE,
            Fault::BadPosition(_) => "BAD_POSITION",
            Fault::BadCursor => "BAD_CURSOR",
            Fault::AsOfTwice => "AS_OF_TWICE",
            Fault::FirstOutOfRange { .. } => "FIRST_OUT_OF_RANGE",
            Fault::LastOutOfRange { .. } => "LAST_OUT_OF_RANGE",
            Fault::UnknownArea { .. } => "UNKNOWN_AREA",
            Fault::AreaDivided { .. } => "AREA_DIVIDED",
            Fault::SchemeNotCrossed { .. } => "SCHEME_NOT_CROSSED",
            Fault::TextTooLong { .. } => "TEXT_TOO_LONG",
            Fault::BadAge(_) => "BAD_AGE",
            Fault::BadAgeMonths(_) => "BAD_AGE_MONTHS",
            Fault::AgesDiffer { .. } => "AGES_DIFFER",
            Fault::BadDisabilityGrade(_) => "BAD_DISABILITY_GRADE",
            Fault::PersonInAddress => "PERSON_IN_ADDRESS",
            Fault::Contradiction(_) => "CONTRADICTION",
            Fault::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Fault::PersistedQueryMismatch => "PERSISTED_QUERY_MISMATCH",
            Fault::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Fault::NotListed => NOT_LISTED,
            Fault::NameNotListed => NAME_NOT_LISTED,
            Fault::RateLimited { .. } => RATE_LIMITED,
            Fault::TooComplex(_) => "TOO_COMPLEX",
            Fault::TooManyOperations(_) => "TOO_MANY_OPERATIONS",
            Fault::Damaged => "DATA_LOSS",
            Fault::Unauthenticated => "UNAUTHENTICATED",
            Fault::BadVariable { .. } => "BAD_VARIABLE",
            Fault::Forbidden => "FORBIDDEN",
            Fault::OutsideArea { .. } => "OUTSIDE_AREA",
        }
    }

    /// What is wrong, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Fault::NotYet => "目录尚未处理到该位置，请稍后再试。".to_owned(),
            Fault::OutOfScope(OutOfScope { scope, held }) => {
                format!("辖区 {scope} 不在本目录范围内；本目录的辖区：{}。请向该辖区的目录查询。", held.join("、"))
            }
            Fault::BadPosition(PositionError::Malformed) => "这不是位置标记。".to_owned(),
            Fault::BadPosition(PositionError::AnotherLog) => "该位置标记属于另一套日志。".to_owned(),
            Fault::BadCursor => "游标无效：请使用本列表返回的游标。".to_owned(),
            Fault::AsOfTwice => "asOf 与 asOfPosition 只能用一个。".to_owned(),
            Fault::FirstOutOfRange { first, most } => format!("first 应在 0 到 {most} 之间，不能是 {first}。"),
            Fault::LastOutOfRange { last, most } => format!("last 应在 0 到 {most} 之间，不能是 {last}。"),
            Fault::UnknownArea { code, lay_in: None } => format!("所用区划表中没有代码 {code}。"),
            Fault::UnknownArea { code, lay_in: Some(divided) } => {
                format!("所用区划表中没有代码 {code}：其所属的{}，请按名称查找现在的代码。", divided.zh())
            }
            Fault::AreaDivided { code, divided } => {
                format!("代码 {code} 已不再使用：{}，请选用其中一个。", divided.zh())
            }
            Fault::SchemeNotCrossed { code, suggestion: Some((other, name)) } => {
                format!("登记信息使用统计用区划代码；代码 {code} 属于民政地名表，请改用 {other}（{name}）。")
            }
            Fault::SchemeNotCrossed { code, suggestion: None } => {
                format!("登记信息使用统计用区划代码；代码 {code} 属于民政地名表，不能直接换用。")
            }
            Fault::TextTooLong { most } => format!("搜索的文字不能超过 {most} 个字。"),
            Fault::BadAge(age) => format!("年龄应为 0 到 {OLDEST_AGE} 的周岁，不能是 {age}。"),
            Fault::BadAgeMonths(age) => {
                format!("月龄应为 0 到 {} 的足月数，不能是 {age}。", months(OLDEST_AGE))
            }
            Fault::AgesDiffer { years, months } => format!("月龄 {months} 个月与 {years} 周岁不符。"),
            Fault::BadDisabilityGrade(grade) => format!("残疾等级为 1 至 4，不能是 {grade}。"),
            Fault::PersonInAddress => "网址会被保存和转发，不能写个人情况（person）：请用 POST 提交查询。".to_owned(),
            Fault::Contradiction(condition) => format!("条件 {condition} 同时列为具备和不具备。"),
            // Words of the protocol: clients go by them.
            Fault::PersistedQueryNotFound => "PersistedQueryNotFound".to_owned(),
            Fault::PersistedQueryNotSupported => "PersistedQueryNotSupported".to_owned(),
            Fault::PersistedQueryMismatch => "sha256Hash 与查询文本的 SHA-256（64位十六进制）不符。".to_owned(),
            Fault::NotListed => "本目录只回答事先登记的查询，此查询不在允许清单中。".to_owned(),
            Fault::NameNotListed => "允许清单中没有这个标识的查询。".to_owned(),
            Fault::RateLimited { again } => format!("请求过于频繁，请在{again}秒后再试。"),
            Fault::TooComplex(excess) => excess.zh(),
            Fault::TooManyOperations(most) => format!("一个连接同时进行的操作不得超过 {most} 个。"),
            Fault::Unauthenticated => "请先登录。".to_owned(),
            Fault::BadVariable { name, of } => format!("变量 ${name} 的类型是 {of}，必须给出，且不能为 null。"),
            Fault::Damaged => "目录的本机数据已损坏，无法读取；重新启动本目录后将从日志重建。".to_owned(),
            Fault::Forbidden => "您的角色无权查看。".to_owned(),
            Fault::OutsideArea { own } => format!("您的权限限于区划{own}。"),
        }
    }

    /// What is wrong, in English.
    pub fn en(&self) -> String {
        match self {
            Fault::NotYet => "The directory has not got that far yet; try again soon.".to_owned(),
            Fault::OutOfScope(OutOfScope { scope, held }) => format!(
                "Scope {scope} is not held here; held are: {}. Ask the directory that holds it.",
                held.join(", ")
            ),
            Fault::BadPosition(problem) => format!("{problem}"),
            Fault::BadCursor => "This is not a cursor of this list.".to_owned(),
            Fault::AsOfTwice => "Give asOf or asOfPosition, not both.".to_owned(),
            Fault::FirstOutOfRange { first, most } => format!("first must be 0 to {most}, not {first}."),
            Fault::LastOutOfRange { last, most } => format!("last must be 0 to {most}, not {last}."),
            Fault::UnknownArea { code, lay_in: None } => format!("No division of this list has the code {code}."),
            Fault::UnknownArea { code, lay_in: Some(divided) } => format!(
                "No division of this list has the code {code}: it lay in {}. Look up the present code by name.",
                divided.en()
            ),
            Fault::AreaDivided { code, divided } => {
                format!("The code {code} is no longer in use: it was that of {}. Ask for one of them.", divided.en())
            }
            Fault::SchemeNotCrossed { code, suggestion: Some((other, name)) } => format!(
                "Registrations are kept in the statistical codes; {code} is of the civil-affairs list. Ask for {other} ({name})."
            ),
            Fault::SchemeNotCrossed { code, suggestion: None } => format!(
                "Registrations are kept in the statistical codes; {code} is of the civil-affairs list and does not cross."
            ),
            Fault::TextTooLong { most } => format!("No more than {most} characters can be looked for."),
            Fault::BadAge(age) => format!("An age is 0 to {OLDEST_AGE} full years, not {age}."),
            Fault::BadAgeMonths(age) => {
                format!("An age in months is 0 to {} full months, not {age}.", months(OLDEST_AGE))
            }
            Fault::AgesDiffer { years, months } => format!("{months} full months are not {years} full years."),
            Fault::BadDisabilityGrade(grade) => format!("A grade of disability is 1 to 4, not {grade}."),
            Fault::PersonInAddress => {
                "Addresses are kept and passed on, so what is known of a person (person) must not stand in one: ask by POST."
                    .to_owned()
            }
            Fault::Contradiction(condition) => format!("The condition {condition} is both named and denied."),
            Fault::PersistedQueryNotFound => "PersistedQueryNotFound".to_owned(),
            Fault::PersistedQueryNotSupported => "PersistedQueryNotSupported".to_owned(),
            Fault::PersistedQueryMismatch => "sha256Hash is not the SHA-256 of the query, in 64 hexadecimal digits.".to_owned(),
            Fault::NotListed => {
                "Only operations that were registered beforehand are answered here, and this is not one of them.".to_owned()
            }
            Fault::NameNotListed => "No operation that is answered here is called so.".to_owned(),
            Fault::RateLimited { again } => format!("Too many requests; try again in {again} seconds."),
            Fault::TooComplex(excess) => excess.en(),
            Fault::TooManyOperations(most) => {
                format!("One connection must not carry more than {most} operations at a time.")
            }
            Fault::Unauthenticated => "Sign in first.".to_owned(),
            Fault::BadVariable { name, of } => {
                format!("The variable ${name} of type {of} must be given, and must not be null.")
            }
            Fault::Damaged => {
                "What this directory keeps on disk is damaged; once it is started again it is made anew from the log."
                    .to_owned()
            }
            Fault::Forbidden => "Your role may not see this.".to_owned(),
            Fault::OutsideArea { own } => format!("You are bound to the area {own}."),
        }
    }

    /// The error, in the language of the request.
    pub fn of(self, ctx: &Context<'_>) -> Error {
        let message = lang(ctx).pick(self.zh(), self.en());
        Error::new(message).extend_with(|_, extensions| {
            extensions.set("code", self.code());
            if let Some(suggestion) = self.suggestion() {
                extensions.set("suggestion", suggestion.to_string());
            }
            if let Fault::OutOfScope(OutOfScope { scope, held }) = &self {
                extensions.set("scope", scope.to_string());
                extensions.set("held", Value::from(held.clone()));
            }
            if let Some(divided) = self.divided() {
                let into: Vec<Value> = divided.into.iter().map(|(code, _)| Value::from(code.to_string())).collect();
                extensions.set("successors", into);
            }
        })
    }

    /// The code that may have been meant, for a program to ask by once a person has looked at it.
    fn suggestion(&self) -> Option<schema::AreaCode> {
        match self {
            Fault::SchemeNotCrossed { suggestion, .. } => suggestion.as_ref().map(|(code, _)| *code),
            Fault::UnknownArea { .. }
            | Fault::AreaDivided { .. }
            | Fault::NotYet
            | Fault::OutOfScope(_)
            | Fault::BadPosition(_)
            | Fault::BadCursor
            | Fault::AsOfTwice
            | Fault::FirstOutOfRange { .. }
            | Fault::LastOutOfRange { .. }
            | Fault::TextTooLong { .. }
            | Fault::BadAge(_)
            | Fault::BadAgeMonths(_)
            | Fault::AgesDiffer { .. }
            | Fault::BadDisabilityGrade(_)
            | Fault::PersonInAddress
            | Fault::Contradiction(_)
            | Fault::PersistedQueryNotFound
            | Fault::PersistedQueryMismatch
            | Fault::PersistedQueryNotSupported
            | Fault::NotListed
            | Fault::NameNotListed
            | Fault::RateLimited { .. }
            | Fault::TooComplex(_)
            | Fault::TooManyOperations(_)
            | Fault::Damaged
            | Fault::Unauthenticated
            | Fault::Forbidden
            | Fault::OutsideArea { .. }
            | Fault::BadVariable { .. } => None,
        }
    }

    /// What a code went over into, for a program to offer.
    fn divided(&self) -> Option<&Divided> {
        match self {
            Fault::UnknownArea { lay_in, .. } => lay_in.as_ref(),
            Fault::AreaDivided { divided, .. } => Some(divided),
            Fault::NotYet
            | Fault::OutOfScope(_)
            | Fault::BadPosition(_)
            | Fault::BadCursor
            | Fault::AsOfTwice
            | Fault::FirstOutOfRange { .. }
            | Fault::LastOutOfRange { .. }
            | Fault::SchemeNotCrossed { .. }
            | Fault::TextTooLong { .. }
            | Fault::BadAge(_)
            | Fault::BadAgeMonths(_)
            | Fault::AgesDiffer { .. }
            | Fault::BadDisabilityGrade(_)
            | Fault::PersonInAddress
            | Fault::Contradiction(_)
            | Fault::PersistedQueryNotFound
            | Fault::PersistedQueryMismatch
            | Fault::PersistedQueryNotSupported
            | Fault::NotListed
            | Fault::NameNotListed
            | Fault::RateLimited { .. }
            | Fault::TooComplex(_)
            | Fault::TooManyOperations(_)
            | Fault::Damaged
            | Fault::Unauthenticated
            | Fault::Forbidden
            | Fault::OutsideArea { .. }
            | Fault::BadVariable { .. } => None,
        }
    }
}

impl Divided {
    /// `抚宁县（130323000000）已于2015年改为抚宁区（130306000000）、杜庄镇（130302105000）`
    fn zh(&self) -> String {
        let into: Vec<String> = self.into.iter().map(|(code, name)| format!("{name}（{code}）")).collect();
        let year = self.year.map(|year| format!("于{year}年")).unwrap_or_default();
        format!("{}（{}）已{year}改为{}", self.old.1, self.old.0, into.join("、"))
    }

    fn en(&self) -> String {
        let into: Vec<String> = self.into.iter().map(|(code, name)| format!("{name} ({code})")).collect();
        let year = self.year.map(|year| format!(" in {year}")).unwrap_or_default();
        format!("{} ({}), which became {}{year}", self.old.1, self.old.0, into.join(", "))
    }
}

impl From<NoView> for Fault {
    fn from(no_view: NoView) -> Fault {
        match no_view {
            NoView::NotYet => Fault::NotYet,
            NoView::OutOfScope(out_of_scope) => Fault::OutOfScope(out_of_scope),
            NoView::Damaged => Fault::Damaged,
        }
    }
}

impl From<Fault> for ServerError {
    /// An error from where no request is at hand: it carries both languages until [`finish`] chooses one.
    fn from(fault: Fault) -> ServerError {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", fault.code());
        extensions.set(ZH, fault.zh());
        extensions.set(EN, fault.en());
        if let Fault::RateLimited { again } = &fault {
            extensions.set("retryAfter", *again);
        }
        let mut error = ServerError::new(fault.en(), None);
        error.extensions = Some(extensions);
        error
    }
}

/// A response that is nothing but a fault, where no request is at hand.
pub fn refusal(fault: Fault, lang: Lang) -> Response {
    finish(Response::from_errors(vec![fault.into()]), lang)
}

/// What the schema says when a question costs more than its measure allows.
pub(super) const OVER_COMPLEXITY: &str = "Query is too complex.";

/// The language of a request; Chinese when it does not say.
pub fn lang(ctx: &Context<'_>) -> Lang {
    ctx.data_opt::<Lang>().copied().unwrap_or_default()
}

/// Chooses the language of errors that came without a request at hand, and gives a code to those of the library: the
/// document could not be read or does not fit the schema.
pub fn finish(mut response: Response, lang: Lang) -> Response {
    for error in &mut response.errors {
        finish_error(error, lang);
    }
    response
}

fn finish_error(error: &mut ServerError, lang: Lang) {
    if error.message == OVER_COMPLEXITY {
        *error = ServerError::from(Fault::TooComplex(Excess::Complexity));
    }
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if let Some(Value::String(text)) = extensions.get(lang.pick(ZH, EN)) {
        error.message.clone_from(text);
        extensions.unset(ZH);
        extensions.unset(EN);
    }
    if extensions.get("code").is_none() {
        extensions.set("code", "BAD_QUERY");
        // The parser draws the line it stopped at, which may be the whole query; its place is told apart.
        if let Some((_, expected)) = error.message.rsplit_once("\n  = ") {
            error.message = expected.to_owned();
        }
        if lang == Lang::Zh {
            error.message = format!("查询有误：{}", error.message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_speaks_both_languages_under_a_code_of_its_own() {
        let code = "130306".parse().unwrap();
        let faults = [
            Fault::NotYet,
            Fault::OutOfScope(OutOfScope { scope: schema::Scope::NATION, held: Vec::new() }),
            Fault::BadPosition(PositionError::AnotherLog),
            Fault::BadCursor,
            Fault::AsOfTwice,
            Fault::FirstOutOfRange { first: -1, most: 1000 },
            Fault::LastOutOfRange { last: -1, most: 1000 },
            Fault::UnknownArea { code, lay_in: None },
            Fault::AreaDivided {
                code,
                divided: Divided { old: (code, "old".into()), year: Some(2015), into: Vec::new() },
            },
            Fault::SchemeNotCrossed { code, suggestion: None },
            Fault::TextTooLong { most: 100 },
            Fault::BadAge(-3),
            Fault::PersonInAddress,
            Fault::Contradiction("DISABLED".to_owned()),
            Fault::NotListed,
            Fault::NameNotListed,
            Fault::RateLimited { again: 3 },
            Fault::TooComplex(Excess::Fields),
            Fault::TooManyOperations(100),
            Fault::Unauthenticated,
            Fault::Forbidden,
            Fault::OutsideArea { own: code },
            Fault::BadVariable { name: "o".to_owned(), of: "Office!".to_owned() },
        ];
        let mut codes: Vec<_> = faults.iter().map(Fault::code).collect();
        codes.dedup();
        assert_eq!(codes.len(), faults.len());
        for code in codes {
            assert_eq!(CODES.iter().filter(|(listed, ..)| *listed == code).count(), 1, "{code} is listed");
        }
        for (code, zh, en) in CODES {
            assert!(en.is_ascii() && !zh.is_ascii(), "{code}");
        }
        assert!(faults.iter().all(|fault| fault.en().is_ascii() && !fault.zh().is_ascii()));
    }
}
