// What a script adds to the screen of the box; every page is complete without it.
"use strict";

const page = document.querySelector(".terminal");

// Nobody touched it for a minute: the next person finds an empty page.
let idle;
const wait = () => {
  clearTimeout(idle);
  idle = setTimeout(() => location.replace(page.dataset.start), page.dataset.forget * 1000);
};
for (const touch of ["pointerdown", "keydown", "input"]) addEventListener(touch, wait);
wait();

// The door is asked about every second, and the page changes when the door does.
if (["ordered", "open"].includes(page.dataset.state)) {
  const look = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    const text = answer && answer.ok ? await answer.text() : "";
    const now = new DOMParser().parseFromString(text, "text/html").querySelector(".terminal");
    if (now && now.dataset.state !== page.dataset.state) location.reload();
    else setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}

// A touch screen without a keyboard gets keys of its own.
const fields = [...document.querySelectorAll("#step input:not([type=hidden])")];
if (fields.length && matchMedia("(pointer: coarse) and (min-width: 48rem)").matches) {
  let field = fields[0];
  for (const each of fields) each.addEventListener("focus", () => { field = each; });
  const keys = document.createElement("div");
  keys.className = "keypad";
  for (const key of ["1", "2", "3", "⌫", "4", "5", "6", "+", "7", "8", "9", ".", "0"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key;
    button.addEventListener("click", () => {
      field.value = key === "⌫" ? field.value.slice(0, -1) : field.value + key;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    keys.append(button);
  }
  fields.at(-1).closest("form").querySelector(".buttons").before(keys);
}
