/** What the page says, in the languages it speaks, and how it writes dates and numbers. */

const WORDS = {
  en: {
    ask: "Ask the archive",
    go: "Ask",
    filters: "Filters",
    dates: "Published",
    from: "from",
    to: "to",
    languages: "Languages",
    outlets: "Outlets",
    clear: "Clear the filters",
    shortcut: "The key / goes to the question",
    service: "For programs",
    close: "Close",
    locked: "This archive opens with a key",
    refused: "That key is not in force.",
    key: "Key",
    kept: "It is kept in this tab until you close it.",
    open: "Open",
    help: "From the question ↓ goes to the sources and ↑ back; Enter opens an article, Esc closes it.",
    holds: (articles, outlets) => [counted(articles, "article", "articles"), counted(outlets, "outlet", "outlets")],
    latest: "Latest in the archive",
    searching: "Searching…",
    answer: "Answer",
    sources: "Sources",
    others: "Other passages",
    nearest: "The nearest passages",
    source: (number) => `Source ${number}`,
    confidence: (share) => `Confidence ${share}`,
    confident: "how likely it is that the first source supports an answer",
    unanswered: "No answer",
    silent: "The archive does not answer this.",
    unsure: (share) =>
      `Rather than guess, newsqa quotes nothing: the probability that the nearest passage supports an answer is only ` +
      `${share}. It may help to name the people or the events in other words.`,
    nothing: "No passage was found.",
    filtered: "Filters are narrowing the search.",
    unfiltered: "Ask without filters",
    read: "Read the article",
    original: "Original",
    copy: "Copy:",
    plain: "Text",
    copied: "Copied",
    uncopied: "The browser does not let the page copy",
    copies: (count) => `The same passage stands in ${counted(count, "other article", "other articles")}.`,
    told: (sources) => `Answered from ${counted(sources, "article", "articles")}`,
    failed: "The question was not answered",
    unreached: "The service cannot be reached.",
    again: "Ask again",
    untitled: "Untitled",
  },
  fr: {
    ask: "Interroger les archives",
    go: "Chercher",
    filters: "Filtres",
    dates: "Publication",
    from: "du",
    to: "au",
    languages: "Langues",
    outlets: "Titres de presse",
    clear: "Effacer les filtres",
    shortcut: "La touche / mène à la question",
    service: "Pour les programmes",
    close: "Fermer",
    locked: "Ces archives s’ouvrent avec une clé",
    refused: "Cette clé n’est pas en vigueur.",
    key: "Clé",
    kept: "Elle est gardée dans cet onglet jusqu’à sa fermeture.",
    open: "Ouvrir",
    help: "Depuis la question, ↓ mène aux sources et ↑ ramène ; Entrée ouvre un article, Échap le ferme.",
    holds: (articles, outlets) => [counted(articles, "article", "articles"), counted(outlets, "titre de presse", "titres de presse")],
    latest: "Les plus récents",
    searching: "Recherche…",
    answer: "Réponse",
    sources: "Sources",
    others: "Autres passages",
    nearest: "Les passages les plus proches",
    source: (number) => `Source ${number}`,
    confidence: (share) => `Confiance ${share}`,
    confident: "probabilité que la première source appuie une réponse",
    unanswered: "Sans réponse",
    silent: "Les archives n’y répondent pas.",
    unsure: (share) =>
      `Plutôt que de deviner, newsqa ne cite rien : la probabilité que le passage le plus proche appuie une réponse ` +
      `n’est que de ${share}. Nommer autrement les personnes ou les faits peut aider.`,
    nothing: "Aucun passage n’a été trouvé.",
    filtered: "Des filtres restreignent la recherche.",
    unfiltered: "Chercher sans filtres",
    read: "Lire l’article",
    original: "Original",
    copy: "Copier :",
    plain: "Texte",
    copied: "Copié",
    uncopied: "Le navigateur ne laisse pas copier",
    copies: (count) => `Le même passage figure dans ${counted(count, "autre article", "autres articles")}.`,
    told: (sources) => `Réponse tirée de ${counted(sources, "article", "articles")}`,
    failed: "La question est restée sans réponse",
    unreached: "Le service est injoignable.",
    again: "Redemander",
    untitled: "Sans titre",
  },
};

const spoken = navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() in WORDS) ?? "en";
export const language = spoken.slice(0, 2).toLowerCase();
export const words = WORDS[language];

const locale = spoken.toLowerCase() === "en" ? "en-GB" : spoken;
const days = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
const names = new Intl.DisplayNames(locale, { type: "language" });
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const shares = new Intl.NumberFormat(locale, { style: "percent" });

const time = (day) => new Date(`${day}T00:00:00Z`);
export const date = (day) => days.format(time(day));
export const span = (first, last) => days.formatRange(time(first), time(last));
export const share = (probability) => shares.format(probability);

/** Return what a language is called, its code if that is not known. */
export function languageName(code) {
  try {
    const name = names.of(code);
    return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
  } catch {
    return code;
  }
}

function counted(count, one, many) {
  return `${numbers.format(count)} ${plurals.select(count) === "one" ? one : many}`;
}

/** Put the words of the reader's language where the page names them. */
export function translate() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
}
