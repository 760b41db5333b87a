// Live updates, forms, keyboard. Every page works without this file; nothing here decides what anybody may do.
"use strict";
(() => {
  const $ = (what, within = document) => within.querySelector(what);
  const $$ = (what, within = document) => [...within.querySelectorAll(what)];
  const root = document.documentElement;
  const body = document.body;
  const words = $("#chu") ? $("#chu").dataset : {};
  const say = (key, n = "", t = "") => (words[key] || "").replace("%n", n).replace("%t", t);
  const csrf = () => ($('meta[name="csrf"]') || {}).content || "";
  const isWall = root.classList.contains("wall");
  const jitter = (seconds) => seconds * (0.5 + Math.random()) * 1000;
  const store = (key, value) => {
    try {
      if (value !== undefined) localStorage.setItem(key, value);
      return localStorage.getItem(key);
    } catch { return null; }
  };
  root.classList.add("has-script");

  // --- Clock: how old the data is, and whether the server still speaks. ---
  const LOST_S = 35;
  let heardAt = performance.now();
  let heardTime = Number(body.dataset.now) || 0;
  let asOf = Number(body.dataset.asOf) || 0;
  const serverNow = () => heardTime + (performance.now() - heardAt) / 1000;
  const clock = (at) => new Intl.DateTimeFormat("vi-VN", {
    timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
  }).format(new Date(at * 1000));
  const long = (s) => s < 60 ? say("seconds", Math.floor(s)) : s < 3600 ? say("minutes", Math.floor(s / 60)) : say("hours", Math.floor(s / 3600));

  function heard(beat) {
    heardAt = performance.now();
    if (beat && beat.now) { heardTime = beat.now; asOf = beat.asOf || asOf; }
    body.classList.toggle("is-past", Boolean(beat && beat.stale));
    $("#mat-lien-lac").hidden = true;
  }

  function tick() {
    const shown = $("#so-lieu");
    if (shown && asOf) {
      shown.textContent = clock(asOf);
      $("#tuoi").textContent = `(${long(Math.max(0, serverNow() - asOf))})`;
    }
    for (const each of $$(".wall-clock")) each.textContent = clock(serverNow());
    if (body.dataset.song && performance.now() - spokeAt > LOST_S * 1000) {  // a dead connection does not say so
      tries += 1;
      listen();
      if (!polling) poll();
    }
    const silent = (performance.now() - heardAt) / 1000;
    if (!body.dataset.song || silent < LOST_S) return;
    const bar = $("#mat-lien-lac");
    if (bar.hidden) { bar.textContent = say("lost", "", clock(heardTime).slice(0, 5)); bar.hidden = false; }
    if (silent > Math.max(LOST_S, Number(body.dataset.stale) || 0)) body.classList.add("is-past");
  }

  // --- Pieces: what changes takes its place, but nothing moves under a finger. ---
  const waiting = new Map();
  let changed = 0;
  let telling = 0;

  const isTyped = (field) => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.tagName === "SELECT" ? [...field.options].some((o) => o.selected !== o.defaultSelected)
      : field.type !== "hidden" && field.value !== field.defaultValue;

  function isHeld(element) {
    if (element.contains(document.activeElement)) return true;
    if ($("details[open], dialog[open], .is-chosen", element) || element.matches(".is-chosen")) return true;
    if ($$("input, textarea, select", element).some(isTyped)) return true;
    const chosen = getSelection();
    if (chosen && !chosen.isCollapsed && chosen.rangeCount && chosen.getRangeAt(0).intersectsNode(element)) return true;
    const box = element.getBoundingClientRect();
    return scrollY > 80 && box.top < innerHeight && element.matches("ol, ul, table, .matters, [data-list]");
  }

  function put(element, html) {
    const made = document.createElement("template");
    made.innerHTML = html;
    const next = made.content.firstElementChild;
    if (!next || next.isEqualNode(element)) return false;
    const had = element.contains(document.activeElement) && $$("a", element).indexOf(document.activeElement);
    const stop = element.matches(".tile") && $("a", element) ? $("a", element).tabIndex : null;
    element.replaceWith(next);
    if (stop !== null && $("a", next)) $("a", next).tabIndex = stop;
    if (had !== false && had >= 0 && $$("a", next)[had]) $$("a", next)[had].focus({ preventScroll: true });
    dress(next);
    document.dispatchEvent(new CustomEvent("doi-moi", { detail: next }));
    return true;
  }

  function take(pieces, force = false) {
    for (const { id, html } of pieces) {
      const element = document.getElementById(id);
      if (!element) continue;
      if (!force && !element.matches(".tile") && isHeld(element)) { waiting.set(id, html); continue; }
      waiting.delete(id);
      changed += put(element, html) ? 1 : 0;
    }
    const bar = $("#thay-doi");
    bar.hidden = !waiting.size;
    if (waiting.size) $("button", bar).textContent = say("changes", waiting.size);
    clearTimeout(telling);
    telling = setTimeout(tell, 1200);
  }

  function tell() {
    if (!changed) return;
    const headline = $("#headline h1");
    if (headline) document.title = headline.textContent.trim() + document.title.slice(Math.max(0, document.title.indexOf(" – ")));
    $("#noi").textContent = headline ? headline.textContent.trim() : say("changed", changed);
    changed = 0;
  }

  $("#thay-doi").addEventListener("click", () => {
    const all = [...waiting].map(([id, html]) => ({ id, html }));
    waiting.clear();
    take(all, true);
  });

  // --- The stream; when it cannot be had, the page is asked again every 30 s. ---
  let source = null;
  let tries = 0;
  let again = 0;
  let polling = 0;
  let spokeAt = performance.now();

  function listen() {
    clearTimeout(again);
    spokeAt = performance.now();
    if (source) source.close();
    if (!body.dataset.song) return;
    if (!window.EventSource) { poll(); return; }
    const asked = encodeURIComponent(location.pathname + location.search);
    const one = source = new EventSource(`/song?trang=${asked}&tu=${encodeURIComponent(body.dataset.tu || "")}`);
    const hear = (told) => { spokeAt = performance.now(); heard(told); };
    one.addEventListener("hello", (e) => {
      const told = JSON.parse(e.data);
      hear(told);
      tries = 0;
      clearTimeout(polling);
      polling = 0;
      if (body.dataset.build && told.build !== body.dataset.build) {
        if (isWall) location.reload();
        $("#noi").textContent = say("updated");
      }
    });
    one.addEventListener("beat", (e) => hear(JSON.parse(e.data)));
    one.addEventListener("pieces", (e) => {
      if (e.lastEventId) body.dataset.tu = e.lastEventId;
      const told = JSON.parse(e.data);
      hear(told);
      take(told.pieces);
    });
    one.addEventListener("bye", () => { one.close(); retry(2); });
    one.onerror = () => { one.close(); if (one === source) retry(Math.min(10, 1.5 * 2 ** tries++)); };
  }

  function retry(seconds) {
    clearTimeout(again);
    again = setTimeout(listen, jitter(seconds));
    if (tries > 2 && !polling) polling = setTimeout(poll, jitter(2));
  }

  async function poll() {
    polling = setTimeout(poll, 30000);
    try {
      const answer = await fetch(location.href, { headers: { "X-Background": "1" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      heard({ now: Number(page.body.dataset.now), asOf: Number(page.body.dataset.asOf), stale: $(".age.is-old", page) });
      take((body.dataset.pieces || "").split(" ").filter(Boolean).map((id) => page.getElementById(id)).filter(Boolean)
        .map((element) => ({ id: element.id, html: element.outerHTML })));
    } catch { /* the bar says since when */ }
  }

  // --- Forms: sent without leaving the page; what was typed stays when something goes wrong. ---
  function dialog(text, label, act) {
    const box = document.createElement("dialog");
    const line = document.createElement("p");
    const row = document.createElement("p");
    row.className = "actions";
    line.textContent = text;
    const button = (name, kind, then) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = `button ${kind}`;
      made.textContent = name;
      made.addEventListener("click", () => { box.close(); then(); });
      row.append(made);
    };
    if (label) button(label, "is-main", act);
    button(say("close"), "", () => {});
    box.append(line, row);
    box.addEventListener("close", () => box.remove());
    body.append(box);
    box.showModal();
    return box;
  }

  let isOver = false;

  function signIn() {
    if (!isOver || !$("dialog[open]")) dialog(say("signin"), say("signinlink"), () => open("/dang-nhap?tiep=/", "_blank"));
    isOver = true;
  }

  async function renew() {  // the mark against forgery belongs to a session; there is another one now
    const answer = await fetch(location.href, { headers: { "X-Background": "1" }, credentials: "same-origin" });
    const meta = $('meta[name="csrf"]', new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!meta || !meta.content) return;
    $('meta[name="csrf"]').content = meta.content;
    isOver = false;
    plan(5);
  }

  async function send(form, submitter) {
    const data = new FormData(form, submitter);
    const hasFile = [...data.values()].some((value) => value instanceof File && value.size);
    const action = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action") || location.href;
    $$(":scope > .wrong[data-own]", form).forEach((each) => each.remove());
    form.setAttribute("aria-busy", "true");
    try {
      if (isOver) await renew();
      const answer = await fetch(action, {
        method: "POST", body: hasFile ? data : new URLSearchParams(data), credentials: "same-origin",
        headers: { "X-CSRF-Token": csrf(), Accept: "text/html" },
      });
      const went = new URL(answer.url);
      if (answer.status === 401 || (answer.redirected && went.pathname === "/dang-nhap")) { signIn(); return; }
      if (!(answer.headers.get("Content-Type") || "").startsWith("text/html")) { location.assign(answer.url); return; }
      show(new DOMParser().parseFromString(await answer.text(), "text/html"), answer.redirected ? answer.url : "");
    } catch {
      const line = document.createElement("p");
      line.className = "wrong";
      line.dataset.own = "";
      line.setAttribute("role", "alert");
      line.textContent = say("failed");
      form.prepend(line);
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  function show(page, url) {
    const next = $("main", page);
    const own = $("main");
    if (!next || !own) { location.assign(url || location.href); return; }
    if (url && url !== location.href) history.pushState({ swapped: true }, "", url);
    document.title = page.title;
    for (const name of ["csrf"]) {
      const meta = $(`meta[name="${name}"]`, page);
      if (meta) $(`meta[name="${name}"]`).content = meta.content;
    }
    for (const sheet of $$('link[rel="stylesheet"]', page)) {
      if (!$(`link[href="${sheet.getAttribute("href")}"]`)) document.head.append(document.importNode(sheet));
    }
    for (const key of ["song", "tu", "pieces", "page"]) {
      if (page.body.dataset[key] === undefined) delete body.dataset[key]; else body.dataset[key] = page.body.dataset[key];
    }
    own.replaceWith(next);
    $$(".said").forEach((each) => each.remove());
    const said = $(".said", page);
    if (said) $("#noi-dung").before(said);
    if ($("#bars", page)) $("#bars").replaceWith($("#bars", page));
    waiting.clear();
    $("#thay-doi").hidden = true;
    dress(next);
    document.dispatchEvent(new CustomEvent("doi-moi", { detail: next }));
    const wrong = $(".wrong", next);
    const field = wrong && wrong.closest(".field") && $("input, select, textarea", wrong.closest(".field"));
    if (field) field.focus();
    else if (wrong) { wrong.tabIndex = -1; wrong.focus(); } else if (said) { said.focus({ preventScroll: true }); scrollTo(0, 0); }
    listen();
  }

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented || form.getAttribute("method") !== "post" || "whole" in form.dataset || form.matches("[hx-post], [hx-get]")) return;
    if (form.getAttribute("aria-busy")) { e.preventDefault(); return; }
    e.preventDefault();
    send(form, e.submitter);
  });
  addEventListener("popstate", () => location.reload());
  document.addEventListener("htmx:config:request", (e) => {
    e.detail.ctx.request.headers["X-CSRF-Token"] = csrf();
  });

  // --- Tile map: one Tab stop, arrow keys; a tap on a small tile names it first. ---
  const tiles = () => $$(".tiles a");

  function dress(part) {
    if (window.htmx && htmx.process) htmx.process(part);
    const all = tiles();
    if (all.length && !all.some((each) => each.tabIndex === 0 && each.dataset.stop)) {
      all.forEach((each) => { each.tabIndex = -1; });
      all[0].tabIndex = 0;
      all[0].dataset.stop = "1";
    } else if (part.matches && part.matches(".tile")) {
      const link = $("a", part);
      if (link && link.tabIndex === 0) link.dataset.stop = "1";
    }
  }

  function walk(from, key) {
    const box = from.parentElement.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const sideways = key === "ArrowLeft" || key === "ArrowRight";
    const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    let best = null;
    let least = Infinity;
    for (const each of tiles()) {
      const to = each.parentElement.getBoundingClientRect();
      const [dx, dy] = [to.left + to.width / 2 - x, to.top + to.height / 2 - y];
      const along = sign * (sideways ? dx : dy);
      const cost = along + 4 * Math.abs(sideways ? dy : dx);
      if (each !== from && along > 2 && cost < least) { best = each; least = cost; }
    }
    if (!best) return;
    tiles().forEach((each) => { each.tabIndex = -1; delete each.dataset.stop; });
    best.tabIndex = 0;
    best.dataset.stop = "1";
    best.focus();
  }

  document.addEventListener("click", (e) => {
    const link = e.target.closest && e.target.closest(".tile a");
    if (link && innerWidth < 640 && !e.ctrlKey && !e.metaKey && e.detail) {
      e.preventDefault();
      dialog(link.parentElement.title, link.querySelector(".name").textContent, () => location.assign(link.href)).classList.add("sheet");
      return;
    }
    for (const open of $$("details.fold[open]")) if (!open.contains(e.target)) open.open = false;
    const keys = e.target.closest && e.target.closest("[data-keys]");
    if (keys) { store("phim-tat", usesKeys() ? "0" : "1"); showKeys(); }
  });

  // --- Keyboard. Single letters can be switched off; never inside fields, never while a mark is being typed. ---
  const usesKeys = () => store("phim-tat") !== "0";
  const showKeys = () => $$("[data-keys]").forEach((each) => each.setAttribute("aria-pressed", String(usesKeys())));
  const rows = () => $$("main .matter, main table.list tbody tr, main [data-row]").filter((each) => each.offsetParent);
  const chosen = () => $(".is-chosen");
  let isGoing = 0;

  function choose(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
    if (chosen()) chosen().classList.remove("is-chosen");
    next.classList.add("is-chosen");
    const link = $("a, button", next);
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  const within = (what) => (chosen() && $(what, chosen())) || $(`main ${what}`);
  const KEYS = {
    j: () => choose(1),
    k: () => choose(-1),
    a: () => { const found = within('[data-do="nhan"] button, button[data-do="nhan"]'); if (found) found.click(); },
    n: () => { const found = within('[data-do="ghi-chu"]'); if (found) { (found.matches("textarea, input, a, button") ? found : $("textarea, input:not([type=hidden])", found)).focus(); } },
    x: () => { const found = chosen() && $('input[type="checkbox"]', chosen()); if (found) found.click(); },
    "/": () => { const found = $("#tim"); if (found) { found.focus(); found.select(); } },
    "?": () => dialog(`${say("keys")}: ${say("keyhelp")}`),
  };

  document.addEventListener("keydown", (e) => {
    if (e.isComposing || e.keyCode === 229 || e.defaultPrevented) return;
    const inField = e.target.matches && e.target.matches("input, textarea, select, [contenteditable]");
    if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === "k") { e.preventDefault(); KEYS["/"](); return; }
    if (e.key === "Escape") { $$("details.fold[open]").forEach((each) => { each.open = false; }); if (inField) e.target.blur(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || inField || $("dialog[open]")) return;
    if (e.key.startsWith("Arrow") && e.target.closest && e.target.closest(".tile")) { e.preventDefault(); walk(e.target.closest("a"), e.key); return; }
    if (!usesKeys()) return;
    if (isGoing) {
      clearTimeout(isGoing);
      isGoing = 0;
      const link = $(`.menu a[data-key="${CSS.escape(e.key)}"]`);
      if (link) { e.preventDefault(); location.assign(link.href); }
      return;
    }
    if (e.key === "g") { isGoing = setTimeout(() => { isGoing = 0; }, 1500); return; }
    if (e.key === "Enter" && chosen() && !e.target.closest("a, button, summary")) { const link = $("a", chosen()); if (link) link.click(); return; }
    if (Object.hasOwn(KEYS, e.key)) { e.preventDefault(); KEYS[e.key](); }
  });

  // --- The session ends: say so 2 minutes ahead; what was typed stays. ---
  const WARN_S = 120;

  let ending = null;
  let asking = 0;
  let wasIn = false;

  async function me(headers = { "X-Background": "1" }) {
    clearTimeout(asking);
    try {
      const answer = await fetch("/api/v1/me", { headers, credentials: "same-origin" });
      if (ending) ending.close();
      ending = null;
      const left = answer.ok ? (await answer.json()).remainingS : WARN_S + 60;
      if (left === null) { if (wasIn) signIn(); return; }
      wasIn = true;
      if (left > WARN_S) { plan(left - WARN_S); return; }
      ending = dialog(say("ending"), say("stay"), () => me({}));
      plan(left + 1);
    } catch { plan(60); }
  }
  const plan = (seconds) => { asking = setTimeout(me, Math.max(5, seconds) * 1000); };

  // --- Wall screen: nobody touches it for weeks. ---
  function wall() {
    let at = 0;
    const turn = () => { root.dataset.turn = String(at++ % 3); };
    if ($("#systems")) { turn(); setInterval(turn, 20000); }
    setInterval(() => body.classList.toggle("moved"), 3600000);
    setTimeout(() => location.reload(), 6 * 3600000 + jitter(300));
    const awake = () => { if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(() => {}); };
    document.addEventListener("visibilitychange", awake);
    awake();
  }

  showKeys();
  dress(document);
  tick();
  setInterval(tick, 1000);
  listen();
  if (isWall) wall(); else if (csrf()) plan(5);
})();
