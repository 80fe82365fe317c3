// Plays the cabinet: asks for orders every second, opens those doors and shows all of them.
"use strict";

const cabinet = document.getElementById("cabinet");
const token = document.querySelector("#tick [name=csrfmiddlewaretoken]").value;

const tick = async () => {
  const answer = await fetch(cabinet.dataset.tick, {
    method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token },
  }).catch(() => null);
  if (answer && answer.ok) {
    const doors = await answer.json();
    const count = {};
    let changed = false;
    for (const cell of cabinet.querySelectorAll("[data-door]")) {
      const [state, order] = doors[cell.dataset.door];
      changed ||= order !== cell.dataset.order;
      cell.dataset.state = state;
      count[state] = (count[state] || 0) + 1;
    }
    for (const number of cabinet.querySelectorAll("[data-tally]")) number.textContent = count[number.dataset.tally] || 0;
    // the forms that close a door come from the server
    if (changed) return location.reload();
  }
  setTimeout(tick, 1000);
};
tick();
