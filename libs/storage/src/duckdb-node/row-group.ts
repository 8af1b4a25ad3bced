/**
 * A quarter of DuckDB's default. So many rows wait until they are inserted, and are then compressed on one thread: smaller
 * row groups keep less memory waiting, and leave less to do when the last rows have come.
 */
export const ROW_GROUP_ROWS = 30_720;
