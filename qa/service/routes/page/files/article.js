/** The view of one article. */

import { explained } from "./failure.js";
import { dateline, joined, make, original, titleOf } from "./make.js";
import { paragraphs } from "./marks.js";
import { words } from "./words.js";

/** Return an article with its quotes marked, as by `quoteOf`; the one at the start of the span `at` becomes `mark.at`. */
export function article(article, quotes, at) {
  const title = make("h2", { id: "headline", lang: article.language, dir: "auto" }, titleOf(article));
  const author = article.author && make("span", { dir: "auto" }, article.author);
  const byline = make("p", { className: "byline" }, joined([author, original(article.url)]));
  const text = make("div", { className: "text", lang: article.language, dir: "auto" }, paragraphs(article.text, quotes, at));
  return [dateline(article, article.language), title, byline, text];
}

/** Return a button that deletes an article with `remove` once it is confirmed, and shows why if that fails. */
export function deletion(remove) {
  const group = make("div", { className: "deletion" });
  const button = (name, onclick) => make("button", { type: "button", onclick }, name);
  const go = () => remove().catch((error) => group.replaceChildren(...explained(error)));
  const ask = () => {
    const keep = button(words.keep, start);
    group.replaceChildren(make("span", {}, words.sure), button(words.remove, go), keep);
    keep.focus();
  };
  const start = () => group.replaceChildren(button(words.removing, ask));
  start();
  return group;
}
