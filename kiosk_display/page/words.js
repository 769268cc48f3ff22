// The page's few words by language (catalogue.js is made from the catalogues of gettext), and how
// numbers, dates and rooms are written there. A token's code is written as on the slip in the hand.

import { TEXTS } from "./catalogue.js";

const RIGHT_TO_LEFT = new Set(["ar", "ur"]);
const PLACES = ["room", "counter"].map((kind) => [kind, written(kind)]);

function spoken(tag) {
  return tag.toLowerCase().split("-")[0];
}

/** Return those of the BCP 47 tags that the page knows, in order; English when none. */
export function chosen(tags) {
  const known = tags.map((tag) => tag.trim()).filter((tag) => Object.hasOwn(TEXTS, spoken(tag)) && locale(tag));
  return known.length ? [...new Set(known)] : ["en"];
}

/** Return the text of `key` in the language `tag`, with {places} filled in. */
export function say(tag, key, places = {}) {
  return TEXTS[spoken(tag)][key].replace(/\{(\w)\}/g, (_, place) => places[place]);
}

export function direction(tag) {
  return RIGHT_TO_LEFT.has(spoken(tag)) ? "rtl" : "ltr";
}

/** Return a whole number in the digits of the language. */
export function number(tag, value) {
  return new Intl.NumberFormat(locale(tag), { useGrouping: false }).format(value);
}

/** Return a formatter of dates and times in the language. */
export function dates(tag, options) {
  return new Intl.DateTimeFormat(locale(tag), options);
}

/** Return a numbered room or counter in the language, whichever it was written in; else as it is written. */
export function roomText(tag, room) {
  if (room === null || room === undefined) return "";
  if (/^\d+\p{L}?$/u.test(room)) return say(tag, "room", { n: room });
  for (const [kind, pattern] of PLACES) {
    const found = pattern.exec(room);
    if (found) return say(tag, kind, { n: found[1] });
  }
  return room;
}

function locale(tag) {
  try {
    const [known] = Intl.getCanonicalLocales(tag);
    return known === "en" ? "en-GB" : known;
  } catch {
    return ""; // not a language tag
  }
}

function written(kind) {
  const all = Object.values(TEXTS).map((texts) => texts[kind].replace(/\s*\{n\}/, ""));
  return new RegExp(`^(?:${all.join("|")})\\s*(\\d+\\p{L}?)$`, "iu");
}
