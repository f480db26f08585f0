/** The page. Its URL holds the question, the filters and the open article; everything shown follows from the URL. */

import * as answers from "./answer.js";
import { article, deletion } from "./article.js";
import * as browse from "./browse.js";
import { failure } from "./failure.js";
import * as filters from "./filters.js";
import { make, within } from "./make.js";
import { quoteOf } from "./marks.js";
import * as questions from "./questions.js";
import { request } from "./service.js";
import { shortcutOn } from "./settings.js";
import { date, span, translate, words } from "./words.js";
import * as write from "./write.js";

const PARAMETERS = ["q", ...filters.FILTERS, "top_k", "offset"];
const HITS = 8; // passages of an answer, the service's default
const MAX_HITS = 30; // passages after "Show more passages"
const PAGE_SIZE = 20; // articles of the list
const SEARCHING_DELAY = 200; // ms without a response before the page announces that it is searching

const byId = (id) => document.getElementById(id);
const [form, main, reader] = ["ask", "main", "article"].map(byId);
let currentQuery = null; // the query string whose result is on the screen
let answered = {}; // the last `query` that was asked, without the number of passages, and its `response`
let currentAnswer = null; // the response on the screen, null without a question
let rendering = null; // a promise that resolves when the result is on the screen
let facets = null; // a promise of the filter values, which resolves to null if they cannot be loaded
let [mainRequest, articleRequest] = [new AbortController(), new AbortController()]; // aborted by the next request

// --- the URL

function query(parameters) {
  return new URLSearchParams([...parameters].filter(([name, value]) => PARAMETERS.includes(name) && value.trim()));
}

/** Return the query without some parameters and with others. */
function changed(parameters, without, added = {}) {
  const kept = [...parameters].filter(([name]) => !without.includes(name));
  return new URLSearchParams([...kept, ...Object.entries(added)]);
}

/** Go to another URL of the page and show it. */
function navigate(parameters) {
  const address = `?${parameters}`;
  if (address !== (location.search || "?")) {
    history.pushState({ within: true }, "", parameters.size ? address : location.pathname);
  }
  return render();
}

/** Show the question, the filters and the article of the URL. */
async function render() {
  articleRequest.abort();
  articleRequest = new AbortController();
  const { signal } = articleRequest;
  const parameters = new URLSearchParams(location.search);
  const wanted = query(parameters);
  byId("q").value = wanted.get("q") ?? "";
  filters.show(wanted, refilter);
  if (`${wanted}` !== currentQuery) {
    currentQuery = `${wanted}`;
    rendering = renderMain(wanted);
  }
  await rendering; // the article is marked where the answer quotes it
  if (signal.aborted) return;
  const time = currentAnswer?.interpreted_time;
  if (time && currentAnswer.citations.length) filters.suggest(time, (days) => refilter(changed(wanted, [], days)));
  await openArticle(parameters.get("article"), parameters.get("at"), signal);
}

/** Load everything again when it is next shown, since an article was added or deleted. */
function forgetResults() {
  loadFacets();
  currentQuery = null;
  answered = {};
}

function linkTo(articleId, at) {
  const added = { article: articleId, ...(at && { at: `${at[0]}-${at[1]}` }) };
  return `?${changed(new URLSearchParams(currentQuery), [], added)}`;
}

// --- questions and the list of articles

/** Show the answer, or the list of articles without a question; `main` is busy until then. */
async function renderMain(parameters) {
  mainRequest.abort();
  mainRequest = new AbortController();
  const { signal } = mainRequest;
  main.ariaBusy = "true";
  try {
    await (parameters.has("q") ? showAnswer(parameters, signal) : showArticles(parameters, signal));
  } catch (error) {
    if (!signal.aborted) showFailure(error);
  } finally {
    if (!signal.aborted) main.ariaBusy = null;
  }
}

async function showAnswer(parameters, signal) {
  document.title = `${parameters.get("q")} – newsqa`;
  const asked = changed(parameters, ["top_k", "offset"]);
  const searching = setTimeout(() => announce(words.searching), SEARCHING_DELAY);
  let passages;
  try {
    if (answered.query !== `${asked}`) {
      answered = { query: `${asked}`, response: await request(`ask?${asked}`, { signal }) };
    }
    passages = answered.response.passages;
    if (parameters.get("top_k") > HITS) passages = await search(asked, passages, signal);
  } finally {
    clearTimeout(searching);
  }
  currentAnswer = answered.response;
  if (answers.searched(currentAnswer)) questions.remember(`${asked}`);
  const all = currentAnswer.passages.length < HITS || parameters.has("top_k");
  const onDay = (day) => `?${changed(asked, ["published_from", "published_to"], { published_from: day, published_to: day })}`;
  const more = all ? null : `?${changed(asked, [], { top_k: MAX_HITS })}`;
  replaceMain(answers.answer(currentAnswer, passages, linkTo, onDay, more));
  if (currentAnswer.status === "abstained" && answers.searched(currentAnswer) && asked.size > 1) suggestUnfiltered();
  const sources = new Set(currentAnswer.citations.map((citation) => citation.article_id));
  announce(sources.size ? words.answered(sources.size) : currentAnswer.answer);
}

/** Return more passages for a question, then those of its answer that are not among them; the answer stays the same. */
async function search(parameters, shown, signal) {
  const lists = { languages: parameters.getAll("languages"), sources: parameters.getAll("sources") };
  const days = ["published_from", "published_to", "as_of"].map((name) => [name, parameters.get(name)]);
  const chosen = { ...Object.fromEntries(days), ...lists };
  const body = { question: parameters.get("q"), top_k: MAX_HITS, filters: chosen, sort: parameters.get("sort") ?? "relevance" };
  const { passages } = await request("search", { method: "POST", body, signal });
  const found = new Set(passages.map(({ id }) => id));
  return [...passages, ...shown.filter(({ id }) => !found.has(id))];
}

async function showArticles(parameters, signal) {
  document.title = "newsqa";
  announce("");
  const offset = Math.max(0, Number.parseInt(parameters.get("offset"), 10) || 0);
  const chosen = changed(parameters, ["top_k", "offset"]);
  const found = await request(`articles?${changed(chosen, ["sort"], { limit: PAGE_SIZE, offset })}`, { signal });
  currentAnswer = null;
  if (chosen.size || offset) {
    const page = (to) => (chosen.size || to ? `?${changed(chosen, [], to ? { offset: to } : {})}` : "./");
    replaceMain([browse.articles(found, offset, PAGE_SIZE, words.articles, linkTo, page)]);
    announce(words.listed(found.total));
  } else if (found.total) {
    const latest = browse.articles(found, 0, PAGE_SIZE, words.latest, linkTo, (to) => `?offset=${to}`);
    replaceMain([browse.aside(found.articles, questions.all(), forget), latest]);
  } else {
    const values = await facets;
    replaceMain([browse.empty(values?.writable ? make("button", { type: "button", onclick: add }, words.add) : null)]);
  }
}

function replaceMain(sections) {
  main.replaceChildren(...sections.filter(Boolean));
}

function showFailure(error) {
  replaceMain([failure(error, retry)]);
  currentAnswer = null;
  currentQuery = null;
  announce(words.failed);
}

async function retry() {
  if (!(await facets)) loadFacets();
  render();
}

function suggestUnfiltered() {
  const button = make("button", { type: "button", onclick: clearFilters }, words.unfiltered);
  byId("answer").append(make("p", {}, `${words.filtered} `, button));
}

function forget() {
  questions.forget();
  byId("history").remove();
  if (!byId("aside").children.length) byId("aside").remove();
  byId("q").focus();
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
  navigate(query([["q", byId("q").value]]));
}

/** Ask again with other filters. */
async function refilter(parameters) {
  const rendered = navigate(changed(parameters, ["top_k", "offset"]));
  (byId("chips").querySelector("button") ?? byId("q")).focus();
  await rendered;
}

/** Load the filter values, the size of the archive and whether articles may be written. */
function loadFacets() {
  facets = request("facets").then((values) => {
    filters.offer(values);
    const { published_from: first, published_to: last } = values;
    const [articles, ...others] = words.holds(values.articles, values.outlets);
    const parts = [within("./", articles), ...others, ...(first ? [span(first, last)] : [])];
    byId("holds").replaceChildren(...parts.map((part) => make("span", {}, part)));
    byId("add").hidden = !values.writable;
    return values;
  }).catch(() => null); // the main request reports the same failure
}

// --- the article

async function openArticle(articleId, at, signal) {
  if (!articleId) {
    reader.close();
    return;
  }
  try {
    const stored = await request(`articles/${encodeURIComponent(articleId)}`, { signal });
    const span = (at ?? "").match(/^(\d+)-(\d+)$/)?.slice(1).map(Number) ?? null;
    const quotes = (currentAnswer?.citations ?? [])
      .filter((citation) => citation.article_id === articleId)
      .map(quoteOf);
    if (span && !quotes.some(([start]) => start === span[0])) quotes.push(span);
    reader.querySelector("article").replaceChildren(...article(stored, quotes, span));
    if (!reader.open) reader.showModal();
    const mark = reader.querySelector("mark.at");
    if (mark) mark.scrollIntoView({ block: "center" });
    else reader.scrollTop = 0;
    const values = await facets;
    if (values?.writable && !signal.aborted) reader.querySelector("article").append(deletion(() => remove(articleId)));
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
    const remaining = query(parameters);
    history.replaceState(null, "", remaining.size ? `?${remaining}` : location.pathname);
    render();
  }
}

async function remove(articleId) {
  await request(`articles/${encodeURIComponent(articleId)}`, { method: "DELETE" });
  forgetResults();
  reader.querySelector("article").replaceChildren(make("h2", { id: "headline" }, words.removed));
  reader.querySelector("button").focus();
}

function add() {
  write.open((articleId) => {
    forgetResults();
    navigate(new URLSearchParams({ article: articleId }));
    announce(words.added);
  });
}

// --- events

form.addEventListener("submit", (event) => {
  event.preventDefault();
  currentQuery = null; // submitting an unchanged question sends it again
  answered = {};
  submit();
});
form.addEventListener("change", (event) => {
  if (event.target.type === "checkbox" || event.target.name === "sort") submit();
});
form.addEventListener("focusout", (event) => {
  const { type, name, value } = event.target; // "change" fires for every digit of a year
  if (type === "date" && value !== (new URLSearchParams(location.search).get(name) ?? "")) submit();
});
byId("clear").addEventListener("click", () => {
  clearFilters();
  byId("q").focus();
});
byId("add").addEventListener("click", add);
reader.addEventListener("close", leaveArticle);
reader.addEventListener("click", (event) => {
  if (event.target === reader) reader.close(); // on the backdrop
});
addEventListener("popstate", render);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a.within, a.marker");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.matches(".within")) {
    const shown = main.querySelectorAll("#others li").length;
    await navigate(new URL(link.href).searchParams);
    if (link.matches(".more")) main.querySelectorAll("#others h3 a")[shown]?.focus();
    return;
  }
  const mark = document.querySelector(link.hash);
  mark.closest("li").querySelector("h3 a").focus({ preventScroll: true });
  mark.scrollIntoView({ block: "center", behavior: "smooth" });
});

document.addEventListener("keydown", (event) => {
  const focused = event.target;
  const typing = focused.matches("input:not([type=checkbox]), textarea, select");
  if (document.querySelector("dialog[open]") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "/" && !typing && shortcutOn()) {
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

/** Print the question, the day and the address above the result, or above the article that is open. */
addEventListener("beforeprint", () => {
  const day = date(new Date().toISOString().slice(0, 10));
  const question = new URLSearchParams(currentQuery).get("q");
  const filtered = [...byId("chips").querySelectorAll("li:not(.offer) span")].map((chip) => chip.textContent).join(", ");
  const lines = [question && make("h1", { dir: "auto" }, question), filtered && make("p", { dir: "auto" }, filtered)];
  const printed = byId("printed");
  printed.replaceChildren(...lines.filter(Boolean), make("p", {}, `${day} · ${location.href}`));
  if (reader.open) reader.prepend(printed);
  else document.querySelector("header").append(printed);
});

translate();
byId("help").textContent = words.help;
loadFacets();
render();
