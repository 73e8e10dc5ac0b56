export default `
  ALTER TABLE deploy ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
`;
