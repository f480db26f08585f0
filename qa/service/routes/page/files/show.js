/** What the service answers becomes elements. Nothing of it is ever taken for markup: it is text, or an address checked. */

import { FORMS } from "./cite.js";
import { date, language, languageName, share, words } from "./words.js";

const NOWHERE = [-1, -1];
const CONTEXT = 180; // code points of the passage shown before and after its quotes

/** Return an element with properties and children; children that are strings are text, null ones are left out. */
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

/** Return an answer with its sources and the other passages; `link(articleId, span)` gives addresses of articles. */
export function answer(given, link) {
  const cited = new Set(given.citations.map((citation) => passageOf(citation, given)));
  const others = given.passages.filter((passage) => !cited.has(passage));
  if (given.status === "abstained") {
    return [silence(given), listed("others", words.nearest, others.map((passage) => other(passage, link)))];
  }
  const articles = Map.groupBy(given.citations, (citation) => citation.article_id);
  return [
    section("answer", words.answer, told(given), confidence(given)),
    listed("cited", words.sources, [...articles.values()].map((citations) => source(citations, given, link))),
    listed("others", words.others, others.map((passage) => other(passage, link))),
  ];
}

/** Return the newest articles. */
export function latest(articles, link) {
  return [listed("latest", words.latest, articles.map((article) => make("li", {}, heading(article, link(article.id)))))];
}

/** Return an article with spans of it marked, the one `at` which to begin to read as `mark.at`. */
export function article(given, quotes, at) {
  const title = make("h2", { id: "headline", lang: given.language, dir: "auto" }, titled(given));
  const points = [...given.text];
  const text = make("div", { className: "text", lang: given.language, dir: "auto" });
  let start = 0;
  for (const line of given.text.split("\n")) {
    const end = start + [...line].length;
    if (line.trim()) text.append(make("p", { dir: "auto" }, marked(points, [start, end], quotes, at ?? NOWHERE)));
    start = end + 1;
  }
  const byline = [given.author, original(given.url)].flatMap((part, n) => (n && part ? [" · ", part] : [part]));
  return [from(given, given.language), title, make("p", { className: "byline" }, byline), text];
}

/** Return what went wrong, with a button to ask again. */
export function failure(message, again) {
  const button = make("button", { type: "button", onclick: again }, words.again);
  return [section("failure", words.failed, make("p", { dir: "auto" }, message), make("p", {}, button))];
}

function section(id, title, ...children) {
  const node = make("section", { id }, make("h2", { id: `${id}-title` }, title), children);
  node.setAttribute("aria-labelledby", `${id}-title`);
  return node;
}

function listed(id, title, items) {
  return items.length ? section(id, title, make("ol", {}, items)) : null;
}

function told(given) {
  const points = [...given.answer];
  const node = make("p", { className: "told" });
  let at = 0;
  for (const citation of given.citations) {
    const marker = ` [${citation.index}]`;
    node.append(points.slice(at, citation.start_index).join(""), quoted("span", citation, given));
    at = citation.end_index;
    if (points.slice(at, at + marker.length).join("") === marker) {
      const link = make("a", { href: `#quote-${citation.index}`, className: "marker" }, String(citation.index));
      link.ariaLabel = words.source(citation.index);
      node.append(make("sup", {}, link));
      at += marker.length;
    }
  }
  node.append(points.slice(at).join(""));
  return node;
}

function quoted(tag, citation, given) {
  return make(tag, { lang: passageOf(citation, given).language, dir: "auto" }, citation.cited_text);
}

function confidence(given) {
  if (given.confidence === null) return null;
  const meter = make("meter", { value: given.confidence });
  meter.ariaLabel = words.confidence(share(given.confidence));
  const figure = make("strong", {}, words.confidence(share(given.confidence)));
  return make("p", { className: "confidence" }, meter, figure, make("br"), words.confident);
}

function silence(given) {
  const why = given.passages.length && given.confidence !== null ? words.unsure(share(given.confidence)) : null;
  const plainly = make("p", { className: "told" }, words.silent);
  return section("answer", words.unanswered, plainly, make("p", {}, why ?? words.nothing));
}

function source(citations, given, link) {
  const passages = [...new Set(citations.map((citation) => passageOf(citation, given)))];
  const quotes = citations.map((citation) => [citation.start_char_index, citation.end_char_index, citation.index]);
  const copies = new Set(passages.flatMap((passage) => passage.also_in)).size;
  const address = link(citations[0].article_id, quotes[0]);
  return make(
    "li",
    {},
    heading({ ...citations[0], language: passages[0].language }, address),
    passages.map((passage) => context(passage, quotes)),
    copies ? make("p", { className: "copies" }, words.copies(copies)) : null,
    make(
      "div",
      { className: "actions" },
      make("a", { href: address, className: "within" }, words.read),
      original(citations[0].url),
      citations.map((citation) => copying(citation, citations.length > 1)),
    ),
  );
}

function context(passage, quotes) {
  const points = [...passage.text];
  const own = quotes
    .map(([start, end, index]) => [start - passage.start_char_index, end - passage.start_char_index, index])
    .filter(([start, end]) => start >= 0 && end <= points.length);
  let first = Math.max(0, Math.min(...own.map(([start]) => start)) - CONTEXT);
  let last = Math.min(points.length, Math.max(...own.map(([, end]) => end)) + CONTEXT);
  while (first > 0 && points[first - 1].trim()) first--;
  while (last < points.length && points[last].trim()) last++;
  return make(
    "blockquote",
    { lang: passage.language, dir: "auto" },
    first ? "… " : null,
    marked(points, [first, last], own),
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
  const link = make("a", { href: address, className: "within", dir: "auto" }, titled(article));
  return [from(article, article.language), make("h3", { lang: article.language }, link)];
}

/** Return a title whose French signs never begin a line. */
function titled(article) {
  return article.title.replace(/ (?=[:;!?»])/g, "\u00a0") || words.untitled;
}

function from(article, code) {
  const day = article.published && make("time", { dateTime: article.published }, date(article.published));
  const outlet = article.source && make("b", { dir: "auto" }, article.source);
  const parts = [outlet, day, languageName(code)].filter(Boolean);
  return make("p", { className: "from" }, parts.flatMap((part, n) => (n ? [" · ", part] : [part])));
}

function original(url) {
  if (!/^https?:$/.test(URL.parse(url ?? "")?.protocol)) return null;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `${words.original} ↗`);
}

function copying(citation, several) {
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
  let said = words.copied;
  try {
    await navigator.clipboard.writeText(text); // there is none where the page did not come over HTTPS or from this host
  } catch {
    const area = make("textarea", { value: text, readOnly: true });
    button.after(area);
    area.select();
    if (!document.execCommand("copy")) said = words.uncopied;
    area.remove();
    button.focus();
  }
  button.textContent = document.getElementById("told").textContent = said;
  setTimeout(() => (button.textContent = name), 1000);
}

/** Return `points[first:last]` as text with `mark`s where spans `[start, end, index]` lie in it. */
function marked(points, [first, last], spans, at = null) {
  const nodes = [];
  let done = first;
  for (const [start, end, index] of [...spans].sort((one, two) => one[0] - two[0] || two[1] - one[1])) {
    const [from, to] = [Math.max(start, done), Math.min(end, last)];
    if (from >= to) continue;
    const mark = make("mark", {}, points.slice(from, to).join(""));
    if (index) mark.append(make("sup", {}, String(index)));
    if (index && !at) mark.id = `quote-${index}`;
    if (at && start <= at[0] && at[0] < end) mark.className = "at";
    nodes.push(lines(points.slice(done, from)), mark);
    done = to;
  }
  return [...nodes, lines(points.slice(done, last))];
}

function lines(points) {
  return points.join("").replace(/\n+/g, "\n");
}

function passageOf(citation, given) {
  return given.passages.find(
    (passage) =>
      passage.article_id === citation.article_id &&
      passage.start_char_index <= citation.start_char_index &&
      citation.end_char_index <= passage.end_char_index,
  );
}
