/** The view of an answer: its statements, its sources and the other passages. */

import { FORMS, save } from "./cite.js";
import { dateline, heading, list, make, original, section } from "./make.js";
import { emphasized, marked, quoteOf, shifted } from "./marks.js";
import { copies, otherSources, versions } from "./story.js";
import { timeline } from "./timeline.js";
import { share, words } from "./words.js";

const CONTEXT = 180; // code points of the passage shown before and after its quotes
const FORM_NAMES = { plain: () => words.plain, markdown: () => "Markdown", bibtex: () => "BibTeX" };
const FILE_NAMES = { markdown: "Markdown", ris: "RIS", bibtex: "BibTeX", csv: "CSV" };

/**
 * Return an answer with its sources and the other ones of `passages`. `link(articleId, span)` returns the URL of an
 * article, `onDay(day)` that of the same question about one day; `more` is the URL that shows more passages, or null.
 */
export function answer(response, passages, link, onDay, more) {
  const cited = new Set(response.citations.map((citation) => passageOf(citation, response).id));
  const stories = new Set(passages.filter(({ id }) => cited.has(id)).map(({ story }) => story).filter(Boolean));
  const others = passages.filter(({ id, story }) => !cited.has(id) && !stories.has(story));
  const button = more && make("p", {}, make("a", { href: more, className: "within more" }, words.more));
  const items = others.map((passage) => other(passage, link));
  if (response.status === "abstained") return [abstention(response), list("others", words.nearest, items, button)];
  const shown = new Set(); // the stories whose versions are listed
  const articles = Map.groupBy(response.citations, (citation) => citation.article_id);
  return [
    section(
      "answer",
      words.answer,
      statements(response),
      notes(response),
      confidence(response),
      timeline(passages, onDay),
      saving(response),
    ),
    list("cited", words.sources, [...articles.values()].map((citations) => source(citations, response, link, shown))),
    list("others", words.others, items, button),
  ];
}

/** Return whether a message was searched, and not one that asks nothing, such as thanks. */
export function searched(response) {
  return "search" in response.took_ms;
}

/** Return the statements of an answer, each with its outlet, date and language. */
function statements(response) {
  return make("ol", { className: "statements" }, response.citations.map((citation, n) => {
    const { source, published, language: code, side: number, superseded_by: newer } = response.statements[n];
    const marker = make("a", { href: `#quote-${citation.index}`, className: "marker" }, String(citation.index));
    marker.ariaLabel = words.source(citation.index);
    const sup = make("sup", {}, marker);
    const text = make("p", { className: "answer-text", dir: "auto" }, quotation(citation, response), sup);
    const from = dateline({ source, published }, code);
    const label = number ? words.side(number, response.sides[number - 1].independent) : newer && words.earlier(newer);
    if (label) from.prepend(make("b", { className: "side" }, label));
    return make("li", {}, text, from);
  }));
}

/** Return the notes on an answer, such as names that no passage mentions. */
function notes(response) {
  return response.notes.map((note) => make("p", { className: "note", lang: response.language ?? "en", dir: "auto" }, note));
}

function quotation(citation, response) {
  const [start, end, , answer] = quoteOf(citation);
  const parts = emphasized([...citation.cited_text], [0, end - start], shifted(answer, start));
  return make("span", { lang: passageOf(citation, response).language }, parts);
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

/** Return the buttons that save the answer as a file or print it. */
function saving(response) {
  const buttons = Object.entries(FILE_NAMES).map(([form, name]) =>
    make("button", { type: "button", onclick: () => save(form, response) }, name),
  );
  const group = make("span", { className: "copying", role: "group" }, make("span", {}, words.save), buttons);
  group.ariaLabel = words.save;
  const printing = make("button", { type: "button", onclick: () => window.print() }, words.print);
  return make("div", { className: "actions" }, group, make("span", { className: "copying" }, printing));
}

function source(citations, response, link, shown) {
  const passages = [...new Set(citations.map((citation) => passageOf(citation, response)))];
  const quotes = citations.map(quoteOf);
  const address = link(citations[0].article_id, quotes[0]);
  return make(
    "li",
    {},
    heading(passages[0], address),
    passages.map((passage) => context(passage, quotes)),
    copies(passages, link),
    otherSources(citations, link),
    versions(passages, response.passages, link, shown),
    make(
      "div",
      { className: "actions" },
      make("a", { href: address, className: "within" }, words.read),
      original(citations[0].url),
      citations.map((citation) => copyButtons(citation, citations.length > 1)),
    ),
  );
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
  return make("li", {}, heading(passage, address), text, copies([passage], link));
}

function copyButtons(citation, several) {
  const buttons = Object.entries(FORM_NAMES).map(([form, name]) => {
    const button = make("button", { type: "button" }, name());
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

/** Return the passage that contains a citation's quote. */
function passageOf(citation, response) {
  return response.passages.find(
    (passage) =>
      passage.article_id === citation.article_id &&
      passage.start_char_index <= citation.start_char_index &&
      citation.end_char_index <= passage.end_char_index,
  );
}
