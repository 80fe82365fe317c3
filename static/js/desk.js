// The list of the day keeps itself fresh, and never while somebody types or reads a menu.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const day = document.querySelector("[data-refresh]");
  const search = document.getElementById("desk-q");
  const busy = () =>
    (search && search.value) || document.querySelector("details[open]") || document.hidden;
  // a scanner types wherever the focus is: when it is nowhere, what is typed goes to the search
  document.addEventListener("keydown", (event) => {
    const types = event.key.length === 1 && event.key !== " ";
    const nowhere = document.activeElement === document.body;
    if (search && types && nowhere && !event.ctrlKey && !event.altKey && !event.metaKey) search.focus();
  });
  if (day) {
    const wait = Number(day.dataset.refresh) * 1000;
    setInterval(() => { if (!busy()) location.reload(); }, wait);
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
