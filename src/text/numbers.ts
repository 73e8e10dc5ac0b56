// Numbers of JSON documents. TypeScript sees plain numbers; scripts/output-schemas.ts reads the tags.

/** @asType integer */
export type Integer = number;

/** @asType integer @minimum 0 */
export type Count = number;

/** @asType integer @minimum 1 */
export type Positive = number;
