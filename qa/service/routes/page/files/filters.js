/** The filters and the order: the fields of the form and the chips that name and remove them. */

import { make } from "./make.js";
import { date, languageName, span, words } from "./words.js";

const DAYS = {
  published_from: (day) => words.since(day),
  published_to: (day) => words.until(day),
  as_of: (day) => words.asAt(day),
};
const BOUNDS = ["published_from", "published_to"];
const LISTS = ["languages", "sources"];
const ORDERS = { newest: () => words.newest, oldest: () => words.oldest };
export const FILTERS = [...Object.keys(DAYS), ...LISTS, "sort"];

const byId = (id) => document.getElementById(id);

/** Return a filter in words. */
export function describe(name, value) {
  if (name === "languages") return languageName(value);
  if (name === "sort") return ORDERS[value]?.() ?? value;
  return name in DAYS ? DAYS[name](date(value)) : value;
}

/** Show the filters of a query in the form and as chips; `remove(query)` is called with the query without one of them. */
export function show(parameters, remove) {
  for (const name in DAYS) byId("ask").elements[name].value = parameters.get(name) ?? "";
  for (const name of LISTS) {
    const chosen = parameters.getAll(name);
    for (const value of chosen) addOption(name, value);
    for (const box of byId(name).querySelectorAll("input")) box.checked = chosen.includes(box.value);
  }
  byId("ask").elements.sort.value = parameters.get("sort") ?? "";
  const [from, to] = BOUNDS.map((name) => parameters.get(name));
  const filters = [...parameters].filter(([name]) => FILTERS.includes(name));
  const chips = filters.filter(([name]) => !(from && to && BOUNDS.includes(name))).map(([name, value]) =>
    chip(describe(name, value), () => remove(without(parameters, (n, v) => n === name && v === value))),
  );
  if (from && to) chips.unshift(chip(period(from, to), () => remove(without(parameters, (name) => BOUNDS.includes(name)))));
  byId("chips").replaceChildren(...chips);
  byId("clear").hidden = !filters.length;
}

function without(parameters, isRemoved) {
  return new URLSearchParams([...parameters].filter(([name, value]) => !isRemoved(name, value)));
}

function chip(text, remove) {
  const button = make("button", { type: "button", onclick: remove }, make("span", { dir: "auto" }, text), " ×");
  button.ariaLabel = words.unfilter(text);
  return make("li", {}, button);
}

/**
 * Offer to search only the time that a question names, beside the chips; `choose(days)` is called with its filters.
 * A time without articles is not offered.
 */
export function suggest({ words: named, published_from: from, published_to: to }, choose) {
  const { min, max } = byId("ask").elements.published_from;
  if ((min && to && to < min) || (max && from && from > max)) return;
  const filters = Object.fromEntries([["published_from", from], ["published_to", to]].filter(([, day]) => day));
  const label = make("span", { dir: "auto" }, words.only(period(from, to), named));
  const button = make("button", { type: "button", onclick: () => choose(filters) }, label);
  byId("chips").append(make("li", { className: "offer" }, button));
}

/** Return the days from one to another in words; either may be missing. */
function period(from, to) {
  if (from === to) return words.on(date(from));
  if (!to) return words.since(date(from));
  return from ? span(from, to) : words.until(date(to));
}

/** Offer the values of the archive. */
export function offer(facets) {
  for (const name of LISTS) {
    for (const [value, count] of Object.entries(facets[name])) addOption(name, value, count);
    byId(name).hidden = !byId(name).querySelector("input");
  }
  for (const name of BOUNDS) {
    const field = byId("ask").elements[name];
    [field.min, field.max] = [facets.published_from ?? "", facets.published_to ?? ""];
  }
}

/** Add a checkbox for a value of a filter, unless it exists; one without a count gets it. */
function addOption(name, value, count) {
  const field = byId(name);
  const known = [...field.querySelectorAll("input")].find((box) => box.value === value);
  const number = count ? make("small", {}, ` ${count}`) : null;
  if (known) {
    const label = known.closest("label");
    if (number && !label.querySelector("small")) label.append(number);
    return;
  }
  const box = make("input", { type: "checkbox", name, value });
  const label = make("span", { dir: "auto" }, name === "languages" ? languageName(value) : value);
  field.append(make("label", {}, box, " ", label, number));
}
