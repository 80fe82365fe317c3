// While machines attack: a worker looks for the number, so the page stays usable meanwhile.
"use strict";

const proof = document.getElementById("proof");
const answer = document.querySelector("#step [name=answer]");
if (proof && answer && window.Worker) {
  const says = proof.querySelector("[data-proof-says]");
  const bar = proof.querySelector("[data-proof-bar]");
  const waiting = proof.querySelector("[data-proof-waiting]");
  const { salt, target, cost } = proof.dataset;
  const worker = new Worker(proof.dataset.worker);
  // What people without a script read comes back when the worker can't.
  const begun = (on) => { waiting.hidden = on; bar.hidden = !on; };
  begun(true);
  says.textContent = says.dataset.working;
  worker.onmessage = ({ data }) => {
    bar.value = data.percent;
    // Said once in the middle: a screen reader is not to count along.
    if (data.percent >= 50 && says.textContent === says.dataset.working) says.textContent = says.dataset.half;
    if (data.number === undefined) return;
    worker.terminate();
    answer.value = data.number;
    says.textContent = says.dataset.done;
    document.querySelector("#step button").click(); // old Safari knows no requestSubmit
  };
  worker.onerror = () => { begun(false); says.textContent = ""; };
  worker.postMessage({ salt, target, cost: Number(cost) });
}
