// Who this screen is: paired by a code once, known by a token afterwards, never by its address.

import { make, write } from "./dom.js";

// What the server says when it turns a screen away, by how the sentence begins.
const REASONS = [
  ["this screen must be paired", "unpaired"],
  ["this screen was signed off", "gone"],
  ["this code is wrong", "wrong"],
  ["this is no code", "wrong"],
  ["too many codes", "slow"],
  ["hms serve does not run", "away"],
  ["the server does not answer", "away"],
  ["the database is out of reach", "away"],
  ["this browser keeps nothing", "store"],
];
const IDENTIFY_MS = 15000;
const GIVEN = ["name", "zone", "lang"];
const address = new URL(location.href);
const shelf = `hms-device:${address.searchParams.get("name") ?? ""}`;

/** What the address asks for; what the pairing gave stands where the address says nothing. */
export function asked() {
  const query = new URLSearchParams(address.search);
  const kept = recall();
  for (const key of GIVEN) if (!query.get(key) && kept[key]) query.set(key, kept[key]);
  return query;
}

/** The token of this screen, or null. */
export function device() {
  return recall().device ?? null;
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(shelf)) ?? {};
  } catch {
    return {}; // nothing kept, or nothing may be kept
  }
}

/** Ask for a token by `code`; resolves when it is kept, rejects with the server's sentence. */
function claim(code) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "PAIR", code }));
    socket.onmessage = (message) => {
      const { device: token, name, zone, languages } = JSON.parse(message.data);
      if (!token) return;
      try {
        localStorage.setItem(shelf, JSON.stringify({ device: token, name, zone, lang: languages }));
        resolve();
      } catch {
        reject("this browser keeps nothing: allow it to store data, then ask for a new code");
      }
    };
    socket.onclose = (end) => reject(end.reason || "the server does not answer");
  });
}

/** The screen that asks for a code, and the one that says this screen's name; `say(key)` gives words. */
export class Door {
  constructor(root, say) {
    this.say = say;
    this.reason = "";
    this.title = make("h2");
    this.why = make("p", "why");
    this.why.setAttribute("role", "status");
    this.field = make("input", "code");
    Object.assign(this.field, { maxLength: 12, autocomplete: "off", spellcheck: false, dir: "ltr" });
    this.field.onkeydown = (key) => key.key === "Enter" && this.enter();
    this.button = make("button");
    this.button.onclick = () => this.enter();
    this.help = make("span");
    const help = make("p", "help", this.help, " ", make("code", "", "hms display pair NAME"));
    this.box = make("section", "door", this.title, this.why, make("div", "entry", this.field, this.button), help);
    this.title.id = "door-title";
    this.box.setAttribute("role", "dialog");
    this.box.setAttribute("aria-labelledby", this.title.id);
    this.label = make("p", "label");
    this.sign = make("section", "door sign", this.label, make("p", "name", make("bdi")), make("p", "zone", make("bdi")));
    this.sign.setAttribute("role", "status");
    this.box.hidden = this.sign.hidden = true;
    root.append(this.box, this.sign);
  }

  /** Say everything in the language of the page now, which is written in `direction`. */
  speak(direction) {
    this.box.dir = this.sign.dir = direction;
    write(this.title, this.say("unpaired"));
    write(this.help, this.say("ask"));
    write(this.button, this.say("pair"));
    write(this.label, this.say("here"));
    this.field.ariaLabel = this.say("code");
    this.explain();
  }

  /** Give the server's reason in the page's words; one that the page does not know is given as it is. */
  explain() {
    const [, key] = REASONS.find(([start]) => this.reason.startsWith(start)) ?? [];
    const seconds = /\d+/.exec(this.reason)?.[0] ?? "";
    const words = key === undefined ? this.reason : this.say(key, { s: seconds });
    write(this.why, key === "unpaired" ? "" : words); // the title says it
  }

  /** Take the code from the address, once; the address does not keep it. Resolves to whether there was one. */
  async fromAddress() {
    const code = address.searchParams.get("pair");
    if (code === null) return false;
    address.searchParams.delete("pair");
    history.replaceState(null, "", address);
    await this.pair(code);
    return true;
  }

  async enter() {
    if (this.field.value.trim()) await this.pair(this.field.value.trim());
  }

  async pair(code) {
    try {
      await claim(code);
      location.reload();
      await new Promise(() => {}); // this page goes: it must not speak up under its new name, without zone
    } catch (why) {
      this.ask(why);
      this.field.select();
    }
  }

  /** Cover the wall and ask for a code; `why` is the server's sentence. */
  ask(why) {
    this.reason = String(why);
    this.explain();
    this.sign.hidden = true;
    document.body.classList.add("locked");
    if (!this.box.hidden) return;
    this.box.hidden = false;
    this.field.value = "";
    this.field.focus();
  }

  close() {
    this.box.hidden = true;
    document.body.classList.remove("locked");
  }

  /** Show the screen's name, large, for a moment. */
  identify(name, zone) {
    write(this.sign.querySelector(".name bdi"), name);
    write(this.sign.querySelector(".zone bdi"), zone ?? "");
    this.sign.hidden = false;
    clearTimeout(this.over);
    this.over = setTimeout(() => (this.sign.hidden = true), IDENTIFY_MS);
  }
}
