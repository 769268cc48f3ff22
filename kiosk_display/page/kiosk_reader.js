// A reader of barcodes types a card's code as fast as no hand does, and ends with Enter or Tab. There is no
// field for it: what is typed slowly goes nowhere, so nobody types a name in public.

const GAP_MS = 150; // between two keys of a reader; a busy machine delivers them late
const SHORTEST = 4;
const LONGEST = 64;
const STARTS = new Set(["F12"]);

export class Reader {
  /** `onCode(text)` gets what was read; `listens()` tells whether a card is wanted now. */
  constructor(onCode, listens) {
    this.onCode = onCode;
    this.listens = listens;
    this.typed = "";
    this.last = -Infinity;
    window.addEventListener("keydown", (key) => this.take(key), { capture: true });
  }

  /** Take one key; those of a reader reach no button. */
  take(key) {
    if (!this.listens()) return;
    const late = key.timeStamp - this.last > GAP_MS;
    this.last = key.timeStamp;
    if (late) this.typed = "";
    if (STARTS.has(key.key) || (key.ctrlKey && key.key === "b")) {
      this.typed = "";
      key.preventDefault();
    } else if (key.key === "Enter" || key.key === "Tab") {
      this.end(key);
    } else if (key.key.length === 1 && !key.ctrlKey && !key.altKey && !key.metaKey) {
      if (this.typed) this.keep(key);
      this.typed = (this.typed + key.key).slice(-LONGEST);
    }
  }

  end(key) {
    const code = this.typed;
    this.typed = "";
    if (code.length < SHORTEST) return;
    this.keep(key);
    this.onCode(code);
  }

  keep(key) {
    key.preventDefault();
    key.stopPropagation();
  }
}
