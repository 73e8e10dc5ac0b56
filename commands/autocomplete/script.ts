export { Script as default } from '../../src/cli/autocomplete.ts';
