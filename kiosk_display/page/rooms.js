// Cards by room: where to go, who is called there, who comes next; page after page where room is short.

import { Pager, fit, make, write } from "./dom.js";
import { lay, newestCall, pageOf, space } from "./grid.js";
import { STATUS } from "./panels.js";

const PAGE_MS = 9000;
const TURN_MS = 6000; // several tokens or queues of one room take turns
const SHOWN = 2; // tokens of a room at once
const NEXT_SHOWN = 3;

/** Return the rooms of `queues` in order of their names: {key, room, calls, queues}; a queue without one too. */
export function roomsOf(queues) {
  const found = new Map();
  const add = (room, queue) => {
    const key = room || `\0${queue.code}`;
    const one = found.get(key) ?? { key, room: room || null, calls: [], queues: [] };
    if (!one.queues.includes(queue)) one.queues.push(queue);
    found.set(key, one);
    return one;
  };
  for (const queue of queues) {
    for (const at of queue.serving) add(at.room || queue.room, queue).calls.push(at);
    if (queue.room || !queue.serving.length) add(queue.room, queue);
  }
  const rooms = [...found.values()];
  for (const one of rooms) one.calls.sort((a, b) => b.called_at.localeCompare(a.called_at));
  const name = (one) => one.room ?? one.queues[0].name;
  return rooms.sort((a, b) => name(a).localeCompare(name(b), "en", { numeric: true }));
}

export class Rooms {
  constructor(root, { roomText, say, number }) {
    Object.assign(this, { roomText, say, number });
    this.root = root.querySelector(".cards");
    this.pager = new Pager(root.querySelector(".dots"), PAGE_MS);
    this.cards = [];
    this.newest = "";
  }

  /** Show `queues` by room; a new call brings its room's page to the front at once. */
  draw(queues, now) {
    const rooms = roomsOf(queues);
    while (this.cards.length < rooms.length) {
      const card = roomCard();
      this.cards.push(card);
      this.root.append(card.root);
    }
    const place = space(this.root);
    const fits = place.columns * place.rows;
    this.bringNewest(rooms, fits, now);
    const [first, end] = this.pager.range(rooms.length, fits, now, true);
    lay(this.root, place, end - first);
    this.cards.forEach((card, at) => {
      card.root.hidden = at < first || at >= end;
      if (!card.root.hidden) this.fill(card, rooms[at], now);
    });
  }

  bringNewest(rooms, fits, now) {
    const newest = rooms.map((one) => newestCall({ serving: one.calls }));
    const most = newest.reduce((best, key) => (key > best ? key : best), "");
    const news = most > this.newest;
    this.newest = most;
    if (news) this.pager.turnTo(pageOf(newest.indexOf(most), rooms.length, fits), now);
  }

  fill(card, room, now) {
    const turn = Math.floor(now / TURN_MS);
    const queue = room.queues[turn % room.queues.length];
    const paused = room.queues.every((one) => one.paused);
    card.root.dataset.room = room.key;
    card.root.classList.toggle("paused", paused);
    write(card.place.firstChild, room.room ? this.roomText(room.room) : queue.name);
    fit(card.place);
    const pages = Math.max(1, Math.ceil(room.calls.length / SHOWN));
    const first = (turn % pages) * SHOWN;
    const shown = Math.min(SHOWN, Math.max(1, room.calls.length - first));
    card.rows.dataset.rows = shown;
    card.calls.forEach((row, at) => this.call(row, room.calls[first + at], at));
    write(card.queue.firstChild, room.room ? queue.name : "");
    fit(card.queue);
    const next = queue.next.slice(0, NEXT_SHOWN);
    write(card.next, paused ? this.say("paused") : next.length ? this.say("next") : this.say("nobody"));
    card.nexts.forEach((slot, at) => {
      slot.hidden = paused || at >= next.length;
      write(slot, next[at] ?? "");
    });
  }

  call(row, call, at) {
    row.root.hidden = call === undefined && at > 0;
    row.root.dataset.status = call?.status ?? "none";
    write(row.token.firstChild, call?.token ?? "–");
    write(row.word, call ? this.say(STATUS[call.status] ?? "called") : "");
    fit(row.token);
  }
}

function roomCard() {
  const place = make("p", "room", make("bdi"));
  const calls = Array.from({ length: SHOWN }, () => {
    const token = make("p", "token", make("bdi"));
    const word = make("span", "word");
    return { root: make("div", "at", token, make("p", "how", make("i", "shape"), word)), token, word };
  });
  const rows = make("div", "rows", ...calls.map((row) => row.root));
  const queue = make("p", "name", make("bdi"));
  const next = make("span", "unit");
  const nexts = Array.from({ length: NEXT_SHOWN }, () => make("bdi", "token"));
  const footer = make("footer", "", queue, make("p", "nexts", next, ...nexts));
  return { root: make("article", "place", place, rows, footer), place, rows, calls, queue, next, nexts };
}
