import { expect, it } from 'vitest';
import { shownWorker } from '../../../src/connect/worker-ids.ts';

const URLS = ['http://connect.example:8083'];

it.each([
  // The address itself is what was sent.
  ['hunter22', '********'],
  ['hunter22:8083', '********:8083'],
  ['hunter22 on w:8083', '******** on w:8083'],
  [`Basic ${Buffer.from('op:hunter22').toString('base64')}`, 'Basic ********'],
  ['http://op:hunter22@w:8083', 'http://********@w:8083'],
  // Real hosts, of which a part, or all, is also a password.
  ['connect-prod:8083', 'connect-prod:8083'],
  ['prod.connect.example:8083', 'prod.connect.example:8083'],
  ['connect.example:8083', 'connect.example:8083'],
  ['10.0.0.7:8083', '10.0.0.7:8083'],
  ['[fd00::7]:8083', '[fd00::7]:8083'],
  ['', ''],
])('shows the worker %j as %j', (id, shown) => {
  expect(shownWorker(id, ['hunter22', 'prod', 'connect.example', 'op:hunter22'], URLS)).toBe(shown);
});
