// The tool's page says when the registration is over; like Moodle, do not ask who says so.
const frame = document.querySelector("iframe[data-leads-to]");
window.addEventListener("message", (event) => {
  if (frame && event.data && event.data.subject === "org.imsglobal.lti.close") {
    window.location.assign(frame.dataset.leadsTo);
  }
});
