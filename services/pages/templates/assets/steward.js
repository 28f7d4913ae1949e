// Shows what undoing a merge would restore before it is done: asks the centre, and has the pages make cards of its answer.
(function () {
  "use strict";
  var place = document.querySelector("[data-undo-preview]");
  if (!place || !window.huiju) return;

  (async function () {
    var preview = await window.huiju.send("GET", place.dataset.undoPreview);
    if (!preview.ok) { place.replaceChildren(window.huiju.problem(preview)); return; }
    var json = { "Content-Type": "application/json" };
    var cards = await window.huiju.send("POST", "/steward/undo-preview", null, JSON.stringify(preview.body), json);
    if (cards.ok) place.innerHTML = cards.text; else place.replaceChildren(window.huiju.problem(cards));
  })();
})();
