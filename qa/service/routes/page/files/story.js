/** The view of a story: the articles that share a passage or an answer, and the versions of the story. */

import { heading, joined, make, titleOf, within } from "./make.js";
import { marked } from "./marks.js";
import { date, words } from "./words.js";

/** Return a paragraph with links to the articles that have the same passages, each once; null if there are none. */
export function copies(passages, link) {
  const listed = passages.flatMap((passage) => passage.copies);
  const count = new Set(passages.flatMap((passage) => passage.also_in)).size;
  const links = sources(listed, link);
  if (!links.length) return null;
  const rest = count - links.length;
  return make("p", { className: "copies" }, words.copies, " ", joined([...links, rest > 0 && words.rest(rest)]));
}

/** Return a paragraph with links to the other articles that give the answers of some quotes; null if there are none. */
export function otherSources(citations, link) {
  const links = sources(citations.flatMap((citation) => citation.other_sources), link);
  return links.length ? make("p", { className: "copies" }, words.same, " ", joined(links)) : null;
}

/**
 * Return the versions of the stories of some passages, newest first, with what each changed; null if there are none.
 * `all` are the passages found. Stories in `shown` are left out, and the others are added to it.
 */
export function versions(passages, all, link, shown) {
  const stories = new Set(passages.map(({ story }) => story).filter((story) => story && !shown.has(story)));
  stories.forEach((story) => shown.add(story));
  const found = all.filter(({ story }) => stories.has(story));
  if (!found.length) return null;
  found.sort((a, b) => (b.published ?? "").localeCompare(a.published ?? ""));
  const items = found.map((passage) => {
    const points = [...passage.text];
    const address = link(passage.article_id, [passage.start_char_index, passage.end_char_index]);
    const text = make("p", { lang: passage.language, dir: "auto" }, marked(points, [0, points.length], passage.changed));
    return make("li", {}, heading(passage, address), text);
  });
  const summary = make("summary", {}, words.versions(found.length));
  return make("details", { className: "versions" }, summary, make("ol", {}, items));
}

function sources(articles, link) {
  const distinct = [...new Map(articles.map((article) => [article.article_id, article])).values()];
  return distinct.map((article) => {
    const parts = [article.source ?? titleOf(article), article.published && date(article.published)];
    return within(link(article.article_id), parts.filter(Boolean).join(", "));
  });
}
