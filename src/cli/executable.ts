// The main script of the single executable (scripts/executable.ts). The files of the package are in the executable too; oclif,
// templates and the sandbox read them by their paths, so the first start unpacks them.
import { createRequire, enableCompileCache, isBuiltin, registerHooks } from 'node:module';
import path from 'node:path';
import { getAsset, getRawAsset } from 'node:sea';
import { pathToFileURL } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { userFolders } from '../config/paths.ts';
import { SluiceError } from '../errors/error.ts';
import { EXIT } from '../errors/registry.ts';
import { type Listing, unpackOnce } from '../files/unpack.ts';

try {
  const folder = unpackOnce(
    path.join(userFolders().cache, 'executable'),
    JSON.parse(getAsset('listing', 'utf8')) as Listing,
    () => zstdDecompressSync(new Uint8Array(getRawAsset('files') as ArrayBuffer)),
  );
  onlyFrom(`${pathToFileURL(folder).href}/`);
  enableCompileCache(path.join(folder, '.compiled'));
  // From here Node.js can only import its own modules; the code that this loads imports as usual.
  const require = createRequire(path.join(folder, 'package.json'));
  const entry = { __complete: 'complete', __refresh: 'completion/refresh' }[process.argv[2] ?? ''] ?? 'main';
  const { main } = require(`./dist/src/cli/${entry}.js`) as
    | typeof import('./main.ts')
    | typeof import('./complete.ts')
    | typeof import('./completion/refresh.ts');
  void main();
} catch (error) {
  if (error instanceof SluiceError) {
    const hint = error.hint === undefined ? '' : `  ${error.hint}\n`;
    process.stderr.write(`Error: ${error.message} [${error.code}]\n${hint}`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`Error: ${(error as Error).message} [INTERNAL]\n`);
    process.exitCode = EXIT.internal;
  }
}

/** Node.js looks for a package in every folder above; there, others may be able to write. */
function onlyFrom(root: string): void {
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (isBuiltin(found.url) || found.url.startsWith(root)) return found;
      throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
}
