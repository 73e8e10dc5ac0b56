import { hash } from 'node:crypto';
import { thousands } from '../../text/thousands.ts';
import { visibleValue } from '../../text/visible.ts';
import { PAGE_STYLE } from './page-style.ts';
import { shownValue } from './reconcile-values.ts';

/** Without it the text can still be selected; the button appears only if scripts run. */
const COPY_SCRIPT = `
for (const button of document.querySelectorAll('button[data-copy]')) {
  const from = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(from.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(from);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected: copy it now';
      return;
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
`;

export interface Page {
  title: string;
  /** HTML of the page: everything from elsewhere escaped by `text`. */
  body: string;
}

/**
 * A page in one file that loads nothing: its policy allows its own style and script, by their hashes, and refuses everything
 * else, including what an unescaped value could add.
 */
export function page({ title, body }: Page): string {
  const script = scriptOf(body);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${pagePolicy({ body })}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>${text(title)}</title>
<style>${PAGE_STYLE}</style></head><body><main>
${body}
</main>${script === undefined ? '' : `<script>${script}</script>`}</body></html>
`;
}

/** The page's policy, for a header of who serves it. */
export function pagePolicy({ body }: Pick<Page, 'body'>): string {
  const script = scriptOf(body);
  return [
    "default-src 'none'",
    `style-src '${digest(PAGE_STYLE)}'`,
    `script-src ${script === undefined ? "'none'" : `'${digest(script)}'`}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function scriptOf(body: string): string | undefined {
  return body.includes('data-copy="') ? COPY_SCRIPT : undefined;
}

function digest(content: string): string {
  return `sha256-${hash('sha256', content, 'base64')}`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text from elsewhere as HTML, in an element or a quoted attribute; invisible and control characters are written as codes. */
export function text(raw: string): string {
  return markup(visibleValue(raw, '\n\t'));
}

/** Escapes markup alone: for a text to be copied, which must keep every character. */
function markup(raw: string): string {
  return raw.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** `12:00:03 UTC` of a day, as ISO 8601 without fractions of a second. */
export function momentText(iso: string): string {
  return text(
    iso
      .replace(/\.\d+Z$/, 'Z')
      .replace('T', ' ')
      .replace('Z', ' UTC'),
  );
}

export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Terms with their descriptions, both HTML. */
export function facts(entries: readonly (readonly [term: string, description: string])[]): string {
  return `<dl class="facts">${entries.map(([term, description]) => `<dt>${term}</dt><dd>${description}</dd>`).join('')}</dl>`;
}

/** Notes shown at once; the others can be unfolded. */
const NOTES_AT_ONCE = 25;
/** A note may quote a value of any length. */
const NOTE_LENGTH = 2_000;

export function noteList(notes: readonly string[]): string {
  const list = (some: readonly string[]) =>
    `<ul class="notes">${some.map((note) => `<li>${text(shownValue(note, { max: NOTE_LENGTH, quoted: false }))}</li>`).join('')}</ul>`;
  if (notes.length === 0) return '';
  if (notes.length <= NOTES_AT_ONCE) return list(notes);
  const more = notes.slice(NOTES_AT_ONCE);
  return `${list(notes.slice(0, NOTES_AT_ONCE))}<details><summary>${thousands(more.length)} more</summary>${list(more)}</details>`;
}

/** A text to copy, with a button for it. @param id of the element, unique on the page */
export function copied(id: string, content: string, label: string): string {
  return `<div class="script"><button type="button" data-copy="${id}" hidden>${label}</button>
<pre tabindex="0"><code id="${id}">${markup(content)}</code></pre></div>`;
}
