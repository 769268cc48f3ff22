// How this screen looks: which layout, how large its letters, and whether it is night.

const ARC_MINUTES = 20; // ISO 9241-303: letters of 20 to 22 minutes of arc are read with ease, 16 is the least
const CAPITAL = 0.72; // height of a capital letter to the size of its font
const LEAST_VH = 6; // the smallest font of a token or a room in any layout, in hundredths of the picture's height
const MOST = 3; // larger than this, and not even one call fits
const FAR = 1.3; // from this scale on one large call says more than many small ones
const REMOTE = 2.2; // and from this one there is room for nothing beside it
const LAYOUTS = ["cards", "hero", "list", "portrait"];

/** Return how much larger than usual letters must be on a picture of `wide` by `high` pixels. */
export function scaleOf({ viewing_metres: metres = 0, screen_inches: inches = 55 }, wide, high) {
  if (!(metres > 0)) return 1;
  const letter = metres * 1000 * Math.tan((ARC_MINUTES / 60) * (Math.PI / 180));
  const picture = (inches * 25.4 * high) / Math.hypot(wide, high);
  const needed = ((letter / CAPITAL / picture) * 100) / LEAST_VH;
  return Math.min(MOST, Math.max(1, needed));
}

/** Return the layout to show: what is asked for, or what suits the screen. */
export function layoutOf(asked, scale, tall) {
  const wanted = LAYOUTS.includes(asked) ? asked : "auto";
  if (wanted !== "auto" && wanted !== "portrait") return wanted;
  if (tall) return "portrait";
  return wanted === "auto" && scale > FAR ? "hero" : "mixed";
}

/** Whether the time of day `now` ("23:10") is within a stretch such as "22:00-06:00". */
export function within(stretch, now) {
  const [from, to] = (stretch ?? "").split("-");
  if (!to) return false;
  return from <= to ? from <= now && now < to : now >= from || now < to;
}

/** Put layout and scale on the page; `query` may ask for others, to try them. */
export function dress(look, query) {
  const metres = Number(query.get("metres")) || look.viewing_metres;
  const inches = Number(query.get("inches")) || look.screen_inches;
  const scale = scaleOf({ viewing_metres: metres, screen_inches: inches }, innerWidth, innerHeight);
  const layout = layoutOf(query.get("layout") || look.layout, scale, innerHeight > innerWidth);
  if (document.body.dataset.layout !== layout) document.body.dataset.layout = layout;
  document.body.classList.toggle("far", scale > FAR);
  document.body.classList.toggle("remote", scale > REMOTE);
  const root = document.documentElement.style;
  if (root.getPropertyValue("--s") !== scale.toFixed(3)) {
    root.setProperty("--s", scale.toFixed(3));
    root.setProperty("--t", (1 + (scale - 1) / 2).toFixed(3));
  }
}
