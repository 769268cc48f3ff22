// Who this screen is: paired by a code once, known by a token afterwards, never by its address.

import { make, write } from "./dom.js";

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

/** The screen that asks for a code, and the one that says this screen's name. */
export class Door {
  constructor(root) {
    this.why = make("p", "why");
    this.field = make("input", "code");
    Object.assign(this.field, { maxLength: 12, autocomplete: "off", spellcheck: false, ariaLabel: "pairing code" });
    this.field.onkeydown = (key) => key.key === "Enter" && this.enter();
    const button = make("button", "", "Pair");
    button.onclick = () => this.enter();
    const help = make("p", "help", "Ask the staff for a code: ", make("code", "", "hms display pair NAME"));
    const title = make("h2", "", "This screen is not paired");
    this.box = make("section", "door", title, this.why, make("div", "entry", this.field, button), help);
    this.sign = make("section", "door sign", make("p", "label", "This screen is"), make("p", "name"), make("p", "zone"));
    this.box.hidden = this.sign.hidden = true;
    root.append(this.box, this.sign);
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
    } catch (why) {
      this.ask(why);
      this.field.select();
    }
  }

  /** Cover the wall and ask for a code; `why` is the server's sentence. */
  ask(why) {
    write(this.why, why);
    this.sign.hidden = true;
    if (!this.box.hidden) return;
    this.box.hidden = false;
    this.field.value = "";
    this.field.focus();
  }

  close() {
    this.box.hidden = true;
  }

  /** Show the screen's name, large, for a moment. */
  identify(name, zone) {
    write(this.sign.querySelector(".name"), name);
    write(this.sign.querySelector(".zone"), zone ?? "");
    this.sign.hidden = false;
    clearTimeout(this.over);
    this.over = setTimeout(() => (this.sign.hidden = true), IDENTIFY_MS);
  }
}
