/** The page's texts in English and French, and the format of dates and numbers. */

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
    shortcut: "Press / to go to the question",
    service: "API",
    close: "Close",
    locked: "This archive needs an API key",
    refused: "Invalid or expired key.",
    key: "Key",
    kept: "The key is kept in this tab until you close it.",
    open: "Continue",
    help: "↓ goes from the question to the sources, ↑ goes back. Enter opens an article, Esc closes it.",
    holds: (articles, outlets) => [counted(articles, "article", "articles"), counted(outlets, "outlet", "outlets")],
    latest: "Latest articles",
    searching: "Searching…",
    answer: "Answer",
    sources: "Sources",
    others: "Other passages",
    nearest: "The nearest passages",
    source: (number) => `Source ${number}`,
    side: (number) => `Answer ${number}`,
    confidence: (share) => `Confidence ${share}`,
    confident: "probability that the first source supports an answer",
    unanswered: "No answer",
    unsure: (share) =>
      `Nothing is quoted, because the probability that the nearest passage supports an answer is only ${share}. ` +
      `Try other names or words for the people or events.`,
    nothing: "No passage was found.",
    filtered: "The search is filtered.",
    unfiltered: "Ask without filters",
    read: "Read the article",
    original: "Original",
    copy: "Copy:",
    plain: "Text",
    copied: "Copied",
    uncopied: "The browser blocked copying",
    copies: (count) => `The same passage appears in ${counted(count, "other article", "other articles")}.`,
    same: "The same answer in:",
    answered: (sources) => `Answered from ${counted(sources, "article", "articles")}`,
    failed: "The request failed",
    unreached: "The service cannot be reached.",
    retry: "Try again",
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
    shortcut: "Appuyer sur / pour aller à la question",
    service: "API",
    close: "Fermer",
    locked: "Ces archives nécessitent une clé d’API",
    refused: "Clé invalide ou expirée.",
    key: "Clé",
    kept: "La clé est conservée dans cet onglet jusqu’à sa fermeture.",
    open: "Continuer",
    help: "↓ va de la question aux sources, ↑ revient. Entrée ouvre un article, Échap le ferme.",
    holds: (articles, outlets) => [counted(articles, "article", "articles"), counted(outlets, "titre de presse", "titres de presse")],
    latest: "Articles les plus récents",
    searching: "Recherche…",
    answer: "Réponse",
    sources: "Sources",
    others: "Autres passages",
    nearest: "Les passages les plus proches",
    source: (number) => `Source ${number}`,
    side: (number) => `Réponse ${number}`,
    confidence: (share) => `Confiance ${share}`,
    confident: "probabilité que la première source appuie une réponse",
    unanswered: "Sans réponse",
    unsure: (share) =>
      `Rien n’est cité, car la probabilité que le passage le plus proche appuie une réponse n’est que de ${share}. ` +
      `Essayez de nommer autrement les personnes ou les événements.`,
    nothing: "Aucun passage n’a été trouvé.",
    filtered: "La recherche est filtrée.",
    unfiltered: "Chercher sans filtres",
    read: "Lire l’article",
    original: "Original",
    copy: "Copier :",
    plain: "Texte",
    copied: "Copié",
    uncopied: "Le navigateur a bloqué la copie",
    copies: (count) => `Le même passage figure dans ${counted(count, "autre article", "autres articles")}.`,
    same: "La même réponse dans :",
    answered: (sources) => `Réponse tirée de ${counted(sources, "article", "articles")}`,
    failed: "La requête a échoué",
    unreached: "Le service est injoignable.",
    retry: "Réessayer",
    untitled: "Sans titre",
  },
};

const preferred = navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() in WORDS) ?? "en";
export const language = preferred.slice(0, 2).toLowerCase();
export const words = WORDS[language];

const locale = preferred.toLowerCase() === "en" ? "en-GB" : preferred;
const days = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
const names = new Intl.DisplayNames(locale, { type: "language" });
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const shares = new Intl.NumberFormat(locale, { style: "percent" });

const time = (day) => new Date(`${day}T00:00:00Z`);
export const date = (day) => days.format(time(day));
export const span = (first, last) => days.formatRange(time(first), time(last));
export const share = (probability) => shares.format(probability);

/** Return the name of a language, or its code if the name is unknown. */
export function languageName(code) {
  try {
    const name = names.of(code);
    return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
  } catch {
    return code;
  }
}

function counted(count, singular, plural) {
  return `${numbers.format(count)} ${plurals.select(count) === "one" ? singular : plural}`;
}

/** Fill the elements with a `data-word` attribute in the reader's language. */
export function translate() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
}
