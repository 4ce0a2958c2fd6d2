/** Tells the platform that registration is over, so that it closes this window or frame. */
document.querySelector("[data-registration-done]")?.addEventListener("click", () => {
  // The platform listens on its own origin, which this page does not know for sure; the message holds no secret.
  (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
});
