// Ticks stay on this device: the page works the same without this, by its "keep" button.
"use strict";

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
