/** The page. Its URL holds the question, the filters and the open article; everything shown follows from the URL. */

import * as show from "./show.js";
import { language, languageName, span, translate, words } from "./words.js";

const PARAMETERS = ["q", "published_from", "published_to", "languages", "sources"]; // of GET /ask
const LATEST_COUNT = 8; // articles
const SEARCHING_DELAY = 200; // ms without a response before the page announces that it is searching

const byId = (id) => document.getElementById(id);
const [form, main, reader, lock] = ["ask", "main", "article", "locked"].map(byId);
let currentQuery = null; // the query string whose result is on the screen
let currentAnswer = null; // the response to it, null without a question
let rendering = null; // a promise that resolves when the result is on the screen
let [mainRequest, articleRequest] = [new AbortController(), new AbortController()]; // aborted by the next request

// --- the service

async function get(path, signal) {
  for (;;) {
    const key = sessionStorage.getItem("key");
    const response = await fetch(path, { signal, cache: "no-store", headers: key ? { Authorization: `Bearer ${key}` } : {} });
    if (response.status === 401) {
      await requestKey(key);
      continue;
    }
    const body = await response.json();
    signal?.throwIfAborted(); // the response may have been complete just before the abort
    if (!response.ok) throw new Error(body.detail);
    return body;
  }
}

/** Ask for an API key in a dialog; requests that wait at the same time share it. */
let keyRequest = null;
function requestKey(refused) {
  if (refused !== sessionStorage.getItem("key")) return null; // another key was entered meanwhile
  byId("refused").hidden = !refused;
  keyRequest ??= new Promise((resolve) => {
    lock.showModal();
    lock.addEventListener("close", () => {
      keyRequest = null;
      const field = lock.querySelector("input");
      sessionStorage.setItem("key", field.value);
      field.value = "";
      resolve();
    }, { once: true });
  });
  return keyRequest;
}
lock.addEventListener("cancel", (event) => event.preventDefault()); // without a key there is nothing to show

// --- the URL

function query(parameters) {
  return new URLSearchParams([...parameters].filter(([name, value]) => PARAMETERS.includes(name) && value.trim()));
}

/** Go to another URL of the page and show it. */
function navigate(parameters) {
  const address = `?${parameters}`;
  if (address !== (location.search || "?")) {
    history.pushState({ within: true }, "", parameters.size ? address : location.pathname);
  }
  render();
}

/** Show the question, the filters and the article of the URL. */
async function render() {
  articleRequest.abort();
  articleRequest = new AbortController();
  const { signal } = articleRequest;
  const parameters = new URLSearchParams(location.search);
  const wanted = query(parameters);
  fillForm(wanted);
  if (`${wanted}` !== currentQuery) {
    currentQuery = `${wanted}`;
    rendering = renderMain(wanted);
  }
  await rendering; // the article is marked where the answer quotes it
  if (!signal.aborted) await openArticle(parameters.get("article"), parameters.get("at"), signal);
}

function linkTo(articleId, at) {
  const parameters = new URLSearchParams(currentQuery);
  parameters.set("article", articleId);
  if (at) parameters.set("at", `${at[0]}-${at[1]}`);
  return `?${parameters}`;
}

// --- questions

/** Show the answer, or the latest articles without a question; `main` is busy until then. */
async function renderMain(parameters) {
  mainRequest.abort();
  mainRequest = new AbortController();
  const { signal } = mainRequest;
  main.ariaBusy = "true";
  try {
    await (parameters.has("q") ? showAnswer(parameters, signal) : showLatest(signal));
  } catch (error) {
    if (!signal.aborted) showFailure(error);
  } finally {
    if (!signal.aborted) main.ariaBusy = null;
  }
}

async function showAnswer(parameters, signal) {
  document.title = `${parameters.get("q")} – newsqa`;
  const searching = setTimeout(() => announce(words.searching), SEARCHING_DELAY);
  try {
    currentAnswer = await get(`ask?${parameters}`, signal);
  } finally {
    clearTimeout(searching);
  }
  replaceMain(show.answer(currentAnswer, linkTo));
  if (currentAnswer.status === "abstained" && show.searched(currentAnswer) && parameters.size > 1) suggestUnfiltered();
  const sources = new Set(currentAnswer.citations.map((citation) => citation.article_id));
  announce(sources.size ? words.answered(sources.size) : currentAnswer.answer);
}

async function showLatest(signal) {
  currentAnswer = null;
  document.title = "newsqa";
  announce("");
  const { articles } = await get(`articles?limit=${LATEST_COUNT}`, signal);
  replaceMain(show.latest(articles, linkTo));
}

function replaceMain(sections) {
  main.replaceChildren(...sections.filter(Boolean));
}

function showFailure(error) {
  const message = error instanceof TypeError ? words.unreached : error.message;
  replaceMain(show.failure(message, render));
  currentQuery = null;
  announce(words.failed);
}

function suggestUnfiltered() {
  const button = show.make("button", { type: "button", onclick: clearFilters }, words.unfiltered);
  byId("answer").append(show.make("p", {}, `${words.filtered} `, button));
}

/** Show a message in the status line, which screen readers read aloud. */
function announce(message) {
  byId("status").textContent = message;
}

// --- the form

function submit() {
  if (form.reportValidity()) navigate(query(new FormData(form)));
}

function clearFilters() {
  navigate(new URLSearchParams({ q: byId("q").value }));
}

/** Fill the form with the question and the filters of a query. */
function fillForm(parameters) {
  byId("q").value = parameters.get("q") ?? "";
  for (const name of ["published_from", "published_to"]) form.elements[name].value = parameters.get(name) ?? "";
  for (const name of ["languages", "sources"]) {
    const chosen = parameters.getAll(name);
    for (const value of chosen) addOption(name, value);
    for (const box of byId(name).querySelectorAll("input")) box.checked = chosen.includes(box.value);
  }
  const filters = [...parameters].filter(([name]) => name !== "q");
  byId("active").textContent = filters.map(([name, value]) => (name === "languages" ? languageName(value) : value)).join(", ");
  byId("clear").hidden = !filters.length;
}

/** Add a checkbox for a value of a filter, unless it exists. */
function addOption(name, value, count) {
  const field = byId(name);
  if ([...field.querySelectorAll("input")].some((box) => box.value === value)) return;
  const box = show.make("input", { type: "checkbox", name, value });
  const label = show.make("span", { dir: "auto" }, name === "languages" ? languageName(value) : value);
  field.append(show.make("label", {}, box, " ", label, count ? show.make("small", {}, ` ${count}`) : null));
}

/** Load the filter values and the size of the archive. */
async function loadFacets() {
  const facets = await get("facets");
  for (const name of ["languages", "sources"]) {
    for (const [value, count] of Object.entries(facets[name])) addOption(name, value, count);
    byId(name).hidden = !byId(name).querySelector("input");
  }
  for (const [name, bound] of [["published_from", "min"], ["published_to", "max"]]) {
    for (const field of form.querySelectorAll("[type=date]")) field[bound] = facets[name] ?? "";
  }
  const { published_from: first, published_to: last } = facets;
  const parts = [...words.holds(facets.articles, Object.keys(facets.sources).length), ...(first ? [span(first, last)] : [])];
  byId("holds").replaceChildren(...parts.map((part) => show.make("span", {}, part)));
}

// --- the article

async function openArticle(articleId, at, signal) {
  if (!articleId) {
    reader.close();
    return;
  }
  try {
    const article = await get(`articles/${encodeURIComponent(articleId)}`, signal);
    const span = (at ?? "").match(/^(\d+)-(\d+)$/)?.slice(1).map(Number) ?? null;
    const quotes = (currentAnswer?.citations ?? [])
      .filter((citation) => citation.article_id === articleId)
      .map(show.quoteOf);
    if (span && !quotes.some(([start]) => start === span[0])) quotes.push(span);
    reader.querySelector("article").replaceChildren(...show.article(article, quotes, span));
    if (!reader.open) reader.showModal();
    const mark = reader.querySelector("mark.at");
    if (mark) mark.scrollIntoView({ block: "center" });
    else reader.scrollTop = 0;
  } catch (error) {
    if (!signal.aborted) showFailure(error);
  }
}

/** Leave the article: go back if it was opened from this page, else remove it from the URL. */
function leaveArticle() {
  const parameters = new URLSearchParams(location.search);
  if (!parameters.has("article")) return;
  if (history.state?.within) history.back();
  else {
    history.replaceState(null, "", `?${query(parameters)}`);
    render();
  }
}

// --- events

form.addEventListener("submit", (event) => {
  event.preventDefault();
  currentQuery = null; // submitting an unchanged question sends it again
  submit();
});
form.addEventListener("change", (event) => {
  if (event.target.type === "checkbox" && byId("q").value.trim()) submit();
});
form.addEventListener("focusout", (event) => {
  if (event.target.type === "date" && byId("q").value.trim()) submit(); // "change" fires for every digit of a year
});
byId("clear").addEventListener("click", clearFilters);
reader.addEventListener("close", leaveArticle);
reader.addEventListener("click", (event) => {
  if (event.target === reader) reader.close(); // on the backdrop
});
addEventListener("popstate", render);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.within, a.marker");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.className === "within") {
    navigate(new URL(link.href).searchParams);
    return;
  }
  const mark = document.querySelector(link.hash);
  mark.closest("li").querySelector("h3 a").focus({ preventScroll: true });
  mark.scrollIntoView({ block: "center", behavior: "smooth" });
});

document.addEventListener("keydown", (event) => {
  const focused = event.target;
  const typing = focused.matches("input:not([type=checkbox]), textarea");
  if (document.querySelector("dialog[open]") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "/" && !typing && byId("shortcut").checked) {
    event.preventDefault();
    byId("q").select();
  } else if (event.key === "Escape" && focused.closest("#filters")) {
    byId("filters").open = false;
    byId("filters").querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [byId("q"), ...main.querySelectorAll("h3 a")];
    const next = stops[stops.indexOf(focused) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!stops.includes(focused) || !next) return;
    event.preventDefault();
    next.focus();
  }
});

const shortcut = byId("shortcut");
shortcut.checked = localStorage.getItem("shortcut") !== "off";
shortcut.addEventListener("change", () => localStorage.setItem("shortcut", shortcut.checked ? "on" : "off"));

translate();
byId("help").textContent = words.help;
render();
loadFacets().catch(() => null); // the main request reports the same failure
