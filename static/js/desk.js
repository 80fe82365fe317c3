// The list of the day keeps itself fresh, and never while somebody types or reads a menu.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const day = document.querySelector("[data-refresh]");
  const search = document.getElementById("desk-q");
  const busy = () =>
    (search && search.value) || document.querySelector("details[open]") || document.hidden;
  // a scanner types wherever the focus is: where no text is entered, what is typed goes to the
  // search, and so does the Enter that ends it
  const takesText = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select";
  document.addEventListener("keydown", (event) => {
    const types = event.key.length === 1 && event.key !== " ";
    const entered = document.activeElement.matches(takesText);
    if (search && types && !entered && !event.ctrlKey && !event.altKey && !event.metaKey) search.focus();
  });
  // the next press has the focus, where typing can't go astray any more
  const begin = document.querySelector("[data-focus]");
  const first = begin && (begin.matches("button") ? begin : begin.querySelector("input:not([type=hidden])"));
  if (first) first.focus();
  const visit = document.querySelector("[data-owed]");
  if (visit) {
    const owed = visit.dataset.owed.split(" ").filter(Boolean);
    const brought = () => [...visit.querySelectorAll("[name=brought]:checked")].map((box) => box.value);
    visit.addEventListener("change", ({ target }) => {
      const ticked = brought();
      if (target.name === "brought") {
        const lacks = ticked.length && owed.some((paper) => !ticked.includes(paper));
        const proposed = ticked.length ? (lacks ? "proof_missing" : "served") : "";
        for (const way of visit.querySelectorAll("[name=outcome]")) way.checked = way.value === proposed;
      }
      // whoever has seen the proposal and chooses another outcome means it
      visit.querySelector("[name=proposed_for]").value = ticked.join(" ");
    });
  }
  if (day) {
    const wait = Number(day.dataset.refresh) * 1000;
    setInterval(() => { if (!busy()) location.reload(); }, wait);
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
