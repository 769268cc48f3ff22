// The banner of an emergency: a shape, a word and a colour that nothing else on the wall has.

import { Pager, write } from "./dom.js";

const TURN_MS = 9000;
const FLASHES = 4; // once a second, over in five
const LONG = 90; // letters; a longer text gets smaller ones

export class Alarm {
  constructor(root, { say }) {
    Object.assign(this, { root, say });
    this.word = root.querySelector("b");
    this.line = root.querySelector("p");
    this.pager = new Pager(root.querySelector(".dots"), TURN_MS);
    this.shown = 0;
  }

  /** Show the emergencies among `notices` in turn; return whether there is one. */
  draw(notices, now) {
    const all = notices.filter((notice) => notice.emergency);
    this.root.hidden = all.length === 0;
    document.body.classList.toggle("alarmed", all.length > 0);
    const newest = all.reduce((most, notice) => Math.max(most, notice.id), 0);
    if (newest > this.shown) this.flash();
    this.shown = newest;
    const [first] = this.pager.range(all.length, 1, now);
    const notice = all[first];
    if (!notice) return false;
    write(this.word, this.say("emergency"));
    write(this.line, notice.text);
    this.root.classList.toggle("long", notice.text.length > LONG);
    return true;
  }

  flash() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const steps = [{ opacity: 1 }, { opacity: 0.35 }, { opacity: 1 }];
    for (const sign of this.root.querySelectorAll("i.sign")) sign.animate(steps, { duration: 1000, iterations: FLASHES });
  }
}
