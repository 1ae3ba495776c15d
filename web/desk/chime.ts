// Two soft notes for an alert, made here: pages load no sounds. Browsers allow them once somebody has clicked on the
// page; before that, and where there is no sound at all, nothing is heard and nothing fails.

let context: AudioContext | null = null;

/** `grave`: two falling notes instead of rising ones. */
export function chime(grave: boolean): void {
  try {
    context ??= new AudioContext();
    const [first, second] = grave ? [523, 392] : [587, 784];
    note(context, first, 0);
    note(context, second, 0.14);
  } catch {
    // The alert is on the screen.
  }
}

function note(audio: AudioContext, frequency: number, afterSec: number): void {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  const at = audio.currentTime + afterSec;
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.4);
}
