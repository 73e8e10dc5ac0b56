import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Hook {
  url: string;
  /** What was sent, in its order. */
  got: { path: string; body: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** A server that takes what is posted to it. @param status of each answer; undefined: it never answers */
export async function startHook(status: () => number | undefined | Promise<number> = () => 200): Promise<Hook> {
  const got: Hook['got'] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', async () => {
      got.push({ path: request.url ?? '', body: JSON.parse(text) as Record<string, unknown> });
      const code = await status();
      if (code !== undefined) response.writeHead(code).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
