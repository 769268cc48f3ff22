// Queues, recent calls and notices: all of them are shown, page after page where room is short.

import { Pager, fit, make, write } from "./dom.js";
import { REMEMBERED } from "./fold.js";
import { given, lay, space } from "./grid.js";

const QUEUE_PAGE_MS = 9000;
const CALL_PAGE_MS = 7000;
const NOTICE_MS = 9000;
const NEXT_SHOWN = 4;
const SERVING_SHOWN = 2;
const CALLS_SHOWN = 10; // more only while they are this young:
const YOUNG_MS = 180000;
const OLDEST_MS = 12 * 3600 * 1000; // yesterday's calls help nobody

export const STATUS = { called: "called", in_progress: "inside" };

export class Queues {
  constructor(root, { roomText, say, number }) {
    Object.assign(this, { roomText, say, number });
    this.root = root.querySelector(".cards");
    this.pager = new Pager(root.querySelector(".dots"), QUEUE_PAGE_MS);
    this.cards = [];
    this.turns = 0;
  }

  draw(queues, now) {
    while (this.cards.length < queues.length) {
      const card = queueCard();
      this.cards.push(card);
      this.root.append(card.root);
    }
    const place = space(this.root);
    const page = this.pager.page;
    const [first, end] = this.pager.range(queues.length, place.columns * place.rows, now, true);
    if (page !== this.pager.page || this.pager.pages === 1) this.turns = Math.floor(now / QUEUE_PAGE_MS);
    lay(this.root, place, end - first);
    this.cards.forEach((card, at) => {
      card.root.hidden = at < first || at >= end;
      if (!card.root.hidden) this.fill(card, queues[at]);
    });
  }

  fill(card, queue) {
    card.root.dataset.queue = queue.code;
    card.root.classList.toggle("paused", queue.paused);
    write(card.name.firstChild, queue.name);
    fit(card.name);
    write(card.count, this.number(queue.waiting));
    write(card.waiting, this.say("waiting"));
    this.serving(card, queue);
    const more = queue.next.slice(0, NEXT_SHOWN);
    write(card.next, more.length ? this.say("next") : queue.waiting ? "" : this.say("nobody"));
    card.nexts.forEach((slot, place) => {
      slot.hidden = place >= more.length;
      write(slot, more[place] ?? "");
    });
    const { wait_low_minutes: low, wait_high_minutes: high } = queue;
    const known = low !== null && high !== null && queue.waiting > 0 && !queue.paused;
    const [a, b] = known ? [this.number(low), this.number(high)] : [];
    write(card.wait, queue.paused ? this.say("paused") : known ? this.say("minutes", { a, b }) : "");
  }

  serving(card, queue) {
    const pages = Math.max(1, Math.ceil(queue.serving.length / SERVING_SHOWN));
    const first = (this.turns % pages) * SERVING_SHOWN;
    card.serving.forEach((row, place) => {
      const one = queue.serving[first + place];
      row.root.hidden = one === undefined && place > 0;
      row.root.dataset.status = one?.status ?? "none";
      write(row.token.firstChild, one?.token ?? "–");
      fit(row.token);
      write(row.room.firstChild, one ? this.roomText(one.room) : "");
      if (one) fit(row.room);
    });
    card.rows.dataset.rows = Math.min(SERVING_SHOWN, Math.max(1, queue.serving.length - first));
  }
}

function queueCard() {
  const name = make("h2", "name", make("bdi"));
  const count = make("b", "count");
  const waiting = make("span", "unit");
  const serving = Array.from({ length: SERVING_SHOWN }, servingRow);
  const rows = make("div", "rows", ...serving.map((row) => row.root));
  const next = make("span", "unit");
  const nexts = Array.from({ length: NEXT_SHOWN }, () => make("bdi"));
  const wait = make("span", "wait");
  const top = make("header", "", name, make("p", "many", count, " ", waiting));
  const foot = make("footer", "", make("p", "nexts", next, ...nexts), wait);
  return { root: make("article", "queue", top, rows, foot), name, count, waiting, rows, serving, next, nexts, wait };
}

function servingRow() {
  const token = make("p", "token", make("bdi"));
  const room = make("p", "room", make("bdi"));
  const way = make("div", "way", make("i", "arrow"), room);
  return { root: make("div", "at", make("i", "shape"), token, way), token, room };
}

export class Recent {
  constructor(root, { roomText, say, timeText }) {
    Object.assign(this, { roomText, say, timeText });
    this.root = root;
    this.list = root.querySelector("ol");
    this.pager = new Pager(root.querySelector(".dots"), CALL_PAGE_MS);
    this.rows = Array.from({ length: REMEMBERED }, recentRow);
    this.list.append(...this.rows.map((row) => row.root));
    this.newest = 0;
  }

  /** Show `calls`, newest first; `clock` is the server's time in ms. */
  draw(calls, statusOf, now, clock) {
    const worth = calls.filter((call, place) => {
      const age = clock - Date.parse(call.at);
      return age < OLDEST_MS && (place < CALLS_SHOWN || age < YOUNG_MS);
    });
    if (worth.length && worth[0].call_id !== this.newest) {
      this.newest = worth[0].call_id;
      this.pager.first(now);
    }
    const unit = given(this.list, "--s", 1) * (innerHeight / 100);
    const rows = Math.max(1, Math.floor((this.list.clientHeight + 1) / (given(this.list, "--row-high") * unit)));
    const wide = given(this.list, "--row-wide") * unit; // only where rows stand beside each other
    const across = wide ? Math.max(1, Math.floor(this.list.clientWidth / wide)) : 1;
    this.list.style.setProperty("--across", across);
    const room = rows * across;
    const [first, end] = this.pager.range(worth.length, room, now);
    this.rows.forEach((row, place) => {
      row.root.hidden = place >= worth.length;
      row.root.classList.toggle("away", place < first || place >= end);
      if (place < worth.length) this.fill(row, worth[place], statusOf(worth[place].token));
    });
  }

  fill(row, call, status) {
    row.root.dataset.token = call.token;
    row.root.dataset.status = STATUS[status] ?? "past";
    write(row.token.firstChild, call.token);
    write(row.room.firstChild, this.roomText(call.room) || call.queue);
    const word = STATUS[status] ? this.say(STATUS[status]) : "";
    write(row.word, word);
    write(row.time, this.timeText(call.at));
    fit(row.token);
    fit(row.room);
  }
}

function recentRow() {
  const token = make("p", "token", make("bdi"));
  const room = make("p", "room", make("bdi"));
  const word = make("span", "word");
  const time = make("bdi", "time");
  const below = make("p", "below", make("i", "shape"), word, time);
  const root = make("li", "", token, make("i", "arrow"), room, below);
  root.hidden = true;
  return { root, token, room, word, time };
}

export class Notice {
  constructor(root) {
    this.root = root;
    this.line = root.querySelector("p");
    this.pager = new Pager(root.querySelector(".dots"), NOTICE_MS);
  }

  draw(notices, now) {
    this.root.hidden = notices.length === 0;
    document.body.classList.toggle("has-notice", notices.length > 0);
    const [first] = this.pager.range(notices.length, 1, now);
    const notice = notices[first];
    if (!notice) return;
    write(this.line, notice.text);
    this.root.classList.toggle("urgent", notice.urgent);
  }
}
