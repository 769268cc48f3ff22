// The kiosk's line to the display server: says who this is, gets the menu, asks for numbers. The token
// of a paired kiosk stays in this browser and never stands in an address.

const SHELF = "hms-kiosk";
const SILENT_MS = 10000; // a menu comes every 3 s
const AGAIN_MS = 1500;
const AWAY_MS = 10000; // after it was turned away
const UNPAIRED = [4401, 4403];

function scheme() {
  return location.protocol === "https:" ? "wss" : "ws";
}

export function device() {
  try {
    return JSON.parse(localStorage.getItem(SHELF))?.device ?? null;
  } catch {
    return null; // nothing kept, or nothing may be kept
  }
}

/** Ask for a token by a pairing code; resolves when it is kept, rejects with the server's close code. */
export function claim(code) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${scheme()}://${location.host}/ws`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "PAIR", code }));
    socket.onmessage = (message) => {
      const given = JSON.parse(message.data);
      if (!given.device) return;
      try {
        localStorage.setItem(SHELF, JSON.stringify({ device: given.device }));
        resolve();
      } catch {
        reject("store");
      }
    };
    socket.onclose = (end) => reject(end.code === 4403 ? "wrong" : "away");
  });
}

export class Line {
  /** `onFrame(frame)` gets each frame, `onState("live" | "lost" | "unpaired")` how the line stands. */
  constructor(onFrame, onState) {
    Object.assign(this, { onFrame, onState, socket: null, heard: 0, again: 0 });
  }

  start() {
    this.connect();
    setInterval(() => {
      if (this.socket && performance.now() - this.heard > SILENT_MS) this.socket.close();
    }, 1000);
  }

  /** Send a frame; return whether it went out. */
  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  connect() {
    if (device() === null) {
      this.onState("unpaired");
      return;
    }
    const socket = new WebSocket(`${scheme()}://${location.host}/ws/kiosk`);
    this.socket = socket;
    this.heard = performance.now();
    socket.onopen = () => this.send({ type: "KIOSK", device: device() });
    socket.onmessage = (message) => {
      this.heard = performance.now();
      this.onState("live");
      this.onFrame(JSON.parse(message.data));
    };
    socket.onclose = (end) => {
      const away = UNPAIRED.includes(end.code);
      this.socket = null;
      this.onState(away ? "unpaired" : "lost");
      clearTimeout(this.again);
      this.again = setTimeout(() => this.connect(), away ? AWAY_MS : AGAIN_MS);
    };
  }
}
