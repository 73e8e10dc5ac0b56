import { expect, it } from 'vitest';
import type { Done } from '../../../src/deploy/interrupted.ts';
import { interrupted } from '../../../src/deploy/interrupted.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { diffConnector } from '../../../src/plan/diff.ts';

const failed = new SluiceError('CONNECTOR_FAILED', 'no');
const lost = new SluiceError('CONNECT_UNREACHABLE', 'no answer', { details: { outcome: 'unknown' } });
const changes = ['stands', 'back', 'undoing', 'lost', 'left'].map((name) =>
  diffConnector({ name, config: {}, file: `${name}.json` }, undefined),
);

function message(done: Partial<Done>) {
  const none = { topics: new Set<string>(), written: new Set<string>(), errors: new Map<string, SluiceError>() };
  const more = { rollbacks: new Map(), deleted: new Set<string>(), unsure: new Set<string>() };
  return interrupted(AbortSignal.abort(), changes, { ...none, ...more, ...done });
}

it('says what happened to each connector', () => {
  const error = message({
    written: new Set(['stands', 'back', 'undoing', 'lost']),
    errors: new Map([
      ['back', failed],
      ['undoing', failed],
      ['lost', lost],
    ]),
    rollbacks: new Map([
      ['back', { error: failed, done: true }],
      ['undoing', undefined],
    ]),
    deleted: new Set(['old']),
    unsure: new Set(['older']),
  });
  expect(error.message).toBe(
    'interrupted; written: stands; failed: back, undoing, lost; rolled back: back; ' +
      'unknown outcome: undoing, lost; deleted: old; possibly deleted: older; not written: left',
  );
});

it('says that nothing was written only if that is so', () => {
  expect(message({}).message).toContain('nothing was written');
  expect(message({ deleted: new Set(['old']) }).message).not.toContain('nothing was written');
});
