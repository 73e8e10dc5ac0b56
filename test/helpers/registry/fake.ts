import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRegistry {
  url: string;
  stop(): Promise<void>;
}

interface Registered {
  schema: string;
  schemaType?: string;
  references?: object[];
}

const BASE = '/apis/ccompat/v7/';

/**
 * Confluent's REST API as far as sluice and its tests use it. `dlq-registry.test.ts` says the same of it and of Apicurio.
 * @param password what a client must send, as user `reader`
 */
export async function startFakeRegistry(password?: string): Promise<TestRegistry> {
  const schemas: Registered[] = [];
  const subjects = new Map<string, number[]>();
  const answer = async (request: IncomingMessage): Promise<[status: number, body: object]> => {
    const basic = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
    if (password !== undefined && request.headers.authorization !== basic) return [401, { error_code: 401 }];
    const url = request.url ?? '';
    if (!url.startsWith(BASE)) return [404, { error_code: 404 }];
    // `subjects/NAME/versions/VERSION` or `schemas/ids/ID`.
    const [kind, name = '', id, version] = url.slice(BASE.length).split('/').map(decodeURIComponent);
    const versions = subjects.get(name) ?? [];
    if (request.method === 'POST') {
      schemas.push(JSON.parse((await request.toArray()).join('')) as Registered);
      subjects.set(name, [...versions, schemas.length]);
      return [200, { id: schemas.length }];
    }
    const number = kind === 'schemas' ? Number(id) : versions[Number(version) - 1];
    const found = schemas[(number ?? 0) - 1];
    if (found === undefined) return [404, { error_code: kind === 'schemas' ? 40403 : 40401 }];
    return [200, { references: [], ...found }];
  };
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/apis/ccompat/v7`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
