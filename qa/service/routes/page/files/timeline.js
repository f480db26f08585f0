/** The view of the days on which passages were published: a bar for each day, which restricts the search to it. */

import { make, within } from "./make.js";
import { shortDate, words } from "./words.js";

/** Return the days of passages, oldest first; null if there is only one. `address(day)` is the URL of a day. */
export function timeline(passages, address) {
  const dated = passages.map(({ published }) => published).filter(Boolean);
  const counts = [...Map.groupBy(dated.sort(), (day) => day)].map(([day, same]) => [day, same.length]);
  if (counts.length < 2) return null;
  const most = Math.max(...counts.map(([, count]) => count));
  const severalYears = counts[0][0].slice(0, 4) !== counts.at(-1)[0].slice(0, 4);
  const items = counts.map(([day, count]) => {
    const bar = make("span", { className: "bar" });
    bar.style.height = `${(1.2 * count) / most}rem`;
    const name = make("time", { dateTime: day }, shortDate(day, severalYears));
    const link = within(address(day), make("span", {}, String(count)), bar, name);
    link.ariaLabel = words.onDay(shortDate(day, true), count);
    return make("li", {}, link);
  });
  const node = make("nav", { className: "days" }, make("p", {}, words.days), make("ol", {}, items));
  node.ariaLabel = words.days;
  return node;
}
