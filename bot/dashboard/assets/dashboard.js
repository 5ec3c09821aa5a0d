// The dashboard's own script: the arrow keys of a labelling session. The pages
// work without it.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
  if (event.target.closest?.("input, textarea, select")) return;
  const answer = document.querySelector(`.answers [data-key="${CSS.escape(event.key)}"]`);
  if (!answer || answer.closest(".htmx-request")) return;
  event.preventDefault();
  answer.click();
});
