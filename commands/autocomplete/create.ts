export { Create as default } from '../../src/cli/autocomplete.ts';
