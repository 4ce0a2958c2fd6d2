// Fetch the page again every few seconds and put in what has changed, unless the reader is busy there.
const seconds = 3;
const toggle = document.querySelector("[data-live-switch]");
toggle.closest("[hidden]").hidden = false;

async function refresh() {
  const region = document.querySelector("[data-live]");
  if (!toggle.checked || document.hidden || region.contains(document.activeElement)) {
    return;
  }
  const answer = await fetch(window.location.href);
  if (!answer.ok) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const replacement = fresh.querySelector("[data-live]");
  if (replacement && replacement.innerHTML !== region.innerHTML) {
    region.innerHTML = replacement.innerHTML;
  }
}

window.setInterval(() => refresh().catch(() => undefined), seconds * 1000);
