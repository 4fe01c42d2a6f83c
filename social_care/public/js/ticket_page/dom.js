// Making elements, and words in the user's language.

/** Make an element: `on…` are listeners, `class`, `text` and attributes as named; false and null leave an attribute out. */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Translate as Helpdesk does: its page loads the texts of all apps. `{0}` stands for the first value. */
export function __(text, ...values) {
  const translated = window.translatedMessages?.[text] || text;
  return translated.replace(/{(\d+)}/g, (mark, index) => values[index] ?? mark);
}

const language = () => window.lang || document.documentElement.lang || "en";

/** Return a moment (ISO 8601) as people read it. */
export function moment(iso, how = { dateStyle: "medium", timeStyle: "short" }) {
  return iso ? new Intl.DateTimeFormat(language(), how).format(new Date(iso)) : "";
}

/** Return the name of a language ("pt-BR", also "pt_BR"); what is none of the codes that browsers know stays as it is. */
export function languageName(code) {
  try {
    return new Intl.DisplayNames([language()], { type: "language", fallback: "code" }).of(code.replaceAll("_", "-"));
  } catch {
    return code;
  }
}

/** Return a number as people read it, short: 12K. */
export function number(value) {
  return new Intl.NumberFormat(language(), { notation: "compact" }).format(value);
}

/** Return a size in bytes as people read it. */
export function megabytes(bytes) {
  return `${new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(bytes / 1_000_000)} MB`;
}

/** Return the time that is left until a moment, "" when it is over. */
export function timeLeft(iso) {
  const minutes = Math.floor((new Date(iso) - Date.now()) / 60_000);
  if (minutes < 0) return "";
  if (minutes >= 2880) return __("{0} days left", Math.floor(minutes / 1440));
  if (minutes >= 60) return __("{0} h {1} min left", Math.floor(minutes / 60), minutes % 60);
  return __("{0} min left", minutes);
}

/** Return what stands in the place of a part that failed, e.g. since the site was updated while the page was open. */
export const broken = () => h("p", { class: "sc-bad", role: "alert", text: __("This part could not be shown; reload the page.") });

/** Return when something is tried again: the hour (and the day, where it is another one), and how long that takes. */
export function nextAttempt(iso) {
  const at = new Date(iso);
  const minutes = Math.ceil((at - Date.now()) / 60_000);
  if (minutes <= 0) return __("next attempt any moment");
  const time = moment(iso, at.toDateString() === new Date().toDateString() ? { timeStyle: "short" } : undefined);
  if (minutes >= 120) return __("next attempt at {0}, in {1} hours", time, Math.round(minutes / 60));
  return minutes === 1 ? __("next attempt at {0}, in a minute", time) : __("next attempt at {0}, in {1} minutes", time, minutes);
}

/** Replace what an element holds, unless it looks the same already: focus and selection stay. */
export function fill(element, ...children) {
  const fresh = h("div", {}, ...children);
  if (fresh.innerHTML !== element.innerHTML) element.replaceChildren(...fresh.childNodes);
}
