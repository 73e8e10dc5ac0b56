import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage sooner. A poll of 1,000 connectors makes 20 MB of it; by itself, V8 lets the process grow to 250 MiB
 * for 10 MiB that are in use, which is a good trade for a command, and none for a program that runs for months beside others.
 */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
}
