// One's own place in the line: asks every few seconds, and says when it could not.

import { LANGUAGES, direction, preferred, say } from "/place_words.js";
import { roomText } from "/words.js";

const EVERY_MS = 5000;
const HIDDEN_MS = 20000;
const STALE_MS = 20000;

const part = (id) => document.getElementById(id);
const address = `${location.pathname.replace(/\/+$/, "")}/now`;
let language = preferred(new URLSearchParams(location.search).get("lang"), navigator.languages);
let known = null;
let lastMs = Date.now();
let lastAt = "";

function write(id, text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}

function people(ahead) {
  if (ahead === 0) return say(language, "first");
  return ahead === 1 ? say(language, "one") : say(language, "people", { n: ahead });
}

function wait(place) {
  if (place.wait_low_minutes === null) return say(language, "unmeasured");
  return say(language, "wait", { a: place.wait_low_minutes, b: place.wait_high_minutes });
}

/** Return the two lines that a state says. */
function lines(place) {
  const named = roomText(language, place.room);
  const room = `\u2068${named}\u2069`; // keeps its own direction
  const go = place.room ? say(language, "go", { room }) : say(language, "desk");
  return {
    waiting: () => [people(place.ahead), wait(place)],
    called: () => [go, say(language, "called")],
    inside: () => [say(language, "inside"), named],
    hold: () => [say(language, "hold"), ""],
    missed: () => [say(language, "missed"), say(language, "desk")],
    over: () => [say(language, "over"), say(language, "desk")],
    unknown: () => [say(language, "unknown"), say(language, "desk")],
  }[place.state]();
}

function show() {
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
  write("note", say(language, "note"));
  write("language-word", say(language, "language"));
  const late = Date.now() - lastMs > STALE_MS;
  part("stale").hidden = !late;
  if (late) write("stale", say(language, "stale", { t: lastAt || "–" }));
  if (known === null) {
    document.title = "…";
    return;
  }
  document.body.dataset.state = known.state;
  const [first, second] = lines(known);
  write("hospital", known.hospital || "");
  write("code", known.code || "");
  write("queue", known.queue || "");
  write("first", first);
  write("second", second);
  part("paused").hidden = !(known.paused && known.state === "waiting");
  write("paused", say(language, "paused"));
  document.title = known.code ? `${known.code} · ${first}` : first;
}

async function ask() {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    const said = await answer.json();
    if (said.state !== "busy") {
      if (said.state === "called" && known && known.state !== "called") navigator.vibrate?.([300, 150, 300]);
      known = said;
      lastMs = Date.now();
      lastAt = new Date().toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", numberingSystem: "latn" });
    }
  } catch {
    // shown as late when it lasts
  }
  show();
  const over = known && (known.state === "unknown" || known.state === "over");
  setTimeout(ask, document.hidden || over ? HIDDEN_MS : EVERY_MS);
}

const choice = part("language");
for (const [tag, name] of LANGUAGES) {
  const option = document.createElement("option");
  option.value = tag;
  option.lang = tag;
  option.textContent = name;
  choice.append(option);
}
choice.value = language;
choice.addEventListener("change", () => {
  language = choice.value;
  history.replaceState(null, "", `?lang=${language}`);
  show();
});
document.addEventListener("visibilitychange", show);
setInterval(show, 5000);
show();
ask();
