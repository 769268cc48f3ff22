// What this screen says: each call after those before it, chime first, then in each language; whole, never two at once.

import { BRIEF_MS, CHIME_MS, ring } from "./chimes.js";

const WORTH_MS = 30000; // an older call is not announced any more
const LOADED = 3; // announcements whose audio is fetched ahead
const ANSWER_MS = 4000; // the server says within two seconds whether there is audio
const BREATH_MS = 250; // between languages
const AGAIN_MS = 700; // before a call is repeated
const HANGS_MS = 2000; // longer than its length, and a sound was not heard

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export class Announcer {
  /**
   * `onState("ok" | "blocked" | "off")` is told whether this screen can be heard, `onTurn(call)` when a
   * call is about to be said, `onDone(call, spoken)` whether all its words were heard.
   */
  constructor({ onState, onTurn, onDone }) {
    Object.assign(this, { onState, onTurn, onDone });
    this.sound = { on: false, chime: 1, volume: 100, repeat: 1 };
    this.context = null;
    this.line = []; // {call, born, audio}
    this.busy = false;
    this.told = "";
    this.counts = { spoken: 0, chimed: 0, unsaid: 0 };
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => this.unlock());
  }

  get state() {
    if (!this.sound.on || this.context === null) return "off";
    return this.context.state === "running" ? "ok" : "blocked";
  }

  /** Sound so from now on: {on, chime (0 is none), volume in percent, repeat}. */
  set(sound) {
    this.sound = { ...sound, on: sound.on && sound.volume > 0 && "AudioContext" in window };
    if (this.sound.on && this.context === null) {
      this.context = new AudioContext();
      this.loud = new GainNode(this.context);
      this.loud.connect(this.context.destination);
      this.context.onstatechange = () => this.tell();
    }
    if (this.context !== null) this.loud.gain.value = sound.volume / 100;
    this.tell();
  }

  tell() {
    if (this.state === this.told) return;
    this.told = this.state;
    this.onState(this.state);
  }

  unlock() {
    if (this.state === "blocked") this.context.resume().catch(() => {});
  }

  /** Say `call` when its turn comes; `age` is how old it is in ms. */
  say(call, age) {
    this.withdraw(call.token);
    this.line.push({ call, born: performance.now() - Math.max(0, age), audio: null });
    this.load();
    if (!this.busy) this.work();
  }

  /** Whether `call` is still to be said. */
  awaits(call) {
    return this.line.some((one) => one.call === call);
  }

  /** Leave out a call that was taken back, or is called anew; what is being said is said to its end. */
  withdraw(token) {
    const gone = this.line.filter((one) => one.call.token === token);
    this.line = this.line.filter((one) => one.call.token !== token);
    for (const one of gone) this.end(one, "unsaid");
  }

  async work() {
    this.busy = true;
    while (this.line.length) {
      const one = this.line.shift();
      const late = performance.now() - one.born > WORTH_MS;
      this.end(one, late || this.state !== "ok" ? "unsaid" : await this.announce(one));
    }
    this.busy = false;
  }

  end(one, how) {
    this.counts[how] += 1;
    this.onDone(one.call, how === "spoken");
  }

  /** Fetch the audio of those whose turn is near. */
  load() {
    if (this.state !== "ok") return;
    for (const one of this.line.slice(0, LOADED)) this.fetch(one);
  }

  fetch(one) {
    one.audio ??= (one.call.speech ?? []).filter((said) => said.audio).map((said) => this.fetched(said.audio));
  }

  async fetched(path) {
    try {
      const answer = await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS) });
      return answer.ok ? await this.context.decodeAudioData(await answer.arrayBuffer()) : null;
    } catch {
      return null; // no audio after all: the chime has to do
    }
  }

  /** Return whether a call was "spoken" in every language that has a voice, "chimed" only, or "unsaid". */
  async announce(one) {
    this.fetch(one);
    this.load();
    this.onTurn(one.call);
    const { chime, repeat } = this.sound;
    const worded = one.audio.length > 0;
    if (chime) await this.chime(chime, worded);
    let said = await this.words(one.audio);
    for (let time = 1; time < repeat && said > 0; time += 1) {
      await wait(AGAIN_MS);
      if (chime) await this.chime(chime, true);
      said = Math.min(said, await this.words(one.audio));
    }
    if (worded && said === one.audio.length) return "spoken";
    if (worded && said === 0 && chime) await this.chime(chime, false);
    return chime && this.state === "ok" ? "chimed" : "unsaid";
  }

  /** Say the sentence in each language as its audio comes; resolves to how many were heard. */
  async words(audio) {
    let heard = 0;
    for (const coming of audio) {
      const sound = await coming;
      if (sound === null) continue;
      if (await this.play(sound)) heard += 1;
      await wait(BREATH_MS);
    }
    return heard;
  }

  async chime(which, brief) {
    if (this.state === "ok") ring(this.context, this.loud, which, brief);
    await wait(brief ? BRIEF_MS : CHIME_MS);
  }

  /** Play a sound to its end; resolves to whether it was heard. */
  play(sound) {
    return new Promise((done) => {
      if (this.state !== "ok") return done(false);
      const source = new AudioBufferSourceNode(this.context, { buffer: sound });
      const hangs = setTimeout(() => done(false), sound.duration * 1000 + HANGS_MS);
      source.onended = () => {
        clearTimeout(hangs);
        source.disconnect();
        done(this.state === "ok");
      };
      source.connect(this.loud);
      source.start();
    });
  }
}
