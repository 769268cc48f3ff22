// Three chimes, made here, so there is no file to load and none to license.

const BELL = [[1, 0.6], [2.01, 0.18], [3.02, 0.07]]; // overtones: times the tone, how loud
const GONG = [[1, 0.55], [1.48, 0.22], [2.09, 0.16], [2.91, 0.06]];

const CHIMES = [
  { tones: [[659.25, 0], [523.25, 0.42]], overtones: BELL }, // two bells down
  { tones: [[523.25, 0], [659.25, 0.3], [783.99, 0.6]], overtones: BELL }, // three bells up
  { tones: [[196, 0]], overtones: GONG }, // one soft gong
];
const RINGS = 1.2; // seconds a tone lasts
const BRIEF = 0.3; // of all that, where words follow

export const CHIME_MS = 1700;
export const BRIEF_MS = 400;

/** Ring chime `which` (1 to 3) into `target`; `brief` is over before words begin. */
export function ring(context, target, which, brief) {
  const { tones, overtones } = CHIMES[which - 1] ?? CHIMES[0];
  const pace = brief ? BRIEF : 1;
  const now = context.currentTime + 0.02;
  for (const [hertz, at] of tones) {
    const start = now + at * pace;
    const end = brief ? now + BRIEF_MS / 1000 - 0.03 : start + RINGS;
    for (const [times, loud] of overtones) {
      const tone = new OscillatorNode(context, { frequency: hertz * times });
      const fade = new GainNode(context, { gain: 0 });
      fade.gain.setValueAtTime(0, start);
      fade.gain.linearRampToValueAtTime(loud * 0.5, start + 0.012);
      fade.gain.exponentialRampToValueAtTime(0.0001, brief ? end : start + RINGS / Math.sqrt(times));
      tone.connect(fade).connect(target);
      tone.start(start);
      tone.stop(end + 0.02);
    }
  }
}
