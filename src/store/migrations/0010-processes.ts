/** Which process makes a change: one that was killed never ends it. */
export default `
  ALTER TABLE change ADD COLUMN pid INTEGER;
  CREATE INDEX change_unfinished ON change (id) WHERE exit_code IS NULL;
`;
