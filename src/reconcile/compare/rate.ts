import { thousands } from '../../text/thousands.ts';

/** Between two lines of progress, in ms. */
export const PROGRESS_EVERY_MS = 250;

const CELLS = 20;

/** `▰▰▰▱▱… 15 % · 1,200,000 rows/s · 12 s left`: progress, extrapolated from the time so far. */
export function formatProgress(done: number, total: number, elapsedMs: number, unit = 'rows'): string {
  const part = total <= 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(part * CELLS);
  const bar = `${'▰'.repeat(filled)}${'▱'.repeat(CELLS - filled)}`;
  const percent = `${Math.floor(part * 100)} %`;
  if (done <= 0 || elapsedMs <= 0) return `${bar} ${percent}`;
  const perSecond = done / (elapsedMs / 1000);
  const left = part >= 1 ? 0 : (total - done) / perSecond;
  return `${bar} ${percent} · ${thousands(Math.round(perSecond))} ${unit}/s · ${duration(left)} left`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
