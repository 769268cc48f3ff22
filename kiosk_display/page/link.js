// The line to the server: HELLO, frames in order without a gap, and coming back after a break.

const OPEN_MS = 5000; // a connection that takes longer is tried again
const SILENT_MS = 12000; // heartbeats come every 5 s; a browser does not notice a dead line itself
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 2000;
const REFUSED = 1008; // an unknown zone: worth telling who set the screen up
const TURNED_AWAY = [4401, 4403]; // not paired, or signed off: it asks for a code, and now and then again
const TURNED_AWAY_MS = 10000;

export class Link {
  /**
   * `position()` gives {epoch, seq} of what this screen has, or null; `onFrame(frame)` gets every
   * frame once and in order; `onState("live" | "lost" | "away", why)` tells whether the line
   * stands; `hello` are the further members of HELLO.
   */
  constructor({ hello, position, onFrame, onState }) {
    Object.assign(this, { hello, position, onFrame, onState });
    this.tries = 0;
    this.heard = 0;
    this.socket = null;
    this.again = 0;
  }

  start() {
    this.connect();
    setInterval(() => this.watch(), 1000);
  }

  /** Send a frame; what cannot be sent now is of no use later. */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.socket = socket;
    this.heard = performance.now();
    socket.onopen = () => {
      this.heard = performance.now();
      this.send({ type: "HELLO", ...this.hello(), after: this.position() });
    };
    socket.onmessage = (message) => socket === this.socket && this.hear(JSON.parse(message.data));
    socket.onclose = (end) => {
      if (socket !== this.socket) return;
      if (TURNED_AWAY.includes(end.code)) this.wait(end.reason);
      else this.lose(end.code === REFUSED ? end.reason : "");
    };
  }

  hear(frame) {
    this.heard = performance.now();
    const here = this.position();
    const next = frame.type !== "SNAPSHOT" && frame.type !== "HEARTBEAT";
    const same = here !== null && here.epoch === frame.epoch;
    if (next && same && frame.seq <= here.seq) return; // told before
    const expected = next ? here?.seq + 1 : here?.seq;
    if (frame.type !== "SNAPSHOT" && !(same && frame.seq === expected)) {
      this.lose(); // a gap: ask again from where we are
      return;
    }
    this.tries = 0;
    this.onFrame(frame);
    this.onState("live");
  }

  watch() {
    const limit = this.socket?.readyState === WebSocket.CONNECTING ? OPEN_MS : SILENT_MS;
    if (this.socket && performance.now() - this.heard > limit) this.lose();
  }

  wait(why) {
    this.socket = null;
    this.onState("away", why);
    clearTimeout(this.again);
    this.again = setTimeout(() => this.connect(), TURNED_AWAY_MS);
  }

  lose(why = "") {
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
    this.onState("lost", why);
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    this.tries += 1;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.connect(), Math.random() * most);
  }
}
