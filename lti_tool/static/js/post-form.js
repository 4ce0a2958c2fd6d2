/** Sends form[data-auto-submit] on; its visible button does the same where scripts are off. */
document.querySelector("form[data-auto-submit]")?.requestSubmit();
