#!/bin/sh
":" // ; case "$NODE_OPTIONS" in *--allow?fs?read=\**) ;; *--permission*|*--input?type*|*--preserve?symlinks?main*|*--watch*) echo 'Error: Node.js cannot start sluice with --permission, --input-type, --preserve-symlinks-main or --watch in NODE_OPTIONS [NODE_RESTRICTED]' >&2; exit 2 ;; esac; unset NODE_DEBUG; exec node -- "$0" "$@"
// The line above is the shell's: it starts Node with `--`, or Node itself would take --env-file out of sluice's arguments, and
// run what NODE_OPTIONS in that file says. `env -S node --` would do, but BusyBox has no -S.
// With NODE_DEBUG, Node would print headers and proxies with their passwords. With some of NODE_OPTIONS, Node would end with an
// error of its own before it reads what follows, and with --watch never.
// What follows is plain JavaScript that any Node parses: an old Node must get the sentence below, not a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `sluice needs Node.js 24 or newer; this is ${process.version}. Install it, or use \`npx -p node@24 -p sluice sluice\`.\n`,
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('node:module');
  const { homedir } = await import('node:os');
  const { join } = await import('node:path');
  // Node's own default is a folder in /tmp, where others could leave code.
  const { HOME, XDG_CACHE_HOME } = process.env;
  enableCompileCache(join(XDG_CACHE_HOME || join(HOME || homedir(), '.cache'), 'sluice', 'compile'));
  // A shell asks at each TAB, and waits.
  const entry = { __complete: 'complete', __refresh: 'completion/refresh' }[process.argv[2]] ?? 'main';
  const { main } = await import(`../dist/src/cli/${entry}.js`);
  await main();
}
