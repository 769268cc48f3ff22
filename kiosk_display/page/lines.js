// The queues as a list: a line each, with who is called where and who comes next.

import { Pager, fit, make, write } from "./dom.js";
import { given, newestCall, pageOf } from "./grid.js";
import { STATUS } from "./panels.js";

const PAGE_MS = 9000;
const TURN_MS = 6000; // several tokens of one queue take turns
const NEXT_SHOWN = 4;

export class Lines {
  constructor(root, { roomText, say, number }) {
    Object.assign(this, { roomText, say, number });
    this.root = root;
    this.list = root.querySelector("ol");
    this.pager = new Pager(root.querySelector(".dots"), PAGE_MS);
    this.rows = [];
    this.newest = "";
  }

  draw(queues, now) {
    while (this.rows.length < queues.length) {
      const row = line();
      this.rows.push(row);
      this.list.append(row.root);
    }
    const least = given(this.list, "--row-high") * given(this.list, "--s", 1) * (innerHeight / 100);
    const room = Math.max(1, Math.floor((this.list.clientHeight + 1) / least));
    this.bringNewest(queues, room, now);
    const [first, end] = this.pager.range(queues.length, room, now, true);
    const rows = Math.max(1, end - first);
    this.list.style.setProperty("--rows", rows);
    this.list.style.setProperty("--q", Math.min(1, this.list.clientHeight / rows / least).toFixed(3));
    this.rows.forEach((row, place) => {
      row.root.hidden = place < first || place >= end;
      if (!row.root.hidden) this.fill(row, queues[place], now);
    });
  }

  /** Turn to the page of the newest call. */
  bringNewest(queues, room, now) {
    const newest = queues.map((queue) => newestCall(queue));
    const most = newest.reduce((best, key) => (key > best ? key : best), "");
    const news = most > this.newest;
    this.newest = most;
    if (news) this.pager.turnTo(pageOf(newest.indexOf(most), queues.length, room), now);
  }

  fill(row, queue, now) {
    const at = queue.serving[Math.floor(now / TURN_MS) % Math.max(1, queue.serving.length)];
    row.root.dataset.queue = queue.code;
    row.root.dataset.status = at?.status ?? "none";
    row.root.classList.toggle("paused", queue.paused);
    write(row.name.firstChild, queue.name);
    write(row.token.firstChild, at?.token ?? "–");
    write(row.room.firstChild, at ? this.roomText(at.room || queue.room) : "");
    write(row.word, at ? this.say(STATUS[at.status] ?? "called") : "");
    fit(row.name);
    fit(row.token);
    fit(row.room);
    const next = queue.next.slice(0, NEXT_SHOWN);
    write(row.next, next.length ? this.say("next") : "");
    row.nexts.forEach((slot, place) => {
      slot.hidden = place >= next.length;
      write(slot, next[place] ?? "");
    });
    write(row.count, this.number(queue.waiting));
    write(row.unit, this.say("waiting"));
    const { wait_low_minutes: low, wait_high_minutes: high } = queue;
    const known = low !== null && high !== null && queue.waiting > 0;
    const minutes = known ? this.say("minutes", { a: this.number(low), b: this.number(high) }) : "";
    write(row.wait, queue.paused ? this.say("paused") : minutes);
  }
}

function line() {
  const name = make("p", "name", make("bdi"));
  const word = make("span", "word");
  const how = make("p", "how", make("i", "shape"), word);
  const token = make("p", "token", make("bdi"));
  const room = make("p", "room", make("bdi"));
  const next = make("span", "unit");
  const nexts = Array.from({ length: NEXT_SHOWN }, () => make("bdi", "token"));
  const count = make("span", "count");
  const unit = make("span", "unit");
  const wait = make("p", "wait");
  const root = make(
    "li",
    "line",
    make("div", "who", name, how),
    make("div", "now", token, make("i", "arrow"), room),
    make("p", "nexts", next, ...nexts),
    make("div", "many", make("p", "", count, " ", unit), wait),
  );
  return { root, name, word, token, room, next, nexts, count, unit, wait };
}
