// The dashboard's own script: keys, a song's details, covers that are missing, and
// what to say when the dashboard does not answer. The pages work without it.
"use strict";

// answer presses the button of a labelling session that a key stands for.
const answer = (event) => {
  const button = document.querySelector(`.answers [data-key~="${CSS.escape(event.key)}"]`);
  if (!button || button.closest(".htmx-request")) return false;
  button.click();
  return true;
};

// key does what a key stands for on the page of the songs.
const key = (event) => {
  const help = document.getElementById("keys");
  if (!help) return false;
  const songs = [...document.querySelectorAll(".song")];
  const at = songs.indexOf(document.activeElement.closest(".song"));
  const vote = (n) => at >= 0 && !songs[at].querySelector(".votes.htmx-request") && songs[at].querySelectorAll(".votes button")[n].click();
  switch (event.key) {
    case "?": help.showModal(); break;
    case "j": songs[at + 1] ? show(songs[at + 1]) : more(songs.length); break;
    case "k": if (songs.length) show(songs[Math.max(at - 1, 0)]); break;
    case "u": vote(0); break;
    case "d": vote(1); break;
    case "Enter":
      if (document.activeElement !== songs[at]) return false; // a link or a button has it
      songs[at].querySelector("h2 a").click();
      break;
    default: return false;
  }
  return true;
};

const show = (song) => {
  song.focus({ preventScroll: true });
  song.scrollIntoView({ block: "nearest" });
};

// more fetches further songs, and goes to the first of them.
let after = -1;
const more = (count) => {
  after = count;
  document.querySelector(".more a")?.click();
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.repeat && !"jk".includes(event.key)) return;
  if (event.target.closest?.("input, textarea, select, dialog[open]")) return;
  if (!event.shiftKey && answer(event) || key(event)) event.preventDefault();
});

// A click on a song or its cover opens its details, and another closes them.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (event.target.closest(".help")) document.getElementById("keys").showModal();
  const song = event.target.closest(".song .thumb, .song h2 a")?.closest(".song");
  if (!song || event.target.closest(".details")) return;
  const link = song.querySelector("h2 a");
  const details = song.querySelector(".details");
  if (details.hasChildNodes()) {
    event.preventDefault();
    event.stopPropagation();
    close(details);
  } else if (!link.contains(event.target)) {
    event.preventDefault();
    link.click();
  }
}, true);

const close = (details) => {
  details.replaceChildren();
  details.closest(".song").querySelector("h2 a").removeAttribute("aria-expanded");
};

// What is swapped in keeps the keyboard where it was, and only one player plays.
let row = null;
document.addEventListener("htmx:beforeRequest", (event) => { row = event.detail.elt.closest(".song"); });
document.addEventListener("htmx:afterSettle", () => {
  document.getElementById("trouble")?.remove();
  for (const details of document.querySelectorAll(".song .details:not(:empty)")) {
    details.closest(".song").querySelector("h2 a").setAttribute("aria-expanded", "true");
    if (row?.querySelector(".player") && details.querySelector(".player") && !row.contains(details)) close(details);
  }
  const next = after >= 0 && document.querySelectorAll(".song")[after];
  if (next) show(next);
  else if (row?.isConnected && document.activeElement === document.body) row.focus({ preventScroll: true });
  after = -1;
});

// YouTube's picture for "there is none" is 120 pixels wide, narrower than any cover.
const missing = (img) => {
  if (img.complete && (img.naturalWidth === 0 || img.naturalWidth === 120)) img.classList.add("missing");
};
document.addEventListener("error", (event) => { if (event.target.matches?.(".face img")) event.target.remove(); }, true); // the initial is under it
for (const img of document.querySelectorAll(".face img")) if (img.complete && !img.naturalWidth) img.remove(); // it failed before this ran
for (const kind of ["load", "error"]) {
  document.addEventListener(kind, (event) => { if (event.target.matches?.(".thumb img")) missing(event.target); }, true);
}
for (const img of document.querySelectorAll(".thumb img")) if (img.currentSrc) missing(img);

// trouble says that a step did not work. The next one that does removes it. again, where
// there is one, is what "Try again" does.
const trouble = (sentence, again) => {
  let p = document.getElementById("trouble");
  if (!p) {
    p = document.createElement("p");
    p.id = "trouble";
    p.className = "mistake";
    p.setAttribute("role", "alert");
    document.querySelector("main").prepend(p);
  }
  p.textContent = sentence;
  if (again) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = "Try again";
    button.addEventListener("click", again);
    p.append(" ", button);
  }
  p.scrollIntoView({ block: "nearest" });
};

// repeat makes a request of htmx's once more, as it was made; what asks by itself every few
// seconds needs none.
const repeat = ({ elt, requestConfig }) => {
  if (elt.matches('[hx-trigger^="every"]')) return null;
  const button = requestConfig?.triggeringEvent?.submitter; // htmx sends a button's value only after a click
  return () => {
    if (!elt.isConnected) location.reload();
    else if (button) button.click();
    else if (elt.tagName === "FORM") elt.requestSubmit();
    else elt.click();
  };
};
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, (event) => {
    trouble("The dashboard does not answer. What you did last may not be kept.", repeat(event.detail));
    answers();
  });
}
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  trouble(page.querySelector(".mistake")?.textContent || "This did not work. The page may be out of date: load it again.", xhr.status >= 500 && repeat(event.detail));
});

// While the browser fetches another page, this one says so, as it does while htmx fetches.
const going = (on) => document.body.classList.toggle("going", on);
addEventListener("beforeunload", () => going(true));
addEventListener("pageshow", () => going(false));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") going(false); }); // it gave up

// answers asks whether the dashboard can be reached. Until it can, a banner says so, and it
// asks again every few seconds.
const banner = document.getElementById("offline");
let asking = 0;
const answers = async () => {
  clearTimeout(asking);
  let well = false;
  try {
    well = (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(8000) })).ok;
  } catch { /* not reached */ }
  const sentence = well ? "" : navigator.onLine ? "The dashboard does not answer. What you see may be old, and nothing is saved until it does." : "You are offline. What you see may be old, and nothing is saved until you are back.";
  if (banner.textContent !== sentence) banner.textContent = sentence;
  clearTimeout(asking);
  if (!well) asking = setTimeout(answers, 4000);
  return well;
};
addEventListener("offline", answers);
addEventListener("online", answers);
document.addEventListener("htmx:afterOnLoad", () => { if (banner.textContent) answers(); });
if (!navigator.onLine) answers();

// A form is not sent into nothing: what was typed would be gone with the page. Forms of
// htmx keep the page anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!banner.textContent || form.method === "dialog" || form.matches("[hx-post], [hx-get]") || event.submitter?.matches("[hx-post]")) return;
  event.preventDefault();
  answers().then((well) => well ? form.requestSubmit(event.submitter) : trouble("Nothing was sent; what you typed is still here.", () => form.requestSubmit(event.submitter)));
}, true);
