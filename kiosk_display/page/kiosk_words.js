// The kiosk's words: its own, those of the wall and those of one's own place. Digits stay Latin, as
// on the slip in the hand.

import { TEXTS } from "./kiosk_catalogue.js";
import { LANGUAGES, say as sayPlace } from "./place_words.js";
import { chosen, direction, say as sayWall } from "./words.js";

export { direction, sayPlace, sayWall };

const NAMES = new Map(LANGUAGES);

function plain(tag) {
  return tag.toLowerCase().split("-")[0];
}

/** Return the languages offered as [tag, own name]: those asked for that the page knows, else all. */
export function offered(tags) {
  const known = (tags.length ? chosen(tags).map(plain) : [...NAMES.keys()]).filter((tag) => NAMES.has(tag));
  return [...new Set(known)].map((tag) => [tag, NAMES.get(tag)]);
}

/** Return the text of `key` in `language`, with {places} filled in. */
export function say(language, key, places = {}) {
  return TEXTS[language][key].replace(/\{(\w)\}/g, (_, place) => places[place]);
}

export function people(language, ahead) {
  if (ahead === null) return "";
  if (ahead === 0) return sayPlace(language, "first");
  return ahead === 1 ? sayPlace(language, "one") : sayPlace(language, "people", { n: ahead });
}

export function minutes(language, low, high) {
  return low === null ? "" : sayPlace(language, "wait", { a: low, b: high });
}
