import * as api from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

export { api, duckdb };
export type Vector = duckdb.Vector;
