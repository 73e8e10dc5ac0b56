import pg from 'pg';

/** Runs statements one after another on a connection of their own; the rows of the last. */
export async function query({ url }: { url: string }, ...statements: string[]): Promise<unknown[]> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await connection.query(statement)).rows;
    return rows;
  } finally {
    await connection.end();
  }
}
