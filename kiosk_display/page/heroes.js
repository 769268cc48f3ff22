// The calls of this moment, as large as the wall allows; each is shown for a while, however many come.

import { fit, make } from "./dom.js";

const DWELL_MS = 2500; // a call keeps its card at least this long while others wait for one
const HOLD_MS = 10000; // and this long while it is still to be announced: what is heard is seen
const FRESH_MS = 12000; // the newest card stands out, then settles
const GONE_MS = 8000; // after this, a call that nobody has to follow any more leaves
const INSIDE_MS = 20000;
const SHARED_MS = 60000; // an older call gives way when a newer one has a card
const WORTH_MS = 60000; // an announcement older than this is not made
const FLASHES = 4; // once a second
const ONE = new Set(["cards", "hero", "list"]); // layouts with one card

export class Heroes {
  /**
   * `onShown(call)` is told when a call gets its card; `toBeSaid(call)` tells whether it is still to be
   * announced; `roomText(room)` and `say(key)` give words.
   */
  constructor(root, { onShown, toBeSaid, roomText, say }) {
    Object.assign(this, { root, onShown, toBeSaid, roomText, say });
    this.cards = [0, 1, 2].map(() => card());
    this.root.append(...this.cards.map((one) => one.root));
    this.shown = []; // newest first: {call, at, known}
    this.waiting = [];
    this.spoken = null; // id of the call that is being said: its card stays
  }

  /** Queue a call for a card. */
  announce(call, now) {
    this.withdraw(call.token);
    this.waiting.push({ call, at: now });
    this.waiting = this.waiting.filter((one) => now - one.at < WORTH_MS);
  }

  /** Put calls that were announced before this page began on cards, without a word. */
  restore(calls, now) {
    this.waiting = [];
    this.shown = calls.slice(0, this.room()).map((call) => ({ call, at: now - FRESH_MS, known: true }));
  }

  /** Take a call back: its card goes, and its turn. */
  withdraw(token) {
    this.shown = this.shown.filter((one) => one.call.token !== token);
    this.waiting = this.waiting.filter((one) => one.call.token !== token);
  }

  /** Give the call that is being said its card, if it has none any more or none yet. */
  lift(call, now) {
    this.spoken = call.call_id;
    if (this.shown.some((one) => one.call.call_id === call.call_id)) return;
    this.waiting = this.waiting.filter((one) => one.call !== call);
    this.makeRoom();
    this.shown.unshift({ call, at: now, known: call.shown === true });
  }

  /** Let the card of a call go that was said. */
  settle(call) {
    if (this.spoken === call.call_id) this.spoken = null;
  }

  /** Take the oldest card, but that of the call being said; the newest cards are first. */
  makeRoom() {
    if (this.shown.length < this.room()) return;
    const oldest = this.shown.findLastIndex((one) => one.call.call_id !== this.spoken);
    this.shown.splice(oldest, 1);
  }

  /** How many cards this wall has; a tall one has two, some layouts one, and every one in an emergency. */
  room() {
    const { dataset, classList } = document.body;
    if (ONE.has(dataset.layout) || classList.contains("alarmed")) return 1;
    return innerHeight > innerWidth ? 2 : 3;
  }

  /** Give cards to who waits, take them from who is done; return whether anything moved. */
  turn(now, statusOf) {
    const before = this.shown.map((one) => one.call.call_id).join();
    this.shown = this.shown.filter((one, place) => this.stays(one, place, now, statusOf));
    while (this.waiting.length) {
      if (this.shown.length >= this.room()) {
        const oldest = this.shown.findLast((one) => one.call.call_id !== this.spoken);
        if (!oldest || now - oldest.at < (this.toBeSaid(oldest.call) ? HOLD_MS : DWELL_MS)) break;
        this.makeRoom();
      }
      const { call } = this.waiting.shift();
      this.shown.unshift({ call, at: now, known: false });
    }
    return before !== this.shown.map((one) => one.call.call_id).join();
  }

  stays(one, place, now, statusOf) {
    if (one.call.call_id === this.spoken) return true;
    const age = now - one.at;
    const status = statusOf(one.call.token);
    if (status === undefined) return age < GONE_MS;
    if (status === "in_progress") return age < INSIDE_MS;
    return place === 0 || age < SHARED_MS;
  }

  draw(now, statusOf, queueName) {
    this.shown.length = Math.min(this.shown.length, this.room());
    document.body.dataset.heroes = this.shown.length;
    this.cards.forEach((one, place) => {
      const hero = this.shown[place];
      one.root.hidden = hero === undefined;
      if (hero === undefined) return;
      const fresh = place === 0 && now - hero.at < FRESH_MS;
      this.fill(one, hero, { fresh, status: statusOf(hero.call.token), queueName });
    });
    for (const hero of this.shown) {
      if (hero.known) continue;
      hero.known = hero.call.shown = true;
      this.onShown(hero.call);
    }
  }

  fill(one, { call, known }, { fresh, status, queueName }) {
    const first = fresh ? "fresh" : "called";
    const kind = status === "in_progress" ? "inside" : call.call_no > 1 ? "again" : first;
    one.root.dataset.token = call.token;
    one.root.classList.toggle("fresh", fresh);
    one.tag.textContent = this.say(kind);
    one.tag.dataset.kind = kind;
    one.go.textContent = this.say("go");
    one.queue.textContent = queueName(call.queue);
    one.number.firstChild.textContent = call.token;
    one.place.firstChild.textContent = this.roomText(call.room) || queueName(call.queue);
    fit(one.number);
    fit(one.place);
    if (!known) flash(one.root);
  }
}

function card() {
  const root = make("article", "hero");
  root.hidden = true;
  const number = make("p", "number", make("bdi"));
  const tag = make("span", "tag");
  const queue = make("bdi", "dept");
  const go = make("p", "go");
  const place = make("p", "room", make("bdi"));
  root.append(number, make("p", "label", tag, queue), make("div", "to", go, make("div", "way", make("i", "arrow"), place)));
  return { root, number, tag, queue, go, place };
}

function flash(element) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const steps = [{ filter: "brightness(1)" }, { filter: "brightness(0.78)" }, { filter: "brightness(1)" }];
  element.animate(steps, { duration: 1000, iterations: FLASHES, easing: "ease-in-out" });
}
