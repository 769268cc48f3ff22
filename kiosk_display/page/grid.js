// Cards in rows and columns: how many fit, and how large they may grow.

const SHAPE = 2.1; // width of a card to its height
const MOST_GROWTH = 1.7;
const AIR = 0.9; // a card that grows keeps some of the room free
const WIDE = 1.25; // from this many least widths on, a token and its room stand side by side

/** Return the number that the style sheet gives `root` by a custom property. */
export function given(root, name, otherwise = 0) {
  const value = Number(getComputedStyle(root).getPropertyValue(name));
  return Number.isFinite(value) && value > 0 ? value : otherwise;
}

/** How many cards fit beside and below each other; the style sheet says how large the least one is. */
export function space(root) {
  const unit = (innerHeight / 100) * given(root, "--s", 1);
  const [leastWide, leastHigh] = [given(root, "--card-wide") * unit, given(root, "--card-high") * unit];
  const gap = parseFloat(getComputedStyle(root).columnGap) || 0;
  const [wide, high] = [root.clientWidth + gap, root.clientHeight + gap];
  const columns = Math.max(1, Math.floor(wide / (leastWide + gap)));
  const rows = Math.max(1, Math.floor(high / (leastHigh + gap)));
  return { wide, high, gap, leastWide, leastHigh, columns, rows };
}

/** Choose the columns that fill the room with well-shaped cards, and let the cards grow into it. */
export function lay(root, { wide, high, gap, leastWide, leastHigh, columns, rows }, cards) {
  const most = given(root, "--most-growth", MOST_GROWTH);
  let best = { cost: Infinity, across: 1, grow: 1 };
  for (let across = 1; across <= Math.min(columns, Math.max(1, cards)); across += 1) {
    const down = Math.max(1, Math.ceil(cards / across));
    if (down > rows && across < columns) continue;
    const [cardWide, cardHigh] = [wide / across - gap, high / down - gap];
    const cost = Math.abs(Math.log(cardWide / cardHigh / SHAPE)) + (across * down - cards) / Math.max(1, cards);
    const grow = Math.max(Math.min(1, cardHigh / leastHigh), Math.min(most, cardWide / leastWide, (AIR * cardHigh) / leastHigh));
    if (cost < best.cost) best = { cost, across, grow };
  }
  root.dataset.wide = wide / best.across - gap > WIDE * leastWide * best.grow;
  root.style.setProperty("--across", best.across);
  root.style.setProperty("--grow", best.grow.toFixed(3));
}

/** Return what tells the newest called token of `serving` from an older one; empty when none is called. */
export function newestCall({ serving }) {
  const called = serving.filter((at) => at.status === "called").map((at) => `${at.called_at} ${at.token} ${at.call_no}`);
  return called.reduce((best, key) => (key > best ? key : best), "");
}

/** Return on which page the item at `place` is when `items` are shown on pages alike in size. */
export function pageOf(place, items, fits) {
  const pages = Math.max(1, Math.ceil(items / fits));
  return Math.floor(place / Math.ceil(items / pages));
}
