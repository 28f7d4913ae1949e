// Sends the forms that change something. They work without this script, and are then answered by pages; with it a form marked
// data-command is sent as JSON, and what the service refuses is shown in the form itself. The idempotency key is the form's own,
// and kept until an answer came, so that pressing the button again after a lost answer changes nothing twice.
(function () {
  "use strict";
  var english = document.documentElement.lang.indexOf("zh") !== 0;
  function say(zh, en) { return english ? en : zh; }

  function newKey() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
  }

  function element(name, text, attributes) {
    var made = document.createElement(name);
    if (text !== undefined && text !== null) made.textContent = text;
    Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }

  // The answer of a service as { ok, status, body, text }; body is {} when it is not JSON.
  async function send(method, url, key, body, headers) {
    var all = Object.assign({ Accept: "application/json", "Accept-Language": english ? "en" : "zh-CN" }, headers || {});
    if (key) all["Idempotency-Key"] = key;
    var patience = new AbortController();
    var timer = setTimeout(function () { patience.abort(); }, 120000);
    try {
      var answer = await fetch(url, { method: method, headers: all, body: body, credentials: "same-origin", signal: patience.signal });
      var text = await answer.text();
      var parsed = {};
      try { parsed = text ? JSON.parse(text) : {}; } catch (_) { parsed = {}; }
      return { ok: answer.ok, status: answer.status, body: parsed, text: text };
    } catch (_) {
      return { ok: false, status: 0, body: {}, text: "" };
    } finally {
      clearTimeout(timer);
    }
  }

  // What went wrong, in words that say what to do.
  function problem(answer) {
    var box = element("div", null, { class: "notice bad", role: "alert", tabindex: "-1", "data-problem": "" });
    var title, detail;
    if (answer.status === 0) {
      title = say("没有收到回答", "No answer came");
      detail = say("网络可能断了。请再点一次，同一件事不会办两遍。", "The connection may be down. Press the button again: nothing is done twice.");
    } else if (answer.status === 401) {
      title = say("登录已过期", "Your session has ended");
      detail = say("请重新登录后再办。", "Sign in again and repeat.");
    } else {
      title = answer.body.title || say("没有办成", "This was not done");
      detail = answer.body.detail || (answer.status >= 500
        ? say("服务暂时不可用，请稍后再点一次，同一件事不会办两遍。", "The service is not available now. Try again later: nothing is done twice.")
        : say("请检查填写的内容。", "Check what was entered."));
    }
    box.append(element("h2", title), element("p", detail));
    if (answer.status === 401) {
      var link = element("a", say("去登录", "Sign in"), { href: "/sign-in?next=" + encodeURIComponent(location.pathname + location.search) });
      var line = element("p"); line.append(link); box.append(line);
    }
    if (answer.status === 409) {
      var again = element("p"); again.append(element("a", say("看看现在的情况", "See how things stand now"), { href: location.pathname + location.search })); box.append(again);
    }
    var errors = Array.isArray(answer.body.errors) ? answer.body.errors : [];
    errors = errors.map(inWords).filter(function (words) { return words && detail.indexOf(words.split(/[。.]/)[0]) < 0; });
    if (errors.length) {
      var list = element("ul");
      errors.slice(0, 20).forEach(function (error) { list.append(element("li", error)); });
      box.append(list);
    }
    return box;
  }

  function inWords(error) {
    if (typeof error === "string") return error;
    var where = error.field || (typeof error.column === "string" ? error.column : "") || error.pointer || error.path || "";
    var reason = error.reason || error.detail || error.message || error.problem || (english ? error.reason_en || error.en : error.reason_zh || error.zh) || error.code || "";
    var remedy = error.remedy || (english ? error.remedy_en || error.remedyEn : error.remedy_zh || error.remedyZh) || "";
    if (!reason && !remedy) return "";
    return (where ? where + (english ? ": " : "：") : "") + reason + (remedy ? (english ? " " : "。") + remedy : "");
  }

  // A field that a service refused says so itself, too.
  function mark(control, words) {
    if (!control.id) return;
    var id = "wrong-" + control.id, line = document.getElementById(id);
    if (!line) { line = element("span", null, { id: id, class: "wrong-here" }); control.before(line); }
    line.textContent = words;
    line.hidden = !words;
    var others = (control.getAttribute("aria-describedby") || "").split(" ").filter(function (other) { return other && other !== id; });
    if (words) { control.setAttribute("aria-invalid", "true"); others.push(id); } else { control.removeAttribute("aria-invalid"); }
    if (others.length) control.setAttribute("aria-describedby", others.join(" ")); else control.removeAttribute("aria-describedby");
  }

  function show(form, answer) {
    clear(form);
    var box = problem(answer);
    var errors = Array.isArray(answer.body.errors) ? answer.body.errors : [];
    errors.forEach(function (error) {
      var control = error && typeof error.path === "string" && Array.prototype.find.call(form.elements, function (one) { return one.type !== "hidden" && one.name.split(":")[0] === error.path; });
      if (control && control.id) mark(control, inWords({ reason: error.reason || error.detail, zh: error.zh, en: error.en }) || answer.body.detail || "");
    });
    form.prepend(box);
    box.focus();
  }

  function clear(form) {
    form.querySelectorAll("[data-problem]").forEach(function (old) { old.remove(); });
    Array.prototype.forEach.call(form.elements, function (control) { if (control.getAttribute("aria-invalid")) mark(control, ""); });
  }

  function values(form) {
    var body = {};
    Array.prototype.forEach.call(form.elements, function (control) {
      if (!control.name || control.disabled || control.name === "idempotency-key" || control.name === "then" || control.name === "done") return;
      var parts = control.name.split(":"), name = parts[0], kind = parts[1];
      var value = (control.type === "checkbox" || control.type === "radio") && !control.checked ? "" : control.value;
      if (kind === "list") { body[name] = body[name] || []; if (value !== "") body[name].push(value); }
      else if (kind === "flag") body[name] = body[name] === true || value !== "";
      else if (value !== "") body[name] = kind === "number" ? Number(value) : value;
    });
    return body;
  }

  // What a hidden field of the form says.
  function said(form, name) {
    var field = form.querySelector("input[type=hidden][name=" + name + "]");
    return field ? field.value : "";
  }

  // Where to go when it was done: the page then waits until the directory knows of it.
  function onward(form, answer) {
    var then = said(form, "then") || location.pathname + location.search;
    if (form.dataset.next !== undefined) then = form.dataset.next || "/";
    then = then.replace("{id}", encodeURIComponent(answer.body.id || ""));
    var url = new URL(then, location.origin);
    if (url.origin !== location.origin) url = new URL("/", location.origin);
    if (typeof answer.body.position === "string") url.searchParams.set("atLeast", answer.body.position);
    if (said(form, "done")) url.searchParams.set("done", said(form, "done"));
    return url;
  }

  async function submit(form, button) {
    if (form.getAttribute("aria-busy") === "true") return;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
    form.dataset.key = form.dataset.key || said(form, "idempotency-key") || newKey();
    form.setAttribute("aria-busy", "true");
    if (button) button.disabled = true;
    var method = form.dataset.method || "POST";
    var answer = await send(method, form.getAttribute("action"), form.dataset.key, JSON.stringify(values(form)), { "Content-Type": "application/json" });
    if (answer.ok) { location.assign(onward(form, answer)); return; }
    form.removeAttribute("aria-busy");
    if (button) button.disabled = false;
    // A refusal changed nothing: what is sent next is another command. Without an answer it is still the same one.
    if (answer.status >= 400 && answer.status < 500) form.dataset.key = newKey();
    show(form, answer);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("form[data-command]")) return;
    event.preventDefault();
    submit(form, event.submitter || form.querySelector("button[type=submit], button:not([type])"));
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submits]") && event.target.form) event.target.form.requestSubmit();
  });

  // What was just done is said first: the reader's place is there, and one step further is what comes next.
  var news = document.querySelector("[data-said]");
  if (news) { news.tabIndex = -1; news.focus(); }

  window.huiju = { mark: mark, say: say, english: english, newKey: newKey, element: element, send: send, problem: problem, inWords: inWords };
})();
