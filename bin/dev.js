#!/usr/bin/env node
// Development entry: runs ./commands with Node's type stripping, without dist/ and without a manifest.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `bin/dev.js needs Node.js 24 or newer; this is ${process.version}. npm ci installs one: export PATH="$PWD/node_modules/.bin:$PATH"\n`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import('../src/cli/main.ts');
  await main({ development: true });
}
