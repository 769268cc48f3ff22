// What a kiosk shows that is not paired: it asks for a code, in the language of the hospital's page.

import { write } from "./dom.js";
import { claim } from "./kiosk_line.js";
import { sayWall } from "./kiosk_words.js";

const COMMAND = "hms kiosk pair NAME";
const address = new URL(location.href);

export class Door {
  constructor(root) {
    this.root = root;
    this.field = root.querySelector("input");
    this.language = "en";
    root.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      if (this.field.value.trim()) this.pair(this.field.value.trim());
    };
  }

  /** Take the code from the address, once; the address does not keep it. Resolves to whether it was right. */
  async fromAddress() {
    const code = address.searchParams.get("pair");
    if (code === null) return false;
    address.searchParams.delete("pair");
    history.replaceState(null, "", address);
    return this.pair(code);
  }

  async pair(code) {
    try {
      await claim(code);
      location.reload();
      return true;
    } catch (why) {
      this.ask(this.language);
      write(this.root.querySelector("#door-why"), sayWall(this.language, why));
      this.field.select();
      return false;
    }
  }

  /** Cover the page and ask for a code. */
  ask(language) {
    this.language = language;
    write(this.root.querySelector("h1"), sayWall(language, "unpaired"));
    write(this.root.querySelector("label"), sayWall(language, "code"));
    write(this.root.querySelector("button"), sayWall(language, "pair"));
    write(this.root.querySelector("#door-help"), `${sayWall(language, "ask")} ${COMMAND}`);
    if (!this.root.hidden) return;
    this.root.hidden = false;
    this.field.value = "";
    this.field.focus();
  }

  close() {
    this.root.hidden = true;
    write(this.root.querySelector("#door-why"), "");
  }
}
