/** The dialog that adds an article, from a file, from pasted text, or from a URL that the service fetches. */

import { explained } from "./failure.js";
import { make } from "./make.js";
import { request } from "./service.js";
import { words } from "./words.js";

const FIELDS = ["title", "source", "date", "author", "url"];
const dialog = document.getElementById("write");
const form = dialog.querySelector("form");
const { file, text, url } = form.elements;

/** Open the dialog; `added(id)` is called with the id of the article once it is stored. */
export function open(added) {
  form.reset();
  text.required = true;
  problem();
  dialog.showModal();
  form.onsubmit = async (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    problem();
    const values = FIELDS.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value);
    const whole = { ...Object.fromEntries(values), text: text.value, format: form.elements.format.value };
    const body = text.value.trim() ? whole : { url: url.value.trim() };
    form.inert = true;
    try {
      const written = await request("articles", { method: "POST", body });
      dialog.close();
      added(written.articles[0].id);
    } catch (error) {
      problem(explained(error));
    } finally {
      form.inert = false;
    }
  };
}

/** A URL is enough: then the service fetches the text. */
url.addEventListener("input", () => {
  text.required = !url.value.trim();
});

/** Fill the form with the text of a file and the fields of its front matter. */
file.addEventListener("change", async () => {
  const [chosen] = file.files;
  if (!chosen) return;
  problem();
  try {
    const content = new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer());
    const matter = content.match(/^---[^\S\r\n]*\r?\n((?:.*\r?\n)*?)---[^\S\r\n]*(?:\r?\n|$)/);
    const lines = (matter?.[1] ?? "").split(/\r?\n/).map((line) => line.match(/^(\w+):\s*(["']?)(.*?)\2\s*$/));
    const values = new Map(lines.filter(Boolean).map(([, name, , value]) => [name, value]));
    values.set("date", (values.get("date") ?? "").slice(0, 10)); // without the time
    for (const name of FIELDS) form.elements[name].value = values.get(name) ?? "";
    text.value = content.slice(matter?.[0].length ?? 0);
    form.elements.format.value = /\.txt$/i.test(chosen.name) ? "plain" : "markdown";
  } catch {
    problem([make("p", {}, words.undecoded)]);
    file.value = "";
  }
});

function problem(nodes = []) {
  dialog.querySelector("[role=alert]").replaceChildren(...nodes);
}
