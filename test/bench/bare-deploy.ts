// node bare-deploy.ts URL CONCURRENCY FILES…: what a shell script with curl would do, without the start of a curl a call:
// PUT each configuration, ask for its status until every task runs, take the next. It checks nothing and retries nothing.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const [url = '', concurrency = '1', ...files] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

function call(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request(`${url}${path}`, { method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function deployOne(file: string): Promise<void> {
  const { name, config } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; config: object };
  const put = await call('PUT', `/connectors/${name}/config`, JSON.stringify(config));
  if (put.status >= 300) throw new Error(`PUT ${name}: ${put.status} ${put.text}`);
  for (;;) {
    const { status, text } = await call('GET', `/connectors/${name}/status`);
    if (status === 200) {
      const tasks = (JSON.parse(text) as { tasks: { state: string }[] }).tasks;
      if (tasks.length > 0 && tasks.every((task) => task.state === 'RUNNING')) return;
    }
    await sleep(POLL_MS);
  }
}

const left = [...files];
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) await deployOne(file);
  }),
);
