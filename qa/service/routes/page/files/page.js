/** The page: what is asked stands in its address, and everything shown follows from that. */

import * as show from "./show.js";
import { language, languageName, span, translate, words } from "./words.js";

const NAMES = ["q", "published_from", "published_to", "languages", "sources"]; // as GET /ask has them
const LATEST = 8;
const PATIENCE = 200; // ms without an answer before the page says that it searches

const byId = (id) => document.getElementById(id);
const [form, main, reader, lock] = ["ask", "main", "article", "locked"].map(byId);
let asked = null; // what the screen answers, as a query
let answered = null; // what the service said to it
let shown = null; // settled once the screen shows it
let [asking, reading] = [new AbortController(), new AbortController()]; // what was asked or opened before is given up

// --- the service

async function get(path, signal) {
  for (;;) {
    const key = sessionStorage.getItem("key");
    const response = await fetch(path, { signal, cache: "no-store", headers: key ? { Authorization: `Bearer ${key}` } : {} });
    if (response.status === 401) {
      await unlock(key);
      continue;
    }
    const body = await response.json();
    signal?.throwIfAborted(); // it may have come whole just before it was given up
    if (!response.ok) throw new Error(body.detail);
    return body;
  }
}

/** Have a key typed in; who waits for one meanwhile gets the same. */
let unlocking = null;
function unlock(refused) {
  if (refused !== sessionStorage.getItem("key")) return null; // another one was typed in since
  byId("refused").hidden = !refused;
  unlocking ??= new Promise((resolve) => {
    lock.showModal();
    lock.addEventListener("close", () => {
      unlocking = null;
      const field = lock.querySelector("input");
      sessionStorage.setItem("key", field.value);
      field.value = "";
      resolve();
    }, { once: true });
  });
  return unlocking;
}
lock.addEventListener("cancel", (event) => event.preventDefault()); // without a key there is nothing to see

// --- the address

function query(parameters) {
  return new URLSearchParams([...parameters].filter(([name, value]) => NAMES.includes(name) && value.trim()));
}

/** Go to another address of the page. */
function go(parameters) {
  const address = `?${parameters}`;
  if (address !== (location.search || "?")) {
    history.pushState({ within: true }, "", parameters.size ? address : location.pathname);
  }
  follow();
}

/** Show what the address says. */
async function follow() {
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  const here = new URLSearchParams(location.search);
  const wanted = query(here);
  fill(wanted);
  if (`${wanted}` !== asked) {
    asked = `${wanted}`;
    shown = find(wanted);
  }
  await shown; // an article is marked where the answer quotes it
  if (!signal.aborted) await read(here.get("article"), here.get("at"), signal);
}

function linkTo(articleId, at) {
  const parameters = new URLSearchParams(asked);
  parameters.set("article", articleId);
  if (at) parameters.set("at", `${at[0]}-${at[1]}`);
  return `?${parameters}`;
}

// --- questions

/** Show the answer, or the newest articles where nothing is asked; `main` is busy until it does. */
async function find(parameters) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  main.ariaBusy = "true";
  try {
    await (parameters.has("q") ? ask(parameters, signal) : home(signal));
  } catch (error) {
    if (!signal.aborted) failed(error);
  } finally {
    if (!signal.aborted) main.ariaBusy = null;
  }
}

async function ask(parameters, signal) {
  document.title = `${parameters.get("q")} – newsqa`;
  const waiting = setTimeout(() => tell(words.searching), PATIENCE);
  try {
    answered = await get(`ask?${parameters}`, signal);
  } finally {
    clearTimeout(waiting);
  }
  put(show.answer(answered, linkTo));
  if (answered.status === "abstained" && parameters.size > 1) suggest();
  const sources = new Set(answered.citations.map((citation) => citation.article_id));
  tell(sources.size ? words.told(sources.size) : words.silent);
}

async function home(signal) {
  answered = null;
  document.title = "newsqa";
  tell("");
  const { articles } = await get(`articles?limit=${LATEST}`, signal);
  put(show.latest(articles, linkTo));
}

function put(sections) {
  main.replaceChildren(...sections.filter(Boolean));
}

function failed(error) {
  const message = error instanceof TypeError ? words.unreached : error.message;
  put(show.failure(message, follow));
  asked = null;
  tell(words.failed);
}

function suggest() {
  const button = show.make("button", { type: "button", onclick: clear }, words.unfiltered);
  byId("answer").append(show.make("p", {}, `${words.filtered} `, button));
}

function tell(message) {
  byId("told").textContent = message;
}

// --- the form

function submit() {
  if (form.reportValidity()) go(query(new FormData(form)));
}

function clear() {
  go(new URLSearchParams({ q: byId("q").value }));
}

/** Put into the form what is asked. */
function fill(parameters) {
  byId("q").value = parameters.get("q") ?? "";
  for (const name of ["published_from", "published_to"]) form.elements[name].value = parameters.get(name) ?? "";
  for (const name of ["languages", "sources"]) {
    const chosen = parameters.getAll(name);
    for (const value of chosen) offer(name, value);
    for (const box of byId(name).querySelectorAll("input")) box.checked = chosen.includes(box.value);
  }
  const filters = [...parameters].filter(([name]) => name !== "q");
  byId("active").textContent = filters.map(([name, value]) => (name === "languages" ? languageName(value) : value)).join(", ");
  byId("clear").hidden = !filters.length;
}

function offer(name, value, count) {
  const field = byId(name);
  if ([...field.querySelectorAll("input")].some((box) => box.value === value)) return;
  const box = show.make("input", { type: "checkbox", name, value });
  const label = show.make("span", { dir: "auto" }, name === "languages" ? languageName(value) : value);
  field.append(show.make("label", {}, box, " ", label, count ? show.make("small", {}, ` ${count}`) : null));
}

async function offerAll() {
  const facets = await get("facets");
  for (const name of ["languages", "sources"]) {
    for (const [value, count] of Object.entries(facets[name])) offer(name, value, count);
    byId(name).hidden = !byId(name).querySelector("input");
  }
  for (const [name, bound] of [["published_from", "min"], ["published_to", "max"]]) {
    for (const field of form.querySelectorAll("[type=date]")) field[bound] = facets[name] ?? "";
  }
  const { published_from: first, published_to: last } = facets;
  const held = [...words.holds(facets.articles, Object.keys(facets.sources).length), ...(first ? [span(first, last)] : [])];
  byId("holds").replaceChildren(...held.map((part) => show.make("span", {}, part)));
}

// --- an article

async function read(articleId, at, signal) {
  if (!articleId) {
    reader.close();
    return;
  }
  try {
    const given = await get(`articles/${encodeURIComponent(articleId)}`, signal);
    const span = (at ?? "").match(/^(\d+)-(\d+)$/)?.slice(1).map(Number) ?? null;
    const quotes = (answered?.citations ?? [])
      .filter((citation) => citation.article_id === articleId)
      .map((citation) => [citation.start_char_index, citation.end_char_index, citation.index]);
    if (span && !quotes.some(([start]) => start === span[0])) quotes.push(span);
    reader.querySelector("article").replaceChildren(...show.article(given, quotes, span));
    if (!reader.open) reader.showModal();
    const mark = reader.querySelector("mark.at");
    if (mark) mark.scrollIntoView({ block: "center" });
    else reader.scrollTop = 0;
  } catch (error) {
    if (!signal.aborted) failed(error);
  }
}

/** Leave the article, to where it was opened if that was on this page. */
function leave() {
  const here = new URLSearchParams(location.search);
  if (!here.has("article")) return;
  if (history.state?.within) history.back();
  else {
    history.replaceState(null, "", `?${query(here)}`);
    follow();
  }
}

// --- hands

form.addEventListener("submit", (event) => {
  event.preventDefault();
  asked = null; // the same question again is asked again
  submit();
});
form.addEventListener("change", (event) => {
  if (event.target.type === "checkbox" && byId("q").value.trim()) submit();
});
form.addEventListener("focusout", (event) => {
  if (event.target.type === "date" && byId("q").value.trim()) submit(); // "change" comes with every digit of a year
});
byId("clear").addEventListener("click", clear);
reader.addEventListener("close", leave);
reader.addEventListener("click", (event) => {
  if (event.target === reader) reader.close(); // beside it
});
addEventListener("popstate", follow);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.within, a.marker");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.className === "within") {
    go(new URL(link.href).searchParams);
    return;
  }
  const mark = document.querySelector(link.hash);
  mark.closest("li").querySelector("h3 a").focus({ preventScroll: true });
  mark.scrollIntoView({ block: "center", behavior: "smooth" });
});

document.addEventListener("keydown", (event) => {
  const at = event.target;
  const typing = at.matches("input:not([type=checkbox]), textarea");
  if (document.querySelector("dialog[open]") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "/" && !typing && byId("shortcut").checked) {
    event.preventDefault();
    byId("q").select();
  } else if (event.key === "Escape" && at.closest("#filters")) {
    byId("filters").open = false;
    byId("filters").querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [byId("q"), ...main.querySelectorAll("h3 a")];
    const next = stops[stops.indexOf(at) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!stops.includes(at) || !next) return;
    event.preventDefault();
    next.focus();
  }
});

const shortcut = byId("shortcut");
shortcut.checked = localStorage.getItem("shortcut") !== "off";
shortcut.addEventListener("change", () => localStorage.setItem("shortcut", shortcut.checked ? "on" : "off"));

translate();
byId("help").textContent = words.help;
follow();
offerAll().catch(() => null); // what does not come is told by what was asked
