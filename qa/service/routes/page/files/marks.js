/** Text with its quotes and answering words marked. Spans are in code points, so texts are arrays of them. */

import { make } from "./make.js";

const NO_SPAN = [-1, -1];

/** Return a citation's quote as `[start, end, index, answer]`; `answer` is the span of the answering words, or null. */
export function quoteOf(citation) {
  return [citation.start_char_index, citation.end_char_index, citation.index, citation.answer_span];
}

/** Return `points[first:last]` as text and a `mark` for each of the spans `[start, end, index, answer]`. */
export function marked(points, [first, last], spans, at = null) {
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

/** Return the paragraphs of a text with its quotes marked; the quote at the start of the span `at` becomes `mark.at`. */
export function paragraphs(text, quotes, at) {
  const points = [...text];
  const nodes = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + [...line].length;
    if (line.trim()) nodes.push(make("p", { dir: "auto" }, marked(points, [start, end], quotes, at ?? NO_SPAN)));
    start = end + 1;
  }
  return nodes;
}

/** Return `points[from:to]` as text, with what the span `answer` has of it in a `strong`. */
export function emphasized(points, [from, to], answer) {
  const text = (start, end) => points.slice(start, end).join("");
  const [start, end] = (answer ?? [from, from]).map((at) => Math.min(Math.max(at, from), to));
  return start < end ? [text(from, start), make("strong", {}, text(start, end)), text(end, to)] : [text(from, to)];
}

/** Return a span or null, counted from `offset`. */
export function shifted(span, offset) {
  return span && span.map((at) => at - offset);
}

function lines(points) {
  return points.join("").replace(/\n+/g, "\n");
}
