export default `
  CREATE TABLE raised_logger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    urls TEXT NOT NULL,
    kafka_cluster_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    logger TEXT NOT NULL,
    level TEXT NOT NULL,
    former TEXT NOT NULL,
    who TEXT NOT NULL,
    pid INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL
  ) STRICT;
`;
