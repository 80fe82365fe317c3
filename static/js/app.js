// What a script adds; every page is complete without it.
"use strict";

// After a refusal the person hears and sees first what went wrong.
const refusal = document.querySelector("main [role=alert]:not([hidden])");
if (refusal) {
  refusal.tabIndex = -1;
  refusal.focus();
}

// Buttons that only a script can answer are hidden until there is one.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
const textOf = (selector) => document.querySelector(selector).textContent.trim().replace(/\s+/g, " ");
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(textOf(button.dataset.copy));
    button.textContent = button.dataset.copied;
  });
}
for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) break;
  button.hidden = false;
  // Who closes the sheet without choosing anything rejects the promise: nothing went wrong.
  button.addEventListener("click", () => navigator.share({ text: textOf(button.dataset.share) }).catch(() => {}));
}

// A second tap while the answer is under way is not sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
  // On a bad line the person may try again; the server takes a repeated request as the same one.
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Browsers keep the answer to a form as that form: who goes back to it meets the browser's own page,
// which asks to send everything again. Once people go on, the history keeps the page's address.
const { address } = document.body.dataset;
const keepAddress = () => history.replaceState(history.state, "", address);
if (address) {
  document.addEventListener("submit", keepAddress);
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[href]:not([href^='#'])")) keepAddress();
  });
}

// Without a connection the page says so instead of failing on the next tap.
const offline = document.getElementById("offline");
const tell = () => { offline.hidden = navigator.onLine; };
addEventListener("online", tell);
addEventListener("offline", tell);
if (offline) tell();

// The time a slot is held. The server's clock counts, not the phone's.
const held = document.querySelector("[data-held-until]");
if (held) {
  const skew = held.dataset.now ? Date.parse(held.dataset.now) - Date.now() : 0;
  const end = Date.parse(held.dataset.heldUntil);
  const clock = document.querySelector("[data-clock]");
  const show = (name, on) => document.querySelectorAll(`[data-${name}]`).forEach((e) => { e.hidden = !on; });
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now() - skew) / 1000));
    if (clock) clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    show("hold-warning", left > 0 && left <= 120);
    show("hold-over", left === 0);
    if (left) setTimeout(tick, 1000);
  };
  show("hold-clock", true);
  tick();
}

// Ticks on a list of papers stay on this device: the page works the same without this, by its
// "keep" button.
for (const form of document.querySelectorAll("[data-ticks]")) {
  const key = "ticks:" + location.pathname.split("/").slice(2).join("/");
  const boxes = [...form.querySelectorAll("input[name=have]")];
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key));
    if (!new URLSearchParams(location.search).has("have") && Array.isArray(kept)) {
      for (const box of boxes) box.checked = kept.includes(box.value);
    }
    form.addEventListener("change", () => {
      localStorage.setItem(key, JSON.stringify(boxes.filter((b) => b.checked).map((b) => b.value)));
    });
    form.querySelector("[data-keep]").hidden = true;
    form.querySelector("[data-kept]").hidden = false;
  } catch {
    // Storage is switched off: the button keeps them in the address instead.
  }
}
