import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { cached } from '../../text/cached.ts';
import { listItems } from '../../text/lists.ts';
import { compiledSchema } from './compiled.ts';
import type { Report, Scope } from './scope.ts';

const LAST_PORT = 65_535;
/** How Kafka's clients parse the port; source: org.apache.kafka.common.utils.Utils. */
const SERVER = /^(?:[\w.%-]*:\/\/)?\[?[\w.%:-]*\]?:(\d+)$/;
/** Keys to check. */
const isAddress = cached((key) => /(?:servers|port|url|urls|uri|connection\.string)$/.test(key));
const URL_KEY = /(?:^|\.)(?:url|urls|uri|connection\.string)$/;
/** Hosts and ports of a URL, after a user and password. */
const AUTHORITY = /:\/\/(?:[^/?#;]*@)?([^/?#;@]*)/g;

/** Reports invalid ports, and bootstrap servers that Kafka's clients cannot parse: the connector does not start. */
export function checkAddresses(scope: Scope, schema: PluginSchema | undefined, report: Report): void {
  for (const key of scope.keys) {
    // An unknown key is another finding, and does not stop the connector.
    if (!isAddress(key) || (schema && !compiledSchema(schema).reads(key))) continue;
    const problem = check(key, scope.config[key] ?? '', schema);
    if (problem !== undefined && !scope.unknown(key))
      report({ rule: 'invalid-value', severity: 'error', ...problem, key, part: 'value' });
  }
}

function check(key: string, value: string, schema: PluginSchema | undefined) {
  if (key.endsWith('bootstrap.servers')) return serversProblem(key, value);
  if (URL_KEY.test(key)) {
    for (const [, hosts = ''] of value.matchAll(AUTHORITY)) {
      const port = hosts.split(',').map(portOf).find(isTooLarge);
      if (port !== undefined) return tooLarge(key, port);
    }
    return undefined;
  }
  // If the plugin describes the port, its schema has the range.
  if (!/(?:^|\.)port$/.test(key) || Object.hasOwn(schema?.properties ?? {}, key)) return undefined;
  return isTooLarge(value.trim()) ? tooLarge(key, value.trim()) : undefined;
}

function serversProblem(key: string, value: string) {
  for (const server of listItems(value)) {
    const port = SERVER.exec(server)?.[1];
    if (port === undefined)
      return {
        message: `${key} has a server without a port: ${JSON.stringify(server)}`,
        hint: 'Write host:port, separated by commas.',
      };
    if (isTooLarge(port)) return tooLarge(key, port);
  }
  return undefined;
}

function portOf(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? '';
}

function isTooLarge(port: string): boolean {
  return /^\d+$/.test(port) && Number(port) > LAST_PORT;
}

function tooLarge(key: string, port: string) {
  return { message: `${key} has an invalid port: ${port}`, hint: `The highest port is ${LAST_PORT}.` };
}
