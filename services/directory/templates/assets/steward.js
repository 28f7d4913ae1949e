// What undoing a merge would restore, as two cards, before it is done.
(function () {
  "use strict";
  var place = document.querySelector("[data-undo-preview]");
  if (!place || !window.huiju) return;
  var say = window.huiju.say, element = window.huiju.element, english = window.huiju.english;
  var offices = {
    clinic: say("社区医院", "Community clinics"), womens_federation: say("妇联", "Women's Federation"),
    youth_league: say("共青团", "Youth League"), commerce: say("商务局", "Commerce office")
  };
  var hidden = {
    suspended: say("已暂停，不在目录中显示", "suspended, not shown in the directory"),
    withdrawn: say("已注销，不在目录中显示", "withdrawn, not shown in the directory"),
    not_publishable: say("不符合公开条件，不在目录中显示", "may not be published, not shown in the directory")
  };

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

  function facts(resource) {
    if (!resource) return [];
    return [
      [say("名称", "Name"), resource.name], [say("服务类别", "Category"), resource.category],
      [say("电话", "Telephone"), (resource.phones || []).map(phone).join("、")], [say("地址", "Address"), resource.address],
      [say("开放时间", "Hours"), resource.hours && resource.hours.text], [say("年龄", "Age"), ages(resource.eligibility || {})],
      [say("收费", "Fees"), resource.fees], [say("名额", "Places"), resource.vacancy]
    ].map(function (pair) { return [pair[0], pair[1] === null || pair[1] === undefined ? "" : String(pair[1])]; });
  }

  function card(half, number, current) {
    var made = element("section", null, { class: "card" });
    var title = half.resource ? half.resource.name : half.registrations.length ? half.registrations[0].name : "";
    var head = element("h3");
    head.append(element("span", title, english ? { lang: "zh-CN" } : {}), element("small", say("恢复后的资源卡 ", "Resource ") + number));
    made.append(head);
    if (half.hidden) made.append(element("p", hidden[half.hidden] || half.hidden, { class: "badge no" }));
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
    half.registrations.forEach(function (one) { from.append(element("li", (offices[one.office] || one.office) + say("：", ": ") + one.name)); });
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
