// Pictures while nobody is called: two image elements that take turns, and the wall itself between rounds.

import { make } from "./dom.js";

const SHOW_MS = 12000;
const ROUND = 3; // pictures in a row, then the wall shows itself:
const WALL_MS = 15000;
const IDLE_MS = 90000; // since the last call
const ASK_MS = 120000;

export class Slides {
  constructor(root, zone) {
    this.root = root;
    this.address = zone ? `/slides?zone=${encodeURIComponent(zone)}` : "/slides";
    this.frames = []; // two, made when there is a picture
    this.paths = [];
    this.asked = -Infinity;
    this.next = 0; // which picture comes
    this.inRound = 0;
    this.until = 0; // of what is shown now
  }

  /** Show or hide pictures; `quiet` says that nothing else is to be seen, `since` when somebody was called. */
  turn(now, quiet, since) {
    if (quiet && now - this.asked > ASK_MS) this.ask(now);
    if (!quiet || now - since < IDLE_MS || !this.paths.length) return this.stop();
    if (now < this.until) return;
    if (this.inRound >= Math.min(ROUND, this.paths.length) && !this.root.hidden) {
      this.stop();
      this.until = now + WALL_MS;
      return;
    }
    this.show(now);
  }

  /** The wall is seen at once. */
  stop() {
    this.root.hidden = true;
    this.inRound = 0;
    this.until = 0;
  }

  show(now) {
    if (!this.frames.length) this.hang();
    const frame = this.frames[this.next % 2];
    const path = this.paths[this.next % this.paths.length];
    if (frame.getAttribute("src") !== path) frame.src = path;
    this.frames.forEach((one) => one.classList.toggle("on", one === frame));
    this.next += 1;
    this.inRound += 1;
    this.until = now + SHOW_MS;
    this.root.hidden = false;
  }

  hang() {
    this.frames = [make("img"), make("img")];
    for (const frame of this.frames) {
      frame.alt = "";
      frame.onerror = () => this.leaveOut(frame);
    }
    this.root.prepend(...this.frames);
  }

  leaveOut(frame) {
    this.paths = this.paths.filter((path) => path !== frame.getAttribute("src"));
    this.until = 0;
  }

  async ask(now) {
    this.asked = now;
    try {
      const answer = await fetch(this.address, { cache: "no-store" });
      const said = answer.ok ? await answer.json() : [];
      this.paths = said.filter((path) => typeof path === "string" && path.startsWith("/slides/"));
    } catch {
      return; // those that are known go on
    }
  }
}
