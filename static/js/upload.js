// Sends each file by itself: a bad line costs a moment and no photo. Without it the form sends all at once.
"use strict";
{
  const form = document.getElementById("upload");
  const box = document.getElementById("sending");
  const says = box?.dataset;
  const page = globalThis.crypto?.randomUUID?.();
  const AT_ONCE = 2, MOST = 20 * 2 ** 20, LARGE = 2 * 2 ** 20;
  const SIDE = 2339, MOST_PIXELS = 50e6; // what the office gets; what a phone can surely decode
  const SILENCE = 30, ANSWER = 240, LONGEST_WAIT = 30; // seconds
  // Two pixels side by side, one above the other where photos are turned upright.
  const PROBE = "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z";

  // How many pixels a JPEG has, by its head.
  function pixels(bytes) {
    const number = (at) => (bytes[at] << 8) | bytes[at + 1];
    for (let at = 2; bytes[at] === 0xff && at + 9 < bytes.length; at += 2 + number(at + 2)) {
      if (bytes[at + 1] >= 0xc0 && bytes[at + 1] <= 0xc3) return number(at + 5) * number(at + 7);
    }
    return Infinity;
  }
  // Whether its last byte is there; some cameras write more behind it.
  const ends = (bytes) => bytes.subarray(-65536).some((byte, at, tail) => byte === 0xff && tail[at + 1] === 0xd9);
  const resized = (blob) => createImageBitmap(blob, { resizeWidth: SIDE, resizeQuality: "high" });
  function drawn(picture, width, height) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
    return canvas;
  }
  const points = (picture) => drawn(picture, 16, 16).getContext("2d").getImageData(0, 0, 16, 16).data;
  const apart = (some, others) => some.reduce((sum, value, at) => sum + Math.abs(value - others[at]), 0) / some.length;

  // A photo of at most 2 MB that shows the same. At any doubt the photo itself: some browsers leave a
  // large canvas black, others fill it with noise.
  async function shrunk(photo, bytes) {
    if (photo.size <= LARGE || photo.type !== "image/jpeg" || pixels(bytes) > MOST_PIXELS || !ends(bytes)) return photo;
    try {
      const probe = await resized(new Blob([Uint8Array.from(atob(PROBE), (c) => c.charCodeAt(0))]));
      const picture = await resized(photo);
      const before = points(picture);
      const isPlain = before.every((value, at) => at % 4 === 3 || Math.abs(value - before[at % 4]) < 3);
      if (probe.height !== 2 * probe.width || picture.width !== SIDE || picture.height > 3 * SIDE || isPlain) return photo;
      const canvas = drawn(picture, SIDE, picture.height);
      for (const quality of [0.85, 0.7]) {
        const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
        if (apart(points(await createImageBitmap(made)), before) > 4) return photo;
        if (made.type === "image/jpeg" && made.size <= LARGE) return made;
      }
    } catch {} // this browser can't
    return photo;
  }

  // One request and what came of it: status 0 where the line broke or fell silent.
  function post(file, place, tell) {
    return new Promise((done) => {
      const body = new FormData(form);
      for (const name of ["photo", "files", "whole"]) body.delete(name);
      body.set("upload_id", page);
      body.set("place", place);
      body.append("files", file, "file"); // nobody needs to know how it is called
      body.append("whole", "1"); // last, so that a form that was cut lacks it
      const request = new XMLHttpRequest();
      let watch = 0;
      const within = (seconds) => { clearTimeout(watch); watch = setTimeout(() => request.abort(), 1000 * seconds); };
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "text/plain");
      request.upload.onprogress = ({ loaded, total }) => { within(SILENCE); tell(loaded / total); };
      request.upload.onload = () => within(ANSWER);
      request.onloadend = () => { clearTimeout(watch); done(request); };
      within(SILENCE);
      request.send(body);
    });
  }

  const wakers = new Set();
  const pause = (seconds) => new Promise((done) => { wakers.add(done); setTimeout(done, 1000 * seconds); });
  addEventListener("online", () => { for (const wake of wakers) wake(); wakers.clear(); });

  let all = 0, settled = 0, arrived = 0, running = 0, over = false;
  const waiting = [];

  // Sends one file until it has arrived, or never can.
  async function send({ file, place, row }) {
    const bar = row.querySelector("progress");
    const text = row.querySelector("[data-text]");
    const say = (sentence) => { if (text.textContent !== sentence) text.textContent = sentence; };
    const fail = (sentence) => { bar.hidden = true; text.setAttribute("role", "alert"); say(sentence); };
    if (file.size > MOST) return fail(says.tooLarge);
    let bytes;
    try {
      bytes = new Uint8Array(await file.arrayBuffer()); // which a phone may take away
    } catch {
      return fail(says.failed);
    }
    const body = await shrunk(new Blob([bytes], { type: file.type }), bytes);
    for (let wait = 1; ; wait *= 2) {
      const answer = await post(body, place, (share) => { bar.value = share; say(share < 1 ? "" : says.checking); });
      const { status } = answer;
      if (status === 204) {
        arrived++;
        bar.hidden = true;
        return say(says.arrived);
      }
      const mayPass = [422, 500].includes(status) ? wait < 16 : !status || (status > 500 && status !== 507);
      if (!mayPass) {
        const isSaid = (answer.getResponseHeader("Content-Type") || "").startsWith("text/plain");
        over ||= !isSaid && status !== 413; // a page: this draft has ended or was sent
        return fail((isSaid && answer.responseText) || (status === 413 ? says.tooLarge : says.failed));
      }
      bar.value = 0;
      say(status === 503 ? says.busy : says.again);
      await pause(Math.min(Math.max(wait, Number(status && answer.getResponseHeader("Retry-After"))), LONGEST_WAIT));
    }
  }

  function count() {
    const status = box.querySelector("[role=status]");
    status.textContent = status.dataset.counted.replace("{done}", arrived).replace("{all}", all);
    const isDone = settled === all;
    box.querySelector("[data-stay]").hidden = isDone;
    box.querySelector("[data-look]").hidden = !isDone || !arrived;
    // Not while somebody chooses more: a camera that comes back to a page that has gone loses its photo.
    const isFree = document.hasFocus() && [...form.querySelectorAll("[type=file]")].every((input) => !input.value);
    if (isDone && (over || (arrived === all && isFree))) location.assign(form.action);
  }
  async function work() {
    if (running >= AT_ONCE || !waiting.length) return;
    running++;
    await send(waiting.shift());
    running--;
    settled++;
    count();
    work();
  }
  function take(file) {
    const row = box.querySelector("template").content.firstElementChild.cloneNode(true);
    row.querySelector("bdi").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", file.name);
    box.querySelector("ul").append(row);
    waiting.push({ file, place: all++, row });
  }

  if (form && page) {
    form.addEventListener("submit", (event) => {
      const inputs = [...form.querySelectorAll("[type=file]")];
      const files = inputs.flatMap((input) => [...input.files]);
      if (!files.length && settled === all) return; // the server says what is missing
      event.preventDefault();
      event.stopPropagation(); // a second tap sends nothing twice
      files.forEach(take);
      for (const input of inputs) input.value = "";
      box.hidden = false;
      count();
      for (let at = 0; at < AT_ONCE; at++) work();
    });
    addEventListener("beforeunload", (event) => { if (settled < all && !over) event.preventDefault(); });
  }
}
