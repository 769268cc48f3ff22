// The chime: two soft bells, made here, so there is no file to load and none to license.

const BELLS = [
  { hertz: 659.25, at: 0 },
  { hertz: 523.25, at: 0.42 },
];
const OVERTONES = [
  [1, 0.6],
  [2.01, 0.18],
  [3.02, 0.07],
];
const LASTS_MS = 1700;

export class Chime {
  /** `onState("ok" | "blocked" | "off")` is told whether this screen can be heard. */
  constructor(onState) {
    this.onState = onState;
    this.context = null;
    this.on = true;
    this.turn = Promise.resolve();
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => this.unlock());
  }

  get state() {
    if (!this.on || this.context === null) return "off";
    return this.context.state === "running" ? "ok" : "blocked";
  }

  /** Be audible from now on, or not. */
  set(on) {
    this.on = on && "AudioContext" in window;
    if (this.on && this.context === null) {
      this.context = new AudioContext();
      this.context.onstatechange = () => this.onState(this.state);
    }
    this.onState(this.state);
  }

  unlock() {
    if (this.state === "blocked") this.context.resume().catch(() => {});
  }

  /** Sound after those before it; resolves to whether it was heard. `wanted()` is asked when its turn comes. */
  ring(wanted) {
    const turn = this.turn.then(async () => {
      if (this.state !== "ok" || !wanted()) return false;
      this.strike();
      await new Promise((done) => setTimeout(done, LASTS_MS));
      return true;
    });
    this.turn = turn;
    return turn;
  }

  strike() {
    const now = this.context.currentTime + 0.03;
    for (const { hertz, at } of BELLS) {
      for (const [times, loud] of OVERTONES) {
        const tone = new OscillatorNode(this.context, { frequency: hertz * times });
        const fade = new GainNode(this.context, { gain: 0 });
        fade.gain.setValueAtTime(0, now + at);
        fade.gain.linearRampToValueAtTime(loud * 0.5, now + at + 0.012);
        fade.gain.exponentialRampToValueAtTime(0.0001, now + at + 1.2 / Math.sqrt(times));
        tone.connect(fade).connect(this.context.destination);
        tone.start(now + at);
        tone.stop(now + at + 1.25);
      }
    }
  }
}
