/** The mentor's page works without this; with it nothing is sent twice and the ticks are counted. */

const LOCKED_FOR_MS = 10_000;

for (const form of document.querySelectorAll("form[data-one-press]")) {
  form.addEventListener("submit", (event) => {
    const isByEnter = event.submitter?.name === "do" && !event.submitter.value;
    if (form.dataset.sent || isByEnter) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, LOCKED_FOR_MS);
  });
}

const count = document.querySelector("[data-count]");

function showCount() {
  const ticked = document.querySelectorAll("input[name='pick']:checked").length;
  count.textContent = ticked ? ` (${ticked})` : "";
}

if (count) {
  document.addEventListener("change", showCount);
  showCount();
}

window.addEventListener("pageshow", ({ persisted }) => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  if (persisted) window.location.reload();
});
document.querySelector("[data-focus]")?.focus();
