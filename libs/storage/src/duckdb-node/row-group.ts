/**
 * Half of DuckDB's default. A row group is compressed by one thread, at the COMMIT of an import's rows: smaller ones keep
 * less memory waiting, and leave less to do when the last rows have come.
 */
export const ROW_GROUP_ROWS = 61_440;
