import type { ServeEvent } from '../../serve/events.ts';
import type { Versioned } from '../document.ts';

/** @title One line of sluice serve */
export type ServeDocument = Versioned<ServeEvent>;
