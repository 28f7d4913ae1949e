// The clerk's pages: the hand-in of a file (check, then take in) and the report of one.
(function () {
  "use strict";
  if (!window.huiju) return;
  var say = window.huiju.say, element = window.huiju.element, english = window.huiju.english;

  var fates = {
    registered: say("新登记", "Registered"), revised: say("变更", "Revised"),
    unchanged: say("未变化", "Unchanged"), refused: say("未登记", "Refused")
  };

  function number(value) { return Number(value || 0).toLocaleString("en-US"); }

  function tallies(counts) {
    var list = element("dl", null, { class: "tallies" });
    [["rows", say("数据行", "Data rows")], ["registered", fates.registered], ["revised", fates.revised], ["unchanged", fates.unchanged],
      ["refused", fates.refused], ["warned", say("有提醒", "With a warning")], ["absent", say("上次有、这次没有", "Absent this time")]].forEach(function (pair) {
      var box = element("div", null, { class: "tally" });
      box.append(element("dt", pair[1]), element("dd", number(counts[pair[0]])));
      list.append(box);
    });
    return list;
  }

  function verdict(report) {
    var counts = report.counts, box = element("div", null, { class: "notice " + (counts.refused ? "bad" : counts.warned ? "care" : "good"), role: "status" });
    var head, text;
    if (report.check) {
      head = counts.refused ? say("预检完成：有 " + number(counts.refused) + " 行不能登记", "Checked: " + number(counts.refused) + " rows cannot be taken in")
        : say("预检完成：每一行都可以登记", "Checked: every row can be taken in");
      text = say("现在还没有写入任何登记。可以改好文件再预检，也可以直接登记其余的行。", "Nothing has been taken in yet. Correct the file and check again, or hand in the rows that are right.");
    } else if (!report.complete) {
      head = say("这次上传中断了", "This hand-in was interrupted");
      text = say("已登记的行不会丢，也不会重复。请把同一个文件再上传一次，会接着办完。", "No row is lost or doubled. Hand in the same file again and it goes on where it stopped.");
    } else if (report.repeated) {
      head = say("这个文件已经登记过", "This file had been handed in already");
      text = say("没有新的变化，下面是上次的结果。", "Nothing changed; this is the report of that time.");
    } else {
      head = counts.refused ? say("已登记，其中 " + number(counts.refused) + " 行未登记", "Taken in, except for " + number(counts.refused) + " rows")
        : say("已全部登记", "Everything was taken in");
      text = say("目录会在几秒钟内更新。", "The directory follows within seconds.");
    }
    box.append(element("h2", head), element("p", text));
    return box;
  }

  // Findings as rows of a table, with a filter; long lists are drawn a piece at a time.
  function table(report) {
    var place = element("div");
    var lines = [];
    report.rows.forEach(function (row) {
      if (row.findings.length === 0) lines.push({ row: row, finding: null });
      row.findings.forEach(function (finding) { lines.push({ row: row, finding: finding }); });
    });
    var choices = [["found", say("有问题或提醒的行", "Rows with findings")], ["refused", say("未登记的行", "Refused rows")],
      ["warning", say("有提醒的行", "Rows with a warning")], ["all", say("全部行", "All rows")]];
    var bar = element("div", null, { class: "actions no-print" });
    var label = element("label", say("显示", "Show"), { for: "report-which" });
    var select = element("select", null, { id: "report-which" });
    select.className = "short";
    choices.forEach(function (choice) { select.append(element("option", choice[1], { value: choice[0] })); });
    var searchLabel = element("label", say("查找", "Find"), { for: "report-find" });
    var search = element("input", null, { id: "report-find", type: "search" });
    search.className = "short";
    bar.append(label, select, searchLabel, search);
    var scroll = element("section", null, { class: "scroll", tabindex: "0", "aria-label": say("逐行结果", "Row by row") });
    var grid = element("table"), caption = element("caption"), head = element("thead"), body = element("tbody"), headRow = element("tr");
    [say("行", "Row"), say("结果", "Result"), say("栏目", "Column"), say("填写内容", "What stood there"), say("原因", "Reason"), say("怎么改", "What to do")]
      .forEach(function (name, index) { headRow.append(element("th", name, index ? { scope: "col" } : { scope: "col", class: "number" })); });
    head.append(headRow); grid.append(caption, head, body); scroll.append(grid);
    var more = element("button", null, { type: "button", class: "second no-print" });
    var wanted = [], shown = 0;

    function wants(line) {
      var severity = line.finding && line.finding.severity;
      if (select.value === "found" && !line.finding) return false;
      if (select.value === "refused" && line.row.fate !== "refused") return false;
      if (select.value === "warning" && severity !== "warning") return false;
      var words = search.value.trim();
      if (!words) return true;
      var text = line.row.row + " " + (line.finding ? [line.finding.column, line.finding.value, line.finding.reason_zh, line.finding.reason_en].join(" ") : "");
      return text.indexOf(words) >= 0;
    }

    function draw() {
      wanted.slice(shown, shown + 200).forEach(function (line) {
        var f = line.finding, tr = element("tr");
        var bad = line.row.fate === "refused";
        var result = element("td");
        result.append(element("span", fates[line.row.fate] || line.row.fate, { class: "badge " + (bad ? "bad" : f ? "unknown" : "plain") }));
        tr.append(element("th", line.row.row, { scope: "row", class: "number" }), result, element("td", f ? f.column : ""), element("td", f ? f.value : ""),
          element("td", f ? (english ? f.reason_en : f.reason_zh) : ""), element("td", f ? (english ? f.remedy_en : f.remedy_zh) : ""));
        body.append(tr);
      });
      shown = Math.min(shown + 200, wanted.length);
      more.hidden = shown >= wanted.length;
      more.textContent = say("再显示 200 条", "Show 200 more");
      caption.textContent = wanted.length
        ? say("共 " + number(wanted.length) + " 条，已显示 " + number(shown) + " 条", number(shown) + " of " + number(wanted.length) + " shown")
        : say("没有这样的行", "There are no such rows");
    }
    function again() { wanted = lines.filter(wants); shown = 0; body.textContent = ""; draw(); }
    select.addEventListener("change", again);
    search.addEventListener("input", again);
    more.addEventListener("click", draw);
    if (!lines.some(function (line) { return line.finding; })) select.value = "all";
    again();
    place.append(bar, scroll, more);
    return place;
  }

  function notes(report) {
    if (!report.notes || !report.notes.length) return [];
    var list = element("ul");
    report.notes.forEach(function (note) { list.append(element("li", (english ? note.en : note.zh) || note.code)); });
    var box = element("div", null, { class: "notice" });
    box.append(element("h3", say("关于整个文件", "About the file as a whole")), list);
    return [box];
  }

  // The report of a check, which the service does not keep: RFC 4180, with the mark that spreadsheets need to read it as UTF-8.
  function csv(report) {
    function cell(text) {
      var safe = String(text === null || text === undefined ? "" : text);
      if (/^[=+\-@\t\r]/.test(safe)) safe = "'" + safe;
      return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
    }
    var lines = [[say("行", "row"), say("结果", "result"), say("栏目", "column"), say("填写内容", "value"), say("原因", "reason"), say("怎么改", "remedy")]];
    report.rows.forEach(function (row) {
      (row.findings.length ? row.findings : [null]).forEach(function (f) {
        lines.push([row.row, fates[row.fate] || row.fate, f ? f.column : "", f ? f.value : "", f ? (english ? f.reason_en : f.reason_zh) : "", f ? (english ? f.remedy_en : f.remedy_zh) : ""]);
      });
    });
    return "\ufeff" + lines.map(function (line) { return line.map(cell).join(","); }).join("\r\n") + "\r\n";
  }

  function saveLink(report) {
    var link = element("a", say("把结果存成 CSV", "Save the report as CSV"), { class: "button second", download: report.file.replace(/\.[^.]*$/, "") + say("-登记结果.csv", "-report.csv") });
    link.href = URL.createObjectURL(new Blob([csv(report)], { type: "text/csv;charset=utf-8" }));
    return link;
  }

  function render(place, report, actions) {
    place.textContent = "";
    var bar = element("div", null, { class: "actions no-print" });
    bar.append.apply(bar, actions);
    place.append.apply(place, [verdict(report), tallies(report.counts)].concat(notes(report), [bar, table(report)]));
    place.querySelector(".notice").tabIndex = -1;
  }

  // The upload, with progress: first the file on its way, then, line by line as the service tells it, the rows.
  function upload(form, check, key, progressed) {
    return new Promise(function (done) {
      var request = new XMLHttpRequest(), read = 0, last = {};
      request.open("POST", form.dataset.upload + (check ? "?check=true" : ""));
      request.setRequestHeader("Accept", "application/x-ndjson");
      request.setRequestHeader("Accept-Language", english ? "en" : "zh-CN");
      if (!check) request.setRequestHeader("Idempotency-Key", key);
      function lines(whole) {
        var text = request.responseText, end = whole ? text.length : text.lastIndexOf("\n") + 1;
        text.slice(read, end).split("\n").forEach(function (line) {
          if (!line.trim()) return;
          try { last = JSON.parse(line); } catch (_) { return; }
          if (typeof last.settled === "number") progressed("rows", last.settled, last.of);
        });
        read = Math.max(read, end);
      }
      request.upload.onprogress = function (event) { if (event.lengthComputable) progressed("file", event.loaded, event.total); };
      request.onprogress = function () { lines(false); };
      request.onloadend = function () {
        lines(true);
        var refused = typeof last.type === "string" && last.type.indexOf("urn:huiju:problem:") === 0;
        var cut = !refused && !Array.isArray(last.rows);
        var status = refused ? last.status : request.status;
        done({ ok: status >= 200 && status < 300 && !cut, status: cut && status < 400 ? 0 : status, body: last });
      };
      request.send(new FormData(form));
    });
  }

  var form = document.querySelector("form[data-upload]");
  if (form) {
    var place = document.querySelector("[data-report]"), bar = document.querySelector("[data-progress]"), words = document.querySelector("[data-progress-words]"), rows = document.querySelector("[data-progress-rows]");
    var file = form.querySelector("input[type=file]"), key = null;
    file.addEventListener("change", function () { key = null; place.textContent = ""; window.huiju.mark(file, ""); });

    var run = async function (check) {
      if (!file.files.length) { window.huiju.mark(file, say("请先选择文件。", "Choose a file first.")); file.focus(); return; }
      if (!form.reportValidity()) return;
      key = key || window.huiju.newKey();
      var buttons = Array.prototype.concat.call([], Array.from(form.querySelectorAll("button")), Array.from(place.querySelectorAll("button")));
      buttons.forEach(function (button) { button.disabled = true; });
      form.querySelectorAll("[data-problem]").forEach(function (old) { old.remove(); });
      bar.hidden = false; bar.removeAttribute("value");
      words.textContent = say("正在传送文件", "Sending the file");
      var answer = await upload(form, check, key, function (what, part, whole) {
        if (what === "rows") {
          bar.value = whole ? part / whole : 0;
          rows.hidden = false;
          rows.textContent = say("已办 " + number(part) + " / " + number(whole) + " 行", number(part) + " of " + number(whole) + " rows");
        } else if (part < whole) {
          bar.value = part / whole;
        } else {
          bar.removeAttribute("value");
          words.textContent = check ? say("正在逐行检查", "Checking every row") : say("正在逐行登记", "Taking in every row");
        }
      });
      bar.hidden = true; rows.hidden = true; words.textContent = "";
      buttons.forEach(function (button) { button.disabled = false; });
      if (!answer.ok) {
        if (answer.status >= 400 && answer.status < 500) key = null;
        if (check) place.textContent = "";
        var box = window.huiju.problem(answer);
        form.append(box); box.focus();
        return;
      }
      if (check) {
        var go = element("button", answer.body.counts.refused ? say("登记其余的行", "Take in the other rows") : say("正式登记", "Take it in"), { type: "button", "data-confirm-take-in": "" });
        go.addEventListener("click", function () { run(false); });
        render(place, answer.body, [go, saveLink(answer.body)]);
        place.querySelector(".notice").focus();
      } else {
        location.assign("/hand-ins/" + encodeURIComponent(answer.body.id) + (answer.body.position ? "?atLeast=" + encodeURIComponent(answer.body.position) : ""));
      }
    };
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      run(!(event.submitter && event.submitter.dataset.takeIn !== undefined));
    });
  }

  // The report of one hand-in.
  var shown = document.querySelector("[data-hand-in]");
  if (shown) {
    (async function () {
      var answer = await window.huiju.send("GET", shown.dataset.handIn);
      if (!answer.ok) { shown.textContent = ""; shown.append(window.huiju.problem(answer)); return; }
      var report = answer.body;
      render(shown, report, [element("a", say("下载结果（CSV）", "Download the report (CSV)"), { class: "button second", href: shown.dataset.handIn + ".csv" })]);
    })();
  }
})();
