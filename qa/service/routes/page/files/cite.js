/** A quote as a citation to paste elsewhere. */

import { date } from "./words.js";

/** The forms there are, each from a citation as the service gives it. */
export const FORMS = { plain, markdown, bibtex };

function plain(citation) {
  const published = citation.published && date(citation.published);
  const place = [citation.author, citation.title, citation.source, published, citation.url].filter(Boolean);
  return `“${citation.cited_text}” — ${place.join(", ")}`;
}

function markdown(citation) {
  const title = unmarked(citation.title);
  const linked = citation.url ? `[${title}](<${citation.url.replace(/[<>\\]/g, encodeURIComponent)}>)` : title;
  const place = [citation.author, linked, citation.source && `*${unmarked(citation.source)}*`, citation.published];
  if (citation.author) place[0] = unmarked(citation.author);
  return `> ${unmarked(citation.cited_text)}\n>\n> — ${place.filter(Boolean).join(", ")}`;
}

function bibtex(citation) {
  const [year, month, day] = (citation.published ?? "").split("-");
  const fields = {
    author: citation.author && `{${unset(citation.author)}}`,
    title: `{${unset(citation.title)}}`,
    journal: citation.source && unset(citation.source),
    year,
    month: month && String(Number(month)),
    day: day && String(Number(day)),
    url: citation.url?.replace(/[{}\\]/g, encodeURIComponent),
    note: `\`\`${unset(citation.cited_text)}''`,
  };
  const lines = Object.entries(fields).filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}},`);
  return `@article{${key(citation)},\n${lines.join("\n")}\n}`;
}

function unmarked(text) {
  return text.replace(/[\\`*_{}[\]<>#|~!&]/g, "\\$&");
}

function unset(text) {
  const signs = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };
  return text.replace(/[\\{}$&#^_~%]/g, (sign) => signs[sign] ?? `\\${sign}`);
}

function key(citation) {
  const plainWords = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().match(/[a-z0-9]{3,}/g) ?? [];
  const source = plainWords(citation.source ?? "").at(-1) ?? "";
  const year = (citation.published ?? "").slice(0, 4);
  return source + year + (plainWords(citation.title)[0] ?? citation.article_id.replace(/[^A-Za-z0-9]/g, ""));
}
