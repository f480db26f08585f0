/** Builds elements from responses of the service. Values become text or checked URLs, never markup. */

import { FORMS } from "./cite.js";
import { date, language, languageName, share, words } from "./words.js";

const NO_SPAN = [-1, -1];
const CONTEXT = 180; // code points of the passage shown before and after its quotes

/** Return an element with properties and children; strings become text, null is skipped. */
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

/** Return an answer with its sources and the other passages; `link(articleId, span)` returns the URL of an article. */
export function answer(response, link) {
  const cited = new Set(response.citations.map((citation) => passageOf(citation, response)));
  const others = response.passages.filter((passage) => !cited.has(passage));
  if (response.status === "abstained") {
    return [abstention(response), list("others", words.nearest, others.map((passage) => other(passage, link)))];
  }
  const articles = Map.groupBy(response.citations, (citation) => citation.article_id);
  return [
    section("answer", words.answer, statements(response), notes(response), confidence(response)),
    list("cited", words.sources, [...articles.values()].map((citations) => source(citations, response, link))),
    list("others", words.others, others.map((passage) => other(passage, link))),
  ];
}

/** Return whether a message was searched, and not one that asks nothing, such as thanks. */
export function searched(response) {
  return "search" in response.took_ms;
}

/** Return the list of the latest articles. */
export function latest(articles, link) {
  return [list("latest", words.latest, articles.map((article) => make("li", {}, heading(article, link(article.id)))))];
}

/** Return an article with its quotes marked, as by `quoteOf`; the one at the start of the span `at` becomes `mark.at`. */
export function article(article, quotes, at) {
  const title = make("h2", { id: "headline", lang: article.language, dir: "auto" }, titleOf(article));
  const points = [...article.text];
  const text = make("div", { className: "text", lang: article.language, dir: "auto" });
  let start = 0;
  for (const line of article.text.split("\n")) {
    const end = start + [...line].length;
    if (line.trim()) text.append(make("p", { dir: "auto" }, marked(points, [start, end], quotes, at ?? NO_SPAN)));
    start = end + 1;
  }
  const byline = [article.author, original(article.url)].flatMap((part, n) => (n && part ? [" · ", part] : [part]));
  return [dateline(article, article.language), title, make("p", { className: "byline" }, byline), text];
}

/** Return a citation's quote as `[start, end, index, answer]`; `answer` is the span of the answering words, or null. */
export function quoteOf(citation) {
  return [citation.start_char_index, citation.end_char_index, citation.index, citation.answer_span];
}

/** Return an error message with a button to try again. */
export function failure(message, retry) {
  const button = make("button", { type: "button", onclick: retry }, words.retry);
  return [section("failure", words.failed, make("p", { dir: "auto" }, message), make("p", {}, button))];
}

function section(id, title, ...children) {
  const node = make("section", { id }, make("h2", { id: `${id}-title` }, title), children);
  node.setAttribute("aria-labelledby", `${id}-title`);
  return node;
}

function list(id, title, items) {
  return items.length ? section(id, title, make("ol", {}, items)) : null;
}

/** Return the statements of an answer, each with its outlet, date and language. */
function statements(response) {
  return make("ol", { className: "statements" }, response.citations.map((citation, n) => {
    const { source, published, language: code, side } = response.statements[n];
    const marker = make("a", { href: `#quote-${citation.index}`, className: "marker" }, String(citation.index));
    marker.ariaLabel = words.source(citation.index);
    const text = make("p", { className: "answer-text" }, quotation("span", citation, response), make("sup", {}, marker));
    const from = dateline({ source, published }, code);
    if (side) from.prepend(make("b", { className: "side" }, words.side(side)), " ");
    return make("li", {}, text, from);
  }));
}

/** Return the notes on an answer, such as names that no passage mentions. */
function notes(response) {
  return response.notes.map((note) => make("p", { className: "note", lang: response.language ?? "en", dir: "auto" }, note));
}

function quotation(tag, citation, response) {
  const [start, end, , answer] = quoteOf(citation);
  const parts = emphasized([...citation.cited_text], [0, end - start], shifted(answer, start));
  return make(tag, { lang: passageOf(citation, response).language, dir: "auto" }, parts);
}

function confidence(response) {
  if (response.confidence === null) return null;
  const meter = make("meter", { value: response.confidence });
  meter.ariaLabel = words.confidence(share(response.confidence));
  const figure = make("strong", {}, words.confidence(share(response.confidence)));
  return make("p", { className: "confidence" }, meter, figure, make("br"), words.confident);
}

function abstention(response) {
  const statement = make("p", { className: "answer-text", lang: response.language ?? "en", dir: "auto" }, response.answer);
  if (!searched(response)) return section("answer", words.answer, statement);
  const reason = response.passages.length && response.confidence !== null ? words.unsure(share(response.confidence)) : null;
  return section("answer", words.unanswered, statement, notes(response), make("p", {}, reason ?? words.nothing));
}

function source(citations, response, link) {
  const passages = [...new Set(citations.map((citation) => passageOf(citation, response)))];
  const quotes = citations.map(quoteOf);
  const copies = new Set(passages.flatMap((passage) => passage.also_in)).size;
  const address = link(citations[0].article_id, quotes[0]);
  return make(
    "li",
    {},
    heading({ ...citations[0], language: passages[0].language }, address),
    passages.map((passage) => context(passage, quotes)),
    copies ? make("p", { className: "copies" }, words.copies(copies)) : null,
    otherSources(citations, link),
    make(
      "div",
      { className: "actions" },
      make("a", { href: address, className: "within" }, words.read),
      original(citations[0].url),
      citations.map((citation) => copyButtons(citation, citations.length > 1)),
    ),
  );
}

/** Return links to the other articles that give the answers of some quotes, each once; null if there are none. */
function otherSources(citations, link) {
  const sources = citations.flatMap((citation) => citation.other_sources);
  const distinct = [...new Map(sources.map((source) => [source.article_id, source])).values()];
  if (!distinct.length) return null;
  const links = distinct.map((source) => {
    const name = [source.source ?? titleOf(source), source.published && date(source.published)].filter(Boolean).join(", ");
    return make("a", { href: link(source.article_id), className: "within", dir: "auto" }, name);
  });
  return make("p", { className: "copies" }, words.same, links.flatMap((each, n) => (n ? [" · ", each] : [" ", each])));
}

function context(passage, quotes) {
  const points = [...passage.text];
  const offset = passage.start_char_index;
  const marks = quotes
    .map(([start, end, index, answer]) => [...shifted([start, end], offset), index, shifted(answer, offset)])
    .filter(([start, end]) => start >= 0 && end <= points.length);
  let first = Math.max(0, Math.min(...marks.map(([start]) => start)) - CONTEXT);
  let last = Math.min(points.length, Math.max(...marks.map(([, end]) => end)) + CONTEXT);
  while (first > 0 && points[first - 1].trim()) first--;
  while (last < points.length && points[last].trim()) last++;
  return make(
    "blockquote",
    { lang: passage.language, dir: "auto" },
    first ? "… " : null,
    marked(points, [first, last], marks),
    last < points.length ? " …" : null,
  );
}

function other(passage, link) {
  const address = link(passage.article_id, [passage.start_char_index, passage.end_char_index]);
  const text = make("p", { className: "passage", lang: passage.language, dir: "auto" });
  text.append(...marked([...passage.text], [0, [...passage.text].length], passage.highlights));
  return make("li", {}, heading(passage, address), text);
}

function heading(article, address) {
  const link = make("a", { href: address, className: "within", dir: "auto" }, titleOf(article));
  return [dateline(article, article.language), make("h3", { lang: article.language }, link)];
}

/** Return an article's title, with no-break spaces before French punctuation. */
function titleOf(article) {
  return article.title.replace(/ (?=[:;!?»])/g, "\u00a0") || words.untitled;
}

/** Return the outlet, the date and the language of an article. */
function dateline(article, code) {
  const day = article.published && make("time", { dateTime: article.published }, date(article.published));
  const outlet = article.source && make("b", { dir: "auto" }, article.source);
  const parts = [outlet, day, languageName(code)].filter(Boolean);
  return make("p", { className: "from" }, parts.flatMap((part, n) => (n ? [" · ", part] : [part])));
}

function original(url) {
  if (!/^https?:$/.test(URL.parse(url ?? "")?.protocol)) return null;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `${words.original} ↗`);
}

function copyButtons(citation, several) {
  const buttons = Object.entries({ plain: words.plain, markdown: "Markdown", bibtex: "BibTeX" }).map(([form, name]) => {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => copy(FORMS[form](citation), button));
    return button;
  });
  const label = several ? `${words.copy} ${citation.index}` : words.copy;
  const group = make("span", { className: "copying", role: "group" }, make("span", {}, label), buttons);
  group.ariaLabel = `${words.copy} ${words.source(citation.index)}`;
  return group;
}

async function copy(text, button) {
  const name = button.textContent;
  let message = words.copied;
  try {
    await navigator.clipboard.writeText(text); // undefined unless the page came over HTTPS or from localhost
  } catch {
    const area = make("textarea", { value: text, readOnly: true });
    button.after(area);
    area.select();
    if (!document.execCommand("copy")) message = words.uncopied;
    area.remove();
    button.focus();
  }
  button.textContent = document.getElementById("status").textContent = message;
  setTimeout(() => (button.textContent = name), 1000);
}

/** Return `points[first:last]` as text and a `mark` for each of the spans `[start, end, index, answer]`. */
function marked(points, [first, last], spans, at = null) {
  const nodes = [];
  let done = first;
  for (const [start, end, index, answer] of [...spans].sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const [from, to] = [Math.max(start, done), Math.min(end, last)];
    if (from >= to) continue;
    const mark = make("mark", {}, emphasized(points, [from, to], answer));
    if (index) mark.append(make("sup", {}, String(index)));
    if (index && !at) mark.id = `quote-${index}`;
    if (at && start <= at[0] && at[0] < end) mark.className = "at";
    nodes.push(lines(points.slice(done, from)), mark);
    done = to;
  }
  return [...nodes, lines(points.slice(done, last))];
}

/** Return `points[from:to]` as text, with what the span `answer` has of it in a `strong`. */
function emphasized(points, [from, to], answer) {
  const text = (start, end) => points.slice(start, end).join("");
  const [start, end] = (answer ?? [from, from]).map((at) => Math.min(Math.max(at, from), to));
  return start < end ? [text(from, start), make("strong", {}, text(start, end)), text(end, to)] : [text(from, to)];
}

function shifted(span, offset) {
  return span && span.map((at) => at - offset);
}

function lines(points) {
  return points.join("").replace(/\n+/g, "\n");
}

/** Return the passage that contains a citation's quote. */
function passageOf(citation, response) {
  return response.passages.find(
    (passage) =>
      passage.article_id === citation.article_id &&
      passage.start_char_index <= citation.start_char_index &&
      citation.end_char_index <= passage.end_char_index,
  );
}
