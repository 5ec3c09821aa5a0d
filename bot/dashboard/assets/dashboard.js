// The dashboard's own script: the arrow keys of a labelling session, and pictures that
// are missing. The pages work without it.
"use strict";
// A picture that does not come is taken away, so that the record behind it is seen.
document.addEventListener("error", (event) => {
  if (event.target.matches?.(".thumb img")) event.target.remove();
}, true);
for (const img of document.querySelectorAll(".thumb img")) {
  if (img.complete && img.naturalWidth === 0 && img.currentSrc) img.remove();
}
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
  if (event.target.closest?.("input, textarea, select")) return;
  const answer = document.querySelector(`.answers [data-key="${CSS.escape(event.key)}"]`);
  if (!answer || answer.closest(".htmx-request")) return;
  event.preventDefault();
  answer.click();
});
