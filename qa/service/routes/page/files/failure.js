/** Errors in words, with a button to try again. */

import { make, section } from "./make.js";
import { ServiceError } from "./service.js";
import { words } from "./words.js";

/** Return an error in the page's language, as nodes; what the service says about it is in English. */
export function explained(error) {
  if (error instanceof TypeError) return [make("p", {}, words.unreached)];
  if (!(error instanceof ServiceError)) return [make("p", {}, error.message)];
  const busy = error.status === 429 || error.status === 503;
  const text = error.retryAfter && busy ? words.busy : words.refusals[error.status];
  const detail = error.retryAfter || error.status === 404 ? null : make("p", { lang: "en", dir: "auto" }, error.message);
  return [text ? make("p", {}, text) : null, detail].filter(Boolean);
}

/** Return an error with a button that calls `retry`; it is called by itself once the service expects that to succeed. */
export function failure(error, retry) {
  const button = make("button", { type: "button" }, words.retry);
  let left = error.retryAfter ?? 0;
  const stop = left ? setInterval(count, 1000) : null;
  function count() {
    left -= 1;
    if (left > 0) show();
    else go();
    if (!button.isConnected) clearInterval(stop);
  }
  function show() {
    button.textContent = words.retryIn(left);
  }
  function go() {
    clearInterval(stop);
    if (button.isConnected) retry();
  }
  button.addEventListener("click", go);
  if (left) show();
  return section("failure", words.failed, explained(error), make("p", {}, button));
}
