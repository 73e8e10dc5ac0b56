import type { ScheduleEvent } from '../../reconcile/schedule/events.ts';
import type { Versioned } from '../document.ts';

/** @title One line of sluice reconcile schedule */
export type ReconcileScheduleDocument = Versioned<ScheduleEvent>;
