/** What every page may need: errors in view, questions before acts, no double sending, fresh pages after Back. */

const LOCKED_FOR_MS = 10_000;

/** Focus the error summary, so that it is read out; otherwise leave the focus where the platform had it. */
function showErrors() {
  document.querySelector("[data-focus-on-load]")?.focus();
  for (const link of document.querySelectorAll(".error-summary a[href^='#']")) {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      (field.closest("fieldset, .field") ?? field).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  }
}

/**
 * Ask in a dialog of our own: browsers answer window.confirm() with "no", unseen, in another site's frame.
 * @returns {Promise<boolean>} whether the reader wants to go on
 */
function ask(question) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "border rounded p-4" });
  const text = Object.assign(document.createElement("p"), { id: "question", textContent: question });
  dialog.setAttribute("aria-labelledby", text.id);
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "submit-row" });
  const { yes, no } = document.body.dataset;
  for (const [value, label, look] of [["yes", yes, "primary"], ["no", no, "secondary"]]) {
    form.append(
      Object.assign(document.createElement("button"), { value, textContent: label, className: `btn btn-${look}` }),
    );
  }
  dialog.append(text, form);
  document.body.append(dialog);
  dialog.showModal();
  form.lastElementChild.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

const agreed = new WeakSet();

/** Hold back a form whose form or button has data-confirm until the reader agreed. */
async function confirmFirst(event) {
  const { target: form, submitter } = event;
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(question)) {
    agreed.add(form);
    form.requestSubmit(submitter);
  } else {
    submitter?.focus();
  }
}

const sent = new Set();

/** Send a form once: a second press while the first is under way does nothing. */
function sendOnce(event) {
  const { target: form, submitter } = event;
  if (form.method !== "post" || form.target) return;
  if (sent.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  sent.add(form);
  // After this event, or the pressed button's own value would not be sent.
  setTimeout(() => submitter && (submitter.disabled = true));
  setTimeout(() => release(form), LOCKED_FOR_MS);
}

/** Let a form be sent again, for instance when the answer was a file or never came. */
function release(form) {
  sent.delete(form);
  for (const button of form.querySelectorAll("button:disabled")) button.disabled = false;
}

/** Say how much room a text has left, a moment after the typing stops. */
function count(note) {
  const box = document.getElementById(note.dataset.countFor);
  const { countWords, countCharacters, left, over } = note.dataset;
  const used = () => (countWords ? (box.value.match(/\S+/g) ?? []).length : [...box.value].length);
  const show = () => {
    const rest = Number(countWords ?? countCharacters) - used();
    note.textContent = (rest < 0 ? over : left).replace("%s", Math.abs(rest).toLocaleString(document.documentElement.lang));
    note.toggleAttribute("data-over-limit", rest < 0);
  };
  let timer;
  note.setAttribute("aria-live", "polite");
  box?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 600);
  });
  if (box?.value) show();
}

/** Fill a box with a usual value at one tap. */
function offerPresets(group) {
  const box = document.getElementById(group.dataset.presetsFor);
  const mark = () => {
    for (const chip of group.children) chip.setAttribute("aria-pressed", String(chip.value === box.value.trim()));
  };
  group.addEventListener("click", ({ target }) => {
    const chip = target.closest("button");
    if (!chip) return;
    box.value = chip.value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  box.addEventListener("input", mark);
  mark();
  group.hidden = false;
}

/** Let Back and reload ask for the form's page: browsers keep no answer to a POST, and show an error of their own. */
function forgetPost() {
  const isOurs = document.referrer.startsWith(`${window.location.origin}/`);
  if ("answersPost" in document.body.dataset && isOurs) window.history.replaceState(null, "", document.referrer);
}

document.addEventListener("submit", confirmFirst, true);
document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", ({ persisted }) => {
  for (const form of [...sent]) release(form);
  // A page kept by the browser may show what was true before the act; text that is not stored yet is worth more.
  if (persisted && !document.querySelector("[data-unsaved]")) window.location.reload();
});
forgetPost();
showErrors();
document.querySelectorAll("[data-count-for]").forEach(count);
document.querySelectorAll("[data-presets-for]").forEach(offerPresets);
