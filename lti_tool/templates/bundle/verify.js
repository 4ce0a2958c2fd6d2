// Checks a bundle without the internet: every hash, every link. The same rules stand in
// lti_tool/services/bundle_check.py. No library: it has to work in ten years, from a file.
"use strict";

const K = [], START = [];
(function () { // the first bits of the roots of the first primes, as SHA-256 wants them
  const part = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  for (let n = 2; K.length < 64; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { isPrime = false; break; }
    if (!isPrime) continue;
    if (START.length < 8) START.push(part(Math.sqrt(n)));
    K.push(part(Math.cbrt(n)));
  }
})();

function sha256(bytes) {
  const state = Int32Array.from(START), w = new Int32Array(64), length = bytes.length;
  const padded = (((length + 8) >> 6) + 1) << 6, tail = new Uint8Array(padded - (length & ~63));
  tail.set(bytes.subarray(length & ~63));
  tail[length & 63] = 0x80;
  const bits = new DataView(tail.buffer);
  bits.setUint32(tail.length - 8, Math.floor(length / 536870912));
  bits.setUint32(tail.length - 4, (length << 3) >>> 0);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const block = (from, at) => {
    for (let i = 0; i < 16; i++, at += 4) w[i] = (from[at] << 24) | (from[at + 1] << 16) | (from[at + 2] << 8) | from[at + 3];
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const t = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const u = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => { state[i] = (state[i] + x) | 0; });
  };
  for (let at = 0; at + 64 <= length; at += 64) block(bytes, at);
  for (let at = 0; at < tail.length; at += 64) block(tail, at);
  return Array.from(state, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}

const digest = (words) => sha256(new TextEncoder().encode(words));

function works() { // the examples of the standard (FIPS 180-4), and one across two blocks
  return digest("") === "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    && digest("abc") === "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    && digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
      === "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
}

function unzip(bytes) { // entries that are only stored, as our downloads have them
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found = new Map();
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("zip");
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== 0x02014b50 || view.getUint16(at + 10, true) !== 0) throw new Error("zip");
    const size = view.getUint32(at + 24, true), local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    found.set(name, bytes.subarray(start, start + size));
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return found;
}

function check(bundle, files) {
  const seals = [...bundle.seals].sort((a, b) => a.number - b.number), holding = new Map(), erased = new Map();
  for (const seal of seals) {
    if (digest(seal.words) !== seal.sha256) continue;
    const said = JSON.parse(seal.words);
    holding.set(said.kind + "/" + said.subject, said.sha256);
  }
  for (const line of bundle.audit) {
    if (digest(line.words) !== line.sha256) continue;
    const said = JSON.parse(line.words);
    if (said.action === "record.erased" || said.action === "grade.erased") erased.set(said.subject, said.details);
  }
  const isWhole = (fact) => {
    if (holding.get(fact.kind + "/" + fact.id) !== fact.sha256) return false;
    const now = digest(fact.words), left = erased.get(fact.id);
    if (left) return left.sha256 === fact.sha256 && left.remains === now && left.was_intact === true;
    return now === fact.sha256 && filesOf(fact).every((file) => !files || fits(file, files));
  };
  const records = [...bundle.records, ...bundle.grades].map((one) => {
    let verdict = "valid";
    const isOld = one.facts.filter((fact) => fact.kind === "grade").length > 1
      || one.facts.some((fact) => fact.kind === "revision" && JSON.parse(fact.words).amends);
    if (!one.facts.every(isWhole)) verdict = "changed";
    else if (one.facts.some((fact) => erased.has(fact.id))) verdict = "erased";
    else if (isOld) verdict = "superseded";
    return { one, verdict };
  });
  return { records, chain: brokenLinks(seals, bundle.head) };
}

const filesOf = (fact) => (fact.kind === "revision" ? JSON.parse(fact.words).evidence : []);
const fits = (file, files) => {
  const bytes = files.get("files/" + file.sha256);
  return bytes !== undefined && sha256(bytes) === file.sha256;
};

function brokenLinks(seals, head) {
  const broken = [];
  seals.forEach((seal, i) => {
    const said = JSON.parse(seal.words), before = seals[i - 1];
    if (digest(seal.words) !== seal.sha256 || said.number !== seal.number) broken.push(seal.number);
    else if (before && before.number + 1 === seal.number && said.previous !== before.sha256) broken.push(before.number);
  });
  const last = seals[seals.length - 1];
  if (last && (head.number < last.number || (head.number === last.number && head.sha256 !== last.sha256))) broken.push(head.number);
  return broken;
}

const WORDS = JSON.parse(document.getElementById("words").textContent);
const put = (parent, tag, text, name) => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return parent.appendChild(made);
};

function show(bundle, found) {
  const out = document.getElementById("result");
  out.textContent = "";
  const isWhole = found.chain.length === 0 && found.records.every((one) => one.verdict !== "changed");
  put(out, "h2", isWhole ? WORDS.whole : WORDS.broken, isWhole ? "whole" : "broken").tabIndex = -1;
  put(out, "p", bundle.person.name || bundle.person.id);
  for (const number of found.chain) put(out, "p", WORDS.link + " " + number, "broken");
  for (const { one, verdict } of found.records) {
    const box = put(out, "section", "", verdict);
    box.dataset.record = one.id;
    box.dataset.verdict = verdict;
    put(box, "h3", one.activity + (one.course ? ", " + one.course : ""));
    put(box, "p", WORDS[verdict], "verdict");
    const facts = put(box, "ul", "");
    for (const fact of one.facts) put(facts, "li", line(bundle, fact));
    put(box, "p", one.id, "id");
  }
  out.querySelector("h2").focus();
}

function line(bundle, fact) {
  const said = JSON.parse(fact.words), who = said.signer_name || bundle.people[said.author || said.by || said.signer] || "";
  const what = WORDS[fact.kind] + (said.number ? " " + said.number : "");
  return [(said.at || "").slice(0, 10), what, who, said.wording, said.method && WORDS[said.method]].filter(Boolean).join(" · ");
}

async function take(file) {
  const out = document.getElementById("result");
  try {
    if (!works()) throw new Error("sha256");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const files = bytes[0] === 0x50 && bytes[1] === 0x4b ? unzip(bytes) : null;
    const bundle = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(files ? files.get("records.json") : bytes));
    if (bundle.format !== "trellis-bundle") throw new Error("format");
    show(bundle, check(bundle, files));
  } catch (error) {
    out.textContent = "";
    put(out, "h2", WORDS.unreadable, "broken");
  }
}

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
});
document.getElementById("file").addEventListener("change", (event) => {
  if (event.target.files.length) take(event.target.files[0]);
});
