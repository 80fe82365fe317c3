// Looks for the number below `cost` whose SHA-256 behind `salt` is `target`. The hash is written out
// because the browser's own answers one promise for each number, which takes ten times as long.
"use strict";

const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const bits = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (p) => bits(Math.cbrt(p)));
const START = Int32Array.from(primes.slice(0, 8), (p) => bits(Math.sqrt(p)));
const w = new Int32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

// The hash of a text of at most 55 ASCII characters: one block.
function sha256(text) {
  w.fill(0, 0, 16);
  for (let i = 0; i < text.length; i++) w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  w[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
  w[15] = text.length * 8;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    w[i] = (w[i - 16] + w[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i++) {
    const s = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const t = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + s) | 0; d = c; c = b; b = a; a = (s + t) | 0;
  }
  return [a, b, c, d, e, f, g, h].map((part, i) => (part + START[i]) | 0);
}

onmessage = ({ data: { salt, target, cost } }) => {
  const wanted = Array.from({ length: 8 }, (_, i) => parseInt(target.slice(8 * i, 8 * i + 8), 16) | 0);
  for (let number = 0; number < cost; number++) {
    if (number % 5000 === 0) postMessage({ percent: Math.floor((100 * number) / cost) });
    if (sha256(salt + number).every((part, i) => part === wanted[i])) return postMessage({ percent: 100, number });
  }
};
