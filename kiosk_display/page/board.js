// The wall: what the server tells goes through the fold into a view, and the view onto the screen.

import { Alarm } from "./alarm.js";
import { write } from "./dom.js";
import { fold, opened } from "./fold.js";
import { Heroes } from "./heroes.js";
import { Lines } from "./lines.js";
import { Link } from "./link.js";
import { dress, within } from "./look.js";
import { asked, device, Door } from "./pairing.js";
import { Notice, Queues, Recent } from "./panels.js";
import { Rooms } from "./rooms.js";
import { Slides } from "./slides.js";
import { Announcer } from "./sound.js";
import * as tongue from "./words.js";

const STALE_MS = 15000;
const TURN_MS = 250;
const FEW = 4; // queues that leave room for one very large card
const PANEL_MS = 8000;
const LANGUAGE_MS = 10000;
const SAVE_MS = 1000;
const DRIFT_MS = 90000; // the picture moves a little now and then, so that nothing burns in
const DRIFT = [[0, 0], [0.25, 0], [0.25, 0.25], [0, 0.25], [-0.25, 0.25], [-0.25, 0], [-0.25, -0.25], [0, -0.25]];
const RENEW_HOUR = 4; // a browser that runs for weeks starts afresh at a quiet minute of the night
const RENEW_AFTER_MS = 20 * 3600 * 1000;
const QUIET_MS = 10 * 60 * 1000;
const QUIET_LOOK_MS = 5000; // how often a screen looks whether quiet hours began or ended
const LIT_MS = 120000; // a call lights a dark screen for so long

const query = asked();
const zone = query.get("zone") || null;
const name = (query.get("name") || "screen").slice(0, 64);
const shelf = `hms-wall:${zone ?? ""}`;
const one = (selector) => document.querySelector(selector);

let memory = recall(); // {epoch, seq, view, told}: what this screen has, and the server's time of it
let languages = wanted();
let language = languages[0];
let heard = -Infinity; // performance.now() of the last frame
let line = "connecting";
let refusal = "";
let offset = memory ? memory.told - performance.now() : null; // server time minus our own
let lastCall = -Infinity;
let saveDue = false;
let drawDue = false;

const say = (key, places) => tongue.say(language, key, places);
const number = (value) => tongue.number(language, value);
const roomText = (room) => tongue.roomText(language, room);
const serverNow = () => performance.now() + (offset ?? Date.now() - performance.now());
const words = { say, number, roomText, timeText: (at) => timeText(Date.parse(at)) };
const acknowledge = (call, spoken) => link.send({ type: "ACK", seq: memory.seq, call_id: call.call_id, spoken });
const heroes = new Heroes(one("#heroes"), {
  ...words,
  onShown: (call) => acknowledge(call, false),
  toBeSaid: (call) => announcer.awaits(call),
});
const queues = new Queues(one("#queues"), words);
const recent = new Recent(one("#recent"), words);
const rooms = new Rooms(one("#rooms"), words);
const lines = new Lines(one("#lines"), words);
const notice = new Notice(one("#notice"));
const alarm = new Alarm(one("#alarm"), words);
const slides = new Slides(one("#slides"), zone);
const announcer = new Announcer({
  onState: (sound) => {
    one("#sound").hidden = sound !== "blocked";
    document.body.dataset.sound = sound;
    link.send({ type: "STATUS", sound });
  },
  onTurn: (call) => {
    heroes.lift(call, performance.now());
    draw();
  },
  onDone: (call, spoken) => {
    heroes.settle(call);
    Object.assign(document.body.dataset, announcer.counts);
    if (spoken) acknowledge(call, true);
  },
});
const door = new Door(document.body, (key, places) => say(key, places));
const link = new Link({
  hello: () => ({ name, zone, languages, device: device() }),
  position: () => memory && { epoch: memory.epoch, seq: memory.seq },
  onFrame: take,
  onState: stand,
});

function take(frame) {
  heard = performance.now();
  const instant = Date.parse(frame.server_time ?? "");
  if (frame.server_time) offset = instant - heard;
  if (frame.order === "reload") location.reload();
  if (frame.order === "identify") door.identify(name, zone);
  if (frame.type === "SNAPSHOT") {
    memory = { view: opened(frame) };
    heroes.restore(calledNow(memory.view), heard);
    setSound();
    setLanguages();
  }
  const withdrawn = frame.type === "TOKEN_STATUS_UPDATED" && frame.status === "waiting";
  if (withdrawn) {
    heroes.withdraw(frame.token);
    announcer.withdraw(frame.token);
  }
  const view = fold(memory.view, frame);
  memory = { epoch: frame.epoch, seq: frame.seq, view, told: serverNow() };
  if (frame.type === "CALL" && !frame.expired) {
    const call = { ...frame };
    heroes.announce(call, heard);
    announcer.say(call, serverNow() - Date.parse(frame.at));
    lastCall = heard;
    slides.stop();
  }
  saveDue = true;
  draw();
}

function stand(state, why = "") {
  const before = line;
  line = state === "away" ? "lost" : state;
  refusal = state === "away" ? "" : why;
  if (state === "away") door.ask(why);
  else if (state === "live") door.close();
  if (state === "live" && before !== "live") link.send({ type: "STATUS", sound: announcer.state });
  if (state !== before || why) draw();
}

/** The calls whose tokens are still called, for a page that begins in the middle of the day. */
function calledNow(view) {
  const status = statuses(view);
  return view.recent_calls.filter((call) => status.get(call.token) === "called").slice(0, 1);
}

function statuses(view) {
  return new Map(view.queues.flatMap((queue) => queue.serving.map((at) => [at.token, at.status])));
}

function draw() {
  if (drawDue) return;
  drawDue = true;
  setTimeout(() => {
    drawDue = false;
    paint(performance.now());
  }, 0);
}

function paint(now) {
  const stale = now - heard > STALE_MS;
  document.body.dataset.live = stale ? "stale" : line;
  write(one("#state-word"), say(line === "live" ? "live" : "lost"));
  paintStale(stale);
  paintClock();
  if (memory === null) return;
  const { view } = memory;
  dress(view.look ?? {}, query);
  const status = statuses(view);
  const names = new Map(view.queues.map((queue) => [queue.code, queue.name]));
  write(one("#hospital"), view.hospital);
  write(one("#zone"), zone ?? "");
  document.body.classList.toggle("few", view.queues.length <= FEW);
  document.body.classList.toggle("quiet", view.recent_calls.length === 0);
  const statusOf = (token) => status.get(token);
  const said = view.notices.filter((one) => !one.until || Date.parse(one.until) > serverNow());
  const alarmed = alarm.draw(said, now);
  heroes.turn(now, statusOf);
  heroes.draw(now, statusOf, (code) => names.get(code) ?? code);
  document.body.dataset.turn = Math.floor(now / PANEL_MS) % 2; // some walls show their panels in turn
  notice.draw(said.filter((one) => !one.emergency), now);
  paintPanels(view, statusOf, now);
  const night = !alarmed && now - lastCall > LIT_MS && within(query.get("night") ?? view.look?.night, timeText(serverNow(), "en"));
  document.body.classList.toggle("night", night);
  slides.turn(now, Boolean(view.look?.slides) && line === "live" && !stale && !alarmed && !night, lastCall);
}

/** Draw the panels that this layout has. */
function paintPanels(view, statusOf, now) {
  switch (document.body.dataset.layout) {
    case "cards":
      return rooms.draw(view.queues, now);
    case "list":
      return lines.draw(view.queues, now);
    default:
      queues.draw(view.queues, now);
      recent.draw(view.recent_calls, statusOf, now, serverNow());
  }
}

function paintStale(stale) {
  const box = one("#stale");
  const refused = line === "lost" && refusal !== "";
  box.hidden = !(refused || (stale && (memory !== null || now15())));
  const since = memory ? timeText(memory.told) : timeText(performance.timeOrigin);
  write(box.querySelector("p"), refused ? `${refusal} (${zone})` : say("stale", { t: `\u2066${since}\u2069` }));
}

/** Whether this page has waited for its first frame long enough to say so. */
function now15() {
  return performance.now() > STALE_MS;
}

function paintClock() {
  if (offset === null) return;
  const at = serverNow();
  write(one("#clock"), timeText(at));
  write(one("#dark time"), timeText(at));
  write(one("#slides time"), timeText(at));
  write(one("#date"), format({ weekday: "long", day: "numeric", month: "long" }).format(at));
}

function format(options, tag = language) {
  return tongue.dates(tag, { timeZone: memory?.view.timezone, ...options });
}

function timeText(at, tag = language) {
  return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, tag).format(at);
}

/** The languages of the address, else those of the zone. */
function wanted() {
  const asked = query.get("lang");
  return tongue.chosen(asked ? asked.split(",") : memory?.view.voice?.languages ?? []);
}

function setLanguages() {
  const now = wanted();
  if (now.join() === languages.join()) return;
  languages = now;
  turns = -1;
  turnLanguage();
  document.documentElement.dir = tongue.direction(language);
}

function setSound() {
  if (memory === null) return;
  const { voice, chime } = memory.view;
  const { chime: which = 1, volume = 100, repeat = 1, quiet = "" } = voice ?? {};
  const on = query.get("sound") !== "off" && !within(quiet, timeText(serverNow(), "en"));
  announcer.set({ on, chime: chime === false ? 0 : which, volume, repeat });
}

function speak() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.dir = tongue.direction(language);
    write(element, say(element.dataset.word));
  }
  door.speak(tongue.direction(language));
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(shelf));
    return kept?.view?.queues && Number.isInteger(kept.seq) ? kept : null;
  } catch {
    return null; // nothing kept, or nothing may be kept
  }
}

function save() {
  if (!saveDue) return;
  saveDue = false;
  try {
    localStorage.setItem(shelf, JSON.stringify(memory));
  } catch {
    return; // a full or forbidden store: the next start asks for a snapshot
  }
}

function renew() {
  const hour = Number(format({ hour: "2-digit", hourCycle: "h23" }, "en").format(serverNow()));
  const quiet = performance.now() - lastCall > QUIET_MS;
  if (performance.now() > RENEW_AFTER_MS && hour === RENEW_HOUR && quiet && line === "live") location.reload();
}

let turns = 0;
function turnLanguage() {
  turns += 1;
  language = languages[turns % languages.length];
  speak();
  draw();
}

let step = 0;
function drift() {
  step = (step + 1) % DRIFT.length;
  const [x, y] = DRIFT[step];
  document.body.style.transform = `translate(${x}vh, ${y}vh)`;
}

document.documentElement.dir = tongue.direction(language);
speak();
if (memory) {
  heroes.restore(calledNow(memory.view), performance.now());
  setSound();
}
setInterval(() => paint(performance.now()), TURN_MS);
setInterval(save, SAVE_MS);
setInterval(drift, DRIFT_MS);
setInterval(renew, 60000);
setInterval(turnLanguage, LANGUAGE_MS);
setInterval(setSound, QUIET_LOOK_MS);
addEventListener("resize", draw);
paint(performance.now());
door.fromAddress().then(() => link.start());
