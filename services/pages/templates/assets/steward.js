// What undoing a merge would restore, as two cards, before it is done.
(function () {
  "use strict";
  var place = document.querySelector("[data-undo-preview]");
  if (!place || !window.huiju) return;
  var say = window.huiju.say, element = window.huiju.element, english = window.huiju.english;
  // What codes are called, from the page.
  var words = JSON.parse(place.dataset.words);
  function named(codes) { return (codes || []).map(function (code) { return words[code] || code; }).join("、"); }

  // As the county dials it.
  function phone(number) {
    var national = number.replace(/^\+86/, "");
    if (national === number) return number;
    if (/^1[^0]\d{9}$/.test(national)) return national.replace(/^(\d{3})(\d{4})(\d{4})$/, "$1 $2 $3");
    if (/^[48]00\d{7}$/.test(national)) return national.replace(/^(\d{3})(\d{3})(\d{4})$/, "$1-$2-$3");
    if (national.length <= 8) return national;
    return "0" + national.replace(/^(10|2\d|\d{3})/, "$1-");
  }

  function ages(eligibility) {
    var from = eligibility.minimum_age, to = eligibility.maximum_age;
    if (from !== undefined && to !== undefined) return say(from + "岁至" + to + "岁", from + " to " + to);
    if (from !== undefined) return say(from + "岁及以上", from + " and over");
    return to !== undefined ? say(to + "岁及以下", "up to " + to) : "";
  }

  function licence(resource) {
    var found = resource.licence || {};
    if (!found.standing || found.standing === "not_required") return "";
    var until = found.expires ? say("有效期至" + found.expires, "valid until " + found.expires) : say("有效期不详", "validity unknown");
    return found.number ? found.number + " " + until : until;
  }

  function visits(resource) {
    if (resource.home_visits === true) return say("可以上门", "Comes to the home");
    return resource.home_visits === false ? say("不上门", "Does not come to the home") : "";
  }

  function facts(resource) {
    if (!resource) return [];
    var whom = resource.eligibility || {}, provider = resource.provider || {};
    return [
      [say("名称", "Name"), resource.name], [say("服务类别", "Category"), words[resource.category] || resource.category],
      [say("类型", "Kind"), words[resource.kind] || resource.kind], [say("提供者", "Provider"), provider.name],
      [say("信用代码", "Credit code"), provider.credit_code],
      [say("电话", "Telephone"), (resource.phones || []).map(phone).join("、")], [say("地址", "Address"), resource.address],
      [say("开放时间", "Hours"), resource.hours && resource.hours.text], [say("所在地代码", "Area code"), resource.area], [say("服务范围代码", "Codes of the area served"), (resource.coverage || []).join("、")],
      [say("服务对象", "For"), named(whom.audiences)], [say("年龄", "Age"), ages(whom)],
      [say("条件", "Conditions"), named(whom.conditions)], [say("说明", "Note"), whom.note],
      [say("上门服务", "Home visits"), visits(resource)], [say("许可", "Licence"), licence(resource)],
      [say("收费", "Fees"), resource.fees], [say("名额", "Places"), resource.vacancy]
    ].map(function (pair) { return [pair[0], pair[1] === null || pair[1] === undefined ? "" : String(pair[1])]; });
  }

  function card(half, number, current) {
    var made = element("section", null, { class: "card" });
    var title = half.resource ? half.resource.name : half.registrations.length ? half.registrations[0].name : "";
    var head = element("h3");
    head.append(element("span", title, english ? { lang: "zh-CN" } : {}), element("small", say("恢复后的资源卡 ", "Resource ") + number));
    made.append(head);
    if (half.hidden) made.append(element("p", (words[half.hidden] || half.hidden) + say("，不在目录中显示", ", not shown in the directory"), { class: "badge no" }));
    var now = facts(current.resource), list = element("dl", null, { class: "facts" });
    facts(half.resource).forEach(function (fact, index) {
      var changed = now[index] && now[index][1] !== fact[1];
      if (!fact[1] && !changed) return;
      var value = element("dd", null, changed ? { class: "differs" } : {});
      value.append(element("span", fact[1] || say("（未填）", "(blank)"), english ? { lang: "zh-CN" } : {}));
      if (changed) value.append(" ", element("small", say("与现在不同", "differs from now"), { class: "aside" }));
      list.append(element("dt", fact[0]), value);
    });
    made.append(list);
    var from = element("ul");
    half.registrations.forEach(function (one) { from.append(element("li", (words[one.office] || one.office) + say("：", ": ") + one.name)); });
    made.append(element("p", say("由这些登记组成：", "Made of these registrations:"), { class: "aside" }), from);
    return made;
  }

  (async function () {
    var answer = await window.huiju.send("GET", place.dataset.undoPreview);
    place.textContent = "";
    if (!answer.ok) { place.append(window.huiju.problem(answer)); return; }
    var pair = element("div", null, { class: "pair" });
    answer.body.halves.forEach(function (half, index) { pair.append(card(half, index + 1, answer.body.current)); });
    place.append(element("p", say("撤销后会恢复成下面两张资源卡：", "Undoing restores these two resources:")), pair);
  })();
})();
