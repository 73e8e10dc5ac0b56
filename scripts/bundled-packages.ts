import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import type { Plugin } from 'rolldown';

/** Packages that sluice loads if the user has installed them. */
export const INSTALLED_BY_USERS = ['@azure/identity'];

const NOT_THERE = "throw Object.assign(new Error('not part of sluice'), { code: 'MODULE_NOT_FOUND' });";

/** Required by packages in order to load, but never used by Sluice. */
const STAND_INS: Readonly<Record<string, string>> = {
  // tedious supports several logins with Entra; sluice makes the credential itself (src/databases/sqlserver/entra.ts).
  '@azure/identity': 'module.exports = {};',
  '@azure/core-auth': "exports.isTokenCredential = (one) => typeof one?.getToken === 'function';",
  // pg asks for it if NODE_PG_FORCE_NATIVE is set, mysql2 to colour the statements that it logs, oclif to run TypeScript.
  'pg-native': NOT_THERE,
  cardinal: NOT_THERE,
  typescript: NOT_THERE,
};
const STAND_IN = '\0stand-in:';

/** Files of a package that are better to bundle than its declared entry points. */
const OTHER_FILES: Readonly<Record<string, string>> = {
  // A UMD module requires its parts in a way that no bundler follows.
  'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
  // Contains the WebAssembly code instead of reading it from a file.
  '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
};

/** Code of packages that is replaced, each by the end of its file. */
const REPLACED: readonly { file: string; code: RegExp; instead: string }[] = [
  {
    // The native CRC-32C, 1.6 MB for each platform; without it the client takes the one in WebAssembly.
    file: '@platformatic/kafka/dist/protocol/crc32c.js',
    code: /const require = createRequire\(import\.meta\.url\);\s*const \{[^}]*\} = require\('@node-rs\/crc32'\);/,
    instead: "throw new Error('not part of sluice'); let nativeImplementation;",
  },
  {
    // Its client of schema registries, with readers of Avro, JSON Schema and Protobuf: sluice has its own (src/records).
    file: '@platformatic/kafka/dist/registries/index.js',
    code: /export \* from "\.\/confluent-schema-registry\.js";/,
    instead: '',
  },
  {
    // The compiler of its checks of options, a tenth of a small run: few clients make any if they are not `strict`.
    file: '@platformatic/kafka/dist/utils.js',
    code: /import \{ Ajv2020 \} from 'ajv\/dist\/2020\.js';/,
    instead: `class Ajv2020 {
  #options;
  #keywords = [];
  #real;
  constructor(options) {
    this.#options = options;
  }
  get real() {
    if (this.#real === undefined) {
      const { Ajv2020: Real } = require('ajv/dist/2020.js');
      this.#real = new Real(this.#options);
      for (const keyword of this.#keywords) this.#real.addKeyword(keyword);
    }
    return this.#real;
  }
  addKeyword(keyword) {
    this.#keywords.push(keyword);
  }
  compile(schema) {
    let compiled;
    const check = (options) => {
      compiled ??= this.real.compile(schema);
      const isValid = compiled(options);
      check.errors = compiled.errors;
      return isValid;
    };
    return check;
  }
  errorsText(...args) {
    return this.real.errorsText(...args);
  }
}`,
  },
  {
    // 300 functions that nothing uses: the client calls back.
    file: '@platformatic/kafka/dist/apis/definitions.js',
    code: /api\.async = promisify\(api\);/,
    instead: '',
  },
  {
    // Takes half as long to load as Node takes to start, and is not needed without TLS.
    file: '@platformatic/kafka/dist/network/connection.js',
    code: /import \{ connect as createTLSConnection \} from 'node:tls';/,
    instead: "const createTLSConnection = (...args) => process.getBuiltinModule('node:tls').connect(...args);",
  },
  {
    // Compiled when it is first used: few runs compress anything, or need a checksum.
    file: '@platformatic/wasm-utils/dist/bundled.js',
    code: /const wasm = (.+);\nconst wasmModule = .+;\nconst instance = .+;\nconst (\{.+\}) = instance\.exports;\n(let currentBufferLength = .+;)\nlet (currentBufferOffset = .+;)\nlet (currentBuffer = .+;)\n(export function prepareInput\(data\) \{)/,
    instead: `let alloc, dealloc, memory, _crc32c, _lz4Compress, _lz4Decompress, _snappyCompress, _snappyDecompress;
$3
let currentBufferOffset, currentBuffer;
function start() {
  ($2 = new WebAssembly.Instance(new WebAssembly.Module($1)).exports);
  $4
  $5
}
$6
  if (currentBuffer === undefined) start();`,
  },
  {
    // The manifest is sorted. The first use of the locale's order takes Node 6 ms, a tenth of a small run.
    file: '@oclif/core/lib/config/plugin.js',
    code: /\.sort\(\(a, b\) => a\.id\.localeCompare\(b\.id\)\)/,
    instead: '',
  },
  {
    // Whether this is the Windows Subsystem for Linux: nothing asks, and the answer takes a module with child processes.
    file: '@oclif/core/lib/util/os.js',
    code: /\(await import\('wsl-utils'\)\)\.isWsl \? 'wsl' : /,
    instead: '',
  },
  {
    // For the shell's name on Windows.
    file: '@oclif/core/lib/util/os.js',
    code: /const node_child_process_1 = require\("node:child_process"\);/,
    instead: 'const node_child_process_1 = { execSync: (...args) => require("node:child_process").execSync(...args) };',
  },
];

/** The folder of the package that a module belongs to, undefined for our own. */
export function packageFolder(module: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module.replaceAll(path.sep, '/'))?.[0];
}

/** For rolldown: makes whole packages fit into the bundle, each release of one once. */
export function wholePackages(): Plugin {
  const releases = new Map<string, string>();
  const firsts = new Map<string, string>();
  /** The first folder with the same release: npm installs a release several times if another one is at the top. */
  const first = (folder: string): string => {
    const known = firsts.get(folder);
    if (known !== undefined) return known;
    const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const found = releases.get(`${name}@${version}`) ?? folder;
    releases.set(`${name}@${version}`, found);
    firsts.set(folder, found);
    return found;
  };
  const once = (module: string): string => {
    const folder = packageFolder(module);
    return folder === undefined ? module : path.join(first(folder), path.relative(folder, module));
  };
  return {
    name: 'whole-packages',
    async resolveId(source, importer = '', options) {
      const ours = !importer.split(path.sep).includes('node_modules');
      if (ours && INSTALLED_BY_USERS.includes(source)) return { id: source, external: true };
      if (source in STAND_INS) return `${STAND_IN}${source}`;
      if (isBuiltin(source)) return null;
      const found = await this.resolve(OTHER_FILES[source] ?? source, importer, { ...options, skipSelf: true });
      return found === null || found.external ? found : { ...found, id: once(found.id) };
    },
    load(id) {
      if (!id.startsWith(STAND_IN)) return null;
      return { code: STAND_INS[id.slice(STAND_IN.length)] ?? '', moduleType: 'js', map: null };
    },
    transform(code, id) {
      const found = REPLACED.filter(({ file }) => id.replaceAll(path.sep, '/').endsWith(file));
      if (found.length === 0) return null;
      let replaced = code;
      for (const { file, code: old, instead } of found) {
        if (!old.test(replaced)) throw new Error(`${file} has changed: scripts/bundled-packages.ts must follow`);
        replaced = replaced.replace(old, instead);
      }
      return { code: replaced, map: null };
    },
  };
}
