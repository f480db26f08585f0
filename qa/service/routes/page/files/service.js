/** Requests to the service, with the API key of the tab. */

import { tab } from "./store.js";

/** A refusal of the service; `retryAfter` are the seconds until a repetition may succeed, or null. */
export class ServiceError extends Error {
  constructor(status, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Return the JSON body of the response, or null if it has none. */
export async function request(path, { signal, method = "GET", body } = {}) {
  for (;;) {
    const key = tab.get("key");
    const headers = { ...(key && { Authorization: `Bearer ${key}` }), ...(body && { "Content-Type": "application/json" }) };
    const response = await fetch(path, { signal, method, headers, cache: "no-store", body: body && JSON.stringify(body) });
    if (response.status === 401) {
      await requestKey(key);
      continue;
    }
    const content = await response.json().catch(() => null); // a proxy's error page is not JSON
    signal?.throwIfAborted(); // the response may have been complete just before the abort
    if (response.ok) return content;
    const retryAfter = Number(response.headers.get("Retry-After")) || null;
    throw new ServiceError(response.status, content?.detail ?? response.statusText, retryAfter);
  }
}

/** Ask for an API key in a dialog; requests that wait at the same time share it. */
const lock = document.getElementById("locked");
let keyRequest = null;
function requestKey(refused) {
  if (refused !== tab.get("key")) return null; // another key was entered meanwhile
  document.getElementById("refused").hidden = !refused;
  keyRequest ??= new Promise((resolve) => {
    lock.showModal();
    lock.addEventListener("close", () => {
      keyRequest = null;
      const field = lock.querySelector("input");
      tab.set("key", field.value);
      field.value = "";
      resolve();
    }, { once: true });
  });
  return keyRequest;
}
lock.addEventListener("cancel", (event) => event.preventDefault()); // without a key there is nothing to show
