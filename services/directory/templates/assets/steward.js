// What undoing a merge would restore, as two cards, before it is done.
(function () {
  "use strict";
  var place = document.querySelector("[data-undo-preview]");
  if (!place || !window.huiju) return;
  var say = window.huiju.say, element = window.huiju.element;
})();
