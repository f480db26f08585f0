/** The views without a question: the list of articles by page, example questions, the history, an empty archive. */

import { describe } from "./filters.js";
import { heading, joined, list, make, section, within } from "./make.js";
import { language, words } from "./words.js";

const MAX_EXAMPLES = 3;
const [MIN_TITLE, MAX_TITLE] = [20, 75]; // characters of a title in an example

/** Return a page of the list of articles, `size` a page; `link` and `page(offset)` return the URLs of articles and pages. */
export function articles({ total, articles: shown }, offset, size, title, link, page) {
  if (!shown.length) return section("latest", title, make("p", {}, words.unmatched));
  const range = make("span", {}, words.range(offset + 1, offset + shown.length, total));
  const newer = offset > 0 && make("a", { href: page(Math.max(0, offset - size)), className: "within" }, words.newer);
  const older = offset + size < total && make("a", { href: page(offset + size), className: "within" }, words.older);
  const pages = make("nav", { className: "pages", ariaLabel: words.pages }, joined([range, newer, older]));
  return list("latest", title, shown.map((article) => make("li", {}, heading(article, link(article.id)))), pages);
}

/** Return what stands beside the latest articles: examples made of them and earlier questions; null without both. */
export function aside(articles, history, forget) {
  const parts = [examples(articles), questions(history, forget)].filter(Boolean);
  return parts.length ? make("div", { id: "aside" }, parts) : null;
}

/** Return what an empty archive shows; `add` is a button to add an article, or null. */
export function empty(add) {
  const command = make("p", {}, make("code", {}, `newsqa index ${words.folder}`));
  return section("empty", words.empty, make("p", {}, words.fill), command, add && make("p", {}, add));
}

/** Return questions about the titles of articles in the page's language, from different outlets. */
function examples(articles) {
  const fitting = articles.filter(
    ({ title, language: code }) =>
      code === language && title.length >= MIN_TITLE && title.length <= MAX_TITLE && !/[?"“”«»:]/.test(title),
  );
  const chosen = [...Map.groupBy(fitting, ({ outlet }) => outlet).values()].map(([first]) => first).slice(0, MAX_EXAMPLES);
  const items = chosen.map(({ title }) => {
    const question = words.example(title);
    return make("li", {}, within(`?${new URLSearchParams({ q: question })}`, question));
  });
  return list("examples", words.examples, items);
}

/** Return the questions asked before, as links, with a button that deletes them. */
function questions(history, forget) {
  const items = history.map((query) => {
    const parameters = new URLSearchParams(query);
    const filters = [...parameters].filter(([name]) => name !== "q").map(([name, value]) => describe(name, value));
    const note = filters.length ? make("small", { dir: "auto" }, ` ${filters.join(", ")}`) : null;
    return make("li", {}, within(`?${query}`, parameters.get("q")), note);
  });
  const button = make("button", { type: "button", onclick: forget }, words.forget);
  return list("history", words.history, items, make("p", {}, words.here, " ", button));
}
