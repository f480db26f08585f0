/** Builds the elements that several views share. Values become text or checked URLs, never markup. */

import { date, languageName, words } from "./words.js";

/** Return an element with properties and children; strings become text, null is skipped. */
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

/** Return a section with a heading, which names it. */
export function section(id, title, ...children) {
  const node = make("section", { id }, make("h2", { id: `${id}-title` }, title), ...children);
  node.setAttribute("aria-labelledby", `${id}-title`);
  return node;
}

/** Return a section with a list, or null without items. */
export function list(id, title, items, ...children) {
  return items.length ? section(id, title, make("ol", {}, items), ...children) : null;
}

/** Return a link within the page. */
export function within(href, ...children) {
  return make("a", { href, className: "within", dir: "auto" }, children);
}

/** Return outlet, date and language of an article, above its title as a link. */
export function heading(article, address) {
  return [dateline(article, article.language), make("h3", { lang: article.language }, within(address, titleOf(article)))];
}

/** Return an article's title, with no-break spaces before French punctuation. */
export function titleOf(article) {
  return article.title.replace(/ (?=[:;!?»])/g, "\u00a0") || words.untitled;
}

/** Return the outlet, or the file without one, the date and the language of an article. */
export function dateline(article, code) {
  const day = article.published && make("time", { dateTime: article.published }, date(article.published));
  const name = article.outlet ?? article.source;
  const outlet = name && make("b", { dir: "auto" }, name);
  return make("p", { className: "from" }, joined([outlet, day, languageName(code)]));
}

/** Return the parts that are not empty, with dots between them. */
export function joined(parts) {
  return parts.filter(Boolean).flatMap((part, n) => (n ? [" · ", part] : [part]));
}

/** Return a link to the original of an article, or null if its URL is not one of the web. */
export function original(url) {
  if (!/^https?:$/.test(URL.parse(url ?? "")?.protocol)) return null;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `${words.original} ↗`);
}
