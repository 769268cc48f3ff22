// The self-service kiosk: a language, a queue, a number. What belongs to one person (language, card, number) is
// in `visit` alone, and a new visit begins with nothing of it.

import { make, write } from "./dom.js";
import { Door } from "./kiosk_door.js";
import { Line } from "./kiosk_line.js";
import { Reader } from "./kiosk_reader.js";
import { direction, minutes, offered, people, say, sayPlace, sayWall } from "./kiosk_words.js";

const GIVE_UP_MS = 12000; // then the desk has to help
const TURN_MS = 6000; // a closed kiosk says so in each language in turn
const CLOSED = ["locked", "hours", "limit"];
const MAY_GO_BACK = ["busy", "full", "closed", "already"];
const SVG = "http://www.w3.org/2000/svg";

const part = (id) => document.getElementById(id);
const views = Object.fromEntries(["language", "choose", "moment", "number", "say"].map((name) => [name, part(`view-${name}`)]));
let menu = null; // what is offered, as far as it was told
let away = true; // nobody can say what is offered now
let visit = begin();
let idle = 0;
let turn = 0;
let page = null; // its version when it was loaded

function begin() {
  return { language: null, card: "", badCard: false, touches: {}, asking: null, given: null, refused: null };
}

function touchId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

function languages() {
  return offered(menu?.languages ?? []);
}

/** Return the language of this visit; before one is chosen the first, and in turn where the kiosk is closed. */
function language() {
  if (visit.language) return visit.language;
  const all = languages();
  return all[view() === "say" ? turn % all.length : 0][0];
}

function view() {
  if (visit.given) return "number";
  if (visit.asking) return "moment";
  if (visit.refused || away || CLOSED.includes(menu.closed)) return "say";
  return visit.language ? "choose" : "language";
}

function show() {
  if (!visit.language && languages().length === 1) [[visit.language]] = languages();
  const now = view();
  const tag = language();
  document.documentElement.lang = tag;
  document.documentElement.dir = direction(tag);
  write(part("hospital"), menu?.hospital ?? "");
  write(part("language").querySelector("span"), languages().find(([one]) => one === tag)?.[1] ?? "");
  part("language").hidden = languages().length < 2 || !visit.language || !["choose", "say"].includes(now);
  ({ language: showLanguages, choose: showQueues, moment: showMoment, number: showNumber, say: showSaid })[now](tag);
  if (document.body.dataset.view !== now) {
    document.body.dataset.view = now;
    scrollTo(0, 0);
    views[now].querySelector("h1").focus();
    if (now === "number") narrow(part("code"));
  }
}

/** Make the letters of a long number smaller until it fits. */
function narrow(box) {
  box.style.fontSize = "";
  const ratio = box.clientWidth / box.scrollWidth;
  if (ratio < 1) box.style.fontSize = `${Math.floor(parseFloat(getComputedStyle(box).fontSize) * ratio)}px`;
}

function showLanguages(tag) {
  write(views.language.querySelector("h1"), say(tag, "language"));
  const key = languages().join();
  if (part("languages").dataset.key === key) return;
  part("languages").dataset.key = key;
  part("languages").replaceChildren(...languages().map(([one, name]) => button(name, () => speak(one), { lang: one, dir: direction(one) })));
}

function button(name, act, more = {}) {
  const made = make("button", "", name);
  made.type = "button";
  Object.assign(made, more);
  made.onclick = act;
  return made;
}

function speak(tag) {
  visit.language = tag;
  show();
}

function showQueues(tag) {
  write(views.choose.querySelector("h1"), say(tag, "choose"));
  const card = part("card");
  card.hidden = !menu.cards;
  card.className = visit.card ? "read" : visit.badCard ? "bad" : "";
  const bad = `${say(tag, "badcard")}. ${say(tag, "retry")}`;
  write(card.querySelector("p"), visit.card ? `✓ ${say(tag, "read")}` : visit.badCard ? bad : say(tag, "card"));
  const without = card.querySelector("button");
  without.hidden = !visit.card;
  write(without, say(tag, "without"));
  const buttons = part("queues").children;
  const same = buttons.length === menu.queues.length && menu.queues.every((queue, place) => buttons[place].dataset.code === queue.code);
  if (!same) part("queues").replaceChildren(...menu.queues.map(queueButton));
  menu.queues.forEach((queue, place) => fill(buttons[place], queue, tag));
}

function queueButton(queue) {
  const name = make("b");
  name.dir = "auto";
  const made = button("", () => ask(queue.code));
  made.dataset.code = queue.code;
  made.replaceChildren(name, make("span"));
  return made;
}

function fill(made, queue, tag) {
  made.disabled = queue.paused;
  const wait = minutes(tag, queue.wait_low_minutes, queue.wait_high_minutes);
  const many = queue.waiting ? `${queue.waiting} ${sayWall(tag, "waiting")}` : sayWall(tag, "nobody");
  write(made.children[0], queue.name);
  write(made.children[1], queue.paused ? sayWall(tag, "paused") : [many, wait].filter(Boolean).join(" · "));
}

function showMoment(tag) {
  write(views.moment.querySelector("h1"), say(tag, "moment"));
}

function showNumber(tag) {
  const given = visit.given;
  write(views.number.querySelector("h1"), say(tag, "number"));
  write(part("code"), given.token);
  write(part("queue"), given.queue);
  write(part("ahead"), people(tag, given.ahead));
  write(part("wait"), given.wait_low_minutes === null ? sayPlace(tag, "unmeasured") : minutes(tag, given.wait_low_minutes, given.wait_high_minutes));
  write(part("paper"), say(tag, given.printed ? "slip" : "keep"));
  const squares = given.qr.length > 0;
  views.number.classList.toggle("alone", !squares);
  part("follow").hidden = !squares;
  write(part("follow-word"), say(tag, "follow"));
  part("qr").setAttribute("aria-label", say(tag, "follow"));
  write(views.number.querySelector("button"), say(tag, "done"));
}

/** Draw the squares of a QR code; none clears it. */
function drawCode(rows) {
  const path = document.createElementNS(SVG, "path");
  const d = rows.flatMap((row, y) => [...row].map((one, x) => (one === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  path.setAttribute("d", d);
  part("qr").setAttribute("viewBox", `0 0 ${rows.length + 8} ${rows.length + 8}`);
  part("qr").replaceChildren(path);
}

function showSaid(tag) {
  const why = visit.refused ?? (away ? "away" : menu.closed);
  const [a, b] = (menu?.hours || "-").split("-");
  write(views.say.querySelector("h1"), say(tag, why, { a, b }));
  const back = Boolean(visit.refused) && MAY_GO_BACK.includes(why);
  write(part("second"), why === "busy" || why === "hours" ? "" : say(tag, "desk"));
  const answer = views.say.querySelector("button");
  answer.hidden = !visit.refused;
  write(answer, say(tag, back ? "back" : "done"));
}

/** Ask for a number of a queue. The id of the wish stays the same for this person and queue. */
function ask(code) {
  if (visit.asking || visit.given) return;
  const touch = (visit.touches[code] ??= touchId());
  const wish = { type: "TAKE", touch, queue: code, card: visit.card, lang: visit.language };
  visit.asking = { wish, until: performance.now() + GIVE_UP_MS, sent: line.send(wish) };
  show();
}

function answered(frame) {
  if (!Object.values(visit.touches).includes(frame.touch) || visit.given) return; // of somebody who went away
  visit.asking = null;
  if (frame.type === "GIVEN") {
    visit.given = frame;
    visit.refused = null;
    visit.card = "";
    drawCode(frame.qr);
  } else if (frame.why === "card") {
    visit.card = "";
    visit.badCard = true;
  } else {
    visit.refused = frame.why;
  }
  stir();
  show();
}

function hear(frame) {
  if (frame.type === "MENU") {
    menu = frame;
    page ??= frame.page;
  }
  if (frame.type === "MENU" || frame.type === "AWAY") away = frame.type === "AWAY";
  else answered(frame);
  if (visit.asking && !visit.asking.sent) visit.asking.sent = line.send(visit.asking.wish);
  show();
}

function stand(state) {
  document.body.dataset.live = state;
  if (state === "live") {
    door.close();
    return;
  }
  away = true;
  if (visit.asking) visit.asking.sent = false; // asked again on the next line, for the same number
  if (state === "unpaired") door.ask(language());
  show();
}

/** Begin anew: nothing of the person before remains on the page. */
function reset() {
  visit = begin();
  turn = 0;
  for (const id of ["code", "queue", "ahead", "wait", "paper"]) write(part(id), "");
  drawCode([]);
  show();
}

function stir() {
  idle = performance.now();
}

function tick() {
  const now = performance.now();
  if (visit.asking && now > visit.asking.until) {
    visit.asking = null;
    visit.refused = "away";
    stir();
    show();
  }
  const most = (menu?.idle_seconds ?? 30) * 1000;
  const left = Math.max(0, 1 - (now - idle) / most);
  views.number.querySelector(".left").style.transform = `scaleX(${left})`;
  const touched = visit.language || visit.card || visit.refused;
  if (left > 0 || visit.asking) return;
  if (!away && menu.page !== page) location.reload(); // the server was upgraded, and nobody is here
  else if (touched) {
    stir();
    reset();
  }
}

const door = new Door(part("door"));
const line = new Line(hear, stand);
new Reader(
  (code) => {
    visit.card = code;
    visit.badCard = false;
    stir();
    show();
  },
  () => part("door").hidden && !away && menu.cards && ["language", "choose"].includes(view()),
);
part("language").onclick = () => {
  visit.language = null;
  visit.refused = null;
  show();
};
part("card").querySelector("button").onclick = () => {
  visit.card = "";
  show();
};
views.number.querySelector("button").onclick = reset;
views.say.querySelector("button").onclick = () => {
  if (MAY_GO_BACK.includes(visit.refused)) visit.refused = null;
  else visit = begin();
  show();
};
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, stir, { capture: true });
addEventListener("contextmenu", (event) => event.preventDefault());
setInterval(tick, 250);
setInterval(() => {
  turn += 1;
  show();
}, TURN_MS);
show();
if (!(await door.fromAddress())) line.start();
