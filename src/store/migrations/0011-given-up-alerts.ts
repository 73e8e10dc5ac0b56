/** Whether receivers know that nothing restarts it any more. */
export default `
  ALTER TABLE alert ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
`;
