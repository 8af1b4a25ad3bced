import { createRequire } from 'node:module';
import type * as Api from '@duckdb/node-api';
import type bindings from '@duckdb/node-bindings';

// DuckDB's packages are CommonJS, in 180 files. For an `import` of them Node first searches each file for the names it
// might export: 110 ms and 150 ms of CPU in every start, where `require` takes 60 ms and 65 ms.
const require = createRequire(import.meta.url);

export const api = require('@duckdb/node-api') as typeof Api;
export const duckdb = require('@duckdb/node-bindings') as typeof bindings;
export type Vector = bindings.Vector;
