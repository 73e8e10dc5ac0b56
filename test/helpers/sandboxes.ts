/**
 * Sandboxes of a run of the integration tests, and so files that run at a time, each with one of them: beside another's
 * restarts and rebalances no test could say what it sees. Tests wait more than they work, so two fit on two cores.
 */
export const SANDBOXES = process.env.SLUICE_TEST_SANDBOX ? 1 : 2;
