/**
 * Version 2 of the catalog: the commits of a run that is under way are rows of their own.
 *
 * `number`: 1, 2, … within a run. They are folded into ingest_runs when the run ends or pauses, so that after a crash
 * the last one here says where to go on.
 */
export const SCHEMA_V2 = `
CREATE TABLE ingest_commits (run_key BIGINT, source_key BIGINT, number BIGINT, cursor VARCHAR, read_rows BIGINT,
  imported_rows BIGINT, refused_rows BIGINT, committed_at TIMESTAMP);
`;
