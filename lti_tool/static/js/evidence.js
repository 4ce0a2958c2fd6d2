/**
 * Sends chosen files at once, several after another, in pieces, with a bar; goes on after a lost connection.
 *
 * A fieldset with data-evidence (the address to announce a file at) gets it; its other data- texts are what it says.
 * After a reload the same file, chosen again, goes on where it stopped: the server knows it by its SHA-256. Without
 * this module the fieldset's own button posts the files with the form.
 */

const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const TOO_MANY = 12;

/** Something the reader has to be told; it makes no sense to go on by itself. */
class Refused extends Error {}

function sleep(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/** SHA-256 as hexadecimal digits, or "" where the browser has no way to count it. */
async function hashOf(file) {
  if (!window.crypto?.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Box {
  #field;
  #form;
  #list;
  #said;
  #queue = Promise.resolve();
  #underway = new Set();

  constructor(field) {
    this.#field = field;
    this.#form = field.closest("form");
    this.#list = field.querySelector(".evidence-list");
    this.#said = field.querySelector(".evidence-said");
    field.querySelector("[data-without-scripts]").hidden = true;
    for (const input of field.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", (event) => {
        event.stopPropagation();
        const files = [...input.files];
        input.value = "";
        for (const file of files) this.#add(file);
      });
    }
    this.#list.addEventListener("click", (event) => this.#remove(event));
    document.addEventListener("submit", (event) => event.target === this.#form && this.#holdBack(event), true);
    window.addEventListener("beforeunload", (event) => {
      if (this.#underway.size) event.preventDefault();
    });
  }

  #text(name, value = "") {
    return this.#field.dataset[name].replace("%s", () => value);
  }

  #say(text) {
    this.#said.textContent = text;
  }

  /** Show a line for *file* at once, and send it when those before it are through. */
  #add(file) {
    const line = this.#line(file);
    this.#list.append(line.item);
    const job = { file, line, stopped: new AbortController() };
    line.stop.addEventListener("click", () => this.#stop(job));
    if (file.size > Number(this.#field.dataset.fileBytes)) {
      this.#refuse(job, this.#text("tooBig"));
      return;
    }
    this.#underway.add(job);
    this.#queue = this.#queue.then(() => this.#run(job));
  }

  #line(file) {
    const item = Object.assign(document.createElement("li"), { className: "evidence-file" });
    const name = Object.assign(document.createElement("p"), { className: "evidence-name", textContent: file.name });
    const bar = Object.assign(document.createElement("progress"), { max: 100, value: 0 });
    bar.setAttribute("aria-label", file.name);
    const note = Object.assign(document.createElement("p"), { textContent: this.#text("waiting") });
    const stop = Object.assign(document.createElement("button"), {
      type: "button", className: "btn btn-secondary", textContent: this.#text("cancel"),
    });
    stop.setAttribute("aria-label", `${this.#text("cancel")}: ${file.name}`);
    item.append(name, bar, note, stop);
    return { item, bar, note, stop };
  }

  async #run(job) {
    try {
      if (!job.stopped.signal.aborted) await this.#send(job);
    } catch (problem) {
      if (job.stopped.signal.aborted) return;
      this.#refuse(job, problem instanceof Refused ? problem.message : this.#text("failed"));
    } finally {
      this.#underway.delete(job);
    }
  }

  async #send(job) {
    const { file } = job;
    const about = new URLSearchParams({ name: file.name, size: file.size, sha256: await hashOf(file) });
    let state = await this.#insist(job, () => this.#ask(this.#field.dataset.evidence, { method: "POST", body: about }, job));
    job.drop = state.drop;
    const url = state.url;
    do {
      this.#show(job, state);
      const start = Math.min(state.received, Math.floor((state.size - 1) / state.piece) * state.piece);
      const piece = file.slice(start, start + state.piece);
      const headers = { "Content-Type": "application/octet-stream", "Upload-Offset": start };
      state = await this.#insist(job, async (again) => {
        if (again) {
          // The answer may have been lost, not the piece.
          const there = await this.#ask(url, {}, job);
          if (there.received > start && there.received < there.size) return there;
        }
        return this.#ask(url, { method: "POST", body: piece, headers }, job);
      });
    } while (state.html === undefined);
    this.#finish(job, state.html);
  }

  #show(job, state) {
    const percent = Math.floor((100 * state.received) / state.size);
    const isLast = state.received + state.piece >= state.size;
    job.line.bar.value = percent;
    job.line.note.textContent = isLast && percent > 0 ? this.#text("checking") : this.#text("sending", percent);
  }

  #finish(job, html) {
    const made = document.createElement("template");
    made.innerHTML = html;
    const old = made.content.firstElementChild && document.getElementById(made.content.firstElementChild.id);
    old?.remove();
    job.line.item.replaceWith(made.content);
    this.#say(this.#text("added", job.file.name));
  }

  /** Do it until it is done; a lost connection or a server in trouble is waited for. */
  async #insist(job, act) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await act(tries > 0);
      } catch (problem) {
        if (problem instanceof Refused || job.stopped.signal.aborted || tries >= TOO_MANY) throw problem;
        job.line.note.textContent = this.#text("lost");
        await sleep(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
      }
    }
  }

  async #ask(url, options, job) {
    const token = this.#form.querySelector("input[name=csrf_token]").value;
    const answer = await fetch(url, {
      ...options,
      headers: { Accept: "application/json", "X-CSRF-Token": token, ...options.headers },
      redirect: "error",
      signal: job?.stopped.signal,
    });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (answer.status === 401) throw new Refused(this.#text("closed"));
    if (answer.status === 503 || answer.status === 502 || answer.status === 504) throw new Error("away");
    if (!isJson) throw answer.ok ? new Error("not ours") : new Refused(this.#text("failed"));
    const said = await answer.json();
    if (!answer.ok) throw new Refused(said.error);
    return said;
  }

  #refuse(job, text) {
    const { item, bar, note, stop } = job.line;
    bar.remove();
    stop.remove();
    item.classList.add("field-invalid");
    note.className = "error";
    note.textContent = text;
    this.#say(`${job.file.name}: ${text}`);
    this.#forget(job);
  }

  #stop(job) {
    job.stopped.abort();
    job.line.item.remove();
    this.#underway.delete(job);
    this.#forget(job);
  }

  #forget(job) {
    if (job.drop) this.#ask(job.drop, { method: "POST" }).catch(() => {});
  }

  async #remove(event) {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li");
    const name = item.querySelector("bdi").textContent;
    try {
      await this.#ask(button.formAction, { method: "POST" });
    } catch (problem) {
      this.#say(problem instanceof Refused ? problem.message : this.#text("failed"));
      return;
    }
    item.remove();
    this.#field.querySelector("input[type=file]").focus();
    this.#say(this.#text("removed", name));
  }

  /** Handing in now would leave out what is still on its way. */
  #holdBack(event) {
    if (!this.#underway.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#say(this.#text("busy"));
    this.#said.scrollIntoView({ block: "center" });
  }
}

for (const field of document.querySelectorAll("[data-evidence]")) new Box(field);
