//! The commerce office's list: its columns, and a row into a merchant.

use crate::domain::{self, Command, Context, Refusal, RegisteredMerchant, State};
use desk::registrations::{Field, columns};
use desk::{Description, Key, Moves, Standing};
use intake::{
    CODES_OF_VILLAGES, COMMUNITY, COUNTY, Column, DOCUMENTS, Keeping, PlaceColumns, REMARK, Read, Row, RowKey, STATE,
    TELEPHONES, TOWN, Telephones, Trouble, cell,
};
use schema::commerce::{CommerceEvent, Inspection, Merchant};
use schema::finding::CellFinding;
use schema::limits::length;
use schema::{Audience, Eligibility, Office};

pub(crate) const NAME: Column = Column::required("商户名称", "Name")
    .also(&[
        "商户",
        "名称",
        "店名",
        "店铺名称",
        "商家名称",
        "企业名称",
        "单位名称",
        "经营主体名称",
        "商户(企业)名称",
        "字号名称",
        "门店名称",
        "网点名称",
    ])
    .at_most(length::NAME);
pub(crate) const CREDIT_CODE: Column = Column::optional("统一社会信用代码", "Credit code")
    .also(&["信用代码", "社会信用代码", "统一信用代码", "统一代码", "营业执照号", "营业执照编号", "营业执照注册号"])
    .numbers();
pub(crate) const CATEGORY: Column = Column::required("业态", "Trade")
    .also(&["类别", "服务类别", "经营业态", "服务项目", "业态类型", "业态类别", "经营类别", "服务类型"])
    .at_most(length::CATEGORY);
pub(crate) const ADDRESS: Column = Column::optional("经营地址", "Address")
    .also(&["地址", "详细地址", "店铺地址", "经营场所", "门店地址", "商户地址", "营业地址"])
    .at_most(length::ADDRESS);
pub(crate) const VILLAGE: Column =
    Column::required("所在地代码", "Village code").also(CODES_OF_VILLAGES).or(&COMMUNITY);
pub(crate) const DELIVERY: Column = Column::optional("配送范围代码", "Delivery area codes").also(&[
    "配送范围",
    "服务范围代码",
    "服务范围",
    "配送区域",
    "配送区域代码",
    "服务区域代码",
    "服务区域",
]);
pub(crate) const KEEPER: Column = Column::optional("经营者", "Keeper")
    .also(&["经营者姓名", "负责人", "负责人姓名", "联系人", "联系人姓名", "法人", "法定代表人", "店主", "老板"])
    .personal();
pub(crate) const PHONE: Column =
    Column::optional("电话", "Telephone").also(TELEPHONES).of_telephones().or(&KEEPER_PHONE);
pub(crate) const KEEPER_PHONE: Column = Column::hint("经营者电话", "Telephone of the keeper").of_contacts_telephones();
pub(crate) const HOURS: Column = Column::optional("营业时间", "Opening hours")
    .also(&["开放时间", "服务时间", "经营时间", "供餐时间", "开门时间", "营业时段", "时间"])
    .of_parts();
pub(crate) const DISCOUNT: Column = Column::optional("老年优惠", "Discount for elders").also(&[
    "优惠",
    "优惠内容",
    "优惠措施",
    "优惠政策",
    "老年人优惠",
    "敬老优惠",
    "为老优惠",
]);
pub(crate) const PRICE: Column = Column::optional("老年人协议价(元)", "Agreed price for elders, yuan").also(&[
    "老年人协议价",
    "老年协议价",
    "老人协议价",
    "老年餐价格",
    "协议价(元)",
    "协议价",
]);
pub(crate) const MINIMUM_ORDER: Column =
    Column::optional("起送价(元)", "Minimum order, yuan").also(&["起送价", "起送金额", "配送起送价"]);
pub(crate) const MEALS: Column = Column::optional("日供餐份数", "Meals a day").also(&[
    "供餐份数",
    "日供餐数",
    "每日供餐份数",
    "日供餐量",
    "日供餐能力",
    "每日供餐数",
]);
pub(crate) const INSPECTED_ON: Column = Column::optional("最近检查日期", "Last inspected on").also(&[
    "检查日期",
    "最近检查时间",
    "最近一次检查日期",
    "检查时间",
]);
pub(crate) const INSPECTION: Column = Column::optional("最近检查结果", "Result of the inspection").also(&[
    "检查结果",
    "检查情况",
    "最近检查情况",
    "最近一次检查结果",
]);
pub(crate) const REGISTERED_ON: Column =
    Column::optional("登记日期", "Registered on").also(&["登记时间", "填表日期", "填报日期", "备案日期"]);

/// Where the community is said to lie.
pub(crate) const LOCATION: PlaceColumns =
    PlaceColumns { code: &VILLAGE, above: &[&COUNTY, &TOWN], name: &COMMUNITY, address: &ADDRESS };

/// The fields of the form, as programs name them, by column, in the order of the office's own form.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("name", &NAME),
    Field::new("creditCode", &CREDIT_CODE),
    Field::new("category", &CATEGORY),
    Field::new("address", &ADDRESS),
    Field::new("village", &VILLAGE),
    Field::new("delivery", &DELIVERY),
    Field::new("keeper", &KEEPER),
    Field::new("phones", &PHONE),
    Field::new("hours", &HOURS),
    Field::new("elderDiscount", &DISCOUNT),
    Field::fen("elderPriceFen", &PRICE),
    Field::fen("minimumOrderFen", &MINIMUM_ORDER),
    Field::new("mealsADay", &MEALS),
    Field::new("documents", &DOCUMENTS),
    Field::new("inspectedOn", &INSPECTED_ON),
    Field::new("inspectionPassed", &INSPECTION),
    Field::new("registeredOn", &REGISTERED_ON),
    Field::new("contactPhones", &KEEPER_PHONE),
];

/// What lists often have beside them.
const BESIDE: &[Column] = &[COUNTY, TOWN, COMMUNITY, STATE, REMARK];

/// The columns of the list: those of the form, and what stands beside them.
pub const COLUMNS: &[Column] = &columns::<{ FIELDS.len() + BESIDE.len() }>(FIELDS, BESIDE);

/// The list as intake takes it.
pub fn description() -> Description<Merchant, State, CommerceEvent> {
    Description {
        office: Office::Commerce,
        columns: COLUMNS,
        key: Key { name: &NAME, community: LOCATION, category: &CATEGORY, number: Some(&CREDIT_CODE) },
        draft,
        payload: CommerceEvent::registration,
        source: |merchant| &merchant.source,
        key_of: |merchant| RowKey::new(&merchant.name, merchant.village, &merchant.category),
        number_of: |merchant| merchant.credit_code.as_ref().map(|code| code.as_str().to_owned()),
        registered_on: |merchant| merchant.registered_on,
        withdrawn_by: &["MerchantWithdrawn", "MerchantMovedOut"],
        put_back: domain::put_back,
        moves: Moves {
            open: domain::move_in,
            close: |state, to| domain::move_out(state, to).map_err(located),
            came: CommerceEvent::arrival,
            went: State::transferred_to,
        },
        initial: State::default,
        evolve: domain::evolve,
        registered: |state| state.registered().map(RegisteredMerchant::merchant),
        keep,
        submit: |state, merchant, today| {
            domain::decide(state, Command::HandIn(merchant), &Context { today }).map_err(located)
        },
        withdraw: |state, reason| match state {
            Standing::Withdrawn { .. } | Standing::Transferred { .. } => Ok(Vec::new()),
            Standing::Unregistered | Standing::InForce(_) | Standing::Suspended { .. } => {
                domain::withdraw(state, reason.to_owned()).map_err(located)
            }
        },
    }
}

/// One row into a merchant. An inspection counts only with its result; its day alone says nothing of the premises.
pub(crate) fn draft(row: &mut Row<'_>) -> Option<Merchant> {
    let name = row.required_text(&NAME);
    let credit_code = row.credit_code(&CREDIT_CODE);
    let category = row.category(&CATEGORY);
    let address = row.text(&ADDRESS);
    let village = row.community(&LOCATION);
    let delivery = row.areas(&DELIVERY, village);
    let Telephones { public: phones, of_contact } = row.telephones(&PHONE, &KEEPER_PHONE, village);
    let contact = row.contact(&KEEPER, of_contact);
    let mut hours = row.hours(&HOURS);
    let elder_discount = row.text(&DISCOUNT);
    let elder_price_fen = row.fen(&PRICE);
    let minimum_order_fen = row.fen(&MINIMUM_ORDER);
    let meals_a_day = row.count(&MEALS);
    let documents = row.documents();
    let on = row.date(&INSPECTED_ON);
    let inspection = row.take(&INSPECTION, passed).map(|passed| Inspection { on, passed });
    let registered_on = row.date(&REGISTERED_ON);
    let mut eligibility = Eligibility { audiences: vec![Audience::All], ..Eligibility::default() };
    row.in_operation(&NAME, &mut eligibility, &mut hours);
    Some(Merchant {
        name: name?,
        credit_code,
        category: category?,
        address,
        village: village?,
        delivery,
        contact,
        phones,
        hours,
        elder_discount,
        elder_price_fen,
        minimum_order_fen,
        meals_a_day,
        documents,
        eligibility,
        inspection,
        registered_on,
        source: row.source(),
        doubts: row.doubts(),
    })
}

/// What a merchant keeps where a row says nothing.
fn keep(keeping: &mut Keeping<'_>, said: &mut Merchant, stood: Merchant) {
    keeping.keep_doubts(&mut said.doubts, stood.doubts);
    keeping.keep(&CREDIT_CODE, &mut said.credit_code, stood.credit_code);
    keeping.keep_here(&ADDRESS, &mut said.address, stood.address);
    keeping.keep_here(&DELIVERY, &mut said.delivery, stood.delivery);
    keeping.keep_contact((&KEEPER, &KEEPER_PHONE), &mut said.contact, stood.contact);
    keeping.keep_of(&[&PHONE, &KEEPER_PHONE], &mut said.phones, stood.phones);
    keeping.keep(&HOURS, &mut said.hours, stood.hours);
    keeping.keep(&DISCOUNT, &mut said.elder_discount, stood.elder_discount);
    keeping.keep(&PRICE, &mut said.elder_price_fen, stood.elder_price_fen);
    keeping.keep(&MINIMUM_ORDER, &mut said.minimum_order_fen, stood.minimum_order_fen);
    keeping.keep(&MEALS, &mut said.meals_a_day, stood.meals_a_day);
    keeping.keep(&DOCUMENTS, &mut said.documents, stood.documents);
    keeping.keep(&INSPECTION, &mut said.inspection, stood.inspection);
    keeping.keep(&REGISTERED_ON, &mut said.registered_on, stood.registered_on);
}

/// The result of an inspection: 合格 or 不合格, in the words of those who inspect. What was put right since counts; what is
/// neither (限期整改, 基本合格) is doubted.
fn passed(written: &str) -> Read<bool> {
    const FAILED: &[&str] = &[
        "不合格",
        "未通过",
        "不通过",
        "不予通过",
        "没通过",
        "不达标",
        "未达标",
        "不符合",
        "停业",
        "停产",
        "责令",
        "吊销",
        "查封",
        "取缔",
        "未合格",
        "没合格",
        "非合格",
        "较差",
        "D级",
    ];
    const PUT_RIGHT: &[&str] = &[
        "复查合格",
        "复检合格",
        "复查通过",
        "整改后合格",
        "整改合格",
        "验收合格",
        "整改后达标",
        "整改后通过",
        "整改后符合",
    ];
    const PASSED: &[&str] = &[
        "合格",
        "通过",
        "达标",
        "是",
        "优",
        "良",
        "优秀",
        "良好",
        "符合",
        "符合要求",
        "符合规定",
        "符合标准",
        "未发现问题",
        "无问题",
        "a级",
        "b级",
        "正常",
    ];
    if cell::is_blank(written) {
        return Read::blank();
    }
    let doubted = || Read::trouble(Trouble::doubt(CellFinding::InspectionResultUnknown));
    let text = cell::fold(written);
    let failed = FAILED.iter().any(|word| text.contains(&word.to_lowercase()));
    if PUT_RIGHT.iter().any(|word| text.contains(word)) {
        let failed_again =
            ["复查不合格", "复检不合格", "整改后仍不合格", "仍不"].iter().any(|word| text.contains(word));
        let is_denied = ["未", "待", "须", "需", "应"].iter().any(|word| text.contains(word));
        return if failed_again {
            Read::value(false)
        } else if is_denied {
            doubted()
        } else {
            Read::value(true)
        };
    }
    if failed || matches!(text.as_str(), "否" | "差" | "c级(不合格)") {
        return Read::value(false);
    }
    let core = text.split('(').next().unwrap_or_default().trim_end_matches(['。', ',', ';', '!']);
    let core = ["检查结果", "检查", "抽检", "抽查", "年检", "评定为", "评定", "评为", "结果", "均", ":"]
        .iter()
        .fold(core, |core, word| core.strip_prefix(word).unwrap_or(core));
    if PASSED.contains(&core) && !text.contains("整改") { Read::value(true) } else { doubted() }
}

/// A refusal with the column that it is about.
pub(crate) fn located(refusal: Refusal) -> desk::Refusal {
    let worded = desk::Refusal::new(refusal.finding());
    match refusal {
        Refusal::InspectionInFuture { .. } | Refusal::InspectionOutOfOrder { .. } => worded.about(&INSPECTED_ON),
        Refusal::Standing(_) | Refusal::InspectionNotPassed => worded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_passed_failed_blank_or_doubted() {
        for (written, result) in [("合格", Some(true)), (" 不 合格", Some(false)), ("—", None), ("", None)] {
            assert_eq!(passed(written), Read { value: result, troubles: vec![] }, "{written:?}");
        }
        for (written, result) in [
            ("通过", true),
            ("检查合格", true),
            ("合格。", true),
            ("符合要求", true),
            ("复查合格", true),
            ("不合格，整改后合格", true),
            ("A级", true),
            ("抽检合格", true),
            ("合格（2025年）", true),
            ("优秀", true),
            ("未发现问题", true),
            ("未通过", false),
            ("不符合要求", false),
            ("责令停业整顿", false),
            ("不合格，限期整改", false),
            ("复查不合格", false),
            ("未达标", false),
            ("吊销许可证", false),
            ("整改后仍不合格", false),
            ("检查不合格", false),
        ] {
            assert_eq!(passed(written), Read::value(result), "{written}");
        }
        for written in [
            "限期整改",
            "基本合格",
            "基本符合",
            "待复查",
            "合格率98%",
            "整改中",
            "须整改合格",
            "未整改合格",
            "C级",
            "见附件",
            "合格，限期整改",
        ] {
            let doubted = passed(written);
            assert!(
                doubted.value.is_none() && !doubted.troubles.is_empty() && !doubted.is_error(),
                "{written}: {doubted:?}"
            );
        }
    }
}
