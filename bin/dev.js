#!/usr/bin/env node
// Development entry: runs ./commands by Node's own type stripping, never dist/, and never a manifest.
const { main } = await import('../src/cli/main.ts');
await main({ development: true });
