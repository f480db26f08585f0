/** Settings of the page, kept in the browser: theme, language and the key "/". */

import { browser } from "./store.js";

const byId = (id) => document.getElementById(id);
const [theme, tongue, shortcut] = ["theme", "language", "shortcut"].map(byId);

export const shortcutOn = () => shortcut.checked;

theme.value = browser.get("theme") ?? "";
applyTheme();
theme.addEventListener("change", () => {
  keep("theme", theme.value);
  applyTheme();
});

tongue.value = browser.get("language") ?? "";
tongue.addEventListener("change", () => {
  keep("language", tongue.value);
  location.reload(); // the texts of a result are made in one language
});

shortcut.checked = browser.get("shortcut") !== "off";
shortcut.addEventListener("change", () => keep("shortcut", shortcut.checked ? "" : "off"));

/** Keep a value; the empty one is the default. */
function keep(key, value) {
  if (value) browser.set(key, value);
  else browser.delete(key);
}

function applyTheme() {
  document.documentElement.dataset.theme = theme.value;
}
