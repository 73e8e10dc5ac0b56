// Builds one file that runs without Node.js: the Node.js that runs this script, with sluice in it.
//   node scripts/executable.ts [FILE]        default: dist/sluice, dist/sluice.exe on Windows
// https://nodejs.org/api/single-executable-applications.html
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
// @ts-expect-error: the package has no types
import { inject } from 'postject';
import { rolldown } from 'rolldown';
import type { Listing } from '../src/files/unpack.ts';

const root = path.resolve(import.meta.dirname, '..');
const windows = process.platform === 'win32';
const executable = path.resolve(process.argv[2] ?? path.join(root, 'dist', windows ? 'sluice.exe' : 'sluice'));
const work = path.join(root, 'dist', 'sea');
/** Where Node.js checks whether it contains a program. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** What is in the npm package, except for its entry. */
const FILES = ['package.json', 'oclif.manifest.json', 'LICENSE', '{dist,connectors,schemas,sandbox}/**/*'];

/** Every file in one block, compressed, and the list of them. */
function pack(): { listing: Listing; block: Buffer } {
  const paths = globSync(FILES, { cwd: root, exclude: ['dist/sea/**', 'dist/sluice*', '**/*.map'] })
    .filter((file) => statSync(path.join(root, file)).isFile())
    .map((file) => file.replaceAll(path.sep, '/'))
    .sort();
  if (!paths.includes('dist/src/cli/main.js')) throw new Error('build first: npm run build');
  const contents = paths.map((file) => readFileSync(path.join(root, file)));
  const files = paths.map((file, at) => [file, contents[at]?.length ?? 0] as const);
  const block = Buffer.concat(contents);
  const id = createHash('sha256').update(JSON.stringify(files)).update(block).digest('hex').slice(0, 32);
  return { listing: { id, files }, block };
}

mkdirSync(work, { recursive: true });
const { listing, block } = pack();
const place = (name: string) => path.join(work, name);
writeFileSync(place('listing.json'), JSON.stringify(listing));
writeFileSync(
  place('files.zst'),
  zstdCompressSync(block, { params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_checksumFlag]: 1 } }),
);

const bundle = await rolldown({
  cwd: root,
  input: { main: 'src/cli/executable.ts' },
  platform: 'node',
  external: [/^node:/],
});
await bundle.write({ dir: work, format: 'cjs', entryFileNames: '[name].cjs' });
await bundle.close();

writeFileSync(
  place('sea.json'),
  JSON.stringify({
    main: place('main.cjs'),
    output: place('sluice.blob'),
    disableExperimentalSEAWarning: true,
    // Ends Node's own arguments: it would read the file of --env-file, and obey NODE_OPTIONS in it.
    execArgv: ['--'],
    assets: { listing: place('listing.json'), files: place('files.zst') },
  }),
);
execFileSync(process.execPath, ['--experimental-sea-config', place('sea.json')], { stdio: 'pipe' });

copyFileSync(process.execPath, executable);
chmodSync(executable, 0o755);
if (!readFileSync(executable).includes(FUSE)) {
  throw new Error(`${process.execPath} cannot carry a program: use a Node.js of nodejs.org`);
}
const mac = process.platform === 'darwin';
if (mac) execFileSync('codesign', ['--remove-signature', executable]);
await inject(executable, 'NODE_SEA_BLOB', readFileSync(place('sluice.blob')), {
  sentinelFuse: FUSE,
  ...(mac ? { machoSegmentName: 'NODE_SEA' } : {}),
});
if (mac) execFileSync('codesign', ['--sign', '-', executable]);

const mebibytes = Math.round(statSync(executable).size / 2 ** 20);
console.log(
  `${path.relative(process.cwd(), executable)}: ${mebibytes} MiB, Node.js ${process.version}, ${listing.files.length} files`,
);
