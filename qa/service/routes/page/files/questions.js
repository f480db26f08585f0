/** The questions asked in this browser, kept only there. */

import { browser } from "./store.js";

const KEY = "questions";
const MAX_QUESTIONS = 50;

/** Return the query strings of the questions, the last one first. */
export function all() {
  try {
    return JSON.parse(browser.get(KEY) ?? "[]").filter((query) => new URLSearchParams(query).get("q"));
  } catch {
    return []; // changed by something else
  }
}

/** Keep the query string of a question, in front of the others. */
export function remember(query) {
  const others = all().filter((other) => other !== query);
  browser.set(KEY, JSON.stringify([query, ...others].slice(0, MAX_QUESTIONS)));
}

export function forget() {
  browser.delete(KEY);
}
