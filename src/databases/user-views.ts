import type { Hidden } from './model.ts';

/** Functions that answer each user or session in its own way. */
const OF_THE_SESSION =
  /\b(?:user|current_user|session_user|system_user|current_role|current_setting|current_schemas?|pg_has_role|has_\w+_privilege|pg_backend_pid|inet_client_addr|connection_id)\b|\b(?:database|schema)\s*\(/i;

/** Texts in quotes, and names in quotes, which may be called like a function. */
const QUOTED = /'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`/gs;

/**
 * What a view hides if it shows each user different rows. Functions that others wrote are unknown.
 * @param definitions of the view, and of those it reads
 */
export function hiddenByView(definitions: readonly (string | null | undefined)[]): Hidden | undefined {
  for (const definition of definitions) {
    const asked = OF_THE_SESSION.exec((definition ?? '').replace(QUOTED, "''"))?.[0];
    if (asked === undefined) continue;
    return {
      what: 'rows',
      reason: `the view depends on who reads it (${asked.replace(/\s*\($/, '').toLowerCase()}) and may hide rows from this user`,
      hint: 'Compare its tables, or a view that shows every user the same rows.',
    };
  }
  return undefined;
}
