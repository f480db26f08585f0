/** The page's texts in English and French, and the format of dates and numbers. */

import { browser } from "./store.js";

const WORDS = {
  en: {
    ask: "Ask the archive",
    go: "Ask",
    filters: "Filters",
    dates: "Published",
    from: "from",
    to: "to",
    asOf: "as of",
    since: (day) => `from ${day}`,
    until: (day) => `to ${day}`,
    asAt: (day) => `as of ${day}`,
    on: (day) => `on ${day}`,
    only: (days, time) => `Only ${days} (“${time}”)`,
    days: "Passages by day",
    onDay: (day, count) => `${day}: ${counted(count, "passage", "passages")}`,
    unfilter: (text) => `Remove the filter “${text}”`,
    languages: "Languages",
    outlets: "Outlets",
    order: "Order of passages",
    best: "Best first",
    newest: "Newest first",
    oldest: "Oldest first",
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
    articles: "Articles",
    listed: (count) => counted(count, "article", "articles"),
    range: (first, last, total) => `${numbers.format(first)}–${numbers.format(last)} of ${numbers.format(total)}`,
    pages: "Pages",
    newer: "← Newer",
    older: "Older →",
    unmatched: "No article matches.",
    examples: "Questions to begin with",
    example: (title) => `What is known about “${title}”?`,
    history: "Your questions",
    here: "Kept only in this browser.",
    forget: "Delete them",
    empty: "The archive is empty",
    fill: "Index a folder of articles on the machine of the service:",
    folder: "FOLDER",
    add: "Add an article",
    file: "Text, Markdown or HTML file",
    text: "Text",
    format: "Format",
    formatPlain: "Plain text",
    formatMarkdown: "Markdown or HTML",
    title: "Title",
    outlet: "Outlet",
    date: "Date",
    author: "Author",
    url: "URL (without a text, the page is fetched)",
    store: "Add",
    cancel: "Cancel",
    added: "The article was added.",
    undecoded: "The file is not text in UTF-8.",
    removing: "Delete this article",
    sure: "Delete it from the archive?",
    remove: "Delete",
    keep: "Keep",
    removed: "The article was deleted.",
    theme: "Theme",
    themeSystem: "System",
    themeLight: "Light",
    themeDark: "Dark",
    tongue: "Language",
    tongueBrowser: "Browser",
    searching: "Searching…",
    answer: "Answer",
    sources: "Sources",
    others: "Other passages",
    nearest: "The nearest passages",
    more: "Show more passages",
    save: "Save:",
    print: "Print",
    asked: "Asked on",
    source: (number) => `Source ${number}`,
    side: (number, independent) => `Answer ${number} (${counted(independent, "outlet", "outlets")})`,
    earlier: (number) => `Earlier than ${number}`,
    confidence: (share) => `Confidence ${share}`,
    confident: "probability that the first quote answers the question",
    unanswered: "No answer",
    unsure: (share) =>
      `Nothing is quoted, because the probability that a passage answers the question is only ${share}. ` +
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
    copies: "The same passage in:",
    rest: (count) => `${counted(count, "other", "others")}`,
    versions: (count) => `${numbers.format(count)} versions of this story, newest first`,
    same: "The same answer in:",
    answered: (sources) => `Answered from ${counted(sources, "article", "articles")}`,
    failed: "The request failed",
    unreached: "The service cannot be reached.",
    retry: "Try again",
    retryIn: (seconds) => `Try again (automatically in ${numbers.format(seconds)} s)`,
    busy: "The service is busy at the moment.",
    refusals: {
      403: "Your key does not permit this.",
      404: "This article is not in the archive (any more).",
      413: "The article is too long.",
      422: "The service does not accept this request:",
      500: "The service has an error; its log says more.",
      503: "The service cannot answer at the moment:",
      507: "The disk of the service is full.",
    },
    untitled: "Untitled",
  },
  fr: {
    ask: "Interroger les archives",
    go: "Chercher",
    filters: "Filtres",
    dates: "Publication",
    from: "du",
    to: "au",
    asOf: "état au",
    since: (day) => `depuis le ${day}`,
    until: (day) => `jusqu’au ${day}`,
    asAt: (day) => `état au ${day}`,
    on: (day) => `le ${day}`,
    only: (days, time) => `Seulement ${days} (« ${time} »)`,
    days: "Passages par jour",
    onDay: (day, count) => `${day} : ${counted(count, "passage", "passages")}`,
    unfilter: (text) => `Retirer le filtre « ${text} »`,
    languages: "Langues",
    outlets: "Titres de presse",
    order: "Ordre des passages",
    best: "Les meilleurs d’abord",
    newest: "Les plus récents d’abord",
    oldest: "Les plus anciens d’abord",
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
    articles: "Articles",
    listed: (count) => counted(count, "article", "articles"),
    range: (first, last, total) => `${numbers.format(first)}–${numbers.format(last)} sur ${numbers.format(total)}`,
    pages: "Pages",
    newer: "← Plus récents",
    older: "Plus anciens →",
    unmatched: "Aucun article ne correspond.",
    examples: "Questions pour commencer",
    example: (title) => `Que sait-on de « ${title} » ?`,
    history: "Vos questions",
    here: "Conservées dans ce navigateur seulement.",
    forget: "Les effacer",
    empty: "Les archives sont vides",
    fill: "Indexez un dossier d’articles sur la machine du service :",
    folder: "DOSSIER",
    add: "Ajouter un article",
    file: "Fichier texte, Markdown ou HTML",
    text: "Texte",
    format: "Format",
    formatPlain: "Texte brut",
    formatMarkdown: "Markdown ou HTML",
    title: "Titre",
    outlet: "Titre de presse",
    date: "Date",
    author: "Auteur",
    url: "URL (sans texte, la page est récupérée)",
    store: "Ajouter",
    cancel: "Annuler",
    added: "L’article a été ajouté.",
    undecoded: "Le fichier n’est pas du texte en UTF-8.",
    removing: "Supprimer cet article",
    sure: "Le supprimer des archives ?",
    remove: "Supprimer",
    keep: "Garder",
    removed: "L’article a été supprimé.",
    theme: "Thème",
    themeSystem: "Système",
    themeLight: "Clair",
    themeDark: "Sombre",
    tongue: "Langue",
    tongueBrowser: "Navigateur",
    searching: "Recherche…",
    answer: "Réponse",
    sources: "Sources",
    others: "Autres passages",
    nearest: "Les passages les plus proches",
    more: "Afficher plus de passages",
    save: "Enregistrer :",
    print: "Imprimer",
    asked: "Question posée le",
    source: (number) => `Source ${number}`,
    side: (number, independent) => `Réponse ${number} (${counted(independent, "source", "sources")})`,
    earlier: (number) => `Antérieur à ${number}`,
    confidence: (share) => `Confiance ${share}`,
    confident: "probabilité que la première citation réponde à la question",
    unanswered: "Sans réponse",
    unsure: (share) =>
      `Rien n’est cité, car la probabilité qu’un passage réponde à la question n’est que de ${share}. ` +
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
    copies: "Le même passage dans :",
    rest: (count) => `${counted(count, "autre", "autres")}`,
    versions: (count) => `${numbers.format(count)} versions de cette histoire, la plus récente en premier`,
    same: "La même réponse dans :",
    answered: (sources) => `Réponse tirée de ${counted(sources, "article", "articles")}`,
    failed: "La requête a échoué",
    unreached: "Le service est injoignable.",
    retry: "Réessayer",
    retryIn: (seconds) => `Réessayer (automatiquement dans ${numbers.format(seconds)} s)`,
    busy: "Le service est occupé en ce moment.",
    refusals: {
      403: "Votre clé ne le permet pas.",
      404: "Cet article n’est pas (ou plus) dans les archives.",
      413: "L’article est trop long.",
      422: "Le service n’accepte pas cette requête :",
      500: "Le service a une erreur ; son journal en dit plus.",
      503: "Le service ne peut pas répondre en ce moment :",
      507: "Le disque du service est plein.",
    },
    untitled: "Sans titre",
  },
};

const known = (tag) => tag.slice(0, 2).toLowerCase() in WORDS;
const chosen = browser.get("language") ?? ""; // by the reader, on this page
const spoken = navigator.languages.filter((tag) => tag.startsWith(chosen)); // such as fr-CA, for dates and numbers
const preferred = [...spoken, chosen].find(known) ?? "en";
export const language = preferred.slice(0, 2).toLowerCase();
export const words = WORDS[language];

const locale = preferred.toLowerCase() === "en" ? "en-GB" : preferred;
const days = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
const dates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
const datesOfYear = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
const names = new Intl.DisplayNames(locale, { type: "language" });
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const shares = new Intl.NumberFormat(locale, { style: "percent" });

const time = (day) => new Date(`${day}T00:00:00Z`);
/** Return a day of the form YYYY-MM-DD in words; anything else as it is. */
export const date = (day) => (Number.isNaN(time(day).getTime()) ? day : days.format(time(day)));
/** Return the days from the first to the last in words, as they are if one is not a day. */
export const span = (first, last) =>
  [first, last].some((day) => Number.isNaN(time(day).getTime())) ? `${first} – ${last}` : days.formatRange(time(first), time(last));
export const shortDate = (day, withYear) => (withYear ? datesOfYear : dates).format(time(day));
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
