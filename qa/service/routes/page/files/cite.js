/** Citations of quotes to copy: plain text, Markdown and BibTeX. */

import { date } from "./words.js";

/** The citation formats, each a function of a citation of the service's response. */
export const FORMS = { plain, markdown, bibtex };

function plain(citation) {
  const published = citation.published && date(citation.published);
  const place = [citation.author, citation.title, citation.source, published, citation.url].filter(Boolean);
  return `“${citation.cited_text}” — ${place.join(", ")}`;
}

function markdown(citation) {
  const title = escapeMarkdown(citation.title);
  const linked = citation.url ? `[${title}](<${citation.url.replace(/[<>\\]/g, encodeURIComponent)}>)` : title;
  const place = [citation.author, linked, citation.source && `*${escapeMarkdown(citation.source)}*`, citation.published];
  if (citation.author) place[0] = escapeMarkdown(citation.author);
  return `> ${escapeMarkdown(citation.cited_text)}\n>\n> — ${place.filter(Boolean).join(", ")}`;
}

function bibtex(citation) {
  const [year, month, day] = (citation.published ?? "").split("-");
  const fields = {
    author: citation.author && `{${escapeTex(citation.author)}}`,
    title: `{${escapeTex(citation.title)}}`,
    journal: citation.source && escapeTex(citation.source),
    year,
    month: month && String(Number(month)),
    day: day && String(Number(day)),
    url: citation.url?.replace(/[{}\\]/g, encodeURIComponent),
    note: `\`\`${escapeTex(citation.cited_text)}''`,
  };
  const lines = Object.entries(fields).filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}},`);
  return `@article{${key(citation)},\n${lines.join("\n")}\n}`;
}

function escapeMarkdown(text) {
  return text.replace(/[\\`*_{}[\]<>#|~!&]/g, "\\$&");
}

function escapeTex(text) {
  const signs = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };
  return text.replace(/[\\{}$&#^_~%]/g, (sign) => signs[sign] ?? `\\${sign}`);
}

function key(citation) {
  const asciiWords = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().match(/[a-z0-9]{3,}/g) ?? [];
  const source = asciiWords(citation.source ?? "").at(-1) ?? "";
  const year = (citation.published ?? "").slice(0, 4);
  return source + year + (asciiWords(citation.title)[0] ?? citation.article_id.replace(/[^A-Za-z0-9]/g, ""));
}
