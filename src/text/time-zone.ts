import { cached } from './cached.ts';
import { nearest } from './nearest.ts';

/** What Java's `ZoneId.of` takes besides names: `Z`, `+2`, `-05:30`, `UTC`, `GMT+01:00`. */
const OFFSET =
  /^(?:Z|(?:UTC|GMT|UT)?[+-](?:\d|18(?::?00){0,2}|(?:0\d|1[0-7])(?:(?::[0-5]\d){0,2}|(?:[0-5]\d){1,2}))|UTC|GMT|UT)$/;
/** Names of Java's `TimeZone` that its `ZoneId` does not take; with EST, MST and HST, it depends on the release. */
const SHORT = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(' '),
);
/** Names that only Java has. */
const OLD = /^SystemV\//;

/** Whether Java takes a time zone. Unlike here, case matters there; where the case of a name is not known, any is taken. */
export const isTimeZone = cached((zone) => {
  return OFFSET.test(zone) || (!SHORT.has(zone) && isName(zone));
});

/** Whether it is one of Java's `TimeZone.getAvailableIDs`, which have no offsets. */
export const isTimeZoneName = cached(
  (zone) => zone === 'UTC' || zone === 'GMT' || (!OFFSET.test(zone) && isName(zone)),
);

function isName(zone: string): boolean {
  if (OLD.test(zone)) return true;
  if (zone === '' || /^[+-]|^(?:utc|gmt|ut)(?:$|[+-])/i.test(zone)) return false;
  const known = sameName(zone);
  return known === undefined ? isKnownHere(zone) : known === zone;
}

/** The name that was probably meant. */
export function nearestTimeZone(zone: string): string | undefined {
  return sameName(zone) ?? nearest(zone, Intl.supportedValuesOf('timeZone'));
}

function sameName(zone: string): string | undefined {
  const folded = zone.toLowerCase();
  return Intl.supportedValuesOf('timeZone').find((one) => one.toLowerCase() === folded);
}

function isKnownHere(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
