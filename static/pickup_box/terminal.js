// What a script adds to the screen of the box; every page is complete without it.
// Nothing that is typed goes into an address, a storage or the history.
"use strict";

const page = document.querySelector(".terminal");
const form = document.querySelector("form#step");
const screens = [...document.querySelectorAll("[data-screen]")]; // the languages, then the questions
const fields = screens.slice(1).map((screen) => screen.querySelector("input"));
const WARNED = 20; // seconds to answer the warning

// Nobody touches it: the next person finds the choice of a language and nothing else.
const idle = document.getElementById("idle");
const finish = document.querySelector("[data-finish]");
let timer;
const clear = () => (finish ? finish.submit() : location.replace(page.dataset.start));
const wait = () => {
  clearTimeout(timer);
  if (!idle) return;
  idle.hidden = true;
  timer = setTimeout(() => {
    idle.hidden = false;
    timer = setTimeout(clear, WARNED * 1000);
  }, (page.dataset.forget - WARNED) * 1000);
};
for (const touch of ["pointerdown", "keydown", "input"]) addEventListener(touch, wait);
wait();
addEventListener("pageshow", (event) => event.persisted && clear());

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

// One question at a time; all three are sent together after the last.
let at = 0;
let keypad;
const buttonOf = (name) => document.querySelector(`[data-${name}]`);
const show = (number, focus = true) => {
  at = number;
  const last = at === fields.length;
  screens.forEach((screen, place) => { screen.hidden = place !== at; });
  form.hidden = !at;
  buttonOf("again").hidden = !at;
  buttonOf("next").hidden = last;
  form.querySelector(".buttons [type=submit]").hidden = !last;
  if (focus) for (const alert of document.querySelectorAll("main .kern-alert")) alert.hidden = true;
  keypad?.show();
  if (at && focus) fields[at - 1].focus();
};
const next = () => {
  const empty = !fields[at - 1].value.trim();
  screens[at].querySelector("[data-missing]").hidden = !empty;
  screens[at].querySelector(".kern-form-input").classList.toggle("kern-form-input--error", empty);
  fields[at - 1].setAttribute("aria-invalid", empty);
  if (empty) fields[at - 1].focus();
  else show(at + 1);
};

// A touch screen without a keyboard gets keys of its own: letters for an address, digits for all.
const DIGITS = [..."123456789 0⌫"]; // the blank is what the field needs beside digits
const LETTERS = [..."1234567890qwertzuiopasdfghjkl-yxcvbnm._@⌫"];
const addKeypad = () => {
  const keys = document.createElement("div");
  const write = (text) => {
    const field = fields[at - 1];
    field.value = text === "⌫" ? field.value.slice(0, -1) : field.value + text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const key = (text, act, label = "") => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  };
  const put = (letters) => {
    const other = letters ? "123" : "abc";
    const texts = letters ? LETTERS : DIGITS.map((text) => (text === " " ? ["+", "", "."][at - 1] : text));
    keys.className = letters ? "keypad letters" : "keypad";
    keys.replaceChildren(
      ...texts.map((text) => (text ? key(text, () => write(text), text === "⌫" ? form.dataset.erase : "") : document.createElement("span"))),
      ...(at === 1 ? [key(other, () => put(!letters))] : []),
    );
    if (at === 1) keys.lastChild.className = "wide";
  };
  for (const field of fields) field.inputMode = "none";
  form.querySelector(".buttons").before(keys);
  return { show: () => put(false) };
};

if (fields.length) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "switch_to" || at === fields.length) return;
    event.preventDefault();
    event.stopPropagation();
    next();
  });
  buttonOf("next").addEventListener("click", next);
  buttonOf("back").hidden = false;
  buttonOf("clear")?.remove(); // so does the button of the languages
  const again = () => {
    for (const field of fields) field.value = "";
    show(0);
  };
  buttonOf("back").addEventListener("click", () => (at === 1 ? again() : show(at - 1)));
  buttonOf("again").addEventListener("click", again);
  for (const of of document.querySelectorAll(".of")) of.hidden = false;
  if (matchMedia("(pointer: coarse) and (min-width: 48rem)").matches) keypad = addKeypad();
  const wrong = fields.findIndex((field) => field.getAttribute("aria-invalid") === "true");
  const asked = "asks" in page.dataset;
  // one question stands alone and says itself what is wrong with it; what is wrong with all stays on top
  const refused = wrong < 0 && document.querySelector("#error-summary");
  show(asked ? Math.max(wrong, 0) + 1 : 0, asked && !refused);
}
