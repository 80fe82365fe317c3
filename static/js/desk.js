// The list of the day keeps itself fresh, and never while somebody types or reads a menu.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const day = document.querySelector("[data-refresh]");
  const search = document.getElementById("desk-q");
  const busy = () =>
    (search && search.value) || document.querySelector("details[open]") || document.hidden;
  // an address that names a row keeps the browser from focusing the search, and the scanner waits
  if (search && location.hash) search.focus({ preventScroll: true });
  if (day) {
    const wait = Number(day.dataset.refresh) * 1000;
    setInterval(() => { if (!busy()) location.reload(); }, wait);
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
