// A launch goes on by itself; the button is for browsers without scripts.
document.querySelector("form[data-autosubmit]").submit();
