// Small tools for the page: elements are made once, text is only ever text.

/** Return a new element of `tag` with a class and children. */
export function make(tag, name = "", ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

/** Set text only when it differs, so that an unchanged wall costs nothing. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Narrow the only child of `box` until it fits its width; what is far too long gets smaller too. */
export function fit(box) {
  const child = box.firstElementChild;
  const key = `${child.textContent}|${box.clientWidth}|${box.clientHeight}`;
  if (box.fitted === key) return;
  child.style.transform = "";
  const ratio = Math.min(1, box.clientWidth / Math.max(1, child.offsetWidth));
  if (ratio < 1) child.style.transform = `scale(${ratio}, ${Math.min(1, ratio / 0.62)})`;
  box.fitted = key;
}

/** Pages through what does not fit at once; dots tell which page it is. */
export class Pager {
  constructor(dots, everyMs) {
    this.dots = dots;
    this.everyMs = everyMs;
    this.page = 0;
    this.pages = 1;
    this.since = 0;
    dots.append(...Array.from({ length: 12 }, () => make("i")));
  }

  /** Return the range of items to show now; `even` makes all pages alike in size. */
  range(items, room, now, even = false) {
    this.pages = Math.max(1, Math.ceil(items / Math.max(1, room)));
    if (now - this.since >= this.everyMs) {
      this.page += 1;
      this.since = now;
    }
    this.page %= this.pages;
    const size = even ? Math.ceil(items / this.pages) : Math.max(1, room);
    const shown = this.pages > 1 ? this.pages : 0;
    [...this.dots.children].forEach((dot, place) => {
      dot.hidden = place >= shown;
      dot.className = place === this.page ? "on" : "";
    });
    return [this.page * size, Math.min(items, (this.page + 1) * size)];
  }

  /** Go back to the first page, where the news is. */
  first(now) {
    this.turnTo(0, now);
  }

  /** Go to a page, and stay there for its whole time. */
  turnTo(page, now) {
    this.page = page;
    this.since = now;
  }
}
