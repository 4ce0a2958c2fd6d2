/**
 * Keeps what is being typed as a draft on the server.
 *
 * A form with data-autosave-url posts its fields there 2 s after a change (at most every 5 s), when a field or the
 * page is left, and again after failures until it is stored. The answer is JSON, {"saved_at": "10:02"}. Files wait for
 * the real submit. Nothing is kept in the browser: workplaces share computers, and storage may be blocked in a frame.
 */

const QUIET_MS = 2_000;
const EVERY_MS = 5_000;
const TIMEOUT_MS = 15_000;
const RETRY_MS = [2_000, 5_000, 10_000, 20_000, 30_000, 60_000];
const WARN_AFTER_MS = 5_000;
// The bodies of all keepalive requests of a page share 64 kB.
const KEEPALIVE_BYTES = 60_000;

/** Whether a field holds something else than the page came with. */
function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    return options.some((one) => one.defaultSelected) && options.some((one) => one.selected !== one.defaultSelected);
  }
  const isTyped = field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement;
  return isTyped && field.type !== "hidden" && field.type !== "file" && field.value !== field.defaultValue;
}

class Autosave {
  #form;
  #status;
  #timer;
  #request;
  #changes = 0;
  #stored = 0;
  #failures = 0;
  #unsavedSince = null;
  #lastStart = 0;
  #leaving = false;
  #announced = "";
  // What was chosen where another page had saved a newer draft: "mine", or nothing to choose.
  #keep = "";
  #conflict = null;

  constructor(form) {
    this.#form = form;
    this.#status = [...document.querySelectorAll("[data-autosave-status]")].find(
      (status) => !status.closest("form") || status.closest("form") === form,
    );
    const mine = (handler) => (event) => {
      if ((event.target.form ?? event.target.closest?.("form")) === form) handler(event);
    };
    // On the document: a field may belong to the form by its form attribute and stand elsewhere.
    document.addEventListener("input", mine(() => this.#changed()));
    document.addEventListener("change", mine(() => this.#changed()));
    document.addEventListener("focusout", mine(() => this.#saveNow()));
    document.addEventListener("submit", (event) => {
      if (event.target === form && !event.defaultPrevented) this.#submitted();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#saveNow({ keepalive: true });
    });
    window.addEventListener("pagehide", () => this.#saveNow({ keepalive: true }));
    window.addEventListener("pageshow", () => (this.#leaving = false));
    window.addEventListener("online", () => this.#saveNow());
    window.addEventListener("offline", () => this.#isUnsaved && this.#say("offline"));
    window.addEventListener("beforeunload", (event) => {
      if (this.#isUnsaved && !this.#leaving && Date.now() - this.#unsavedSince > WARN_AFTER_MS) event.preventDefault();
    });
    // On a slow line somebody types before this script has come.
    if ([...form.elements].some(isChanged)) this.#changed();
  }

  get #isUnsaved() {
    return this.#changes > this.#stored;
  }

  #changed() {
    this.#changes += 1;
    this.#unsavedSince ??= Date.now();
    this.#form.dataset.unsaved = "";
    if (!this.#failures) this.#say("saving");
    const quiet = Date.now() + QUIET_MS;
    const latest = Math.max(this.#unsavedSince, this.#lastStart) + EVERY_MS;
    if (!this.#failures) this.#saveIn(Math.min(quiet, latest) - Date.now());
  }

  #saveIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), Math.max(0, milliseconds));
  }

  /** Save what is unsaved without waiting; with keepalive the request outlives the page. */
  #saveNow({ keepalive = false } = {}) {
    if (!this.#isUnsaved || this.#leaving) return;
    if (keepalive) {
      this.#request?.abort();
      this.#request = null;
    }
    clearTimeout(this.#timer);
    this.#save({ keepalive });
  }

  async #save({ keepalive = false } = {}) {
    // The answer to the request under way looks whether there is more to save.
    if (this.#request || this.#leaving || !this.#isUnsaved || this.#conflict) return;
    const request = (this.#request = new AbortController());
    const saving = this.#changes;
    this.#lastStart = Date.now();
    const timeout = setTimeout(() => request.abort("timeout"), TIMEOUT_MS);
    try {
      const { saved_at: time, message } = await this.#post(request.signal, keepalive);
      if (request === this.#request) this.#saved(saving, time, message);
    } catch (error) {
      if (request === this.#request) error.conflict === undefined ? this.#failed() : this.#askWhich(error.conflict);
    } finally {
      clearTimeout(timeout);
    }
  }

  /** @throws when the server did not say that it stored the draft */
  async #post(signal, keepalive, url = this.#form.dataset.autosaveUrl) {
    const fields = new URLSearchParams([...new FormData(this.#form)].filter(([, value]) => typeof value === "string"));
    if (this.#keep) fields.set("draft_keep", this.#keep);
    const response = await fetch(url, {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
      keepalive: keepalive && fields.toString().length < KEEPALIVE_BYTES,
      // A redirect leads to a page for people, such as "open it again from your course": nothing was stored.
      redirect: "error",
      signal,
    });
    const late = this.#form.dataset.lateUrl;
    // The launch has ended: this one draft can still be saved, with the token in the form.
    if (response.status === 401 && late && url !== late) return this.#post(signal, keepalive, late);
    if (response.status === 409) throw Object.assign(new Error("answered 409"), await response.json());
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const answer = await response.json();
    if (!answer.saved_at) throw new Error("answered without saved_at");
    return answer;
  }

  #saved(changes, time, message) {
    this.#request = null;
    this.#keep = "";
    this.#failures = 0;
    this.#stored = changes;
    if (this.#isUnsaved) {
      this.#unsavedSince = Date.now();
      this.#saveIn(QUIET_MS);
      return;
    }
    this.#unsavedSince = null;
    delete this.#form.dataset.unsaved;
    this.#say(message ? "late" : "saved", time);
  }

  /** Another page saved meanwhile: nothing is overwritten before somebody chooses. Both texts are kept. */
  #askWhich(number) {
    this.#request = null;
    this.#conflict = number;
    this.#say("conflict");
    const choices = document.createElement("p");
    choices.className = "autosave-choices";
    choices.append(
      this.#button("keepMine", () => this.#choose("mine", choices)),
      this.#button("showOther", async () => {
        await this.#choose("other", choices);
        this.#leaving = true;
        location.assign(location.href.split("#")[0]);
      }),
    );
    this.#status?.after(choices);
  }

  #button(label, press) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-secondary";
    button.textContent = this.#status?.dataset[label] ?? "";
    button.addEventListener("click", press);
    return button;
  }

  async #choose(keep, choices) {
    choices.remove();
    this.#form.elements.draft_seen.value = this.#conflict;
    this.#conflict = null;
    this.#keep = keep;
    await this.#save();
  }

  #failed() {
    this.#request = null;
    this.#say(navigator.onLine ? "failed" : "offline");
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    // Spread out, or a whole class comes back in the same second after an outage.
    this.#saveIn(wait * (0.75 + Math.random() / 2));
  }

  /** The real submit carries the text; a draft that arrived after it would only confuse. */
  #submitted() {
    this.#leaving = true;
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  /** Show the state at once, but have it read out only when it is news: not each Saving, one Saved a minute. */
  #say(state, time = "") {
    const status = this.#status;
    if (!status) return;
    const text = (status.dataset[state] ?? "").replace("%s", time);
    status.dataset.state = state;
    if (status.textContent === text) return;
    const isNews = state !== "saving" && text !== this.#announced;
    status.setAttribute("aria-live", isNews ? "polite" : "off");
    if (isNews) this.#announced = text;
    status.textContent = text;
  }
}

for (const form of document.querySelectorAll("form[data-autosave-url]")) new Autosave(form);
