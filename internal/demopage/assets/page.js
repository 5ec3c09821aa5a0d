// The demo's page: puts what the server draws into its place, and tells the
// server what was clicked or typed. All texts and all state come from there.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const log = $("log"), box = $("box"), list = $("suggestions"), note = $("note");
  const latest = $("latest"), link = $("link"), dialog = $("dialog");

  // Talking to the server.

  let noteTimer = 0;
  const say = (text) => {
    note.textContent = text;
    note.hidden = !text;
    clearTimeout(noteTimer);
    if (text) noteTimer = setTimeout(() => say(""), 8000);
  };

  const post = async (path, data) => {
    try {
      const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });
      const body = await answer.json();
      if (body.error) say(body.error);
      else say("");
      if (body.form) ask(body.form, data.message);
      return !body.error;
    } catch {
      say("The demo does not answer. Has it ended?");
      return false;
    }
  };

  // Messages.

  const fragment = (html) => {
    const t = document.createElement("template");
    t.innerHTML = html;
    return t.content.querySelector("article, .reactions");
  };

  // Like a chat client: no second heading for messages that follow closely,
  // and a line where a day begins.
  const arrange = (el) => {
    if (!el || !el.matches("article")) return;
    let prev = el.previousElementSibling;
    while (prev && !prev.matches("article")) prev = prev.previousElementSibling;
    const newDay = !prev || prev.dataset.day !== el.dataset.day;
    const line = el.previousElementSibling;
    const has = line && line.matches(".day");
    if (newDay && !has) {
      const d = document.createElement("div");
      d.className = "day";
      d.setAttribute("role", "separator");
      const s = document.createElement("span");
      s.textContent = el.dataset.day;
      d.append(s);
      el.before(d);
    }
    const follows = prev && !newDay && prev.dataset.author === el.dataset.author && !el.dataset.call &&
      !prev.classList.contains("ephemeral") && !el.classList.contains("ephemeral") && el.dataset.unix - prev.dataset.unix < 420;
    el.classList.toggle("follows", Boolean(follows));
  };

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  const toEnd = () => { log.scrollTop = log.scrollHeight; latest.hidden = true; };

  // Redrawing keeps the focus where it was.
  const swap = (old, fresh) => {
    const active = document.activeElement;
    let again = "";
    if (active && old.contains(active)) {
      for (const name of ["data-emoji", "data-press", "data-menu", "data-app"]) {
        if (active.hasAttribute(name)) again = `[${name}="${CSS.escape(active.getAttribute(name))}"]`;
      }
    }
    old.replaceWith(fresh);
    if (again) fresh.querySelector(again)?.focus({ preventScroll: true });
  };

  const put = (data) => {
    const end = atEnd();
    const fresh = fragment(data.html);
    if (!fresh) return;
    const old = $("m" + data.id);
    if (old) {
      swap(old, fresh);
    } else {
      log.append(fresh);
      const all = log.querySelectorAll("article");
      for (let i = 0; i < all.length - 200; i++) all[i].remove();
    }
    arrange(fresh);
    tell(fresh);
    if (end) toEnd();
    else if (!old) latest.hidden = false;
  };

  // What only the simulation knows of a pick, once its day is over.
  const marks = new Map();
  const tell = (el) => {
    const kind = marks.get(el.dataset.id);
    if (!kind || el.querySelector(".mark")) return;
    const p = document.createElement("p");
    p.className = "mark " + kind;
    p.textContent = kind === "liked" ? "♥ the members would like it" : "· not to the members' taste";
    p.title = "Only the simulation knows. The bot sees votes alone.";
    el.querySelector(".content").append(p);
  };
  const learn = (fresh) => {
    const end = atEnd();
    for (const [id, kind] of Object.entries(fresh)) {
      if (marks.has(id)) continue;
      marks.set(id, kind);
      const el = $("m" + id);
      if (el) tell(el);
    }
    if (end) toEnd();
  };

  for (const el of log.querySelectorAll("article")) {
    arrange(el);
    if (el.dataset.mark) learn({ [el.dataset.id]: el.dataset.mark });
  }
  toEnd();
  log.addEventListener("scroll", () => { if (atEnd()) latest.hidden = true; });
  latest.addEventListener("click", toEnd);

  log.addEventListener("click", (event) => {
    const b = event.target.closest("button");
    const message = b?.closest("article");
    if (!message) return;
    const id = message.dataset.id;
    if (b.dataset.emoji) {
      post("/react", { message: id, emoji: b.dataset.emoji, on: b.getAttribute("aria-pressed") !== "true" });
    } else if (b.dataset.press) {
      b.classList.add("busy");
      post("/press", { message: id, id: b.dataset.press }).finally(() => b.classList.remove("busy"));
    } else if (b.dataset.choose) {
      const menu = message.querySelector(`[data-menu="${CSS.escape(b.dataset.choose)}"]`);
      post("/press", { message: id, id: b.dataset.choose, values: Array.from(menu.selectedOptions, (o) => o.value) });
    } else if (b.dataset.app) {
      b.closest("details").open = false;
      post("/app", { message: id, id: b.dataset.app });
    } else if ("dismiss" in b.dataset) {
      post("/dismiss", { message: id });
      message.remove();
      box.focus();
    }
  });
  log.addEventListener("change", (event) => {
    const menu = event.target.closest("select[data-menu]:not([multiple])");
    if (menu?.value) post("/press", { message: menu.closest("article").dataset.id, id: menu.dataset.menu, values: [menu.value] });
  });

  // The stream of changes.

  const connect = () => {
    // What happened since the page was drawn comes first.
    const seen = [...log.querySelectorAll("article")].at(-1)?.dataset.id ?? "";
    const stream = new EventSource("/events?after=" + seen);
    let lost = false;
    const on = (kind, act) => stream.addEventListener(kind, (e) => act(JSON.parse(e.data)));
    on("hello", () => {
      if (lost) location.reload(); // what came meanwhile is in the page itself
      link.textContent = "";
    });
    on("message", put);
    on("edit", put);
    on("delete", (d) => $("m" + d.id)?.remove());
    on("reactions", (d) => {
      const old = $("m" + d.id)?.querySelector("[data-reactions]");
      const fresh = fragment(d.html);
      if (old && fresh) { const end = atEnd(); swap(old, fresh); if (end) toEnd(); }
    });
    on("side", side);
    on("behind", () => location.reload());
    on("bye", () => { stream.close(); link.textContent = "The demo has ended."; });
    stream.onerror = () => { lost = true; link.textContent = "Waiting for the demo…"; };
  };

  // The panel.

  const pause = $("pause"), next = $("next"), skip = $("skip"), speed = $("speed"), drawer = $("drawer"), panel = $("panel");
  const side = (d) => {
    $("world").innerHTML = d.html;
    $("strip").innerHTML = d.strip;
    pause.setAttribute("aria-pressed", d.paused);
    pause.textContent = d.paused ? "▶ Go on" : "⏸ Pause";
    pause.disabled = d.ended;
    next.disabled = !d.paused || d.ended || d.skipping;
    skip.hidden = !d.offer || d.ended;
    skip.disabled = d.skipping;
    if (!d.skipping) skip.textContent = `Skip to day ${d.offer} ⏩`;
    $("skipping").hidden = !d.skipping;
    if (document.activeElement !== speed) speed.value = String(d.speed);
    learn(d.marks);
  };
  pause?.addEventListener("click", () => post("/control", { action: pause.getAttribute("aria-pressed") === "true" ? "resume" : "pause" }));
  next?.addEventListener("click", () => post("/control", { action: "next" }));
  skip?.addEventListener("click", () => post("/control", { action: "skip" }));
  speed?.addEventListener("change", () => post("/control", { action: "speed", speed: Number(speed.value) }));
  // On a phone the panel is one line, and a drawer behind it.
  drawer?.addEventListener("click", () => {
    const open = panel.classList.toggle("open");
    drawer.setAttribute("aria-expanded", open);
    drawer.textContent = open ? "Close" : "Details";
  });

  // The box and its suggestions.

  let offers = [], offered = "", chosen = -1, asked = 0, wait = 0;
  const close = () => {
    offers = [];
    chosen = -1;
    list.hidden = true;
    list.replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (i) => {
    chosen = i;
    for (const [n, li] of Array.from(list.children).entries()) li.setAttribute("aria-selected", n === i);
    if (i >= 0) {
      box.setAttribute("aria-activedescendant", "s" + i);
      list.children[i].scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };
  const show = (text, found) => {
    close();
    offers = found;
    offered = text;
    if (!found.length) return;
    list.append(...found.map((o, i) => {
      const li = document.createElement("li"), b = document.createElement("b"), s = document.createElement("span");
      li.id = "s" + i;
      li.setAttribute("role", "option");
      b.textContent = o.label;
      s.textContent = o.detail;
      li.append(b, s);
      li.addEventListener("mousedown", (e) => { e.preventDefault(); take(i); });
      return li;
    }));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    mark(0);
  };
  const suggest = () => {
    clearTimeout(wait);
    const text = box.value, mine = ++asked;
    if (!text.startsWith("/")) { close(); return; }
    wait = setTimeout(async () => {
      try {
        const found = await (await fetch("/suggest?text=" + encodeURIComponent(text))).json();
        if (mine === asked) show(text, found);
      } catch { close(); }
    }, text.includes(":") ? 180 : 0);
  };
  const take = (i) => {
    box.value = offers[i].text;
    box.focus();
    suggest();
  };
  // Who types faster than suggestions arrive still sees those of an earlier
  // text; such a one is taken only where it continues what is written now.
  const fits = (i) => box.value === offered || offers[i].text.toLowerCase().startsWith(box.value.toLowerCase());
  box.addEventListener("input", suggest);
  box.addEventListener("keydown", (e) => {
    if (list.hidden) return;
    const n = offers.length;
    if (e.key === "ArrowDown") { e.preventDefault(); mark((chosen + 1) % n); }
    else if (e.key === "ArrowUp") { e.preventDefault(); mark((chosen + n - 1) % n); }
    else if (e.key === "Escape") { asked++; close(); }
    else if (e.key === "Tab" && !e.shiftKey && chosen >= 0) { e.preventDefault(); if (fits(chosen)) take(chosen); }
    else if (e.key === "Enter" && chosen >= 0 && fits(chosen) && offers[chosen].text.trim() !== box.value.trim()) {
      // Enter takes a suggestion; a command that needs nothing more is sent.
      e.preventDefault();
      const done = offers[chosen].done && !box.value.includes(" ");
      if (done) { box.value = offers[chosen].text; asked++; close(); $("say").requestSubmit(); }
      else take(chosen);
    }
  });
  box.addEventListener("blur", () => setTimeout(close, 150));
  $("say").addEventListener("submit", async (e) => {
    e.preventDefault();
    const text = box.value;
    if (!text.trim()) return;
    asked++;
    clearTimeout(wait);
    close();
    box.value = "";
    toEnd();
    if (!await post("/say", { text }) && !box.value) box.value = text;
  });

  // Forms that the bot asks to be filled in.

  const ask = (form, message) => { // message: whose button asks, if one does
    $("dialog-title").textContent = form.title || "Cratedigger";
    const fields = [];
    for (const row of form.components || []) {
      for (const input of row.components || [row.component]) {
        if (!input || input.type !== 4) continue;
        const label = document.createElement("label"), span = document.createElement("span");
        const field = document.createElement(input.style === 2 ? "textarea" : "input");
        span.textContent = input.label || row.label || input.custom_id;
        field.name = input.custom_id;
        field.value = input.value || "";
        field.placeholder = input.placeholder || "";
        field.required = input.required !== false;
        if (input.max_length) field.maxLength = input.max_length;
        label.append(span, field);
        fields.push(label);
      }
    }
    $("dialog-fields").replaceChildren(...fields);
    dialog.dataset.id = form.custom_id;
    dialog.dataset.message = message || "";
    dialog.showModal();
  };
  $("dialog-cancel").addEventListener("click", () => dialog.close());
  $("dialog-form").addEventListener("submit", (e) => {
    e.preventDefault();
    const values = Object.fromEntries(new FormData(e.target));
    dialog.close();
    post("/form", { id: dialog.dataset.id, message: dialog.dataset.message, fields: values });
  });

  connect();
})();
