// oclif's plugin as commands of our own: oclif looks for plugins in node_modules, which an installed sluice does not have.
// The plugin exports nothing but its folder.
import Create from '../../node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete/create.js';
import Instructions from '../../node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete/index.js';
import Script from '../../node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete/script.js';

export { Create, Instructions, Script };
