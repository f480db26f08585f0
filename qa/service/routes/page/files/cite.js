/** Citations of quotes to copy, and whole answers to save as files. */

import { date, words } from "./words.js";

/** The citation formats, each a function of a citation of the service's response. */
export const FORMS = { plain, markdown, bibtex };

/** The file formats, each with a function of the service's response to a question. */
export const FILES = {
  markdown: { suffix: "md", type: "text/markdown", text: markdownFile },
  ris: { suffix: "ris", type: "application/x-research-info-systems", text: (response) => cited(response, ris) },
  bibtex: { suffix: "bib", type: "application/x-bibtex", text: bibtexFile },
  csv: { suffix: "csv", type: "text/csv", text: csv },
};

const MAX_FILE_NAME = 60; // characters, without the suffix

/** Save an answer as a file. */
export function save(form, response) {
  const { suffix, type, text } = FILES[form];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text(response)], { type: `${type};charset=utf-8` }));
  link.download = `${fileName(response.question)}.${suffix}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it after the click
}

function fileName(question) {
  const parts = question.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...parts.join("-")].slice(0, MAX_FILE_NAME).join("") || "newsqa";
}

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

function bibtex(citation, suffix = "") {
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
  return `@article{${key(citation)}${suffix},\n${lines.join("\n")}\n}`;
}

function markdownFile(response) {
  const notes = response.notes.map(escapeMarkdown);
  const place = `${words.asked} ${date(new Date().toISOString().slice(0, 10))}: <${location.href}>`;
  const quotes = cited(response, markdown).trimEnd();
  return `${[`# ${escapeMarkdown(response.question)}`, ...notes, quotes, place].join("\n\n")}\n`;
}

/** Return the entries of all citations; where several would have the same key, the second one gets a "b". */
function bibtexFile(response) {
  const counts = new Map();
  return cited(response, (citation) => {
    const count = (counts.get(key(citation)) ?? 0) + 1;
    counts.set(key(citation), count);
    return bibtex(citation, count > 1 ? String.fromCharCode(96 + count) : "");
  });
}

function cited(response, form) {
  return response.citations.map((citation, n) => `${form(citation, response.statements[n].language)}\n`).join("\n");
}

function ris(citation, language) {
  const fields = [
    ["TY", "NEWS"],
    ["AU", citation.author],
    ["TI", citation.title],
    ["T2", citation.source],
    ["PY", citation.published?.slice(0, 4)],
    ["DA", citation.published?.replaceAll("-", "/")],
    ["LA", language],
    ["UR", citation.url],
    ["N1", citation.cited_text],
    ["ID", citation.article_id],
  ];
  const lines = fields.filter(([, value]) => value).map(([name, value]) => `${name}  - ${value.replace(/\s+/g, " ")}\r\n`);
  return `${lines.join("")}ER  - \r`;
}

/** Return one row for each quote (RFC 4180), after a byte order mark, without which Excel does not read UTF-8. */
function csv(response) {
  const header = ["number", "quote", "answer", "outlet", "published", "language", "title", "author", "url", "article"];
  const rows = response.citations.map((citation, n) => {
    const { quote, answer, source, published, language, title } = response.statements[n];
    const { index, author, url, article_id: article } = citation;
    return [index, quote, answer, source, published, language, title, author, url, article];
  });
  return `\ufeff${[header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}

function cell(value) {
  // Spreadsheets run what begins with one of these signs, also in full width, as a formula; those that split at
  // semicolons or tabs, such as a French Excel, begin a cell there and at each line.
  const text = String(value ?? "").replace(/((?:^|[;\t\r\n])\s*)(?=[=+\-@＝＋－＠])|^(?=[\t\r])/g, "$1'");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
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
