// The live page: follows /live/events. Each entry carries an id; the id last shown is where a new connection goes on, so an
// entry is neither lost nor shown twice, whoever restarts. Counters come without an id.
(function () {
  "use strict";
  var ticker = document.querySelector("[data-ticker]");
  if (!ticker || !window.EventSource) return;
  var say = window.huiju.say, element = window.huiju.element;
  var wire = document.querySelector("[data-wire]");
  var pause = document.querySelector("[data-pause]");
  var limit = 100, last = ticker.dataset.after || "", seen = new Set(), waiting = [], source = null, wait = 1000, silence = null;
  ticker.querySelectorAll("li[data-id]").forEach(function (row) { seen.add(row.dataset.id); });

  function state(name) {
    var words = { open: say("已连接，实时更新中", "Connected, updating live"), lost: say("连接中断，正在重新连接，不会漏掉动态", "Disconnected, connecting again; nothing will be lost"), connecting: say("正在连接", "Connecting") };
    if (wire.dataset.state === name) return;
    wire.dataset.state = name;
    wire.textContent = words[name];
  }

  function row(entry) {
    var made = element("li", null, { "data-id": entry.key, class: "fresh" });
    var kind = element("span"); kind.append(element("span", entry.kind, { class: "badge " + (entry.mark || "plain") }));
    var text = element("span"), chinese = window.huiju.english ? { lang: "zh-CN" } : {};
    text.append(entry.href ? element("a", entry.text, Object.assign({ href: entry.href }, chinese)) : element("span", entry.text, chinese));
    if (entry.more) text.append(" ", element("small", entry.more, { class: "missing" }));
    made.append(element("time", entry.clock, { datetime: entry.at }), kind, text);
    return made;
  }

  function add(entry) {
    if (seen.has(entry.key)) return;
    seen.add(entry.key);
    if (pause.getAttribute("aria-pressed") === "true") { waiting.push(entry); count(); return; }
    ticker.prepend(row(entry));
    tell();
    while (ticker.children.length > limit) { ticker.lastElementChild.remove(); }
  }

  // Whoever listens is told how many came, not each one, and not more often than every twenty seconds.
  var fresh = 0, telling = null, news = document.querySelector("[data-news]");
  function tell() {
    fresh += 1;
    if (telling) return;
    telling = setTimeout(function () {
      news.textContent = say("新增 " + fresh + " 条动态", fresh + " new entries");
      fresh = 0; telling = null;
    }, 20000);
  }

  function count() {
    var paused = pause.getAttribute("aria-pressed") === "true";
    pause.textContent = !paused ? say("暂停更新", "Pause") : waiting.length
      ? say("继续更新（新动态 " + waiting.length + " 条）", "Go on (" + waiting.length + " new)") : say("继续更新", "Go on");
  }

  function alive() {
    clearTimeout(silence);
    silence = setTimeout(function () { if (source) source.close(); again(); }, 45000);
  }

  function connect() {
    source = new EventSource("/live/events?after=" + encodeURIComponent(last) + (window.huiju.english ? "&lang=en" : "&lang=zh"));
    source.onopen = function () { wait = 1000; state("open"); alive(); };
    source.onerror = function () {
      state("lost");
      if (source.readyState === EventSource.CLOSED) again();
    };
    source.addEventListener("entry", function (message) {
      alive(); state("open");
      last = message.lastEventId || last;
      add(JSON.parse(message.data));
    });
    source.addEventListener("alive", alive);
    source.addEventListener("anew", function () { source.close(); location.reload(); });
    source.addEventListener("tallies", function (message) {
      alive(); state("open");
      var tallies = JSON.parse(message.data);
      document.querySelectorAll("[data-tally]").forEach(function (place) {
        var number = tallies[place.dataset.tally];
        if (typeof number === "number") place.textContent = number.toLocaleString("en-US");
      });
    });
  }

  function again() {
    clearTimeout(silence);
    state("lost");
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 15000);
  }

  pause.hidden = false;
  pause.addEventListener("click", function () {
    var pausing = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(pausing));
    if (!pausing) { var held = waiting; waiting = []; held.forEach(function (entry) { seen.delete(entry.key); add(entry); }); }
    count();
  });
  count();
  connect();
})();
